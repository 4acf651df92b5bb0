//! The one wrapper round hdrhistogram: latencies from 1 ns to 1 h, exact at the edges.
//!
//! Owns bucket precision, exact minimum, maximum and sum, and the count of what lies beyond the
//! range. It must not know what is measured.

mod exponential;
mod hgrm;
mod log;
mod restored;
mod sparse;
mod wire;

use std::time::Duration;

use hdrhistogram::Histogram as Hdr;

pub(crate) use exponential::Exponential;
pub(crate) use log::{Interval, Log, Logged, NoLine, read_log, write_log};
pub(crate) use restored::Exact;
pub use sparse::Sparse;
pub(crate) use wire::begin as begin_reading;

/// The largest latency that has a bucket; longer ones are counted by [`Histogram::above`].
pub const LARGEST: Duration = Duration::from_secs(3600);

/// Bucket width relative to the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// 3 significant digits, 270 KB.
    Fine,
    /// 2 significant digits, 34 KB.
    Coarse,
}

impl Precision {
    /// Significant decimal digits.
    const fn decimal(self) -> u8 {
        match self {
            Self::Fine => 3,
            Self::Coarse => 2,
        }
    }

    /// Leading binary digits that tell buckets apart: as many as it takes to write twice the decimal ones.
    const fn digits(self) -> u32 {
        match self {
            Self::Fine => 11,
            Self::Coarse => 8,
        }
    }
}

/// A bucket that holds at least one sample; both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// The smallest value that falls into it.
    pub low: Duration,
    /// The largest value that falls into it.
    pub high: Duration,
    /// Samples in it.
    pub count: u64,
}

/// Latencies by bucket, with what buckets cannot hold kept beside them.
#[derive(Debug, Clone)]
pub struct Histogram {
    precision: Precision,
    buckets: Hdr<u64>,
    sum_ns: u128,
    min_ns: u64,
    max_ns: u64,
    above: u64,
}

impl Histogram {
    /// An empty histogram; allocates all of its buckets at once, so that recording never does.
    #[must_use]
    pub fn new(precision: Precision) -> Self {
        let largest = crate::units::nanos(LARGEST);
        let buckets = Hdr::new_with_bounds(1, largest, precision.decimal())
            .expect("1 ns to 1 h at 2 or 3 digits is a valid range");
        Self { precision, buckets, sum_ns: 0, min_ns: u64::MAX, max_ns: 0, above: 0 }
    }

    /// Counts one latency of `ns` nanoseconds.
    #[inline]
    pub fn record(&mut self, ns: u64) {
        if self.buckets.record(ns).is_err() {
            self.above += 1;
        }
        self.sum_ns += u128::from(ns);
        self.min_ns = self.min_ns.min(ns);
        self.max_ns = self.max_ns.max(ns);
    }

    /// Counts `times` latencies of `ns` nanoseconds, one at least.
    pub(crate) fn record_n(&mut self, ns: u64, times: u64) {
        if self.buckets.record_n(ns, times).is_err() {
            self.above += times;
        }
        self.sum_ns += u128::from(ns) * u128::from(times);
        self.min_ns = self.min_ns.min(ns);
        self.max_ns = self.max_ns.max(ns);
    }

    /// Adds every sample of `other`, whatever its precision.
    pub fn merge(&mut self, other: &Self) {
        self.buckets.add(&other.buckets).expect("all histograms share one range");
        self.sum_ns += other.sum_ns;
        self.min_ns = self.min_ns.min(other.min_ns);
        self.max_ns = self.max_ns.max(other.max_ns);
        self.above += other.above;
    }

    /// Forgets every sample and keeps the memory.
    pub fn clear(&mut self) {
        if self.is_empty() {
            return;
        }
        self.buckets.reset();
        (self.sum_ns, self.min_ns, self.max_ns, self.above) = (0, u64::MAX, 0, 0);
    }

    /// Samples counted, those above the range included.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.len() + self.above
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// Samples longer than [`LARGEST`].
    #[must_use]
    pub const fn above(&self) -> u64 {
        self.above
    }

