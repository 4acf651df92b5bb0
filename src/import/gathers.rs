//! `gathers.csv`, read back: which child was the slowest how often; everything else in it is in the summary too.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::ImportError;
use super::file::{File, quoted};
use super::rows::{LaneCells, count};
use crate::export::format::GATHERS;
use crate::ledger::LaneKey;

#[derive(Debug, Deserialize)]
struct Cells {
    on_timeout: String,
    deadline_ns: Option<u64>,
    measure: String,
    of: String,
    value: u64,
}

/// How often each child of each lane was the last to end, by its index.
pub(super) type Slowest = BTreeMap<LaneKey, Vec<u64>>;

/// Reads the table.
pub(super) fn read(directory: &Path) -> Result<Slowest, ImportError> {
    let file = File::read(directory, "gathers.csv")?;
    let mut slowest = Slowest::new();
    for row in file.rows::<Cells>(&GATHERS)? {
        let cells = &row.cells;
        if cells.measure != "slowest" {
            continue;
        }
        let lane = LaneCells { on_timeout: cells.on_timeout.clone(), deadline_ns: cells.deadline_ns };
        let lane = lane.key(&file, row.line)?.ok_or_else(|| file.wrong(row.line, "`on_timeout` is empty"))?;
        let times = slowest.entry(lane).or_default();
        // In order, so that no index asks for room that no rows fill.
        if cells.of != times.len().to_string() {
            let message = format!("`of` is `{}`, expected the next child, {}", quoted(&cells.of), times.len());
            return Err(file.wrong(row.line, message));
        }
        times.push(count(&file, &row, "value", cells.value)?);
    }
    Ok(slowest)
}
