//! Latencies by buckets whose bounds grow by a constant factor, as OpenTelemetry and Prometheus have them.

use super::{Bucket, Histogram};

/// Samples by bucket `(base^i, base^(i + 1)]` in seconds, where `base` is 2 to the power of 2 to the power of `-scale`.
///
/// A bucket of ours goes where its upper end belongs, which is what our quantiles say, too. So a quantile that is read off lies
/// at most a factor of `base` away from ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exponential {
    /// The resolution: each step halves the width of the buckets.
    pub(crate) scale: i8,
    /// Samples of no time at all, which have no logarithm.
    pub(crate) zero: u64,
    /// The number of the first bucket.
    pub(crate) offset: i32,
    /// Samples of each bucket from there on; the first and the last are not empty.
    pub(crate) counts: Vec<u64>,
}

impl Exponential {
    /// The samples of `histogram`.
    pub(crate) fn of(histogram: &Histogram, scale: i8) -> Self {
        let mut of = Self { scale, zero: 0, offset: 0, counts: Vec::new() };
        histogram.buckets().for_each(|bucket| of.add(&bucket));
        of
    }

    /// The same in so many buckets at the most, one at least: as often as it takes, two become one.
    #[cfg(feature = "otlp")]
    pub(crate) fn within(mut self, most: usize) -> Self {
        while self.counts.len() > most.max(1) {
            let offset = self.offset.div_euclid(2);
            let halves = std::mem::take(&mut self.counts);
            for (index, count) in (self.offset..).zip(halves) {
                let at = usize::try_from(index.div_euclid(2) - offset).unwrap_or(0);
                self.counts.resize(self.counts.len().max(at + 1), 0);
                self.counts[at] += count;
            }
            (self.offset, self.scale) = (offset, self.scale - 1);
        }
        self
    }

    /// Adds a bucket that is not before the last one.
    fn add(&mut self, bucket: &Bucket) {
        if bucket.high.is_zero() {
            self.zero += bucket.count;
            return;
        }
        let index = index(bucket.high.as_secs_f64(), self.scale);
        if self.counts.is_empty() {
            self.offset = index;
        }
        let at = usize::try_from(index - self.offset).unwrap_or(0);
        self.counts.resize(self.counts.len().max(at + 1), 0);
        self.counts[at] += bucket.count;
    }
}

/// The number of the bucket that holds so many seconds, above zero.
#[expect(
    clippy::cast_possible_truncation,
    reason = "2^64 nanoseconds are bucket 2^6 at scale 0, and scales are below 8"
)]
fn index(seconds: f64, scale: i8) -> i32 {
    (seconds.log2() * f64::from(scale).exp2()).ceil() as i32 - 1
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::histogram::Precision;

    fn of(samples: &[u64]) -> Histogram {
        let mut histogram = Histogram::new(Precision::Fine);
        for &ns in samples {
            histogram.record(ns);
        }
        histogram
    }

    #[test]
    fn a_bucket_has_its_upper_bound_and_not_its_lower_one() {
        for (seconds, scale, expected) in [(1.0, 0, -1), (1.000_001, 0, 0), (2.0, 0, 0), (2.0, 3, 7), (0.5, 5, -33)] {
            assert_eq!(index(seconds, scale), expected, "{seconds} at {scale}");
        }
    }

    #[test]
    fn nothing_is_in_no_bucket() {
        assert_eq!(Exponential::of(&of(&[]), 5), Exponential { scale: 5, zero: 0, offset: 0, counts: Vec::new() });
    }

    #[test]
    fn no_time_at_all_has_a_bucket_of_its_own() {
        let exponential = Exponential::of(&of(&[0, 0, 1_000_000_000]), 1);
        assert_eq!((exponential.zero, exponential.counts.iter().sum::<u64>()), (2, 1));
    }

    proptest! {
        #[cfg(feature = "otlp")]
        #[test]
        fn fewer_buckets_are_those_of_a_coarser_scale(
            samples in prop::collection::vec(0u64..8_000_000_000_000, 1..60), most in 1usize..200,
        ) {
            let histogram = of(&samples);
            let fewer = Exponential::of(&histogram, 5).within(most);
            prop_assert!(fewer.counts.len() <= most);
            let coarse = Exponential::of(&histogram, fewer.scale);
            prop_assert_eq!(fewer, coarse);
        }

        #[test]
        fn every_sample_is_in_the_bucket_of_its_size(
            samples in prop::collection::vec(0u64..8_000_000_000_000, 1..60), scale in 0i8..8,
        ) {
            let histogram = of(&samples);
            let exponential = Exponential::of(&histogram, scale);
            prop_assert_eq!(exponential.zero + exponential.counts.iter().sum::<u64>(), histogram.count());
            prop_assert!(exponential.counts.first() != Some(&0) && exponential.counts.last() != Some(&0));
            // All quantiles at once: the bucket of the n-th sample holds our n-th.
            let base = (-f64::from(scale)).exp2().exp2();
            let ours = histogram.buckets().filter(|b| b.high > Duration::ZERO);
            let ours: Vec<f64> = ours.flat_map(|b| vec![b.high.as_secs_f64(); b.count as usize]).collect();
            let buckets = (exponential.offset..).zip(&exponential.counts);
            let theirs: Vec<i32> = buckets.flat_map(|(i, &count)| vec![i; count as usize]).collect();
            for (seconds, i) in ours.into_iter().zip(theirs) {
                let (low, high) = (base.powi(i), base.powi(i + 1));
                prop_assert!(low * 0.999_999_9 < seconds && seconds <= high * 1.000_000_1, "{} in {} to {}", seconds, low, high);
            }
        }
    }
}
