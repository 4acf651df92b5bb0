//! The command line: what can be asked for, what is printed where, and with which code it ends.
//!
//! Owns the grammar, stdout for results, stderr for complaints, and the exit codes. It must not know how anything
//! it asks for is done.

mod attach;
mod baseline;
mod changes;
mod check;
mod compare;
mod completions;
mod config;
mod export;
mod home;
mod list;
mod man;
mod merge;
mod new;
mod open;
mod outputs;
#[cfg(test)]
mod reference;
mod report;
mod run;
mod schema;
mod session;
mod show;
mod start;
mod sweep;
mod version;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use schemars::JsonSchema;

pub use changes::Changes;
pub use run::RunArgs;

use crate::attach::{AddressError, AttachError};
use crate::baseline::BaselineError;
use crate::compare::CompareError;
use crate::document::Invalid;
use crate::engine::{EngineError, Kind, Registry, workload};
use crate::export::ExportError;
use crate::headless::is_dumb;
use crate::import::ImportError;
use crate::merge::MergeError;
use crate::scenario::{ScenarioError, Workload};
use crate::sweep::SweepError;
#[cfg(feature = "otlp")]
use crate::telemetry::otlp::NoClient;
use crate::telemetry::prometheus::Address;
use crate::tui::{ConfigError, TuiError};
use crate::workload::{Channel, Exec, Files, Http, Process, Synthetic, Tcp};

/// The exit code of a run that came to its end and to nothing: every task or a gate failed.
const FAILED: u8 = 1;
/// The exit code of bad input.
const BAD_INPUT: u8 = 2;
/// The exit code of a workload that cannot be set up.
const NO_SETUP: u8 = 3;
/// The exit code of a run that a signal ended, its books written.
const INTERRUPTED: u8 = 130;
/// What the exit codes say, for the help and the manual.
const EXIT_CODES: &str = "\
Exit codes: 0 it went well; 1 a gate or every task failed; 2 the input is wrong; 3 the work cannot be set up; 130 a signal \
ended the run, and its books were written.";
/// The widest line of a complaint.
const WIDTH: usize = 100;

/// Profiles async work against its deadline.
#[derive(Debug, Parser)]
#[command(version, long_version = version::LONG.as_str(), after_long_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a scenario.
    Run(Box<RunArgs>),
    /// Runs a scenario at every point of a grid of deadlines, policies and loads
    Sweep(Box<sweep::SweepArgs>),
    /// Compares two runs, and says what differs beyond chance
    Compare(compare::CompareArgs),
    /// Adds the shards of a run up to the whole.
    Merge(merge::MergeArgs),
    /// Writes runs as one page of HTML that needs nothing beside it.
    Report(report::ReportArgs),
    /// Keeps runs under a name, for later ones to be held against.
    Baseline(baseline::BaselineArgs),
    /// Shows an application that has a probe.
    Attach(attach::AttachArgs),
    /// Shows a recorded run, at any time of it
    Open(open::OpenArgs),
    /// Writes a recorded run in another format.
    Export(export::ExportArgs),
    /// Lists the shipped scenarios.
    List,
    /// Prints a scenario file; with changes, as it would run.
    Show(show::ShowArgs),
    /// Says what is wrong with scenario files.
    Check(check::CheckArgs),
    /// Writes an example to begin with
    New(new::NewArgs),
    /// Says where the configuration of the dashboard is, and whether it is valid.
    Config(config::ConfigArgs),
    /// Prints the JSON Schema of scenario files, for editors
    ///
    /// After `tardy schema > scenario.schema.json` a scenario file that begins with the line
    /// `#:schema ./scenario.schema.json` is completed and checked by editors that know Taplo, such as Even Better TOML.
    Schema,
    /// Prints what a shell needs to complete the arguments
    Completions(completions::CompletionsArgs),
    /// Prints the manual, a page for `man`
    Man(man::ManArgs),
}

