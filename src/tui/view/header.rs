//! The first row: what runs, under what, for how long, and in what state.
//!
//! ```text
//!  tardy ▸ fanout   OBSERVE   deadline 50.0 ms   open 500/s poisson   3 gates ✓   2 workers   00:42 / 01:00   ● LIVE
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::widgets::Widget;

use super::painter::Painter;
use crate::lint::Lint;
use crate::outcome::Policy;
use crate::snapshot::{LaneView, Snapshot, State};
use crate::tui::app::App;
use crate::tui::hold::Hold;
use crate::tui::replay::Replay;
use crate::tui::theme::{Theme, Tone};
use crate::units;

/// The widest name, so that a long one leaves room for the deadline.
const NAME: u16 = 32;

/// From this width on it is said what falls behind.
const WORDY: u16 = 100;

/// See the module.
#[derive(Debug)]
pub(super) struct Header<'a>(pub &'a App);

impl Widget for &Header<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let app = self.0;
        let shown = app.shown();
        let mut p = Painter::new(area, buf, app.theme);
        let end = state(&mut p, app);
        let room = p.say_before(end.saturating_sub(3), 0, &elapsed(shown), Tone::Plain).saturating_sub(2);
        let mut x = p.say(1, 0, "tardy ", Tone::Dim);
        x = p.say(x, 0, app.theme.glyphs().pointer, Tone::Dim) + 1;
        let name = p.cut(&shown.info.scenario, room.saturating_sub(x + 12).min(NAME));
        x = p.say(x, 0, &name, Tone::Strong) + 3;
        // What new tasks get is what the keys change, on a frozen screen too.
        let newest = &app.newest;
        x = badge(&mut p, x, newest.policy, app.theme) + 3;
        let (long, load) = (deadline(newest), newest.load.mode.to_string());
        let others = gates(app).map_or(0, |(text, _)| p.columns(&text) + 3);
        let has_room = |deadline: &str, load: &str| x + p.columns(deadline) + 3 + p.columns(load) + others <= room;
        let short = short_deadline(newest);
        let (deadline, load, gates) = match (long, short) {
            (long, _) if has_room(&long, &load) => (long, load, gates(app)),
            (_, short) if has_room(&short, &load) => (short, load, gates(app)),
            (_, short) => (short, newest.load.mode.level(), short_gates(app)),
        };
        let mut parts = vec![(deadline, Tone::Deadline)];
        if shown.info.is_of_log() {
            parts.push(("log of latencies".to_owned(), Tone::Plain));
        } else {
            parts.push((load, Tone::Plain));
        }
        if !shown.info.part.is_whole() {
            parts.push((shown.info.part.to_string(), Tone::Plain));
        }
        parts.extend(gates);
        if !shown.info.is_of_log() {
            parts.push((workers(shown.info.workers), Tone::Dim));
        }
        for (text, tone) in parts {
            if x + p.columns(&text) > room {
                break;
            }
            x = p.say(x, 0, &text, tone) + 3;
        }
    }
}

/// The policy as a word on a field of its own colour, as wide for one as for the other.
pub(super) fn badge(p: &mut Painter<'_>, x: u16, policy: Policy, theme: Theme) -> u16 {
    let tone = match policy {
        Policy::Observe => Tone::OnTime,
        Policy::Cancel => Tone::Cancelled,
    };
    let style = theme.style(tone).add_modifier(Modifier::REVERSED | Modifier::BOLD);
    p.text(x, 0, &format!(" {:<7} ", policy.word().to_uppercase()), style)
}

/// The deadline in words.
pub(super) fn deadline(shown: &Snapshot) -> String {
    shown.deadline.map_or_else(|| "no deadline".to_owned(), |d| format!("deadline {}", units::human(d)))
}

/// The same where there is little room.
pub(super) fn short_deadline(shown: &Snapshot) -> String {
    shown.deadline.map_or_else(|| "no deadline".to_owned(), units::human)
}

