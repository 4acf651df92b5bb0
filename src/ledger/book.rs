//! The books of one lane, and the only fold that writes them.

mod gathers;
mod restored;
mod step;

use serde::{Deserialize, Serialize};

use super::cancels::Cancels;
use super::event::{Event, TaskEnd};
use super::late::{LateTask, LateTasks};
use super::message::{Messages, OTHER};
use super::miss::Misses;
use crate::histogram::{Histogram, Precision, Sparse};
use crate::metric::Metric;
use crate::outcome::{CancelReason, Ending, GatherOutcome, Lateness, Outcome};

pub use gathers::GatherBook;
pub(crate) use restored::Parts;
pub use step::StepBook;

/// The names a lane keeps apart before the rest is filed under [`OTHER`].
pub const MAX_STEPS: usize = 64;

/// Everything counted about the tasks of one lane.
///
/// Written by [`Book::fold`] and [`Book::merge`] alone, or made again whole from files. Whether the tasks of a lane are all accounted
/// for is not its business: it holds ends, the in-flight table holds what has not ended.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Book {
    ended: [u64; Outcome::COUNT],
    cancelled_at_deadline: u64,
    ended_overdue: u64,
    histograms: Histograms,
    unfinished: Option<Box<Histogram>>,
    steps: Vec<StepBook>,
    followed: [Followed; 2],
    /// Time tasks took that were never polled, by lateness, nanoseconds.
    unstarted_ns: [u128; 2],
    misses: Misses,
    cancels: Cancels,
    gathers: Option<Box<GatherBook>>,
    late: LateTasks,
    messages: Messages,
    response_is_service: bool,
}

/// One histogram for each metric and cell, made when first needed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Histograms([[Option<Box<Histogram>>; Outcome::COUNT]; Metric::ALL.len()]);

impl Histograms {
    #[inline]
    fn record(&mut self, metric: Metric, outcome: Outcome, ns: u64) {
        self.0[metric as usize][outcome.index()]
            .get_or_insert_with(|| Box::new(Histogram::new(metric.precision())))
            .record(ns);
    }
}

/// Tasks whose wake-ups were followed, a sample of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Followed {
    /// How many.
    pub tasks: u64,
    /// From their wake-ups to the polls they led to, nanoseconds; what came before the first poll is not part of it.
    pub scheduled_ns: u128,
}

fn add(to: &mut [u64], from: &[u64]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
}

impl Book {
    /// Empty books; `response_is_service` when arrivals are spawned the moment they are due (closed loop),
    /// so that response times need no histograms of their own.
    #[must_use]
    pub fn new(response_is_service: bool) -> Self {
        Self { response_is_service, ..Self::default() }
    }

    /// Adds one event; the only place where anything is counted.
    #[inline]
    pub fn fold(&mut self, event: &Event<'_>) {
        match *event {
            Event::TaskEnded(end) => self.task_ended(end),
            Event::TaskUnfinished { age } => {
                self.unfinished.get_or_insert_with(|| Box::new(Histogram::new(Precision::Fine))).record(age);
            }
            Event::Message { outcome, text, at } => self.messages.add(outcome.ending, text, at),
            Event::StepEnded { name, service } => self.step(name).service.record(service),
            Event::StepSpent { name, lateness, ns } => self.step(name).spend(lateness, u128::from(ns)),
            Event::Followed { lateness, scheduled } => {
                let followed = &mut self.followed[lateness as usize];
                followed.tasks += 1;
                followed.scheduled_ns += u128::from(scheduled);
            }
            Event::Missed { step, doing } => self.misses.add(step, doing, 1),
            Event::CancelAsked { reason } => self.cancels.by_mut(reason).asked += 1,
            Event::CancelTooLate { reason } => self.cancels.by_mut(reason).too_late += 1,
            Event::BlockingLeft { reason } => self.cancels.by_mut(reason).blocking_left += 1,
            Event::BlockingEnded { reason, ns } => {
                let by = self.cancels.by_mut(reason);
                by.blocking_ended += 1;
                by.blocking_ns += u128::from(ns);
            }
            Event::GatherStarted => self.gathers_mut().started += 1,
            Event::GatherDecided { outcome, latency, late, was_overdue } => {
                let gathers = self.gathers_mut();
                gathers.decided[outcome as usize] += 1;
                gathers.late += u64::from(late);
                gathers.ended_overdue += u64::from(was_overdue);
                gathers.latency.record(latency);
                if outcome == GatherOutcome::Complete {
                    gathers.complete.record(latency);
                }
            }
            Event::GatherWasted { after_outcome } => self.gathers_mut().wasted_ns += u128::from(after_outcome),
            Event::GatherEnded { slowest, straggler_gap } => {
                let gathers = self.gathers_mut();
                let index = slowest as usize;
                if gathers.slowest.len() <= index {
                    gathers.slowest.resize(index + 1, 0);
                }
                gathers.slowest[index] += 1;
                gathers.straggler_gap.record(straggler_gap);
            }
            Event::GatherSpoilt { task_ns, busy_ns } => {
                let gathers = self.gathers_mut();
                gathers.spoilt_ns += u128::from(task_ns);
                gathers.spoilt_busy_ns += u128::from(busy_ns);
            }
        }
    }