    /// The exact smallest sample; zero when empty.
    #[must_use]
    pub fn min(&self) -> Duration {
        Duration::from_nanos(if self.is_empty() { 0 } else { self.min_ns })
    }

    /// The exact largest sample; zero when empty.
    #[must_use]
    pub const fn max(&self) -> Duration {
        Duration::from_nanos(self.max_ns)
    }

    /// The exact sum of all samples.
    #[must_use]
    pub fn total(&self) -> Duration {
        Duration::from_nanos(u64::try_from(self.sum_ns).unwrap_or(u64::MAX))
    }

    /// The exact arithmetic mean; zero when empty.
    #[must_use]
    pub fn mean(&self) -> Duration {
        let mean = self.sum_ns.checked_div(u128::from(self.count())).unwrap_or(0);
        Duration::from_nanos(u64::try_from(mean).unwrap_or(u64::MAX))
    }

    /// The standard deviation, within the bucket width; zero when empty.
    #[must_use]
    pub fn stdev(&self) -> Duration {
        let ns = self.buckets.stdev();
        Duration::try_from_secs_f64(ns / 1e9).unwrap_or(Duration::ZERO)
    }

    /// The smallest latency that at least the share `q` (0 to 1) of the samples does not exceed,
    /// within the bucket width and never outside the exact extremes; zero when empty.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Duration {
        if self.is_empty() {
            return Duration::ZERO;
        }
        #[expect(clippy::cast_precision_loss, reason = "2^53 samples are out of reach")]
        let (all, within) = (self.count() as f64, self.buckets.len() as f64);
        let ns = if q * all > within {
            self.max_ns
        } else if within == 0.0 {
            self.min_ns
        } else {
            self.buckets.value_at_quantile(q * all / within)
        };
        Duration::from_nanos(ns.clamp(self.min_ns, self.max_ns))
    }

    /// The quantiles of several shares, ascending, in one walk; nothing when empty.
    pub fn quantiles<'a>(&'a self, shares: &'a [f64]) -> impl Iterator<Item = Duration> + 'a {
        let (mut buckets, mut seen, mut at) = (self.buckets(), 0, Duration::ZERO);
        let all = self.count();
        shares.iter().filter(move |_| all > 0).map(move |&q| {
            while !is_reached(seen, all, q) {
                let Some(bucket) = buckets.next() else { break };
                (seen, at) = (seen + bucket.count, bucket.high);
            }
            at.clamp(self.min(), self.max())
        })
    }

    /// Samples whose bucket lies wholly above `limit`.
    #[must_use]
    pub fn count_above(&self, limit: Duration) -> u64 {
        self.buckets().filter(|b| b.low > limit).map(|b| b.count).sum::<u64>()
    }

    /// The buckets that hold samples, shortest first; what lies above the range forms a last one.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> + '_ {
        let within = self.recorded().map(|(bucket, count)| {
            let [low, high] = [bucket, bucket + 1].map(|bucket| sparse::low_of(bucket, self.precision));
            Bucket { low: Duration::from_nanos(low), high: Duration::from_nanos(high - 1), count }
        });
        let beyond = Bucket { low: LARGEST, high: self.max(), count: self.above };
        within.chain((self.above > 0).then_some(beyond))
    }

    /// The numbers of the buckets that hold samples, with their counts. Only those between the shortest and the longest
    /// sample are looked at: latencies of one lane lie in a tenth of all buckets.
    fn recorded(&self) -> impl Iterator<Item = (u16, u64)> + '_ {
        let [first, last] = [self.buckets.min(), self.buckets.max()].map(|ns| sparse::bucket_of(ns, self.precision));
        let count = |bucket| (bucket, self.buckets.count_at(sparse::low_of(bucket, self.precision)));
        (first..=last).map(count).filter(|&(_, count)| count > 0)
    }
}

