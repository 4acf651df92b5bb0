//! `tardy run`: what is run, how it is shown and where it is written.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;

use clap::Args;

use super::export::tell;
use super::outputs::Outputs;
use super::session::{self, Begun};
use super::{Changes, FAILED, Failure, INTERRUPTED, start};
use crate::baseline::against;
use crate::engine::{Registry, Run};
use crate::export::write_json;
use crate::gate::has_failed;
use crate::headless::{Progress, Signals, is_dumb, watch, write_gates, write_summary};
use crate::lint::Limits;
use crate::scenario::{Plan, ScenarioError, Source};
use crate::shard::Shard;
use crate::snapshot::{EndedBy, Report, Snapshot, State};
#[cfg(feature = "otlp")]
use crate::telemetry::otlp::{Client, Endpoint};
use crate::telemetry::prometheus::{Address, Listener};
use crate::tui::Config;

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
    /// Writes the gates as a JUnit report into this file
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Adds a Markdown summary to the end of this file, as the job summaries of GitHub want it
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,
    /// Serves the run's metrics to Prometheus, at a port of this machine or at an address
    #[arg(long, value_name = "PORT|ADDRESS")]
    pub prometheus: Option<Address>,
    /// Sends the run's metrics to a collector of OpenTelemetry, once a second
    #[cfg(feature = "otlp")]
    #[arg(long, value_name = "URL")]
    pub otlp: Option<Endpoint>,
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
    /// Runs one of N parts of it, such as 3/8; `tardy merge` adds them up, and judges the gates
    #[arg(long, value_name = "K/N")]
    pub shard: Option<Shard>,
    /// Waits until then before it starts, such as 2026-01-31T17:00:00Z, so that shards start together
    #[arg(long, value_name = "TIME", value_parser = start::time)]
    pub start_at: Option<SystemTime>,
    // Last, for its help heading holds for whatever follows.
    /// What to change in the scenario.
    #[command(flatten)]
    pub changes: Changes,
}

/// Runs the scenario: everything that can be refused is refused before anything is started.
pub(super) fn run(args: &RunArgs, registry: Registry) -> Result<ExitCode, Failure> {
    let overrides = args.changes.overrides()?;
    let source = Source::open(&args.scenario)?;
    let plan = planned(args, Plan::new(source.clone(), &overrides)?)?;
    let workload = registry.prepare(&plan)?;
    let baseline = against(&plan)?;
    let on_screen = has_screen() && !args.headless && !args.json;
    // What a run prints for others must not depend on what one user set: without a screen the defaults hold.
    let config = if on_screen { configured(args)? } else { Config::default() };
    let out = Outputs::open(args)?;
    if let Some(address) = args.prometheus {
        out.serve(listen(address, args.quiet)?).map_err(Failure::NoMetrics)?;
    }
    #[cfg(feature = "otlp")]
    let collector = args.otlp.as_ref().map(Client::new).transpose()?;
    let waited = args.start_at.map(|at| start::wait(at, args.quiet)).transpose()?;
    if let Some(None) = waited {
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let run = Run::start_against(&plan, workload, baseline)?;
    out.follow(run.handle(), &plan.resolved)?;
    #[cfg(feature = "otlp")]
    out.push(run.handle(), collector)?;
    if on_screen {
        // The screen takes them over.
        drop(waited);
        let first = Begun { source, plan, run, out: Arc::new(out) };
        return session::show(registry, Some(first), config);
    }
    let report = headless(args, run, waited.flatten())?;
    // Each of these is tried, whatever became of the others: what was measured is not to be lost.
    let written = out.write(&report);
    tell(out.undelivered());
    let printed = print(&report.snapshot, &config.limits, args.json);
    written?;
    printed?;
    Ok(code(&report.snapshot))
}

/// Takes the address of the metrics, and says where they are.
fn listen(address: Address, quiet: bool) -> Result<Listener, Failure> {
    let listener = Listener::bind(address).map_err(|source| Failure::Metrics { address, source })?;
    let address = listener.address();
    let whom = if address.is_local() { "" } else { ", for whoever reaches this machine" };
    tell((!quiet).then(|| format!("metrics at {address}{whom}")));
    Ok(listener)
}

/// The plan with what the command line says of how much of it is run, and when.
fn planned(args: &RunArgs, plan: Plan) -> Result<Plan, ScenarioError> {
    let plan = match args.shard {
        Some(shard) => plan.with_shard(shard)?,
        None => plan,
    };
    Ok(Plan { start_at: args.start_at, ..plan })
}

/// Whether stdout is a terminal that can show the dashboard.
pub(super) fn has_screen() -> bool {
    io::stdout().is_terminal() && !is_dumb()
}

/// The configuration, with what the command line says of it.
fn configured(args: &RunArgs) -> Result<Config, Failure> {
    let mut config = Config::load()?;
    config.ascii |= args.ascii;
    Ok(config)
}

fn headless(args: &RunArgs, run: Run, signals: Option<Signals>) -> Result<Report, Failure> {
    let mut progress = if args.quiet { Progress::quiet() } else { Progress::on_stderr() };
    let mut signals = signals.map_or_else(Signals::take, Ok).map_err(Failure::Signals)?;
    Ok(watch(run, &mut progress, &mut signals)?)
}

/// Writes the result to stdout, and what became of the gates to stderr.
pub(super) fn print(snapshot: &Snapshot, limits: &Limits, json: bool) -> io::Result<()> {
    let printed = print_result(snapshot, limits, json);
    // With stderr gone there is nobody left to tell.
    let _ = write_gates(snapshot, &mut io::stderr().lock());
    printed
}

fn print_result(snapshot: &Snapshot, limits: &Limits, json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        write_json(snapshot, &mut out)?;
    } else {
        write_summary(snapshot, limits, &mut out)?;
    }
    out.flush()
}

/// The exit code of a run that came to its end.
pub(super) fn code(snapshot: &Snapshot) -> ExitCode {
    match snapshot.state {
        State::Finished(EndedBy::Signal) => ExitCode::from(INTERRUPTED),
        _ if snapshot.has_only_failed() || has_failed(snapshot) => ExitCode::from(FAILED),
        _ => ExitCode::SUCCESS,
    }
}
