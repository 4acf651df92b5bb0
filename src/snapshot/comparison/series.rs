//! One lane of one run as a series of blocks, laid out so that a resample of it costs little.
//!
//! A resample is a weight for each block: how often it was drawn.

use crate::histogram::{Bucket, Sparse};
use crate::ledger::LaneKey;
use crate::snapshot::{Aspect, Blocks, Counts};
use crate::units::nanos;

/// What a lane did, block by block, from the first block it did something in to the last one.
#[derive(Debug)]
pub(super) struct Series {
    /// Seconds.
    lengths: Vec<f64>,
    counts: Vec<Counts>,
    /// Sums of all latencies, nanoseconds; what was cut off counts with its age.
    sums: Vec<f64>,
    /// The lower and the upper end of each bucket that any block has, shortest first, nanoseconds.
    edges: Vec<(f64, f64)>,
    /// For each bucket, block by block: tasks in it and in those before it.
    cumulative: Vec<f64>,
    /// The smallest age at which something was cut off, nanoseconds.
    first_censored: f64,
}

impl Series {
    /// The blocks of `lane`.
    pub(super) fn of(blocks: &Blocks, lane: LaneKey) -> Self {
        let none = (Sparse::default(), Counts::default());
        let mut lengths = Vec::new();
        let mut cells: Vec<(Sparse, Counts)> = Vec::new();
        let mut first_censored = f64::INFINITY;
        for block in blocks.iter() {
            let cell = block.lanes.iter().find(|of| of.lane == lane).map(|of| {
                let smallest = of.censored.buckets().next().map(|bucket| float(nanos(bucket.low)));
                first_censored = first_censored.min(smallest.unwrap_or(f64::INFINITY));
                let mut latencies = of.observed.clone();
                latencies.merge(&of.censored);
                (latencies, of.counts)
            });
            if cell.is_some() || !cells.is_empty() {
                lengths.push(block.length.as_secs_f64());
                cells.push(cell.unwrap_or_else(|| none.clone()));
            }
        }
        let last = cells.iter().rposition(|cell| *cell != none).map_or(0, |last| last + 1);
        cells.truncate(last);
        lengths.truncate(last);
        let (edges, cumulative) = table(&cells);
        let sums = cells.iter().map(|(latencies, _)| float_wide(latencies.total_ns())).collect();
        let counts = cells.into_iter().map(|(_, counts)| counts).collect();
        Self { lengths, counts, sums, edges, cumulative, first_censored }
    }

    /// Blocks.
    pub(super) fn len(&self) -> usize {
        self.lengths.len()
    }

    /// How long it lasted, seconds.
    pub(super) fn seconds(&self) -> f64 {
        self.lengths.iter().sum()
    }

    /// The smallest age at which something was cut off, nanoseconds; infinite where nothing was.
    pub(super) const fn first_censored(&self) -> f64 {
        self.first_censored
    }

    /// The aspect of one block as a part and the whole it is divided by. Quantiles are no quotients: of them it is
    /// what lies above `at`, and all.
    pub(super) fn parts(&self, aspect: Aspect, block: usize, at: f64) -> (f64, f64) {
        let counts = &self.counts[block];
        let ended = || float(counts.done + counts.failed + counts.panicked + counts.cancelled);
        match aspect {
            Aspect::P50 | Aspect::P90 | Aspect::P99 | Aspect::P999 => (self.above(block, at), self.tasks(block)),
            Aspect::Mean => (self.sums[block], self.tasks(block)),
            Aspect::Throughput => (ended(), self.lengths[block]),
            Aspect::Goodput => (float(counts.on_time), self.lengths[block]),
            Aspect::TimedOut => (float(counts.missed), float(counts.spawned)),
            Aspect::Failed => (float(counts.failed + counts.panicked), ended()),
        }
    }

    /// The aspect, when it is a quotient of sums, of a resample; `None` where there is nothing to divide by.
    pub(super) fn quotient(&self, aspect: Aspect, weights: &[f64]) -> Option<f64> {
        let mut sum = (0.0, 0.0);
        for (block, &weight) in weights.iter().enumerate() {
            let (part, whole) = self.parts(aspect, block, 0.0);
            sum = (sum.0 + weight * part, sum.1 + weight * whole);
        }
        (sum.1 > 0.0).then(|| sum.0 / sum.1)
    }

