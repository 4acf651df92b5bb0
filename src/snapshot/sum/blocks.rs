//! The blocks of several shards as one: stretches of time as long as those of the shard that has the longest.

use std::sync::Arc;
use std::time::Duration;

use crate::snapshot::blocks::SHORTEST;
use crate::snapshot::{Block, Blocks, MAX_BLOCKS, Snapshot};

/// The blocks of all shards as one; none where a shard has none.
pub(super) fn sum(shards: &[Arc<Snapshot>]) -> Blocks {
    if shards.iter().any(|shard| shard.blocks.is_empty()) {
        return Blocks::default();
    }
    let first = |shard: &Arc<Snapshot>| shard.blocks.iter().next().map_or(SHORTEST, |block| block.length);
    let end = shards.iter().filter_map(|shard| shard.blocks.iter().last()).map(Block::end).max().unwrap_or_default();
    let mut length = doubled(shards.iter().map(first).max().unwrap_or(SHORTEST));
    while end > length * MOST {
        length *= 2;
    }
    let mut left: Vec<Vec<&Block>> = shards.iter().map(|shard| shard.blocks.iter().collect()).collect();
    let (mut all, mut at) = (Vec::new(), Duration::ZERO);
    while at < end || all.is_empty() {
        // A stretch that does not come to half the length is none of its own.
        let until = if end.saturating_sub(at) < length + length / 2 { end } else { at + length };
        let mut block = Block { at, length: until - at, ..Block::default() };
        for blocks in &mut left {
            let taken = blocks.partition_point(|block| until == end || block.at + block.length / 2 < until);
            blocks.drain(..taken).for_each(|shard| block.take_in(shard));
        }
        all.push(block);
        at = until;
    }
    all.into_iter().collect()
}

/// The most blocks, as a factor.
const MOST: u32 = MAX_BLOCKS as u32;

/// The length blocks of about this length were meant to have: as the ticks fell, they are a little off.
fn doubled(about: Duration) -> Duration {
    let mut length = SHORTEST;
    while length * 3 / 2 < about {
        length *= 2;
    }
    length
}
