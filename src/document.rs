//! Files people write: TOML is read table by table, and what is wrong is shown where it stands, all at once.
//!
//! Owns reading a file as text, what a key may hold, and the diagnostics with file, line and caret. It must not know
//! which keys a file has: scenarios and the configuration say so, each by rules of its own.

mod diagnostic;
mod file;
mod schema;
mod table;

use toml::de::{DeTable, Error};

pub use diagnostic::{Complaint, Invalid, ParamError};
pub(crate) use diagnostic::{closest, one_of, printable, suggest};
pub(crate) use file::{ReadError, read_text};
pub(crate) use schema::{AsToml, DurationText, Line, RateText};
pub(crate) use table::{Problems, Table};

/// The largest file that is read, in bytes.
pub const LARGEST_FILE: u64 = 1 << 20;

/// The tables of `text`, or every place where it is no TOML.
pub(crate) fn parse(text: &str) -> Result<DeTable<'_>, Vec<ParamError>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() { Ok(document.into_inner()) } else { Err(errors.iter().map(syntax).collect()) }
}

fn syntax(error: &Error) -> ParamError {
    ParamError { span: error.span(), message: error.message().to_owned(), help: None }
}
