//! Tasks awaited together: when a gather has its outcome, and what that does to the children left.
//!
//! `open → decided → ended`: decided by the child that makes the outcome certain or by the clock at the
//! deadline, ended by the last child. The meaning of each mode is that of `CPython` 3.11; the awaiter of a
//! child that was cancelled at its own deadline sees an error, as with `asyncio.wait_for`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::core::Whom;
use super::launch;
use super::local::Local;
use crate::ledger::{Event, TaskEnd};
use crate::outcome::{CancelReason, Ending, GatherMode, GatherOutcome, Policy};

/// One gather. Times are nanoseconds since the run's epoch.
#[derive(Debug)]
pub(super) struct Gather {
    pub(super) lane: u16,
    policy: Policy,
    mode: GatherMode,
    started_at: u64,
    pub(super) intended_at: u64,
    deadline_at: Option<u64>,
    first_number: u64,
    slots: Box<[u32]>,
    state: Mutex<State>,
}

/// How many of a gather's children have ended, and how.
#[derive(Debug)]
pub(super) struct Tally {
    width: u32,
    ended: u32,
    done: u32,
}

#[derive(Debug)]
struct State {
    tally: Tally,
    /// Which have ended.
    children_ended: Box<[bool]>,
    decided_at: Option<u64>,
    last_end: Option<u64>,
    overdue: bool,
    /// Whether an error was the outcome.
    failed: bool,
    /// What the children that have ended took, and what of it in polls.
    task_ns: u64,
    busy_ns: u64,
}

/// How a child's end looks to the one who awaits the gather.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Done,
    Error,
    /// Cancelled, but neither by the gather nor at a deadline: a `CancelledError` of its own, also when it was the
    /// user who asked.
    Quit,
    /// Cancelled by the gather itself.
    Own,
}

/// What a deadline does to a gather.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Miss {
    /// It had its outcome before.
    Decided,
    /// It goes on, overdue.
    Overdue,
    /// It was cancelled.
    Cancelled,
}

/// Where and when a gather starts.
#[derive(Debug)]
pub(super) struct Start {
    pub(super) lane: u16,
    pub(super) policy: Policy,
    pub(super) mode: GatherMode,
    pub(super) at: u64,
    pub(super) intended_at: u64,
    pub(super) deadline_at: Option<u64>,
    pub(super) first_number: u64,
    pub(super) slots: Box<[u32]>,
}

impl State {
    fn new(width: usize) -> Self {
        Self {
            tally: Tally::new(u32::try_from(width).unwrap_or(u32::MAX)),
            children_ended: vec![false; width].into(),
            decided_at: None,
            last_end: None,
            overdue: false,
            failed: false,
            task_ns: 0,
            busy_ns: 0,
        }
    }
}

impl Tally {
    pub(super) const fn new(width: u32) -> Self {
        Self { width, ended: 0, done: 0 }
    }

    const fn is_over(&self) -> bool {
        self.ended == self.width
    }

    /// Adds a child's end; the outcome, if that makes it certain. Whoever has it already does not ask again.
    pub(super) fn add(&mut self, mode: GatherMode, verdict: Verdict) -> Option<GatherOutcome> {
        self.ended += 1;
        self.done += u32::from(verdict == Verdict::Done);
        let undone = self.ended - self.done;
        match (mode, verdict) {
            (GatherMode::FailFast | GatherMode::CancelSiblings, Verdict::Error)
            | (GatherMode::FailFast, Verdict::Quit) => Some(GatherOutcome::Failed),
            (GatherMode::First(k), _) if undone > self.width - k => Some(GatherOutcome::Failed),
            (GatherMode::First(k), _) => (self.done >= k).then_some(GatherOutcome::Complete),
            _ if !self.is_over() => None,
            _ if undone > 0 => Some(GatherOutcome::Partial),
            _ => Some(GatherOutcome::Complete),
        }
    }
}

