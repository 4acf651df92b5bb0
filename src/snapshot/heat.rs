//! How many latencies of each size ended in one stretch of time, lane by lane: a column of a heatmap.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::Latency;
use crate::histogram::{Bucket, Histogram};
use crate::ledger::LaneKey;

/// Cells a tenfold of latency is cut into.
pub const CELLS_A_DECADE: u32 = 20;

/// Cells there are: 12.8 decades, from 1 ns to beyond the longest latency that has a bucket.
const CELLS: usize = 256;

/// Where each cell begins, nanoseconds, and where the last one ends.
static EDGES: LazyLock<[u64; CELLS + 1]> = LazyLock::new(|| std::array::from_fn(edge));

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "256 cells reach up to 6.3e12 ns"
)]
fn edge(cell: usize) -> u64 {
    10f64.powf(cell as f64 / f64::from(CELLS_A_DECADE)).ceil() as u64
}

/// Latencies counted on a fixed logarithmic grid, each under its lane; only cells that hold some take room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heat(Arc<[Column]>);

/// The cells of one lane, shortest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Column {
    lane: LaneKey,
    cells: Box<[Cell]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Cell {
    #[serde(deserialize_with = "on_the_grid")]
    at: u8,
    observed: u32,
    censored: u32,
}

/// Known and censored latencies by cell. They stand still at their largest number.
type Counts = [(u32, u32); CELLS];

/// A cell that holds at least one latency, `low` included and `high` not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeatCell {
    /// Its place on the grid, as in [`Heat::edge`].
    pub at: usize,
    /// Where it begins.
    pub low: Duration,
    /// Where the next one begins.
    pub high: Duration,
    /// Latencies in it that are known.
    pub observed: u64,
    /// Latencies known to be longer than an age in it.
    pub censored: u64,
}

/// A place that is on the grid.
fn on_the_grid<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let at = u8::deserialize(deserializer)?;
    if usize::from(at) < CELLS { Ok(at) } else { Err(Error::custom("a latency off the grid")) }
}

impl Heat {
    /// The samples of two histograms of one lane, each in the cell in which its bucket begins.
    #[must_use]
    pub fn of(lane: LaneKey, observed: &Histogram, censored: &Histogram) -> Self {
        let mut counts = [(0, 0); CELLS];
        for bucket in observed.buckets() {
            add(&mut counts[place(&bucket, observed)].0, bucket.count);
        }
        for bucket in censored.buckets() {
            add(&mut counts[place(&bucket, censored)].1, bucket.count);
        }
        Self::collect(vec![(lane, counts)])
    }

    /// Cells counted before, each with its lane; those of one place and lane are added up.
    pub(crate) fn from_cells(cells: impl IntoIterator<Item = (LaneKey, HeatCell)>) -> Self {
        let mut lanes = Vec::new();
        for (lane, cell) in cells {
            let counts = &mut of_lane(&mut lanes, lane)[cell.at.min(CELLS - 1)];
            add(&mut counts.0, cell.observed);
            add(&mut counts.1, cell.censored);
        }
        Self::collect(lanes)
    }

    fn collect(mut lanes: Vec<(LaneKey, Counts)>) -> Self {
        lanes.sort_unstable_by_key(|(lane, _)| *lane);
        let columns = lanes.into_iter().map(|(lane, counts)| {
            let cells = (0..=u8::MAX).zip(counts).filter(|(_, counts)| *counts != (0, 0));
            Column { lane, cells: cells.map(|(at, (observed, censored))| Cell { at, observed, censored }).collect() }
        });
        Self(columns.filter(|column| !column.cells.is_empty()).collect())
    }

