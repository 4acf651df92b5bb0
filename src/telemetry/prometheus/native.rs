//! The buckets of a native histogram as Prometheus writes them: stretches of buckets, and each count as the difference from the one before.

use crate::histogram::{Exponential, Histogram};

/// Buckets that are 2^(1/32), or 2.2 %, wide: a lane has a few hundred of them, in as many bytes.
pub(super) const SCHEMA: i8 = 5;

/// More empty buckets than this between two others end a stretch, which costs two numbers.
const GAP: i32 = 2;

/// The parts of a native histogram.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Native {
    pub(super) zero: u64,
    /// How far after the end of the one before each stretch begins, and how many buckets it has.
    pub(super) spans: Vec<(i32, u32)>,
    pub(super) deltas: Vec<i64>,
}

impl Native {
    /// The samples of `histogram`.
    pub(super) fn of(histogram: &Histogram) -> Self {
        let exponential = Exponential::of(histogram, SCHEMA);
        let mut native = Self { zero: exponential.zero, ..Self::default() };
        // Prometheus numbers buckets by their upper bound.
        let (mut expected, mut before) = (0, 0);
        for (bucket, count) in (exponential.offset + 1..).zip(exponential.counts).filter(|&(_, count)| count > 0) {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            let gap = bucket - expected;
            match native.spans.last_mut() {
                Some((_, length)) if gap <= GAP => {
                    for _ in 0..gap {
                        native.deltas.push(-before);
                        before = 0;
                    }
                    *length += gap.unsigned_abs() + 1;
                }
                _ => native.spans.push((gap, 1)),
            }
            native.deltas.push(count - before);
            (expected, before) = (bucket + 1, count);
        }
        // Without any stretch it would be taken for one of classic buckets.
        if native.spans.is_empty() && native.zero == 0 {
            native.spans.push((0, 0));
        }
        native
    }
}

#[cfg(test)]
mod tests {
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

    /// The buckets a reader makes of it, by the number of their upper bound.
    fn read(native: &Native) -> Vec<(i32, i64)> {
        let (mut bucket, mut count, mut deltas, mut buckets) = (0, 0, native.deltas.iter(), Vec::new());
        for &(offset, length) in &native.spans {
            bucket += offset;
            for _ in 0..length {
                count += deltas.next().unwrap();
                buckets.push((bucket, count));
                bucket += 1;
            }
        }
        assert_eq!(deltas.next(), None);
        buckets
    }

    #[test]
    fn a_second_is_the_upper_bound_of_bucket_zero() {
        let native = Native::of(&of(&[1_000_000_000, 1_000_000_000]));
        // The upper end of our bucket is a thousandth longer, which is the next one's.
        assert_eq!(native, Native { zero: 0, spans: vec![(1, 1)], deltas: vec![2] });
    }

    proptest! {
        #[test]
        fn a_reader_finds_every_sample_again(samples in prop::collection::vec(0u64..8_000_000_000_000, 0..60)) {
            let histogram = of(&samples);
            let (native, exponential) = (Native::of(&histogram), Exponential::of(&histogram, SCHEMA));
            let filled = |&(_, count): &(i32, i64)| count != 0;
            let expected = (exponential.offset + 1..).zip(exponential.counts.iter().map(|&count| count.cast_signed()));
            prop_assert_eq!(read(&native).into_iter().filter(filled).collect::<Vec<_>>(), expected.filter(filled).collect::<Vec<_>>());
            prop_assert_eq!(native.zero + read(&native).iter().map(|&(_, count)| count as u64).sum::<u64>(), histogram.count());
            prop_assert!(native.spans.iter().skip(1).all(|&(offset, _)| offset > GAP));
        }
    }
}
