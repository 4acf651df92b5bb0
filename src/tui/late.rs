//! Late tasks as rows: those that are overdue, and the worst of those that have ended.
//!
//! Owns their order and what a filter finds in them. It must not know how they are drawn.

use std::cmp::Reverse;
use std::time::Duration;

use super::list::{self, List, Order};
use crate::ledger::{LaneKey, LateTask};
use crate::outcome::{CancelReason, Ending};
use crate::snapshot::{OverdueTask, Snapshot};
use crate::units;

/// How the late tasks are looked at; the number of a task is its key.
pub(super) type LateList = List<u64, LateOrder>;

/// What late tasks are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LateOrder {
    /// The longest past its deadline first.
    Overrun,
    /// The oldest first, or the one with the longest service time.
    Age,
    /// The busiest first.
    Busy,
    /// In the order they were spawned in.
    Task,
}

impl Order for LateOrder {
    const ALL: &'static [Self] = &[Self::Overrun, Self::Age, Self::Busy, Self::Task];

    fn word(self) -> &'static str {
        match self {
            Self::Overrun => "overrun",
            Self::Age => "age",
            Self::Busy => "busy share",
            Self::Task => "task",
        }
    }
}

/// One late task.
#[derive(Debug, Clone, Copy)]
pub(super) enum Late<'a> {
    /// It is in flight, or was so when the books closed.
    Overdue(&'a OverdueTask),
    /// It has ended.
    Ended(LaneKey, &'a LateTask),
}

impl<'a> Late<'a> {
    /// The task with this number, while it is overdue or kept among those that have ended.
    pub(super) fn find(snapshot: &'a Snapshot, number: u64) -> Option<Self> {
        let overdue = snapshot.overdue.iter().find(|task| task.task == number).map(Late::Overdue);
        let mut kept = snapshot.lanes.iter().flat_map(|lane| {
            let late = lane.book.late();
            late.worst().iter().chain(late.latest()).map(|task| Late::Ended(lane.key, task))
        });
        overdue.or_else(|| kept.find(|late| late.task() == number))
    }

    /// The task's number.
    pub(super) const fn task(self) -> u64 {
        match self {
            Self::Overdue(task) => task.task,
            Self::Ended(_, task) => task.task,
        }
    }

    /// The lane it belongs to.
    pub(super) const fn lane(self) -> LaneKey {
        match self {
            Self::Overdue(task) => task.lane,
            Self::Ended(lane, _) => lane,
        }
    }

    /// Time since its spawn, or from its spawn to its end.
    pub(super) const fn age(self) -> Duration {
        match self {
            Self::Overdue(task) => task.age,
            Self::Ended(_, task) => Duration::from_nanos(task.service_ns),
        }
    }

    /// Time past its deadline.
    pub(super) const fn overrun(self) -> Duration {
        match self {
            Self::Overdue(task) => task.overrun,
            Self::Ended(_, task) => Duration::from_nanos(task.overrun_ns),
        }
    }

    /// Time inside polls.
    pub(super) const fn busy(self) -> Duration {
        match self {
            Self::Overdue(task) => task.busy,
            Self::Ended(_, task) => Duration::from_nanos(task.busy_ns),
        }
    }

    /// Time inside polls as a share of its age.
    pub(super) fn busy_share(self) -> f64 {
        let age = self.age().as_secs_f64();
        if age > 0.0 { self.busy().as_secs_f64() / age } else { 0.0 }
    }

    /// How often it was polled.
    pub(super) const fn polls(self) -> u32 {
        match self {
            Self::Overdue(task) => task.polls,
            Self::Ended(_, task) => task.polls,
        }
    }

    /// The step it is in, or was in when it ended.
    pub(super) fn step(self) -> Option<&'a str> {
        match self {
            Self::Overdue(task) => task.step.as_deref(),
            Self::Ended(_, task) => task.step.as_deref(),
        }
    }

    /// How it ended; `None` while it has not.
    pub(super) const fn ending(self) -> Option<Ending> {
        match self {
            Self::Overdue(_) => None,
            Self::Ended(_, task) => Some(task.ending),
        }
    }

    /// Who asked it to end.
    pub(super) const fn reason(self) -> Option<CancelReason> {
        match self {
            Self::Overdue(_) => None,
            Self::Ended(_, task) => task.reason,
        }
    }

    /// The same share as it is shown, so that what looks equal is equal.
    fn shown_share(self) -> u64 {
        let share = self.busy_share();
        let shown: f64 = units::percent(share).trim_end_matches(" %").parse().unwrap_or_default();
        // What is there is never shown as nothing; the bits of positive numbers are ordered as they are.
        if shown > 0.0 { shown.to_bits() } else { u64::from(share > 0.0) }
    }

    fn holds(self, filter: &str) -> bool {
        let (number, lane) = (self.task(), self.lane().to_string());
        let numbers = [number.to_string(), units::thousands(number)];
        let ending = self.ending().map_or("overdue", Ending::word);
        let names = [self.step(), self.reason().map(CancelReason::word), Some(ending), Some(&lane)];
        list::holds(filter, names.into_iter().flatten().chain(numbers.iter().map(String::as_str)))
    }
}

/// The late tasks of a snapshot that are shown, in their order.
#[derive(Debug)]
pub(super) struct LateRows<'a> {
    /// The overdue ones, then those that have ended.
    rows: Vec<Late<'a>>,
    /// How many of them are overdue.
    overdue: usize,
    /// How many there are of either kind, shown or not.
    pub all: [usize; 2],
}

