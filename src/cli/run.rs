//! `tardy run`: what is run, how it is shown and where it is written.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;

use clap::Args;

use super::{ALL_FAILED, Changes, Failure, INTERRUPTED};
use crate::engine::{Command, Registry, Run};
use crate::export::{Directory, write_json};
use crate::headless::{Progress, Signals, is_dumb, watch, write_summary};
use crate::scenario::Plan;
use crate::snapshot::{EndedBy, Report, Snapshot, State};
use crate::tui::{self, Export, Options, Theme, TuiError};

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
    /// Runs without the dashboard, as it does when stdout is no terminal or a dumb one
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

/// Runs the scenario: everything that can be refused is refused before anything is started.
pub(super) fn run(args: &RunArgs, registry: &Registry) -> Result<ExitCode, Failure> {
    let plan = Plan::load(&args.scenario, &args.changes.overrides()?)?;
    let workload = registry.prepare(&plan)?;
    let out = args.out.as_ref().map(Directory::open).transpose()?;
    let run = Run::start(&plan, workload)?;
    let on_screen = io::stdout().is_terminal() && !is_dumb() && !args.headless && !args.json;
    let (report, shown) = if on_screen { dashboard(args, &plan, run)? } else { (headless(args, run)?, Ok(())) };
    // Each of these is tried, whatever became of the others: what was measured is not to be lost.
    let written = out.map_or(Ok(()), |out| out.write(&report));
    let printed = print(&report.snapshot, args.json);
    written?;
    shown?;
    printed?;
    Ok(code(&report.snapshot))
}

/// Shows the run; when the screen fails, the books are closed and nothing counted is lost.
fn dashboard(args: &RunArgs, plan: &Plan, run: Run) -> Result<(Report, Result<(), TuiError>), Failure> {
    let options = Options { theme: Theme::from_env(args.ascii), export: export(args.out.clone(), plan) };
    let shown = tui::run(run.handle(), options);
    if shown.is_err() {
        run.handle().send(Command::Abort(EndedBy::Signal));
    }
    Ok((run.wait()?, shown))
}

/// What the export key does: writes to `out`, or to a new directory named after the scenario and the time.
fn export(out: Option<PathBuf>, plan: &Plan) -> Export {
    let (name, scenario) = (file_name(&plan.name), Arc::clone(&plan.resolved));
    Box::new(move |snapshot| {
        let path = out.clone().unwrap_or_else(|| {
            let time = humantime::format_rfc3339_seconds(SystemTime::now()).to_string().replace(':', "-");
            PathBuf::from("runs").join(format!("{name}-{time}"))
        });
        let report = Report { snapshot: Arc::new(snapshot.clone()), scenario: Arc::clone(&scenario) };
        let written = Directory::open(&path).and_then(|directory| directory.write(&report));
        written.map_or_else(|error| Err(one_line(&error)), |()| Ok(format!("wrote 8 files to {}", path.display())))
    })
}

/// A scenario's name without what a file system minds.
fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() || c == '-' || c == '_' { c } else { '-' }).collect()
}

/// An error with its causes.
fn one_line(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

fn headless(args: &RunArgs, run: Run) -> Result<Report, Failure> {
    let mut progress = if args.quiet { Progress::quiet() } else { Progress::on_stderr() };
    let mut signals = Signals::take().map_err(Failure::Signals)?;
    Ok(watch(run, &mut progress, &mut signals)?)
}

/// Writes the result to stdout.
fn print(snapshot: &Snapshot, json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        write_json(snapshot, &mut out)?;
    } else {
        write_summary(snapshot, &mut out)?;
    }
    out.flush()
}

/// Whether there were tasks, and each returned an error or panicked.
fn every_task_failed(snapshot: &Snapshot) -> bool {
    let spawned = snapshot.total(|lane| lane.spawned);
    spawned > 0 && snapshot.total(|lane| lane.failed() + lane.panicked()) == spawned
}

/// The exit code of a run that came to its end.
fn code(snapshot: &Snapshot) -> ExitCode {
    match snapshot.state {
        State::Finished(EndedBy::Signal) => ExitCode::from(INTERRUPTED),
        _ if every_task_failed(snapshot) => ExitCode::from(ALL_FAILED),
        _ => ExitCode::SUCCESS,
    }
}
