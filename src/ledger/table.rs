//! The in-flight table: one slot per task, written without a lock by the thread that spawns and by
//! the one on which the task ends.
//!
//! Slots come in chunks of [`CHUNK`]. A chunk is filled in order by one thread for one lane, so within
//! it deadlines never go back. Only a chunk with nothing but ended tasks is used again, and only the
//! clock decides that.

use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::slot::{Detail, EMPTY, Slot};

/// Slots in a chunk.
pub(super) const CHUNK: u32 = 64;
const CHUNKS_PER_SEGMENT: u32 = 256;
/// A thousand million slots: their tasks alone would need a hundred times the memory of a large machine.
const SEGMENTS: usize = 1 << 16;

/// The parts of slots lie apart: a task that ends with its first poll touches two words, and the clock
/// reads eight of a kind a cache line.
#[derive(Debug)]
struct Chunk {
    words: [AtomicU64; CHUNK as usize],
    tags: [AtomicU64; CHUNK as usize],
    details: [Detail; CHUNK as usize],
    lane: AtomicU16,
}

impl Default for Chunk {
    fn default() -> Self {
        Self {
            words: std::array::from_fn(|_| AtomicU64::new(EMPTY)),
            tags: std::array::from_fn(|_| AtomicU64::new(0)),
            details: std::array::from_fn(|_| Detail::default()),
            lane: AtomicU16::new(0),
        }
    }
}

type Segment = Box<[Chunk]>;

/// All slots of a run. They are made when first needed, never move, and are used again.
#[derive(Debug)]
pub(crate) struct Table {
    segments: Box<[OnceLock<Segment>]>,
    spare: Mutex<Spare>,
}

#[derive(Debug, Default)]
struct Spare {
    recycled: Vec<u32>,
    made: u32,
}

impl Table {
    pub(super) fn new() -> Self {
        Self { segments: (0..SEGMENTS).map(|_| OnceLock::new()).collect(), spare: Mutex::default() }
    }

    /// A chunk with nothing but empty slots, for tasks of `lane`.
    pub(super) fn take_chunk(&self, lane: u16) -> u32 {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let chunk = spare.recycled.pop().unwrap_or_else(|| {
            let chunk = spare.made;
            spare.made += 1;
            let segment = &self.segments[(chunk / CHUNKS_PER_SEGMENT) as usize];
            segment.get_or_init(|| (0..CHUNKS_PER_SEGMENT).map(|_| Chunk::default()).collect());
            chunk
        });
        self.chunk(chunk).lane.store(lane, Ordering::Relaxed);
        chunk
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
        let segment = self.segments[(chunk / CHUNKS_PER_SEGMENT) as usize].get();
        &segment.expect("a chunk was taken before it is used")[(chunk % CHUNKS_PER_SEGMENT) as usize]
    }

    /// The slot with this number.
    #[inline]
    pub(crate) fn slot(&self, slot: u32) -> Slot<'_> {
        let chunk = self.chunk(slot / CHUNK);
        let at = (slot % CHUNK) as usize;
        Slot {
            word: &chunk.words[at],
            tag: &chunk.tags[at],
            detail: &chunk.details[at],
            lane: chunk.lane.load(Ordering::Relaxed),
        }
    }
}