    /// The latency that the share `q` of the tasks of a resample does not exceed, nanoseconds; `None` without a task.
    /// Within a bucket it is taken to grow in a straight line.
    pub(super) fn quantile(&self, q: f64, weights: &[f64]) -> Option<f64> {
        let all = self.up_to(self.edges.len().checked_sub(1)?, weights);
        if all <= 0.0 {
            return None;
        }
        let (wanted, mut from, mut to) = (q * all, 0, self.edges.len() - 1);
        while from < to {
            let middle = usize::midpoint(from, to);
            if self.up_to(middle, weights) >= wanted { to = middle } else { from = middle + 1 }
        }
        let below = from.checked_sub(1).map_or(0.0, |before| self.up_to(before, weights));
        let (low, high) = self.edges[from];
        let inside = self.up_to(from, weights) - below;
        Some(if inside > 0.0 { low + (high - low) * ((wanted - below) / inside) } else { high })
    }

    /// How wide the bucket is that a latency lies in, nanoseconds.
    pub(super) fn width(&self, at: f64) -> f64 {
        let bucket = self.edges.partition_point(|&(_, high)| high < at);
        self.edges.get(bucket).map_or(0.0, |(low, high)| high - low)
    }

    /// The share of all tasks in the buckets up to each upper end, nanoseconds.
    pub(super) fn shares(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let weights = vec![1.0; self.len()];
        let all: f64 = (0..self.len()).map(|block| self.tasks(block)).sum();
        self.edges.iter().enumerate().map(move |(bucket, &(_, high))| (high, self.up_to(bucket, &weights) / all))
    }

    /// Tasks of a resample up to the end of a bucket.
    fn up_to(&self, bucket: usize, weights: &[f64]) -> f64 {
        let blocks = self.len();
        let row = &self.cumulative[bucket * blocks..(bucket + 1) * blocks];
        row.iter().zip(weights).map(|(tasks, weight)| tasks * weight).sum()
    }

    /// Tasks with a latency, known or cut off.
    fn tasks(&self, block: usize) -> f64 {
        self.edges.len().checked_sub(1).map_or(0.0, |last| self.cumulative[last * self.len() + block])
    }

    /// Tasks whose latency lies above `at`; of the bucket it lies in, as much as of its width.
    fn above(&self, block: usize, at: f64) -> f64 {
        let up_to = |bucket: usize| self.cumulative[bucket * self.len() + block];
        let bucket = self.edges.partition_point(|&(_, high)| high < at);
        if bucket == self.edges.len() {
            return 0.0;
        }
        let (low, high) = self.edges[bucket];
        let below = bucket.checked_sub(1).map_or(0.0, up_to);
        let part = if high > low { ((at - low) / (high - low)).clamp(0.0, 1.0) } else { 1.0 };
        self.tasks(block) - below - (up_to(bucket) - below) * part
    }
}

/// The buckets that any of the cells has, and the running sums of each cell along them.
fn table(cells: &[(Sparse, Counts)]) -> (Vec<(f64, f64)>, Vec<f64>) {
    let ends = |bucket: &Bucket| (nanos(bucket.low), nanos(bucket.high).saturating_add(1));
    let mut edges: Vec<(u64, u64)> =
        cells.iter().flat_map(|(latencies, _)| latencies.buckets().map(|b| ends(&b)).collect::<Vec<_>>()).collect();
    edges.sort_unstable();
    // What lies above the range ends where it happens to.
    edges.dedup_by(|later, earlier| {
        let is_same = later.0 == earlier.0;
        earlier.1 = if is_same { later.1 } else { earlier.1 };
        is_same
    });
    let mut cumulative = vec![0.0; edges.len() * cells.len()];
    for (block, (latencies, _)) in cells.iter().enumerate() {
        for bucket in latencies.buckets() {
            let at = edges.partition_point(|&(low, _)| low < nanos(bucket.low));
            cumulative[at * cells.len() + block] += float(bucket.count);
        }
        for at in 1..edges.len() {
            cumulative[at * cells.len() + block] += cumulative[(at - 1) * cells.len() + block];
        }
    }
    (edges.into_iter().map(|(low, high)| (float(low), float(high))).collect(), cumulative)
}

