//! `tardy open`: a recorded run on the same screens, with a time that goes back and forth.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::export::tell;
use super::{Failure, run, session};
use crate::import;
use crate::tui::{self, Config, Options};

/// The arguments of `tardy open`.
#[derive(Debug, Clone, Args)]
pub(super) struct OpenArgs {
    /// The directory of a run, as `--out` writes it, or a log of latencies such as its `latency.hlog`
    #[arg(value_name = "RUN|FILE.hlog")]
    run: PathBuf,
    /// Prints the summary as JSON
    #[arg(long)]
    json: bool,
    /// Prints the summary, as it does when stdout is no terminal or a dumb one
    #[arg(long)]
    headless: bool,
    /// Draws with ASCII alone
    #[arg(long)]
    ascii: bool,
}

/// Shows the run until the user leaves, or prints how it ended.
pub(super) fn open(args: &OpenArgs) -> Result<ExitCode, Failure> {
    let on_screen = run::has_screen() && !args.headless && !args.json;
    let mut config = if on_screen { Config::load()? } else { Config::default() };
    config.ascii |= args.ascii;
    let reopened = import::reopen(&args.run)?;
    if on_screen {
        let export = session::export_past(&reopened.report.snapshot.info.scenario, &args.run);
        tui::open(session::past(reopened), Options { config, export })?;
    } else {
        run::print(&reopened.report.snapshot, &config.limits, args.json)?;
        tell(reopened.note);
    }
    Ok(ExitCode::SUCCESS)
}
