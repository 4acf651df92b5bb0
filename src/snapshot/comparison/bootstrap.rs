//! Standard errors from a block bootstrap: a run is put together again from stretches of itself, many times.

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::Aspect;
use super::correlation::{Worth, stretch};
use super::series::Series;
use crate::condition::Kind;

/// How sure one run is of an aspect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sureness {
    /// The standard error, in the unit of the aspect: nanoseconds, tasks a second, or a share.
    pub(super) error: f64,
    /// What the blocks are worth.
    pub(super) worth: Worth,
    /// The share of resamples that lie where tasks were cut off.
    pub(super) censored: f64,
}

/// How sure a run of some blocks is of each aspect, in the order of [`Aspect::ALL`]; `None` where it has nothing.
pub(super) fn sureness(series: &Series, resamples: u32, seed: u64) -> [Option<Sureness>; Aspect::ALL.len()] {
    let mut drawn: [Vec<f64>; Aspect::ALL.len()] = Default::default();
    let mut draw = Draw::new(series.len(), seed);
    for _ in 0..resamples {
        let weights = draw.next();
        for (aspect, values) in Aspect::ALL.into_iter().zip(&mut drawn) {
            values.extend(value(series, aspect, weights));
        }
    }
    let whole = vec![1.0; series.len()];
    let mut drawn = drawn.into_iter();
    Aspect::ALL.map(|aspect| {
        let (values, at) = (drawn.next()?, value(series, aspect, &whole)?);
        let worth = Worth::of(&influence(series, aspect, at));
        let beyond = values.iter().filter(|&&value| value > series.first_censored()).count();
        let censored = if aspect.is_time() { float(beyond) / float(values.len()) } else { 0.0 };
        let error = (variance(&values)? * worth.inflation).sqrt().max(rounding(series, aspect, at));
        Some(Sureness { error, worth, censored })
    })
}

/// The aspect of a resample.
fn value(series: &Series, aspect: Aspect, weights: &[f64]) -> Option<f64> {
    match aspect.kind() {
        Kind::Quantile(q) => series.quantile(q, weights),
        Kind::Mean | Kind::Rate | Kind::Share => series.quotient(aspect, weights),
    }
}

/// The standard error that a quantile has at the least, since latencies are known by the bucket they lie in: that of an
/// even distribution over it. Means and shares are exact.
fn rounding(series: &Series, aspect: Aspect, at: f64) -> f64 {
    match aspect.kind() {
        Kind::Quantile(_) => series.width(at) / 12.0_f64.sqrt(),
        Kind::Mean | Kind::Rate | Kind::Share => 0.0,
    }
}

/// By how much each block pulls the aspect up, but for a factor that is the same for all.
fn influence(series: &Series, aspect: Aspect, at: f64) -> Vec<f64> {
    let level = match aspect.kind() {
        Kind::Quantile(q) => 1.0 - q,
        Kind::Mean | Kind::Rate | Kind::Share => at,
    };
    let of_block = |block| {
        let (part, whole) = series.parts(aspect, block, at);
        part - level * whole
    };
    (0..series.len()).map(of_block).collect()
}

/// The variance round the mean; `None` of fewer than two values.
fn variance(values: &[f64]) -> Option<f64> {
    let count = float(values.len());
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (values.len() > 1).then(|| squares / (count - 1.0))
}

#[expect(clippy::cast_precision_loss, reason = "there are some thousand resamples")]
const fn float(number: usize) -> f64 {
    number as f64
}

/// Resamples of a run: stretches of blocks that follow each other, the first one after the last one, drawn with
/// replacement until there are as many blocks as before.
#[derive(Debug)]
struct Draw {
    rng: SmallRng,
    weights: Vec<f64>,
}

impl Draw {
    fn new(blocks: usize, seed: u64) -> Self {
        Self { rng: SmallRng::seed_from_u64(seed), weights: vec![0.0; blocks] }
    }

    /// How often each block was drawn.
    fn next(&mut self) -> &[f64] {
        let blocks = self.weights.len();
        self.weights.fill(0.0);
        let mut left = blocks;
        while left > 0 {
            let (from, taken) = (self.rng.random_range(0..blocks), stretch(blocks).min(left));
            for block in from..from + taken {
                self.weights[block % blocks] += 1.0;
            }
            left -= taken;
        }
        &self.weights
    }
}
