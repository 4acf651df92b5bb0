//! `tardy run`: what is run, how it is shown and where it is written.

use std::path::PathBuf;

use clap::Args;

use super::{Changes, Failure};
use crate::scenario::Plan;

/// The arguments of `tardy run`.
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct RunArgs {
    /// A shipped scenario, or a scenario file
    #[arg(value_name = "SCENARIO|FILE")]
    pub scenario: String,
    /// Writes the run's files into this directory
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Prints the summary as JSON
    #[arg(long)]
    pub json: bool,
    /// Runs without the dashboard, as it does when stdout is no terminal
    #[arg(long)]
    pub headless: bool,
    /// Shows no progress
    #[arg(long)]
    pub quiet: bool,
    /// Draws with ASCII alone
    #[arg(long)]
    pub ascii: bool,
    // Last, for its help heading holds for whatever follows.
    /// What to change in the scenario.
    #[command(flatten)]
    pub changes: Changes,
}

/// The plan to run.
pub(super) fn plan(args: &RunArgs) -> Result<Plan, Failure> {
    Ok(Plan::load(&args.scenario, &args.changes.overrides()?)?)
}
