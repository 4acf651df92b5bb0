//! The in-flight table: one slot per task, written without a lock by the thread that spawns and by
//! the one on which the task ends.
//!
//! Slots come in chunks of [`CHUNK`]. A chunk is filled in order by one thread for one lane, so within
//! it deadlines never go back. A slot's first word goes `EMPTY → start → start + OVERDUE → FREE`, or
//! `EMPTY → VOID` when its chunk is given up half filled; only a chunk with nothing but `FREE` and
//! `VOID` is used again, and only the clock decides that.

use std::sync::atomic::{AtomicU16, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::task::Waker;

use atomic_waker::AtomicWaker;

use crate::outcome::CancelReason;

/// Slots in a chunk.
pub(super) const CHUNK: u32 = 64;
const CHUNKS_PER_SEGMENT: u32 = 256;
const SEGMENTS_PER_BLOCK: u32 = 512;
const BLOCKS: usize = 512;

const EMPTY: u64 = 0;
const FREE: u64 = u64::MAX;
const VOID: u64 = u64::MAX - 1;
const OVERDUE: u64 = 1 << 63;

const REQUEST: u64 = 0x7f;
const DROP: u64 = 0x80;

/// What the first word of a slot says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// No task yet.
    Empty,
    /// A task in flight; its deadline counts from `start`.
    Live { start: u64, overdue: bool },
    /// Its task ended.
    Free,
    /// It will never have a task.
    Void,
}

impl From<u64> for Word {
    fn from(raw: u64) -> Self {
        match raw {
            EMPTY => Self::Empty,
            FREE => Self::Free,
            VOID => Self::Void,
            _ => Self::Live { start: (raw & !OVERDUE) - 1, overdue: raw & OVERDUE != 0 },
        }
    }
}

/// What is known of a task while it is in flight. Written by the thread that polls it, but for the
/// cancel request; read by the clock.
#[derive(Debug, Default)]
pub(crate) struct Detail {
    /// The task's number, shifted by 8, above the cancel request.
    tag: AtomicU64,
    requested_at: AtomicU64,
    busy: AtomicU64,
    waker: AtomicWaker,
    polls: AtomicU32,
    step: AtomicU16,
    lane: AtomicU16,
}

/// A cancel request as the task sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Request {
    /// Who asked.
    pub(crate) reason: CancelReason,
    /// Whether the grace is over, so that the future is to be dropped now.
    pub(crate) drop_now: bool,
}

const fn code(reason: CancelReason) -> u64 {
    match reason {
        CancelReason::Deadline => 1,
        CancelReason::GatherDeadline => 2,
        CancelReason::Sibling => 3,
        CancelReason::Dropped => 4,
    }
}

impl Detail {
    fn reset(&self, number: u64, lane: u16) {
        self.tag.store(number << 8, Ordering::Relaxed);
        self.requested_at.store(0, Ordering::Relaxed);
        self.busy.store(0, Ordering::Relaxed);
        self.polls.store(0, Ordering::Relaxed);
        self.step.store(0, Ordering::Relaxed);
        self.lane.store(lane, Ordering::Relaxed);
    }

    /// The number of the task that has the slot, or had it last.
    pub(crate) fn number(&self) -> u64 {
        self.tag.load(Ordering::Acquire) >> 8
    }

    /// The cancel request, if there is one.
    #[inline]
    pub(crate) fn request(&self) -> Option<Request> {
        let tag = self.tag.load(Ordering::Acquire);
        let reason = match tag & REQUEST {
            0 => return None,
            1 => CancelReason::Deadline,
            2 => CancelReason::GatherDeadline,
            3 => CancelReason::Sibling,
            _ => CancelReason::Dropped,
        };
        Some(Request { reason, drop_now: tag & DROP != 0 })
    }

    /// When the cancellation was asked for; `None` while the one who asks has not said so yet.
    pub(crate) fn requested_at(&self) -> Option<u64> {
        Some(self.requested_at.load(Ordering::Acquire)).filter(|&at| at > 0)
    }