impl Gather {
    pub(super) fn new(start: Start) -> Self {
        Self {
            lane: start.lane,
            policy: start.policy,
            mode: start.mode,
            started_at: start.at,
            intended_at: start.intended_at,
            deadline_at: start.deadline_at,
            first_number: start.first_number,
            state: Mutex::new(State::new(start.slots.len())),
            slots: start.slots,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) const fn deadline_at(&self) -> Option<u64> {
        self.deadline_at
    }

    /// Whether every child has ended.
    pub(super) fn is_over(&self) -> bool {
        self.state().tally.is_over()
    }

    /// Takes note of a child's end.
    pub(super) fn child_ended(&self, local: &Local, child: u32, end: &TaskEnd) {
        let (verdict, at) = (Verdict::of(end.outcome.ending, end.cancelled_by()), end.at);
        let mut state = self.state();
        state.children_ended[child as usize] = true;
        let wasted = state.decided_at.map(|decided| at.saturating_sub(decided));
        let outcome = state.tally.add(self.mode, verdict).filter(|_| wasted.is_none());
        let was_overdue = state.overdue;
        if outcome.is_some() {
            state.decided_at = Some(at);
            state.failed = outcome == Some(GatherOutcome::Failed);
        }
        state.task_ns += end.service;
        state.busy_ns += end.busy;
        let gap = at.saturating_sub(state.last_end.unwrap_or(at));
        state.last_end = Some(at);
        let last = state.tally.is_over();
        let spoilt =
            (last && state.failed).then_some(Event::GatherSpoilt { task_ns: state.task_ns, busy_ns: state.busy_ns });
        drop(state);

        let record = |event| local.writer.record(&local.core.ledger, self.lane, &event);
        if let Some(after_outcome) = wasted {
            record(Event::GatherWasted { after_outcome });
        }
        if last {
            record(Event::GatherEnded { slowest: child, straggler_gap: gap });
        }
        spoilt.into_iter().for_each(record);
        if let Some(outcome) = outcome {
            self.decided(local, outcome, at, was_overdue);
        }
    }

    /// Records the outcome, cancels whom the mode wants cancelled, and lets the next arrival come.
    fn decided(&self, local: &Local, outcome: GatherOutcome, at: u64, was_overdue: bool) {
        let late = self.deadline_at.is_some_and(|deadline| at > deadline);
        let latency = at.saturating_sub(self.started_at);
        let event = Event::GatherDecided { outcome, latency, late, was_overdue };
        local.writer.record(&local.core.ledger, self.lane, &event);
        let cancels = match self.mode {
            GatherMode::Collect | GatherMode::FailFast => false,
            GatherMode::CancelSiblings => outcome == GatherOutcome::Failed,
            GatherMode::First(_) => self.policy == Policy::Cancel,
        };
        if outcome == GatherOutcome::Cancelled {
            self.cancel_children(local, CancelReason::GatherDeadline, at);
        } else if cancels {
            self.cancel_children(local, CancelReason::Sibling, at);
        }
        launch::arrival_ended(local, at);
    }

    /// Asks the children that are left to end. None of them can leave its slot meanwhile: it would have to be
    /// taken note of here first.
    fn cancel_children(&self, local: &Local, reason: CancelReason, now: u64) {
        let state = self.state();
        for ((number, &slot), has_ended) in (self.first_number..).zip(&self.slots).zip(&state.children_ended) {
            if !has_ended {
                local.cancel(Whom { lane: self.lane, slot, number }, reason, now);
            }
        }
    }

    /// The deadline has passed. `cancels` when the deadline is the gather's own.
    pub(super) fn miss(self: &Arc<Self>, local: &Local, cancels: bool, now: u64) -> Miss {
        let mut state = self.state();
        if state.decided_at.is_some() {
            return Miss::Decided;
        }
        if cancels && self.policy == Policy::Cancel {
            state.decided_at = Some(now);
            drop(state);
            self.decided(local, GatherOutcome::Cancelled, now, false);
            Miss::Cancelled
        } else {
            state.overdue = true;
            Miss::Overdue
        }
    }

    /// How long it has been going on at `now`, unless it has its outcome.
    pub(super) fn age(&self, now: u64) -> Option<u64> {
        let is_open = self.state().decided_at.is_none();
        is_open.then(|| now.saturating_sub(self.started_at))
    }

    /// The time its children in flight have run on since its outcome, when the books close at `now`.
    pub(super) fn wasted_in_flight(&self, now: u64) -> Option<u64> {
        let state = self.state();
        let left = u64::from(state.tally.width - state.tally.ended);
        state.decided_at.map(|decided| now.saturating_sub(decided) * left).filter(|&wasted| wasted > 0)
    }
}

impl Verdict {
    const fn of(ending: Ending, reason: Option<CancelReason>) -> Self {
        match (ending, reason) {
            (Ending::Done, _) => Self::Done,
            (Ending::Cancelled, Some(CancelReason::Sibling | CancelReason::GatherDeadline)) => Self::Own,
            (Ending::Cancelled, Some(CancelReason::Dropped | CancelReason::User | CancelReason::Shutdown)) => {
                Self::Quit
            }
            _ => Self::Error,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Which end decides, and what.
    fn outcome(mode: GatherMode, width: usize, ends: &[Verdict]) -> Option<(usize, GatherOutcome)> {
        let mut tally = Tally::new(u32::try_from(width).unwrap());
        ends.iter().enumerate().find_map(|(at, &verdict)| Some((at, tally.add(mode, verdict)?)))
    }

    #[test]
    fn each_mode_decides_with_the_child_that_makes_the_outcome_certain() {
        use GatherMode::{CancelSiblings, Collect, FailFast, First};
        use GatherOutcome::{Complete, Failed, Partial};
        use Verdict::{Done, Error, Own, Quit};
        for (mode, ends, expected) in [
            (Collect, &[Done, Done, Done][..], Some((2, Complete))),
            (Collect, &[Error, Done, Done], Some((2, Partial))),
            (Collect, &[Error, Done], None),
            (FailFast, &[Done, Error, Done], Some((1, Failed))),
            (FailFast, &[Quit, Done, Done], Some((0, Failed))),
            (FailFast, &[Done, Done, Done], Some((2, Complete))),
            (CancelSiblings, &[Error, Own, Own], Some((0, Failed))),
            (CancelSiblings, &[Quit, Done, Done], Some((2, Partial))),
            (First(2), &[Done, Error, Done], Some((2, Complete))),
            (First(2), &[Done, Done, Error], Some((1, Complete))),
            (First(2), &[Error, Error], Some((1, Failed))),
            (First(3), &[Done, Error], Some((1, Failed))),
        ] {
            assert_eq!(outcome(mode, 3, ends), expected, "{mode} {ends:?}");
        }
    }

    /// What `CPython` makes of children that end in this order; `None` where it has no such thing.
    fn cpython(mode: GatherMode, ends: &[Verdict]) -> Option<(usize, GatherOutcome)> {
        let last = ends.len() - 1;
        let first = |is: fn(Verdict) -> bool| ends.iter().position(|&end| is(end));
        let whole =
            if ends.iter().all(|&end| end == Verdict::Done) { GatherOutcome::Complete } else { GatherOutcome::Partial };
        match mode {
            // `outer.set_result(results)` once `nfinished == nfuts`.
            GatherMode::Collect => Some((last, whole)),
            // `_done_callback`: `fut.cancelled()` and `fut.exception()` alike end the outer future.
            GatherMode::FailFast => match first(|end| end != Verdict::Done) {
                Some(at) => Some((at, GatherOutcome::Failed)),
                None => Some((last, whole)),
            },
            // `_on_task_done`: `if task.cancelled(): return`, then `exc = task.exception()` aborts.
            GatherMode::CancelSiblings => match first(|end| end == Verdict::Error) {
                Some(at) => Some((at, GatherOutcome::Failed)),
                None => Some((last, whole)),
            },
            GatherMode::First(_) => None,
        }
    }

    proptest! {
        #[test]
        fn a_gather_decides_as_cpython_does_whatever_the_order_of_its_childrens_ends(
            ends in prop::collection::vec(prop::sample::select(vec![Verdict::Done, Verdict::Error, Verdict::Quit]), 1..8),
        ) {
            for mode in [GatherMode::Collect, GatherMode::FailFast, GatherMode::CancelSiblings] {
                prop_assert_eq!(outcome(mode, ends.len(), &ends), cpython(mode, &ends), "{}", mode);
            }
        }

        #[test]
        fn a_quorum_is_decided_once_and_for_what_can_still_be_reached(
            ends in prop::collection::vec(prop::sample::select(vec![Verdict::Done, Verdict::Error, Verdict::Quit]), 1..8),
            k in 1usize..8,
        ) {
            let (width, k) = (ends.len(), k.min(ends.len()));
            let decided = outcome(GatherMode::First(u32::try_from(k).unwrap()), width, &ends);
            let nth = |n: usize, done: bool| {
                (0..width).filter(|&at| (ends[at] == Verdict::Done) == done).nth(n)
            };
            let expected = match (nth(k - 1, true), nth(width - k, false)) {
                (Some(at), _) => (at, GatherOutcome::Complete),
                (None, Some(at)) => (at, GatherOutcome::Failed),
                (None, None) => unreachable!("either k are done or too few are left"),
            };
            prop_assert_eq!(decided, Some(expected));
        }
    }
}
