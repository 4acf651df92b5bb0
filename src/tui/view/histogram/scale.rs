//! Where latencies lie on the columns of a chart, and what a column holds.

use std::time::Duration;

use crate::tui::axis::{self, Axis};
use crate::tui::digest::{LaneDigest, Point};

/// Samples by column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Column {
    pub observed: u64,
    pub censored: u64,
}

impl Column {
    pub(super) const fn all(self) -> u64 {
        self.observed + self.censored
    }
}

/// Where latencies lie on a number of columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    pub axis: Axis,
    pub width: u16,
    /// The deadline, in decades and as the column its line has to itself.
    pub line: Option<(f64, u16)>,
}

impl Scale {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the screen")]
    pub(super) fn new(axis: Axis, width: u16, deadline: Option<Duration>) -> Self {
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

    pub(super) fn columns(&self, lane: &LaneDigest) -> Vec<Column> {
        let mut columns = vec![Column::default(); usize::from(self.width)];
        let mut add = |points: &[Point], to: fn(&mut Column) -> &mut u64| {
            for point in points {
                if let Some(column) = columns.get_mut(usize::from(self.column(point.at, point.beyond))) {
                    *to(column) += point.count;
                }
            }
        };
        add(&lane.observed, |column| &mut column.observed);
        add(&lane.censored, |column| &mut column.censored);
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