    /// Asks the task `number` to end. False when it has ended, or was asked before.
    fn ask(&self, number: u64, reason: CancelReason, now: u64, drop_now: bool) -> bool {
        let asked = number << 8 | code(reason) | if drop_now { DROP } else { 0 };
        let free = self.tag.compare_exchange(number << 8, asked, Ordering::AcqRel, Ordering::Relaxed).is_ok();
        if free {
            self.requested_at.store(now.max(1), Ordering::Release);
            self.wake(number, now);
        }
        free
    }

    /// Wakes the task `number`. If that has ended meanwhile and the slot is another's, that one has lost
    /// its waker to us: it is woken for nothing, and finds out by [`Detail::needs_waker`].
    fn wake(&self, number: u64, now: u64) {
        if let Some(waker) = self.waker.take() {
            if self.number() != number {
                self.requested_at.store(now.max(1), Ordering::Release);
            }
            waker.wake();
        }
    }

    /// Whether the waker may have been taken since the task registered it.
    #[inline]
    pub(crate) fn needs_waker(&self) -> bool {
        self.requested_at.load(Ordering::Acquire) > 0
    }

    /// Ends the grace of the task `number`, if it was asked to end and has not.
    fn insist(&self, number: u64) {
        let tag = self.tag.load(Ordering::Acquire);
        if tag >> 8 == number
            && tag & REQUEST != 0
            && self.tag.compare_exchange(tag, tag | DROP, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        {
            self.wake(number, self.requested_at.load(Ordering::Relaxed));
        }
    }

    /// Notes whom to wake for a cancellation. Look at [`Detail::request`] again afterwards.
    pub(crate) fn register(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    /// Notes a finished poll.
    #[inline]
    pub(crate) fn polled(&self, polls: u32, busy: u64) {
        self.polls.store(polls, Ordering::Relaxed);
        self.busy.store(busy, Ordering::Relaxed);
    }

    /// Finished polls and the time in them.
    pub(super) fn progress(&self) -> (u32, u64) {
        (self.polls.load(Ordering::Relaxed), self.busy.load(Ordering::Relaxed))
    }

    /// Notes the step the task is in and returns the one before; zero is none.
    pub(crate) fn swap_step(&self, step: u16) -> u16 {
        let before = self.step.load(Ordering::Relaxed);
        self.step.store(step, Ordering::Relaxed);
        before
    }

    /// The lane the task belongs to.
    pub(crate) fn lane(&self) -> u16 {
        self.lane.load(Ordering::Relaxed)
    }

    /// The step the task is in; zero is none.
    pub(super) fn step(&self) -> u16 {
        self.step.load(Ordering::Relaxed)
    }
}

/// First words and details lie apart, so that the clock reads eight words a cache line.
#[derive(Debug)]
struct Chunk {
    words: [AtomicU64; CHUNK as usize],
    details: [Detail; CHUNK as usize],
}

impl Default for Chunk {
    fn default() -> Self {
        Self {
            words: std::array::from_fn(|_| AtomicU64::new(EMPTY)),
            details: std::array::from_fn(|_| Detail::default()),
        }
    }
}

type Segment = Box<[Chunk]>;
type Block = Box<[OnceLock<Segment>]>;

/// All slots of a run. They are made when first needed, never move, and are used again.
#[derive(Debug)]
pub(crate) struct Table {
    blocks: Box<[OnceLock<Block>]>,
    spare: Mutex<Spare>,
}

#[derive(Debug, Default)]
struct Spare {
    recycled: Vec<u32>,
    made: u32,
}

impl Table {
    pub(super) fn new() -> Self {
        Self { blocks: (0..BLOCKS).map(|_| OnceLock::new()).collect(), spare: Mutex::default() }
    }

    /// A chunk with nothing but empty slots.
    pub(super) fn take_chunk(&self) -> u32 {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        spare.recycled.pop().unwrap_or_else(|| {
            let chunk = spare.made;
            spare.made += 1;
            let (block, segment, _) = place(chunk);
            let block = self.blocks[block].get_or_init(|| (0..SEGMENTS_PER_BLOCK).map(|_| OnceLock::new()).collect());
            block[segment].get_or_init(|| (0..CHUNKS_PER_SEGMENT).map(|_| Chunk::default()).collect());
            chunk
        })
    }

    /// Chunks that were ever made.
    #[cfg(test)]
    pub(super) fn made(&self) -> u32 {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).made
    }

    /// Gives back chunks in which every slot is free or void.
    pub(super) fn recycle(&self, chunks: &[u32]) {
        for &chunk in chunks {
            self.chunk(chunk).words.iter().for_each(|word| word.store(EMPTY, Ordering::Relaxed));
        }
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).recycled.extend_from_slice(chunks);
    }

