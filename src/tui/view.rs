//! Draws the screen: one panel a file, each from the same [`App`], none of them changing it.
//!
//! Owns the layout: which panels a size has room for. It must not know how state comes about.
//!
//! ```text
//! header                                   at least 80×20; smaller screens get the compact layout
//! ────────────────────────────────────
//! verdict: counters, trends, books
//! ┌ histogram ─────────┐┌ percentiles ┐
//! └────────────────────┘└─────────────┘
//! ┌ timeline ─────────────────────────┐
//! └───────────────────────────────────┘
//! footer: answer, keys
//! ```

mod bars;
mod compact;
mod field;
mod footer;
mod header;
mod help;
mod histogram;
mod painter;
mod percentiles;
mod timeline;
mod verdict;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::widgets::Widget;

use self::compact::Compact;
use self::footer::Footer;
use self::header::Header;
use self::help::Help;
use self::histogram::HistogramPanel;
use self::painter::Painter;
use self::percentiles::Percentiles;
use self::timeline::TimelinePanel;
use self::verdict::Verdict;
use super::app::{App, Overlay};
use super::theme::Tone;

/// The smallest size of the full layout.
const FULL: (u16, u16) = (80, 20);

/// From this height on there is a blank row before the boxes.
const AIRY: u16 = 32;

/// Draws one frame.
pub fn draw(frame: &mut Frame<'_>, app: &App) {
    frame.render_widget(&Overview(app), frame.area());
}

/// The whole first screen.
#[derive(Debug)]
struct Overview<'a>(&'a App);

impl Widget for &Overview<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        if area.width < FULL.0 || area.height < FULL.1 {
            Compact(self.0).render(area, buf);
        } else {
            self.full(area, buf);
        }
        if self.0.overlay == Overlay::Help {
            Help(self.0).render(area, buf);
        }
    }
}

impl Overview<'_> {
    fn full(&self, area: Rect, buf: &mut Buffer) {
        let app = self.0;
        let verdict = Verdict::new(app, area);
        let percentiles = Percentiles::new(app, area.width);
        let [header, rule, counters, charts, timeline, footer] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(1),
            Constraint::Length(verdict.height() + u16::from(area.height >= AIRY)),
            Constraint::Min(5),
            Constraint::Length(timeline_height(area.height)),
            Constraint::Length(2),
        ])
        .areas(area);
        let [histogram, table] =
            Layout::horizontal([Constraint::Min(10), Constraint::Length(percentiles.width())]).areas(charts);
        Header(app).render(header, buf);
        Painter::new(rule, buf, app.theme).rule(0, Tone::Dim);
        verdict.render(counters, buf);
        HistogramPanel(app).render(histogram, buf);
        percentiles.render(table, buf);
        TimelinePanel(app).render(timeline, buf);
        Footer(app).render(footer, buf);
    }
}

const fn timeline_height(height: u16) -> u16 {
    match height {
        0..22 => 0,
        22..28 => 5,
        28..44 => 8,
        _ => 12,
    }
}

#[cfg(test)]
mod tests;
