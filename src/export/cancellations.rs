//! `cancellations.csv`: who asked for cancellations, and what came of it; one row for each who asked.
//!
//! `asked = cancelled + too_late + pending`, but for `dropped`, which nobody asked for. `too_late` counts tasks that
//! ended otherwise, `pending` those that were still in flight; `shutdown` asks whoever was when the run ended, and so
//! all of its requests are pending. `blocking_left` counts calls on blocking threads that went on when their task was
//! dropped, `blocking` those that still did, and `blocking_ns` is how long the others had.

use std::io::{self, Write};

use serde::Serialize;

use super::table::{self, LaneColumns};
use crate::snapshot::{LaneView, Snapshot};

/// The header.
pub(crate) const COLUMNS: [&str; 10] = [
    "on_timeout",
    "deadline_ns",
    "reason",
    "asked",
    "cancelled",
    "too_late",
    "pending",
    "blocking_left",
    "blocking",
    "blocking_ns",
];

/// How many of them an early tardy wrote.
pub(crate) const EARLY_COLUMNS: usize = 7;

#[derive(Debug, Serialize)]
struct Row {
    lane: LaneColumns,
    reason: &'static str,
    asked: u64,
    cancelled: u64,
    too_late: u64,
    pending: u64,
    blocking_left: u64,
    blocking: u64,
    blocking_ns: u64,
}

/// Writes the table.
pub(super) fn write(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    table::write(&COLUMNS, snapshot.lanes.iter().flat_map(rows), out)
}

fn rows(lane: &LaneView) -> impl Iterator<Item = Row> {
    lane.book.cancels().rows().map(|(reason, of)| Row {
        lane: lane.key.into(),
        reason: reason.word(),
        asked: of.asked,
        cancelled: of.cancelled,
        too_late: of.too_late,
        pending: of.pending(),
        blocking_left: of.blocking_left,
        blocking: of.blocking(),
        blocking_ns: u64::try_from(of.blocking_ns).unwrap_or(u64::MAX),
    })
}

#[cfg(test)]
mod tests {
    use super::super::table::tests::{exported, number};
    use super::*;
    use crate::snapshot::fixture;

    #[test]
    fn every_cancelled_task_has_somebody_who_asked() {
        let snapshot = fixture::finished();
        let rows = exported(write, &snapshot);
        for lane in &snapshot.lanes {
            let of_lane = rows.iter().filter(|row| row["on_timeout"] == lane.key.policy.word());
            assert_eq!(of_lane.map(|row| number(row, "cancelled")).sum::<u64>(), lane.cancelled(), "{}", lane.key);
        }
        for row in &rows {
            let parts = ["cancelled", "too_late", "pending"].map(|column| number(row, column));
            assert_eq!(number(row, "asked"), parts.iter().sum::<u64>(), "{row:?}");
        }
    }
}
