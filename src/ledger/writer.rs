//! One thread's way into the ledger: where it opens slots and which shard it records into.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::Ledger;
use super::event::{Event, TaskEnd};
use super::slot::Slot;
use super::table::CHUNK;

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

    /// Frees the slot of a task that ended and records its end, with what its error or panic said.
    /// False, and nothing is recorded, once the books are closed.
    #[inline]
    pub(crate) fn end(&self, ledger: &Ledger, slot: Slot<'_>, end: &mut TaskEnd, message: Option<&str>) -> bool {
        ledger.shard(self.shard).end(slot.lane(), end, message, || slot.release())
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
