//! The command line: what can be asked for, what is printed where, and with which code it ends.
//!
//! Owns the grammar, stdout for results, stderr for complaints, and the exit codes. It must not know how anything
//! it asks for is done.

mod changes;
mod check;
mod list;
mod run;
mod show;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};

pub use changes::Changes;
pub use run::RunArgs;

use crate::scenario::ScenarioError;

/// The exit code of bad input.
const BAD_INPUT: u8 = 2;
/// The widest line of a complaint.
const WIDTH: usize = 100;

/// Profiles async work against its deadline.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a scenario.
    Run(RunArgs),
    /// Lists the shipped scenarios.
    List,
    /// Prints a scenario file; with changes, as it would run.
    Show(show::ShowArgs),
    /// Says what is wrong with scenario files.
    Check(check::CheckArgs),
}

/// Why a command came to nothing.
#[derive(Debug, thiserror::Error, Diagnostic)]
enum Failure {
    /// The scenario or a change to it is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Scenario(#[from] ScenarioError),
    /// Stdout cannot be written.
    #[error("cannot write the result to stdout")]
    Output(#[from] io::Error),
}

/// Does what the command line asks for and answers the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse_from(std::env::args_os()) {
        Ok(cli) => cli,
        Err(usage) => {
            // A closed pipe is the reader's choice.
            let _ = usage.print();
            return u8::try_from(usage.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
        }
    };
    let done = match cli.command {
        None => list::overview(),
        Some(Command::List) => list::list(),
        Some(Command::Show(args)) => show::show(&args),
        Some(Command::Check(args)) => return check::check(&args),
        Some(Command::Run(args)) => run::plan(&args).map(|_| ()),
    };
    end(done)
}

/// The exit code of what was done, the failure told on stderr.
fn end(done: Result<(), Failure>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Output(closed)) if closed.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            complain(&failure);
            ExitCode::from(BAD_INPUT)
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
    let coloured = stderr.is_terminal() && !plain;
    let theme = if coloured { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let mut text = String::new();
    let handler = GraphicalReportHandler::new_themed(theme).with_width(WIDTH).with_links(false);
    // A single complaint needs no headline above it.
    let told: &dyn Diagnostic = match failure {
        Failure::Scenario(ScenarioError::Invalid { complaints, .. }) if complaints.len() == 1 => &complaints[0],
        failure => failure,
    };
    if handler.render_report(&mut text, told).is_err() {
        text = told.to_string();
    }
    // With stderr gone there is nobody left to tell.
    let _ = writeln!(stderr.lock(), "{}", text.trim_end());
}
