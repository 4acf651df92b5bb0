//! What became of gathers: tasks that are awaited together.
//!
//! ```text
//! ┌ outcomes · 605 gathers, collect ───────┐┌ slowest of 20 · even share 5.00 % ──────┐
//! │ complete     400  66.1 % ██████▌       ││  #0   31  5.17 % ███▌                   │
//! └────────────────────────────────────────┘└─────────────────────────────────────────┘
//! ┌ █ gather  ─ child ─────────────────────┐┌ observe 50.0 ms ────────────────────────┐
//! │            ▂▄     ┊     ▃▆▃            ││           gather     child  straggler   │
//! │ ─────┴───────┴────┊──────┴───────┴──── ││ p50      12.1 ms   4.10 ms    8.3 ms    │
//! └────────────────────────────────────────┘└─────────────────────────────────────────┘
//! ```

mod chart;
mod numbers;
mod outcomes;
mod slowest;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::widgets::Widget;

use self::chart::GatherChart;
use self::numbers::Numbers;
use self::outcomes::Outcomes;
use self::slowest::Slowest;
use super::painter::Painter;
use crate::tui::app::App;
use crate::tui::theme::Tone;

/// What it takes for boxes.
const BOXED: (u16, u16) = (78, 16);

/// The widest the right side gets: its numbers need no more.
const WIDEST: u16 = 60;

/// See the module.
#[derive(Debug)]
pub(super) struct Gather<'a>(pub &'a App);

impl Widget for &Gather<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let app = self.0;
        let outcomes = Outcomes::new(app);
        if outcomes.is_empty() {
            self.empty(area, buf);
        } else if area.width < BOXED.0 || area.height < BOXED.1 {
            self.compact(&outcomes, area, buf);
        } else {
            self.boxed(&outcomes, area, buf);
        }
    }
}

impl Gather<'_> {
    fn boxed(&self, outcomes: &Outcomes<'_>, area: Rect, buf: &mut Buffer) {
        let app = self.0;
        let top = (area.height * 2 / 5).clamp(outcomes::ROWS + 3, 16);
        let [above, below] = Layout::vertical([Constraint::Length(top), Constraint::Min(0)]).areas(area);
        let right = Constraint::Length((area.width * 2 / 5).clamp(numbers::WIDTH, WIDEST));
        let [left, slowest] = Layout::horizontal([Constraint::Min(0), right]).areas(above);
        let [latencies, table] = Layout::horizontal([Constraint::Min(0), right]).areas(below);
        outcomes.boxed(left, buf);
        Slowest(app).render(slowest, buf);
        GatherChart(app).boxed(latencies, buf);
        Numbers(app).boxed(table, buf);
    }

    /// Outcomes, percentiles, chart; what has no room falls away from the bottom.
    fn compact(&self, outcomes: &Outcomes<'_>, area: Rect, buf: &mut Buffer) {
        let [counts, percentiles, chart] = Layout::vertical([
            Constraint::Length(outcomes.compact_height(area)),
            Constraint::Length(4),
            Constraint::Min(0),
        ])
        .areas(area);
        outcomes.compact(counts, buf);
        Numbers(self.0).lines(percentiles, buf);
        GatherChart(self.0).render(chart, buf);
    }

    /// Says what a gather is and where gathers come from.
    fn empty(&self, area: Rect, buf: &mut Buffer) {
        let mut p = Painter::new(area, buf, self.0.theme);
        let fill = match &self.0.shown().info.gather {
            None => ["this scenario gathers nothing; in its file,", "[gather] width = 10 awaits ten tasks at a time"],
            Some(_) => ["what becomes of gathers appears here", "as soon as the first one is started"],
        };
        let what = ["a gather is a number of tasks awaited together:", "one slow child makes all of it late"];
        let y = p.height().saturating_sub(5) / 2;
        for (row, text) in (y..).zip([what[0], what[1], "", fill[0], fill[1]]) {
            p.say_centered(row, text, Tone::Dim);
        }
    }
}

#[cfg(test)]
mod tests;