    /// Several stretches of time as one.
    pub(crate) fn joined<'a>(stretches: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut lanes = Vec::new();
        for column in stretches.into_iter().flat_map(|stretch| &*stretch.0) {
            let counts = of_lane(&mut lanes, column.lane);
            for cell in &column.cells {
                let counts = &mut counts[usize::from(cell.at)];
                add(&mut counts.0, u64::from(cell.observed));
                add(&mut counts.1, u64::from(cell.censored));
            }
        }
        Self::collect(lanes)
    }

    /// The cell of the grid a latency belongs to.
    #[must_use]
    pub fn place(latency: Duration) -> usize {
        let ns = crate::units::nanos(latency);
        EDGES.partition_point(|&edge| edge <= ns).clamp(1, CELLS) - 1
    }

    /// Where a cell of the grid begins, and so where the one before it ends.
    #[must_use]
    pub fn edge(at: usize) -> Duration {
        Duration::from_nanos(EDGES[at.min(CELLS)])
    }

    /// The latency that the share `q` (0 to 1) of the tasks does not exceed, to the width of a cell; `None` before
    /// there is one.
    ///
    /// It is known as long as no censored age lies in a cell below it, as in
    /// [`Distribution::quantile`](super::Distribution::quantile). What was censored in the cell of the deadline it was
    /// `cancelled_at` had come that far. A larger share never has a smaller quantile.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "2^53 tasks are out of reach")]
    pub fn quantile(&self, q: f64, cancelled_at: Option<Duration>) -> Option<Latency> {
        let all: u64 = self.cells().map(|cell| cell.observed + cell.censored).sum();
        let reached = |seen: u64| seen as f64 >= q * all as f64;
        let (mut seen, mut known) = (0, true);
        for cell in self.cells() {
            if known && cell.observed > 0 && reached(seen + cell.observed) {
                return Some(Latency::Exactly(cell.typical(cancelled_at)));
            }
            seen += cell.observed + cell.censored;
            known &= cell.censored == 0;
            if reached(seen) {
                return Some(Latency::AtLeast(cell.reached(cancelled_at)));
            }
        }
        None
    }

    /// The cells that hold latencies of any lane, shortest first.
    pub fn cells(&self) -> impl Iterator<Item = HeatCell> + '_ {
        let mut left: Vec<&[Cell]> = self.0.iter().map(|column| &*column.cells).collect();
        std::iter::from_fn(move || {
            let at = left.iter().filter_map(|cells| cells.first()).map(|cell| cell.at).min()?;
            let mut sum = HeatCell::new(usize::from(at), 0, 0);
            for cells in &mut left {
                if let Some((cell, rest)) = cells.split_first().filter(|(cell, _)| cell.at == at) {
                    sum.observed += u64::from(cell.observed);
                    sum.censored += u64::from(cell.censored);
                    *cells = rest;
                }
            }
            Some(sum)
        })
    }

    /// The cells that hold latencies, lane by lane, shortest first.
    pub fn lanes(&self) -> impl Iterator<Item = (LaneKey, HeatCell)> + '_ {
        self.0.iter().flat_map(|Column { lane, cells }| {
            let cell = |cell: &Cell| HeatCell::new(usize::from(cell.at), cell.observed.into(), cell.censored.into());
            cells.iter().map(move |counted| (*lane, cell(counted)))
        })
    }

    /// The same without what was censored.
    pub(crate) fn observed(&self) -> Self {
        Self::from_cells(self.lanes().map(|(lane, cell)| (lane, HeatCell { censored: 0, ..cell })))
    }

    /// Whether nothing ended.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl HeatCell {
    /// A cell of the grid with what it holds.
    pub(crate) fn new(at: usize, observed: u64, censored: u64) -> Self {
        Self { at, low: Heat::edge(at), high: Heat::edge(at + 1), observed, censored }
    }

    /// The latency in the middle of it, on a logarithmic axis.
    #[must_use]
    pub fn middle(&self) -> Duration {
        Duration::from_secs_f64((self.low.as_secs_f64() * self.high.as_secs_f64()).sqrt())
    }

    /// What its known latencies are taken for: no more than the bound of those that were censored beside them.
    fn typical(&self, cancelled_at: Option<Duration>) -> Duration {
        if self.censored == 0 { self.middle() } else { self.middle().min(self.reached(cancelled_at)) }
    }

    /// What every censored latency in it exceeds.
    fn reached(&self, cancelled_at: Option<Duration>) -> Duration {
        cancelled_at.filter(|at| (self.low..self.high).contains(at)).unwrap_or(self.low)
    }
}

/// The counts of a lane, at zero when it is new.
fn of_lane(lanes: &mut Vec<(LaneKey, Counts)>, lane: LaneKey) -> &mut Counts {
    let at = lanes.iter().position(|(known, _)| *known == lane).unwrap_or_else(|| {
        lanes.push((lane, [(0, 0); CELLS]));
        lanes.len() - 1
    });
    &mut lanes[at].1
}

fn add(to: &mut u32, count: u64) {
    *to = to.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
}

