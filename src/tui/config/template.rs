//! The configuration as a file: every key with its value, and a comment that says what it is.

use std::fmt::Write;
use std::time::Duration;

use toml::Value;

use super::Config;
use super::rules::theme;
use crate::lint::{Limits, Lint};
use crate::tui::key::Key;
use crate::units::exact;

/// The column of the comments, where the setting leaves room for it.
const COMMENT: usize = 36;

const HEAD: &str = "\
# tardy: how the dashboard looks, which keys it has, and what it warns of.
# `tardy config` says where this file belongs. Whatever is left out stays as it is here.
";

const KEYS: &str = "
# A key or a list of keys, in place of those the binding has; [] takes them away. A key is one character,
# \"space\", \"ctrl-c\", \"f1\", or \"esc\", \"enter\", \"tab\", \"shift-tab\", \"backspace\", \"delete\", \"left\",
# \"right\", \"up\", \"down\", \"home\", \"end\", \"page-up\", \"page-down\". No screen may have a key twice.
[keys]
";

const LINTS: &str = "
# From where on there is something to know; false silences it. A run without a screen keeps to these defaults.
[lints]
";

/// `config` as a file.
pub(super) fn text(config: &Config) -> String {
    let mut out = HEAD.to_owned();
    line(
        &mut out,
        "theme",
        &quoted(theme(config.ground)),
        "or \"dark\", \"light\"; auto: as COLORFGBG says, else dark",
    );
    line(&mut out, "fps", &config.fps.to_string(), "frames a second at the most, 1 to 60");
    line(&mut out, "ascii", &config.ascii.to_string(), "true: draw with ASCII alone, as --ascii does");
    out.push_str(KEYS);
    for binding in config.keymap.bindings() {
        line(&mut out, binding.word, &keys(&binding.keys), binding.help);
    }
    out.push_str(LINTS);
    lints(&mut out, &config.limits);
    out
}

fn lints(out: &mut String, limits: &Limits) {
    let time = |limit: Option<Duration>| limit.map_or_else(|| "false".to_owned(), |limit| quoted(&exact(limit)));
    let share = |limit: Option<f64>| limit.map_or_else(|| "false".to_owned(), |limit| limit.to_string());
    for (lint, limit, comment) in [
        (Lint::ClockBehind, time(limits.clock_behind), "how late a tick of tardy's own clock is"),
        (Lint::ArrivalsBehind, time(limits.arrivals_behind), "how late 1 arrival in 100 is, or how long they queue"),
        (Lint::TasksFail, share(limits.tasks_fail), "share of the tasks that fail or panic"),
        (Lint::WorkersBlocked, time(limits.workers_blocked), "how long one poll takes, while others wait as long"),
        (Lint::PoolSaturated, share(limits.pool_saturated), "share of the time that waiting for a permit takes"),
        (Lint::StartDelay, share(limits.start_delay), "start delay as a share of the time from spawn to end, medians"),
        (Lint::CancelLag, share(limits.cancel_lag), "cancel lag (p90) as a share of the deadline"),
        (Lint::TimerFloor, time(limits.timer_floor), "median below which the runtime's timer, 1 ms, counts"),
    ] {
        line(out, lint.word(), &limit, comment);
    }
}

fn line(out: &mut String, key: &str, value: &str, comment: &str) {
    let setting = format!("{key} = {value}");
    // Writing to a String cannot fail.
    writeln!(out, "{setting:COMMENT$} # {comment}").ok();
}

/// One key as a text, several as a list.
fn keys(keys: &[Key]) -> String {
    match keys {
        [key] => quoted(&key.to_string()),
        keys => format!("[{}]", keys.iter().map(|key| quoted(&key.to_string())).collect::<Vec<_>>().join(", ")),
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
