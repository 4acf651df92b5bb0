//! Where the parts of the Time screen are, and which time and latency each place stands for.
//!
//! A pure function of the screen's state and size: what draws, what the cursor steps over and what the mouse hits
//! are the same places.

use std::ops::Range;
use std::time::Duration;

use ratatui::layout::{Position, Rect};

use super::bands::Bands;
use crate::snapshot::TimelineRow;
use crate::tui::app::App;

/// Columns of the latency labels at the left, and of the key at the right.
const LABELS: u16 = 10;
const KEY: u16 = 21;

/// The smallest screen with a frame, and the narrowest one with a key.
const FRAMED: (u16, u16) = (76, 14);

/// Rows a column may have, as long as that is enough: so many seconds go into the steps of a clock.
const EVEN: [usize; 17] = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 60, 120, 300, 600, 1200];

/// The parts of the screen; those without room have no height.
#[derive(Debug)]
pub(super) struct Plan {
    /// What the frame goes round; without one, its first row is the title's.
    pub area: Rect,
    /// Whether there is a frame.
    pub framed: bool,
    /// The heatmap, without labels and key.
    pub heat: Rect,
    /// The time axis.
    pub axis: Rect,
    /// The changes made on the way; their words may go on beyond the charts.
    pub marks: Rect,
    /// The percentile lines.
    pub lines: Rect,
    /// The timed-out rate.
    pub missed: Rect,
    /// Columns left of the charts, and right of them.
    pub margins: (u16, u16),
    /// How many columns the width stands for, those to come included.
    pub total: usize,
    /// Cells of each column.
    pub wide: usize,
    /// What is drawn of the run, oldest first, a column each.
    pub columns: Vec<TimelineRow>,
    /// How long a column lasts.
    pub unit: Duration,
    /// Which latencies share a row of the heatmap.
    pub bands: Bands,
}

impl Plan {
    /// The parts of `area`.
    pub(super) fn new(app: &App, area: Rect) -> Self {
        let framed = area.width >= FRAMED.0 && area.height >= FRAMED.1;
        let inside = if framed {
            Rect { x: area.x + 1, y: area.y + 1, width: area.width - 2, height: area.height - 2 }
        } else {
            let title = area.height.min(1);
            Rect { y: area.y + title, height: area.height - title, ..area }
        };
        let left = LABELS.min(inside.width);
        let right = if framed { KEY } else { inside.width.saturating_sub(left).min(1) };
        let room = inside.width.saturating_sub(left + right);
        let Fit { joined, total, wide } = fit(app, usize::from(room));
        // No more than the columns take: what stands beside the charts is next to them.
        let width = u16::try_from(total * wide).unwrap_or(room);
        let chart = Rect { x: inside.x + left, width, ..inside };
        let [heat, axis, marks, lines, missed] = heights(inside.height, framed);
        let mut y = chart.y;
        let mut take = |height| {
            let part = Rect { y, height, ..chart };
            y += height;
            part
        };
        let [heat, axis, marks, lines, missed] = [heat, axis, marks, lines, missed].map(&mut take);
        let marks = Rect { width: room, ..marks };
        let past = app.past();
        let halves = if app.theme.halves_cells() { 2 } else { 1 };
        let columns: Vec<TimelineRow> = past.rows().chunks(joined).filter_map(TimelineRow::joined).collect();
        let unit = columns.first().map_or(Duration::ZERO, |row| row.length);
        let bands = Bands::new(past.cells(), usize::from(heat.height) * halves);
        Self {
            area,
            framed,
            heat,
            axis,
            marks,
            lines,
            missed,
            margins: (left, right),
            total,
            wide,
            columns,
            unit,
            bands,
        }
    }

    /// The column of an instant, the nearest where there is none; `None` when there is no column at all.
    pub(super) fn column(&self, time: Duration) -> Option<usize> {
        let after = self.columns.partition_point(|row| row.at <= time);
        (!self.columns.is_empty()).then(|| after.saturating_sub(1))
    }

    /// The cells of a column, from the left edge of the charts.
    pub(super) fn cells(&self, column: usize) -> Range<u16> {
        let edge = |column: usize| u16::try_from(column.saturating_mul(self.wide)).unwrap_or(u16::MAX);
        edge(column)..edge(column + 1)
    }

    /// The cells of the columns to come.
    pub(super) fn to_come(&self) -> Range<u16> {
        self.cells(self.columns.len()).start..self.heat.width
    }

