//! `failures.csv`: what errors and panics said, a text a row.
//!
//! `first_ns` and `last_ns` count from the start of the run, the warm-up included. Texts beyond a bound share one
//! row, so that the counts of an ending add up to those of the lane.

use std::io::{self, Write};

use serde::Serialize;

use super::table::{self, LaneColumns};
use crate::ledger::Message;
use crate::snapshot::Snapshot;

/// The header.
pub(crate) const COLUMNS: [&str; 7] =
    ["on_timeout", "deadline_ns", "ending", "count", "first_ns", "last_ns", "message"];

#[derive(Debug, Serialize)]
struct Row<'a> {
    lane: LaneColumns,
    ending: &'static str,
    count: u64,
    first_ns: u64,
    last_ns: u64,
    message: &'a str,
}

/// Writes the table.
pub(super) fn write(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    let rows = snapshot.lanes.iter().flat_map(|lane| {
        lane.book.messages().rows().iter().map(move |Message { ending, text, count, first_ns, last_ns }| Row {
            lane: lane.key.into(),
            ending: ending.word(),
            count: *count,
            first_ns: *first_ns,
            last_ns: *last_ns,
            message: text,
        })
    });
    table::write(&COLUMNS, rows, out)
}

#[cfg(test)]
mod tests {
    use super::super::table::tests::{exported, number};
    use super::*;
    use crate::outcome::Ending;
    use crate::snapshot::fixture;

    #[test]
    fn every_failure_is_in_one_row_of_its_lane() {
        let snapshot = fixture::finished();
        let rows = exported(write, &snapshot);
        for lane in &snapshot.lanes {
            for (ending, expected) in [(Ending::Failed, lane.failed()), (Ending::Panicked, lane.panicked())] {
                let of_lane = rows.iter().filter(|row| row["on_timeout"] == lane.key.policy.word());
                let of_ending = of_lane.filter(|row| row["ending"] == ending.word());
                assert_eq!(of_ending.map(|row| number(row, "count")).sum::<u64>(), expected, "{ending}");
            }
        }
    }
}
