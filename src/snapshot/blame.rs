//! Where the tasks of a lane were when their deadline passed: every miss by step, and, of a sample, by line of source.

use std::sync::Arc;

use super::{Awaits, Frame, LaneView, Snapshot};
use crate::ledger::Doing;

/// Tasks that were at one place when their deadline passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blamed {
    /// The innermost step they were in, when they were in one.
    pub step: Option<Box<str>>,
    /// What they were doing.
    pub doing: Doing,
    /// How many; those of all lines add up to it.
    pub count: u64,
    /// By line, most frequent first; nothing where none was captured. Counts are those of the sample, raised to all.
    pub lines: Vec<(Arc<[Frame]>, u64)>,
}

/// All misses of a lane, most frequent place first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Blame {
    /// The places.
    pub places: Vec<Blamed>,
    /// Misses that are in no place: the task had ended, late, before the clock saw it overdue.
    pub unseen: u64,
}

impl Blame {
    /// Deadlines missed, whether or not it is known where.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.unseen + self.places.iter().map(|place| place.count).sum::<u64>()
    }
}

impl Snapshot {
    /// Where the tasks of `lane` were when their deadline passed.
    #[must_use]
    pub fn blame(&self, lane: &LaneView) -> Blame {
        let misses = lane.book.misses();
        let place = |row: &crate::ledger::MissedAt| Blamed {
            step: row.step.clone(),
            doing: row.doing,
            count: row.count,
            lines: if row.doing == Doing::Waiting {
                self.awaits.lines(lane, row.step.as_deref(), row.count)
            } else {
                Vec::new()
            },
        };
        let mut places: Vec<Blamed> = misses.rows().iter().map(place).collect();
        places.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| (&a.step, a.doing).cmp(&(&b.step, b.doing))));
        Blame { places, unseen: lane.timed_out().saturating_sub(misses.total()) }
    }
}

impl Awaits {
    /// The lines at which `count` tasks of a lane's step awaited, going by those that were captured.
    fn lines(&self, lane: &LaneView, step: Option<&str>, count: u64) -> Vec<(Arc<[Frame]>, u64)> {
        let captured = self.rows.iter().filter(|row| row.lane == lane.key && row.step.as_deref() == step);
        let captured: Vec<(&Arc<[Frame]>, u64)> =
            captured.filter(|row| !row.frames.is_empty()).map(|row| (&row.frames, row.count)).collect();
        let shares = allot(count, &captured.iter().map(|(_, n)| *n).collect::<Vec<_>>());
        let mut lines: Vec<_> = captured.into_iter().map(|(frames, _)| Arc::clone(frames)).zip(shares).collect();
        lines.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        lines
    }
}

/// `whole` in parts as `weights` are to each other, that add up to it.
fn allot(whole: u64, weights: &[u64]) -> Vec<u64> {
    let all: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
    let (mut before, mut given) = (0, 0);
    let part = |&weight: &u64| {
        before += u128::from(weight);
        let until = (u128::from(whole) * before).checked_div(all).unwrap_or(0);
        let part = until - given;
        given = until;
        u64::try_from(part).unwrap_or(u64::MAX)
    };
    weights.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::snapshot::fixture;

    #[test]
    fn every_missed_deadline_is_in_a_place_or_known_to_be_in_none() {
        let snapshot = fixture::finished();
        for lane in &snapshot.lanes {
            let blame = snapshot.blame(lane);
            assert_eq!(blame.total(), lane.timed_out(), "{}", lane.key);
            assert!(blame.places.is_sorted_by_key(|place| std::cmp::Reverse(place.count)));
            for place in blame.places.iter().filter(|place| !place.lines.is_empty()) {
                assert_eq!(place.lines.iter().map(|(_, count)| count).sum::<u64>(), place.count, "{:?}", place.step);
            }
        }
        assert!(snapshot.blame(&snapshot.lanes[0]).places.iter().any(|place| !place.lines.is_empty()));
    }

    proptest! {
        #[test]
        fn parts_add_up_and_are_as_large_as_their_weights_say(whole in 0u64..1_000_000, weights in prop::collection::vec(0u64..1_000, 1..20)) {
            let parts = allot(whole, &weights);
            let all: u64 = weights.iter().sum();
            prop_assert_eq!(parts.iter().sum::<u64>(), if all == 0 { 0 } else { whole });
            for (part, weight) in parts.iter().zip(&weights).filter(|_| all > 0) {
                let exact = whole as f64 * *weight as f64 / all as f64;
                prop_assert!((*part as f64 - exact).abs() <= 1.0, "{} for {}", part, exact);
            }
        }
    }
}
