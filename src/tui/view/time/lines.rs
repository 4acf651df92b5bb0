//! Percentiles over time, each a line of its own kind, and the timed-out rate below.
//!
//! ```text
//!                                   last 2 s
//!    1 s                  ════════  ═ p99.9  1.04 s
//!          ══════━━━━━━━━━━━━━━━━━  ━ p99    1.01 s
//! 50.0 ms┈┈┈┈╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌┈┈┈┈┈  ╌ p90   48.0 ms
//!   10 ms  ───────────────────────  ─ p50   12.0 ms
//!  missed  ▁▁▂▃▃▄▅▆▇█▂▂▂▂▂▂▂▂▂▂▂▂▂           4.41 %
//! ```

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cursor;
use super::plan::Plan;
use crate::outcome::Policy;
use crate::snapshot::{Heat, Latency, TimelineRow};
use crate::tui::app::App;
use crate::tui::axis;
use crate::tui::digest::QUANTILES;
use crate::tui::theme::Tone;
use crate::tui::view::bars;
use crate::tui::view::painter::Painter;
use crate::tui::view::verdict::missed_share;
use crate::units;

/// Rows longer than this have been joined, and their percentiles with them.
const JOINED: Duration = Duration::from_secs(2);

/// The order lines are drawn in: where two meet, the one that says more stays.
const DRAWN: [usize; QUANTILES.len()] = [3, 1, 0, 2];

/// A percentile of a column: which, and whether it is read off the heat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quantile {
    /// The latency.
    pub latency: Latency,
    /// Known only to the width of a cell of the heatmap's grid.
    rough: bool,
}

impl Quantile {
    /// One of [`QUANTILES`]. The row's own number knows nothing of what was cancelled, and has no joint value.
    pub(super) fn of(row: &TimelineRow, which: usize) -> Option<Self> {
        let own = [row.p50, row.p90, row.p99, row.p999].get(which).copied().flatten();
        let is_exact = row.length < JOINED && row.heat.cells().all(|cell| cell.censored == 0);
        if let Some(latency) = own.filter(|_| is_exact) {
            return Some(Self { latency: Latency::Exactly(latency), rough: false });
        }
        let cancelled_at = row.lane.filter(|lane| lane.policy == Policy::Cancel).and_then(|lane| lane.deadline);
        row.heat.quantile(QUANTILES[which].0, cancelled_at).map(|latency| Self { latency, rough: true })
    }

    /// In words: `12.0 ms`, `≈ 12.0 ms`, `≥ 50.1 ms`.
    pub(super) fn words(self) -> String {
        match self.latency {
            Latency::Exactly(latency) if self.rough => format!("≈ {}", units::human(latency)),
            latency => latency.to_string(),
        }
    }

    fn tone(self, row: &TimelineRow) -> Tone {
        match (self.latency, row.lane.and_then(|lane| lane.deadline)) {
            (Latency::AtLeast(_), _) => Tone::Cancelled,
            (Latency::Exactly(latency), Some(deadline)) if latency > deadline => Tone::Late,
            _ => Tone::OnTime,
        }
    }
}

/// Draws the percentile lines.
pub(super) fn percentiles(app: &App, plan: &Plan, buf: &mut Buffer) {
    let chart = plan.lines;
    if chart.height == 0 {
        return;
    }
    let glyphs = app.theme.glyphs();
    let mut p = Painter::new(chart, buf, app.theme);
    let place = |latency: Duration| plan.row_in(chart, Heat::place(latency));
    let lanes = plan.columns.iter().map(|row| row.lane.and_then(|lane| lane.deadline));
    let deadlines = (0..).zip(lanes).map(|(column, deadline)| (plan.cells(column), deadline));
    for (cells, deadline) in deadlines.chain([(plan.to_come(), app.shown().deadline)]) {
        if let Some(y) = deadline.and_then(place) {
            let style = app.theme.style(Tone::Deadline);
            cells.for_each(|x| p.glyph(x, y, glyphs.across, style));
        }
    }
    for which in DRAWN {
        for (column, row) in (0..).zip(&plan.columns) {
            let Some(quantile) = Quantile::of(row, which) else { continue };
            let Some(y) = place(quantile.latency.bound()) else { continue };
            let style = app.theme.style(quantile.tone(row));
            plan.cells(column).for_each(|x| p.glyph(x, y, glyphs.lines[which], style));
        }
    }
    labels(app, plan, buf);
    names(app, plan, buf);
}

