//! `blame.csv` and `blame.folded`: where tasks were when their deadline passed.
//!
//! What `doing` is says what a row of the table counts: tasks at one place (`waiting`, `polled`, `not_started`); those that
//! ended late before they were seen (`unseen`), which with the places make all that timed out; or, beside those, a sample
//! of the waiting ones (`sampled`), with `await_points`: the lines of source from what they awaited outwards, with
//! semicolons between them. In the folded stacks, which tools for flame graphs read, the counts of the sample are raised
//! to all.

use std::io::{self, Write};

use serde::Serialize;

use super::table::{self, LaneColumns};
use crate::snapshot::{AwaitedAt, Blamed, Frame, Snapshot};

/// The header.
pub(crate) const COLUMNS: [&str; 6] = ["on_timeout", "deadline_ns", "step", "doing", "tasks", "await_points"];

/// What stands for `doing` where nobody saw the tasks, and in a row of the sample.
pub(crate) const UNSEEN: &str = "unseen";
pub(crate) const SAMPLED: &str = "sampled";

#[derive(Debug, Serialize)]
struct Row<'a> {
    lane: LaneColumns,
    step: &'a str,
    doing: &'static str,
    tasks: u64,
    await_points: String,
}

/// Writes the table.
pub(super) fn write(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    let places = snapshot.lanes.iter().flat_map(|lane| {
        lane.book.misses().rows().iter().map(move |row| Row {
            lane: lane.key.into(),
            step: row.step.as_deref().unwrap_or_default(),
            doing: row.doing.word(),
            tasks: row.count,
            await_points: String::new(),
        })
    });
    let sample = snapshot.awaits.rows.iter().map(|AwaitedAt { lane, step, frames, count }| Row {
        lane: (*lane).into(),
        step: step.as_deref().unwrap_or_default(),
        doing: SAMPLED,
        tasks: *count,
        await_points: frames.iter().map(point).collect::<Vec<_>>().join(";"),
    });
    let unseen = snapshot.lanes.iter().map(|lane| Row {
        lane: lane.key.into(),
        step: "",
        doing: UNSEEN,
        tasks: snapshot.blame(lane).unseen,
        await_points: String::new(),
    });
    table::write(&COLUMNS, places.chain(unseen.filter(|row| row.tasks > 0)).chain(sample), out)
}

fn point(Frame { file, line }: &Frame) -> String {
    format!("{}:{line}", file.replace(';', "_"))
}

/// Writes the folded stacks: outermost first, a count at the end of each line.
pub(super) fn write_folded(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    for lane in &snapshot.lanes {
        let blame = snapshot.blame(lane);
        for place in &blame.places {
            let Blamed { step, doing, count, lines } = place;
            let of = format!("{};{};{}", lane.key, entry(step.as_deref().unwrap_or("no step")), doing.word());
            if lines.is_empty() {
                writeln!(out, "{of} {count}")?;
            }
            for (frames, count) in lines.iter().filter(|(_, count)| *count > 0) {
                let stack: Vec<String> = frames.iter().rev().map(|frame| entry(&frame.to_string())).collect();
                writeln!(out, "{of};{} {count}", stack.join(";"))?;
            }
        }
        if blame.unseen > 0 {
            writeln!(out, "{};ended before they were seen {}", lane.key, blame.unseen)?;
        }
    }
    Ok(())
}

/// A name as it may stand in a stack.
fn entry(name: &str) -> String {
    name.chars().map(|c| if c == ';' || c.is_control() { '_' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::table::tests::{exported, number};
    use super::*;
    use crate::snapshot::fixture;

    #[test]
    fn the_places_of_a_lane_count_its_misses_and_the_sample_its_captures() {
        let snapshot = fixture::finished();
        let rows = exported(write, &snapshot);
        let sum = |pick: &dyn Fn(&super::super::table::tests::Row) -> bool| {
            rows.iter().filter(|row| pick(row)).map(|row| number(row, "tasks")).sum::<u64>()
        };
        for lane in &snapshot.lanes {
            let of_lane = sum(&|row| row["on_timeout"] == lane.key.policy.word() && row["doing"] != SAMPLED);
            assert_eq!(of_lane, lane.timed_out(), "{}", lane.key);
        }
        assert_eq!(sum(&|row| row["doing"] == SAMPLED), snapshot.awaits.captured);
        assert!(rows.iter().any(|row| row["await_points"] == "src/pool.rs:88;src/checkout.rs:41;src/main.rs:12"));
    }

    #[test]
    fn folded_stacks_count_every_missed_deadline_once() {
        let snapshot = fixture::finished();
        let mut out = Vec::new();
        write_folded(&snapshot, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let count = |line: &str| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap();
        for lane in &snapshot.lanes {
            let of_lane = text.lines().filter(|line| line.starts_with(&format!("{};", lane.key)));
            assert_eq!(of_lane.map(count).sum::<u64>(), lane.timed_out(), "{}", lane.key);
        }
        assert!(text.contains("query/acquire db;waiting;main.rs:12;checkout.rs:41;pool.rs:88 "), "{text}");
    }
}
