//! One thread's end of a run: what it has at hand to spawn, to poll and to record, without a lock.
//!
//! Belongs to its thread alone. It must not know what the tasks are that pass through it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use super::core::{Core, Grace, Whom};
use super::hooks::Steps;
use super::spans::Left;
use super::stamp::{Polling, Stamp};
use crate::ledger::{Ask, Doing, LaneKey, Writer};
use crate::outcome::{CancelReason, Ending};

/// The number of no run, for what is not measured.
pub(super) const NO_RUN: u32 = 0;

/// One thread's end of a run.
#[derive(Debug)]
pub(super) struct Local {
    pub(super) core: Arc<Core>,
    pub(super) writer: Writer,
    /// Its place among the stamps.
    place: usize,
    /// What it polls.
    pub(super) polling: Polling,
    lane: Cell<Option<(u16, LaneKey)>>,
    /// The next and the end of the tickets taken in a block.
    pub(super) block: Cell<(u64, u64)>,
    /// Whether the task that ended here last did so after its deadline.
    pub(super) ended_late: Cell<bool>,
    /// Before this instant no further task spawned here is followed.
    next_followed: Cell<u64>,
    /// The steps that are being polled here.
    pub(super) steps: Steps,
    /// The steps that tasks have left here, until their poll is over.
    pub(super) spans: Left,
    /// The number of the task that panicked here last while in a step, and the innermost one it was in.
    panicked_in: Cell<(u64, u16)>,
}

thread_local! {
    /// Its end of the run it had to do with last.
    static LOCAL: RefCell<Option<Rc<Local>>> = const { RefCell::new(None) };
    /// Its ends of the others.
    static OTHERS: RefCell<Vec<Rc<Local>>> = const { RefCell::new(Vec::new()) };
}

impl Local {
    /// The calling thread's end of `run`; `None` once the run is gone.
    #[inline]
    pub(super) fn of(run: u32) -> Option<Rc<Self>> {
        LOCAL
            .try_with(|local| match &*local.borrow() {
                Some(known) if known.core.run == run => Some(Rc::clone(known)),
                _ => None,
            })
            .ok()
            .flatten()
            .or_else(|| Self::join(run))
    }

    #[cold]
    fn join(run: u32) -> Option<Rc<Self>> {
        if run == NO_RUN {
            return None;
        }
        let known = OTHERS.try_with(|others| {
            let mut others = others.borrow_mut();
            let at = others.iter().position(|other| other.core.run == run)?;
            Some(others.swap_remove(at))
        });
        let local = match known.ok().flatten() {
            Some(known) => known,
            None => Rc::new(Self::new(Core::of(run)?)),
        };
        // A thread that is being torn down has no place to remember it, and needs none.
        let before = LOCAL.try_with(|place| place.replace(Some(Rc::clone(&local)))).ok().flatten();
        let _ = OTHERS.try_with(|others| {
            let over: Vec<_> = others.borrow_mut().extract_if(.., |other| other.core.is_over()).collect();
            drop(over);
            others.borrow_mut().extend(before.filter(|before| !before.core.is_over()));
        });
        Some(local)
    }

    fn new(core: Arc<Core>) -> Self {
        let worker = tokio::runtime::worker_index();
        Self {
            writer: core.ledger.writer(worker),
            place: core.stamps.place(worker),
            polling: Polling::default(),
            lane: Cell::default(),
            block: Cell::default(),
            ended_late: Cell::new(false),
            next_followed: Cell::new(0),
            steps: Steps::default(),
            spans: Left::default(),
            panicked_in: Cell::new((u64::MAX, 0)),
            core,
        }
    }

    /// Ends the calling thread's part in any run, while it still can.
    pub(super) fn leave() {
        let _ = LOCAL.try_with(RefCell::take);
        let _ = OTHERS.try_with(RefCell::take);
    }

    /// Asks a task to end; with a grace, the clock insists when it is over.
    pub(super) fn cancel(&self, who: Whom, reason: CancelReason, now: u64) {
        let (core, Whom { lane, slot, number }) = (&self.core, who);
        let grace = core.rules.grace;
        let ask = Ask { lane, slot, number, reason, now, drop_now: grace == 0 };
        if self.writer.ask(&core.ledger, &ask) && grace > 0 {
            core.add_grace(Grace { until: now.saturating_add(grace), slot, number });
        }
    }

    /// Where a task in flight is: its step, and what it is doing.
    pub(super) fn whereabouts(&self, slot: u32) -> (Option<Arc<str>>, Doing) {
        let (step, polls, _) = self.core.ledger.progress(slot);
        let doing = if self.core.stamps.polls_task(slot) {
            Doing::Polled
        } else if step > 0 || polls > 0 {
            Doing::Waiting
        } else {
            Doing::NotStarted
        };
        (self.step_name(step), doing)
    }

    /// Whether the task `number`, spawned here at `start`, is followed: one a millisecond, and by chance, so that it is
    /// not always the first of those that come together.
    #[inline]
    pub(super) fn follows(&self, start: u64, number: u64) -> bool {
        let follows = start >= self.next_followed.get() && number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 62 == 1;
        if follows {
            self.next_followed.set(start.saturating_add(1_000_000));
        }
        follows
    }

    /// Where the calling thread says what it is doing.
    #[inline]
    pub(super) fn stamp(&self) -> &Stamp {
        self.core.stamps.at(self.place)
    }

    /// Notes that a panic takes the task `number` out of `step`; the innermost comes first.
    pub(super) fn panics_in(&self, number: u64, step: u16) {
        if self.panicked_in.get().0 != number {
            self.panicked_in.set((number, step));
        }
    }

    /// The step in which the task `number` was cut short; `cancelled_in` is the one in which a cancellation met it.
    #[cold]
    pub(super) fn step_at_end(&self, ending: Ending, number: u64, cancelled_in: u16) -> Option<Arc<str>> {
        let step = match (ending, self.panicked_in.get()) {
            (Ending::Cancelled, _) => cancelled_in,
            (Ending::Panicked, (known, step)) if known == number => step,
            _ => 0,
        };
        self.step_name(step)
    }

    /// The name of the step with this number; zero is none.
    pub(super) fn step_name(&self, step: u16) -> Option<Arc<str>> {
        self.writer.step_name(&self.core.ledger, step)
    }

    /// What tasks of `lane` are spawned under.
    pub(super) fn lane(&self, lane: u16) -> LaneKey {
        match self.lane.get() {
            Some((number, key)) if number == lane => key,
            _ => {
                let key = self.core.lane(lane);
                self.lane.set(Some((lane, key)));
                key
            }
        }
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        self.writer.retire(&self.core.ledger);
    }
}
