//! The axis under a chart of latencies, and the deadline across it.

use std::time::Duration;

use super::scale::Scale;
use crate::tui::axis;
use crate::tui::theme::{Theme, Tone};
use crate::tui::view::painter::Painter;

impl Scale {
    /// Draws the axis on row `y` and its labels below.
    pub(in crate::tui::view) fn draw_axis(&self, p: &mut Painter<'_>, y: u16, theme: Theme) {
        p.rule(y, Tone::Dim);
        let per_decade = f64::from(self.width) / (self.axis.high() - self.axis.low());
        let style = theme.style(Tone::Dim);
        let mut taken: Vec<u16> = self.line.map(|(_, x)| x).into_iter().collect();
        let steps: &[u64] = match per_decade {
            wide if wide >= 27.0 => &[1, 2, 5],
            wide if wide >= 14.0 => &[1, 3],
            _ => &[1],
        };
        for tick in steps.iter().flat_map(|&m| self.axis.ticks(m)) {
            let x = self.column(axis::decades(tick), self.is_beyond(tick));
            p.glyph(x, y, theme.glyphs().tick, style);
            let label = axis::label(tick);
            let columns = p.columns(&label);
            // Below the tick where that is free, else beside it.
            let starts = [x.saturating_sub(columns / 2), x, (x + 1).saturating_sub(columns)];
            let starts = starts.map(|start| start.min(p.width().saturating_sub(columns)));
            if let Some(start) = starts.into_iter().find(|start| (*start..start + columns).all(|x| !taken.contains(&x)))
            {
                p.say(start, y + 1, &label, Tone::Dim);
                taken.extend(start.saturating_sub(1)..=start + columns);
            }
        }
    }

    /// Draws the deadline from the top to the bottom, and beside it the first of these texts that fits.
    pub(in crate::tui::view) fn draw_deadline(&self, p: &mut Painter<'_>, texts: &[String], theme: Theme) {
        let Some((_, x)) = self.line else { return };
        let style = theme.style(Tone::Deadline);
        for y in 0..p.height() {
            p.glyph(x, y, theme.glyphs().deadline, style);
        }
        for text in texts {
            if x + 2 + p.columns(text) <= p.width() {
                p.say(x + 2, 0, text, Tone::Deadline);
                return;
            }
            if p.columns(text) + 1 < x {
                p.say_before(x - 1, 0, text, Tone::Deadline);
                return;
            }
        }
    }

    fn is_beyond(&self, tick: Duration) -> bool {
        self.line.is_some_and(|(line, _)| axis::decades(tick) > line)
    }
}
