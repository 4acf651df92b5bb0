//! Bars and trends out of cells that fill from below.

use ratatui::style::Style;

use super::painter::Painter;
use crate::tui::theme::{Glyphs, Theme};

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

/// Draws `values` as neighbouring bars, `rows` high, their feet on row `y + rows - 1`.
pub(super) fn series(p: &mut Painter<'_>, (x, y): (u16, u16), rows: u16, values: &[f64], style: (Theme, Style)) {
    let (glyphs, style) = (style.0.glyphs(), style.1);
    let max = values.iter().copied().fold(0.0, f64::max);
    for (column, &value) in (x..).zip(values) {
        let levels = levels(glyphs, value, max, usize::from(rows));
        for row in 0..rows {
            if let Some(glyph) = cell(glyphs, levels, usize::from(row)) {
                p.glyph(column, y + rows - 1 - row, glyph, style);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sample_among_a_million_is_still_seen() {
        let glyphs = Theme { color: false, ascii: false }.glyphs();
        assert_eq!(levels(glyphs, 1.0, 1e6, 6), 1);
        assert_eq!(cell(glyphs, 1, 0), Some("▁"));
        assert_eq!((levels(glyphs, 1e6, 1e6, 6), levels(glyphs, 0.0, 1e6, 6)), (48, 0));
        assert_eq!((cell(glyphs, 48, 5), cell(glyphs, 48, 6)), (Some("█"), None));
    }
}
