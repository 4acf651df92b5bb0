//! Latencies in little memory: the buckets that hold samples, and no others.

use std::time::Duration;

use super::{Bucket, Histogram, LARGEST, Precision};

/// Samples by bucket, for what is kept many times over or added to many; minimum, maximum and sum are exact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sparse {
    pub(super) precision: Precision,
    /// Bucket and samples, shortest first. A bucket comes twice when one count cannot hold its samples.
    pub(super) buckets: Vec<(u16, u32)>,
    pub(super) sum_ns: u128,
    pub(super) min_ns: u64,
    pub(super) max_ns: u64,
    pub(super) above: u64,
}

impl Default for Sparse {
    /// No samples, coarse.
    fn default() -> Self {
        Self { precision: Precision::Coarse, buckets: Vec::new(), sum_ns: 0, min_ns: u64::MAX, max_ns: 0, above: 0 }
    }
}

impl Sparse {
    /// The samples of `histogram`, as precise as they are there. The one walk along all of its buckets that it takes
    /// to add them to any number of others.
    #[must_use]
    pub fn of(histogram: &Histogram) -> Self {
        let mut sparse = Self {
            precision: histogram.precision,
            buckets: Vec::new(),
            sum_ns: histogram.sum_ns,
            min_ns: histogram.min_ns,
            max_ns: histogram.max_ns,
            above: histogram.above,
        };
        for (bucket, count) in histogram.recorded() {
            sparse.push(bucket, count);
        }
        sparse
    }

    /// Adds samples to a bucket that is not before the last one.
    fn push(&mut self, bucket: u16, mut count: u64) {
        if let Some(last) = self.buckets.last_mut().filter(|last| last.0 == bucket) {
            let room = count.min(u64::from(u32::MAX - last.1));
            last.1 += narrow(room);
            count -= room;
        }
        while count > 0 {
            let part = count.min(u64::from(u32::MAX));
            self.buckets.push((bucket, narrow(part)));
            count -= part;
        }
    }

    /// Adds every sample of `other`, whatever its precision.
    pub fn merge(&mut self, other: &Self) {
        let translated = |&(bucket, count)| {
            let same = self.precision == other.precision;
            (if same { bucket } else { bucket_of(low_of(bucket, other.precision), self.precision) }, count)
        };
        let theirs: Vec<(u16, u32)> = other.buckets.iter().map(translated).collect();
        let mine = std::mem::take(&mut self.buckets);
        let (mut mine, mut theirs) = (mine.into_iter().peekable(), theirs.into_iter().peekable());
        loop {
            let next = match (mine.peek(), theirs.peek()) {
                (Some(a), Some(b)) if b.0 < a.0 => theirs.next(),
                (Some(_), _) => mine.next(),
                (None, _) => theirs.next(),
            };
            let Some((bucket, count)) = next else { break };
            self.push(bucket, u64::from(count));
        }
        self.sum_ns += other.sum_ns;
        self.min_ns = self.min_ns.min(other.min_ns);
        self.max_ns = self.max_ns.max(other.max_ns);
        self.above += other.above;
    }

    /// Samples, those above the range included.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|&(_, count)| u64::from(count)).sum::<u64>() + self.above
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.buckets.is_empty() && self.above == 0
    }

    /// The exact sum of all samples, nanoseconds.
    #[must_use]
    pub const fn total_ns(&self) -> u128 {
        self.sum_ns
    }

    /// The buckets that hold samples, shortest first; what lies above the range forms a last one. A bucket comes twice
    /// when it has more than 2^32 samples.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> + '_ {
        let within = self.buckets.iter().map(|&(bucket, count)| Bucket {
            low: Duration::from_nanos(low_of(bucket, self.precision)),
            high: Duration::from_nanos(low_of(bucket + 1, self.precision) - 1),
            count: count.into(),
        });
        let beyond = Bucket { low: LARGEST, high: Duration::from_nanos(self.max_ns), count: self.above };
        within.chain((self.above > 0).then_some(beyond))
    }
}

impl Histogram {
    /// The samples alone; see [`Sparse::of`].
    #[must_use]
    pub fn to_sparse(&self) -> Sparse {
        Sparse::of(self)
    }

    /// Adds every sample of `sparse`, each where its bucket begins.
    pub fn add_sparse(&mut self, sparse: &Sparse) {
        for &(bucket, count) in &sparse.buckets {
            self.buckets
                .record_n(low_of(bucket, sparse.precision), u64::from(count))
                .expect("all histograms share one range");
        }
        self.sum_ns += sparse.sum_ns;
        self.min_ns = self.min_ns.min(sparse.min_ns);
        self.max_ns = self.max_ns.max(sparse.max_ns);
        self.above += sparse.above;
    }
}

impl Sparse {
    /// The exact smallest and largest sample; `None` when there is none.
    #[must_use]
    pub fn extremes(&self) -> Option<[Duration; 2]> {
        (!self.is_empty()).then(|| [self.min_ns, self.max_ns].map(Duration::from_nanos))
    }
}