/// How many gates fail, or that all hold so far; `None` for a run without gates.
pub(super) fn gates(app: &App) -> Option<(String, Tone)> {
    let (all, failing) = (app.findings().gates().len(), app.findings().failing().count());
    let noun = if all == 1 { "gate" } else { "gates" };
    if failing > 0 {
        return Some((format!("{failing} of {all} {noun} FAIL"), Tone::Failed));
    }
    let awaited = app.findings().gates().any(|(gate, _)| app.findings().is_awaited(gate));
    let (sign, tone) = if awaited { ("", Tone::Dim) } else { (app.theme.glyphs().good, Tone::Plain) };
    (all > 0).then(|| (format!("{all} {noun} {sign}").trim_end().to_owned(), tone))
}

/// The same where there is little room.
pub(super) fn short_gates(app: &App) -> Option<(String, Tone)> {
    let (all, failing) = (app.findings().gates().len(), app.findings().failing().count());
    if failing > 0 { Some((format!("{failing}/{all} FAIL"), Tone::Failed)) } else { gates(app) }
}

fn workers(n: usize) -> String {
    if n == 1 { "1 worker".to_owned() } else { format!("{n} workers") }
}

fn elapsed(shown: &Snapshot) -> String {
    let now = units::clock(shown.elapsed);
    if let Some(warmup) = shown.warmup {
        return format!("{now} / {}", units::clock(warmup));
    }
    match (shown.info.duration, shown.info.tasks) {
        (Some(target), _) => format!("{now} / {}", units::clock(target)),
        (None, Some(tasks)) => {
            let spawned = shown.total(|lane| lane.spawned);
            format!("{now}   {} / {} tasks", units::thousands(spawned), units::thousands(tasks))
        }
        (None, None) => now,
    }
}

/// Writes the state at the right end; returns its first column.
pub(super) fn state(p: &mut Painter<'_>, app: &App) -> u16 {
    let (still, tone, text) = state_words(app);
    let glyphs = app.theme.glyphs();
    let (glyph, tone, behind) = match behind(app).filter(|_| !still) {
        Some(behind) => (glyphs.warning, Tone::Late, behind),
        None => (if still { glyphs.still } else { glyphs.live }, tone, ""),
    };
    // Where there is little room the sign alone says it, and the status row the rest.
    let behind = if p.width() >= WORDY { behind } else { "" };
    p.say_before(p.width().saturating_sub(1), 0, &format!("{glyph} {text}{behind}"), tone)
}

/// What falls behind, so that the numbers tell less than they seem to.
fn behind(app: &App) -> Option<&'static str> {
    let has = |lint| app.findings().has(lint);
    match (has(Lint::ClockBehind), has(Lint::ArrivalsBehind)) {
        (true, _) => Some(", clock behind"),
        (false, true) => Some(", arrivals behind"),
        (false, false) => None,
    }
}

/// Whether things stand still, and how that is said. The screen's own state comes before the run's.
fn state_words(app: &App) -> (bool, Tone, String) {
    let shown = app.shown();
    if let Some(since) = app.frozen_for() {
        return (true, Tone::Badge, format!("FROZEN {} s", units::thousands(since.as_secs())));
    }
    match shown.state {
        State::Warmup | State::Running | State::Draining if app.hold == Hold::Past => {
            (!app.replay.as_ref().is_some_and(Replay::is_playing), Tone::Strong, "REPLAY".to_owned())
        }
        State::Warmup | State::Running | State::Draining if app.hold == Hold::Gone => {
            (true, Tone::Late, "GONE".to_owned())
        }
        State::Finished(_) if shown.from_files || app.hold == Hold::Past => (true, Tone::Strong, "PAST RUN".to_owned()),
        State::Finished(_) => (true, Tone::Strong, "FINISHED".to_owned()),
        State::Draining => {
            let left = shown.total(LaneView::in_flight);
            (false, Tone::Late, format!("DRAINING {} left", units::thousands(left)))
        }
        _ if shown.load.paused => (true, Tone::Late, "PAUSED load".to_owned()),
        State::Warmup => (false, Tone::Dim, "WARM-UP".to_owned()),
        State::Running => (false, Tone::Strong, "LIVE".to_owned()),
    }
}
