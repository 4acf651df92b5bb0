//! A histogram as the percentile distribution that `HdrHistogram` prints, for the tools that plot those files.

use std::io::{self, Write};

use hdrhistogram::Histogram as Hdr;

use super::{Histogram, Precision, log};

/// Lines for each halving of the distance to 100 %, as many as in the files of others.
const TICKS: u32 = 5;

/// Values are in milliseconds, as in the files of others.
#[expect(clippy::cast_precision_loss, reason = "2^53 ns are 104 days")]
fn millis(ns: u64) -> f64 {
    ns as f64 / 1e6
}

impl Histogram {
    /// Writes the distribution, milliseconds to the nanosecond; what lies above the range counts as the largest in it.
    ///
    /// # Errors
    /// Those of `out`.
    pub(crate) fn write_percentiles(&self, out: &mut dyn Write) -> io::Result<()> {
        let samples: Hdr<u64> = log::more(self, None)?;
        writeln!(out, "{:>12} {:>14} {:>10} {:>14}\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)")?;
        let mut seen = 0;
        for step in samples.iter_quantiles(TICKS) {
            seen += step.count_since_last_iteration();
            let value = millis(samples.highest_equivalent(step.value_iterated_to()));
            let share = step.quantile_iterated_to();
            write!(out, "{value:>12.6} {share:>14.12} {seen:>10}")?;
            if share < 1.0 {
                write!(out, " {:>14.2}", 1.0 / (1.0 - share))?;
            }
            writeln!(out)?;
        }
        let (mean, deviation) = (samples.mean() / 1e6, samples.stdev() / 1e6);
        let (buckets, per_bucket) = size(self.precision);
        writeln!(out, "#[Mean    = {mean:>12.6}, StdDeviation   = {deviation:>12.6}]")?;
        writeln!(out, "#[Max     = {:>12.6}, Total count    = {:>12}]", millis(samples.max()), samples.len())?;
        writeln!(out, "#[Buckets = {buckets:>12}, SubBuckets     = {per_bucket:>12}]")
    }
}

/// How many times the range doubles beyond its first buckets, and how many of these there are.
const fn size(precision: Precision) -> (u32, u32) {
    let digits = precision.digits();
    let largest = super::LARGEST.as_nanos();
    ((128 - largest.leading_zeros()) - digits + 1, 1 << digits)
}
