//! Rows in columns: heads that say what they are ordered by, columns that give way by rank where there is little
//! room, and one selected row.
//!
//! ```text
//! ┌ overdue now · 97 tasks ─────────────────────── by overrun ▾ ┐
//! │    task  policy       age   overrun▾    busy  step          │
//! │▸  7,003  observe   1.29 s   +1.24 s  0.01 %   query         │
//! ```

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::painter::Painter;
use crate::tui::theme::{Theme, Tone};

/// Columns that a frame takes beside its two titles.
const RIM: u16 = 9;

/// What it takes for a table to have a frame.
const BOXED: (u16, u16) = (78, 6);

/// Columns before the first one, for the sign of the selected row.
const MARGIN: u16 = 2;

/// Room between columns, and from which width on there is more of it: by the width alone, so that the columns of
/// tables above each other stand below each other.
const GAP: u16 = 2;
const WIDE_GAP: (u16, u16) = (150, 4);

/// One column of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// Its name.
    pub head: &'static str,
    /// The widest text it holds.
    pub width: u16,
    /// Where texts stand in it.
    pub side: Side,
    /// The higher, the sooner it gives way.
    pub rank: u8,
}

/// Where a text stands in its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// At its left, as names do.
    Left,
    /// At its right, as numbers do.
    Right,
}

/// What stands in one column of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell(pub String, pub Tone);

/// A table's columns on some width.
#[derive(Debug)]
pub(super) struct Table<'a> {
    columns: &'a [Column],
    /// Each column's first and last-but-one place; `None` where it gave way.
    places: Vec<Option<(u16, u16)>>,
    theme: Theme,
}

impl<'a> Table<'a> {
    /// The columns that have room; the last of them takes what is left.
    pub(super) fn new(columns: &'a [Column], width: u16, theme: Theme) -> Self {
        let room = width.saturating_sub(MARGIN + 1);
        let gap = if width >= WIDE_GAP.0 { WIDE_GAP.1 } else { GAP };
        let mut kept: Vec<usize> = (0..columns.len()).collect();
        let needs = |kept: &[usize]| kept.iter().map(|&at| columns[at].width + gap).sum::<u16>();
        while kept.len() > 1 && needs(&kept) > room + gap {
            let first = (0..kept.len()).max_by_key(|&at| columns[kept[at]].rank).unwrap_or_default();
            kept.remove(first);
        }
        let mut places = vec![None; columns.len()];
        let mut x = MARGIN;
        for &at in &kept {
            let end = if Some(&at) == kept.last() && columns[at].side == Side::Left {
                width.saturating_sub(1).max(x)
            } else {
                x + columns[at].width
            };
            places[at] = Some((x, end));
            x = end + gap;
        }
        Self { columns, places, theme }
    }

    /// The first column of one of the columns and the one after its last; `None` where it gave way.
    pub(super) fn place(&self, at: usize) -> Option<(u16, u16)> {
        self.places.get(at).copied().flatten()
    }

    fn put(&self, p: &mut Painter<'_>, at: usize, y: u16, text: &str, tone: Tone) {
        let Some((start, end)) = self.places[at] else { return };
        let text = p.cut(text, end - start);
        match self.columns[at].side {
            Side::Left => p.say(start, y, &text, tone),
            Side::Right => p.say_before(end, y, &text, tone),
        };
    }

    /// Draws the names on row `y`, with a sign behind the one the rows are ordered by.
    pub(super) fn heads(&self, p: &mut Painter<'_>, y: u16, ordered_by: Option<usize>) {
        for (at, column) in self.columns.iter().enumerate() {
            if Some(at) == ordered_by {
                self.ordered_head(p, at, y);
            } else {
                self.put(p, at, y, column.head, Tone::Dim);
            }
        }
    }

    /// The sign stands in the gap, so that the name stays where it is.
    fn ordered_head(&self, p: &mut Painter<'_>, at: usize, y: u16) {
        let Some((start, end)) = self.places[at] else { return };
        let (head, sign) = (self.columns[at].head, self.theme.glyphs().ordered);
        self.put(p, at, y, head, Tone::Strong);
        let behind = match self.columns[at].side {
            Side::Left => start + p.columns(head),
            Side::Right => end,
        };
        p.say(behind, y, sign, Tone::Strong);
    }

    /// Draws one row; the selected one is reversed from end to end.
    pub(super) fn row(&self, p: &mut Painter<'_>, y: u16, cells: &[Cell], selected: bool) {
        if selected {
            let width = usize::from(p.width());
            p.say(0, y, &format!("{:width$}", self.theme.glyphs().pointer), Tone::Badge);
        }
        for (at, Cell(text, tone)) in cells.iter().enumerate().take(self.places.len()) {
            self.put(p, at, y, text, if selected { Tone::Badge } else { *tone });
        }
    }
}

/// The place of a table: its title, and its rows below their heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pane {
    area: Rect,
    boxed: bool,
    /// The rows without their heads.
    pub rows: Rect,
}

