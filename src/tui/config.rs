//! What the user set for all runs: how the dashboard looks, which keys it has, and what it warns of.
//!
//! Owns the configuration file: where it is, what it may say, and what holds when it says nothing. It must not know
//! what comes of the settings.
//!
//! # The file
//! It is TOML, at `$XDG_CONFIG_HOME/tardy/config.toml`, or else at `~/.config/tardy/config.toml`; it need not be
//! there. [`Config::defaults`] is a file that says everything.
//!
//! | key | says | when left out |
//! |---|---|---|
//! | `theme` | the ground: `auto`, `dark` or `light` | `auto`: as `COLORFGBG` has it, else dark |
//! | `fps` | frames a second at the most, 1 to 60 | 30 |
//! | `ascii` | whether to draw with ASCII alone | `false`: where Unicode can be drawn |
//! | `keys.…` | the key or the keys of a binding, in place of those it has | as the help shows them |
//! | `lints.…` | from where on a lint speaks up; `false` silences it | see [`Limits`] |

mod rules;
mod template;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use miette::Diagnostic;

use super::keymap::Keymap;
use super::theme::Ground;
use crate::document::{Invalid, LARGEST_FILE, ReadError, printable, read_text};
use crate::lint::Limits;

/// `fps`, when the file does not say it.
pub(super) const FPS: u32 = 30;

/// What the text of the file is to be.
const KIND: &str = "configuration";

/// The settings of the dashboard.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Config {
    /// The ground to draw for; `None` leaves it to the environment.
    pub ground: Option<Ground>,
    /// Frames a second at the most.
    pub fps: u32,
    /// Whether to draw with ASCII alone.
    pub ascii: bool,
    /// From where on the lints speak up.
    pub limits: Limits,
    pub(super) keymap: Keymap,
}

impl Default for Config {
    fn default() -> Self {
        Self { ground: None, fps: FPS, ascii: false, limits: Limits::default(), keymap: Keymap::default() }
    }
}

/// Why the configuration cannot be had.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file is there and cannot be read.
    #[error("cannot read the configuration `{path}`")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The file is no configuration by its size alone.
    #[error("`{path}` is larger than {limit} bytes and so no configuration")]
    TooLarge {
        /// The file.
        path: String,
        /// The largest size that is read.
        limit: u64,
    },
    /// The text is no configuration.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Invalid(#[from] Invalid),
}

impl Config {
    /// Where the file is, there or not; `None` when the environment names no place.
    #[must_use]
    pub fn path() -> Option<PathBuf> {
        path_of(|name| std::env::var_os(name))
    }

    /// The settings of the file, or the defaults where there is none.
    ///
    /// # Errors
    /// The file is there, and cannot be read or is wrong.
    pub fn load() -> Result<Self, ConfigError> {
        Ok(Self::path().map(|path| Self::read(&path)).transpose()?.flatten().unwrap_or_default())
    }

    /// The settings of the file at `path`; `None` when it is not there.
    ///
    /// # Errors
    /// The file is there, and cannot be read or is wrong.
    pub fn read(path: &Path) -> Result<Option<Self>, ConfigError> {
        let name = printable(&path.display().to_string());
        match read_text(path, &name, KIND) {
            Ok(text) => Ok(Some(Self::parse(&name, &text)?)),
            // A home that is no directory, such as /dev/null, has no file in it.
            Err(ReadError::Io(error)) if is_missing(&error) => Ok(None),
            Err(ReadError::Io(source)) => Err(ConfigError::Unreadable { path: name, source }),
            Err(ReadError::TooLarge) => Err(ConfigError::TooLarge { path: name, limit: LARGEST_FILE }),
            Err(ReadError::NotText(invalid)) => Err(invalid.into()),
        }
    }

    /// The settings `text` says, which is called `origin` in diagnostics.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(origin: &str, text: &str) -> Result<Self, ConfigError> {
        rules::read(text).map_err(|errors| Invalid::new(KIND, origin, text, errors).into())
    }

    /// A file that says everything and changes nothing, with a comment on each key.
    #[must_use]
    pub fn defaults() -> String {
        template::text(&Self::default())
    }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The place `variable` leads to, which gives the value of a variable of the environment. Relative places are to be
/// ignored, says the XDG Base Directory Specification.
fn path_of(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let place = |name: &str| variable(name).map(PathBuf::from).filter(|place| place.is_absolute());
    let base = place("XDG_CONFIG_HOME").or_else(|| Some(place("HOME")?.join(".config")))?;
    Some(base.join("tardy").join("config.toml"))
}

#[cfg(test)]
mod tests;
