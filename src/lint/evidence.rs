//! The numbers of one lane that the lints weigh, each read from its histogram once.

use std::time::Duration;

use crate::histogram::Histogram;
use crate::ledger::Metric;
use crate::outcome::Ending;
use crate::snapshot::{LaneView, Snapshot};

/// Fewer ends than this prove nothing.
pub(super) const ENOUGH: u64 = 20;

/// What the name of a step that waits for a permit begins with, within the step it is a part of.
const ACQUIRE: &str = "acquire ";

/// The lane to judge, with its histograms merged over all endings.
#[derive(Debug)]
pub(super) struct Evidence<'a> {
    pub(super) lane: &'a LaneView,
    /// Of the tasks that are done: one that failed at once has not slept.
    pub(super) done: Histogram,
    /// Spawn to end of all that ended, cancelled ones included, as delays, busy times and steps are of all.
    pub(super) age: Histogram,
    pub(super) start_delay: Histogram,
    pub(super) busy: Histogram,
    pub(super) cancel_lag: Histogram,
}

impl<'a> Evidence<'a> {
    /// `None` before enough of any lane has ended.
    pub(super) fn of(run: &'a Snapshot) -> Option<Self> {
        let newest_first = run.current_lane().into_iter().chain(run.lanes.iter().rev());
        let lane = newest_first.into_iter().find(|lane| lane.book.total_ended() >= ENOUGH)?;
        let all = |metric| lane.book.histogram(metric, |_| true);
        let mut age = all(Metric::Censored);
        age.merge(&all(Metric::Service));
        Some(Self {
            lane,
            done: lane.book.histogram(Metric::Service, |outcome| outcome.ending == Ending::Done),
            age,
            start_delay: all(Metric::StartDelay),
            busy: all(Metric::Busy),
            cancel_lag: all(Metric::CancelLag),
        })
    }

    /// The share of the tasks that ended that failed or panicked, 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "2^53 tasks are out of reach")]
    pub(super) fn failed_share(&self) -> f64 {
        let failed = self.lane.failed() + self.lane.panicked();
        failed as f64 / self.lane.book.total_ended() as f64
    }

    /// The step that waits for permits longest, with its share of the time of all tasks that ended, 0 to 1: steps of
    /// tasks in flight may be over already, and what is more than all of it is theirs.
    pub(super) fn longest_wait(&self) -> Option<(&'a str, f64)> {
        let all = self.age.total();
        let waits = self.lane.book.steps().iter().filter(|step| waits_for_permit(&step.name));
        let longest = waits.max_by_key(|step| step.service.total())?;
        (!all.is_zero()).then(|| (&*longest.name, share(longest.service.total(), all).min(1.0)))
    }
}

/// The step most of the overdue tasks wait for a permit in, with the share of the overdue that are in such steps.
pub(super) fn overdue_in_wait(run: &Snapshot) -> Option<(&str, f64)> {
    let waiting = || run.overdue.iter().filter_map(|task| task.step.as_deref()).filter(|step| waits_for_permit(step));
    let step = waiting().next().filter(|_| run.overdue.len() as u64 >= ENOUGH)?;
    #[expect(clippy::cast_precision_loss, reason = "a snapshot lists a few hundred at the most")]
    let share = waiting().count() as f64 / run.overdue.len() as f64;
    Some((step, share))
}

fn waits_for_permit(step: &str) -> bool {
    step.rsplit('/').next().is_some_and(|name| name.starts_with(ACQUIRE))
}

/// `part` of `whole`, which is not zero.
pub(super) fn share(part: Duration, whole: Duration) -> f64 {
    part.as_secs_f64() / whole.as_secs_f64()
}
