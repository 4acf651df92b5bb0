//! Where a scenario's text comes from: a file, the binary, or a program.
//!
//! Owns where to look for it. It must not know what the text means.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{ParamError, ScenarioError, shipped};
use crate::document::{LARGEST_FILE, ReadError, closest, one_of, printable, read_text};

/// The text of a scenario and what it is called.
#[derive(Debug, Clone)]
pub struct Source {
    /// What to call the text in a diagnostic.
    pub origin: String,
    /// The text.
    pub text: Arc<str>,
    /// Where relative file names in it start from; `None` when there is no such place.
    pub base: Option<PathBuf>,
}

impl Source {
    /// A text that is no file.
    #[must_use]
    pub fn new(origin: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        Self { origin: origin.into(), text: text.into(), base: None }
    }

    /// The shipped scenario called `name`, or else the file. A name with a directory or an extension is a file's.
    ///
    /// # Errors
    /// There is neither, or the file is no text or too large.
    pub fn open(name: &str) -> Result<Self, ScenarioError> {
        if let Some(text) = shipped::text(name) {
            return Ok(Self::new(format!("{name}.toml"), text));
        }
        let path = Path::new(name);
        let name = &printable(name);
        let text = read_text(path, name, "scenario").map_err(|error| match error {
            ReadError::Io(source) if source.kind() == io::ErrorKind::NotFound => missing(name),
            ReadError::Io(source) => ScenarioError::Unreadable { path: name.to_owned(), source },
            ReadError::TooLarge => ScenarioError::TooLarge { path: name.to_owned(), limit: LARGEST_FILE },
            ReadError::NotText(invalid) => invalid.into(),
        })?;
        Ok(Self { base: path.parent().map(Path::to_owned), ..Self::new(name, text) })
    }

    /// Everything wrong with the text.
    pub(super) fn invalid(&self, errors: Vec<ParamError>) -> ScenarioError {
        ScenarioError::invalid(&self.origin, &self.text, errors)
    }
}

fn missing(name: &str) -> ScenarioError {
    let shipped = shipped::names();
    let help = closest(name, shipped.iter().copied()).map_or_else(
        || format!("expected a file or one of the shipped scenarios {}", one_of(&shipped)),
        |meant| format!("did you mean `{meant}`?"),
    );
    ScenarioError::Missing { name: name.to_owned(), help }
}
