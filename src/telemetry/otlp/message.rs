//! What is sent: families as OTLP has them, cumulative, and histograms with exponential buckets.

use std::process;
use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Metric, NumberDataPoint,
    ResourceMetrics, ScopeMetrics, Sum,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

use crate::histogram::{Exponential, Histogram};
use crate::snapshot::Snapshot;
use crate::telemetry::families::{Family, Labels, Misses, Samples, dropped, families, shard, since};

/// The finest resolution: buckets that are 2.2 % wide.
const SCALE: i8 = 5;

/// The most buckets of a histogram, as the SDKs of OpenTelemetry have it; with more, each becomes twice as wide.
const MOST_BUCKETS: usize = 160;

/// Makes the messages of one run.
#[derive(Debug, Default)]
pub(super) struct Teller {
    misses: Misses,
}

impl Teller {
    /// What the run says now; `lost` messages before this one were not sent.
    pub(super) fn message(&mut self, run: &Snapshot, lost: u64) -> Vec<u8> {
        let families = families(run, &mut self.misses);
        let span = Span { since: nanos(since(run)), now: nanos(run.info.started_at + run.began + run.elapsed) };
        // Who sends counts on when the run begins afresh.
        let sending = Span { since: nanos(run.info.started_at), ..span };
        let metrics = families.into_iter().map(|family| span.metric(family));
        let metrics = metrics.chain([sending.metric(dropped(lost))]).collect();
        let name = |name: &str, value: String| vec![(name.to_owned(), value)];
        let resource = [
            name("service.name", "tardy".to_owned()),
            name("service.version", env!("CARGO_PKG_VERSION").to_owned()),
            // Of several runs at once each is one.
            name("service.instance.id", format!("{}-{}", nanos(run.info.started_at), process::id())),
            name("tardy.scenario", run.info.scenario.clone()),
            name("tardy.seed", run.info.seed.to_string()),
            name("tardy.shard", shard(run)),
        ];
        let scope = InstrumentationScope {
            name: "tardy".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..InstrumentationScope::default()
        };
        let scope_metrics = vec![ScopeMetrics { scope: Some(scope), metrics, ..ScopeMetrics::default() }];
        let attributes = resource.into_iter().flatten().map(|(key, value)| attribute(key, value)).collect();
        let resource = Some(Resource { attributes, ..Resource::default() });
        let resource_metrics = vec![ResourceMetrics { resource, scope_metrics, ..ResourceMetrics::default() }];
        ExportMetricsServiceRequest { resource_metrics }.encode_to_vec()
    }
}

/// The time that samples are of, in nanoseconds since 1970.
#[derive(Debug, Clone, Copy)]
struct Span {
    since: u64,
    now: u64,
}

impl Span {
    fn metric(self, family: Family) -> Metric {
        let cumulative = AggregationTemporality::Cumulative.into();
        let (unit, data) = match family.samples {
            Samples::Counters(samples) => {
                let data_points = samples.into_iter().map(|(labels, count)| self.count(labels, count)).collect();
                (
                    counted(family.name),
                    Data::Sum(Sum { data_points, aggregation_temporality: cumulative, is_monotonic: true }),
                )
            }
            Samples::Gauges(samples) => {
                let data_points = samples.into_iter().map(|(labels, value)| self.value(labels, value)).collect();
                (counted(family.name), Data::Gauge(Gauge { data_points }))
            }
            Samples::Time(seconds) => {
                ("s", Data::Gauge(Gauge { data_points: vec![self.value(Labels::new(), seconds)] }))
            }
            Samples::Histograms(samples) => {
                let data_points = samples.into_iter().map(|(labels, times)| self.times(labels, &times)).collect();
                let histogram = ExponentialHistogram { data_points, aggregation_temporality: cumulative };
                ("s", Data::ExponentialHistogram(histogram))
            }
        };
        Metric {
            name: format!("tardy.{}", family.name),
            description: family.help.to_owned(),
            unit: unit.to_owned(),
            data: Some(data),
            ..Metric::default()
        }
    }

    fn count(self, labels: Labels, count: u64) -> NumberDataPoint {
        self.point(labels, Number::AsInt(i64::try_from(count).unwrap_or(i64::MAX)))
    }

    fn value(self, labels: Labels, value: f64) -> NumberDataPoint {
        self.point(labels, Number::AsDouble(value))
    }

    fn point(self, labels: Labels, value: Number) -> NumberDataPoint {
        NumberDataPoint {
            attributes: attributes(labels),
            start_time_unix_nano: self.since,
            time_unix_nano: self.now,
            value: Some(value),
            ..NumberDataPoint::default()
        }
    }

