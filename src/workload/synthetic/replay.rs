//! Latencies recorded elsewhere: one CSV line is the latency, and the ending, of one task.
//!
//! Owns the format of a recording. It must not know where the file lies nor what a task does with a row.

use std::str::FromStr;
use std::time::Duration;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::latency::{Draw, Fault, LONGEST};
use crate::outcome::Ending;
use crate::units::{UnitError, exact, parse_duration};

/// The largest recording that is read: a million rows or more.
const MAX_BYTES: usize = 16 << 20;

/// The rows of a recording, in their order; there is at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::workload) struct Recording {
    rows: Box<[Draw]>,
}

/// Why a file is no recording.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReplayError {
    /// It is larger than what is read.
    #[error("has {0} bytes; expected at most {MAX_BYTES}")]
    TooLarge(usize),
    /// It is not text.
    #[error("is not UTF-8 text")]
    NotText,
    /// Its first line names no latency.
    #[error("has no column `latency` or `latency_ns` in its first line")]
    NoHeader,
    /// It has a header and nothing else, or not even that.
    #[error("is empty; expected a header with `latency`, then a line for each task")]
    Empty,
    /// A line is wrong.
    #[error("line {line}: {reason}")]
    Line {
        /// Its number, counted from one.
        line: usize,
        /// What is wrong with it.
        reason: LineError,
    },
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
pub(super) enum LineError {
    /// It has fewer columns than the header says.
    #[error("the column `{0}` is missing")]
    Missing(&'static str),
    /// `latency` is no duration.
    #[error(transparent)]
    Duration(#[from] UnitError),
    /// `latency_ns` is no whole number.
    #[error("`{0}` is no whole number of nanoseconds")]
    Nanos(String),
    /// A latency no sleep reaches.
    #[error("`{}` is too long; expected at most {}", .0, exact(LONGEST))]
    TooLong(String),
    /// A task ends otherwise.
    #[error("`{0}` is no ending; expected `done`, `failed` or `panicked`")]
    Ending(String),
    /// It is not CSV.
    #[error("is not CSV: {0}")]
    Csv(String),
}

impl Recording {
    /// Reads a recording: a header with `latency` (`12.5ms`) or `latency_ns` (`12500000`) and, if there is one,
    /// `ending`; other columns are passed over, and so are empty lines.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, ReplayError> {
        if bytes.len() > MAX_BYTES {
            return Err(ReplayError::TooLarge(bytes.len()));
        }
        let text = std::str::from_utf8(bytes).ok().ok_or(ReplayError::NotText)?;
        if text.trim().is_empty() {
            return Err(ReplayError::Empty);
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = ReaderBuilder::new().trim(Trim::All).flexible(true).from_reader(text.as_bytes());
        let columns = reader.headers().ok().and_then(Columns::find).ok_or(ReplayError::NoHeader)?;
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| wrong(text, error.position(), LineError::Csv(error.to_string())))?;
            rows.push(columns.draw(&record).map_err(|reason| wrong(text, record.position(), reason))?);
        }
        if rows.is_empty() { Err(ReplayError::Empty) } else { Ok(Self { rows: rows.into() }) }
    }

    /// The row of the task with this number; the first row follows the last.
    pub(super) fn row(&self, number: u64) -> Draw {
        #[expect(clippy::cast_possible_truncation, reason = "less than the length, which is a usize")]
        let index = (number % self.rows.len() as u64) as usize;
        self.rows[index]
    }
}

/// The complaint about the line at `position`, or below it: csv counts the empty lines before a line as its own.
fn wrong(text: &str, position: Option<&csv::Position>, reason: LineError) -> ReplayError {
    let from = position.and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or_default();
    let rest = text.get(from..).unwrap_or_default().trim_start_matches(['\r', '\n']);
    let line = 1 + text[..text.len() - rest.len()].matches('\n').count();
    ReplayError::Line { line, reason }
}

/// Where in a line the values stand.
struct Columns {
    latency: usize,
    in_nanos: bool,
    ending: Option<usize>,
}

impl Columns {
    fn find(header: &StringRecord) -> Option<Self> {
        let column = |name: &str| header.iter().position(|h| h == name);
        let with_unit = column("latency");
        Some(Self {
            latency: with_unit.or_else(|| column("latency_ns"))?,
            in_nanos: with_unit.is_none(),
            ending: column("ending"),
        })
    }

    fn draw(&self, record: &StringRecord) -> Result<Draw, LineError> {
        Ok(Draw { latency: self.latency(record)?, fault: self.fault(record)? })
    }

