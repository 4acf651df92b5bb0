//! Runs made up from a model whose truth is known.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Poisson, StandardNormal};

use crate::histogram::{Histogram, Precision};
use crate::ledger::{Book, Event, LaneKey};
use crate::outcome::{Ending, Policy};
use crate::snapshot::fixture::{self, DEADLINE};
use crate::snapshot::{Block, BlockCounts, LaneBlock, LaneView, Snapshot};
use crate::units::nanos;

/// How a simulated run goes: tasks come at random, each takes a lognormal time round the level of its block, and the
/// levels follow each other as a first-order autoregression.
#[derive(Debug, Clone, Copy)]
pub(super) struct Model {
    pub(super) blocks: u64,
    /// Tasks a block.
    pub(super) tasks: f64,
    /// The correlation of a level with the next one.
    pub(super) follows: f64,
    /// The standard deviation of the levels' logarithms.
    pub(super) varies: f64,
    /// How far the logarithm of the level rises from the first block to the last one.
    pub(super) rises: f64,
    /// By what every latency is multiplied.
    pub(super) slower: f64,
    /// The share of the tasks that fail.
    pub(super) fails: f64,
    pub(super) policy: Policy,
}

/// 64 blocks of independent levels round 20 ms, of which 3 % miss 50 ms.
pub(super) const STEADY: Model = Model {
    blocks: 64,
    tasks: 60.0,
    follows: 0.0,
    varies: 0.03,
    rises: 0.0,
    slower: 1.0,
    fails: 0.01,
    policy: Policy::Observe,
};

/// The same with levels that go up and down slowly.
pub(super) const WAVERING: Model = Model { follows: 0.6, ..STEADY };

impl Model {
    /// One run of it.
    pub(super) fn run(self, seed: u64) -> Snapshot {
        let mut rng = SmallRng::seed_from_u64(seed);
        let mut level = self.varies * normal(&mut rng);
        let (mut book, mut task, mut blocks) = (Book::new(false), 0, Vec::new());
        let key = LaneKey { policy: self.policy, deadline: Some(DEADLINE) };
        let mut latencies = [Histogram::new(Precision::Coarse), Histogram::new(Precision::Coarse)];
        for number in 0..self.blocks {
            let own = (1.0 - self.follows * self.follows).sqrt() * self.varies * normal(&mut rng);
            level = self.follows * level + own;
            let rise = self.rises * number as f64 / self.blocks as f64;
            latencies.iter_mut().for_each(Histogram::clear);
            let mut counts = BlockCounts::default();
            for _ in 0..Poisson::new(self.tasks).unwrap().sample(&mut rng) as u64 {
                let service = 20e6 * self.slower * (level + rise + 0.5 * normal(&mut rng)).exp();
                let failed = rng.random::<f64>() < self.fails;
                let event = self.end(task, service as u64, failed);
                book.fold(&Event::TaskEnded(&event));
                count(&mut counts, event.outcome.ending, event.overrun > 0);
                let is_cut = event.outcome.ending == Ending::Cancelled;
                latencies[usize::from(is_cut)].record(if is_cut { event.service } else { event.response });
                task += 1;
            }
            let [observed, censored] = [&latencies[0], &latencies[1]].map(Histogram::to_sparse);
            blocks.push(Block {
                at: Duration::from_millis(number * 100),
                length: Duration::from_millis(100),
                lanes: vec![LaneBlock { lane: key, observed, censored, counts }],
            });
        }
        let lane = LaneView {
            key,
            spawned: task,
            overdue: 0,
            gathers_overdue: 0,
            book: Arc::new(book),
            ages: None,
            closed: true,
        };
        Snapshot {
            lanes: vec![lane],
            policy: self.policy,
            loaded: Duration::from_millis(self.blocks * 100),
            blocks: Arc::new(blocks.into_iter().collect()),
            ..fixture::empty()
        }
    }

    fn end(self, task: u64, service: u64, failed: bool) -> crate::ledger::TaskEnd {
        let deadline = nanos(DEADLINE);
        match self.policy {
            Policy::Cancel if service > deadline => fixture::end(task, Ending::Cancelled, deadline + 50_000),
            _ => fixture::end(task, if failed { Ending::Failed } else { Ending::Done }, service),
        }
    }
}

fn count(counts: &mut BlockCounts, ending: Ending, is_late: bool) {
    counts.spawned += 1;
    match ending {
        Ending::Done => counts.done += 1,
        Ending::Failed => counts.failed += 1,
        Ending::Panicked => counts.panicked += 1,
        Ending::Cancelled => counts.cancelled += 1,
    }
    counts.on_time += u64::from(ending == Ending::Done && !is_late);
    counts.missed += u64::from(is_late);
}

fn normal(rng: &mut SmallRng) -> f64 {
    StandardNormal.sample(rng)
}
