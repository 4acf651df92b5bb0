//! What is wrong with a directory that is to be a run's.

use std::path::PathBuf;

use miette::Diagnostic;

/// Why a directory cannot be read as a run: which file, where in it, what is wrong, and what to do about it.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("`{}`{}: {message}", path.display(), place(*.line))]
#[non_exhaustive]
pub struct ImportError {
    /// The file, or the directory.
    pub path: PathBuf,
    /// The line, counted from 1, when one is to blame.
    pub line: Option<u64>,
    /// What is wrong, naming the value.
    pub message: String,
    /// What to do about it.
    #[help]
    pub help: String,
}

fn place(line: Option<u64>) -> String {
    line.map_or_else(String::new, |line| format!(", line {line}"))
}
