//! A run in stretches of time, so that two runs can be told apart from one that varies.
//!
//! Owns what a stretch holds and when two of them become one. It must not know who measures, nor what is made of the
//! stretches: it is told, and asked.

use std::ops::Add;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Counts;
use crate::histogram::Sparse;
use crate::ledger::{Ended, LaneKey, Metric};

/// Blocks kept: when there would be more, two neighbours become one.
pub const MAX_BLOCKS: usize = 64;

/// How long a block is at first; each time neighbours become one, twice as long as before.
const SHORTEST: Duration = Duration::from_millis(100);

/// Half the time between two ticks: the tick that is nearest to a block's end ends it.
const HALF_A_TICK: Duration = Duration::from_millis(25);

/// A run in stretches of time short enough to resample, long enough to hold what is correlated; the oldest first.
///
/// Each begins where the one before it ends.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Blocks {
    /// While the run goes on, the last one is open.
    blocks: Vec<Arc<Block>>,
    /// How long a block is to be.
    length: Duration,
}

/// One stretch of time in which new tasks came. What ended in the drain belongs to the last one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Its start, since measuring began.
    pub at: Duration,
    /// Its length, the drain left out.
    pub length: Duration,
    /// The lanes of which something was spawned or ended in it.
    pub lanes: Vec<LaneBlock>,
}

/// What one lane did in a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneBlock {
    /// Which lane.
    pub lane: LaneKey,
    /// The headline latencies of what ended, coarse.
    pub observed: Sparse,
    /// The ages of what was cancelled, coarse; those of what was left unfinished are in the last block.
    pub censored: Sparse,
    /// How many tasks did what.
    pub counts: Counts,
}

impl Default for Blocks {
    fn default() -> Self {
        Self { blocks: Vec::new(), length: SHORTEST }
    }
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

    /// Adds what happened since the last tick: what `ended`, of which latencies are of `headline`, and the `totals` of
    /// each lane as they stand. New tasks have come for `loaded` now; when that stands still, so does the last block.
    pub(crate) fn tick(
        &mut self,
        loaded: Duration,
        headline: Metric,
        ended: &[(LaneKey, Ended)],
        totals: impl IntoIterator<Item = (LaneKey, Counts)>,
    ) {
        let end = self.blocks.last().map_or(Duration::ZERO, |last| last.end());
        let is_full = self.blocks.last().is_none_or(|last| last.length + HALF_A_TICK >= self.length);
        if self.is_empty() || (is_full && loaded > end) {
            self.open(end);
        }
        let Some((last, closed)) = self.blocks.split_last_mut() else { return };
        let open = Arc::make_mut(last);
        open.length = loaded.saturating_sub(open.at);
        for (lane, ended) in ended {
            let of_lane = open.lane_mut(*lane);
            of_lane.observed.merge(ended.latencies(headline));
            of_lane.censored.merge(&ended.censored);
        }
        for (lane, total) in totals {
            let before = closed.iter().map(|block| block.counts(lane)).fold(Counts::default(), Add::add);
            take_back(closed, lane, before.missed.saturating_sub(total.missed));
            let counts = total.since(before);
            if counts != open.counts(lane) {
                open.lane_mut(lane).counts = counts;
            }
        }
    }

    /// Ends the last block: one that did not come to half its length is none of its own.
    pub(crate) fn finish(&mut self) {
        if let [.., before, last] = &mut self.blocks[..]
            && last.length < self.length / 2
        {
            Arc::make_mut(before).append(last);
            self.blocks.pop();
        }
    }

    /// Opens a block at `at`; when there are too many, makes one of every two first.
    fn open(&mut self, at: Duration) {
        if self.len() == MAX_BLOCKS {
            let (mut pairs, length) = (Vec::with_capacity(MAX_BLOCKS), self.length * 2);
            for pair in self.blocks.chunks_mut(2) {
                if let [first, second] = pair {
                    Arc::make_mut(first).append(second);
                }
                pairs.push(Arc::clone(&pair[0]));
            }
            *self = Self { blocks: pairs, length };
        }
        self.blocks.push(Arc::new(Block { at, ..Block::default() }));
    }
}