/// The cell of a bucket, never below that of the exact smallest sample.
fn place(bucket: &Bucket, of: &Histogram) -> usize {
    Heat::place(bucket.low.max(of.min()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::Precision;
    use crate::outcome::Policy;
    use proptest::prelude::*;

    const LANE: LaneKey = LaneKey { policy: Policy::Observe, deadline: None };
    const OTHER: LaneKey = LaneKey { policy: Policy::Cancel, deadline: Some(Duration::from_millis(50)) };

    fn of(samples: &[u64]) -> Histogram {
        let mut histogram = Histogram::new(Precision::Coarse);
        for &ns in samples {
            histogram.record(ns);
        }
        histogram
    }

    fn sums(heat: &Heat) -> (u64, u64) {
        heat.cells().fold((0, 0), |sum, cell| (sum.0 + cell.observed, sum.1 + cell.censored))
    }

    #[test]
    fn the_grid_has_a_cell_for_every_latency() {
        assert!(EDGES.is_sorted());
        assert!(EDGES[CELLS] > crate::units::nanos(crate::histogram::LARGEST));
        let heat = Heat::of(LANE, &of(&[0, 1, 1_000, u64::MAX]), &of(&[]));
        let lows: Vec<_> = heat.cells().map(|cell| cell.low).collect();
        assert_eq!(lows[..2], [Duration::from_nanos(1), Duration::from_micros(1)]);
        assert_eq!(heat.cells().map(|cell| cell.observed).collect::<Vec<_>>(), [2, 1, 1]);
    }

    #[test]
    fn counts_stand_still_at_their_largest_number() {
        let full = |lane| Heat::from_cells([(lane, HeatCell::new(9, u64::from(u32::MAX) - 1, 0))]);
        assert_eq!(sums(&Heat::joined([&full(LANE), &full(LANE)])), (u64::from(u32::MAX), 0));
        assert_eq!(sums(&Heat::joined([&full(LANE), &full(OTHER)])), (2 * (u64::from(u32::MAX) - 1), 0));
    }

    #[test]
    fn a_quantile_is_known_to_the_width_of_a_cell_and_beyond_what_was_cancelled_only_to_be_longer() {
        let ms = |ms: u64| ms * 1_000_000;
        let heat = Heat::of(LANE, &of(&[ms(10); 90]), &of(&[ms(50); 10]));
        let Some(Latency::Exactly(p50)) = heat.quantile(0.5, None) else { panic!("known") };
        assert!(p50.abs_diff(Duration::from_millis(10)) < Duration::from_millis(2));
        let Some(Latency::AtLeast(p99)) = heat.quantile(0.99, None) else { panic!("a bound") };
        assert!(p99 <= Duration::from_millis(50) && p99 > Duration::from_millis(44));
        assert_eq!(Heat::default().quantile(0.5, None), None);
    }

    #[test]
    fn what_is_cancelled_at_the_deadline_is_known_to_have_come_that_far() {
        let (deadline, heat) =
            (Duration::from_millis(50), Heat::of(LANE, &of(&[49_000_000; 60]), &of(&[50_050_000; 40])));
        assert_eq!(heat.quantile(0.99, Some(deadline)), Some(Latency::AtLeast(deadline)));
        assert!(heat.quantile(0.5, Some(deadline)).is_some_and(|p50| p50.bound() <= deadline));
        let Some(Latency::AtLeast(elsewhere)) = heat.quantile(0.99, Some(deadline * 2)) else { panic!("a bound") };
        assert!(elsewhere < deadline);
    }

    proptest! {
        #[test]
        fn a_larger_share_never_has_a_smaller_quantile(
            observed in prop::collection::vec(1_000u64..100_000, 0..60),
            censored in prop::collection::vec(1_000u64..100_000, 0..60),
            cancelled_at in prop::option::of((1_000u64..100_000).prop_map(Duration::from_nanos)),
        ) {
            let heat = Heat::of(LANE, &of(&observed), &of(&censored));
            let quantile = |i| heat.quantile(f64::from(i) / 40.0, cancelled_at);
            let bounds: Vec<_> = (0..=40).filter_map(quantile).map(Latency::bound).collect();
            prop_assert!(bounds.is_sorted(), "{bounds:?}");
        }

        #[test]
        fn every_sample_has_one_cell_and_joining_columns_loses_none(
            observed in prop::collection::vec(0u64..8_000_000_000_000, 0..60),
            censored in prop::collection::vec(0u64..8_000_000_000_000, 0..60),
            is_same_lane in any::<bool>(),
        ) {
            let second = if is_same_lane { LANE } else { OTHER };
            let (one, two) = (Heat::of(LANE, &of(&observed), &of(&censored)), Heat::of(second, &of(&censored), &of(&observed)));
            prop_assert_eq!(sums(&one), (observed.len() as u64, censored.len() as u64));
            prop_assert_eq!(one.is_empty(), observed.is_empty() && censored.is_empty());
            let both = Heat::joined([&one, &two]);
            let all = (observed.len() + censored.len()) as u64;
            prop_assert_eq!(sums(&both), (all, all));
            prop_assert_eq!(&Heat::from_cells(both.lanes()), &both);
            let of_one: Vec<_> = both.lanes().filter(|(lane, _)| *lane == LANE).map(|(_, cell)| cell).collect();
            prop_assert!(is_same_lane || of_one == one.cells().collect::<Vec<_>>());
            prop_assert!(both.cells().is_sorted_by_key(|cell| cell.low));
            for cell in both.cells() {
                prop_assert_eq!((Heat::edge(cell.at), Heat::edge(cell.at + 1)), (cell.low, cell.high));
                prop_assert_eq!(Heat::place(cell.low), cell.at);
                prop_assert_eq!(Heat::place(cell.middle()), cell.at);
            }
        }
    }
}
