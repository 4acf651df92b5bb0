//! A histogram made again from what files hold of one.

use std::time::Duration;

use super::{Bucket, Histogram, LARGEST, Precision};
use crate::units::nanos;

/// The shares a summary has quantiles of, besides the smallest and the largest sample.
const SHARES: [f64; 7] = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999];

/// The exact numbers of a set of samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exact {
    /// How many.
    pub(crate) count: u64,
    /// The smallest.
    pub(crate) min: Duration,
    /// The largest.
    pub(crate) max: Duration,
    /// The arithmetic mean.
    pub(crate) mean: Duration,
}

impl Histogram {
    /// A histogram with these buckets, as [`Histogram::buckets`] lists them. The extremes are those of its buckets,
    /// and each sample counts as long as the middle of its own.
    #[must_use]
    pub(crate) fn from_buckets(precision: Precision, buckets: impl IntoIterator<Item = Bucket>) -> Self {
        let mut histogram = Self::new(precision);
        for Bucket { low, high, count } in buckets {
            let (low_ns, high_ns) = (nanos(low), nanos(high).max(nanos(low)));
            // Its buckets reach a bit beyond the largest, but none of them begins there.
            if low == LARGEST || histogram.buckets.record_n(low_ns, count).is_err() {
                histogram.above = histogram.above.saturating_add(count);
            }
            histogram.sum_ns += u128::from(low_ns.midpoint(high_ns)) * u128::from(count);
            histogram.min_ns = histogram.min_ns.min(low_ns);
            histogram.max_ns = histogram.max_ns.max(high_ns);
        }
        histogram
    }

    /// The smallest histogram that has these exact numbers, and these quantiles at [`SHARES`].
    #[must_use]
    pub(crate) fn from_quantiles(precision: Precision, exact: Exact, quantiles: [Duration; SHARES.len()]) -> Self {
        if exact.count == 0 {
            return Self::new(precision);
        }
        let rank = |share: f64| -> u64 {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "2^53 samples are out of reach"
            )]
            let rank = (share * exact.count as f64).ceil() as u64;
            rank.clamp(1, exact.count)
        };
        let mut seen = 0;
        // The first sample is the smallest; up to each share's rank they are as long as its quantile.
        let steps = [(1, exact.min)].into_iter().chain(SHARES.map(rank).into_iter().zip(quantiles));
        let buckets = steps.chain([(exact.count, exact.max)]).filter_map(|(rank, value)| {
            let count = rank.saturating_sub(seen);
            seen = seen.max(rank);
            (count > 0).then_some(Bucket { low: value, high: value, count })
        });
        Self::from_buckets(precision, buckets).with_exact(exact.min, exact.max).with_mean(exact.mean)
    }

    /// The same with extremes no further out than these, which are exact.
    #[must_use]
    pub(crate) fn with_exact(self, min: Duration, max: Duration) -> Self {
        let (min_ns, max_ns) = (self.min_ns.max(nanos(min)), self.max_ns.min(nanos(max)));
        if self.is_empty() || min_ns > max_ns { self } else { Self { min_ns, max_ns, ..self } }
    }

    /// The same with samples that add up to `total`.
    #[must_use]
    pub(crate) fn with_total_ns(self, total: u128) -> Self {
        Self { sum_ns: total, ..self }
    }

    /// The exact sum of all samples, nanoseconds.
    pub(crate) const fn total_ns(&self) -> u128 {
        self.sum_ns
    }

    fn with_mean(self, mean: Duration) -> Self {
        let total = u128::from(nanos(mean)) * u128::from(self.count());
        self.with_total_ns(total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(precision: Precision, samples: &[u64]) -> Histogram {
        let mut histogram = Histogram::new(precision);
        for &ns in samples {
            histogram.record(ns);
        }
        histogram
    }

    fn exact(h: &Histogram) -> Exact {
        Exact { count: h.count(), min: h.min(), max: h.max(), mean: h.mean() }
    }

    proptest! {
        #[test]
        fn buckets_and_extremes_make_the_same_histogram_again(
            samples in prop::collection::vec(0u64..8_000_000_000_000, 0..80),
            fine in any::<bool>(),
        ) {
            let precision = if fine { Precision::Fine } else { Precision::Coarse };
            let before = of(precision, &samples);
            let again = Histogram::from_buckets(precision, before.buckets())
                .with_exact(before.min(), before.max())
                .with_total_ns(before.total_ns());
            let read = |h: &Histogram| (exact(h), h.above(), h.stdev(), h.buckets().collect::<Vec<_>>());
            prop_assert_eq!(read(&again), read(&before));
        }

        #[test]
        fn quantiles_make_a_histogram_that_has_them(samples in prop::collection::vec(0u64..8_000_000_000_000, 0..400)) {
            let before = of(Precision::Coarse, &samples);
            let quantiles = SHARES.map(|q| before.quantile(q));
            let again = Histogram::from_quantiles(Precision::Coarse, exact(&before), quantiles);
            prop_assert_eq!(exact(&again), exact(&before));
            prop_assert_eq!(SHARES.map(|q| again.quantile(q)), quantiles);
        }

        #[test]
        fn numbers_that_belong_to_nothing_do_no_harm(count in any::<u64>(), ns in prop::array::uniform9(any::<u64>()), mean in any::<u64>()) {
            let [min, max, quantiles @ ..] = ns.map(Duration::from_nanos);
            let exact = Exact { count: count >> 11, min, max, mean: Duration::from_nanos(mean) };
            let made = Histogram::from_quantiles(Precision::Coarse, exact, quantiles);
            let _ = (made.quantile(0.5), made.mean(), made.stdev(), made.buckets().count());
        }
    }
}
