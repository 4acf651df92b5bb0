//! `tardy merge`: the shards of a run become the run.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use super::{Failure, run};
use crate::baseline::against;
use crate::export::Directory;
use crate::lint::Limits;
use crate::merge::{MergeError, Shards};
use crate::units::human;

/// How far apart shards may start without a word about it.
const APART: Duration = Duration::from_secs(1);

/// The arguments of `tardy merge`.
#[derive(Debug, Clone, Args)]
pub(super) struct MergeArgs {
    /// The directories of all shards of one run, in any order
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,
    /// Writes the whole run into this directory
    #[arg(long, short, value_name = "ALL")]
    out: PathBuf,
    /// Prints the summary as JSON
    #[arg(long)]
    json: bool,
}

/// Adds the shards up, writes the files of the whole, and prints its summary as if it had been one run.
pub(super) fn merge(args: &MergeArgs) -> Result<ExitCode, Failure> {
    if args.runs.iter().any(|run| is_same(run, &args.out)) {
        return Err(MergeError::Over { out: args.out.clone() }.into());
    }
    let shards = Shards::read(&args.runs)?;
    let baseline = against(shards.plan())?;
    let out = Directory::open(&args.out)?;
    let report = shards.sum(baseline);
    out.write(&report)?;
    if shards.apart() > APART {
        let apart = human(shards.apart());
        // With stderr gone there is nobody left to tell.
        let _ = writeln!(
            io::stderr(),
            "the shards started {apart} apart: what each did is added up by the time since its own start"
        );
    }
    run::print(&report.snapshot, &Limits::default(), args.json)?;
    Ok(run::code(&report.snapshot))
}

/// Whether two paths are of one directory that is there.
fn is_same(a: &Path, b: &Path) -> bool {
    a.canonicalize().ok().zip(b.canonicalize().ok()).is_some_and(|(a, b)| a == b)
}
