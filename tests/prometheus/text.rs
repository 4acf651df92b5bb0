//! Both formats of one run: whole, in order, and the same.

use std::collections::{BTreeMap, BTreeSet};

use prometheus_client::encoding::prometheus_protobuf::prometheus_data_model::{Histogram, MetricFamily};
use prost::Message;

use crate::http::get;
use crate::server::{Tardy, until};

pub(crate) const PROTOBUF: &str =
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,text/plain;q=0.3";

/// The samples of a text by their names with labels, each family told of once and before its samples.
fn samples(text: &str) -> BTreeMap<String, f64> {
    let (mut families, mut samples) = (BTreeSet::new(), BTreeMap::new());
    let mut family = String::new();
    for line in text.strip_suffix("# EOF\n").unwrap().lines() {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["#", "TYPE", name, _] => {
                assert!(families.insert(name.to_owned()), "{name} is told of twice");
                name.clone_into(&mut family);
            }
            ["#", "HELP" | "UNIT", ..] => {}
            _ => {
                let (name, value) = line.rsplit_once(' ').unwrap();
                assert!(name.starts_with(&family), "{line} after {family}");
                assert!(samples.insert(name.to_owned(), value.parse().unwrap()).is_none(), "{line} comes twice");
            }
        }
    }
    samples
}

fn families(mut bytes: &[u8]) -> Vec<MetricFamily> {
    let mut families = Vec::new();
    while !bytes.is_empty() {
        families.push(MetricFamily::decode_length_delimited(&mut bytes).unwrap());
    }
    families
}

/// The samples that the native buckets of a histogram hold.
fn held(histogram: &Histogram) -> u64 {
    let (mut count, mut all) = (0, histogram.zero_count);
    for delta in &histogram.positive_delta {
        count += delta;
        all += u64::try_from(count).unwrap();
    }
    let buckets: u32 = histogram.positive_span.iter().map(|span| span.length).sum();
    assert_eq!(usize::try_from(buckets).unwrap(), histogram.positive_delta.len());
    all
}

#[test]
fn both_formats_say_the_same_and_every_histogram_adds_up() {
    let directory = tempfile::tempdir().unwrap();
    let tardy = Tardy::start(directory.path(), &["--duration", "1s"]);
    // In the drain, with nothing to come but the tasks that never end, both are of the same run.
    let told = || samples(get(tardy.at, "/metrics", "application/openmetrics-text").unwrap().text());
    let text = until("the run does not settle", || {
        let sum = |told: &BTreeMap<String, f64>, name: &str| {
            told.iter().filter(|(sample, _)| sample.starts_with(name)).map(|(_, value)| value).sum::<f64>()
        };
        let (spawned, text) = (sum(&told(), "tardy_tasks_spawned_total"), told());
        let is_over = text["tardy_run_elapsed_seconds"] > 1.5 && spawned > 0.0;
        (is_over && sum(&text, "tardy_tasks_in_flight") <= sum(&text, "tardy_tasks_overdue")).then_some(text)
    });
    let answer = get(tardy.at, "/metrics", PROTOBUF).unwrap();
    assert!(answer.head.contains("application/vnd.google.protobuf"), "{}", answer.head);
    let lane = r#"policy="observe",deadline="30ms""#;
    let mut native = 0;
    for family in families(&answer.body) {
        assert!(!family.help.is_empty() && family.name.starts_with("tardy_"), "{family:?}");
        for histogram in family.metric.iter().filter_map(|metric| metric.histogram.as_ref()) {
            assert_eq!(held(histogram), histogram.sample_count, "{}", family.name);
            // By one of these Prometheus knows that it is native.
            assert!(!histogram.positive_span.is_empty() || histogram.zero_count > 0, "{}", family.name);
            let last = histogram.bucket.last().unwrap();
            assert_eq!((last.upper_bound, last.cumulative_count), (f64::INFINITY, histogram.sample_count));
            let labels = if family.name == "tardy_arrival_lag_seconds" { String::new() } else { format!("{{{lane}}}") };
            assert_eq!(text[&format!("{}_count{labels}", family.name)], histogram.sample_count as f64);
            native += 1;
        }
    }
    assert!(native >= 6, "{native}");
    for (name, count) in text.iter().filter(|(name, _)| name.contains(r#"le="+Inf""#)) {
        let counted = name.replace("_bucket{", "_count{").replace(r#"le="+Inf","#, "").replace(r#"{le="+Inf"}"#, "");
        assert_eq!(text[&counted], *count, "{name}");
    }
    let named = |name: &'static str| text.iter().filter(move |(sample, _)| sample.starts_with(name));
    assert!(named("tardy_task_service_seconds_bucket").count() > 20);
    let ended: f64 = named("tardy_tasks_ended_total").map(|(_, count)| count).sum();
    let in_flight = text[&format!("tardy_tasks_in_flight{{{lane}}}")];
    assert_eq!(text[&format!("tardy_tasks_spawned_total{{{lane}}}")], ended + in_flight);
    tardy.abort();
    let summary = tardy.summary();
    let misses = text[&format!("tardy_timeouts_total{{{lane}}}")];
    assert_eq!(summary["lanes"][0]["timed_out"].as_f64().unwrap(), misses);
    assert!(misses > 0.0);
}
