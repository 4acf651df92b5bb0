//! `timeline.csv`: the run stretch by stretch since measuring began, over all lanes.
//!
//! The lane columns say where new tasks went at the end of the stretch; `event` says what the user
//! changed in it, several changes separated by `; `.

use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;

use super::table::{self, LaneColumns};
use crate::snapshot::{Marker, Snapshot, TimelineRow};
use crate::units;

/// The header.
pub(crate) const COLUMNS: [&str; 18] = [
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
    "in_flight",
    "overdue",
    "p50_ns",
    "p90_ns",
    "p99_ns",
    "max_ns",
    "event",
];

#[derive(Debug, Serialize)]
struct Row {
    lane: LaneColumns,
    at_ns: u64,
    length_ns: u64,
    counts: [u64; 7],
    in_flight: u64,
    overdue: u64,
    latencies_ns: [Option<u64>; 4],
    event: String,
}

/// Writes the table.
pub(super) fn write(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    let timeline = &snapshot.timeline;
    let mut markers = timeline.markers();
    let last = timeline.rows().len().saturating_sub(1);
    let rows = timeline.rows().iter().enumerate().map(|(i, stretch)| {
        // A change after the last stretch belongs to the last one: nothing is left out.
        let until = if i == last { Duration::MAX } else { stretch.at + stretch.length };
        let (own, later) = markers.split_at(markers.partition_point(|marker| marker.at < until));
        markers = later;
        row(stretch, own)
    });
    table::write(&COLUMNS, rows, out)
}

fn row(stretch: &TimelineRow, changes: &[Marker]) -> Row {
    Row {
        lane: stretch.lane.map(LaneColumns::from).unwrap_or_default(),
        at_ns: units::nanos(stretch.at),
        length_ns: units::nanos(stretch.length),
        counts: stretch.counts.cells(),
        in_flight: stretch.in_flight,
        overdue: stretch.overdue,
        latencies_ns: [stretch.p50, stretch.p90, stretch.p99, stretch.max].map(|latency| latency.map(units::nanos)),
        event: changes.iter().map(|change| change.what.as_str()).collect::<Vec<_>>().join("; "),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::table::tests::{exported, number};
    use super::*;
    use crate::snapshot::{Timeline, fixture};

    #[test]
    fn a_change_stands_in_the_stretch_it_was_made_in() {
        let rows = exported(write, &fixture::finished());
        let changed: Vec<_> = rows.iter().filter(|row| !row["event"].is_empty()).collect();
        assert_eq!(changed.len(), 1);
        assert_eq!((number(changed[0], "at_ns"), &*changed[0]["event"]), (28_000_000_000, "observe → cancel"));
    }

    #[test]
    fn no_change_is_left_out_before_within_or_after_the_rows() {
        let mut timeline = Timeline::default();
        for s in 1..3 {
            let at = Duration::from_secs(s);
            timeline.push(TimelineRow { at, length: Duration::from_secs(1), ..TimelineRow::default() });
        }
        for (at, what) in [(0, "a"), (1, "b"), (2, "c, with a comma"), (9, "d")] {
            timeline.mark(Marker { at: Duration::from_secs(at), what: what.into() });
        }
        let rows = exported(write, &Snapshot { timeline: Arc::new(timeline), ..fixture::empty() });
        assert_eq!(rows.iter().map(|row| &*row["event"]).collect::<Vec<_>>(), ["a; b", "c, with a comma; d"]);
    }

    #[test]
    fn rows_add_up_and_say_their_units() {
        let snapshot = fixture::finished();
        let rows = exported(write, &snapshot);
        let sum = |column: &str| rows.iter().map(|row| number(row, column)).sum::<u64>();
        let timeline = snapshot.timeline.rows();
        assert_eq!(sum("spawned"), timeline.iter().map(|row| row.counts.spawned).sum::<u64>());
        assert_eq!(sum("missed"), timeline.iter().map(|row| row.counts.missed).sum::<u64>());
        assert_eq!(sum("length_ns"), 42_000_000_000);
        assert_eq!((&*rows[0]["on_timeout"], &*rows[41]["on_timeout"]), ("observe", "cancel"));
    }

    #[test]
    fn a_stretch_in_which_nothing_ended_has_no_latency() {
        let mut timeline = Timeline::default();
        timeline.push(TimelineRow::default());
        let rows = exported(write, &Snapshot { timeline: Arc::new(timeline), ..fixture::empty() });
        assert!(["on_timeout", "p50_ns", "max_ns"].iter().all(|&column| rows[0][column].is_empty()));
    }
}
