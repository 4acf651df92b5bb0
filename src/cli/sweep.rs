//! `tardy sweep`: one scenario at every point of a grid, one run after the other.

mod progress;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use self::progress::Progress;
use super::{Changes, FAILED, Failure, INTERRUPTED, NO_SETUP, changes, session};
use crate::engine::{Registry, Run};
use crate::headless::{LOOK_EVERY, Signals};
use crate::scenario::{Plan, Source};
use crate::snapshot::{Report, State};
use crate::sweep::{
    Axis, Grid, Levels, Look, MOST_REPEATS, Measured, Policies, Sweep, Visit, write_json, write_report,
};
use crate::units::Rate;

/// The width of the result where nothing says another.
const WIDTH: usize = 100;

/// The narrowest width anything is drawn for.
const NARROWEST: usize = 20;

/// The arguments of `tardy sweep`.
#[derive(Debug, Clone, Args)]
pub(super) struct SweepArgs {
    /// A shipped scenario, or a scenario file
    #[arg(value_name = "SCENARIO|FILE", required_unless_present = "resume")]
    scenario: Option<String>,
    /// The times a task has: values, or n points at equal ratios as in 10ms..1s/12
    #[arg(long, value_name = "LIST|A..B/N", required_unless_present = "resume")]
    deadline: Option<Axis<Duration>>,
    /// What a missed deadline does
    #[arg(long, value_name = "POLICY", default_value = "both", value_parser = policies())]
    on_timeout: Policies,
    /// Open loads, arrivals a second: 500/s, or 100..1000/5
    #[arg(long, value_name = "LIST|A..B/N", conflicts_with = "concurrency")]
    rate: Option<Axis<Rate>>,
    /// Closed loads, arrivals in flight: 64, or 8..256/6
    #[arg(long, value_name = "LIST|A..B/N")]
    concurrency: Option<Axis<u32>>,
    /// How often each point is run, each time with another seed
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_REPEATS)))]
    repeat: u32,
    /// How long each run measures, such as 10s
    #[arg(long, value_name = "TIME", value_parser = changes::duration, conflicts_with = "tasks")]
    duration: Option<String>,
    /// How many tasks each run spawns
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    tasks: Option<i64>,
    /// The seed of the first repeat
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    seed: Option<i64>,
    /// Threads of the measured runtime
    #[arg(long, value_name = "N")]
    workers: Option<u32>,
    /// Any key of the file, such as workload.step.query.sleep.p99=2s; repeatable
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Where its files go; by default a directory in runs/
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Continues the sweep in this directory
    #[arg(long, value_name = "DIR", conflicts_with_all = ["scenario", "deadline", "on_timeout", "rate", "concurrency", "repeat", "duration", "tasks", "seed", "workers", "set", "out"])]
    resume: Option<PathBuf>,
    /// Prints the points as JSON
    #[arg(long)]
    json: bool,
    /// Shows no progress
    #[arg(long)]
    quiet: bool,
    /// Draws with ASCII alone
    #[arg(long)]
    ascii: bool,
}

fn policies() -> impl TypedValueParser<Value = Policies> {
    let word = |word: String| Policies::ALL.into_iter().find(|policies| policies.word() == word);
    PossibleValuesParser::new(Policies::ALL.map(Policies::word)).try_map(move |said| word(said).ok_or("no policy"))
}

/// How the walk over a grid ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Walked {
    ToItsEnd,
    Interrupted,
}

/// Runs what is left of the sweep, then prints what there is.
pub(super) fn sweep(args: &SweepArgs, registry: &Registry) -> Result<ExitCode, Failure> {
    let mut sweep = match &args.resume {
        Some(directory) => Sweep::resume(directory)?,
        None => begin(args, registry)?,
    };
    let walked = walk(&mut sweep, registry, args.quiet);
    // What was measured is told, whatever became of the rest.
    let printed = print(&sweep, args);
    let walked = walked?;
    printed?;
    Ok(match walked {
        Walked::Interrupted => ExitCode::from(INTERRUPTED),
        Walked::ToItsEnd if sweep.has_measured_nothing() => ExitCode::from(NO_SETUP),
        Walked::ToItsEnd if sweep.has_only_failed() => ExitCode::from(FAILED),
        Walked::ToItsEnd => ExitCode::SUCCESS,
    })
}

