//! Latency over time: a heatmap, with percentiles and the timed-out rate on the same axis.
//!
//! ```text
//! ┌ response time · whole run, second by second ───────────────────────── latency and counts logarithmic ┐
//! │      1 s  ▀ ▀ ▄▀ ▄ ▀ ▀▄ ▀ ▄▀ ▄▀▄ ▀ ▀                                                1 to 200 tasks   │
//! │   100 ms                                                                            █████ on time    │
//! │  50.0 ms ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈▒▒▒▒▒▒▒▒▒▒▒▒▒┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈         █████ late       │
//! │    10 ms ▄█▄▄▄██▄▄▄█▄▄▄▄█▄▄▄▄▄▄▄██▄▄▄▄▄▄▄▄▄▄▄                                       ░░▒▒▓ cancelled  │
//! │          ┴00:00─────────┴00:20───▲────┴00:40─────────────┴01:00──                                    │
//! │                          ▲ observe → cancel 00:28                                                    │
//! │          percentile lines and the timed-out rate: see `lines`                                        │
//! └ 00:33–00:34  11.2 ms – 12.6 ms: 41 tasks · 13.7 % of 300 · missed 4.41 % · p50 12.0 ms · p99 1.01 s ─┘
//! ```
//! Where there is little room the frame, the key and the lines fall away, and the read-out takes the title's place.

mod bands;
mod cursor;
mod heatmap;
mod lines;
mod plan;

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::Widget;

use self::heatmap::Heatmap;
use self::plan::Plan;
use super::painter::Painter;
use super::{body_of, timeline};
use crate::ledger::Metric;
use crate::tui::action::Action;
use crate::tui::app::{App, Cursor, Spot};

use crate::tui::theme::Tone;
use crate::units;

/// Seconds between two labels of the time axis, and the room each needs.
const STEPS: [u64; 14] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400];
const LABEL: u16 = 11;

/// See the module.
#[derive(Debug)]
pub(super) struct Time<'a>(pub &'a App);

impl Widget for Time<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        let app = self.0;
        let plan = Plan::new(app, area);
        frame(app, &plan, buf);
        if plan.columns.is_empty() {
            return nothing(app, &plan, buf);
        }
        if lacks_heat(app, &plan) {
            without_heat(app, &plan, buf);
        } else {
            Heatmap::new(app, &plan).draw(buf);
        }
        lines::percentiles(app, &plan, buf);
        lines::missed(app, &plan, buf);
        marks(app, &plan, buf);
    }
}

/// Where an action takes the cursor; `None` leaves it as it is.
pub(in crate::tui) fn moved(app: &App, action: Action) -> Option<Spot> {
    cursor::moved(app, &Plan::new(app, body_of(app)), action)
}

/// The cursor that stands at a place of the screen.
pub(super) fn cursor_at(app: &App, area: Rect, at: Position) -> Option<Cursor> {
    let spot = cursor::at(app, &Plan::new(app, area), at)?;
    Some(Cursor { spot: Some(spot), ..app.cursor })
}

/// What the cursor reads, as one line; `None` without one.
pub(super) fn read_out(app: &App, area: Rect) -> Option<String> {
    let parts = cursor::reading(&Plan::new(app, area), app.cursor.spot?)?;
    Some(parts.join(&format!(" {} ", app.theme.glyphs().dot)))
}

fn frame(app: &App, plan: &Plan, buf: &mut Buffer) {
    let dot = format!(" {} ", app.theme.glyphs().dot);
    let mut p = Painter::new(plan.area, buf, app.theme);
    let title = format!("{}{dot}whole run, {}", metric(app), pace(plan));
    let reading = app.cursor.spot.and_then(|spot| cursor::reading(plan, spot)).unwrap_or_default();
    // The more parts the better.
    let mut texts: Vec<String> = (1..=reading.len()).rev().map(|n| reading[..n].join(&dot)).collect();
    if plan.framed {
        p.frame(&title, "latency and counts logarithmic");
        return p.foot(&texts, Tone::Strong);
    }
    texts.push(title);
    let room = p.width().saturating_sub(2);
    let fitting = texts.iter().find(|text| p.columns(text) <= room);
    let text = fitting.map_or_else(|| p.cut(&texts[0], room), Clone::clone);
    p.say(1, 0, &text, if reading.is_empty() { Tone::Dim } else { Tone::Strong });
}

/// What the latencies of the timeline are: the load's own, whatever the other screens show.
fn metric(app: &App) -> &'static str {
    match app.shown().load.headline() {
        Metric::Response => "response time",
        _ => "service time",
    }
}

