//! One file of a run: its text, and its rows where it is a table.
//!
//! Owns reading with every way a file can be no text or no such table. It must not know what the rows mean.

use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::ImportError;
use crate::scenario::ScenarioError;

/// The largest file that is read, in bytes: a run of a day has less.
pub(super) const LARGEST: u64 = 64 << 20;

/// The longest value that is quoted, in characters.
const LONGEST: usize = 60;

/// What to do about a file that is no run's.
pub(super) const WRITE_AGAIN: &str = "write the run's files again, or run its `scenario.toml` again";

/// The text of a file.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    text: String,
}

/// A row of a table and the line it stands in.
#[derive(Debug)]
pub(super) struct Row<R> {
    pub(super) line: u64,
    pub(super) cells: R,
}

impl File {
    /// Reads the file called `name` in `directory`.
    pub(super) fn read(directory: &Path, name: &str) -> Result<Self, ImportError> {
        let path = directory.join(name);
        let bytes = read_bytes(&path, LARGEST)?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self { path, text }),
            Err(wrong) => {
                let at = wrong.utf8_error().valid_up_to();
                let byte = wrong.as_bytes()[at];
                Err(refused(&path, format!("the byte 0x{byte:02x} at {at} is no UTF-8"), WRITE_AGAIN))
            }
        }
    }

    /// Reads the file called `name` in `directory`; `None` where there is none.
    pub(super) fn read_if_there(directory: &Path, name: &str) -> Result<Option<Self>, ImportError> {
        let is_missing = fs::symlink_metadata(directory.join(name)).is_err_and(|e| e.kind() == ErrorKind::NotFound);
        if is_missing { Ok(None) } else { Self::read(directory, name).map(Some) }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// What is wrong in a line of it.
    pub(super) fn wrong(&self, line: impl Into<Option<u64>>, message: impl Into<String>) -> ImportError {
        let (line, message) = (line.into(), message.into());
        ImportError { path: self.path.clone(), line, message, help: WRITE_AGAIN.to_owned() }
    }

    /// The scenario in it is none.
    pub(super) fn invalid(&self, error: &ScenarioError) -> ImportError {
        let told = match error {
            ScenarioError::Invalid(invalid) => invalid.complaints.first().map(ToString::to_string),
            _ => None,
        };
        let help = format!("`tardy check {}` says all of it", self.path.display());
        let message = told.unwrap_or_else(|| error.to_string());
        ImportError { path: self.path.clone(), line: None, message, help }
    }

    /// The rows of a table with this header.
    pub(super) fn rows<R: DeserializeOwned>(&self, columns: &[&str]) -> Result<Vec<Row<R>>, ImportError> {
        let mut reader = csv::Reader::from_reader(self.text.as_bytes());
        let headers = reader.headers().map_err(|error| self.no_row(&error))?.clone();
        let pairs = headers.iter().map(Some).chain(std::iter::repeat(None)).zip(columns).enumerate();
        if let Some((at, (found, expected))) =
            pairs.into_iter().find(|(_, (found, expected))| *found != Some(**expected))
        {
            let found = found.map_or_else(|| "missing".to_owned(), |found| format!("`{}`", quoted(found)));
            return Err(self.wrong(1, format!("column {} is {found}, expected `{expected}`", at + 1)));
        }
        if let Some(more) = headers.get(columns.len()) {
            return Err(self.wrong(1, format!("there is a column `{}` too many", quoted(more))));
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| self.no_row(&error))?;
            let line = record.position().map_or(0, csv::Position::line);
            let cells = record
                .deserialize(Some(&headers))
                .map_err(|error| self.wrong(line, told(&error, &headers, &record)))?;
            rows.push(Row { line, cells });
        }
        Ok(rows)
    }

    fn no_row(&self, error: &csv::Error) -> ImportError {
        let line = error.position().map(csv::Position::line);
        let message = match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                format!("the row has {len} cells, expected {expected_len}")
            }
            _ => error.to_string(),
        };
        self.wrong(line, message)
    }
}

/// All of a file that has no more bytes than the `largest`.
pub(super) fn read_bytes(path: &Path, largest: u64) -> Result<Vec<u8>, ImportError> {
    let mut bytes = Vec::new();
    if let Err(error) = open(path).and_then(|file| file.take(largest + 1).read_to_end(&mut bytes)) {
        let help = "expected a directory that `--out` or the key `e` wrote, with all of its files";
        return Err(refused(path, format!("cannot be read: {error}"), help));
    }
    if bytes.len() as u64 > largest {
        return Err(refused(path, format!("has more than {largest} bytes, and no run's file has"), WRITE_AGAIN));
    }
    Ok(bytes)
}

/// The first bytes of a file, `most` at the most.
pub(super) fn read_begin(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn refused(path: &Path, message: String, help: &str) -> ImportError {
    ImportError { path: path.to_owned(), line: None, message, help: help.to_owned() }
}

/// Opens a file for reading: nothing else, for whoever opens a pipe waits until somebody writes.
fn open(path: &Path) -> io::Result<fs::File> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    fs::File::open(path)
}

/// Which cell is wrong, and how.
fn told(error: &csv::Error, headers: &csv::StringRecord, record: &csv::StringRecord) -> String {
    if let csv::ErrorKind::Deserialize { err, .. } = error.kind()
        && let Some(field) = err.field().and_then(|field| usize::try_from(field).ok())
        && let (Some(column), Some(value)) = (headers.get(field), record.get(field))
    {
        return format!("`{column}` is `{}`: {}", quoted(value), err.kind());
    }
    error.to_string()
}

/// A value as it may stand in a message.
pub(super) fn quoted(value: &str) -> String {
    value.chars().map(|c| if c.is_control() { '?' } else { c }).take(LONGEST).collect()
}
