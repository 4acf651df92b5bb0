//! What tests against the programs of others share: such a program need not be here, unless all are asked for.

use std::env;
use std::process::{Command, Stdio};

/// True when `probe` succeeds, which shows that `what` is here.
///
/// # Panics
/// It is not here although `TARDY_INTEROP=all` says that everything is, as in `.ci/run`.
pub(crate) fn has(what: &str, probe: &mut Command) -> bool {
    let probe = probe.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if probe.status().is_ok_and(|status| status.success()) {
        return true;
    }
    assert!(env::var_os("TARDY_INTEROP").is_none_or(|which| which != "all"), "{what} is not here");
    eprintln!("left out: {what} is not here");
    false
}

/// The Python that has the packages of others: `TARDY_PYTHON`, or the one on the path.
pub(crate) fn python() -> Command {
    Command::new(env::var_os("TARDY_PYTHON").unwrap_or_else(|| "python3".into()))
}
