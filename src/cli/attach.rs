//! `tardy attach`: an application that has a probe, on the same screens.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::{Failure, run, session};
use crate::attach::{Address, Remote};
use crate::tui::{self, Config, Options};

/// The variable of the environment that has the token.
const TOKEN: &str = "TARDY_TOKEN";

/// The arguments of `tardy attach`.
#[derive(Debug, Clone, Args)]
pub(super) struct AttachArgs {
    /// Where the application serves: `unix:/run/checkout.tardy` or `tcp:127.0.0.1:7000`
    #[arg(value_name = "ADDR")]
    address: String,
    /// What the application wants to be told; `TARDY_TOKEN` of the environment when it is left out
    #[arg(long)]
    token: Option<String>,
    /// Prints one summary as JSON
    #[arg(long)]
    json: bool,
    /// Prints one summary, as it does when stdout is no terminal or a dumb one
    #[arg(long)]
    headless: bool,
    /// Draws with ASCII alone
    #[arg(long)]
    ascii: bool,
}

/// Shows the application until the user leaves, or prints how it stands.
pub(super) fn attach(args: &AttachArgs) -> Result<ExitCode, Failure> {
    let address: Address = args.address.parse()?;
    let on_screen = run::has_screen() && !args.headless && !args.json;
    let mut config = if on_screen { Config::load()? } else { Config::default() };
    config.ascii |= args.ascii;
    let token = args.token.clone().or_else(|| std::env::var(TOKEN).ok());
    let remote = Remote::connect(&address, token.as_deref())?;
    if on_screen {
        let export = session::export(Arc::default(), &remote.snapshot().info.scenario, remote.scenario());
        tui::attach(&remote, Options { config, export })?;
    } else {
        run::print(&remote.snapshot(), &config.limits, args.json)?;
    }
    Ok(ExitCode::SUCCESS)
}
