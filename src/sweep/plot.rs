//! A chart of plain characters: a few series against a logarithmic axis.
//!
//! ```text
//! goodput
//!  412/s ┤        ·◉···◉···◉
//!        │     ·○·
//!        │  ·○·
//!      0 ┤●··●··●
//!        └──────────────────
//!         10.0 ms       1.00 s
//! ```

/// The rows of a chart without its title and its axis.
const HEIGHT: usize = 8;

/// The fewest columns a chart is drawn in.
const NARROWEST: usize = 8;

/// What a chart is drawn with.
#[derive(Debug)]
pub(super) struct Glyphs {
    /// One for each series.
    pub(super) marks: [char; 2],
    /// Where two series meet.
    pub(super) both: char,
    line: char,
    side: char,
    tick: char,
    corner: char,
    floor: char,
}

/// For terminals and files that can do more than ASCII.
pub(super) const UNICODE: Glyphs =
    Glyphs { marks: ['●', '○'], both: '◉', line: '·', side: '│', tick: '┤', corner: '└', floor: '─' };

/// ASCII alone.
pub(super) const ASCII: Glyphs =
    Glyphs { marks: ['x', 'o'], both: '*', line: '.', side: '|', tick: '+', corner: '+', floor: '-' };

/// A chart of one number; all that is drawn lies between zero and `top`.
#[derive(Debug)]
pub(super) struct Chart {
    pub(super) title: &'static str,
    /// The number at the upper edge, positive, and its text.
    pub(super) top: (f64, String),
    /// The texts at the ends of the axis.
    pub(super) ends: (String, String),
    /// The axis from its first to its last value, both positive.
    pub(super) across: (f64, f64),
    /// Each with the number of its mark; points by ascending place.
    pub(super) series: Vec<(usize, Vec<(f64, f64)>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    Blank,
    Line,
    Mark(usize),
    Both,
}

impl Chart {
    /// The chart in lines of `width` characters.
    pub(super) fn lines(&self, width: usize, glyphs: &Glyphs) -> Vec<String> {
        let gutter = self.top.1.chars().count() + 1;
        let columns = width.saturating_sub(gutter + 2).max(NARROWEST);
        let cells = self.cells(columns);
        let mut lines = vec![self.title.to_owned()];
        for (row, cells) in cells.chunks(columns).enumerate() {
            let (label, side) = match row {
                0 => (&*self.top.1, glyphs.tick),
                row if row + 1 == HEIGHT => ("0", glyphs.tick),
                _ => ("", glyphs.side),
            };
            let drawn = cells.iter().map(|cell| match cell {
                Cell::Blank => ' ',
                Cell::Line => glyphs.line,
                Cell::Mark(series) => glyphs.marks[series % glyphs.marks.len()],
                Cell::Both => glyphs.both,
            });
            lines.push(format!("{label:>gutter$} {side}{}", drawn.collect::<String>()));
        }
        let floor: String = std::iter::repeat_n(glyphs.floor, columns).collect();
        lines.push(format!("{:gutter$} {}{floor}", "", glyphs.corner));
        let (first, last) = &self.ends;
        let room = columns.saturating_sub(first.chars().count());
        lines.push(format!("{:gutter$}  {first}{last:>room$}", ""));
        lines.into_iter().map(|line| line.chars().take(width).collect::<String>().trim_end().to_owned()).collect()
    }

    /// The cells row by row, the upper edge first: lines below, marks above them.
    fn cells(&self, columns: usize) -> Vec<Cell> {
        let mut cells = vec![Cell::Blank; columns * HEIGHT];
        let places = self.series.iter().map(|(mark, points)| {
            (*mark, points.iter().map(|&(at, value)| (self.column(at, columns), self.row(value))).collect::<Vec<_>>())
        });
        let places: Vec<_> = places.collect();
        for ((from, from_row), (to, to_row)) in
            places.iter().flat_map(|(_, places)| places.iter().copied().zip(places.iter().copied().skip(1)))
        {
            for column in from..=to {
                let part = fraction(column - from, to - from);
                cells[cell(from_row + (to_row - from_row) * part, column, columns)] = Cell::Line;
            }
        }
        for (mark, places) in &places {
            for &(column, row) in places {
                let cell = &mut cells[cell(row, column, columns)];
                *cell = match *cell {
                    Cell::Mark(other) if other != *mark => Cell::Both,
                    Cell::Both => Cell::Both,
                    _ => Cell::Mark(*mark),
                };
            }
        }
        cells
    }

    fn column(&self, at: f64, columns: usize) -> usize {
        let (first, last) = self.across;
        let part = if last > first { (at / first).ln() / (last / first).ln() } else { 0.5 };
        whole(part * fraction(columns - 1, 1), columns)
    }

    /// Rows from the upper edge.
    fn row(&self, value: f64) -> f64 {
        (1.0 - (value / self.top.0).clamp(0.0, 1.0)) * fraction(HEIGHT - 1, 1)
    }
}

fn cell(row: f64, column: usize, columns: usize) -> usize {
    whole(row, HEIGHT) * columns + column
}

/// The nearest whole number below `end`.
fn whole(number: f64, end: usize) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few hundred cells")]
    let nearest = number.round().max(0.0) as usize;
    nearest.min(end - 1)
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred cells")]
fn fraction(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chart(series: Vec<(usize, Vec<(f64, f64)>)>) -> Chart {
        Chart {
            title: "goodput",
            top: (400.0, "400/s".to_owned()),
            ends: ("10.0 ms".to_owned(), "1.00 s".to_owned()),
            across: (10.0, 1000.0),
            series,
        }
    }

    #[test]
    fn two_series_are_drawn_on_one_logarithmic_axis() {
        let cancel = (0, vec![(10.0, 0.0), (100.0, 200.0), (1000.0, 400.0)]);
        let observe = (1, vec![(10.0, 100.0), (100.0, 100.0), (1000.0, 400.0)]);
        for (name, glyphs) in [("unicode", &UNICODE), ("ascii", &ASCII)] {
            let lines = chart(vec![cancel.clone(), observe.clone()]).lines(40, glyphs);
            insta::assert_snapshot!(name, lines.join("\n"));
        }
    }

    proptest! {
        #[test]
        fn no_width_and_no_value_is_a_panic_or_a_longer_line(
            width in 0usize..200, values in prop::collection::vec((1f64..2000.0, 0f64..1e9), 0..20),
        ) {
            let lines = chart(vec![(0, values.clone()), (1, values)]).lines(width, &ASCII);
            prop_assert!(lines.iter().all(|line| line.chars().count() <= width && line.is_ascii()));
        }
    }
}