    fn latency(&self, record: &StringRecord) -> Result<Duration, LineError> {
        let name = if self.in_nanos { "latency_ns" } else { "latency" };
        let text = record.get(self.latency).ok_or(LineError::Missing(name))?;
        let latency = if self.in_nanos {
            u64::from_str(text).map(Duration::from_nanos).ok().ok_or_else(|| LineError::Nanos(text.to_owned()))?
        } else {
            parse_duration(text)?
        };
        if latency > LONGEST { Err(LineError::TooLong(text.to_owned())) } else { Ok(latency) }
    }

    fn fault(&self, record: &StringRecord) -> Result<Option<Fault>, LineError> {
        let Some(column) = self.ending else { return Ok(None) };
        let text = record.get(column).ok_or(LineError::Missing("ending"))?;
        match Ending::ALL.into_iter().find(|ending| ending.word() == text) {
            Some(Ending::Done) => Ok(None),
            Some(Ending::Failed) => Ok(Some(Fault::Fail)),
            Some(Ending::Panicked) => Ok(Some(Fault::Panic)),
            Some(Ending::Cancelled) | None => Err(LineError::Ending(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(text: &str) -> Vec<(u64, Option<Fault>)> {
        let recording = Recording::parse(text.as_bytes()).unwrap();
        recording.rows.iter().map(|row| (crate::units::nanos(row.latency), row.fault)).collect()
    }

    #[test]
    fn a_recording_has_durations_or_nanoseconds_and_maybe_endings() {
        assert_eq!(draws("latency\n12.5ms\n1s\n"), [(12_500_000, None), (1_000_000_000, None)]);
        assert_eq!(draws("latency_ns\n7\n0"), [(7, None), (0, None)]);
        assert_eq!(
            draws("at, ending ,latency\n1,failed,1ms\n\n2, panicked , 2ms\n3,done,3ms\n"),
            [(1_000_000, Some(Fault::Fail)), (2_000_000, Some(Fault::Panic)), (3_000_000, None)]
        );
        assert_eq!(draws("\u{feff}latency\r\n\"1ms\"\r\n"), [(1_000_000, None)], "as spreadsheets write it");
    }

    #[test]
    fn task_n_takes_row_n_and_the_first_row_follows_the_last() {
        let recording = Recording::parse(b"latency_ns\n10\n20\n30\n").unwrap();
        let taken: Vec<u128> = (0..7).map(|n| recording.row(n).latency.as_nanos()).collect();
        assert_eq!(taken, [10, 20, 30, 10, 20, 30, 10]);
        assert_eq!(recording.row(u64::MAX).latency.as_nanos(), 10, "u64::MAX is a multiple of 3");
    }

    #[test]
    fn what_is_no_recording_says_where_and_what_was_expected() {
        for (bytes, message) in [
            (&b""[..], "is empty; expected a header with `latency`, then a line for each task"),
            (b" \n\n", "is empty; expected a header with `latency`, then a line for each task"),
            (b"latency\n", "is empty; expected a header with `latency`, then a line for each task"),
            (b"5ms\n6ms\n", "has no column `latency` or `latency_ns` in its first line"),
            (b"latency\n\xff\xfe\n", "is not UTF-8 text"),
            (
                b"latency\n5ms\n6\n",
                "line 3: `6` is no duration; expected a number with a unit, such as `250us`, `50ms`, `1.5s` or `2m`",
            ),
            (b"latency_ns\n5ms\n", "line 2: `5ms` is no whole number of nanoseconds"),
            (b"latency_ns\n-5\n", "line 2: `-5` is no whole number of nanoseconds"),
            (b"latency\n1h\n2h\n", "line 3: `2h` is too long; expected at most 1h"),
            (
                b"latency,ending\n1s,cancelled\n",
                "line 2: `cancelled` is no ending; expected `done`, `failed` or `panicked`",
            ),
            (b"latency,ending\n1s,done\n1s\n", "line 3: the column `ending` is missing"),
            (b"ending,latency\n\ndone\n", "line 3: the column `latency` is missing"),
        ] {
            let error = Recording::parse(bytes).unwrap_err();
            assert_eq!(error.to_string(), message, "{}", String::from_utf8_lossy(bytes));
        }
        let huge = vec![b' '; MAX_BYTES + 1];
        assert_eq!(Recording::parse(&huge).unwrap_err().to_string(), "has 16777217 bytes; expected at most 16777216");
    }
}