/// The sweep the arguments ask for; everything that can be refused is refused before there is a directory.
fn begin(args: &SweepArgs, registry: &Registry) -> Result<Sweep, Failure> {
    let (Some(scenario), Some(deadlines)) = (&args.scenario, args.deadline.clone()) else {
        unreachable!("clap demands both without `--resume`")
    };
    let changes = Changes {
        duration: args.duration.clone(),
        tasks: args.tasks,
        seed: args.seed,
        workers: args.workers,
        set: args.set.clone(),
        ..Changes::default()
    };
    let levels = match (args.rate.clone(), args.concurrency.clone()) {
        (Some(rates), _) => Levels::Rates(rates),
        (None, Some(numbers)) => Levels::Concurrencies(numbers),
        (None, None) => Levels::Scenario,
    };
    let grid = Grid::new(deadlines, args.on_timeout, levels, args.repeat)?;
    let base = Plan::new(Source::open(scenario)?, &changes.overrides()?)?;
    registry.prepare(&base)?;
    let name = format!("sweep-{}-{}", session::file_name(&base.name), session::now());
    let path = args.out.clone().unwrap_or_else(|| Path::new(session::RUNS).join(name));
    Ok(Sweep::begin(&path, base, grid)?)
}

/// Runs what is left, with its progress shown.
fn walk(sweep: &mut Sweep, registry: &Registry, quiet: bool) -> Result<Walked, Failure> {
    let signals = Signals::take().map_err(Failure::Signals)?;
    let left = sweep.left();
    let mut progress = Progress::new(sweep, left.len(), quiet);
    let walked = each(sweep, left, registry, &mut progress, signals);
    progress.finish();
    walked
}

/// Runs one point after the other until the grid is through or a signal comes.
fn each(
    sweep: &mut Sweep,
    left: Vec<Visit>,
    registry: &Registry,
    progress: &mut Progress,
    mut signals: Signals,
) -> Result<Walked, Failure> {
    for visit in left {
        if signals.command().is_some() {
            return Ok(Walked::Interrupted);
        }
        progress.begin(visit);
        match run(sweep, &visit, registry, progress, &mut signals) {
            Ok(None) => return Ok(Walked::Interrupted),
            Ok(Some((report, load))) => {
                let measured = Measured::of(&report.snapshot, load);
                progress.end(Ok(&measured));
                sweep.keep(visit, Ok((&report, measured)))?;
            }
            Err(failure) => {
                let reason = session::one_line(&failure);
                progress.end(Err(&reason));
                sweep.keep(visit, Err(reason))?;
            }
        }
    }
    Ok(Walked::ToItsEnd)
}

/// Runs one point: the report and how long its load lasted, or nothing when a signal cut it short.
fn run(
    sweep: &Sweep,
    visit: &Visit,
    registry: &Registry,
    progress: &mut Progress,
    signals: &mut Signals,
) -> Result<Option<(Report, Duration)>, Failure> {
    let plan = sweep.plan(visit)?;
    let run = Run::start(&plan, registry.prepare(&plan)?)?;
    let (mut load, mut interrupted) = (None, false);
    while !run.is_over() {
        let snapshot = run.handle().snapshot();
        progress.show(&snapshot, plan.run.warmup);
        if load.is_none() && matches!(snapshot.state, State::Draining | State::Finished(_)) {
            load = Some(snapshot.elapsed);
        }
        if let Some(command) = signals.command() {
            interrupted = true;
            run.handle().send(command);
        }
        thread::sleep(LOOK_EVERY);
    }
    let report = run.wait()?;
    // A look comes up to two ticks after the load's end: where that is known, it is taken.
    let load = load.unwrap_or(report.snapshot.elapsed).min(plan.run.duration.unwrap_or(Duration::MAX));
    Ok((!interrupted).then_some((report, load)))
}

/// Writes the result to stdout.
fn print(sweep: &Sweep, args: &SweepArgs) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if args.json {
        write_json(sweep, &mut out)?;
        return out.flush();
    }
    write_report(sweep, Look { width: width(), ascii: args.ascii }, &mut out)
}

/// The width of a line: what `COLUMNS` says, or else the terminal's, or else what a file is read well in.
fn width() -> usize {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = || io::stdout().is_terminal().then(|| ratatui::crossterm::terminal::size().ok()).flatten();
    said.or_else(|| terminal().map(|(columns, _)| usize::from(columns)))
        .filter(|&columns: &usize| columns > 0)
        .unwrap_or(WIDTH)
        .max(NARROWEST)
}
