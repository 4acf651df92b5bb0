//! What came of the requests to cancel, by who asked, and the tasks that were cancelled last, one by one.
//!
//! What is in flight when the run is over is left behind: who has not been asked by then is asked by
//! [`CancelReason::Shutdown`]. The books are closed, so nothing comes of that: those requests are pending for ever, and
//! all pending requests of a run that is over are together its unfinished tasks.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::event::TaskEnd;
use super::late::KEPT;
use crate::outcome::{CancelReason, Lateness};

/// The requests of one asker: `asked = cancelled + too_late + pending`, but for [`CancelReason::Dropped`], which
/// nobody asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requests {
    /// Tasks asked to end.
    pub asked: u64,
    /// Of those, cancelled.
    pub cancelled: u64,
    /// Of those, ended otherwise: before they heard of it, or in spite of it.
    pub too_late: u64,
    /// Calls on blocking threads that went on when their task was dropped.
    pub blocking_left: u64,
    /// Of those, ended since.
    pub blocking_ended: u64,
    /// How long those went on without their task, nanoseconds.
    pub blocking_ns: u128,
}

impl Requests {
    /// Requests without effect so far: the task is in a long poll, takes its grace, or swallows the request.
    #[must_use]
    pub const fn pending(&self) -> u64 {
        self.asked.saturating_sub(self.cancelled + self.too_late)
    }

    /// Calls that go on although their task has been dropped: to the machine the cancellation has had no effect so far.
    #[must_use]
    pub const fn blocking(&self) -> u64 {
        self.blocking_left.saturating_sub(self.blocking_ended)
    }

    /// Adds those of another lane, or of another part of the run.
    pub(crate) const fn merge(&mut self, other: &Self) {
        self.asked += other.asked;
        self.cancelled += other.cancelled;
        self.too_late += other.too_late;
        self.blocking_left += other.blocking_left;
        self.blocking_ended += other.blocking_ended;
        self.blocking_ns += other.blocking_ns;
    }
}

/// One cancelled task. Instants are nanoseconds since the run's epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelledTask {
    /// The task's number.
    pub task: u64,
    /// Who asked.
    pub reason: CancelReason,
    /// Whether its deadline had passed.
    pub lateness: Lateness,
    /// When somebody asked; `None` when nobody did.
    pub requested_at_ns: Option<u64>,
    /// When its future was dropped, or gave in.
    pub ended_at_ns: u64,
    /// From its spawn to then, nanoseconds.
    pub age_ns: u64,
    /// The step it was in when the request met it, when it was in one.
    pub step: Option<Arc<str>>,
}

/// The requests of a lane by reason, and the latest [`KEPT`] of the tasks that were cancelled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancels {
    by: [Requests; CancelReason::ALL.len()],
    latest: VecDeque<CancelledTask>,
}

impl Cancels {
    /// The requests of one asker.
    #[must_use]
    pub const fn by(&self, reason: CancelReason) -> Requests {
        self.by[reason.index()]
    }

    /// Those of one asker, to be counted on.
    pub(crate) const fn by_mut(&mut self, reason: CancelReason) -> &mut Requests {
        &mut self.by[reason.index()]
    }

    /// Those of every asker who has asked anything, or left anything running.
    pub fn rows(&self) -> impl Iterator<Item = (CancelReason, Requests)> {
        let rows = CancelReason::ALL.into_iter().zip(self.by);
        rows.filter(|(_, of)| *of != Requests::default())
    }

    /// The tasks cancelled last, oldest first.
    #[must_use]
    pub fn latest(&self) -> impl DoubleEndedIterator<Item = &CancelledTask> {
        self.latest.iter()
    }

    /// Whether nobody asked and nothing was cancelled.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows().next().is_none()
    }

    pub(super) fn ended(&mut self, end: &TaskEnd) {
        let by = end.cancelled_by();
        if let Some(reason) = by {
            self.by_mut(reason).cancelled += 1;
            self.keep(CancelledTask {
                task: end.task,
                reason,
                lateness: end.outcome.lateness,
                requested_at_ns: end.cancel_lag.map(|lag| end.at.saturating_sub(lag)),
                ended_at_ns: end.at,
                age_ns: end.service,
                step: end.step.clone(),
            });
        }
        if let Some(reason) = end.asked.filter(|_| by.is_none()) {
            self.by_mut(reason).too_late += 1;
        }
    }

    /// Remembers a cancelled task that is counted.
    pub(crate) fn keep(&mut self, task: CancelledTask) {
        if self.latest.len() == KEPT {
            self.latest.pop_front();
        }
        self.latest.push_back(task);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.by.iter_mut().zip(&other.by).for_each(|(to, from)| to.merge(from));
        if !other.latest.is_empty() {
            self.latest.extend(other.latest.iter().cloned());
            self.latest.make_contiguous().sort_by_key(|task| (task.ended_at_ns, task.task));
            self.latest.drain(..self.latest.len().saturating_sub(KEPT));
        }
    }

    /// Forgets everything and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.by = Default::default();
        self.latest.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(n: u64) -> CancelledTask {
        CancelledTask {
            task: n,
            reason: CancelReason::User,
            lateness: Lateness::OnTime,
            requested_at_ns: Some(n),
            ended_at_ns: n,
            age_ns: 1,
            step: None,
        }
    }

    #[test]
    fn of_both_parts_of_a_run_the_latest_cancelled_tasks_are_kept() {
        let (mut a, mut b) = (Cancels::default(), Cancels::default());
        (0..200).for_each(|n| if n % 2 == 0 { a.keep(task(n)) } else { b.keep(task(n)) });
        a.merge(&b);
        assert_eq!(a.latest().map(|task| task.task).collect::<Vec<_>>(), (200 - KEPT as u64..200).collect::<Vec<_>>());
    }
}
