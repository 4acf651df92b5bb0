//! `survival.csv`: the survival curve of each lane that cancels, an instant at which tasks ended or were cancelled a row.
//!
//! `longer` is the Kaplan–Meier estimate of the share of the tasks that take longer than `at_ns`, with its 95 % bounds.
//! The last row of a lane is where the estimate stops, unless `longer` is zero there; beyond it nothing is known.

use std::io::{self, Write};

use serde::Serialize;

use super::table::{self, LaneColumns};
use crate::snapshot::{LaneView, Snapshot, SurvivalStep};
use crate::units::nanos;

const COLUMNS: [&str; 9] =
    ["on_timeout", "deadline_ns", "at_ns", "at_risk", "ended", "censored", "longer", "longer_low", "longer_high"];

#[derive(Debug, Serialize)]
struct Row {
    lane: LaneColumns,
    at_ns: u64,
    counts: [u64; 3],
    longer: [f64; 3],
}

/// Writes the table.
pub(super) fn write(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    let lanes = snapshot.lanes.iter().filter(|lane| lane.cancels());
    table::write(&COLUMNS, lanes.flat_map(rows), out)
}

fn rows(lane: &LaneView) -> Vec<Row> {
    let row = |step: &SurvivalStep| Row {
        lane: lane.key.into(),
        at_ns: nanos(step.at),
        counts: [step.at_risk, step.ended, step.censored],
        longer: [step.longer.share, step.longer.low, step.longer.high],
    };
    lane.survival().steps().iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::super::table::tests::{exported, number};
    use super::*;
    use crate::snapshot::fixture;

    #[test]
    fn every_task_of_a_lane_that_cancels_is_in_one_row_and_the_last_is_its_deadline() {
        let snapshot = fixture::finished();
        let rows = exported(write, &snapshot);
        let lane = &snapshot.lanes[1];
        assert!(rows.iter().all(|row| row["on_timeout"] == "cancel"));
        let tasks: u64 = rows.iter().map(|row| number(row, "ended") + number(row, "censored")).sum();
        assert_eq!((tasks, number(&rows[0], "at_risk")), (lane.spawned, lane.spawned));
        let last = rows.last().unwrap();
        assert_eq!((number(last, "at_ns"), number(last, "censored")), (nanos(fixture::DEADLINE), lane.cancelled()));
        let share: f64 = last["longer"].parse().unwrap();
        assert!((share - lane.timed_out_rate().unwrap()).abs() < 1e-12);
    }
}
