//! `--start-at`: waiting for the time at which a run begins, so that its shards begin together.

use std::io::{self, Write};
use std::thread;
use std::time::{Duration, SystemTime};

use miette::Diagnostic;

use super::Failure;
use crate::headless::Signals;
use crate::units::human;

/// How often a signal is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How long ago a time may be and still be now: people and clocks of machines know it to the second.
const JUST_NOW: Duration = Duration::from_secs(1);

/// There is no starting at a time that is past.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("cannot start at {at}, which is {} ago", human(*ago))]
#[diagnostic(help("give a time to come: the clock of this machine says it is {now}"))]
pub(super) struct Past {
    at: String,
    now: String,
    ago: Duration,
}

/// Reads the time of a flag.
pub(super) fn time(text: &str) -> Result<SystemTime, String> {
    humantime::parse_rfc3339_weak(text)
        .map_err(|error| format!("{error}; expected a time in UTC, such as `2026-01-31T17:00:00Z`"))
}

/// Waits for `at` and says so, unless it is to be `quiet`. Gives the signals to who runs what was waited for; nothing when one of
/// them ended the waiting.
pub(super) fn wait(at: SystemTime, quiet: bool) -> Result<Option<Signals>, Failure> {
    let mut signals = Signals::take().map_err(Failure::Signals)?;
    let now = SystemTime::now();
    let (at_text, now_text) = (text(at), text(now));
    if let Ok(ago) = now.duration_since(at) {
        return if ago <= JUST_NOW { Ok(Some(signals)) } else { Err(Past { at: at_text, now: now_text, ago }.into()) };
    }
    if !quiet {
        let left = human(left(at));
        // With stderr gone there is nobody left to tell.
        let _ = writeln!(io::stderr(), "starts at {at_text}, in {left}");
    }
    loop {
        // The clock of a machine is set while it goes, so that it is asked again and again.
        let left = left(at);
        if signals.command().is_some() {
            return Ok(None);
        }
        if left.is_zero() {
            return Ok(Some(signals));
        }
        thread::sleep(left.min(LOOK_EVERY));
    }
}

fn left(at: SystemTime) -> Duration {
    at.duration_since(SystemTime::now()).unwrap_or_default()
}

fn text(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time.max(SystemTime::UNIX_EPOCH)).to_string()
}
