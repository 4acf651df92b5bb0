//! Reading a sweep's directory back: what it was to do, and which of its runs are finished.
//!
//! A run is finished when it has its row and its directory, and the scenario in there is the one that would run now.
//! Without a row it was cut short while its files were written, without files somebody took them away: either way it is
//! run again. With another scenario the sweep's own files were changed since, and nothing is continued.

use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::SystemTime;

use csv::{Reader, StringRecord};

use super::files::{self, RUNS, RUNS_TABLE, SCENARIO, SWEEP};
use super::grid::{Grid, Visit};
use super::point::Finished;
use super::{SweepError, order, source, table};
use crate::document::{ReadError, read_text};
use crate::scenario::{Overrides, Plan, Source};

/// What the sweep in `directory` is to do.
pub(super) fn description(directory: &Path) -> Result<(Plan, Grid), SweepError> {
    let grid = files::read(&directory.join(SWEEP), &text(&directory.join(SWEEP))?)?;
    let path = directory.join(SCENARIO);
    let source = Source::new(path.display().to_string(), text(&path)?);
    let base = Plan::new(source, &Overrides::default())?;
    grid.check(&base)?;
    Ok((base, grid))
}

/// The scenario of the sweep in `directory` and when that was begun; `None` where there is none.
pub fn glance(directory: &Path) -> Option<(String, SystemTime)> {
    let began = fs::metadata(directory.join(SWEEP)).ok().filter(fs::Metadata::is_file)?.modified().ok()?;
    let text = text(&directory.join(SCENARIO)).ok()?;
    let base = Plan::new(Source::new(SCENARIO, text), &Overrides::default()).ok()?;
    Some((base.name, began))
}

/// The runs in `directory` that need not be run again.
pub(super) fn finished(directory: &Path, base: &Plan, grid: &Grid) -> Result<Vec<Finished>, SweepError> {
    let visits: HashMap<String, Visit> =
        order::visits(grid, base.run.seed).into_iter().map(|visit| (visit.name(), visit)).collect();
    let source = source(base);
    let mut finished = Vec::new();
    for (name, measured) in rows(&directory.join(RUNS_TABLE))? {
        let changed = || SweepError::Changed { path: directory.to_owned(), run: name.clone() };
        let visit = *visits.get(&name).ok_or_else(changed)?;
        match fs::read_to_string(directory.join(RUNS).join(&name).join(SCENARIO)) {
            _ if measured.is_err() => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Ok(text) if *text == *visit.plan(&source, base.run.seed)?.resolved => {
                finished.push(Finished { visit, measured });
            }
            _ => return Err(changed()),
        }
    }
    Ok(finished)
}

/// The rows of `sweep.csv`; none before a run was finished.
fn rows(path: &Path) -> Result<Vec<table::Row>, SweepError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(SweepError::Unreadable { path: path.to_owned(), message: error.to_string() }),
    };
    let wrong = |line, message| SweepError::Table { path: path.to_owned(), line, message };
    let mut reader = Reader::from_reader(&*bytes);
    let header = reader.headers().map_err(|error| wrong(1, error.to_string()))?;
    if header != table::run_columns() {
        return Err(wrong(1, "the columns are not those of a sweep".to_owned()));
    }
    let row = |record: Result<StringRecord, csv::Error>| {
        let line = |position: Option<&csv::Position>| position.map_or(0, csv::Position::line);
        let record = record.map_err(|error| wrong(line(error.position()), error.to_string()))?;
        table::row(&record).map_err(|message| wrong(line(record.position()), message))
    };
    reader.records().map(row).collect()
}

fn text(path: &Path) -> Result<String, SweepError> {
    read_text(path, &path.display().to_string(), "sweep").map_err(|error| {
        let unreadable = |message| SweepError::Unreadable { path: path.to_owned(), message };
        match error {
            ReadError::Io(error) => unreadable(error.to_string()),
            ReadError::TooLarge => unreadable("it is too large".to_owned()),
            ReadError::NotText(invalid) => invalid.into(),
        }
    })
}
