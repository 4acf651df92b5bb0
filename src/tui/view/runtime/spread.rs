//! How one metric spreads over all tasks: a small histogram on an axis of its own.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::over_all;
use crate::histogram::Histogram;
use crate::ledger::Metric;
use crate::tui::app::App;
use crate::tui::axis::{self, Axis};
use crate::tui::theme::Tone;
use crate::tui::view::bars;
use crate::tui::view::painter::Painter;
use crate::units;

/// One histogram in a box.
#[derive(Debug)]
pub(super) struct Spread {
    title: &'static str,
    metric: Metric,
}

impl Spread {
    pub(super) const fn new(title: &'static str, metric: Metric) -> Self {
        Self { title, metric }
    }

    pub(super) fn draw(&self, app: &App, area: Rect, buf: &mut Buffer) {
        let mut p = Painter::new(area, buf, app.theme);
        let inside = p.frame(self.title, "");
        let samples = over_all(app.shown(), self.metric);
        if let Some(samples) = &samples {
            let [p50, p99] = [0.5, 0.99].map(|q| units::human(samples.quantile(q)));
            p.foot(&[format!("p50 {p50}  p99 {p99}  max {}", units::human(samples.max()))], Tone::Plain);
        }
        let mut p = Painter::new(inside, buf, app.theme);
        match samples {
            Some(samples) => chart(app, &mut p, &samples),
            None => p.say_centered(inside.height / 2, "appears as tasks end", Tone::Dim),
        }
    }
}

/// Bars, and the axis below them.
fn chart(app: &App, p: &mut Painter<'_>, samples: &Histogram) {
    let Some(rows) = p.height().checked_sub(2) else { return };
    let axis = Axis::fresh(samples.min(), samples.max());
    let width = p.width();
    let column = |latency: Duration| {
        let share = (axis::decades(latency) - axis.low()) / (axis.high() - axis.low());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the width")]
        let column = (share * f64::from(width)).max(0.0) as u16;
        column.min(width.saturating_sub(1))
    };
    let mut counts = vec![0u64; usize::from(width)];
    for bucket in samples.buckets() {
        if let Some(count) = counts.get_mut(usize::from(column(bucket.low.max(samples.min())))) {
            *count += bucket.count;
        }
    }
    // By the root of the count, so that a rare long one is seen.
    #[expect(clippy::cast_precision_loss, reason = "a height needs few digits")]
    let heights: Vec<f64> = counts.iter().map(|&count| (count as f64).sqrt()).collect();
    let series = bars::Series { values: &heights, max: bars::peak(&heights), rows, tone: Tone::OnTime };
    series.draw(p, (0, 0), app.theme);
    p.rule(rows, Tone::Dim);
    for tick in axis.ticks(1) {
        p.glyph(column(tick), rows, app.theme.glyphs().tick, app.theme.style(Tone::Dim));
        let label = axis::label(tick);
        let columns = p.columns(&label);
        let start = column(tick).saturating_sub(columns / 2).min(width.saturating_sub(columns));
        p.say(start, rows + 1, &label, Tone::Dim);
    }
}