/// The decades at the left.
fn labels(app: &App, plan: &Plan, buf: &mut Buffer) {
    let margin = Rect { x: plan.lines.x - plan.margins.0, width: plan.margins.0, ..plan.lines };
    let mut p = Painter::new(margin, buf, app.theme);
    let mut taken = None;
    for (cell, latency) in plan.bands.decades() {
        let y = plan.row_in(plan.lines, cell);
        if let Some(at) = y.filter(|_| y != taken) {
            p.say_before(margin.width.saturating_sub(2), at, &axis::label(latency), Tone::Dim);
            taken = y;
        }
    }
}

/// The column the figures at the right are of: the cursor's, else the newest in which something ended.
fn told(app: &App, plan: &Plan) -> Option<usize> {
    let newest =
        || plan.columns.iter().rposition(|row| Quantile::of(row, 0).is_some()).or(plan.columns.len().checked_sub(1));
    app.cursor.spot.and_then(|spot| plan.column(spot.time)).or_else(newest)
}

/// What a column is, over its figures: `last 2 s`, or from when to when.
fn head(app: &App, plan: &Plan, column: usize) -> String {
    let row = &plan.columns[column];
    if app.cursor.spot.is_none() && column + 1 == plan.columns.len() {
        return format!("last {}", super::lasting(row.length));
    }
    cursor::span(row)
}

/// The names at the right, each beside its line, with the numbers of one column, and over them which one.
fn names(app: &App, plan: &Plan, buf: &mut Buffer) {
    let Some(column) = told(app, plan) else { return };
    let row = &plan.columns[column];
    let room = Rect { x: plan.lines.right() + 2, width: plan.margins.1.saturating_sub(3), ..plan.lines };
    let mut p = Painter::new(room, buf, app.theme);
    let (mut free, mut is_headed) = (1, false);
    // From above; `left` are those that still have to find room below.
    for (left, which) in (0..QUANTILES.len()).rev().map(|which| (u16::try_from(which).unwrap_or(0), which)) {
        let Some(quantile) = Quantile::of(row, which) else { continue };
        let beside = plan.row_in(plan.lines, Heat::place(quantile.latency.bound())).unwrap_or(0);
        let y = beside.max(free).min(room.height.saturating_sub(left + 1));
        free = y + 1;
        if !is_headed {
            let tone = if app.cursor.spot.is_some() { Tone::Strong } else { Tone::Dim };
            p.say(0, y.saturating_sub(1), &head(app, plan, column), tone);
            is_headed = true;
        }
        let tone = quantile.tone(row);
        p.say(0, y, app.theme.glyphs().lines[which], tone);
        p.say(2, y, QUANTILES[which].1, Tone::Dim);
        p.say_before(room.width, y, &quantile.words(), if tone == Tone::OnTime { Tone::Plain } else { tone });
    }
}

/// Draws the share of deadlines missed.
pub(super) fn missed(app: &App, plan: &Plan, buf: &mut Buffer) {
    let chart = plan.missed;
    let Some(foot) = chart.height.checked_sub(1) else { return };
    let shares: Vec<f64> = plan.columns.iter().map(missed_share).collect();
    let peak = bars::peak(&shares);
    let wide = (0..).zip(&shares).flat_map(|(column, &share)| plan.cells(column).map(move |_| share));
    let series = bars::Series { values: &wide.collect::<Vec<_>>(), max: peak, rows: chart.height, tone: Tone::Late };
    series.draw(&mut Painter::new(chart, buf, app.theme), (0, 0), app.theme);
    let margin = Rect { x: chart.x - plan.margins.0, width: plan.margins.0, ..chart };
    let mut left = Painter::new(margin, buf, app.theme);
    left.say_before(margin.width.saturating_sub(2), foot, "missed", Tone::Dim);
    let room = Rect { x: chart.right() + 2, width: plan.margins.1.saturating_sub(3), ..chart };
    let Some(share) = told(app, plan).filter(|_| plan.framed).map(|column| shares[column]) else { return };
    let mut p = Painter::new(room, buf, app.theme);
    if foot > 0 {
        p.say(0, 0, "peak", Tone::Dim);
        p.say_before(room.width, 0, &units::percent(peak), Tone::Dim);
    }
    p.say_before(room.width, foot, &units::percent(share), if share > 0.0 { Tone::Late } else { Tone::Dim });
}
