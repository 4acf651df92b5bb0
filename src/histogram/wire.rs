//! Histograms as bytes: the buckets that hold samples, and what is exact. What is read is checked, for every number here
//! is one that others count with.

use std::cell::Cell;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::sparse::{Sparse, bucket_of};
use super::{Histogram, Precision};

/// The largest value that has a bucket, nanoseconds: [`super::LARGEST`] lies in the last octave.
const LARGEST_KEPT: u64 = (1 << 42) - 1;

/// The most samples of a histogram that is read.
const MOST_SAMPLES: u64 = 1 << 48;

/// The longest time in one, nanoseconds: two years.
const LONGEST: u64 = 1 << 56;

/// The most memory of the histograms that one thread reads before [`begin`] is called again, in bytes: a few bytes of a
/// message are tens of thousands here.
const MOST_MEMORY: usize = 1 << 30;

thread_local! {
    static MEMORY: Cell<usize> = const { Cell::new(0) };
}

/// Says that what this thread reads now is a message of its own.
pub(crate) fn begin() {
    MEMORY.set(0);
}

/// A histogram as it is written.
#[derive(Serialize, Deserialize)]
struct Written {
    is_fine: bool,
    buckets: Vec<(u16, u32)>,
    sum_ns: u128,
    /// The shortest and the longest; `None` of no samples.
    extremes: Option<(u64, u64)>,
    above: u64,
}

impl Serialize for Sparse {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { precision, ref buckets, sum_ns, min_ns, max_ns, above } = *self;
        let extremes = (!self.is_empty()).then_some((min_ns, max_ns));
        // Numbers of buckets as distances, which are small.
        let mut before = 0;
        let buckets = buckets.iter().map(|&(bucket, count)| (bucket - std::mem::replace(&mut before, bucket), count));
        let buckets = buckets.collect();
        Written { is_fine: precision == Precision::Fine, buckets, sum_ns, extremes, above }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Sparse {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written { is_fine, mut buckets, sum_ns, extremes, above } = Written::deserialize(deserializer)?;
        let precision = if is_fine { Precision::Fine } else { Precision::Coarse };
        let last = bucket_of(LARGEST_KEPT, precision);
        let mut at = 0u16;
        for (bucket, count) in &mut buckets {
            at = at.checked_add(*bucket).filter(|&at| at <= last && *count > 0).ok_or_else(|| wrong("bucket"))?;
            *bucket = at;
        }
        let count = buckets.iter().map(|&(_, count)| u64::from(count)).sum::<u64>().checked_add(above);
        let count = count.filter(|&count| count <= MOST_SAMPLES).ok_or_else(|| wrong("count"))?;
        let (min_ns, max_ns) = match extremes {
            None if count == 0 && sum_ns == 0 => (u64::MAX, 0),
            Some((min, max)) if count > 0 && min <= max && max <= LONGEST => (min, max),
            _ => return Err(wrong("smallest or largest sample")),
        };
        if sum_ns > u128::from(max_ns) * u128::from(count) {
            return Err(wrong("sum"));
        }
        Ok(Self { precision, buckets, sum_ns, min_ns, max_ns, above })
    }
}

impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_sparse().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let sparse = Sparse::deserialize(deserializer)?;
        let memory = MEMORY.get() + if sparse.precision == Precision::Fine { 270_000 } else { 34_000 };
        if memory > MOST_MEMORY {
            return Err(D::Error::custom("more histograms than a run has"));
        }
        MEMORY.set(memory);
        let mut histogram = Self::new(sparse.precision);
        histogram.add_sparse(&sparse);
        Ok(histogram)
    }
}

fn wrong<E: Error>(what: &str) -> E {
    E::custom(format_args!("a histogram with a wrong {what}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_histogram_comes_back_as_it_was(samples in prop::collection::vec(0u64..8_000_000_000_000, 0..80), fine in any::<bool>()) {
            let mut written = Histogram::new(if fine { Precision::Fine } else { Precision::Coarse });
            for &ns in &samples {
                written.record(ns);
            }
            let bytes = postcard::to_stdvec(&written).unwrap();
            let read: Histogram = postcard::from_bytes(&bytes).unwrap();
            prop_assert_eq!(read.to_sparse(), written.to_sparse());
            prop_assert!(bytes.len() <= 40 + 5 * samples.len());
        }

        #[test]
        fn no_bytes_are_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            begin();
            if let Ok(read) = postcard::from_bytes::<Histogram>(&bytes) {
                let _ = (read.count(), read.mean(), read.stdev(), read.quantile(0.99), read.buckets().count());
            }
        }
    }

    #[test]
    fn the_last_bucket_is_the_last_that_a_histogram_has() {
        for precision in [Precision::Fine, Precision::Coarse] {
            let mut histogram = Histogram::new(precision);
            histogram.record(LARGEST_KEPT);
            histogram.record(LARGEST_KEPT + 1);
            assert_eq!((histogram.count(), histogram.above()), (2, 1));
        }
    }

    #[test]
    fn a_message_of_nothing_but_empty_histograms_does_not_fill_the_memory() {
        let bytes = postcard::to_stdvec(&vec![Histogram::new(Precision::Fine); 3]).unwrap();
        let (one, many) = (bytes[1..].len() / 3, 100_000);
        let mut hostile = postcard::to_stdvec(&many).unwrap();
        (0..many).for_each(|_| hostile.extend_from_slice(&bytes[1..=one]));
        begin();
        let read = postcard::from_bytes::<Vec<Histogram>>(&hostile);
        assert!(read.is_err());
        MEMORY.set(0);
    }
}
