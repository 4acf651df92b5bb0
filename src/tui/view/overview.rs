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
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::widgets::Widget;

use super::histogram::HistogramPanel;
use super::percentiles::Percentiles;
use super::timeline::TimelinePanel;
use super::verdict::Verdict;
use crate::tui::app::App;

/// From this height on there is a blank row before the boxes.
const AIRY: u16 = 28;

/// See the module.
#[derive(Debug)]
pub(super) struct Overview<'a>(pub &'a App);

impl Widget for Overview<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let app = self.0;
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
        verdict.render(counters, buf);
        HistogramPanel(app).render(histogram, buf);
        percentiles.render(table, buf);
        TimelinePanel(app).render(timeline, buf);
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
