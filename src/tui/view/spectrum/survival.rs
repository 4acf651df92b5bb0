//! What the survival curve says of a lane that cancels: the honest tail, with its bounds, and where it stops.
//!
//! ```text
//!  cancel 50.0 ms, service time (Kaplan–Meier)
//!  p90        32.8 ms  32.1 ms – 33.4 ms
//!  p99      > 50.0 ms
//!  within      98.0 %  97.5 – 98.4 %
//!  nothing is known beyond 50.0 ms
//! ```

use std::time::Duration;

use crate::ledger::LaneKey;
use crate::snapshot::{Survival, SurvivalQuantile};
use crate::tui::digest;
use crate::tui::theme::Tone;
use crate::tui::view::painter::Painter;
use crate::units;

/// The percentiles shown, with their names.
const QUANTILES: [(f64, &str); 3] = [(0.9, "p90"), (0.99, "p99"), (0.999, "p99.9")];

/// Rows it takes.
const ROWS: u16 = 6;

/// Columns before the end of a figure, and before its bounds.
const FIGURE: u16 = 21;
const BOUNDS: u16 = 23;

/// Draws it, where there is room for all of it.
pub(super) fn draw(lane: LaneKey, curve: &Survival, p: &mut Painter<'_>) {
    if p.height() < ROWS || curve.tasks() == 0 {
        return;
    }
    let title = p.cut(&format!("{lane}, service time (Kaplan–Meier)"), p.width().saturating_sub(2));
    p.say(1, 0, &title, Tone::Strong);
    for (y, (q, name)) in (1..).zip(QUANTILES) {
        p.say(1, y, name, Tone::Dim);
        match (curve.quantile(q), curve.known_until()) {
            (Some(quantile), _) => figure(p, y, (&units::human(quantile.at), Tone::Plain), &bounds(quantile)),
            (None, until) => figure(p, y, (&beyond(until), Tone::Cancelled), ""),
        }
    }
    let Some((until, at)) = curve.known_until().and_then(|until| Some((until, curve.longer_than(until)?))) else {
        return;
    };
    p.say(1, 4, "within", Tone::Dim);
    let within = format!("{} – {}", units::three_digits((1.0 - at.high) * 100.0), units::percent(1.0 - at.low));
    figure(p, 4, (&units::percent(1.0 - at.share), Tone::Late), &within);
    p.say(1, 5, &format!("nothing is known beyond {}", units::human(until)), Tone::Cancelled);
}

fn figure(p: &mut Painter<'_>, y: u16, (figure, tone): (&str, Tone), bounds: &str) {
    p.say_before(FIGURE, y, figure, tone);
    if BOUNDS + p.columns(bounds) < p.width() {
        p.say(BOUNDS, y, bounds, Tone::Dim);
    }
}

fn beyond(until: Option<Duration>) -> String {
    until.map_or_else(|| "–".to_owned(), |until| format!("> {}", units::human(until)))
}

/// The 95 % bounds of a percentile, as far as they are known.
fn bounds(quantile: SurvivalQuantile) -> String {
    let low = units::human(quantile.low);
    quantile.high.map_or_else(|| format!("{low} or more"), |high| format!("{low} – {}", units::human(high)))
}

/// What it says at so many nines.
pub(super) fn reading(curve: &Survival, nines: f64) -> String {
    match curve.quantile(digest::share(nines)) {
        Some(quantile) => format!("Kaplan–Meier {} ({})", units::human(quantile.at), bounds(quantile)),
        None => format!("Kaplan–Meier {}", beyond(curve.known_until())),
    }
}

/// The share of the tasks of which the latency is known; `None` where that is all.
pub(super) fn known_share(curve: &Survival) -> Option<f64> {
    curve.known_until().and_then(|until| curve.longer_than(until)).map(|longer| 1.0 - longer.share)
}