    #[inline]
    fn task_ended(&mut self, end: &TaskEnd) {
        let outcome = end.outcome;
        self.ended[outcome.index()] += 1;
        self.ended_overdue += u64::from(end.was_overdue);
        if outcome.ending == Ending::Cancelled {
            self.cancelled_at_deadline +=
                u64::from(end.asked.is_some_and(CancelReason::is_deadline) && outcome.is_late());
            self.histograms.record(Metric::Censored, outcome, end.service);
        } else {
            self.histograms.record(Metric::Service, outcome, end.service);
            if !self.response_is_service {
                self.histograms.record(Metric::Response, outcome, end.response);
            }
            if outcome.is_late() {
                self.histograms.record(Metric::Overrun, outcome, end.overrun);
            }
        }
        if let Some(delay) = end.start_delay {
            self.histograms.record(Metric::StartDelay, outcome, delay);
            self.histograms.record(Metric::Busy, outcome, end.busy);
        } else {
            self.unstarted_ns[outcome.lateness as usize] += u128::from(end.service);
        }
        if end.asked.is_some() || outcome.ending == Ending::Cancelled {
            self.cancels.ended(end);
        }
        if let Some(lag) = end.cancel_lag {
            self.histograms.record(Metric::CancelLag, outcome, lag);
        }
        if outcome.is_late() {
            self.late.add(LateTask::from(end));
        }
    }

    fn step(&mut self, name: &str) -> &mut StepBook {
        let at = self.steps.iter().position(|s| &*s.name == name).unwrap_or_else(|| {
            let name = if self.steps.len() < MAX_STEPS { name } else { OTHER };
            self.steps.iter().position(|s| &*s.name == name).unwrap_or_else(|| {
                self.steps.push(StepBook::new(name));
                self.steps.len() - 1
            })
        });
        &mut self.steps[at]
    }

    fn gathers_mut(&mut self) -> &mut GatherBook {
        self.gathers.get_or_insert_default()
    }

    /// Adds everything `other` has; the order of merging does not matter.
    pub fn merge(&mut self, other: &Self) {
        self.merge_telling(other, |_, _| ());
    }

    /// Adds everything `other` has, and tells of what ended on the way.
    pub(super) fn merge_telling(&mut self, other: &Self, mut tell: impl FnMut(Metric, &Sparse)) {
        add(&mut self.ended, &other.ended);
        self.cancelled_at_deadline += other.cancelled_at_deadline;
        self.ended_overdue += other.ended_overdue;
        for metric in Metric::ALL {
            let cells = self.histograms.0[metric as usize].iter_mut().zip(&other.histograms.0[metric as usize]);
            for (to, from) in cells {
                match from.as_deref().filter(|from| metric.is_told() && !from.is_empty()) {
                    Some(from) => {
                        let from = from.to_sparse();
                        to.get_or_insert_with(|| Box::new(Histogram::new(metric.precision()))).add_sparse(&from);
                        tell(metric, &from);
                    }
                    None => merge_histogram(to, from.as_deref()),
                }
            }
        }
        merge_histogram(&mut self.unfinished, other.unfinished.as_deref());
        for step in &other.steps {
            self.step(&step.name).merge(step);
        }
        for (to, from) in self.followed.iter_mut().zip(&other.followed) {
            to.tasks += from.tasks;
            to.scheduled_ns += from.scheduled_ns;
        }
        self.unstarted_ns.iter_mut().zip(other.unstarted_ns).for_each(|(to, from)| *to += from);
        self.misses.merge(&other.misses);
        self.cancels.merge(&other.cancels);
        if let Some(gathers) = &other.gathers {
            self.gathers_mut().merge(gathers);
        }
        self.late.merge(&other.late);
        self.messages.merge(&other.messages);
    }

