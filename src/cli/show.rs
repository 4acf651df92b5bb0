//! `tardy show`: a scenario file as it is or, changed, as it would run.

use clap::Args;

use super::{Changes, Failure, print};
use crate::scenario::{Plan, Source};

/// The arguments of `tardy show`.
#[derive(Debug, Clone, Args)]
pub(super) struct ShowArgs {
    /// A shipped scenario, or a scenario file
    #[arg(value_name = "SCENARIO|FILE")]
    scenario: String,
    #[command(flatten)]
    changes: Changes,
}

/// Prints the file; with changes, every key that has a default is said.
pub(super) fn show(args: &ShowArgs) -> Result<(), Failure> {
    let source = Source::open(&args.scenario)?;
    let overrides = args.changes.overrides()?;
    if overrides.is_empty() { print(&source.text) } else { print(&Plan::new(source, &overrides)?.resolved) }
}
