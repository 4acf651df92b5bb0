//! The bars of one lane: solid, or only their outline where another lane's are solid.

use ratatui::style::{Modifier, Style};

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

    /// Draws the edges of bars over the solid ones of another lane.
    pub(super) fn draw_edges(&self, p: &mut Painter<'_>, place: Place, solid: &Self, tone: impl Fn(u16, u16) -> Tone) {
        let (glyphs, cell) = (place.theme.glyphs(), place.cell());
        // Cells of each bar; a deadline's own column has no bar, and the outline goes on beyond it.
        let heights: Vec<u16> = self.0.iter().map(|bar| narrow(bar.all.div_ceil(cell))).collect();
        for (x, bar) in (0..).zip(&self.0).filter(|(_, bar)| bar.all > 0) {
            let at = usize::from(x);
            let row = heights[at] - 1;
            let third = ((bar.all - 1) % cell * 3 / cell).min(2);
            if let Some(style) = solid.edge_style(place, (x, row), tone(x, row)) {
                p.glyph(x, place.y(row), glyphs.edges[third], style);
            }
            let before = at.checked_sub(1).map_or(0, |before| heights[before]);
            let after = heights.get(at + 1).copied().unwrap_or(0);
            for side in before.min(after)..row {
                let glyph = match (side >= before, side >= after) {
                    (true, false) => glyphs.sides[0],
                    (true, true) => glyphs.sides[1],
                    (false, true) => glyphs.sides[2],
                    (false, false) => continue,
                };
                if solid.fills(place, (x, side)).1 == 0 {
                    p.glyph(x, place.y(side), glyph, place.theme.style(tone(x, side)));
                }
            }
        }
    }

    /// How an upper edge looks on what these bars have in its cell: reversed on a full one, and not at all where both
    /// end in the same cell.
    fn edge_style(&self, place: Place, at: (u16, u16), tone: Tone) -> Option<Style> {
        match self.fills(place, at) {
            (_, 0) => Some(place.theme.style(tone)),
            (known, _) if known >= place.cell() => Some(place.theme.style(tone).add_modifier(Modifier::REVERSED)),
            _ => None,
        }
    }

    /// How many levels these bars fill from a cell upwards: with what is known, and with all.
    fn fills(&self, place: Place, (x, row): (u16, u16)) -> (usize, usize) {
        let bar = self.0.get(usize::from(x)).copied().unwrap_or_default();
        let below = usize::from(row) * place.cell();
        (bar.known.saturating_sub(below), bar.all.saturating_sub(below))
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
    use super::*;
    use crate::tui::theme::{Colors, Ground};

    #[test]
    fn what_was_cancelled_is_hatched_in_one_cell_at_least() {
        let glyphs = Theme::new(Colors::None, Ground::Dark).glyphs();
        for (known, all, rows, cells) in
            [(0, 1, 4, 0..1), (8, 9, 4, 1..2), (4, 5, 4, 1..2), (32, 32, 4, 3..4), (8, 32, 4, 1..4)]
        {
            assert_eq!(hatched(glyphs, known, all, rows), cells, "{known} {all}");
        }
    }
}
