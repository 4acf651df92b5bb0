//! `tardy config`: where the configuration is, whether it is valid, and what it may say.

use clap::Args;

use super::{Failure, print};
use crate::document::printable;
use crate::tui::Config;

/// The arguments of `tardy config`.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct ConfigArgs {
    /// Prints a file with every key, each with its default
    #[arg(long)]
    defaults: bool,
}

/// Says whether the file is there and valid, or prints one that changes nothing.
pub(super) fn config(args: ConfigArgs) -> Result<(), Failure> {
    if args.defaults {
        return print(&Config::defaults());
    }
    let Some(path) = Config::path() else {
        return print("no configuration: neither XDG_CONFIG_HOME nor HOME says where it would be\n");
    };
    let state = match Config::read(&path)? {
        Some(_) => "ok",
        None => "not there; `tardy config --defaults` prints what it may say",
    };
    print(&printable(&format!("{}: {state}\n", path.display())))
}
