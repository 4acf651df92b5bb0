//! Where a scenario's text comes from: a file, the binary, or a program.
//!
//! Owns reading, with every way a file can be no text. It must not know what the text means.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::diagnostic::{closest, one_of, printable};
use super::{ParamError, ScenarioError, shipped};

/// The largest file that is read, in bytes.
pub const LARGEST_FILE: u64 = 1 << 20;

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
        if path.is_dir() {
            let source = io::Error::new(io::ErrorKind::IsADirectory, "it is a directory, expected a scenario file");
            return Err(ScenarioError::Unreadable { path: name.to_owned(), source });
        }
        let bytes = read(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => missing(name),
            _ => ScenarioError::Unreadable { path: name.to_owned(), source },
        })?;
        if bytes.len() as u64 > LARGEST_FILE {
            return Err(ScenarioError::TooLarge { path: name.to_owned(), limit: LARGEST_FILE });
        }
        let text = String::from_utf8(bytes).map_err(|wrong| not_text(name, &wrong))?;
        Ok(Self { base: path.parent().map(Path::to_owned), ..Self::new(name, text) })
    }

    /// Everything wrong with the text.
    pub(super) fn invalid(&self, errors: Vec<ParamError>) -> ScenarioError {
        ScenarioError::invalid(&self.origin, &self.text, errors)
    }
}

/// The file's bytes, one more than allowed at most: what has no end (`/dev/zero`) must not be read to it.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn not_text(name: &str, wrong: &std::string::FromUtf8Error) -> ScenarioError {
    let at = wrong.utf8_error().valid_up_to();
    let byte = wrong.as_bytes()[at];
    let message = format!("the byte 0x{byte:02x} is no UTF-8, expected a text file");
    let shown = String::from_utf8_lossy(wrong.as_bytes());
    ScenarioError::invalid(name, &shown, vec![ParamError::at(at..at + 1, message)])
}

fn missing(name: &str) -> ScenarioError {
    let shipped = shipped::names();
    let help = closest(name, shipped.iter().copied()).map_or_else(
        || format!("expected a file or one of the shipped scenarios {}", one_of(&shipped)),
        |meant| format!("did you mean `{meant}`?"),
    );
    ScenarioError::Missing { name: name.to_owned(), help }
}
