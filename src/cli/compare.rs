//! `tardy compare`: what differs between two runs beyond chance.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::{FAILED, Failure};
use crate::baseline::Baselines;
use crate::compare::{CompareError, Compared, Named, write_json, write_report};
use crate::condition::{Condition, Gates};
use crate::gate::{Judged, judge};
use crate::headless::write_gates;
use crate::import;
use crate::snapshot::{Baseline, RunInfo, Settings, Snapshot};

/// The arguments of `tardy compare`.
#[derive(Debug, Clone, Args)]
pub(super) struct CompareArgs {
    /// The directories of two runs, as `--out` writes them: the one before, and the one after
    #[arg(value_name = "RUN", required = true, num_args = 1..=2)]
    runs: Vec<PathBuf>,
    /// Compares with the run that `tardy baseline save` keeps under this name
    #[arg(long, value_name = "NAME")]
    baseline: Option<String>,
    /// The relative difference that is none, even when it is certain
    #[arg(long, value_name = "SHARE", default_value = "2%", value_parser = share)]
    noise: f64,
    /// Compares runs of different work or load all the same
    #[arg(long)]
    force: bool,
    /// Prints the comparison as JSON
    #[arg(long)]
    json: bool,
    /// Fails when this is so of the run after, such as 'regressed(p99) > 5%'; repeatable
    #[arg(long, value_name = "CONDITION", value_parser = condition)]
    fail_if: Vec<Condition>,
}

/// Compares the runs, prints the result, and on stderr what became of the gates.
pub(super) fn compare(args: &CompareArgs) -> Result<ExitCode, Failure> {
    let [a, b] = pair(args)?;
    let settings = Settings { noise: args.noise, ..Settings::default() };
    let held = held_against(&a, &b, settings.clone(), args.fail_if.clone());
    let compared = Compared::new(a, b, settings, args.force)?;
    let mut out = io::stdout().lock();
    if args.json { write_json(&compared, &mut out) } else { write_report(&compared, &mut out) }?;
    // With stderr gone there is nobody left to tell.
    let _ = write_gates(&held, &mut io::stderr().lock());
    let is_good = judge(&held).iter().all(Judged::is_passed);
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

/// Run `b` with these gates, `a` as its baseline.
fn held_against(a: &Named, b: &Named, settings: Settings, fail_if: Vec<Condition>) -> Snapshot {
    let baseline = Arc::new(Baseline::new(a.name.clone(), Arc::clone(&a.report.snapshot), settings));
    let mut run = Snapshot::clone(&b.report.snapshot);
    let mut info = RunInfo::clone(&run.info).against(baseline);
    info.gates = Gates { fail_if, ..Gates::default() };
    run.info = Arc::new(info);
    run
}

fn condition(text: &str) -> Result<Condition, String> {
    Condition::parse(text).map_err(|error| match error.help {
        Some(help) => format!("{}; {help}", error.message),
        None => error.message,
    })
}

/// The two runs, read.
fn pair(args: &CompareArgs) -> Result<[Named; 2], Failure> {
    let given = args.runs.len();
    match (&args.baseline, &args.runs[..]) {
        (None, [a, b]) => Ok([named(a)?, named(b)?]),
        (Some(name), [run]) => {
            let kept = Named { name: name.clone(), ..named(&Baselines::of_user()?.find(name)?)? };
            Ok([kept, named(run)?])
        }
        (None, _) => Err(CompareError::Runs { expected: "the directories of two runs", given }.into()),
        (Some(_), _) => Err(CompareError::Runs { expected: "one run beside the baseline", given }.into()),
    }
}

fn named(directory: &Path) -> Result<Named, Failure> {
    let name = directory.display().to_string();
    Ok(Named { name, report: import::reopen(directory)?.report })
}

/// A percentage, as a share.
fn share(text: &str) -> Result<f64, &'static str> {
    let number = text.trim().strip_suffix('%').and_then(|number| number.trim_end().parse::<f64>().ok());
    let share = number.map(|number| number / 100.0).filter(|share| (0.0..=1.0).contains(share));
    share.ok_or("expected a share from 0 % to 100 %, such as `2%`")
}
