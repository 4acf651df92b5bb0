//! `what_if.csv`: what other deadlines would have meant, a lane and a deadline a row.
//!
//! Deadlines lie fifty to a decade over the latencies of a lane, with the lane's own among them, as far as
//! anything is known. Lanes that cancel have no rows: `survival.csv` has what they know. `saved_ns` is a lower bound where
//! `saved_is_bound` says so, and what the missed would have taken with it.

use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;

use super::table::{self, LaneColumns};
use crate::snapshot::{LaneView, Latency, Snapshot, WhatIf, WhatIfAt};
use crate::units::nanos;

const COLUMNS: [&str; 13] = [
    "on_timeout",
    "deadline_ns",
    "what_if_deadline_ns",
    "missed",
    "missed_low",
    "missed_high",
    "goodput_per_s",
    "wasted_ns",
    "saved_ns",
    "saved_is_bound",
    "mean_wait_ns",
    "gathers_complete",
    "gathers_complete_if_independent",
];

#[derive(Debug, Serialize)]
struct Row {
    lane: LaneColumns,
    what_if_deadline_ns: u64,
    missed: [f64; 3],
    goodput_per_s: Option<f64>,
    wasted_ns: u64,
    saved_ns: u64,
    saved_is_bound: bool,
    mean_wait_ns: u64,
    gathers: [Option<f64>; 2],
}

/// Writes the table.
pub(super) fn write(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    let lanes = snapshot.lanes.iter().filter(|lane| !lane.cancels());
    let asked = lanes.filter_map(|lane| Some((lane, snapshot.what_if(lane.key)?)));
    table::write(&COLUMNS, asked.flat_map(|(lane, what_if)| rows(lane, &what_if)), out)
}

fn rows(lane: &LaneView, what_if: &WhatIf) -> Vec<Row> {
    let row = |deadline: Duration| Some(Row::new(lane, deadline, &what_if.at(deadline)?));
    what_if.grid(lane.key.deadline).into_iter().filter_map(row).collect()
}

impl Row {
    fn new(lane: &LaneView, deadline: Duration, at: &WhatIfAt) -> Self {
        Self {
            lane: lane.key.into(),
            what_if_deadline_ns: nanos(deadline),
            missed: [at.missed.share, at.missed.low, at.missed.high],
            goodput_per_s: at.goodput,
            wasted_ns: nanos(at.wasted),
            saved_ns: nanos(at.saved.bound()),
            saved_is_bound: matches!(at.saved, Latency::AtLeast(_)),
            mean_wait_ns: nanos(at.wait),
            gathers: [at.gathers.map(|shares| shares.complete), at.gathers.map(|shares| shares.independent)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::tests::{exported, number};
    use super::*;
    use crate::snapshot::fixture;

    #[test]
    fn deadlines_cover_the_latencies_of_a_lane_that_does_not_cancel_and_have_its_own_among_them() {
        let snapshot = fixture::finished();
        let rows = exported(write, &snapshot);
        assert!(rows.iter().all(|row| row["on_timeout"] == "observe"));
        let lane = &snapshot.lanes[0];
        let asked: Vec<u64> = rows.iter().map(|row| number(row, "what_if_deadline_ns")).collect();
        assert!(asked.is_sorted() && (100..200).contains(&asked.len()), "{}", asked.len());
        assert!(asked[0] <= nanos(lane.survival().steps()[0].at));
        let own = rows.iter().find(|row| row["what_if_deadline_ns"] == row["deadline_ns"]).unwrap();
        let at = snapshot.what_if(lane.key).unwrap().at(fixture::DEADLINE).unwrap();
        assert_eq!(own["missed"].parse::<f64>().ok(), Some(at.missed.share));
        assert_eq!(number(own, "wasted_ns"), nanos(at.wasted));
        assert_eq!(own["gathers_complete"].parse::<f64>().ok(), at.gathers.map(|shares| shares.complete));
    }

    #[test]
    fn a_run_without_a_task_has_no_rows() {
        assert!(exported(write, &fixture::empty()).is_empty());
    }
}
