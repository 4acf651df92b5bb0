//! The only per-task records kept after a task's end: a bounded number of late ones.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::event::TaskEnd;
use crate::outcome::{CancelReason, Ending};

/// How many of the latest, and how many of the worst, late tasks a lane remembers.
pub const KEPT: usize = 64;

/// One late task that has ended. All times are nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateTask {
    /// The task's number.
    pub task: u64,
    /// How it ended.
    pub ending: Ending,
    /// Who asked, when it was cancelled.
    pub reason: Option<CancelReason>,
    /// When it ended, since the run's epoch.
    pub at_ns: u64,
    /// From spawn to end.
    pub service_ns: u64,
    /// Time past the deadline.
    pub overrun_ns: u64,
    /// From the cancel request to the drop; `None` when nobody asked.
    pub cancel_lag_ns: Option<u64>,
    /// From spawn to first poll.
    pub start_delay_ns: Option<u64>,
    /// Time inside polls.
    pub busy_ns: u64,
    /// Number of polls.
    pub polls: u32,
    /// The step it was in when it was cancelled or panicked, when it was in one.
    pub step: Option<Arc<str>>,
}

impl From<&TaskEnd> for LateTask {
    fn from(end: &TaskEnd) -> Self {
        Self {
            task: end.task,
            ending: end.outcome.ending,
            reason: end.cancelled_by(),
            at_ns: end.at,
            service_ns: end.service,
            overrun_ns: end.overrun,
            cancel_lag_ns: end.cancel_lag,
            start_delay_ns: end.start_delay,
            busy_ns: end.busy,
            polls: end.polls,
            step: end.step.clone(),
        }
    }
}

/// The latest and the worst late tasks, each at most [`KEPT`].
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct LateTasks {
    latest: VecDeque<LateTask>,
    worst: Vec<LateTask>,
}

impl LateTasks {
    /// Adds one late task.
    pub fn add(&mut self, task: LateTask) {
        self.add_worst(&task);
        if self.latest.len() == KEPT {
            self.latest.pop_front();
        }
        self.latest.push_back(task);
    }

    fn add_worst(&mut self, task: &LateTask) {
        if self.worst.len() == KEPT && self.worst.last().is_some_and(|least| least.overrun_ns >= task.overrun_ns) {
            return;
        }
        let at = self.worst.partition_point(|kept| kept.overrun_ns > task.overrun_ns);
        self.worst.truncate(KEPT - 1);
        self.worst.insert(at.min(self.worst.len()), task.clone());
    }

    /// Adds what another part of the run remembers.
    pub fn merge(&mut self, other: &Self) {
        other.worst.iter().for_each(|task| self.add_worst(task));
        self.latest.extend(other.latest.iter().cloned());
        self.latest.make_contiguous().sort_by_key(|task| task.at_ns);
        self.latest.drain(..self.latest.len().saturating_sub(KEPT));
    }

    /// What was remembered before, in any order.
    pub(crate) fn restored(mut latest: Vec<LateTask>, mut worst: Vec<LateTask>) -> Self {
        latest.sort_by_key(|task| task.at_ns);
        worst.sort_by_key(|task| std::cmp::Reverse(task.overrun_ns));
        worst.truncate(KEPT);
        let latest = latest.split_off(latest.len().saturating_sub(KEPT));
        Self { latest: latest.into(), worst }
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.latest.clear();
        self.worst.clear();
    }

    /// The latest, oldest first.
    #[must_use]
    pub fn latest(&self) -> impl DoubleEndedIterator<Item = &LateTask> {
        self.latest.iter()
    }

    /// The worst, longest overrun first.
    #[must_use]
    pub fn worst(&self) -> &[LateTask] {
        &self.worst
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(n: u64, overrun_ns: u64) -> LateTask {
        LateTask {
            task: n,
            ending: Ending::Done,
            reason: None,
            at_ns: n,
            service_ns: overrun_ns,
            overrun_ns,
            cancel_lag_ns: None,
            start_delay_ns: None,
            busy_ns: 0,
            polls: 1,
            step: None,
        }
    }

    #[test]
    fn memory_is_bounded_and_the_worst_are_kept() {
        let mut late = LateTasks::default();
        (0..10_000).for_each(|n| late.add(task(n, (n * 7919) % 10_007)));
        let mut expected: Vec<u64> = (0..10_000).map(|n| (n * 7919) % 10_007).collect();
        expected.sort_unstable_by(|a, b| b.cmp(a));
        assert_eq!(late.worst().iter().map(|t| t.overrun_ns).collect::<Vec<_>>(), expected[..KEPT]);
        assert_eq!(
            late.latest().map(|t| t.task).collect::<Vec<_>>(),
            (10_000 - KEPT as u64..10_000).collect::<Vec<_>>()
        );
    }

    #[test]
    fn merging_keeps_the_worst_and_the_latest_of_both() {
        let (mut a, mut b) = (LateTasks::default(), LateTasks::default());
        (0..100).for_each(|n| if n % 2 == 0 { a.add(task(n, n)) } else { b.add(task(n, n)) });
        a.merge(&b);
        assert_eq!(a.worst().first().map(|t| t.task), Some(99));
        assert_eq!(a.latest().next_back().map(|t| t.task), Some(99));
        assert_eq!((a.worst().len(), a.latest().count()), (KEPT, KEPT));
    }
}