#[expect(clippy::cast_precision_loss, reason = "2^53 tasks or nanoseconds in one block are out of reach")]
pub(super) const fn float(number: u64) -> f64 {
    number as f64
}

#[expect(clippy::cast_precision_loss, reason = "a sum is known to 16 digits, and 3 are shown")]
const fn float_wide(number: u128) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::{Histogram, Precision};
    use crate::outcome::Policy;
    use crate::snapshot::{Block, LaneBlock};
    use proptest::prelude::*;
    use std::time::Duration;

    const LANE: LaneKey = LaneKey { policy: Policy::Observe, deadline: None };

    fn histogram(samples: &[u64]) -> Histogram {
        let mut histogram = Histogram::new(Precision::Coarse);
        for &ns in samples {
            histogram.record(ns);
        }
        histogram
    }

    fn series(blocks: &[Vec<u64>]) -> Series {
        let block = |samples: &Vec<u64>| {
            let cell = LaneBlock {
                lane: LANE,
                observed: histogram(samples).to_sparse(),
                censored: Sparse::default(),
                counts: Counts { done: samples.len() as u64, ..Counts::default() },
            };
            let lanes = if samples.is_empty() { Vec::new() } else { vec![cell] };
            Block { length: Duration::from_secs(1), lanes, ..Block::default() }
        };
        Series::of(&blocks.iter().map(block).collect(), LANE)
    }

    #[test]
    fn a_series_goes_from_the_first_block_of_its_lane_to_the_last_and_holds_the_stall_between() {
        let series = series(&[vec![], vec![5, 7], vec![], vec![9], vec![], vec![]]);
        assert_eq!(series.len(), 3);
        assert!((series.quotient(Aspect::Throughput, &[1.0; 3]).unwrap() - 1.0).abs() < 1e-9);
        assert_eq!(series.quotient(Aspect::Mean, &[0.0, 1.0, 0.0]), None);
        assert_eq!(series.quantile(0.5, &[0.0, 1.0, 0.0]), None);
    }

    proptest! {
        #[test]
        fn quantiles_of_any_resample_are_those_of_its_tasks(
            blocks in prop::collection::vec(prop::collection::vec(1u64..8_000_000_000_000, 1..20), 1..6),
            weights in prop::collection::vec(0u8..3, 6),
            q in 0.01f64..1.0,
        ) {
            let weights: Vec<f64> = weights[..blocks.len()].iter().map(|&weight| f64::from(weight)).collect();
            let drawn = |(block, &weight): (&Vec<u64>, &f64)| block.repeat(weight as usize);
            let tasks: Vec<u64> = blocks.iter().zip(&weights).flat_map(drawn).collect();
            let found = series(&blocks).quantile(q, &weights);
            prop_assert_eq!(found.is_some(), !tasks.is_empty());
            let truth = histogram(&tasks).quantile(q).as_nanos() as f64;
            // What lies above the range is known to lie there.
            let is_near = |found: f64| (found - truth).abs() <= truth * 0.01 + 1.0 || (found > 3.6e12 && truth > 3.6e12);
            prop_assert!(found.is_none_or(is_near), "{:?} for {}", found, truth);
        }

        #[test]
        fn as_many_tasks_lie_above_a_quantile_as_it_says(
            blocks in prop::collection::vec(prop::collection::vec(1u64..3_000_000_000_000, 1..20), 1..6),
            q in 0.01f64..1.0,
        ) {
            let series = series(&blocks);
            let at = series.quantile(q, &vec![1.0; series.len()]).unwrap();
            let (above, all) = (0..series.len()).map(|block| series.parts(Aspect::P50, block, at)).fold(
                (0.0, 0.0), |sum, (above, all)| (sum.0 + above, sum.1 + all));
            prop_assert!((above - (1.0 - q) * all).abs() < 1e-6 * all, "{} of {}", above, all);
        }
    }
}