impl Bucket {
    /// The coarse bucket that begins at `low` and holds `count` samples, as [`Sparse::buckets`] lists them; `None` where
    /// none begins.
    pub(crate) fn coarse(low: Duration, count: u64) -> Option<Self> {
        let ns = crate::units::nanos(low);
        let bucket = (low < LARGEST).then(|| bucket_of(ns, Precision::Coarse));
        let Some(bucket) = bucket else {
            return (low == LARGEST).then_some(Self { low, high: Duration::from_nanos(u64::MAX), count });
        };
        let high = Duration::from_nanos(low_of(bucket + 1, Precision::Coarse) - 1);
        (low_of(bucket, Precision::Coarse) == ns).then_some(Self { low, high, count })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the caller has cut it to fit")]
const fn narrow(count: u64) -> u32 {
    count as u32
}

/// The number of a value's bucket: its nanoseconds while they fit the digits kept, from there on its leading ones.
/// These are the buckets of a [`Histogram`] of the same precision, counted from zero.
#[expect(clippy::cast_possible_truncation, reason = "at 11 digits the longest latency has bucket 33,000")]
pub(super) const fn bucket_of(ns: u64, precision: Precision) -> u16 {
    let digits = precision.digits();
    let shift = (u64::BITS - ns.leading_zeros()).saturating_sub(digits);
    (((shift as u64) << (digits - 1)) + (ns >> shift)) as u16
}

/// The smallest value of a bucket.
pub(super) const fn low_of(bucket: u16, precision: Precision) -> u64 {
    let (bucket, half) = (bucket as u64, precision.digits() - 1);
    let shift = (bucket >> half).saturating_sub(1);
    (bucket - (shift << half)) << shift
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(samples: &[u64], precision: Precision) -> Histogram {
        let mut histogram = Histogram::new(precision);
        for &ns in samples {
            histogram.record(ns);
        }
        histogram
    }

    fn dense(sparse: &Sparse) -> Histogram {
        let mut histogram = Histogram::new(sparse.precision);
        histogram.add_sparse(sparse);
        histogram
    }

    fn read(h: &Histogram) -> (u64, u64, Duration, Duration, Duration, Vec<crate::histogram::Bucket>) {
        (h.count(), h.above(), h.min(), h.max(), h.total(), h.buckets().collect())
    }

    #[test]
    fn a_bucket_begins_where_the_one_before_it_ends_and_is_as_narrow_as_its_precision_says() {
        for (precision, parts) in [(Precision::Coarse, 100), (Precision::Fine, 1_000)] {
            for bucket in 0..bucket_of(crate::units::nanos(crate::histogram::LARGEST), precision) {
                let (low, next) = (low_of(bucket, precision), low_of(bucket + 1, precision));
                assert_eq!((bucket_of(low, precision), bucket_of(next - 1, precision)), (bucket, bucket));
                assert!(next - low <= low.div_ceil(parts).max(1), "{low}..{next}");
            }
        }
    }

    #[test]
    fn a_bucket_is_found_by_where_it_begins() {
        let all = of(&[0, 127, 4_000_000, 3_599_000_000_000], Precision::Coarse).to_sparse();
        for bucket in all.buckets() {
            assert_eq!(Bucket::coarse(bucket.low, bucket.count), Some(bucket));
        }
        let beyond = of(&[8_000_000_000_000], Precision::Coarse).to_sparse().buckets().next().unwrap();
        assert_eq!(Bucket::coarse(beyond.low, 1).map(|bucket| bucket.low), Some(LARGEST));
        assert_eq!(Bucket::coarse(Duration::from_nanos(4_000_001), 1), None);
        assert_eq!(Bucket::coarse(LARGEST + Duration::from_nanos(1), 1), None);
    }

    #[test]
    fn a_count_too_large_for_one_entry_is_kept_in_two() {
        let mut one = of(&[5], Precision::Coarse).to_sparse();
        one.push(bucket_of(5, Precision::Coarse), u64::from(u32::MAX));
        let both = one.clone();
        one.merge(&both);
        assert_eq!(one.count(), 2 * (u64::from(u32::MAX) + 1));
        assert_eq!(dense(&one).count(), one.count());
    }

    proptest! {
        #[test]
        fn a_histogram_comes_back_as_it_was(samples in prop::collection::vec(0u64..8_000_000_000_000, 0..80), fine in any::<bool>()) {
            let before = of(&samples, if fine { Precision::Fine } else { Precision::Coarse });
            let sparse = before.to_sparse();
            prop_assert_eq!(sparse.count(), samples.len() as u64);
            prop_assert_eq!(sparse.is_empty(), samples.is_empty());
            prop_assert!(sparse.buckets().eq(before.buckets()));
            prop_assert_eq!(sparse.extremes().is_some(), !samples.is_empty());
            prop_assert_eq!(read(&dense(&sparse)), read(&before));
        }

        #[test]
        fn merging_is_the_same_before_and_after(a in prop::collection::vec(0u64..8_000_000_000_000, 0..60), b in prop::collection::vec(0u64..9_000, 0..60)) {
            let mut sparse = of(&a, Precision::Coarse).to_sparse();
            sparse.merge(&of(&b, Precision::Coarse).to_sparse());
            let mut whole = of(&a, Precision::Coarse);
            whole.merge(&of(&b, Precision::Coarse));
            prop_assert_eq!(&sparse, &whole.to_sparse());
        }

        #[test]
        fn fine_samples_become_coarse_ones_of_the_same_latencies(samples in prop::collection::vec(0u64..3_600_000_000_000, 0..80)) {
            let (fine, coarse) = (of(&samples, Precision::Fine), of(&samples, Precision::Coarse));
            let mut sparse = Sparse::default();
            sparse.merge(&fine.to_sparse());
            prop_assert_eq!(read(&dense(&sparse)), read(&coarse));
        }
    }
}
