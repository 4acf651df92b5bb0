//! The books: what is in flight, what ended and how, lane by lane.
//!
//! Owns the event vocabulary, the only fold that counts, the in-flight table and the shards that
//! worker threads record into. It must not know why a task runs, who decides on a deadline, nor how
//! anything is shown; it is told the time and never asks for it.

mod book;
mod cancels;
mod event;
mod inflight;
mod lane;
mod late;
mod lately;
mod message;
mod metric;
mod miss;
mod shard;
mod slot;
mod table;
#[cfg(test)]
mod tests;
mod totals;
mod writer;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::Thread;

use inflight::Opened;
use shard::Shard;
use table::Table;

pub use crate::metric::Metric;
pub(crate) use book::Parts;
pub use book::{Book, Followed, GatherBook, MAX_STEPS, StepBook};
pub use cancels::{CancelledTask, Cancels, Requests};
pub use event::{Event, TaskEnd};
pub(crate) use inflight::{InFlight, Live};
pub use lane::LaneKey;
pub use late::{KEPT, LateTask, LateTasks};
pub(crate) use lately::{Ended, Lately};
pub use message::{MAX_MESSAGES, MAX_TEXT, Message, Messages, OTHER};
pub use miss::{Doing, MissedAt, Misses};
pub(crate) use shard::Said;
pub(crate) use slot::{Slot, Spent};
pub(crate) use totals::{Lane, MAX_LANES, Totals};
pub(crate) use writer::{Ask, Writer};

/// Different step names a run tells apart while they are entered.
const MAX_NAMES: usize = 1024;

/// Chunks opened before used ones are looked for: few enough to stay in a core's cache, so that new
/// tasks find their slots there.
const SWEEP: usize = 256;

/// What all threads of a run share: the in-flight table and the shards.
#[derive(Debug)]
pub(crate) struct Ledger {
    table: Table,
    shards: Box<[Shard]>,
    opened: Mutex<Vec<Opened>>,
    /// The thread that makes chunks usable again.
    reader: OnceLock<Thread>,
    threads: AtomicU32,
    steps: Mutex<Vec<Arc<str>>>,
}

impl Ledger {
    /// Empty books with this many shards; see [`Book::new`] for `response_is_service`.
    pub(crate) fn new(shards: usize, response_is_service: bool) -> Self {
        Self {
            table: Table::new(),
            shards: (0..shards).map(|_| Shard::new(response_is_service)).collect(),
            opened: Mutex::default(),
            reader: OnceLock::new(),
            threads: AtomicU32::new(0),
            steps: Mutex::default(),
        }
    }

    /// A way in for the calling thread, which records into `shard`, or the last one when there is no such shard.
    pub(crate) fn writer(&self, shard: Option<usize>) -> Writer {
        let last = self.shards.len() - 1;
        Writer::new(self.threads.fetch_add(1, Ordering::Relaxed), shard.map_or(last, |shard| shard.min(last)))
    }

    /// Names the thread that reads the table, to be woken when many chunks have been opened.
    pub(crate) fn set_reader(&self, reader: Thread) {
        self.reader.get_or_init(|| reader);
    }

    #[inline]
    pub(crate) const fn table(&self) -> &Table {
        &self.table
    }

    #[inline]
    fn shard(&self, shard: usize) -> &Shard {
        &self.shards[shard]
    }

    const fn shards(&self) -> &[Shard] {
        &self.shards
    }

    fn open_chunk(&self, thread: u32, lane: u16) -> u32 {
        let chunk = self.table.take_chunk(lane);
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.push(Opened { thread, lane, chunk });
        let many = opened.len().is_multiple_of(SWEEP);
        drop(opened);
        if many && let Some(reader) = self.reader.get() {
            reader.unpark();
        }
        chunk
    }

    /// Whether a task that has left its slot ended without a look at the request it was left with. Ends are recorded
    /// under a shard's lock: once each has been free, the end is over.
    fn is_unheard(&self, slot: Slot<'_>, number: u64) -> bool {
        self.shards.iter().for_each(|shard| drop(shard.lock()));
        slot.take_request(number).is_some()
    }

    fn take_opened(&self) -> Vec<Opened> {
        std::mem::take(&mut self.opened.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn intern_step(&self, name: &str) -> Vec<Arc<str>> {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        if steps.len() < MAX_NAMES && !steps.iter().any(|s| &**s == name) {
            steps.push(name.into());
        }
        steps.clone()
    }

    /// The name of the step with this number; zero is none.
    pub(crate) fn step_name(&self, step: u16) -> Option<Arc<str>> {
        let steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        steps.get(usize::from(step).checked_sub(1)?).cloned()
    }

    /// The step, the finished polls and the time in them of the task in `slot`.
    pub(crate) fn progress(&self, slot: u32) -> (u16, u32, u64) {
        let slot = self.table.slot(slot);
        let spent = slot.spent();
        (slot.step(), spent.polls, spent.busy)
    }
}