impl Pane {
    /// A pane on this area; it has a frame where there is room for one.
    pub(super) fn of(area: Rect) -> Self {
        let boxed = area.width >= BOXED.0 && area.height >= BOXED.1;
        let (rim, head) = if boxed { (1, 2) } else { (0, 2) };
        let rows = Rect {
            x: area.x + rim,
            y: area.y + head.min(area.height),
            width: area.width.saturating_sub(2 * rim),
            height: area.height.saturating_sub(head + rim),
        };
        Self { area, boxed, rows }
    }

    /// How many rows it has room for.
    pub(super) const fn room(&self) -> usize {
        self.rows.height as usize
    }

    /// The row at a place of the screen, of those shown.
    pub(super) fn row_at(&self, at: Position, shown: &Range<usize>) -> Option<usize> {
        let row = shown.start + usize::from(at.y.checked_sub(self.rows.y)?);
        (self.rows.contains(at) && shown.contains(&row)).then_some(row)
    }

    /// Draws the title and the frame; returns a brush for the heads and the rows below them.
    ///
    /// At the right stands the first of the titles for there that has room.
    pub(super) fn open<'b>(&self, titles: (&str, &[String]), buf: &'b mut Buffer, theme: Theme) -> Painter<'b> {
        let (left, rights) = titles;
        let mut p = Painter::new(self.area, buf, theme);
        let rim = if self.boxed { RIM } else { 4 };
        let fits = |right: &&String| p.columns(left) + p.columns(right) + rim <= self.area.width;
        let right = rights.iter().find(fits).map_or("", String::as_str);
        if self.boxed {
            let inside = p.frame(left, right);
            return Painter::new(inside, buf, theme);
        }
        let left = p.cut(left, self.area.width.saturating_sub(2));
        let end = p.say(1, 0, &left, Tone::Strong);
        if end < self.area.width {
            p.say_before(self.area.width.saturating_sub(1), 0, right, Tone::Dim);
        }
        let below =
            Rect { y: self.area.y + 1.min(self.area.height), height: self.area.height.saturating_sub(1), ..self.area };
        Painter::new(below, buf, theme)
    }
}

/// Which rows of how many are shown, and then what else there is to say; nothing of it when all are.
pub(super) fn place(shown: &Range<usize>, rows: usize, dot: &str, other: &str) -> Vec<String> {
    let other = other.to_owned();
    if shown.is_empty() || shown.len() == rows {
        return vec![other];
    }
    let place = format!("{}–{} of {rows}", shown.start + 1, shown.end);
    if other.is_empty() { vec![place] } else { vec![format!("{place} {dot} {other}"), place, other] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Colors, Ground};

    const fn column(width: u16, side: Side, rank: u8) -> Column {
        Column { head: "head", width, side, rank }
    }

    const COLUMNS: [Column; 4] =
        [column(9, Side::Right, 0), column(8, Side::Right, 3), column(8, Side::Right, 2), column(10, Side::Left, 1)];

    #[test]
    fn columns_give_way_by_rank_and_the_last_name_takes_what_is_left() {
        let theme = Theme::new(Colors::None, Ground::Dark);
        let kept = |width| Table::new(&COLUMNS, width, theme).places.iter().map(Option::is_some).collect::<Vec<_>>();
        assert_eq!(kept(80), [true; 4]);
        assert_eq!(kept(40), [true, false, true, true]);
        assert_eq!(kept(30), [true, false, false, true]);
        assert_eq!([kept(12), kept(0)], [[true, false, false, false]; 2]);
        for width in 0..200 {
            let table = Table::new(&COLUMNS, width, theme);
            let places: Vec<_> = table.places.iter().flatten().collect();
            assert!(places.windows(2).all(|pair| pair[0].1 + GAP <= pair[1].0), "{width}: {places:?}");
            assert!(places.iter().all(|(start, end)| start <= end));
            assert!(width < 24 || places.last().is_some_and(|last| last.1 == width - 1), "{width}: {places:?}");
        }
    }

    #[test]
    fn a_list_says_where_it_is_when_not_all_of_it_is_shown() {
        assert_eq!(place(&(0..5), 5, "·", "by age"), ["by age"]);
        assert_eq!(place(&(0..0), 5, "·", "by age"), ["by age"]);
        assert_eq!(place(&(22..34), 64, "·", "by age"), ["23–34 of 64 · by age", "23–34 of 64", "by age"]);
        assert_eq!(place(&(22..34), 64, "·", ""), ["23–34 of 64"]);
    }

    #[test]
    fn a_row_is_found_where_it_is_drawn() {
        let boxed = Pane::of(Rect::new(0, 2, 80, 10));
        assert_eq!((boxed.room(), boxed.rows.y), (7, 4));
        let at = |y| boxed.row_at(Position::new(5, y), &(3..6));
        assert_eq!([3, 4, 6, 7, 11].map(at), [None, Some(3), Some(5), None, None]);
        assert_eq!(boxed.row_at(Position::new(0, 4), &(3..6)), None);
        for (width, height) in (0..90).step_by(6).flat_map(|w| (0..12).map(move |h| (w, h))) {
            let area = Rect::new(1, 1, width, height);
            let pane = Pane::of(area);
            assert!(pane.rows.is_empty() || area.union(pane.rows) == area, "{area:?}");
        }
    }
}