    /// The column at a place on any of the charts.
    pub(super) fn column_at(&self, at: Position) -> Option<usize> {
        let charts = Rect { height: self.missed.bottom().saturating_sub(self.heat.y), ..self.heat };
        let cell = usize::from(at.x.checked_sub(charts.x)?);
        let column = cell / self.wide.max(1);
        (charts.contains(at) && column < self.columns.len()).then_some(column)
    }

    /// When a column begins, or would begin once it is there.
    pub(super) fn begin(&self, column: usize) -> Duration {
        match (self.columns.get(column), self.columns.last()) {
            (Some(row), _) => row.at,
            (None, Some(last)) => {
                let ahead = u32::try_from(column - self.columns.len()).unwrap_or(u32::MAX);
                (last.at + last.length).saturating_add(self.unit.saturating_mul(ahead))
            }
            (None, None) => Duration::ZERO,
        }
    }

    /// The rows of `chart` are latencies too: the one of a cell of the grid, from above.
    pub(super) fn row_in(&self, chart: Rect, cell: usize) -> Option<u16> {
        let upwards = self.bands.share(cell) * f64::from(chart.height);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the chart's height")]
        let upwards = (upwards.max(0.0) as u16).min(chart.height.checked_sub(1)?);
        Some(chart.height - 1 - upwards)
    }
}

/// Heatmap, axis, marks, lines, missed: the heatmap goes last.
fn heights(height: u16, framed: bool) -> [u16; 5] {
    let axis = u16::from(height >= 4);
    let marks = u16::from(height >= 7);
    let missed = match height {
        0..6 => 0,
        6..24 => 1,
        _ => 2,
    };
    let rest = height - axis - marks - missed;
    let lines = if framed && rest >= 12 { (rest * 3 / 8).clamp(5, 14) } else { 0 };
    [rest - lines, axis, marks, lines, missed]
}

/// How the run is cut into columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fit {
    /// Rows that make a column.
    joined: usize,
    /// Columns the width stands for.
    total: usize,
    /// Cells of each column.
    wide: usize,
}

/// A run of known length takes at least two thirds of the cells; another one has a column a cell, and room to grow.
fn fit(app: &App, cells: usize) -> Fit {
    let rows = app.past().rows();
    let planned = app.shown().info.duration.zip(rows.first()).map(|(duration, row)| {
        let rows = duration.as_nanos().div_ceil(row.length.as_nanos().max(1));
        usize::try_from(rows).unwrap_or(usize::MAX)
    });
    match planned {
        Some(planned) => whole(rows.len().max(planned).max(1), cells),
        None => Fit { joined: even(rows.len().div_ceil(cells.max(1))), total: cells.max(1), wide: cells.min(1) },
    }
}

/// The finest cut of so many rows into columns of whole cells that fills two thirds of the room.
fn whole(rows: usize, cells: usize) -> Fit {
    let cut = |joined: usize| {
        let total = rows.div_ceil(joined);
        Fit { joined, total, wide: cells / total }
    };
    let finest = rows.div_ceil(cells.max(1));
    let mut cuts = EVEN.into_iter().filter(|&joined| joined >= finest).map(cut);
    cuts.find(|fit| fit.total * fit.wide * 3 >= cells * 2).unwrap_or_else(|| cut(finest))
}

/// The next number of rows that makes even columns.
fn even(rows: usize) -> usize {
    EVEN.into_iter().find(|&joined| joined >= rows).unwrap_or(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn columns_of_a_known_run_have_whole_cells_and_fill_two_thirds_of_the_room(
            rows in 1usize..600,
            cells in 1usize..500,
        ) {
            let Fit { joined, total, wide } = whole(rows, cells);
            prop_assert!(joined * total >= rows && joined * (total - 1) < rows);
            prop_assert!(wide > 0 && wide * total <= cells && wide * total * 3 >= cells * 2);
            prop_assert!(EVEN.contains(&joined));
        }
    }

    #[test]
    fn every_height_is_used_up_and_the_heatmap_is_the_last_to_go() {
        for framed in [true, false] {
            for height in 0..200 {
                let parts = heights(height, framed);
                assert_eq!(parts.iter().sum::<u16>(), height);
                assert!(height == 0 || parts[0] >= parts[3].max(1), "{height}: {parts:?}");
            }
        }
    }
}
