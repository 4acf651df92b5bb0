//! `tardy` without a command on a terminal: a scenario is picked there.

use std::process::ExitCode;

use super::{Failure, session};
use crate::engine::Registry;
use crate::tui::Config;

/// Shows Home until the user leaves.
pub(super) fn home(registry: Registry) -> Result<ExitCode, Failure> {
    session::show(registry, None, Config::load()?)
}
