//! Latencies in little memory: the buckets that hold samples, and no others.

use std::time::Duration;

use super::{Histogram, Precision};

/// Binary digits kept of a value beside its leading one: buckets are 1/128 of their value wide, as those of
/// [`Precision::Coarse`] are.
const DIGITS: u32 = 7;

/// Samples by bucket of at most 1 % width, for what is kept many times over; minimum, maximum and sum are exact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sparse {
    /// Bucket and samples, shortest first. A bucket comes twice when one count cannot hold its samples.
    buckets: Vec<(u16, u32)>,
    sum_ns: u128,
    min_ns: u64,
    max_ns: u64,
    above: u64,
}

impl Default for Sparse {
    fn default() -> Self {
        Self { buckets: Vec::new(), sum_ns: 0, min_ns: u64::MAX, max_ns: 0, above: 0 }
    }
}

impl Sparse {
    /// The samples of `histogram`, by coarse bucket.
    #[must_use]
    pub fn of(histogram: &Histogram) -> Self {
        let mut sparse = Self {
            buckets: Vec::new(),
            sum_ns: histogram.sum_ns,
            min_ns: histogram.min_ns,
            max_ns: histogram.max_ns,
            above: histogram.above,
        };
        for step in histogram.buckets.iter_recorded() {
            sparse.push(bucket_of(step.value_iterated_to()), step.count_since_last_iteration());
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

    /// Adds every sample of `other`.
    pub fn merge(&mut self, other: &Self) {
        let mine = std::mem::take(&mut self.buckets);
        self.buckets.reserve_exact(mine.len().max(other.buckets.len()));
        let (mut mine, mut theirs) = (mine.into_iter().peekable(), other.buckets.iter().copied().peekable());
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

    /// The exact largest sample; zero when empty.
    #[must_use]
    pub const fn max(&self) -> Duration {
        Duration::from_nanos(self.max_ns)
    }
}

impl Histogram {
    /// The samples by coarse bucket.
    #[must_use]
    pub fn to_sparse(&self) -> Sparse {
        Sparse::of(self)
    }

    /// Adds every sample of `sparse`, each where its coarse bucket begins.
    pub fn add_sparse(&mut self, sparse: &Sparse) {
        for &(bucket, count) in &sparse.buckets {
            self.buckets.record_n(low_of(bucket), u64::from(count)).expect("all histograms share one range");
        }
        self.sum_ns += sparse.sum_ns;
        self.min_ns = self.min_ns.min(sparse.min_ns);
        self.max_ns = self.max_ns.max(sparse.max_ns);
        self.above += sparse.above;
    }
}

impl From<&Sparse> for Histogram {
    fn from(sparse: &Sparse) -> Self {
        let mut histogram = Self::new(Precision::Coarse);
        histogram.add_sparse(sparse);
        histogram
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the caller has cut it to fit")]
const fn narrow(count: u64) -> u32 {
    count as u32
}

/// The bucket of a value: by its nanoseconds below 256, by its leading eight binary digits from there on.
#[expect(clippy::cast_possible_truncation, reason = "57 shifts of 128 buckets and 256 more fit")]
const fn bucket_of(ns: u64) -> u16 {
    let shift = (u64::BITS - ns.leading_zeros()).saturating_sub(DIGITS + 1);
    (((shift as u64) << DIGITS) + (ns >> shift)) as u16
}

/// The smallest value of a bucket.
const fn low_of(bucket: u16) -> u64 {
    let bucket = bucket as u64;
    let shift = (bucket >> DIGITS).saturating_sub(1);
    (bucket - (shift << DIGITS)) << shift
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(samples: &[u64]) -> Histogram {
        let mut histogram = Histogram::new(Precision::Coarse);
        samples.iter().for_each(|&ns| histogram.record(ns));
        histogram
    }

    fn read(h: &Histogram) -> (u64, u64, Duration, Duration, Duration, Vec<crate::histogram::Bucket>) {
        (h.count(), h.above(), h.min(), h.max(), h.total(), h.buckets().collect())
    }

    #[test]
    fn a_bucket_begins_where_the_one_before_it_ends_and_is_no_wider_than_one_percent() {
        for bucket in 0..bucket_of(crate::units::nanos(crate::histogram::LARGEST)) {
            let (low, next) = (low_of(bucket), low_of(bucket + 1));
            assert_eq!((bucket_of(low), bucket_of(next - 1)), (bucket, bucket));
            assert!(next - low <= low.div_ceil(100).max(1), "{low}..{next}");
        }
    }

    #[test]
    fn a_count_too_large_for_one_entry_is_kept_in_two() {
        let mut one = of(&[5]).to_sparse();
        one.push(bucket_of(5), u64::from(u32::MAX));
        let both = one.clone();
        one.merge(&both);
        assert_eq!(one.count(), 2 * (u64::from(u32::MAX) + 1));
        assert_eq!(Histogram::from(&one).count(), one.count());
    }

    proptest! {
        #[test]
        fn a_coarse_histogram_comes_back_as_it_was(samples in prop::collection::vec(0u64..8_000_000_000_000, 0..80)) {
            let before = of(&samples);
            let sparse = before.to_sparse();
            prop_assert_eq!(sparse.count(), samples.len() as u64);
            prop_assert_eq!(sparse.is_empty(), samples.is_empty());
            prop_assert_eq!(read(&Histogram::from(&sparse)), read(&before));
        }

        #[test]
        fn merging_is_the_same_before_and_after(a in prop::collection::vec(0u64..8_000_000_000_000, 0..60), b in prop::collection::vec(0u64..9_000, 0..60)) {
            let mut sparse = of(&a).to_sparse();
            sparse.merge(&of(&b).to_sparse());
            let mut whole = of(&a);
            whole.merge(&of(&b));
            prop_assert_eq!(&sparse, &whole.to_sparse());
        }

        #[test]
        fn a_fine_histogram_becomes_a_coarse_one_of_the_same_samples(samples in prop::collection::vec(0u64..3_600_000_000_000, 0..80)) {
            let mut fine = Histogram::new(Precision::Fine);
            samples.iter().for_each(|&ns| fine.record(ns));
            prop_assert_eq!(read(&Histogram::from(&fine.to_sparse())), read(&of(&samples)));
        }
    }
}