/// How time is cut.
fn pace(plan: &Plan) -> String {
    match plan.unit.as_secs_f64().round() {
        ..=1.0 => "second by second".to_owned(),
        _ => format!("each column {}", lasting(plan.unit)),
    }
}

/// A length of time, to the second from one second on.
fn lasting(length: Duration) -> String {
    match length.as_secs_f64() {
        ..0.95 => units::human(length),
        seconds if seconds < 99.5 => format!("{} s", seconds.round()),
        _ => units::clock(length),
    }
}

/// What will be here.
fn nothing(app: &App, plan: &Plan, buf: &mut Buffer) {
    let mut p = Painter::new(plan.area, buf, app.theme);
    let middle = p.height() / 2;
    p.say_centered(middle, "latency over time appears here after the first second", Tone::Dim);
    if plan.framed {
        p.say_centered(middle + 1, "the arrow keys or the mouse then read off how many tasks took how long", Tone::Dim);
    }
}

/// Whether tasks ended and none has its place: the files were written before there was one for heat.
fn lacks_heat(app: &App, plan: &Plan) -> bool {
    let has_ended = plan.columns.iter().any(|row| row.counts.ended() > 0);
    app.shown().from_files && has_ended && plan.columns.iter().all(|row| row.heat.is_empty())
}

/// What is in the heatmap's place where there is no heat to show.
fn without_heat(app: &App, plan: &Plan, buf: &mut Buffer) {
    // Inside the frame's sides, where there are any: the chart alone is too narrow for it on a small screen.
    let side = u16::from(plan.framed);
    let room = Rect { x: plan.area.x + side, width: plan.area.width.saturating_sub(2 * side), ..plan.heat };
    let mut p = Painter::new(room, buf, app.theme);
    let middle = p.height() / 2;
    p.say_centered(middle, "an early tardy wrote this run's files, without heat.csv", Tone::Dim);
    if let Some(column) = app.cursor.spot.and_then(|spot| plan.column(spot.time)) {
        heatmap::point(app, plan, column, buf);
    }
}

/// The time axis, and the changes made on the way.
fn marks(app: &App, plan: &Plan, buf: &mut Buffer) {
    axis(app, plan, buf);
    let within = |at: Duration| Some(plan.cells(plan.column(at)?).start);
    let markers = app.shown().timeline.markers().iter().filter_map(|marker| Some((within(marker.at)?, marker)));
    let room = Rect { width: plan.marks.width + plan.margins.1.saturating_sub(1), ..plan.marks };
    timeline::write_markers(&mut Painter::new(room, buf, app.theme), 0, &markers.collect::<Vec<_>>(), app.theme);
}

fn axis(app: &App, plan: &Plan, buf: &mut Buffer) {
    let glyphs = app.theme.glyphs();
    let mut p = Painter::new(plan.axis, buf, app.theme);
    // The cursor has put its sign there already.
    let pointer = app.cursor.spot.and_then(|spot| plan.column(spot.time)).map(|column| plan.cells(column).start);
    let free = |x: u16| pointer != Some(x);
    let style = app.theme.style(Tone::Dim);
    (0..p.width()).filter(|&x| free(x)).for_each(|x| p.glyph(x, 0, glyphs.rule, style));
    let columns = plan.total;
    let labels = u32::from(p.width() / LABEL).max(1);
    let step = step(plan.begin(columns) / labels, plan.unit);
    let mut next = Duration::ZERO;
    for column in (0..columns).filter(|_| !step.is_zero()) {
        if plan.begin(column + 1) <= next {
            continue;
        }
        let text = format!("{}{}", glyphs.tick, units::clock(next));
        let x = plan.cells(column).start;
        let end = x + p.columns(&text);
        if end <= p.width() && (x..end).all(free) {
            p.say(x, 0, &text, Tone::Dim);
        }
        while next < plan.begin(column + 1) {
            next += step;
        }
    }
}

/// The time between two labels that are no closer than `apart`: a step of the clock that columns go into.
fn step(apart: Duration, unit: Duration) -> Duration {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a length of time, in seconds")]
    let seconds = (unit.as_secs_f64().round() as u64).max(1);
    let mut steps = STEPS.into_iter().filter(|step| step % seconds == 0).map(Duration::from_secs);
    steps.find(|&step| step >= apart).unwrap_or_else(|| {
        let columns = apart.as_nanos().div_ceil(unit.as_nanos().max(1));
        unit.saturating_mul(u32::try_from(columns).unwrap_or(u32::MAX))
    })
}

#[cfg(test)]
mod tests;
