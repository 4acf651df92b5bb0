//! `gathers.csv`: what became of the gathers, one number a row.
//!
//! `measure` says what is measured and in which unit, `of` which of its numbers: for `gathers` an outcome,
//! for `latency_ns` and `straggler_gap_ns` a statistic, for `wasted_ns` the total, and for `slowest` the
//! index of a child, counting how often it was the last to end.

use std::io::{self, Write};

use serde::Serialize;

use super::table::{self, LaneColumns};
use crate::histogram::Histogram;
use crate::ledger::GatherBook;
use crate::outcome::GatherOutcome;
use crate::snapshot::{LaneView, Snapshot};
use crate::units;

/// The header.
pub(crate) const COLUMNS: [&str; 5] = ["on_timeout", "deadline_ns", "measure", "of", "value"];

const QUANTILES: [(&str, f64); 7] =
    [("p50", 0.5), ("p75", 0.75), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999), ("p9999", 0.9999)];

#[derive(Debug, Serialize)]
struct Row {
    lane: LaneColumns,
    measure: &'static str,
    of: String,
    value: u64,
}

/// Writes the table; a lane without gathers has no rows.
pub(super) fn write(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    table::write(&COLUMNS, snapshot.lanes.iter().flat_map(rows), out)
}

fn rows(lane: &LaneView) -> Vec<Row> {
    let Some(gathers) = lane.book.gathers() else { return Vec::new() };
    let mut rows = Vec::new();
    let mut add = |measure, numbers: Vec<(String, u64)>| {
        rows.extend(numbers.into_iter().map(|(of, value)| Row { lane: lane.key.into(), measure, of, value }));
    };
    add("gathers", counts(lane, gathers));
    add("latency_ns", statistics(&gathers.latency));
    add("straggler_gap_ns", statistics(&gathers.straggler_gap));
    add("wasted_ns", vec![("total".to_owned(), u64::try_from(gathers.wasted_ns).unwrap_or(u64::MAX))]);
    add("slowest", gathers.slowest.iter().enumerate().map(|(child, &times)| (child.to_string(), times)).collect());
    rows
}

fn counts(lane: &LaneView, gathers: &GatherBook) -> Vec<(String, u64)> {
    let outcomes = GatherOutcome::ALL.map(|outcome| (outcome.word(), gathers.decided(outcome)));
    let around = [("started", gathers.started), ("open", gathers.open()), ("timed_out", lane.gathers_timed_out())];
    around.into_iter().chain(outcomes).map(|(of, count)| (of.to_owned(), count)).collect()
}

fn statistics(samples: &Histogram) -> Vec<(String, u64)> {
    let mut numbers = vec![("count", samples.count())];
    if !samples.is_empty() {
        let edges = [("min", samples.min()), ("mean", samples.mean()), ("max", samples.max())];
        let quantiles = QUANTILES.map(|(name, q)| (name, samples.quantile(q)));
        numbers.extend(edges.into_iter().chain(quantiles).map(|(of, latency)| (of, units::nanos(latency))));
    }
    numbers.into_iter().map(|(of, value)| (of.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::table::tests::{exported, number};
    use super::*;
    use crate::ledger::Book;
    use crate::snapshot::fixture;

    fn of_lane(snapshot: &Snapshot, policy: &str) -> HashMap<(String, String), u64> {
        let of_lane = exported(write, snapshot).into_iter().filter(|row| row["on_timeout"] == policy);
        of_lane.map(|row| ((row["measure"].clone(), row["of"].clone()), number(&row, "value"))).collect()
    }

    #[test]
    fn gathers_balance_and_the_slowest_children_add_up() {
        for (lane, policy) in fixture::finished().lanes.iter().zip(["observe", "cancel"]) {
            let numbers = of_lane(&fixture::finished(), policy);
            let read = |measure: &str, of: &str| numbers[&(measure.to_owned(), of.to_owned())];
            let outcomes = ["complete", "partial", "failed", "cancelled", "open"];
            assert_eq!(read("gathers", "started"), outcomes.iter().map(|of| read("gathers", of)).sum::<u64>());
            assert_eq!(read("gathers", "timed_out"), lane.gathers_timed_out());
            let slowest = numbers.iter().filter(|((measure, _), _)| measure == "slowest");
            assert_eq!(slowest.map(|(_, times)| times).sum::<u64>(), read("straggler_gap_ns", "count"));
            assert!(read("latency_ns", "min") <= read("latency_ns", "p50"));
            assert!(read("latency_ns", "p9999") <= read("latency_ns", "max"));
        }
    }

    #[test]
    fn a_lane_without_gathers_has_no_rows() {
        let mut snapshot = fixture::finished();
        snapshot.lanes[0].book = std::sync::Arc::new(Book::new(false));
        assert!(of_lane(&snapshot, "observe").is_empty());
        assert!(!of_lane(&snapshot, "cancel").is_empty());
    }
}
