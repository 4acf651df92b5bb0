//! Books made again from what files hold of them.

use super::{Book, Followed, GatherBook, Histograms, StepBook};
use crate::histogram::Histogram;
use crate::ledger::{Cancels, LateTasks, Messages, Metric, Misses};
use crate::outcome::{GatherOutcome, Outcome};

/// What a book is made of.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// Tasks ended, by cell.
    pub(crate) ended: Vec<(Outcome, u64)>,
    /// Cancelled tasks whose deadline asked for it.
    pub(crate) cancelled_at_deadline: u64,
    /// The samples of each metric and cell.
    pub(crate) histograms: Vec<(Metric, Outcome, Histogram)>,
    /// Ages of what was in flight when the books closed.
    pub(crate) unfinished: Option<Histogram>,
    /// The named steps.
    pub(crate) steps: Vec<StepBook>,
    /// Those whose wake-ups were followed, on time and late.
    pub(crate) followed: [Followed; 2],
    /// Time of those never polled, on time and late.
    pub(crate) unstarted_ns: [u128; 2],
    /// Where they were when their deadline passed.
    pub(crate) misses: Misses,
    /// What came of the requests to cancel.
    pub(crate) cancels: Cancels,
    /// The gathers, when there were any.
    pub(crate) gathers: Option<GatherBook>,
    /// Late tasks, one by one.
    pub(crate) late: LateTasks,
    /// What errors and panics said.
    pub(crate) messages: Messages,
}

impl Book {
    /// The book of these parts; see [`Book::new`] for `response_is_service`.
    pub(crate) fn restored(response_is_service: bool, parts: Parts) -> Self {
        let mut ended = [0; Outcome::COUNT];
        parts.ended.into_iter().for_each(|(outcome, count)| ended[outcome.index()] = count);
        let mut histograms = Histograms::default();
        for (metric, outcome, samples) in parts.histograms {
            histograms.0[metric as usize][outcome.index()] = Some(Box::new(samples));
        }
        Self {
            ended,
            cancelled_at_deadline: parts.cancelled_at_deadline,
            ended_overdue: 0,
            histograms,
            unfinished: parts.unfinished.map(Box::new),
            steps: parts.steps,
            followed: parts.followed,
            unstarted_ns: parts.unstarted_ns,
            misses: parts.misses,
            cancels: parts.cancels,
            gathers: parts.gathers.map(Box::new),
            late: parts.late,
            messages: parts.messages,
            response_is_service,
        }
    }
}

impl GatherBook {
    /// The same with so many gathers of one outcome.
    #[must_use]
    pub(crate) const fn with_decided(mut self, outcome: GatherOutcome, count: u64) -> Self {
        self.decided[outcome as usize] = count;
        self
    }
}