impl<'a> LateRows<'a> {
    /// The rows that this list shows of a snapshot.
    pub(super) fn of(snapshot: &'a Snapshot, list: &LateList) -> Self {
        let overdue: Vec<Late<'a>> = snapshot.overdue.iter().map(Late::Overdue).collect();
        let worst = |(key, task)| Late::Ended(key, task);
        let lanes = snapshot.lanes.iter();
        let ended = lanes.flat_map(|lane| lane.book.late().worst().iter().map(|task| (lane.key, task)));
        let ended: Vec<Late<'a>> = ended.map(worst).collect();
        let all = [overdue.len(), ended.len()];
        let [mut rows, ended] = [overdue, ended].map(|mut part| {
            if !list.filter.is_empty() {
                part.retain(|late| late.holds(&list.filter));
            }
            sort(&mut part, list.order);
            part
        });
        let overdue = rows.len();
        rows.extend(ended);
        Self { rows, overdue, all }
    }

    /// The numbers of the tasks, in the order of the rows.
    pub(super) fn keys(&self) -> Vec<u64> {
        self.rows.iter().map(|late| late.task()).collect()
    }

    /// The row at a place.
    pub(super) fn get(&self, at: usize) -> Option<Late<'a>> {
        self.rows.get(at).copied()
    }

    /// The rows of the overdue tasks, and of those that have ended.
    pub(super) fn parts(&self) -> [&[Late<'a>]; 2] {
        let (overdue, ended) = self.rows.split_at(self.overdue);
        [overdue, ended]
    }
}

fn sort(part: &mut [Late<'_>], order: LateOrder) {
    // Equals stand in the order they were spawned in, so that none moves without a reason.
    part.sort_by_key(|late| late.task());
    match order {
        LateOrder::Overrun => part.sort_by_key(|late| Reverse(late.overrun())),
        LateOrder::Age => part.sort_by_key(|late| Reverse(late.age())),
        LateOrder::Busy => part.sort_by_cached_key(|late| Reverse(late.shown_share())),
        LateOrder::Task => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::fixture;

    fn numbers(part: &[Late<'_>]) -> Vec<u64> {
        part.iter().map(|late| late.task()).collect()
    }

    #[test]
    fn the_oldest_overdue_task_and_the_worst_ended_one_come_first() {
        let live = fixture::live();
        let rows = LateRows::of(&live, &LateList::default());
        assert_eq!(rows.all, [live.overdue.len(), 128]);
        let [overdue, ended] = rows.parts();
        assert_eq!(numbers(overdue), live.overdue.iter().map(|task| task.task).collect::<Vec<_>>());
        assert!(ended.is_sorted_by(|a, b| a.overrun() >= b.overrun()));
        assert_eq!(rows.keys().len(), overdue.len() + ended.len());
        assert_eq!(rows.get(0).map(Late::task), Some(7_000));
        assert!(rows.get(rows.keys().len()).is_none());
    }

    #[test]
    fn each_order_holds_in_both_parts() {
        let live = fixture::live();
        let mut list = LateList::default();
        for &order in LateOrder::ALL {
            list.order = order;
            for part in LateRows::of(&live, &list).parts() {
                assert!(!part.is_empty());
                assert!(part.is_sorted_by(|a, b| match order {
                    LateOrder::Overrun => a.overrun() >= b.overrun(),
                    LateOrder::Age => a.age() >= b.age(),
                    LateOrder::Busy => (Reverse(a.shown_share()), a.task()) <= (Reverse(b.shown_share()), b.task()),
                    LateOrder::Task => a.task() <= b.task(),
                }));
            }
        }
    }

    #[test]
    fn shares_that_look_equal_stand_in_the_order_of_their_tasks() {
        let mut live = fixture::live();
        live.overdue.truncate(3);
        for (task, busy) in live.overdue.iter_mut().zip([50_004, 50_009, 60_000]) {
            (task.age, task.busy) = (Duration::from_secs(1), Duration::from_micros(busy));
        }
        let mut list = LateList::default();
        list.order = LateOrder::Busy;
        let sorted = |live: &Snapshot, list: &LateList| numbers(LateRows::of(live, list).parts()[0]);
        assert_eq!(sorted(&live, &list), [7_002, 7_000, 7_001]);
        live.overdue[0].busy = Duration::from_micros(50_012);
        assert_eq!(sorted(&live, &list), [7_002, 7_000, 7_001]);
        list.order = LateOrder::Task;
        assert_eq!(sorted(&live, &list), [7_000, 7_001, 7_002]);
    }

    #[test]
    fn a_task_is_found_while_it_is_overdue_and_as_long_as_it_is_kept() {
        let live = fixture::live();
        let ended = |number| Late::find(&live, number).map(|late| late.ending().is_some());
        assert_eq!([7_000, 350, 9_999_999].map(ended), [Some(false), Some(true), None]);
    }

    #[test]
    fn a_filter_looks_at_numbers_steps_endings_reasons_and_lanes() {
        let live = fixture::live();
        let found = |filter: &str| {
            let mut list = LateList::default();
            filter.clone_into(&mut list.filter);
            LateRows::of(&live, &list).parts().map(<[_]>::len)
        };
        let [overdue, ended] = found("");
        assert_eq!(found("7,00"), [10, 0]);
        assert_eq!(found("7003"), [1, 0]);
        assert_eq!(found("overdue"), [overdue, 0]);
        assert_eq!(found("CANCELLED"), [0, 64]);
        assert_eq!(found("deadline"), [0, 64]);
        assert_eq!(found("observe 50"), [overdue, ended - 64]);
        let [queries, renders] = ["query", "render"].map(found);
        assert!(queries[0] > renders[0] && renders[0] > 0 && queries[1] > 0);
        assert_eq!(found("no such thing"), [0, 0]);
    }
}
