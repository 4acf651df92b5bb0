//! Why a sweep cannot be begun, continued or kept.

use std::path::PathBuf;

use miette::Diagnostic;

use super::{MOST_REPEATS, MOST_RUNS};
use crate::document::Invalid;
use crate::export::ExportError;
use crate::scenario::ScenarioError;

/// Why a sweep cannot be begun, continued or kept.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum SweepError {
    /// The scenario is wrong, maybe at one point of the grid alone.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Scenario(#[from] ScenarioError),
    /// `sweep.toml` is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Description(#[from] Invalid),
    /// A file cannot be written.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The scenario asks to be held against a baseline, which is one run at one point.
    #[error("a sweep is held against no baseline, and `{asks}` in `[gate]` asks for one")]
    #[diagnostic(help(
        "`--set 'gate={{fail_if=[]}}'` sweeps without gates; `tardy compare` holds a run of the sweep against a baseline"
    ))]
    Baseline {
        /// The gate or the key.
        asks: String,
    },
    /// The number of repeats is out of range.
    #[error("there are {repeats} repeats, expected 1 to {MOST_REPEATS}")]
    Repeats {
        /// How many were asked for.
        repeats: u32,
    },
    /// The grid is too large to be kept.
    #[error("the grid has {runs} runs, expected at most {MOST_RUNS}")]
    #[diagnostic(help("ask for fewer points or fewer repeats"))]
    TooMany {
        /// How many it has.
        runs: usize,
    },
    /// The directory of a new sweep holds one.
    #[error("there is a sweep in `{}` already", path.display())]
    #[diagnostic(help("`tardy sweep --resume {}` continues it; another `--out` begins a new one", path.display()))]
    Taken {
        /// The directory.
        path: PathBuf,
    },
    /// The directory of a new sweep holds the files of a run.
    #[error("there is a run in `{}` already", path.display())]
    #[diagnostic(help("another `--out` begins a sweep in a directory of its own"))]
    HasRun {
        /// The directory.
        path: PathBuf,
    },
    /// A file of the sweep cannot be read.
    #[error("cannot read `{}`: {message}", path.display())]
    #[diagnostic(help("expected a directory that `tardy sweep` wrote"))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        message: String,
    },
    /// The table of the runs is none.
    #[error("`{}`, line {line}: {message}", path.display())]
    #[diagnostic(help("put back what `tardy sweep` wrote, or begin another sweep with `--out`"))]
    Table {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong.
        message: String,
    },
    /// What was measured is not what would be measured now.
    #[error("the run `{run}` in `{}` was measured under another description than the sweep has now", path.display())]
    #[diagnostic(help(
        "undo the change to `sweep.toml` or `scenario.toml`, or begin another sweep with `--out`: \
         runs of two descriptions cannot stand in one table"
    ))]
    Changed {
        /// The sweep's directory.
        path: PathBuf,
        /// The run's name.
        run: String,
    },
}
