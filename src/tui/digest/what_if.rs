//! What the what-if screen needs of one lane, worked out once for each snapshot.

use std::sync::Arc;
use std::time::Duration;

use super::shown_lanes;
use crate::histogram::Histogram;
use crate::ledger::{Book, LaneKey};
use crate::snapshot::{LaneView, Snapshot, WhatIf};
use crate::tui::axis::Axis;

/// One lane, ready to be asked about deadlines.
#[derive(Debug)]
pub(in crate::tui) struct WhatIfDigest {
    /// Which lane.
    pub key: LaneKey,
    /// Whether it cancels, so that nothing is known beyond its deadline.
    pub cancels: bool,
    /// Its answers.
    pub what_if: WhatIf,
    /// Where its latencies and the deadline of now lie.
    pub axis: Axis,
    /// The newest lane that cancels, where a deadline of it was met or missed.
    pub cancelled: Option<Cancelled>,
    origin: Origin,
}

/// What became of the tasks of a lane that cancels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::tui) struct Cancelled {
    /// Their deadline.
    pub deadline: Duration,
    /// The share of them that missed it.
    pub missed: f64,
    /// How many met or missed it.
    pub tasks: u64,
}

impl Cancelled {
    fn of(lane: &LaneView) -> Option<Self> {
        let tasks = lane.spawned - lane.undecided();
        Some(Self { deadline: lane.key.deadline?, missed: lane.timed_out_rate()?, tasks })
    }
}

/// What a digest was made from; the same again gives the same digest.
#[derive(Debug, Clone)]
struct Origin {
    book: Arc<Book>,
    ages: Option<Arc<Histogram>>,
    deadline: Option<Duration>,
}

impl WhatIfDigest {
    /// Works out the newest lane that lets its tasks end, or else the newest that cancels, unless nothing happened to it
    /// since `previous`.
    pub(in crate::tui) fn of(snapshot: &Snapshot, previous: Option<&Arc<Self>>) -> Option<Arc<Self>> {
        let keys = shown_lanes(snapshot);
        let lanes = || keys.iter().filter_map(|key| snapshot.lanes.iter().find(|lane| lane.key == *key));
        let newest = |cancels| lanes().find(move |lane| lane.cancels() == cancels && lane.spawned > 0);
        let cancelled = newest(true).and_then(Cancelled::of);
        let previous = previous.cloned();
        [false, true].into_iter().filter_map(newest).find_map(|lane| {
            let old = previous.as_ref().filter(|old| old.key == lane.key);
            match old {
                Some(old) if old.is_of(lane, snapshot) && old.cancelled == cancelled => Some(Arc::clone(old)),
                old => Some(Arc::new(Self::work_out(lane, snapshot, cancelled, old.map(|old| old.axis))?)),
            }
        })
    }

    fn work_out(
        lane: &LaneView,
        snapshot: &Snapshot,
        cancelled: Option<Cancelled>,
        axis: Option<Axis>,
    ) -> Option<Self> {
        let what_if = snapshot.what_if(lane.key)?;
        let (first, last) = what_if.survival().span()?;
        let now = snapshot.deadline.unwrap_or(first);
        let (low, high) = (first.min(now), last.max(now));
        Some(Self {
            key: lane.key,
            cancels: lane.cancels(),
            what_if,
            axis: axis.map_or_else(|| Axis::fresh(low, high), |axis| axis.fit(low, high)),
            cancelled,
            origin: Origin { book: Arc::clone(&lane.book), ages: lane.ages.clone(), deadline: snapshot.deadline },
        })
    }

    fn is_of(&self, lane: &LaneView, snapshot: &Snapshot) -> bool {
        Arc::ptr_eq(&self.origin.book, &lane.book)
            && self.origin.ages.as_ref().map(Arc::as_ptr) == lane.ages.as_ref().map(Arc::as_ptr)
            && self.origin.deadline == snapshot.deadline
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::fixture;

    #[test]
    fn a_lane_that_lets_its_tasks_end_comes_before_one_that_cancels() {
        let mut live = fixture::live();
        let digest = WhatIfDigest::of(&live, None).unwrap();
        assert_eq!((digest.key, digest.cancels), (live.lanes[0].key, false));
        let rate = live.lanes[1].timed_out_rate().unwrap();
        let cancelled = digest.cancelled.unwrap();
        assert_eq!((cancelled.deadline, Some(cancelled.missed)), (fixture::DEADLINE, Some(rate)));
        assert_eq!(cancelled.tasks, live.lanes[1].spawned - live.lanes[1].undecided());
        live.lanes.remove(0);
        let digest = WhatIfDigest::of(&live, None).unwrap();
        assert_eq!((digest.key, digest.cancels), (live.lanes[0].key, true));
        assert!(WhatIfDigest::of(&fixture::empty(), None).is_none());
    }

    #[test]
    fn it_is_worked_out_again_only_when_something_happened_and_its_axis_holds_still() {
        let live = fixture::live();
        let first = WhatIfDigest::of(&live, None).unwrap();
        assert!(Arc::ptr_eq(&first, &WhatIfDigest::of(&live, Some(&first)).unwrap()));
        let mut later = live.clone();
        later.lanes[0].ages = None;
        let second = WhatIfDigest::of(&later, Some(&first)).unwrap();
        assert!(!Arc::ptr_eq(&first, &second));
        assert_eq!(first.axis.low().to_bits(), second.axis.low().to_bits());
    }
}
