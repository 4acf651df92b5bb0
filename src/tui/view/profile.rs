//! The bars of one lane: solid, or as a shadow behind the solid ones of another.

use ratatui::style::Modifier;

use super::bars;
use super::painter::Painter;
use crate::tui::theme::{Glyphs, Theme, Tone};

/// One bar, in levels from below.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Bar {
    /// As high as is known.
    pub known: usize,
    /// As high as it is with what is only a bound; that part is hatched.
    pub all: usize,
}

/// Bars side by side, the first in the first column.
#[derive(Debug, Default)]
pub(super) struct Profile(pub Vec<Bar>);

/// Where bars stand and what they are drawn with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The row of the tops.
    pub top: u16,
    /// How many rows a full bar has.
    pub rows: u16,
    /// The glyphs.
    pub theme: Theme,
}

impl Place {
    /// The row on the screen of the `row`-th cell from below.
    const fn y(self, row: u16) -> u16 {
        self.top + self.rows - 1 - row
    }

    fn cell(self) -> usize {
        self.theme.glyphs().bars.len()
    }
}

impl Profile {
    /// Draws solid bars; `tone` says what column `x` means at the `row`-th cell from below.
    pub(super) fn draw(&self, p: &mut Painter<'_>, place: Place, tone: impl Fn(u16, u16) -> Tone) {
        let glyphs = place.theme.glyphs();
        for (x, bar) in (0..).zip(&self.0) {
            for row in 0..place.rows {
                if let Some(glyph) = bars::cell(glyphs, bar.known, row.into()) {
                    p.glyph(x, place.y(row), glyph, place.theme.style(tone(x, row)));
                }
            }
            if bar.all > bar.known {
                let hatch = place.theme.style(Tone::Cancelled);
                for row in hatched(glyphs, bar.known, bar.all, place.rows) {
                    p.glyph(x, place.y(row), glyphs.hatch, hatch);
                }
            }
        }
    }

    /// Draws bars as a shadow behind the solid ones of another lane: the cells above those that they fill by half, and
    /// one at least where there are none.
    pub(super) fn draw_behind(&self, p: &mut Painter<'_>, place: Place, solid: &Self, tone: impl Fn(u16, u16) -> Tone) {
        let (glyphs, cell) = (place.theme.glyphs(), place.cell());
        let cells = |levels: usize| narrow((levels + cell / 2) / cell).max(u16::from(levels > 0));
        for (x, bar) in (0..).zip(&self.0) {
            let before = solid.0.get(usize::from(x)).map_or(0, |bar| narrow(bar.all.div_ceil(cell)));
            for row in before..cells(bar.all) {
                let (glyph, tone) = if row < cells(bar.known) {
                    (glyphs.shadow, tone(x, row))
                } else {
                    (glyphs.hatch, Tone::Cancelled)
                };
                p.glyph(x, place.y(row), glyph, place.theme.style(tone).add_modifier(Modifier::DIM));
            }
        }
    }
}

/// The cells from below that are hatched: those above the known part, and at least one.
fn hatched(glyphs: &Glyphs, known: usize, all: usize, rows: u16) -> std::ops::Range<u16> {
    let cell = glyphs.bars.len();
    let narrow = |cells| narrow(cells).min(rows);
    let end = narrow(all.div_ceil(cell)).max(1);
    let start = narrow(known.div_ceil(cell));
    if start < end {
        start..end
    } else if start < rows {
        start..start + 1
    } else {
        rows - 1..rows
    }
}

fn narrow(cells: usize) -> u16 {
    u16::try_from(cells).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::{Buffer, Cell};
    use ratatui::layout::Rect;

    use super::*;
    use crate::tui::theme::{Colors, Ground};

    const THEME: Theme = Theme::new(Colors::None, Ground::Dark);

    #[test]
    fn what_was_cancelled_is_hatched_in_one_cell_at_least() {
        let glyphs = THEME.glyphs();
        for (known, all, rows, cells) in
            [(0, 1, 4, 0..1), (8, 9, 4, 1..2), (4, 5, 4, 1..2), (32, 32, 4, 3..4), (8, 32, 4, 1..4)]
        {
            assert_eq!(hatched(glyphs, known, all, rows), cells, "{known} {all}");
        }
    }

    #[test]
    fn a_lane_behind_another_is_seen_where_it_rises_above_it_by_half_a_cell() {
        let bar = |all| Bar { known: all, all };
        for (behind, before, column) in [
            (bar(1), bar(0), "   ▒"),
            (bar(24), bar(0), " ▒▒▒"),
            (bar(24), bar(8), " ▒▒█"),
            (bar(24), bar(9), " ▒▁█"),
            (bar(19), bar(16), "  ██"),
            (bar(20), bar(16), " ▒██"),
            (bar(8), bar(16), "  ██"),
            (Bar { known: 8, all: 24 }, bar(0), " ░░▒"),
            (Bar { known: 0, all: 1 }, bar(0), "   ░"),
        ] {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 1, 4));
            let place = Place { top: 0, rows: 4, theme: THEME };
            let mut p = Painter::new(buffer.area, &mut buffer, THEME);
            let solid = Profile(vec![before]);
            solid.draw(&mut p, place, |_, _| Tone::OnTime);
            Profile(vec![behind]).draw_behind(&mut p, place, &solid, |_, _| Tone::OnTime);
            assert_eq!(buffer.content.iter().map(Cell::symbol).collect::<String>(), column, "{behind:?} {before:?}");
        }
    }
}
