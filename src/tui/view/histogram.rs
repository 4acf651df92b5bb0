//! The latency histogram of the two newest lanes on one logarithmic axis.
//!
//! The lane new tasks go to is drawn solid, the one before it as a shadow behind it. The deadline has a column
//! of its own, so that what lies left of it is on time and what lies right of it is not, to the last sample.
//! Heights are square roots, so that one task in a hundred is a tenth of the height and not nothing.
//!
//! ```text
//! ┌ response time · 12,097 tasks so far ─────────────────── height √tasks, peak 214 ┐
//! │                     ▂▄                              ┊ deadline 50.0 ms, 17.7 % beyond
//! │                    ▃██▅▒▒                           ┊                           │
//! │                 ▃█████████▅▂                        ┊░                     ▃▆▃  │
//! │─────────┴─────────┴─────────┴─────────┴─────────┴───┊─────┴─────────┴─────────┴─│
//! │      1 ms                10 ms                      ┊  100 ms              1 s  │
//! └─────────────────────────────────────────────────────────────────────────────────┘
//! ```

mod chart;
mod ruler;
mod scale;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

pub(super) use self::chart::Chart;
pub(super) use self::scale::{Column, Scale};
use super::painter::Painter;
use super::percentiles;
use crate::tui::app::App;
use crate::tui::theme::Tone;
use crate::units;

/// See the module.
#[derive(Debug)]
pub(super) struct HistogramPanel<'a>(pub &'a App);

impl Widget for &HistogramPanel<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let app = self.0;
        let tasks: u64 = app.digest().lanes.iter().take(2).map(|lane| lane.count).sum();
        let tasks_of = format!("{} tasks", units::thousands(tasks));
        let of_lanes = match percentiles::lanes(app) {
            0..=2 => String::new(),
            lanes => format!("2 of {lanes} lanes"),
        };
        let parts = [app.metric_words(), app.show.window.label(), &tasks_of, &of_lanes];
        let parts = if of_lanes.is_empty() { &parts[..3] } else { &parts[..] };
        let chart = Chart::new(app, area.width.saturating_sub(2));
        let scale = if tasks == 0 {
            String::new()
        } else {
            format!("height = {}, peak {}", app.show.counts.label(), units::thousands(chart.peak))
        };
        let scale = if app.theme.ascii { scale.replace('√', "sqrt ") } else { scale };
        let mut p = Painter::new(area, buf, app.theme);
        let inside = p.frame(&p.title(parts), &scale);
        p.foot(&chart.reading(), Tone::Strong);
        chart.render(inside, buf);
    }
}
