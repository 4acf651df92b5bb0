//! `cancelled_tasks.csv`: the tasks cancelled last, one by one, late or not: who asked and when, and when they were gone.
//!
//! At most [`KEPT`](crate::ledger::KEPT) of each lane; `cancellations.csv` counts them all. Instants are nanoseconds
//! since the start of the run.

use std::io::{self, Write};

use serde::Serialize;

use super::table::{self, LaneColumns};
use crate::ledger::CancelledTask;
use crate::snapshot::{LaneView, Snapshot};

/// The header.
pub(crate) const COLUMNS: [&str; 9] = [
    "on_timeout",
    "deadline_ns",
    "task",
    "cancelled_by",
    "lateness",
    "requested_at_ns",
    "ended_at_ns",
    "age_ns",
    "step",
];

#[derive(Debug, Serialize)]
struct Row<'a> {
    lane: LaneColumns,
    task: u64,
    cancelled_by: &'static str,
    lateness: &'static str,
    requested_at_ns: Option<u64>,
    ended_at_ns: u64,
    age_ns: u64,
    step: Option<&'a str>,
}

/// Writes the table.
pub(super) fn write(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    table::write(&COLUMNS, snapshot.lanes.iter().flat_map(rows), out)
}

fn rows(lane: &LaneView) -> impl Iterator<Item = Row<'_>> {
    lane.book.cancels().latest().map(|task| row(lane.key.into(), task))
}

fn row(lane: LaneColumns, task: &CancelledTask) -> Row<'_> {
    Row {
        lane,
        task: task.task,
        cancelled_by: task.reason.word(),
        lateness: task.lateness.word(),
        requested_at_ns: task.requested_at_ns,
        ended_at_ns: task.ended_at_ns,
        age_ns: task.age_ns,
        step: task.step.as_deref(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::tests::{exported, number};
    use super::*;
    use crate::ledger::KEPT;
    use crate::snapshot::fixture;

    #[test]
    fn every_cancelled_task_that_is_remembered_says_who_asked_when_and_when_it_was_gone() {
        let snapshot = fixture::finished();
        let rows = exported(write, &snapshot);
        for lane in &snapshot.lanes {
            let of_lane: Vec<_> = rows.iter().filter(|row| row["on_timeout"] == lane.key.policy.word()).collect();
            assert_eq!(of_lane.len() as u64, lane.cancelled().min(KEPT as u64), "{}", lane.key);
            for row in of_lane {
                assert_eq!(row["cancelled_by"], "deadline");
                assert!(number(row, "requested_at_ns") <= number(row, "ended_at_ns"), "{row:?}");
            }
        }
    }
}