    #[inline]
    fn chunk(&self, chunk: u32) -> &Chunk {
        let (block, segment, at) = place(chunk);
        let block = self.blocks[block].get().expect("a chunk was taken before it is used");
        &block[segment].get().expect("a chunk was taken before it is used")[at]
    }

    #[inline]
    fn word(&self, slot: u32) -> &AtomicU64 {
        &self.chunk(slot / CHUNK).words[(slot % CHUNK) as usize]
    }

    /// What is known of the task in `slot`.
    #[inline]
    pub(crate) fn detail(&self, slot: u32) -> &Detail {
        &self.chunk(slot / CHUNK).details[(slot % CHUNK) as usize]
    }

    pub(super) fn read(&self, slot: u32) -> Word {
        self.word(slot).load(Ordering::Acquire).into()
    }

    /// Puts the task `number` of `lane` into an empty slot; its deadline counts from `start`.
    #[inline]
    pub(super) fn open(&self, slot: u32, lane: u16, number: u64, start: u64) {
        let chunk = self.chunk(slot / CHUNK);
        let at = (slot % CHUNK) as usize;
        chunk.details[at].reset(number, lane);
        chunk.words[at].store(start + 1, Ordering::Release);
    }

    pub(super) fn void(&self, slot: u32) {
        self.word(slot).store(VOID, Ordering::Release);
    }

    /// Frees the slot of a task that ended; true when it had been marked overdue.
    #[inline]
    pub(super) fn release(&self, slot: u32) -> bool {
        self.word(slot).swap(FREE, Ordering::AcqRel) & OVERDUE != 0
    }

    /// Forgets whom to wake, which would keep the task's memory alive.
    pub(crate) fn forget_waker(&self, slot: u32) {
        drop(self.detail(slot).waker.take());
    }

    /// Marks the task that started at `start` overdue; false when it has just ended.
    pub(super) fn mark_overdue(&self, slot: u32, start: u64) -> bool {
        let live = start + 1;
        self.word(slot).compare_exchange(live, live | OVERDUE, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Asks the task `number` in `slot` to end. False when it has ended, or was asked before.
    pub(crate) fn ask(&self, slot: u32, number: u64, reason: CancelReason, now: u64, drop_now: bool) -> bool {
        self.detail(slot).ask(number, reason, now, drop_now)
    }

    /// Ends the grace of the task `number` in `slot`, if it was asked to end and has not.
    pub(crate) fn insist(&self, slot: u32, number: u64) {
        self.detail(slot).insist(number);
    }
}

const fn place(chunk: u32) -> (usize, usize, usize) {
    let segment = chunk / CHUNKS_PER_SEGMENT;
    (
        (segment / SEGMENTS_PER_BLOCK) as usize,
        (segment % SEGMENTS_PER_BLOCK) as usize,
        (chunk % CHUNKS_PER_SEGMENT) as usize,
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::task::Wake;

    use super::*;

    #[derive(Debug, Default)]
    struct Woken(AtomicU32);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_request_that_comes_too_late_costs_the_next_task_in_the_slot_no_more_than_a_poll() {
        let (detail, woken) = (Detail::default(), Arc::new(Woken::default()));
        detail.reset(1, 0);
        detail.reset(2, 0);
        detail.register(&Arc::clone(&woken).into());
        assert!(!detail.needs_waker());
        // Whoever asked task 1 to end was held up between asking and waking.
        detail.wake(1, 7);
        assert_eq!((woken.0.load(Ordering::Relaxed), detail.request()), (1, None));
        assert!(detail.needs_waker());
        detail.register(&Arc::clone(&woken).into());
        assert!(detail.ask(2, CancelReason::Sibling, 9, true));
        assert_eq!((woken.0.load(Ordering::Relaxed), detail.requested_at()), (2, Some(9)));
    }
}