    /// Forgets everything and keeps the memory.
    pub fn clear(&mut self) {
        self.ended = [0; Outcome::COUNT];
        self.cancelled_at_deadline = 0;
        self.ended_overdue = 0;
        self.histograms.0.iter_mut().flatten().flatten().for_each(|h| h.clear());
        self.unfinished = None;
        self.steps.iter_mut().for_each(StepBook::clear);
        self.followed = Default::default();
        self.unstarted_ns = [0; 2];
        self.misses.clear();
        self.cancels.clear();
        self.gathers = None;
        self.late.clear();
        self.messages.clear();
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.total_ended() == 0
            && self.unfinished.is_none()
            && self.gathers.is_none()
            && self.messages.is_empty()
            && self.misses.rows().is_empty()
            && self.cancels.is_empty()
            && self.followed == <[Followed; 2]>::default()
            && self.steps.iter().all(StepBook::is_empty)
    }

    /// Tasks that ended in this cell.
    #[must_use]
    pub const fn ended(&self, outcome: Outcome) -> u64 {
        self.ended[outcome.index()]
    }

    /// Tasks that ended.
    #[must_use]
    pub fn total_ended(&self) -> u64 {
        self.ended.iter().sum()
    }

    /// Cancelled tasks whose deadline, their own or their gather's, asked for it.
    #[must_use]
    pub const fn cancelled_at_deadline(&self) -> u64 {
        self.cancelled_at_deadline
    }

    /// Ended tasks the clock had marked overdue before.
    #[must_use]
    pub(crate) const fn ended_overdue(&self) -> u64 {
        self.ended_overdue
    }

    /// The histogram of one metric over the cells that `pick` accepts, merged.
    #[must_use]
    pub fn histogram(&self, metric: Metric, pick: impl Fn(Outcome) -> bool) -> Histogram {
        let mut all = Histogram::new(metric.precision());
        self.cells(metric).filter(|&(outcome, _)| pick(outcome)).for_each(|(_, h)| all.merge(h));
        all
    }

    /// The histograms of one metric that hold samples, by cell.
    pub fn cells(&self, metric: Metric) -> impl Iterator<Item = (Outcome, &Histogram)> {
        let stored = if metric == Metric::Response && self.response_is_service { Metric::Service } else { metric };
        Outcome::all()
            .zip(&self.histograms.0[stored as usize])
            .filter_map(|(outcome, h)| Some((outcome, h.as_deref().filter(|h| !h.is_empty())?)))
    }

    /// Ages of the tasks that were still in flight when the books closed.
    #[must_use]
    pub fn unfinished(&self) -> Option<&Histogram> {
        self.unfinished.as_deref()
    }

    /// The named steps, in the order of their first end.
    #[must_use]
    pub fn steps(&self) -> &[StepBook] {
        &self.steps
    }

    /// The tasks that ended so whose wake-ups were followed.
    #[must_use]
    pub const fn followed(&self, lateness: Lateness) -> Followed {
        self.followed[lateness as usize]
    }

    /// Time the tasks took that ended so and were never polled, nanoseconds.
    #[must_use]
    pub const fn unstarted_ns(&self, lateness: Lateness) -> u128 {
        self.unstarted_ns[lateness as usize]
    }

    /// Where tasks were when their deadline passed.
    #[must_use]
    pub const fn misses(&self) -> &Misses {
        &self.misses
    }

    /// What came of the requests to cancel.
    #[must_use]
    pub const fn cancels(&self) -> &Cancels {
        &self.cancels
    }

    /// The gathers, when there were any.
    #[must_use]
    pub fn gathers(&self) -> Option<&GatherBook> {
        self.gathers.as_deref()
    }

    /// The latest and the worst late tasks that have ended.
    #[must_use]
    pub const fn late(&self) -> &LateTasks {
        &self.late
    }

    /// What errors and panics said.
    #[must_use]
    pub const fn messages(&self) -> &Messages {
        &self.messages
    }
}

fn merge_histogram(to: &mut Option<Box<Histogram>>, from: Option<&Histogram>) {
    if let Some(from) = from.filter(|h| !h.is_empty()) {
        match to {
            Some(to) => to.merge(from),
            None => *to = Some(Box::new(from.clone())),
        }
    }
}
