//! `tardy check`: what is wrong with scenario files, all of it.

use std::process::ExitCode;

use clap::Args;

use super::{BAD_INPUT, Failure, complain, end, print};
use crate::engine::Registry;
use crate::scenario::{Overrides, Plan};

/// The arguments of `tardy check`.
#[derive(Debug, Clone, Args)]
pub(super) struct CheckArgs {
    /// Scenario files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,
}

/// Says of each file that it is ok, or what is wrong with it.
pub(super) fn check(args: &CheckArgs, registry: &Registry) -> ExitCode {
    let mut all_good = true;
    for file in &args.files {
        let checked = Plan::load(file, &Overrides::default()).and_then(|plan| registry.prepare(&plan));
        match checked {
            Ok(_) => {
                if let failed @ Err(_) = print(&format!("{file}: ok\n")) {
                    return end(failed);
                }
            }
            Err(error) => {
                all_good = false;
                complain(&Failure::from(error));
            }
        }
    }
    if all_good { ExitCode::SUCCESS } else { ExitCode::from(BAD_INPUT) }
}