/// Takes so many misses of a lane back, the latest first: tasks that were taken for overdue, and had ended in time.
fn take_back(blocks: &mut [Arc<Block>], lane: LaneKey, mut misses: u64) {
    for block in blocks.iter_mut().rev() {
        let taken = misses.min(block.counts(lane).missed);
        if taken > 0 {
            Arc::make_mut(block).lane_mut(lane).counts.missed -= taken;
            misses -= taken;
        }
    }
}

impl FromIterator<Block> for Blocks {
    fn from_iter<I: IntoIterator<Item = Block>>(blocks: I) -> Self {
        Self { blocks: blocks.into_iter().map(Arc::new).collect(), ..Self::default() }
    }
}

impl Block {
    /// Its end, since measuring began.
    #[must_use]
    pub const fn end(&self) -> Duration {
        self.at.saturating_add(self.length)
    }

    fn counts(&self, lane: LaneKey) -> Counts {
        self.lanes.iter().find(|known| known.lane == lane).map_or_else(Counts::default, |known| known.counts)
    }

    fn lane_mut(&mut self, lane: LaneKey) -> &mut LaneBlock {
        let at = self.lanes.iter().position(|known| known.lane == lane).unwrap_or_else(|| {
            self.lanes.push(LaneBlock::new(lane));
            self.lanes.len() - 1
        });
        &mut self.lanes[at]
    }

    /// Adds the block that follows.
    fn append(&mut self, next: &Self) {
        self.length += next.length;
        self.take_in(next);
    }

    /// Adds what the lanes did in another block, and no time.
    pub(super) fn take_in(&mut self, other: &Self) {
        for theirs in &other.lanes {
            let mine = self.lane_mut(theirs.lane);
            mine.observed.merge(&theirs.observed);
            mine.censored.merge(&theirs.censored);
            mine.counts = mine.counts + theirs.counts;
        }
    }
}

