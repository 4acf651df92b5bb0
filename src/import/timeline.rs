//! `timeline.csv`, read back. A change stands at the begin of the stretch it was made in.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::ImportError;
use super::file::{File, Row};
use super::heat::Stretches;
use super::rows::{LaneCells, count};
use crate::export::format::TIMELINE;
use crate::snapshot::{Counts, Marker, Timeline, TimelineRow};

#[derive(Debug, Deserialize)]
struct Cells {
    on_timeout: String,
    deadline_ns: Option<u64>,
    at_ns: u64,
    length_ns: u64,
    spawned: u64,
    done: u64,
    failed: u64,
    panicked: u64,
    cancelled: u64,
    on_time: u64,
    missed: u64,
    in_flight: u64,
    overdue: u64,
    p50_ns: Option<u64>,
    p90_ns: Option<u64>,
    p99_ns: Option<u64>,
    max_ns: Option<u64>,
    event: String,
}

/// Reads the table and takes the heat of each of its rows.
pub(super) fn read(directory: &Path, heat: &mut Stretches) -> Result<Timeline, ImportError> {
    let file = File::read(directory, "timeline.csv")?;
    let mut timeline = Timeline::default();
    for row in file.rows::<Cells>(&TIMELINE)? {
        let stretch = stretch(&file, &row)?;
        let stretch = TimelineRow { heat: heat.take(stretch.at), ..stretch };
        for what in row.cells.event.split("; ").filter(|what| !what.is_empty()) {
            timeline.mark(Marker { at: stretch.at, what: what.to_owned() });
        }
        timeline.push(stretch);
    }
    Ok(timeline)
}

fn stretch(file: &File, row: &Row<Cells>) -> Result<TimelineRow, ImportError> {
    let cells = &row.cells;
    let lane = LaneCells { on_timeout: cells.on_timeout.clone(), deadline_ns: cells.deadline_ns };
    let count = |column, value| count(file, row, column, value);
    let latency = |ns: Option<u64>| ns.map(Duration::from_nanos);
    Ok(TimelineRow {
        at: Duration::from_nanos(cells.at_ns),
        length: Duration::from_nanos(cells.length_ns),
        counts: Counts {
            spawned: count("spawned", cells.spawned)?,
            done: count("done", cells.done)?,
            failed: count("failed", cells.failed)?,
            panicked: count("panicked", cells.panicked)?,
            cancelled: count("cancelled", cells.cancelled)?,
            on_time: count("on_time", cells.on_time)?,
            missed: count("missed", cells.missed)?,
        },
        in_flight: count("in_flight", cells.in_flight)?,
        overdue: count("overdue", cells.overdue)?,
        p50: latency(cells.p50_ns),
        p90: latency(cells.p90_ns),
        p99: latency(cells.p99_ns),
        max: latency(cells.max_ns),
        lane: lane.key(file, row.line)?,
        ..TimelineRow::default()
    })
}
