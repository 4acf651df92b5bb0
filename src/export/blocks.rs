//! `blocks.csv` and `block_histogram.csv`: the run in stretches of time, lane by lane, to be set against another run.
//!
//! A row of the first is what one lane did in one block, from `at_ns` on for `length_ns`: how many tasks were spawned,
//! ended and missed their deadline, and the exact numbers of the headline latencies (`observed_`: response times under
//! open load, service times under closed load) and of the ages at which tasks were cancelled or left unfinished
//! (`censored_`). A block in which nothing happened has one row without a lane. What ended in the drain is in the last.
//!
//! A row of the second is a bucket of those latencies, 1 % wide, that begins at `low_ns`.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;

use super::table::{self, LaneColumns};
use crate::histogram::Sparse;
use crate::snapshot::{Block, LaneBlock, Snapshot};
use crate::units;

/// The header of `blocks.csv`.
pub(crate) const COLUMNS: [&str; 17] = [
    "on_timeout",
    "deadline_ns",
    "at_ns",
    "length_ns",
    "spawned",
    "done",
    "failed",
    "panicked",
    "cancelled",
    "on_time",
    "missed",
    "observed_total_ns",
    "observed_min_ns",
    "observed_max_ns",
    "censored_total_ns",
    "censored_min_ns",
    "censored_max_ns",
];

/// The header of `block_histogram.csv`.
pub(crate) const HISTOGRAM_COLUMNS: [&str; 6] =
    ["on_timeout", "deadline_ns", "at_ns", "low_ns", "observed", "censored"];

#[derive(Debug, Default, Serialize)]
struct Row {
    lane: LaneColumns,
    at_ns: u64,
    length_ns: u64,
    counts: [u64; 7],
    observed: Numbers,
    censored: Numbers,
}

/// Sum and extremes, nanoseconds.
#[derive(Debug, Default, Serialize)]
struct Numbers {
    total: Option<u64>,
    min: Option<u64>,
    max: Option<u64>,
}

#[derive(Debug, Serialize)]
struct BucketRow {
    lane: LaneColumns,
    at_ns: u64,
    low_ns: u64,
    observed: u64,
    censored: u64,
}

impl Numbers {
    fn of(samples: &Sparse) -> Self {
        let Some([min, max]) = samples.extremes() else { return Self::default() };
        Self {
            total: Some(u64::try_from(samples.total_ns()).unwrap_or(u64::MAX)),
            min: Some(units::nanos(min)),
            max: Some(units::nanos(max)),
        }
    }
}

impl Row {
    fn without_lane(block: &Block) -> Self {
        Self { at_ns: units::nanos(block.at), length_ns: units::nanos(block.length), ..Self::default() }
    }

    fn new(block: &Block, of: &LaneBlock) -> Self {
        Self {
            lane: of.lane.into(),
            counts: of.counts.cells(),
            observed: Numbers::of(&of.observed),
            censored: Numbers::of(&of.censored),
            ..Self::without_lane(block)
        }
    }
}

/// Writes the table of what was done.
pub(super) fn write(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    let rows = snapshot.blocks.iter().flat_map(|block| {
        let idle = block.lanes.is_empty().then(|| Row::without_lane(block));
        idle.into_iter().chain(block.lanes.iter().map(|lane| Row::new(block, lane)))
    });
    table::write(&COLUMNS, rows, out)
}

/// Writes the table of latencies.
pub(super) fn write_histogram(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    let lanes = snapshot.blocks.iter().flat_map(|block| block.lanes.iter().map(|lane| (block.at, lane)));
    table::write(&HISTOGRAM_COLUMNS, lanes.flat_map(|(at, lane)| buckets(at, lane)), out)
}

fn buckets(at: Duration, of: &LaneBlock) -> impl Iterator<Item = BucketRow> + use<> {
    let mut counts = BTreeMap::<Duration, (u64, u64)>::new();
    of.observed.buckets().for_each(|bucket| counts.entry(bucket.low).or_default().0 += bucket.count);
    of.censored.buckets().for_each(|bucket| counts.entry(bucket.low).or_default().1 += bucket.count);
    let (lane, at_ns) = (of.lane.into(), units::nanos(at));
    counts.into_iter().map(move |(low, (observed, censored))| BucketRow {
        lane,
        at_ns,
        low_ns: units::nanos(low),
        observed,
        censored,
    })
}

#[cfg(test)]
mod tests {
    use super::super::table::tests::{exported, number};
    use super::*;
    use crate::snapshot::fixture;

    #[test]
    fn every_block_has_a_row_for_each_of_its_lanes_and_one_without_where_nothing_happened() {
        let snapshot = fixture::finished();
        let rows = exported(write, &snapshot);
        for block in snapshot.blocks.iter() {
            let own: Vec<_> = rows.iter().filter(|row| number(row, "at_ns") == units::nanos(block.at)).collect();
            assert_eq!(own.len(), block.lanes.len().max(1));
            assert!(own.iter().all(|row| number(row, "length_ns") == units::nanos(block.length)));
            assert!(own.iter().zip(&block.lanes).all(|(row, lane)| row["on_timeout"] == lane.lane.policy.word()));
            let done: u64 = block.lanes.iter().map(|lane| lane.counts.done).sum();
            assert_eq!(own.iter().map(|row| number(row, "done")).sum::<u64>(), done);
        }
        assert!(rows.iter().any(|row| row["on_timeout"].is_empty() && row["observed_total_ns"].is_empty()));
    }

    #[test]
    fn every_latency_of_every_block_is_in_one_bucket_of_its_lane() {
        let snapshot = fixture::finished();
        let rows = exported(write_histogram, &snapshot);
        for block in snapshot.blocks.iter() {
            let sum = |column: &str| {
                let own = rows.iter().filter(|row| number(row, "at_ns") == units::nanos(block.at));
                own.map(|row| number(row, column)).sum::<u64>()
            };
            let count = |of: fn(&LaneBlock) -> &Sparse| block.lanes.iter().map(|lane| of(lane).count()).sum::<u64>();
            assert_eq!(sum("observed"), count(|lane| &lane.observed));
            assert_eq!(sum("censored"), count(|lane| &lane.censored));
        }
    }
}
