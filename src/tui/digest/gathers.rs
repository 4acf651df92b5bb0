//! What the gather screen needs of one lane's histograms, worked out once for each snapshot.

use std::sync::Arc;
use std::time::Duration;

use super::{Point, points, shown_lanes};
use crate::histogram::Histogram;
use crate::ledger::{Book, GatherBook, LaneKey, Metric};
use crate::snapshot::{Distribution, LaneView, Latency, Snapshot};
use crate::tui::axis::Axis;

/// The shares of the table, with their names; the longest comes after them.
pub(in crate::tui) const SHARES: [(f64, &str); 3] = [(0.5, "p50"), (0.9, "p90"), (0.99, "p99")];

/// Percentiles, and the longest; `None` before there is a sample.
type Column = [Option<Latency>; SHARES.len() + 1];

/// The gathers of one lane beside its tasks, ready to be drawn.
#[derive(Debug)]
pub(in crate::tui) struct GatherDigest {
    /// Which lane.
    pub key: LaneKey,
    /// From the start of a gather to its outcome.
    pub gathers: Vec<Point>,
    /// Service times of the children.
    pub children: Vec<Point>,
    /// Ages of the children that were cancelled or never ended.
    pub censored: Vec<Point>,
    /// Of the gathers, of the children, and of the gaps before the last child's end.
    pub columns: [Column; 3],
    /// The time all tasks of the lane took together.
    pub task_time: Duration,
    /// Where the latencies lie.
    pub axis: Axis,
    book: Arc<Book>,
}

impl GatherDigest {
    /// Works out the newest lane with gathers that have an outcome, unless nothing happened to it since `previous`.
    pub(in crate::tui) fn of(snapshot: &Snapshot, previous: Option<&Arc<Self>>) -> Option<Arc<Self>> {
        let lane = |key| snapshot.lanes.iter().find(|lane| lane.key == key);
        let decided = |lane: &&LaneView| lane.book.gathers().is_some_and(|gathers| !gathers.latency.is_empty());
        let lane = shown_lanes(snapshot).into_iter().filter_map(lane).find(decided)?;
        match previous.filter(|old| old.key == lane.key) {
            Some(old) if Arc::ptr_eq(&old.book, &lane.book) => Some(Arc::clone(old)),
            old => Some(Arc::new(Self::work_out(lane, lane.book.gathers()?, old.map(|old| old.axis)))),
        }
    }

    fn work_out(lane: &LaneView, gathers: &GatherBook, axis: Option<Axis>) -> Self {
        let drawn = lane.key.deadline;
        let children = lane.distribution(Metric::Service);
        let known = [Some(&gathers.latency), Some(children.observed()), children.censored()];
        let spans = known.into_iter().flatten().filter(|h| !h.is_empty()).map(|h| (h.min(), h.max()));
        let deadline = drawn.map(|deadline| (deadline, deadline));
        let span = spans.chain(deadline).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        let (low, high) = span.unwrap_or((Duration::from_millis(1), Duration::from_secs(1)));
        Self {
            key: lane.key,
            gathers: points(&gathers.latency, drawn, |b| b.low),
            children: points(children.observed(), drawn, |b| b.low),
            censored: children.censored().map_or_else(Vec::new, |ages| points(ages, drawn, |b| b.low.max(ages.min()))),
            columns: [exact(&gathers.latency), of(&children), exact(&gathers.straggler_gap)],
            task_time: task_time(&lane.book),
            axis: axis.map_or_else(|| Axis::fresh(low, high), |axis| axis.fit(low, high)),
            book: Arc::clone(&lane.book),
        }
    }

    /// What is counted of the gathers.
    pub(in crate::tui) fn book(&self) -> Option<&GatherBook> {
        self.book.gathers()
    }
}

fn exact(samples: &Histogram) -> Column {
    let some = |latency| (!samples.is_empty()).then_some(Latency::Exactly(latency));
    with_max(SHARES.map(|(share, _)| some(samples.quantile(share))), some(samples.max()))
}

fn of(all: &Distribution) -> Column {
    let quantiles = all.quantiles(&SHARES.map(|(share, _)| share));
    with_max(std::array::from_fn(|n| quantiles.get(n).copied()), all.max())
}

fn with_max([p50, p90, p99]: [Option<Latency>; SHARES.len()], max: Option<Latency>) -> Column {
    [p50, p90, p99, max]
}

/// Cancelled and unfinished tasks took their time too.
fn task_time(book: &Book) -> Duration {
    let ended = [Metric::Service, Metric::Censored].into_iter().flat_map(|metric| book.cells(metric));
    let ended = ended.map(|(_, samples)| samples.total());
    ended.chain(book.unfinished().map(Histogram::total)).fold(Duration::ZERO, Duration::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::fixture;

    #[test]
    fn every_gather_and_every_child_is_among_the_points() {
        let long = fixture::long();
        let digest = GatherDigest::of(&long, None).unwrap();
        let lane = long.lanes.iter().find(|lane| lane.key == digest.key).unwrap();
        let sum = |points: &[Point]| points.iter().map(|point| point.count).sum::<u64>();
        let gathers = digest.book().unwrap();
        assert_eq!(digest.key, LaneKey { policy: long.policy, deadline: long.deadline });
        assert_eq!(sum(&digest.gathers), gathers.started - gathers.open());
        assert_eq!(sum(&digest.children) + sum(&digest.censored), lane.book.total_ended());
        assert_eq!(digest.columns[0][3], Some(Latency::Exactly(gathers.latency.max())));
        assert!(digest.task_time > Duration::from_secs(10));
    }

    #[test]
    fn it_is_worked_out_again_only_when_something_happened_and_its_axis_holds_still() {
        let live = fixture::live();
        let first = GatherDigest::of(&live, None).unwrap();
        assert!(Arc::ptr_eq(&first, &GatherDigest::of(&live, Some(&first)).unwrap()));
        let mut later = live.clone();
        later.lanes[1].book = Arc::new((*live.lanes[1].book).clone());
        let second = GatherDigest::of(&later, Some(&first)).unwrap();
        assert!(!Arc::ptr_eq(&first, &second));
        assert_eq!(first.axis.low().to_bits(), second.axis.low().to_bits());
        assert!(GatherDigest::of(&fixture::empty(), Some(&first)).is_none());
    }
}
