//! `late_tasks.csv`: the late tasks a run remembers one by one.
//!
//! Of those that ended, the latest and the worst of each lane, worst first; then those that were overdue
//! when the file was written, whose `ending` is `unfinished` (`in_flight` while the run goes on) and whose
//! `age_ns` goes on. `ended_at_ns` counts from the start of the run, the warm-up included. The
//! numbers are a sample kept in bounded memory: `summary.json` has the counts.

use std::io::{self, Write};

use serde::Serialize;

use super::table::{self, LaneColumns};
use crate::ledger::{LateTask, LateTasks};
use crate::snapshot::{LaneView, OverdueTask, Snapshot};
use crate::units;

/// The header.
pub(crate) const COLUMNS: [&str; 14] = [
    "on_timeout",
    "deadline_ns",
    "task",
    "ending",
    "cancelled_by",
    "kept_as",
    "ended_at_ns",
    "age_ns",
    "overrun_ns",
    "start_delay_ns",
    "busy_ns",
    "polls",
    "step",
    "cancel_lag_ns",
];

#[derive(Debug, Serialize)]
struct Row<'a> {
    lane: LaneColumns,
    task: u64,
    ending: &'static str,
    cancelled_by: Option<&'static str>,
    kept_as: &'static str,
    /// Since the start of the run.
    ended_at_ns: Option<u64>,
    /// From its spawn to its end, or until now.
    age_ns: u64,
    overrun_ns: u64,
    start_delay_ns: Option<u64>,
    busy_ns: u64,
    polls: u32,
    step: Option<&'a str>,
    /// From the request to the drop.
    cancel_lag_ns: Option<u64>,
}

/// Writes the table.
pub(super) fn write(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    let ended = snapshot.lanes.iter().flat_map(ended_rows);
    let overdue = snapshot.overdue.iter().map(|task| overdue_row(task, snapshot.is_finished()));
    table::write(&COLUMNS, ended.chain(overdue), out)
}

fn ended_rows(lane: &LaneView) -> Vec<Row<'_>> {
    let kept = lane.book.late();
    let latest_only = kept.latest().filter(|task| !is_worst(kept, task.task));
    let mut rows: Vec<_> = kept.worst().iter().chain(latest_only).map(|task| ended_row(lane, task)).collect();
    rows.sort_by_key(|row| (std::cmp::Reverse(row.overrun_ns), row.task));
    rows
}

fn is_worst(kept: &LateTasks, task: u64) -> bool {
    kept.worst().iter().any(|worst| worst.task == task)
}

fn ended_row<'a>(lane: &LaneView, task: &'a LateTask) -> Row<'a> {
    let kept = lane.book.late();
    let is_latest = kept.latest().any(|latest| latest.task == task.task);
    Row {
        lane: lane.key.into(),
        task: task.task,
        ending: task.ending.word(),
        cancelled_by: task.reason.map(crate::outcome::CancelReason::word),
        kept_as: match (is_latest, is_worst(kept, task.task)) {
            (true, true) => "latest and worst",
            (true, false) => "latest",
            _ => "worst",
        },
        ended_at_ns: Some(task.at_ns),
        age_ns: task.service_ns,
        overrun_ns: task.overrun_ns,
        start_delay_ns: task.start_delay_ns,
        busy_ns: task.busy_ns,
        polls: task.polls,
        step: task.step.as_deref(),
        cancel_lag_ns: task.cancel_lag_ns,
    }
}

fn overdue_row(task: &OverdueTask, finished: bool) -> Row<'_> {
    Row {
        lane: task.lane.into(),
        task: task.task,
        ending: if finished { "unfinished" } else { "in_flight" },
        cancelled_by: None,
        kept_as: "overdue",
        ended_at_ns: None,
        age_ns: units::nanos(task.age),
        overrun_ns: units::nanos(task.overrun),
        start_delay_ns: None,
        busy_ns: units::nanos(task.busy),
        polls: task.polls,
        step: task.step.as_deref(),
        cancel_lag_ns: None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::table::tests::{exported, number};
    use super::*;
    use crate::ledger::KEPT;
    use crate::snapshot::fixture;

    #[test]
    fn every_late_task_that_is_remembered_has_one_row() {
        let snapshot = fixture::finished();
        let rows = exported(write, &snapshot);
        for lane in &snapshot.lanes {
            let kept: HashSet<u64> =
                lane.book.late().latest().chain(lane.book.late().worst()).map(|task| task.task).collect();
            let of_lane = rows.iter().filter(|row| row["on_timeout"] == lane.key.policy.word());
            let ended: Vec<u64> =
                of_lane.filter(|row| row["kept_as"] != "overdue").map(|row| number(row, "task")).collect();
            assert!(ended.len() <= 2 * KEPT);
            assert_eq!((ended.len(), ended.into_iter().collect::<HashSet<_>>()), (kept.len(), kept));
        }
    }

    #[test]
    fn the_worst_come_first_and_are_late() {
        let rows = exported(write, &fixture::finished());
        let observe = rows.iter().filter(|row| row["on_timeout"] == "observe" && row["kept_as"] != "overdue");
        let overruns: Vec<u64> = observe.map(|row| number(row, "overrun_ns")).collect();
        assert!(overruns.iter().is_sorted_by(|a, b| a >= b) && overruns.iter().all(|&ns| ns > 0));
    }

    #[test]
    fn what_is_overdue_is_in_flight_first_and_unfinished_once_the_books_are_closed() {
        for (snapshot, ending) in [(fixture::live(), "in_flight"), (fixture::finished(), "unfinished")] {
            let rows = exported(write, &snapshot);
            let overdue: Vec<_> = rows.iter().filter(|row| row["kept_as"] == "overdue").collect();
            assert_eq!(overdue.len(), snapshot.overdue.len());
            assert!(overdue.iter().all(|row| row["ending"] == ending));
            let steps = snapshot.overdue.iter().map(|task| task.step.as_deref().unwrap_or_default());
            assert!(overdue.iter().map(|row| &row["step"]).eq(steps));
        }
    }

    #[test]
    fn a_cancelled_task_says_who_asked() {
        let rows = exported(write, &fixture::finished());
        let cancelled = rows.iter().filter(|row| row["ending"] == "cancelled");
        assert!(cancelled.clone().count() > 0 && cancelled.into_iter().all(|row| row["cancelled_by"] == "deadline"));
    }
}
