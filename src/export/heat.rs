//! `heat.csv`: how many latencies of each size ended in each stretch of `timeline.csv`, lane by lane.
//!
//! `at_ns` is the stretch's own. A row is a cell of a fixed logarithmic grid, twenty to a tenfold of latency, `low_ns`
//! included and `high_ns` not. `observed` counts headline latencies, response times under open load and service times
//! under closed load; `censored` the ages at which tasks were cancelled. Cells without any are left out.

use std::io::{self, Write};

use serde::Serialize;

use super::table::{self, LaneColumns};
use crate::snapshot::Snapshot;
use crate::units;

/// The header.
pub(crate) const COLUMNS: [&str; 7] =
    ["on_timeout", "deadline_ns", "at_ns", "low_ns", "high_ns", "observed", "censored"];

#[derive(Debug, Serialize)]
struct Row {
    lane: LaneColumns,
    at_ns: u64,
    low_ns: u64,
    high_ns: u64,
    observed: u64,
    censored: u64,
}

/// Writes the table.
pub(super) fn write(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    let rows = snapshot.timeline.rows().iter().flat_map(|stretch| {
        stretch.heat.lanes().map(|(lane, cell)| Row {
            lane: lane.into(),
            at_ns: units::nanos(stretch.at),
            low_ns: units::nanos(cell.low),
            high_ns: units::nanos(cell.high),
            observed: cell.observed,
            censored: cell.censored,
        })
    });
    table::write(&COLUMNS, rows, out)
}

#[cfg(test)]
mod tests {
    use super::super::table::tests::{exported, number};
    use super::*;
    use crate::snapshot::fixture;

    #[test]
    fn every_latency_of_every_stretch_is_in_one_cell_of_its_lane() {
        let snapshot = fixture::finished();
        let rows = exported(write, &snapshot);
        for stretch in snapshot.timeline.rows() {
            let at = units::nanos(stretch.at);
            let own = || rows.iter().filter(|row| number(row, "at_ns") == at);
            let sum = |column: &str| own().map(|row| number(row, column)).sum::<u64>();
            assert_eq!((sum("observed"), sum("censored")), (300, stretch.counts.cancelled));
            let lane = stretch.lane.map_or("", |lane| lane.policy.word());
            assert!(own().all(|row| row["on_timeout"] == lane && number(row, "low_ns") < number(row, "high_ns")));
        }
    }
}
