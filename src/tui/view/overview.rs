//! The first screen: the verdict, the histogram beside its percentiles, the last seconds.
//!
//! ```text
//! verdict: counters, trends, books
//! ┌ histogram ─────────┐┌ percentiles ┐
//! └────────────────────┘└─────────────┘
//! ┌ timeline ─────────────────────────┐
//! └───────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Margin, Position, Rect};
use ratatui::widgets::Widget;

use super::histogram::{Chart, HistogramPanel};
use super::percentiles::Percentiles;
use super::timeline::TimelinePanel;
use super::verdict::Verdict;
use super::{compact, is_full};
use crate::tui::app::{App, Cursor};

/// From this height on there is a blank row before the boxes.
const AIRY: u16 = 28;

/// See the module.
#[derive(Debug)]
pub(super) struct Overview<'a>(pub &'a App);

/// Where its parts are.
#[derive(Debug)]
pub(super) struct Parts {
    counters: Rect,
    /// The histogram, with its frame.
    pub histogram: Rect,
    table: Rect,
    timeline: Rect,
}

impl Parts {
    pub(super) fn of(app: &App, area: Rect) -> Self {
        let verdict = Verdict::new(app, area);
        let percentiles = Percentiles::new(app, area.width);
        let [counters, charts, timeline] = Layout::vertical([
            Constraint::Length(verdict.height() + u16::from(area.height >= AIRY)),
            Constraint::Min(5),
            Constraint::Length(timeline_height(area.height)),
        ])
        .areas(area);
        let [histogram, table] =
            Layout::horizontal([Constraint::Min(10), Constraint::Length(percentiles.width())]).areas(charts);
        Self { counters, histogram, table, timeline }
    }
}

/// The width of the chart: that of the whole screen where it has no frame.
fn chart(app: &App, area: Rect) -> Chart<'_> {
    let width =
        if is_full(app) { Parts::of(app, area).histogram.width.saturating_sub(2) } else { compact::chart_width(area) };
    Chart::new(app, width)
}

/// The cursor at a place of the histogram.
pub(super) fn cursor_at(app: &App, area: Rect, at: Position) -> Option<Cursor> {
    let inside = if is_full(app) {
        Parts::of(app, area).histogram.inner(Margin::new(1, 1))
    } else {
        compact::chart_place(Rect::from((Position::ORIGIN, app.size)))
    };
    let place = inside.contains(at).then(|| Chart::new(app, inside.width).middle(at.x - inside.x))?;
    place.map(|place| Cursor { latency: Some(place), ..app.cursor })
}

/// Where the cursor goes with a step.
pub(super) fn stepped(app: &App, area: Rect, by: i32) -> Option<Cursor> {
    chart(app, area).stepped(by).map(|place| Cursor { latency: Some(place), ..app.cursor })
}

/// What the cursor reads off.
pub(super) fn read_out(app: &App, area: Rect) -> Option<String> {
    let reading = chart(app, area).reading().into_iter().next()?;
    Some(format!("{} · {} · {reading}", app.shown().info.scenario, app.metric_words()))
}

impl Widget for Overview<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let app = self.0;
        let parts = Parts::of(app, area);
        Verdict::new(app, area).render(parts.counters, buf);
        HistogramPanel(app).render(parts.histogram, buf);
        Percentiles::new(app, area.width).render(parts.table, buf);
        TimelinePanel(app).render(parts.timeline, buf);
    }
}

const fn timeline_height(height: u16) -> u16 {
    match height {
        0..18 => 0,
        18..24 => 5,
        24..40 => 8,
        _ => 12,
    }
}
