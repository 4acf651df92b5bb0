//! Which latencies share a row of the heatmap.
//!
//! ```text
//! cells of the grid   │ │ │ │ │ │ │ │ │ │ │ │ │      a twentieth of a decade each
//! bands               ├────┼──┼────┼──┼────┼──┤      whole cells, as equal as they can be
//! dots of the screen  ▀    ▄  ▀    ▄  ▀    ▄         one a band, or more when there are more dots than cells
//! ```

use std::ops::Range;
use std::time::Duration;

use crate::snapshot::{Heat, HeatCell};

/// Cells of latency, dealt out to the dots of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bands {
    /// The first cell.
    low: usize,
    cells: usize,
    dots: usize,
    count: usize,
}

impl Bands {
    /// The cells from the first of the pair up to the second, on so many dots.
    pub(super) fn new((low, high): (usize, usize), dots: usize) -> Self {
        let cells = high.saturating_sub(low).max(1);
        Self { low, cells, dots, count: cells.min(dots) }
    }

    /// How many there are.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// How many cells one has on average, over how many this one has: what makes counts comparable.
    #[expect(clippy::cast_precision_loss, reason = "at most 256 cells")]
    pub(super) fn weight(&self, band: usize) -> f64 {
        self.cells as f64 / self.count.max(1) as f64 / self.cells(band).len().max(1) as f64
    }

    /// The cells of a band.
    pub(super) fn cells(&self, band: usize) -> Range<usize> {
        let edge = |band: usize| self.low + band * self.cells / self.count.max(1);
        edge(band)..edge(band + 1)
    }

    /// The latencies of a band, the end not included.
    pub(super) fn latencies(&self, band: usize) -> (Duration, Duration) {
        let cells = self.cells(band);
        (Heat::edge(cells.start), Heat::edge(cells.end))
    }

    /// The latency in the middle of a band.
    pub(super) fn middle(&self, band: usize) -> Duration {
        let (low, high) = self.latencies(band);
        HeatCell { at: 0, low, high, observed: 0, censored: 0 }.middle()
    }

    /// The band of a cell; cells beyond the ends belong to the last there is.
    pub(super) fn band(&self, cell: usize) -> usize {
        let cell = cell.saturating_sub(self.low).min(self.cells - 1);
        (((cell + 1) * self.count).saturating_sub(1) / self.cells).min(self.count.saturating_sub(1))
    }

    /// The band a dot belongs to, counted from below.
    pub(super) fn at_dot(&self, dot: usize) -> usize {
        dot * self.count / self.dots.max(1)
    }

    /// The dots of a band, from below.
    pub(super) fn dots(&self, band: usize) -> Range<usize> {
        let edge = |band: usize| (band * self.dots).div_ceil(self.count.max(1));
        edge(band)..edge(band + 1)
    }

    /// How far up a cell is, 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "at most 256 cells")]
    pub(super) fn share(&self, cell: usize) -> f64 {
        cell.saturating_sub(self.low) as f64 / self.cells as f64
    }

    /// The powers of ten on the axis, with their cells.
    pub(super) fn decades(&self) -> impl Iterator<Item = (usize, Duration)> {
        let step = crate::snapshot::CELLS_A_DECADE as usize;
        let cells = self.low.next_multiple_of(step)..self.low + self.cells;
        cells.step_by(step).map(|cell| (cell, Heat::edge(cell)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_cell_has_one_band_and_every_dot_shows_one(low in 0usize..200, cells in 1usize..120, dots in 1usize..300) {
            let bands = Bands::new((low, low + cells), dots);
            let mut next = low;
            for band in 0..bands.count() {
                let range = bands.cells(band);
                prop_assert!(range.start == next && !range.is_empty());
                next = range.end;
                for cell in range {
                    prop_assert_eq!(bands.band(cell), band);
                }
                prop_assert!(!bands.dots(band).is_empty());
                for dot in bands.dots(band) {
                    prop_assert_eq!(bands.at_dot(dot), band);
                }
            }
            prop_assert_eq!(next, low + cells);
            prop_assert_eq!(bands.dots(bands.count() - 1).end, dots);
            prop_assert_eq!((bands.band(0), bands.band(usize::MAX - 1)), (0, bands.count() - 1));
        }
    }

    #[test]
    fn no_room_is_no_band() {
        let bands = Bands::new((120, 180), 0);
        assert_eq!((bands.count(), bands.band(130), bands.dots(0)), (0, 0, 0..0));
    }
}
