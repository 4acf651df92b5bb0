//! `tardy baseline`: runs kept under a name.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Failure, print};
use crate::baseline::{Baselines, Kept};
use crate::document::printable;
use crate::snapshot::Snapshot;
use crate::units::percent;

/// The arguments of `tardy baseline`.
#[derive(Debug, Clone, Args)]
pub(super) struct BaselineArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Clone, Subcommand)]
enum Action {
    /// Keeps a run under a name.
    Save {
        /// What to call it
        name: String,
        /// The directory of the run, as `--out` writes it
        #[arg(value_name = "DIR")]
        run: PathBuf,
        /// Puts it in the place of the one that has the name
        #[arg(long)]
        replace: bool,
    },
    /// Lists the runs that are kept.
    List,
    /// Forgets a run.
    Rm {
        /// What it is called
        name: String,
    },
}

/// Does what is asked for, and says what was done.
pub(super) fn baseline(args: BaselineArgs) -> Result<(), Failure> {
    let baselines = Baselines::of_user()?;
    let told = match args.action {
        Action::Save { name, run, replace } => {
            format!("saved {name} to {}\n", baselines.save(&name, &run, replace)?.display())
        }
        Action::Rm { name } => format!("removed {}\n", baselines.remove(&name)?.display()),
        Action::List => lines(&baselines.list()?),
    };
    print(&printable(&told))
}

fn lines(all: &[Kept]) -> String {
    if all.is_empty() {
        return "no baselines; `tardy baseline save NAME DIR` keeps a run that `--out DIR` wrote\n".to_owned();
    }
    let width = all.iter().map(|kept| kept.name.len()).max().unwrap_or(0);
    let line = |kept: &Kept| {
        let run = kept.run.as_ref().map_or_else(ToString::to_string, |report| of_run(&report.snapshot));
        format!("{:width$}  {run}\n{:width$}  {}\n", kept.name, "", kept.path.display())
    };
    all.iter().map(line).collect()
}

/// What a run was, in a line.
fn of_run(run: &Snapshot) -> String {
    let latencies = run.distribution(run.load.headline());
    let quantile = |q| latencies.quantile(q).map_or_else(|| "–".to_owned(), |latency| latency.to_string());
    let missed = run.timed_out_rate().map_or_else(|| "–".to_owned(), percent);
    let (scenario, when) = (&run.info.scenario, humantime::format_rfc3339_seconds(run.info.started_at));
    format!("{scenario}, {when}: p50 {}, p99 {}, missed {missed}", quantile(0.5), quantile(0.99))
}
