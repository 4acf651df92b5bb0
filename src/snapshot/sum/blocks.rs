//! The blocks of several shards as one: those of the shard that has the longest, with what the others did meanwhile.

use std::sync::Arc;

use crate::snapshot::{Block, Blocks, Snapshot};

/// The blocks of all shards as one; none where a shard has none.
pub(super) fn sum(shards: &[Arc<Snapshot>]) -> Blocks {
    // Blocks become twice as long from one time on, which two shards need not meet at the same tick.
    let size = |blocks: &Blocks| Some((blocks.iter().next()?.length, blocks.iter().last()?.end()));
    let longest = shards.iter().map(|shard| &*shard.blocks).max_by_key(|blocks| size(blocks));
    let Some(longest) = longest.filter(|_| shards.iter().all(|shard| !shard.blocks.is_empty())) else {
        return Blocks::default();
    };
    let end = shards.iter().filter_map(|shard| shard.blocks.iter().last()).map(Block::end).max().unwrap_or_default();
    let mut left: Vec<Vec<&Block>> = shards.iter().map(|shard| shard.blocks.iter().collect()).collect();
    let stretch = |(number, block): (usize, &Block)| {
        let is_last = number + 1 == longest.len();
        let length = if is_last { end.saturating_sub(block.at) } else { block.length };
        let mut all = Block { at: block.at, length, ..Block::default() };
        for blocks in &mut left {
            let taken = blocks.partition_point(|block| is_last || block.at + block.length / 2 < all.end());
            blocks.drain(..taken).for_each(|block| all.take_in(block));
        }
        all
    };
    longest.iter().enumerate().map(stretch).collect()
}
