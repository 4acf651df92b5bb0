//! What the blame screen needs of the lanes, worked out once for each snapshot.

use std::time::Duration;

use super::shown_lanes;
use crate::histogram::Histogram;
use crate::ledger::{LaneKey, Metric, Requests};
use crate::outcome::{CancelReason, Lateness};
use crate::snapshot::{Blame, Causes, LaneView, Snapshot, Waste};

/// Why tasks were late and what came of it, ready to be drawn.
#[derive(Debug)]
pub(in crate::tui) struct BlameDigest {
    /// The lane whose late tasks are looked at.
    pub key: LaneKey,
    /// Where they were when their deadline passed.
    pub blame: Blame,
    /// Where the time of its late tasks went.
    pub late: Causes,
    /// And that of those on time.
    pub on_time: Causes,
    /// What came of requests to cancel, in all lanes, in the order of [`CancelReason::ALL`].
    pub cancels: Vec<Requests>,
    /// From a request to the drop: the median and the longest; `None` before one is known.
    pub lag: Option<(Duration, Duration)>,
    /// The work that came to nothing, of each lane that is shown, the newest first.
    pub waste: Vec<(LaneKey, Waste)>,
}

impl BlameDigest {
    /// Works out the newest lane that has missed a deadline, or else the newest; `None` before there is one.
    pub(in crate::tui) fn of(snapshot: &Snapshot) -> Option<Self> {
        let lane = |key| snapshot.lanes.iter().find(|lane| lane.key == key);
        let lanes: Vec<&LaneView> = shown_lanes(snapshot).into_iter().filter_map(lane).collect();
        let missed = lanes.iter().find(|lane| lane.timed_out() > 0);
        let lane = missed.or(lanes.first())?;
        Some(Self {
            key: lane.key,
            blame: snapshot.blame(lane),
            late: lane.causes(Lateness::Late),
            on_time: lane.causes(Lateness::OnTime),
            cancels: CancelReason::ALL.iter().map(|&reason| requests(snapshot, reason)).collect(),
            lag: lag(snapshot),
            waste: lanes.iter().map(|lane| (lane.key, lane.waste())).collect(),
        })
    }
}

/// The requests of one asker in all lanes.
fn requests(snapshot: &Snapshot, reason: CancelReason) -> Requests {
    snapshot.lanes.iter().map(|lane| lane.book.cancels().by(reason)).fold(Requests::default(), |mut sum, by| {
        sum.merge(&by);
        sum
    })
}

fn lag(snapshot: &Snapshot) -> Option<(Duration, Duration)> {
    let lanes = snapshot.lanes.iter().map(|lane| lane.book.histogram(Metric::CancelLag, |_| true));
    let lags = lanes.reduce(|mut sum: Histogram, lane| {
        sum.merge(&lane);
        sum
    });
    lags.filter(|lags| !lags.is_empty()).map(|lags| (lags.quantile(0.5), lags.max()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Policy;
    use crate::snapshot::fixture;

    #[test]
    fn it_is_of_the_newest_lane_that_missed_a_deadline() {
        let mut live = fixture::live();
        assert_eq!(BlameDigest::of(&live).unwrap().key.policy, Policy::Cancel);
        live.deadline = Some(fixture::DEADLINE * 2);
        assert_eq!(
            BlameDigest::of(&live).unwrap().key.deadline,
            Some(fixture::DEADLINE),
            "nothing is known of the new one"
        );
        live.lanes.truncate(1);
        let digest = BlameDigest::of(&live).unwrap();
        assert_eq!((digest.key, digest.blame.total()), (live.lanes[0].key, live.lanes[0].timed_out()));
        assert!(BlameDigest::of(&fixture::empty()).is_none());
    }

    #[test]
    fn requests_are_those_of_all_lanes() {
        let live = fixture::live();
        let digest = BlameDigest::of(&live).unwrap();
        let by_deadline = digest.cancels[CancelReason::Deadline.index()];
        assert_eq!(by_deadline.cancelled, live.total(LaneView::cancelled_at_deadline));
        assert!(by_deadline.asked >= by_deadline.cancelled && digest.lag.is_some());
        assert_eq!(digest.waste.len(), live.lanes.len());
    }
}
