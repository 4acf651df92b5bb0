//! Where the time of tasks went, from their spawn to their end: of late ones, and of those on time to compare with.

use std::time::Duration;

use super::LaneView;
use crate::histogram::Histogram;
use crate::ledger::Metric;
use crate::outcome::{Lateness, Outcome};

/// What a task's time is spent on, whatever its steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// From the spawn to the first poll.
    StartDelay,
    /// Awake, until a worker polled it again.
    Scheduled,
    /// In its polls.
    Busy,
    /// For what it awaited.
    Waiting,
}

impl Cause {
    /// Every cause, in the order of a task's life.
    pub const ALL: [Self; 4] = [Self::StartDelay, Self::Scheduled, Self::Busy, Self::Waiting];

    /// The word used in files and on screens.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::StartDelay => "start delay",
            Self::Scheduled => "scheduled",
            Self::Busy => "busy",
            Self::Waiting => "waiting",
        }
    }
}

/// The time of the tasks of one lane that ended on time, or late; cancelled ones up to their cancellation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Causes {
    /// How many they are.
    pub tasks: u64,
    /// How many of them the share of [`Cause::Scheduled`] is estimated from; without one it is part of the waiting.
    pub followed: u64,
    /// All of their time.
    pub total: Duration,
    /// It by cause, in the order of [`Cause::ALL`]; the parts add up to the whole.
    parts: [Duration; 4],
    /// It by innermost step, longest first. What was spent in no step is in none; steps side by side come to more than
    /// the whole.
    pub steps: Vec<(Box<str>, Duration)>,
}

impl Causes {
    /// The time one cause took.
    #[must_use]
    pub const fn of(&self, cause: Cause) -> Duration {
        self.parts[cause as usize]
    }

    /// A time as a share of all; zero of nothing.
    #[must_use]
    pub fn share(&self, part: Duration) -> f64 {
        if self.total.is_zero() { 0.0 } else { part.as_secs_f64() / self.total.as_secs_f64() }
    }
}

impl LaneView {
    /// Where the time of the tasks went that ended on time, or late.
    ///
    /// All sums are exact but that of [`Cause::Scheduled`], which is the average of the tasks that were followed. Read
    /// back from files, which have buckets, they are off by a thousandth of the time of all tasks at the most, in polls and
    /// before the first by a hundredth of that.
    #[must_use]
    pub fn causes(&self, lateness: Lateness) -> Causes {
        let total = self.time(Metric::Service, |o| o.lateness == lateness)
            + self.time(Metric::Censored, |o| o.lateness == lateness);
        let polled = |metric| self.time(metric, |o| o.lateness == lateness);
        let (start_delay, busy) =
            (polled(Metric::StartDelay) + duration(self.book.unstarted_ns(lateness)), polled(Metric::Busy));
        let tasks = Outcome::all().filter(|o| o.lateness == lateness).map(|o| self.book.ended(o)).sum();
        let followed = self.book.followed(lateness);
        let each = followed.scheduled_ns.checked_div(u128::from(followed.tasks)).unwrap_or(0);
        let rest = total.saturating_sub(start_delay + busy);
        let scheduled = duration(each * u128::from(tasks)).min(rest);
        let mut steps: Vec<(Box<str>, Duration)> = self
            .book
            .steps()
            .iter()
            .map(|step| (step.name.clone(), duration(step.spent_ns(lateness))))
            .filter(|(_, spent)| !spent.is_zero())
            .collect();
        steps.sort_by_key(|(_, spent)| std::cmp::Reverse(*spent));
        Causes {
            tasks,
            followed: followed.tasks,
            total,
            parts: [start_delay, scheduled, busy, rest.saturating_sub(scheduled)],
            steps,
        }
    }

    /// The sum of one metric over the cells that `pick` accepts, exact.
    pub(super) fn time(&self, metric: Metric, pick: impl Fn(Outcome) -> bool) -> Duration {
        self.book
            .cells(metric)
            .filter(|&(outcome, _)| pick(outcome))
            .map(|(_, samples)| Histogram::total(samples))
            .sum()
    }
}

pub(super) fn duration(ns: u128) -> Duration {
    Duration::from_nanos(u64::try_from(ns).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ledger::{Book, Event, LaneKey, TaskEnd};
    use crate::outcome::{Ending, Policy};
    use crate::snapshot::fixture;

    const MS: u64 = 1_000_000;

    fn lane(events: &[Event<'_>]) -> LaneView {
        let mut book = Book::new(false);
        for event in events {
            book.fold(event);
        }
        LaneView {
            key: LaneKey { policy: Policy::Observe, deadline: Some(fixture::DEADLINE) },
            spawned: book.total_ended(),
            open: Duration::ZERO,
            overdue: 0,
            gathers_overdue: 0,
            book: Arc::new(book),
            ages: None,
            gather_ages: None,
            closed: true,
        }
    }

    fn late(service: u64, start_delay: Option<u64>, busy: u64) -> TaskEnd {
        TaskEnd {
            start_delay: start_delay.map(|ms| ms * MS),
            busy: busy * MS,
            ..fixture::end(1, Ending::Done, service * MS)
        }
    }

    #[test]
    fn the_parts_add_up_to_the_time_of_the_late_tasks() {
        let (slow, unstarted) = (late(200, Some(20), 30), late(100, None, 0));
        let lane = lane(&[
            Event::TaskEnded(&slow),
            Event::TaskEnded(&unstarted),
            Event::TaskEnded(&late(10, Some(1), 1)),
            Event::Followed { lateness: Lateness::Late, scheduled: 15 * MS },
            Event::StepSpent { name: "query", lateness: Lateness::Late, ns: 40 * MS },
            Event::StepSpent { name: "render", lateness: Lateness::Late, ns: 60 * MS },
            Event::StepSpent { name: "query", lateness: Lateness::OnTime, ns: 5 * MS },
        ]);
        let causes = lane.causes(Lateness::Late);
        let ms = |cause| causes.of(cause).as_millis();
        assert_eq!((causes.tasks, causes.total), (2, Duration::from_millis(300)));
        assert_eq!(Cause::ALL.map(ms), [120, 30, 30, 120]);
        assert_eq!(causes.steps.iter().map(|(name, _)| &**name).collect::<Vec<_>>(), ["render", "query"]);
        assert!((causes.share(causes.steps[0].1) - 0.2).abs() < 1e-9);
        assert_eq!(lane.causes(Lateness::OnTime).steps, [("query".into(), Duration::from_millis(5))]);
    }

    #[test]
    fn of_no_late_task_there_is_nothing_to_say() {
        let causes = lane(&[]).causes(Lateness::Late);
        assert_eq!((causes.tasks, causes.total, causes.share(causes.of(Cause::Busy))), (0, Duration::ZERO, 0.0));
    }
}
