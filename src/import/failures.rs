//! `failures.csv`, read back: what errors and panics said, by lane.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::ImportError;
use super::file::{File, quoted};
use super::rows::{LaneCells, count, ending};
use crate::export::format::FAILURES;
use crate::ledger::{LaneKey, Message};

#[derive(Debug, Deserialize)]
struct Cells {
    on_timeout: String,
    deadline_ns: Option<u64>,
    ending: String,
    count: u64,
    first_ns: u64,
    last_ns: u64,
    message: String,
}

/// The rows of each lane.
pub(super) type Failures = BTreeMap<LaneKey, Vec<Message>>;

/// Reads the table.
pub(super) fn read(directory: &Path) -> Result<Failures, ImportError> {
    let file = File::read(directory, "failures.csv")?;
    let mut failures = Failures::new();
    for row in file.rows::<Cells>(&FAILURES)? {
        let cells = &row.cells;
        let lane = LaneCells { on_timeout: cells.on_timeout.clone(), deadline_ns: cells.deadline_ns };
        let lane = lane.key(&file, row.line)?.ok_or_else(|| file.wrong(row.line, "`on_timeout` is empty"))?;
        let ending = ending(&cells.ending).ok_or_else(|| {
            file.wrong(row.line, format!("`ending` is `{}`, which is none of ours", quoted(&cells.ending)))
        })?;
        failures.entry(lane).or_default().push(Message {
            ending,
            text: cells.message.as_str().into(),
            count: count(&file, &row, "count", cells.count)?,
            first_ns: cells.first_ns,
            last_ns: cells.last_ns,
        });
    }
    Ok(failures)
}
