//! Families in the words of Prometheus: `tardy_` before each name, and in seconds what is a time.
//!
//! A histogram has two kinds of buckets. Those of a native histogram are 2.2 % wide, so that a quantile read off one lies at
//! most 2.2 % from ours. Those of the text, 1, 2 and 5 of each tenfold, are as wide as they are in any application.

use std::fmt::Result;
use std::time::SystemTime;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, MetricEncoder, NativeHistogram, NativeHistogramBuckets, NoLabelSet,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;

use super::native::{Native, SCHEMA};
use crate::histogram::Histogram;
use crate::telemetry::families::{Family, Labels, Samples};

/// The bounds of the text format, in seconds; `+Inf` comes by itself.
const BOUNDS: [f64; 28] = [
    1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0,
    5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0,
];

/// What one snapshot says.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) families: Vec<Family>,
    /// When what is counted began to be.
    pub(super) since: SystemTime,
}

impl Collector for Told {
    fn encode(&self, mut out: DescriptorEncoder<'_>) -> Result {
        self.families.iter().try_for_each(|family| self.family(family, &mut out))
    }
}

impl Told {
    fn family(&self, family: &Family, out: &mut DescriptorEncoder<'_>) -> Result {
        let name = family.name.replace('.', "_");
        let (kind, unit) = match &family.samples {
            Samples::Counters(_) => (MetricType::Counter, None),
            Samples::Gauges(_) => (MetricType::Gauge, None),
            Samples::Time(_) => (MetricType::Gauge, Some(&Unit::Seconds)),
            Samples::Histograms(_) => (MetricType::Histogram, Some(&Unit::Seconds)),
        };
        let mut out = out.encode_descriptor(&name, family.help, unit, kind)?;
        match &family.samples {
            Samples::Counters(samples) => {
                each(&mut out, samples, |out, count| out.encode_counter::<NoLabelSet, _, f64>(count, None))
            }
            Samples::Gauges(samples) => each(&mut out, samples, |out, &value| out.encode_gauge(&value)),
            Samples::Time(seconds) => out.encode_gauge(seconds),
            Samples::Histograms(samples) => each(&mut out, samples, |out, times| histogram(out, times, self.since)),
        }
    }
}

/// Every sample of a family with its labels.
fn each<S>(
    out: &mut MetricEncoder<'_>,
    samples: &[(Labels, S)],
    encode: impl Fn(&mut MetricEncoder<'_>, &S) -> Result,
) -> Result {
    samples.iter().try_for_each(|(labels, sample)| match &labels[..] {
        [] => encode(out, sample),
        _ => encode(&mut out.encode_family(labels)?, sample),
    })
}

fn histogram(out: &mut MetricEncoder<'_>, histogram: &Histogram, since: SystemTime) -> Result {
    let native = Native::of(histogram);
    let native = NativeHistogram {
        schema: SCHEMA.into(),
        zero_threshold: 0.0,
        zero_count: native.zero,
        negative: NativeHistogramBuckets { spans: &[], deltas: &[] },
        positive: NativeHistogramBuckets { spans: &native.spans, deltas: &native.deltas },
        created: Some(since),
    };
    let (sum, count) = (histogram.total().as_secs_f64(), histogram.count());
    out.encode_histogram_with_native::<NoLabelSet>(sum, count, &classic(histogram), None, native)
}

/// How many samples each bucket of the text format has; a bucket of ours goes where its upper end belongs.
fn classic(histogram: &Histogram) -> Vec<(f64, u64)> {
    let mut buckets: Vec<(f64, u64)> = BOUNDS.iter().chain(&[f64::INFINITY]).map(|&bound| (bound, 0)).collect();
    for bucket in histogram.buckets() {
        let seconds = bucket.high.as_secs_f64();
        let at = BOUNDS.partition_point(|&bound| bound < seconds);
        buckets[at].1 += bucket.count;
    }
    buckets
}