impl LaneBlock {
    /// Nothing of `lane` yet.
    pub(crate) fn new(lane: LaneKey) -> Self {
        Self { lane, observed: Sparse::default(), censored: Sparse::default(), counts: Counts::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::{Histogram, Precision};
    use crate::outcome::Policy;
    use crate::snapshot::fixture;
    use proptest::prelude::*;

    const TICK: Duration = Duration::from_millis(50);

    fn key(policy: Policy) -> LaneKey {
        LaneKey { policy, deadline: Some(fixture::DEADLINE) }
    }

    fn ended(latencies: &[u64]) -> Ended {
        let mut service = Histogram::new(Precision::Coarse);
        for &ns in latencies {
            service.record(ns);
        }
        Ended { service: service.to_sparse(), ..Ended::default() }
    }

    /// One tick in which as many tasks were spawned and done as `before` had, and `n` more.
    fn tick(blocks: &mut Blocks, loaded: Duration, lane: LaneKey, total: &mut Counts, n: u64) {
        *total = *total + Counts { spawned: n, done: n, on_time: n, ..Counts::default() };
        let latencies: Vec<u64> = (1..=n).map(|n| n * 1_000_000).collect();
        blocks.tick(loaded, Metric::Service, &[(lane, ended(&latencies))], [(lane, *total)]);
    }

    fn done(blocks: &Blocks) -> Vec<u64> {
        blocks.iter().map(|block| block.lanes.iter().map(|lane| lane.counts.done).sum()).collect()
    }

    fn follow_each_other(blocks: &Blocks) -> bool {
        let mut end = Duration::ZERO;
        blocks.iter().all(|block| std::mem::replace(&mut end, block.end()) == block.at)
    }

    #[test]
    fn a_block_is_as_long_as_the_nearest_ticks_make_it() {
        let (mut blocks, lane, mut total) = (Blocks::default(), key(Policy::Observe), Counts::default());
        for ms in [49, 99, 161, 203, 249] {
            tick(&mut blocks, Duration::from_millis(ms), lane, &mut total, 1);
        }
        let lengths: Vec<_> = blocks.iter().map(|block| block.length.as_millis()).collect();
        assert_eq!((lengths, done(&blocks)), (vec![99, 104, 46], vec![2, 2, 1]));
        blocks.finish();
        assert_eq!(done(&blocks), [2, 3]);
    }

    #[test]
    fn what_ends_in_the_drain_belongs_to_the_last_block() {
        let (mut blocks, lane, mut total) = (Blocks::default(), key(Policy::Observe), Counts::default());
        (1..=4).for_each(|n| tick(&mut blocks, TICK * n, lane, &mut total, 1));
        (1..=9).for_each(|_| tick(&mut blocks, TICK * 4, lane, &mut total, 2));
        assert_eq!((done(&blocks), blocks.iter().last().unwrap().end()), (vec![2, 20], TICK * 4));
    }

    #[test]
    fn a_run_that_ends_before_its_first_tick_is_one_block() {
        let (mut blocks, lane, mut total) = (Blocks::default(), key(Policy::Observe), Counts::default());
        tick(&mut blocks, Duration::ZERO, lane, &mut total, 3);
        blocks.finish();
        assert_eq!(done(&blocks), [3]);
    }

    #[test]
    fn a_stretch_in_which_nothing_happened_is_a_block_without_lanes() {
        let mut blocks = Blocks::default();
        (1..=4).for_each(|n| blocks.tick(TICK * n, Metric::Service, &[], [(key(Policy::Cancel), Counts::default())]));
        assert_eq!(blocks.iter().map(|block| block.lanes.len()).collect::<Vec<_>>(), [0, 0]);
    }

    #[test]
    fn a_miss_that_was_none_is_taken_back() {
        let (mut blocks, lane) = (Blocks::default(), key(Policy::Observe));
        let missed = |missed| [(lane, Counts { missed, ..Counts::default() })];
        for (n, total) in [(1, 4), (2, 5), (3, 4)] {
            blocks.tick(TICK * n, Metric::Service, &[], missed(total));
        }
        assert_eq!(blocks.iter().map(|block| block.counts(lane).missed).collect::<Vec<_>>(), [4, 0]);
        blocks.tick(TICK * 4, Metric::Service, &[], missed(6));
        let seen: Vec<_> = blocks.iter().map(|block| block.counts(lane).missed).collect();
        assert_eq!(seen, [4, 2]);
    }

    #[test]
    fn what_a_snapshot_has_is_not_changed_by_what_ends_later() {
        let (mut blocks, lane, mut total) = (Arc::new(Blocks::default()), key(Policy::Observe), Counts::default());
        tick(Arc::make_mut(&mut blocks), TICK, lane, &mut total, 1);
        let before = Arc::clone(&blocks);
        tick(Arc::make_mut(&mut blocks), TICK * 2, lane, &mut total, 1);
        assert_eq!((done(&before), done(&blocks)), (vec![1], vec![2]));
    }

    #[test]
    fn a_long_run_has_32_to_64_blocks_of_one_length() {
        let (mut blocks, lane, mut total) = (Blocks::default(), key(Policy::Observe), Counts::default());
        for n in 1..=20_000 {
            tick(&mut blocks, TICK * n, lane, &mut total, u64::from(n % 3));
            assert!(n < 2 * 64 || (33..=MAX_BLOCKS).contains(&blocks.len()));
        }
        assert!(follow_each_other(&blocks));
        assert_eq!(done(&blocks).iter().sum::<u64>(), total.done);
        let lengths: Vec<_> = blocks.iter().map(|block| block.length).collect();
        assert!(lengths[..lengths.len() - 1].iter().all(|&length| length == SHORTEST * 256), "{lengths:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn nothing_is_lost_or_counted_twice(ticks in prop::collection::vec((0u64..300, 0u64..9, any::<bool>()), 0..400)) {
            let mut blocks = Blocks::default();
            let lanes = [Policy::Observe, Policy::Cancel].map(key);
            let (mut loaded, mut totals) = (Duration::ZERO, [Counts::default(); 2]);
            for (ms, n, cancel) in ticks {
                loaded += Duration::from_millis(ms);
                tick(&mut blocks, loaded, lanes[usize::from(cancel)], &mut totals[usize::from(cancel)], n);
            }
            blocks.finish();
            prop_assert!(follow_each_other(&blocks));
            prop_assert_eq!(blocks.iter().map(|block| block.length).sum::<Duration>(), loaded);
            for (lane, total) in lanes.into_iter().zip(totals) {
                let counts = blocks.iter().map(|block| block.counts(lane)).fold(Counts::default(), Add::add);
                prop_assert_eq!(counts, total);
                let latencies = blocks.iter().flat_map(|block| &block.lanes).filter(|known| known.lane == lane);
                prop_assert_eq!(latencies.map(|known| known.observed.count()).sum::<u64>(), total.done);
            }
        }
    }
}
