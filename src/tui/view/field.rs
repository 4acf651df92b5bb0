//! Labelled numbers in columns that do not move with the numbers.

use super::bars;
use super::painter::Painter;
use crate::tui::theme::{Theme, Tone};
use crate::units;

/// One labelled number of a row, with a trend behind it when there is one.
#[derive(Debug, Clone)]
pub(super) struct Field {
    label: &'static str,
    value: String,
    tone: Tone,
    /// Takes the room of a second column.
    trend: Option<Vec<f64>>,
}

impl Field {
    /// A text.
    pub(super) const fn text(label: &'static str, value: String, tone: Tone) -> Self {
        Self { label, value, tone, trend: None }
    }

    /// A count; zero is drawn dim.
    pub(super) fn count(label: &'static str, count: u64, tone: Tone) -> Self {
        Self::text(label, self::count(count), if count == 0 { Tone::Dim } else { tone })
    }

    /// Whether it is a count of nothing.
    pub(super) fn is_zero(&self) -> bool {
        self.value == "0"
    }

    /// The same with the latest of these values behind it.
    #[must_use]
    pub(super) fn with_trend(self, values: Vec<f64>) -> Self {
        Self { trend: Some(values), ..self }
    }

    fn span(&self) -> u16 {
        1 + u16::from(self.trend.is_some())
    }

    /// The number stands at the end of the column, or where the trend begins.
    fn draw(&self, p: &mut Painter<'_>, (x, y): (u16, u16), width: u16, theme: Theme) {
        p.say(x, y, self.label, Tone::Dim);
        p.say_before(x + width.min(COLUMN), y, &self.value, self.tone);
        if let Some(values) = &self.trend {
            let room = width.saturating_sub(COLUMN + 1);
            let latest = &values[values.len().saturating_sub(room.into())..];
            // Against the whole run, so that a trend that was worse once shows that it was.
            let trend = bars::Series { values: latest, max: bars::peak(values), rows: 1, tone: self.tone };
            trend.draw(p, (x + COLUMN + 1, y), theme);
        }
    }
}

/// A whole number in at most seven columns.
pub(super) fn count(n: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three significant digits are shown")]
    let value = n as f64;
    match n {
        0..1_000_000 => units::thousands(n),
        1_000_000..1_000_000_000 => format!("{} M", units::three_digits(value / 1e6)),
        _ => format!("{} G", units::three_digits(value / 1e9)),
    }
}

/// Fields in columns of equal width, so that numbers stand below each other.
#[derive(Debug)]
pub(super) struct Grid {
    columns: u16,
    gap: u16,
    rows: Vec<Vec<Field>>,
}

/// The width of a column: the longest label with its count.
const COLUMN: u16 = 18;

/// The least and the most room between columns.
const GAPS: (u16, u16) = (2, 6);

impl Grid {
    /// Six columns where the width allows them, else as many as fit.
    pub(super) fn new(width: u16) -> Self {
        let columns = ((width + GAPS.0) / (COLUMN + GAPS.0)).clamp(1, 6);
        let gap = match columns {
            1 => 0,
            n => (width.saturating_sub(n * COLUMN) / (n - 1)).clamp(GAPS.0, GAPS.1),
        };
        Self { columns, gap, rows: Vec::new() }
    }

    /// How many fields a row has room for.
    pub(super) const fn columns(&self) -> u16 {
        self.columns
    }

    /// How many rows there are.
    pub(super) fn height(&self) -> u16 {
        u16::try_from(self.rows.len()).unwrap_or(u16::MAX)
    }

    /// Adds fields on rows of their own.
    pub(super) fn add(&mut self, fields: Vec<Field>) {
        let mut used = self.columns;
        for field in fields {
            let span = field.span();
            if used + span > self.columns {
                self.rows.push(Vec::new());
                used = 0;
            }
            used += span;
            self.rows.last_mut().expect("a row was pushed for the first field").push(field);
        }
    }

    /// Draws all rows, from column `x` on.
    pub(super) fn draw(&self, p: &mut Painter<'_>, x: u16, theme: Theme) {
        for (y, row) in (0..).zip(&self.rows) {
            let mut x = x;
            for field in row {
                let width = field.span() * (COLUMN + self.gap) - self.gap;
                field.draw(p, (x, y), width, theme);
                x += width + self.gap;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_count_is_wider_than_its_place() {
        for n in [0, 999, 20_914, 999_999, 1_000_000, 999_999_999, u64::from(u32::MAX), 999_499_999_999] {
            assert!(count(n).len() <= 7, "{}", count(n));
        }
    }

    #[test]
    fn rows_break_where_they_are_full() {
        let mut grid = Grid::new(38);
        let field = |label| Field::count(label, 1, Tone::Plain);
        grid.add(vec![field("missed").with_trend(vec![1.0]), field("spawned"), field("done"), field("late")]);
        grid.add(vec![field("failed")]);
        assert_eq!(grid.rows.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2, 1, 1]);
        assert_eq!(Grid::new(0).columns(), 1);
    }
}