/// Why a command came to nothing.
#[derive(Debug, thiserror::Error, Diagnostic)]
enum Failure {
    /// The scenario or a change to it is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Scenario(#[from] ScenarioError),
    /// The configuration is wrong or cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Config(#[from] ConfigError),
    /// The run could not be started or broke down.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The dashboard cannot be shown.
    #[error(transparent)]
    Dashboard(#[from] TuiError),
    /// The run's files cannot be written.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The sweep cannot be begun, continued or kept.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Sweep(#[from] SweepError),
    /// Several files have nowhere to go.
    #[error(transparent)]
    #[diagnostic(transparent)]
    NoDirectory(#[from] export::NoDirectory),
    /// There is no new example.
    #[error(transparent)]
    #[diagnostic(transparent)]
    New(#[from] new::NewError),
    /// Two workloads have one name.
    #[error("two workloads are called `{0}`")]
    #[diagnostic(help("give yours another name in `tardy::main`: one of `{0}` comes with tardy or was given before"))]
    Twice(String),
    /// The time to start at is past.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Past(#[from] start::Past),
    /// The files of a run cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Import(#[from] ImportError),
    /// A baseline cannot be kept, found or forgotten.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Baseline(#[from] BaselineError),
    /// Two runs are not compared.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Compare(#[from] CompareError),
    /// Runs are not merged.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Merge(#[from] MergeError),
    /// There is no page.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Report(#[from] report::ReportError),
    /// There is no such address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The application cannot be looked at.
    #[error(transparent)]
    Attach(#[from] AttachError),
    /// The metrics of the run cannot be served there.
    #[error("cannot serve metrics at {address}")]
    #[diagnostic(help("another program may have the port: try another, or 0 for one that is free"))]
    Metrics {
        /// Where.
        address: Address,
        /// What the system said.
        source: io::Error,
    },
    /// The metrics of the run cannot be sent.
    #[cfg(feature = "otlp")]
    #[error("cannot send metrics")]
    NoPush(#[from] NoClient),
    /// The metrics of the run cannot be served at all.
    #[error("cannot serve metrics")]
    NoMetrics(#[source] io::Error),
    /// Signals cannot be heard.
    #[error("cannot listen for signals")]
    Signals(#[source] io::Error),
    /// Stdout cannot be written.
    #[error("cannot write the result to stdout")]
    Output(#[from] io::Error),
}

impl Failure {
    const fn code(&self) -> u8 {
        match self {
            Self::Scenario(_)
            | Self::Config(_)
            | Self::Export(_)
            | Self::Sweep(_)
            | Self::Baseline(_)
            | Self::Import(_)
            | Self::Past(_)
            | Self::Compare(_)
            | Self::Merge(_)
            | Self::Report(_)
            | Self::Output(_)
            | Self::New(_)
            | Self::Address(_)
            | Self::Twice(_)
            | Self::NoDirectory(_)
            | Self::Dashboard(TuiError::Unwritten { .. }) => BAD_INPUT,
            #[cfg(feature = "otlp")]
            Self::NoPush(_) => NO_SETUP,
            Self::Engine(_)
            | Self::Attach(_)
            | Self::Metrics { .. }
            | Self::NoMetrics(_)
            | Self::Signals(_)
            | Self::Dashboard(_) => NO_SETUP,
        }
    }
}

/// The workloads that come with tardy, and the user's.
fn registry(own: impl IntoIterator<Item = Kind>) -> Result<Registry, Failure> {
    let built_in = [
        described::<Synthetic>("synthetic"),
        described::<Channel>("channel"),
        described::<Exec>("exec"),
        described::<Http>("http"),
        described::<Files>("fs"),
        described::<Process>("process"),
        described::<Tcp>("tcp"),
    ];
    let built_in = built_in.into_iter().fold(Registry::new(), Registry::with);
    own.into_iter().try_fold(built_in, |registry, kind| {
        if registry.has(kind.name()) {
            return Err(Failure::Twice(kind.name().to_owned()));
        }
        Ok(registry.with(kind))
    })
}

/// A workload whose parameters are in the schema of scenario files.
fn described<W: Workload<Params: JsonSchema>>(kind: &str) -> Kind {
    workload::<W>(kind).described_by::<W::Params>()
}

/// The whole of tardy, its command line, dashboard and exports, over workloads of your own beside those that come with it:
/// does what the arguments of the program ask for and answers its exit code.
///
/// ```no_run
/// use std::process::ExitCode;
/// use std::sync::Arc;
///
/// use tardy::scenario::{TaskContext, TaskError};
///
/// #[derive(serde::Deserialize)]
/// #[serde(deny_unknown_fields)]
/// struct Params {
///     items: u32,
/// }
///
/// async fn checkout(cx: TaskContext, params: Arc<Params>) -> Result<(), TaskError> {
///     for _ in 0..params.items {
///         cx.step("reserve", tokio::task::yield_now()).await;
///     }
///     Ok(())
/// }
///
/// fn main() -> ExitCode {
///     tardy::main([tardy::workload_fn("checkout", checkout)])
/// }
/// ```
#[must_use]
pub fn main(workloads: impl IntoIterator<Item = Kind>) -> ExitCode {
    let registry = match registry(workloads) {
        Ok(registry) => registry,
        Err(failure) => return fail(&failure),
    };
    let cli = match Cli::try_parse_from(std::env::args_os()) {
        Ok(cli) => cli,
        Err(told) => return usage(&told),
    };
    let done = match cli.command {
        None if run::has_screen() => return home::home(registry).unwrap_or_else(|failure| fail(&failure)),
        None => list::overview(),
        Some(Command::List) => list::list(),
        Some(Command::Show(args)) => show::show(&args),
        Some(Command::New(args)) => new::new(&args),
        Some(Command::Config(args)) => config::config(args),
        Some(Command::Schema) => schema::schema(&registry),
        Some(Command::Completions(args)) => completions::completions(args),
        Some(Command::Man(args)) => man::man(&args),
        Some(Command::Check(args)) => return check::check(&args, &registry),
        Some(Command::Compare(args)) => {
            return compare::compare(&args).unwrap_or_else(|failure| fail(&failure));
        }
        Some(Command::Merge(args)) => return merge::merge(&args).unwrap_or_else(|failure| fail(&failure)),
        Some(Command::Export(args)) => export::export(&args),
        Some(Command::Open(args)) => return open::open(&args).unwrap_or_else(|failure| fail(&failure)),
        Some(Command::Report(args)) => report::report(&args),
        Some(Command::Baseline(args)) => baseline::baseline(args),
        Some(Command::Attach(args)) => return attach::attach(&args).unwrap_or_else(|failure| fail(&failure)),
        Some(Command::Sweep(args)) => {
            return sweep::sweep(&args, &registry).unwrap_or_else(|failure| fail(&failure));
        }
        Some(Command::Run(args)) => return run::run(&args, registry).unwrap_or_else(|failure| fail(&failure)),
    };
    end(done)
}

/// Prints help, or what is wrong with the arguments: in colour on a terminal, and never an escape sequence elsewhere,
/// whatever the environment asks for.
fn usage(told: &clap::Error) -> ExitCode {
    // A closed pipe is the reader's choice.
    let _ = match told.use_stderr() {
        true if io::stderr().is_terminal() => told.print(),
        false if io::stdout().is_terminal() => told.print(),
        true => write!(io::stderr(), "{}", told.render()),
        false => write!(io::stdout(), "{}", told.render()),
    };
    u8::try_from(told.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// The exit code of what was done, the failure told on stderr.
fn end(done: Result<(), Failure>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(&failure),
    }
}

/// The exit code of a failure, told on stderr; that nobody reads the result any more is none.
fn fail(failure: &Failure) -> ExitCode {
    match failure {
        Failure::Output(closed) if closed.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        _ => {
            complain(failure);
            ExitCode::from(failure.code())
        }
    }
}

/// Prints a result.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Prints a failure on stderr: in colour on a terminal, and never an escape sequence elsewhere.
fn complain(failure: &Failure) {
    let stderr = io::stderr();
    let plain = std::env::var_os("NO_COLOR").is_some_and(|set| set != OsString::new());
    let coloured = stderr.is_terminal() && !is_dumb() && !plain;
    let theme = if coloured { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let mut text = String::new();
    let handler = GraphicalReportHandler::new_themed(theme).with_width(WIDTH).with_links(false);
    // A single complaint needs no headline above it.
    let told: &dyn Diagnostic = match failure {
        Failure::Scenario(ScenarioError::Invalid(Invalid { complaints, .. }))
        | Failure::Sweep(
            SweepError::Scenario(ScenarioError::Invalid(Invalid { complaints, .. }))
            | SweepError::Description(Invalid { complaints, .. }),
        )
        | Failure::Config(ConfigError::Invalid(Invalid { complaints, .. }))
            if complaints.len() == 1 =>
        {
            &complaints[0]
        }
        failure => failure,
    };
    if handler.render_report(&mut text, told).is_err() {
        text = told.to_string();
    }
    // With stderr gone there is nobody left to tell.
    let _ = writeln!(stderr.lock(), "{}", text.trim_end());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_workloads_of_one_name_are_refused() {
        let names = [["a", "b"], ["a", "a"], ["a", "synthetic"]];
        let made = names.map(|names| registry(names.map(workload::<Synthetic>)).map_err(|failure| failure.to_string()));
        assert!(made[0].as_ref().is_ok_and(|registry| ["a", "b", "synthetic"].iter().all(|kind| registry.has(kind))));
        assert_eq!(made[1].as_ref().unwrap_err(), "two workloads are called `a`");
        assert_eq!(made[2].as_ref().unwrap_err(), "two workloads are called `synthetic`");
    }
}
