//! `heat.csv`, read back: the cells of each stretch of the timeline. Runs of an early tardy have no such file.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::ImportError;
use super::file::{File, Row};
use super::rows::LaneCells;
use crate::export::format::HEAT;
use crate::ledger::LaneKey;
use crate::snapshot::{Heat, HeatCell};
use crate::units;

#[derive(Debug, Deserialize)]
struct Cells {
    on_timeout: String,
    deadline_ns: Option<u64>,
    at_ns: u64,
    low_ns: u64,
    high_ns: u64,
    observed: u32,
    censored: u32,
}

/// The cells of each stretch that were not asked for yet.
#[derive(Debug, Default)]
pub(super) struct Stretches {
    file: Option<File>,
    /// By the stretch's begin: the first of its lines, and its cells.
    by_begin: BTreeMap<Duration, (u64, Vec<(LaneKey, HeatCell)>)>,
}

impl Stretches {
    /// Reads the table, where there is one; it may name these lanes.
    pub(super) fn read(directory: &Path, lanes: &[LaneKey]) -> Result<Self, ImportError> {
        let Some(file) = File::read_if_there(directory, "heat.csv")? else { return Ok(Self::default()) };
        let mut by_begin = BTreeMap::<_, (u64, Vec<_>)>::new();
        for row in file.rows::<Cells>(&HEAT)? {
            let cell = cell(&file, &row, lanes)?;
            let begin = Duration::from_nanos(row.cells.at_ns);
            by_begin.entry(begin).or_insert_with(|| (row.line, Vec::new())).1.push(cell);
        }
        Ok(Self { file: Some(file), by_begin })
    }

    /// Takes the heat of the stretch that begins here.
    pub(super) fn take(&mut self, begin: Duration) -> Heat {
        let cells = self.by_begin.remove(&begin).map(|(_, cells)| cells);
        Heat::from_cells(cells.unwrap_or_default())
    }

    /// Refuses what belongs to no stretch.
    pub(super) fn finish(self) -> Result<(), ImportError> {
        match (self.file, self.by_begin.first_key_value()) {
            (Some(file), Some((begin, (line, _)))) => {
                let begin = units::nanos(*begin);
                Err(file.wrong(*line, format!("`at_ns` is `{begin}`, and no row of `timeline.csv` begins there")))
            }
            _ => Ok(()),
        }
    }
}

fn cell(file: &File, row: &Row<Cells>, lanes: &[LaneKey]) -> Result<(LaneKey, HeatCell), ImportError> {
    let cells = &row.cells;
    let lane = LaneCells { on_timeout: cells.on_timeout.clone(), deadline_ns: cells.deadline_ns };
    let lane = lane.key(file, row.line)?.filter(|lane| lanes.contains(lane));
    let lane = lane.ok_or_else(|| file.wrong(row.line, "there is no such lane in `summary.json`"))?;
    let at = Heat::place(Duration::from_nanos(cells.low_ns));
    let cell = HeatCell::new(at, cells.observed.into(), cells.censored.into());
    for (column, found, expected) in [("low_ns", cells.low_ns, cell.low), ("high_ns", cells.high_ns, cell.high)] {
        let expected = units::nanos(expected);
        if found != expected {
            let message = format!("`{column}` is `{found}`, expected `{expected}`, an edge of the grid");
            return Err(file.wrong(row.line, message));
        }
    }
    Ok((lane, cell))
}
