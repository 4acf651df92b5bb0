//! What two runs say of their latencies as a whole, and what one run says of itself.

use std::time::Duration;

use statrs::stats_tests::Alternative;
use statrs::stats_tests::mannwhitneyu::{MannWhitneyUMethod, mannwhitneyu};

use super::correlation::stretch;
use super::series::Series;

/// How far two distributions lie apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Apart {
    /// The largest difference between the shares of tasks that take no longer than some latency: the distance of
    /// Kolmogorov and Smirnov.
    pub distance: f64,
    /// That latency.
    pub at: Duration,
}

/// A median that went one way: that of the first and that of the second half of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drift {
    /// The median of the first half.
    pub first: Duration,
    /// The median of the second half.
    pub second: Duration,
}

/// How far the latencies of two runs lie apart, as far as they are known; `None` where nothing is.
pub(super) fn apart(a: &Series, b: &Series) -> Option<Apart> {
    let known = a.first_censored().min(b.first_censored());
    let (mut a, mut b) = (a.shares().peekable(), b.shares().peekable());
    let mut shares = (0.0, 0.0);
    let mut widest: Option<(f64, f64)> = None;
    loop {
        let at = match (a.peek(), b.peek()) {
            (Some(a), Some(b)) => a.0.min(b.0),
            (Some(one), None) | (None, Some(one)) => one.0,
            (None, None) => break,
        };
        if at > known {
            break;
        }
        shares.0 = a.next_if(|next| next.0 <= at).map_or(shares.0, |next| next.1);
        shares.1 = b.next_if(|next| next.0 <= at).map_or(shares.1, |next| next.1);
        let distance = f64::abs(shares.0 - shares.1);
        if widest.is_none_or(|(most, _)| distance > most) {
            widest = Some((distance, at));
        }
    }
    widest.map(|(distance, at)| Apart { distance, at: duration(at) })
}

/// The probability that the medians of stretches differ in rank as much as they do, or more, when both runs are alike:
/// the test of Mann and Whitney, two-sided. `None` where a median is not known.
///
/// Tasks of one run are not independent, nor are blocks that follow each other: a stretch gives one observation.
pub(super) fn rank_test(a: &Series, b: &Series) -> Option<f64> {
    // Of as many stretches on both sides, the exact method of statrs 0.19 gives what is left of the probability to 1.
    let method = MannWhitneyUMethod::AsymptoticInclContinuityCorrection;
    let test = mannwhitneyu(&medians(a)?, &medians(b)?, method, Alternative::TwoSided);
    test.ok().map(|(_, probability)| probability).filter(|probability| !probability.is_nan())
}

/// The drift of a run, when every median of one half lies beyond every median of the other one: chance alone does that
/// to one steady run in 35.
pub(super) fn drift(run: &Series) -> Option<Drift> {
    let medians = medians(run)?;
    let (first, second) = medians.split_at(medians.len() / 2);
    let least = |half: &[f64]| half.iter().copied().fold(f64::INFINITY, f64::min);
    let most = |half: &[f64]| half.iter().copied().fold(0.0, f64::max);
    if most(first) >= least(second) && most(second) >= least(first) {
        return None;
    }
    let half = run.len() / 2;
    let of_half = |is_second: bool| run.quantile(0.5, &weights(run, |block| (block >= half) == is_second));
    Some(Drift { first: duration(of_half(false)?), second: duration(of_half(true)?) })
}

/// The median of each stretch, as long as all are known.
fn medians(run: &Series) -> Option<Vec<f64>> {
    let length = stretch(run.len());
    let of_stretch = |from: usize| {
        let median = run.quantile(0.5, &weights(run, |block| (from..from + length).contains(&block)))?;
        (median < run.first_censored()).then_some(median)
    };
    (0..run.len() / length).map(|number| of_stretch(number * length)).collect()
}

fn weights(run: &Series, is_in: impl Fn(usize) -> bool) -> Vec<f64> {
    (0..run.len()).map(|block| f64::from(u8::from(is_in(block)))).collect()
}

/// A latency in nanoseconds.
fn duration(ns: f64) -> Duration {
    Duration::try_from_secs_f64(ns / 1e9).unwrap_or(Duration::MAX)
}