    fn times(self, labels: Labels, times: &Histogram) -> ExponentialHistogramDataPoint {
        let exponential = Exponential::of(times, SCALE).within(MOST_BUCKETS);
        let extreme = |seconds: f64| (!times.is_empty()).then_some(seconds);
        ExponentialHistogramDataPoint {
            attributes: attributes(labels),
            start_time_unix_nano: self.since,
            time_unix_nano: self.now,
            count: times.count(),
            sum: Some(times.total().as_secs_f64()),
            scale: exponential.scale.into(),
            zero_count: exponential.zero,
            positive: Some(Buckets { offset: exponential.offset, bucket_counts: exponential.counts }),
            min: extreme(times.min().as_secs_f64()),
            max: extreme(times.max().as_secs_f64()),
            ..ExponentialHistogramDataPoint::default()
        }
    }
}

/// What a family counts. It is said in braces, for `1` is the unit of a share: who makes names of Prometheus of these puts `_ratio`
/// after it.
fn counted(family: &str) -> &'static str {
    match family.split('.').next() {
        _ if family.rsplit('.').next() == Some("ratio") => "1",
        Some("tasks" | "runtime") => "{task}",
        Some("gather" | "gathers") => "{gather}",
        Some("arrivals") => "{arrival}",
        Some("timeouts") => "{timeout}",
        Some("workers") => "{worker}",
        Some("otlp") => "{message}",
        _ => "{info}",
    }
}

fn attributes(labels: Labels) -> Vec<KeyValue> {
    labels.into_iter().map(|(key, value)| attribute(key.to_owned(), value)).collect()
}

fn attribute(key: String, value: String) -> KeyValue {
    KeyValue { key, value: Some(AnyValue { value: Some(Value::StringValue(value)) }), ..KeyValue::default() }
}

fn nanos(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, crate::units::nanos)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::histogram::Precision;
    use crate::snapshot::fixture;

    #[test]
    fn counts_are_since_measuring_began_and_those_of_who_sends_since_the_start() {
        let (began, elapsed) = (Duration::from_secs(3), Duration::from_secs(7));
        let run = Snapshot { elapsed, began, ..fixture::finished() };
        let message = Teller::default().message(&run, 2);
        let told = ExportMetricsServiceRequest::decode(&*message).unwrap();
        let metrics = &told.resource_metrics[0].scope_metrics[0].metrics;
        let (started, mut sums) = (run.info.started_at, 0);
        for metric in metrics {
            let Some(Data::Sum(sum)) = &metric.data else { continue };
            let since = if metric.name == "tardy.otlp.dropped" { started } else { started + began };
            assert!(sum.is_monotonic && sum.aggregation_temporality == AggregationTemporality::Cumulative as i32);
            for point in &sum.data_points {
                let times = (point.start_time_unix_nano, point.time_unix_nano);
                assert_eq!(times, (nanos(since), nanos(started + began + elapsed)), "{}", metric.name);
            }
            sums += 1;
        }
        let dropped =
            metrics.iter().find(|metric| metric.name == "tardy.otlp.dropped").and_then(|one| one.data.clone());
        let Some(Data::Sum(dropped)) = dropped else { panic!("{dropped:?}") };
        assert!(sums > 3 && dropped.data_points[0].value == Some(Number::AsInt(2)), "{sums} {dropped:?}");
    }

    #[test]
    fn every_time_is_in_the_bucket_that_its_scale_and_its_offset_say() {
        let times = [0, 700, 1_000_000, 1_000_000, 3_000_000_000];
        let mut histogram = Histogram::new(Precision::Fine);
        for ns in times {
            histogram.record(ns);
        }
        let point = Span { since: 1, now: 2 }.times(Labels::new(), &histogram);
        assert_eq!((point.start_time_unix_nano, point.time_unix_nano, point.count), (1, 2, 5));
        assert_eq!((point.zero_count, point.min), (1, Some(0.0)));
        let is_near = |seconds: Option<f64>, ns: f64| (seconds.unwrap_or_default() * 1e9 / ns - 1.0).abs() < 0.001;
        assert!(is_near(point.sum, 3_002_000_700.0) && is_near(point.max, 3e9), "{point:?}");
        let buckets = point.positive.unwrap();
        let base = f64::from(-point.scale).exp2().exp2();
        let upper = |index: i32| base.powi(buckets.offset + index + 1) * 1e9;
        let full = (0..).zip(&buckets.bucket_counts).filter(|&(_, &count)| count > 0);
        let full: Vec<(f64, u64)> = full.map(|(index, &count)| (upper(index), count)).collect();
        for (&(upper, count), (ns, expected)) in full.iter().zip([(700.0, 1), (1e6, 2), (3e9, 1)]) {
            assert!(count == expected && ns <= upper * 1.001 && upper / base <= ns * 1.001, "{upper} of {ns}");
        }
        assert_eq!(full.len(), 3);
    }
}
