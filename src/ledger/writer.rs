//! One thread's way into the ledger: where it opens slots and which shard it records into.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::Ledger;
use super::event::{Event, TaskEnd};
use super::shard::Said;
use super::slot::Slot;
use super::table::CHUNK;
use crate::outcome::CancelReason;

/// Who is to end, and who wants it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ask {
    /// The lane of the task.
    pub(crate) lane: u16,
    /// Its slot.
    pub(crate) slot: u32,
    /// Its number.
    pub(crate) number: u64,
    /// Who asks.
    pub(crate) reason: CancelReason,
    /// Nanoseconds since the run's epoch.
    pub(crate) now: u64,
    /// Whether it has no grace.
    pub(crate) drop_now: bool,
}

/// What a thread needs to open slots and to record ends; belongs to that thread alone.
#[derive(Debug)]
pub(crate) struct Writer {
    thread: u32,
    shard: usize,
    lane: Cell<u16>,
    chunk: Cell<u32>,
    next: Cell<u32>,
    steps: RefCell<Vec<Arc<str>>>,
}

impl Writer {
    /// A writer into `shard`; `thread` is unique within the run.
    pub(super) const fn new(thread: u32, shard: usize) -> Self {
        let steps = RefCell::new(Vec::new());
        Self { thread, shard, lane: Cell::new(0), chunk: Cell::new(0), next: Cell::new(CHUNK), steps }
    }

    /// Puts the task `number` of `lane` in flight and returns its slot. Its deadline counts from
    /// `start`, which must not go back from call to call.
    #[inline]
    pub(crate) fn open(&self, ledger: &Ledger, lane: u16, number: u64, start: u64) -> u32 {
        if self.next.get() == CHUNK || self.lane.get() != lane {
            self.turn_page(ledger, lane);
        }
        let at = self.next.get();
        self.next.set(at + 1);
        let slot = self.chunk.get() * CHUNK + at;
        ledger.table().slot(slot).open(number, start);
        slot
    }

    #[cold]
    fn turn_page(&self, ledger: &Ledger, lane: u16) {
        self.retire(ledger);
        let chunk = ledger.open_chunk(self.thread, lane);
        self.lane.set(lane);
        self.chunk.set(chunk);
        self.next.set(0);
    }

    /// Gives up what is left of its chunk, which could otherwise never be used again.
    pub(crate) fn retire(&self, ledger: &Ledger) {
        let rest = self.next.replace(CHUNK)..CHUNK;
        rest.for_each(|at| ledger.table().slot(self.chunk.get() * CHUNK + at).void());
    }

    /// Frees the slot of a task that ended and records its end.
    /// False, and nothing is recorded, once the books are closed.
    #[inline]
    pub(crate) fn end(&self, ledger: &Ledger, slot: Slot<'_>, end: &mut TaskEnd, said: &Said<'_>) -> bool {
        let task = end.task;
        ledger.shard(self.shard).end(slot.lane(), end, said, || (slot.release(), slot.take_request(task)))
    }

    /// Whether nothing is asked or recorded any more.
    pub(crate) fn is_closed(&self, ledger: &Ledger) -> bool {
        ledger.shard(self.shard).is_closed()
    }

    /// Asks a task to end, if it has not and nobody has asked before.
    pub(crate) fn ask(&self, ledger: &Ledger, ask: &Ask) -> bool {
        let &Ask { lane, slot, number, reason, now, drop_now } = ask;
        let slot = ledger.table().slot(slot);
        if !ledger.shard(self.shard).ask(lane, reason, || slot.ask(number, reason, drop_now)) {
            return false;
        }
        slot.call(number, now);
        // It may have left just now, without a look at the request or with one.
        if slot.has_left() && ledger.is_unheard(slot, number) {
            self.record(ledger, lane, &Event::CancelTooLate { reason });
        }
        true
    }

    /// Records an event of `lane`; nothing is recorded once the books are closed.
    pub(crate) fn record(&self, ledger: &Ledger, lane: u16, event: &Event<'_>) {
        ledger.shard(self.shard).record(lane, event);
    }

    /// The number of the step `name` within the run; zero once there are too many names.
    pub(crate) fn step(&self, ledger: &Ledger, name: &str) -> u16 {
        let known = |steps: &[Arc<str>]| steps.iter().position(|s| &**s == name);
        let mut steps = self.steps.borrow_mut();
        let at = known(&steps).or_else(|| {
            *steps = ledger.intern_step(name);
            known(&steps)
        });
        at.and_then(|at| u16::try_from(at + 1).ok()).unwrap_or(0)
    }

    /// The name of the step with this number; zero is none.
    pub(crate) fn step_name(&self, ledger: &Ledger, step: u16) -> Option<Arc<str>> {
        let at = usize::from(step).checked_sub(1)?;
        self.steps.borrow().get(at).cloned().or_else(|| ledger.step_name(step))
    }
}
