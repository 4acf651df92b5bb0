//! `causes.csv`: where the time of tasks went that ended on time, and of those that ended late.
//!
//! `cause` is `all`, one of its parts (`start_delay`, `scheduled`, `busy`, `waiting`), or `step` for what was spent in
//! the innermost step called `step`. Two rows say how it is known: `never_polled` is the part of the start delay of
//! tasks that ended without a poll, and `followed` the sample that `scheduled` is estimated from. `tasks` counts the
//! tasks that the time is the sum of, where that is known.

use std::io::{self, Write};

use serde::Serialize;

use super::table::{self, LaneColumns};
use crate::outcome::Lateness;
use crate::snapshot::{Cause, LaneView, Snapshot};
use crate::units::nanos;

/// The header.
pub(crate) const COLUMNS: [&str; 7] = ["on_timeout", "deadline_ns", "lateness", "cause", "step", "tasks", "time_ns"];

#[derive(Debug, Serialize)]
struct Row<'a> {
    lane: LaneColumns,
    lateness: &'static str,
    cause: &'static str,
    step: &'a str,
    tasks: Option<u64>,
    time_ns: u64,
}

/// Writes the table.
pub(super) fn write(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    let rows = snapshot.lanes.iter().flat_map(|lane| [Lateness::OnTime, Lateness::Late].map(|of| rows(lane, of)));
    table::write(&COLUMNS, rows.flatten(), out)
}

fn rows(lane: &LaneView, lateness: Lateness) -> Vec<Row<'_>> {
    let causes = lane.causes(lateness);
    let row = |cause, step, tasks, time_ns| Row {
        lane: lane.key.into(),
        lateness: lateness.word(),
        cause,
        step,
        tasks,
        time_ns,
    };
    let part = |cause: Cause| row(column(cause), "", None, nanos(causes.of(cause)));
    let followed = lane.book.followed(lateness);
    let mut rows = vec![row("all", "", Some(causes.tasks), nanos(causes.total))];
    rows.extend(Cause::ALL.map(part));
    rows.push(row("never_polled", "", None, narrow(lane.book.unstarted_ns(lateness))));
    rows.push(row("followed", "", Some(followed.tasks), narrow(followed.scheduled_ns)));
    let spent = lane.book.steps().iter().map(|step| (&*step.name, narrow(step.spent_ns(lateness))));
    rows.extend(spent.filter(|(_, ns)| *ns > 0).map(|(name, ns)| row("step", name, None, ns)));
    rows
}

const fn column(cause: Cause) -> &'static str {
    match cause {
        Cause::StartDelay => "start_delay",
        Cause::Scheduled => "scheduled",
        Cause::Busy => "busy",
        Cause::Waiting => "waiting",
    }
}

fn narrow(ns: u128) -> u64 {
    u64::try_from(ns).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::table::tests::{exported, number};
    use super::*;
    use crate::snapshot::fixture;

    #[test]
    fn the_parts_of_each_lane_and_lateness_add_up_to_all() {
        let snapshot = fixture::finished();
        let rows = exported(write, &snapshot);
        for lane in &snapshot.lanes {
            for lateness in [Lateness::OnTime, Lateness::Late] {
                let of = |row: &&_| {
                    let row: &super::super::table::tests::Row = row;
                    row["on_timeout"] == lane.key.policy.word() && row["lateness"] == lateness.word()
                };
                let time = |cause: &str| {
                    rows.iter().filter(of).find(|row| row["cause"] == cause).map_or(0, |row| number(row, "time_ns"))
                };
                let parts = Cause::ALL.map(|cause| time(column(cause)));
                assert_eq!(parts.iter().sum::<u64>(), time("all"), "{} {}", lane.key, lateness.word());
                assert!(time("all") > 0 && time("never_polled") <= time("start_delay"));
            }
        }
    }
}
