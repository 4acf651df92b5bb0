//! `tardy compare`: what differs between two runs beyond chance.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Failure;
use crate::compare::{CompareError, Compared, Named, write_json, write_report};
use crate::import;
use crate::snapshot::Settings;

/// The arguments of `tardy compare`.
#[derive(Debug, Clone, Args)]
pub(super) struct CompareArgs {
    /// The directories of two runs, as `--out` writes them: the one before, and the one after
    #[arg(value_name = "RUN", required = true, num_args = 1..=2)]
    runs: Vec<PathBuf>,
    /// The relative difference that is none, even when it is certain
    #[arg(long, value_name = "SHARE", default_value = "2%", value_parser = share)]
    noise: f64,
    /// Compares runs of different work or load all the same
    #[arg(long)]
    force: bool,
    /// Prints the comparison as JSON
    #[arg(long)]
    json: bool,
}

/// Compares the runs, and prints the result.
pub(super) fn compare(args: CompareArgs) -> Result<(), Failure> {
    let given = args.runs.len();
    let Ok([a, b]) = <[PathBuf; 2]>::try_from(args.runs) else {
        return Err(CompareError::Runs { expected: "the directories of two runs", given }.into());
    };
    let settings = Settings { noise: args.noise, ..Settings::default() };
    let compared = Compared::new(named(&a)?, named(&b)?, settings, args.force)?;
    let mut out = io::stdout().lock();
    Ok(if args.json { write_json(&compared, &mut out) } else { write_report(&compared, &mut out) }?)
}

fn named(directory: &Path) -> Result<Named, Failure> {
    let name = directory.display().to_string();
    Ok(Named { name, report: import::open(directory)? })
}

/// A percentage, as a share.
fn share(text: &str) -> Result<f64, &'static str> {
    let number = text.trim().strip_suffix('%').and_then(|number| number.trim_end().parse::<f64>().ok());
    let share = number.map(|number| number / 100.0).filter(|share| (0.0..=1.0).contains(share));
    share.ok_or("expected a share from 0 % to 100 %, such as `2%`")
}
