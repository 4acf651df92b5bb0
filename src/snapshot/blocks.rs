//! A run in stretches of time, so that two runs can be told apart from one that varies.
//!
//! Owns what a stretch holds and when two of them become one. It must not know who measures, nor what is made of the
//! stretches: it is told, and asked.

use std::sync::Arc;
use std::time::Duration;

use crate::histogram::Sparse;
use crate::ledger::LaneKey;

/// Blocks kept: when there would be more, two neighbours become one.
pub const MAX_BLOCKS: usize = 64;

/// A run in stretches of time short enough to resample, long enough to hold what is correlated; the oldest first.
#[derive(Debug, Clone, Default)]
pub struct Blocks {
    blocks: Vec<Arc<Block>>,
}

/// One stretch of time in which new tasks came. What ended in the drain belongs to the last one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Block {
    /// Its start, since measuring began.
    pub at: Duration,
    /// Its length, the drain left out.
    pub length: Duration,
    /// The lanes of which something was spawned or ended in it.
    pub lanes: Vec<LaneBlock>,
}

/// What one lane did in a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneBlock {
    /// Which lane.
    pub lane: LaneKey,
    /// The headline latencies of what ended, coarse.
    pub observed: Sparse,
    /// The ages of what was cancelled, coarse.
    pub censored: Sparse,
    /// How many tasks did what.
    pub counts: BlockCounts,
}

/// What the tasks of one lane did in a block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BlockCounts {
    /// Spawned.
    pub spawned: u64,
    /// Returned `Ok`, late ones included.
    pub done: u64,
    /// Returned an error, late ones included.
    pub failed: u64,
    /// Panicked, late ones included.
    pub panicked: u64,
    /// Were cancelled, whoever asked.
    pub cancelled: u64,
    /// Done by their deadline.
    pub on_time: u64,
    /// Missed their deadline, whether they have ended or not.
    pub missed: u64,
}

impl Blocks {
    /// The blocks, the oldest first.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Block> {
        self.blocks.iter().map(|block| &**block)
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Whether there are none, as in what an early tardy wrote.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }
}

impl FromIterator<Block> for Blocks {
    fn from_iter<I: IntoIterator<Item = Block>>(blocks: I) -> Self {
        Self { blocks: blocks.into_iter().map(Arc::new).collect() }
    }
}
