//! `percentiles.csv`: a ladder of nines for every lane and metric.
//!
//! Service and response times include the cancelled and the unfinished tasks at their age. Where a
//! quantile falls among those `censored` is true: the value is a lower bound.

use std::io::{self, Write};

use serde::Serialize;

use super::table::{self, LaneColumns};
use crate::histogram::Histogram;
use crate::ledger::Metric;
use crate::snapshot::{LaneView, Latency, Snapshot};
use crate::units;

const COLUMNS: [&str; 7] = ["on_timeout", "deadline_ns", "metric", "quantile", "value_ns", "censored", "count"];

/// The quantiles, as shares.
const LADDER: [f64; 9] = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999, 1.0];

#[derive(Debug, Serialize)]
struct Row {
    lane: LaneColumns,
    metric: &'static str,
    quantile: f64,
    value_ns: u64,
    censored: bool,
    count: u64,
}

/// Writes the table; a metric without a sample has no rows.
pub(super) fn write(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    table::write(&COLUMNS, snapshot.lanes.iter().flat_map(rows), out)
}

fn rows(lane: &LaneView) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut ladder = |metric, count, quantile: &dyn Fn(f64) -> Option<Latency>| {
        let steps = LADDER.iter().filter_map(|&q| Some((q, quantile(q)?)));
        rows.extend(steps.map(|(q, latency)| Row {
            lane: lane.key.into(),
            metric,
            quantile: q,
            value_ns: units::nanos(latency.bound()),
            censored: matches!(latency, Latency::AtLeast(_)),
            count,
        }));
    };
    for metric in Metric::ALL.into_iter().filter(|&metric| metric != Metric::Censored) {
        let times = lane.distribution(metric);
        ladder(metric.word(), times.count(), &|q| times.quantile(q));
    }
    if let Some(ages) = lane.distribution(Metric::Service).censored() {
        ladder(Metric::Censored.word(), ages.count(), &|q| exactly(ages, q));
    }
    if let Some(gathers) = lane.book.gathers() {
        ladder("gather", gathers.latency.count(), &|q| exactly(&gathers.latency, q));
    }
    rows
}

fn exactly(samples: &Histogram, q: f64) -> Option<Latency> {
    (!samples.is_empty()).then(|| Latency::Exactly(samples.quantile(q)))
}

#[cfg(test)]
mod tests {
    use super::super::table::tests::{exported, number};
    use super::*;
    use crate::snapshot::fixture;

    #[test]
    fn every_metric_of_a_lane_rises_along_the_ladder() {
        let rows = exported(write, &fixture::finished());
        for policy in ["observe", "cancel"] {
            for metric in ["service", "response", "start_delay", "busy", "gather"] {
                let of: Vec<u64> = rows
                    .iter()
                    .filter(|row| row["on_timeout"] == policy && row["metric"] == metric)
                    .map(|row| number(row, "value_ns"))
                    .collect();
                assert_eq!(of.len(), LADDER.len(), "{policy} {metric}");
                assert!(of.is_sorted(), "{policy} {metric}");
            }
        }
    }

    #[test]
    fn a_quantile_among_cancelled_tasks_is_marked_as_a_bound() {
        let snapshot = fixture::finished();
        let rows = exported(write, &snapshot);
        let lane = &snapshot.lanes[1];
        for row in rows.iter().filter(|row| row["on_timeout"] == "cancel" && row["metric"] == "service") {
            let share = lane.cancelled() as f64 / lane.spawned as f64;
            let quantile: f64 = row["quantile"].parse().unwrap();
            assert_eq!(row["censored"], (quantile > 1.0 - share).to_string(), "{row:?}");
            assert_eq!(number(row, "count"), lane.spawned);
        }
    }

    #[test]
    fn a_metric_without_a_sample_has_no_rows() {
        assert!(exported(write, &fixture::finished()).iter().all(|row| number(row, "count") > 0));
        assert!(exported(write, &fixture::empty()).is_empty());
    }
}
