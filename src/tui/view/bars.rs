//! Bars and trends out of cells that fill from below.

use super::painter::Painter;
use crate::tui::theme::{Glyphs, Theme, Tone};

/// The glyph of the `row`-th cell from below of a bar this many levels high; `None` above its top.
pub(super) fn cell(glyphs: &Glyphs, levels: usize, row: usize) -> Option<&'static str> {
    let filled = levels.saturating_sub(row * glyphs.bars.len()).min(glyphs.bars.len());
    filled.checked_sub(1).map(|index| glyphs.bars[index])
}

/// How many levels a bar has that stands for `value` where `max` fills `rows` cells; what is there is never
/// drawn as nothing.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "between 0 and the levels of a screen"
)]
pub(super) fn levels(glyphs: &Glyphs, value: f64, max: f64, rows: usize) -> usize {
    let full = rows * glyphs.bars.len();
    if value <= 0.0 || max <= 0.0 || full == 0 {
        return 0;
    }
    ((value / max * full as f64).round() as usize).clamp(1, full)
}

/// Draws a bar from the left that fills `share` of `room` columns; what is there is never drawn as nothing.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "between 0 and the levels of a screen"
)]
pub(super) fn strip(p: &mut Painter<'_>, (x, y): (u16, u16), room: u16, share: f64, (tone, theme): (Tone, Theme)) {
    let strips = theme.glyphs().strips;
    if share <= 0.0 || room == 0 {
        return;
    }
    let full = usize::from(room) * strips.len();
    let mut levels = ((share.min(1.0) * full as f64).round() as usize).max(1);
    for column in x..x + room {
        let Some(at) = levels.min(strips.len()).checked_sub(1) else { return };
        p.glyph(column, y, strips[at], theme.style(tone));
        levels -= at + 1;
    }
}

/// `part / whole`; zero when there is no whole.
#[expect(clippy::cast_precision_loss, reason = "three significant digits are shown")]
pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The largest of these values; zero when there is none.
pub(super) fn peak(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

/// A row of bars and how they are drawn.
#[derive(Debug)]
pub(super) struct Series<'a> {
    /// One bar each.
    pub values: &'a [f64],
    /// The value of a full bar.
    pub max: f64,
    /// How many cells a full bar is high.
    pub rows: u16,
    /// What the bars mean.
    pub tone: Tone,
}

impl Series<'_> {
    /// Draws neighbouring bars from column `x` on, the tops of full ones on row `y`.
    pub(super) fn draw(&self, p: &mut Painter<'_>, (x, y): (u16, u16), theme: Theme) {
        let (glyphs, style) = (theme.glyphs(), theme.style(self.tone));
        for (column, &value) in (x..).zip(self.values) {
            let levels = levels(glyphs, value, self.max, usize::from(self.rows));
            for row in 0..self.rows {
                if let Some(glyph) = cell(glyphs, levels, usize::from(row)) {
                    p.glyph(column, y + self.rows - 1 - row, glyph, style);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Colors, Ground};

    #[test]
    fn one_sample_among_a_million_is_still_seen() {
        let glyphs = Theme::new(Colors::None, Ground::Dark).glyphs();
        assert_eq!(levels(glyphs, 1.0, 1e6, 6), 1);
        assert_eq!(cell(glyphs, 1, 0), Some("▁"));
        assert_eq!((levels(glyphs, 1e6, 1e6, 6), levels(glyphs, 0.0, 1e6, 6)), (48, 0));
        assert_eq!((cell(glyphs, 48, 5), cell(glyphs, 48, 6)), (Some("█"), None));
    }
}
