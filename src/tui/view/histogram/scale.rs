//! Where latencies lie on the columns of a chart, and what a column holds.

use std::time::Duration;

use crate::tui::axis::{self, Axis};
use crate::tui::digest::Point;

/// Samples by column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::tui::view) struct Column {
    pub observed: u64,
    pub censored: u64,
}

impl Column {
    pub(in crate::tui::view) const fn all(self) -> u64 {
        self.observed + self.censored
    }
}

/// Where latencies lie on a number of columns.
#[derive(Debug, Clone, Copy)]
pub(in crate::tui::view) struct Scale {
    pub axis: Axis,
    pub width: u16,
    /// The deadline, in decades and as the column its line has to itself.
    pub line: Option<(f64, u16)>,
}

impl Scale {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the screen")]
    pub(in crate::tui::view) fn new(axis: Axis, width: u16, deadline: Option<Duration>) -> Self {
        let line = deadline.filter(|_| width >= 3).map(|deadline| {
            let at = axis::decades(deadline);
            let share = (at - axis.low()) / (axis.high() - axis.low());
            (at, ((share * f64::from(width - 1)).round() as u16).clamp(1, width - 2))
        });
        Self { axis, width, line }
    }

    /// The column of a latency; never the deadline's own.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the screen")]
    pub(super) fn column(&self, at: f64, beyond: bool) -> u16 {
        let place = |from: f64, to: f64, columns: u16| {
            let share = (at - from) / (to - from).max(1e-9);
            ((share * f64::from(columns)).max(0.0) as u16).min(columns.saturating_sub(1))
        };
        match self.line {
            None => place(self.axis.low(), self.axis.high(), self.width),
            Some((line, column)) if beyond => column + 1 + place(line, self.axis.high(), self.width - column - 1),
            Some((line, column)) => place(self.axis.low(), line, column),
        }
    }

    /// The latencies of a column, in decades; `None` for the deadline's own, for those beyond the chart, and for what
    /// lies beyond a deadline at the very end.
    pub(super) fn span(&self, column: u16) -> Option<(f64, f64)> {
        let place = |from: f64, to: f64, columns: u16, at: u16| {
            let edge = |at: u16| from + (to - from) * f64::from(at) / f64::from(columns);
            (from < to).then(|| (edge(at), edge(at + 1)))
        };
        match self.line {
            _ if column >= self.width => None,
            None => place(self.axis.low(), self.axis.high(), self.width, column),
            Some((_, line)) if column == line => None,
            Some((at, line)) if column < line => place(self.axis.low(), at, line, column),
            Some((at, line)) => place(at, self.axis.high(), self.width - line - 1, column - line - 1),
        }
    }

    /// The column a cursor at this place stands on; never the deadline's own.
    pub(in crate::tui::view) fn cursor(&self, at: f64) -> u16 {
        self.column(at, self.line.is_some_and(|(line, _)| at > line))
    }

    /// The middle of the column `by` further, where it is one; from no cursor, of the middle or the deadline's neighbour.
    pub(in crate::tui::view) fn stepped(&self, from: Option<f64>, by: i32) -> Option<f64> {
        let Some(from) = from else {
            let start = self.line.map_or(self.width / 2, |(_, line)| line - 1);
            return self.middle(start);
        };
        let step = |column: u16| u16::try_from(i32::from(column) + by.signum()).ok();
        let next = step(self.cursor(from))?;
        self.middle(next).or_else(|| self.middle(step(next)?))
    }

    /// The middle of a column, in decades.
    pub(in crate::tui::view) fn middle(&self, column: u16) -> Option<f64> {
        self.span(column).map(|(from, to)| f64::midpoint(from, to))
    }

    /// What each column holds of these points.
    pub(in crate::tui::view) fn columns(&self, observed: &[Point], censored: &[Point]) -> Vec<Column> {
        let mut columns = vec![Column::default(); usize::from(self.width)];
        let mut add = |points: &[Point], to: fn(&mut Column) -> &mut u64| {
            for point in points {
                if let Some(column) = columns.get_mut(usize::from(self.column(point.at, point.beyond))) {
                    *to(column) += point.count;
                }
            }
        };
        add(observed, |column| &mut column.observed);
        add(censored, |column| &mut column.censored);
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_visits_every_column_but_the_deadlines_and_reads_where_it_stands() {
        let ms = Duration::from_millis;
        for width in 3..200 {
            for deadline in [None, Some(ms(1)), Some(ms(50)), Some(ms(1000))] {
                let scale = Scale::new(Axis::fresh(ms(1), ms(1000)), width, deadline);
                let mut at = (0..width).find_map(|column| scale.middle(column));
                let mut seen = Vec::new();
                while let Some(place) = at {
                    let column = scale.cursor(place);
                    assert_eq!(scale.middle(column), Some(place), "{width} {deadline:?}");
                    seen.push(column);
                    at = scale.stepped(at, 1);
                }
                let all: Vec<u16> = (0..width).filter(|column| scale.span(*column).is_some()).collect();
                assert!(all.len() + 2 >= usize::from(width / 2));
                assert_eq!(seen, all, "{width} {deadline:?}");
            }
        }
    }

    #[test]
    fn the_deadline_has_a_column_to_itself_and_parts_the_samples() {
        let ms = Duration::from_millis;
        for width in 3..200 {
            for deadline in [1, 2, 50, 999, 1000] {
                let scale = Scale::new(Axis::fresh(ms(1), ms(1000)), width, Some(ms(deadline)));
                let (at, line) = scale.line.unwrap();
                for tenth in 0..=40 {
                    let place = 5.5 + f64::from(tenth) / 10.0;
                    let column = scale.column(place, place > at);
                    assert!(if place > at { column > line } else { column < line }, "{width} {deadline} {place}");
                    assert!(column < width);
                }
            }
        }
    }
}