/// Whether `seen` of `all` samples, and at least one, make up the share `q`.
#[expect(clippy::cast_precision_loss, reason = "2^53 samples are out of reach")]
fn is_reached(seen: u64, all: u64, q: f64) -> bool {
    seen > 0 && seen as f64 >= q * all as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_empty_histogram_has_only_zeroes() {
        let h = Histogram::new(Precision::Fine);
        assert_eq!(
            (h.count(), h.min(), h.max(), h.mean(), h.quantile(0.5)),
            (0, Duration::ZERO, Duration::ZERO, Duration::ZERO, Duration::ZERO)
        );
    }

    #[test]
    fn what_lies_above_the_range_is_counted_and_shown() {
        let mut h = Histogram::new(Precision::Coarse);
        h.record(1_000);
        h.record(7_200_000_000_000);
        assert_eq!((h.count(), h.above(), h.max()), (2, 1, Duration::from_secs(7200)));
        assert_eq!(h.buckets().map(|b| b.count).sum::<u64>(), 2);
        assert_eq!(h.quantile(1.0), Duration::from_secs(7200));
    }

    proptest! {
        #[test]
        fn merging_is_order_free_and_loses_nothing(a in prop::collection::vec(0u64..8_000_000_000_000, 0..60), b in prop::collection::vec(0u64..8_000_000_000_000, 0..60)) {
            let of = |samples: &[u64]| {
                let mut h = Histogram::new(Precision::Coarse);
                for &ns in samples {
                    h.record(ns);
                }
                h
            };
            let (mut ab, mut ba) = (of(&a), of(&b));
            ab.merge(&of(&b));
            ba.merge(&of(&a));
            let read = |h: &Histogram| (h.count(), h.above(), h.min(), h.max(), h.mean(), h.buckets().collect::<Vec<_>>());
            prop_assert_eq!(read(&ab), read(&ba));
            prop_assert_eq!(ab.count(), (a.len() + b.len()) as u64);
            prop_assert_eq!(ab.buckets().map(|x| x.count).sum::<u64>(), ab.count());
        }

        #[test]
        fn a_walk_finds_what_hdrhistogram_counted_after_whatever_happened_to_it(
            before in prop::collection::vec(0u64..5_000, 0..9),
            steps in prop::collection::vec((0u64..8_000_000_000_000, 1u64..4, any::<bool>()), 0..60),
            fine in any::<bool>(),
        ) {
            let precision = if fine { Precision::Fine } else { Precision::Coarse };
            let mut h = Histogram::new(precision);
            for ns in before {
                h.record(ns);
            }
            h.clear();
            for (ns, times, merged) in steps {
                let mut other = Histogram::new(precision);
                if merged { &mut other } else { &mut h }.record_n(ns, times);
                h.merge(&other);
            }
            let theirs = h.buckets.iter_recorded().map(|step| {
                let value = step.value_iterated_to();
                (h.buckets.lowest_equivalent(value), h.buckets.highest_equivalent(value), step.count_since_last_iteration())
            });
            let ours = h.buckets().map(|b| (b.low.as_nanos() as u64, b.high.as_nanos() as u64, b.count));
            let theirs: Vec<_> = theirs.collect();
            prop_assert_eq!(ours.take(theirs.len()).collect::<Vec<_>>(), theirs);
            prop_assert_eq!(h.buckets().map(|b| b.count).sum::<u64>(), h.count());
        }

        #[test]
        fn quantiles_stay_within_a_bucket_of_the_truth(mut samples in prop::collection::vec(1u64..3_600_000_000_000, 1..200), q in 0.0f64..=1.0) {
            let mut h = Histogram::new(Precision::Fine);
            for &ns in &samples {
                h.record(ns);
            }
            samples.sort_unstable();
            let rank = ((q * samples.len() as f64).ceil() as usize).clamp(1, samples.len());
            let (truth, read) = (samples[rank - 1] as f64, h.quantile(q).as_nanos() as f64);
            prop_assert!((read - truth).abs() <= truth * 0.001 + 1.0, "{} for {}", read, truth);
            let walked: Vec<Duration> = h.quantiles(&[q, q]).collect();
            prop_assert_eq!(walked, [h.quantile(q); 2]);
        }
    }
}
