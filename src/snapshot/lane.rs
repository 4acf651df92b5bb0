//! One lane of a snapshot.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::histogram::Histogram;
use crate::ledger::{Book, LaneKey, Metric};
use crate::outcome::{Ending, Lateness, Outcome, Policy};

/// The raw counts of one lane and what follows from them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LaneView {
    /// What its tasks were spawned under.
    pub key: LaneKey,
    /// Tasks spawned, counted in the in-flight table.
    pub spawned: u64,
    /// How long new tasks went to it, by the clock.
    pub open: Duration,
    /// Tasks in flight past their deadline.
    pub overdue: u64,
    /// Gathers that have passed their deadline and have no outcome yet.
    pub gathers_overdue: u64,
    /// Everything that ended.
    pub book: Arc<Book>,
    /// The ages of what is in flight, a sample where that is much; `None` where nothing is, and once the books are
    /// closed, which then have the ages of what is unfinished.
    pub ages: Option<Arc<Histogram>>,
    /// The same of the gathers that have no outcome.
    pub gather_ages: Option<Arc<Histogram>>,
    /// Whether the books are closed, so that what is in flight counts as unfinished.
    pub closed: bool,
}

/// `part / whole`, or `None` when there is no whole.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "2^53 tasks are out of reach")]
pub(super) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl LaneView {
    fn with_ending(&self, ending: Ending) -> u64 {
        self.cell(ending, Lateness::OnTime) + self.cell(ending, Lateness::Late)
    }

    fn cell(&self, ending: Ending, lateness: Lateness) -> u64 {
        self.book.ended(Outcome { ending, lateness })
    }

    /// Tasks that returned `Ok`, late ones included.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.with_ending(Ending::Done)
    }

    /// Tasks that returned an error, late ones included.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.with_ending(Ending::Failed)
    }

    /// Tasks that panicked, late ones included.
    #[must_use]
    pub fn panicked(&self) -> u64 {
        self.with_ending(Ending::Panicked)
    }

    /// Tasks that were cancelled, whoever asked.
    #[must_use]
    pub fn cancelled(&self) -> u64 {
        self.with_ending(Ending::Cancelled)
    }

    /// Tasks that ended with this ending after their deadline.
    #[must_use]
    pub fn late(&self, ending: Ending) -> u64 {
        self.cell(ending, Lateness::Late)
    }

    /// Cancelled tasks whose deadline, their own or their gather's, asked for it.
    #[must_use]
    pub fn cancelled_at_deadline(&self) -> u64 {
        self.book.cancelled_at_deadline()
    }

    /// Tasks cancelled for another reason after they had missed their deadline.
    #[must_use]
    pub fn late_cancelled(&self) -> u64 {
        self.late(Ending::Cancelled) - self.cancelled_at_deadline()
    }

    /// Tasks spawned and not ended.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        self.spawned - self.book.total_ended()
    }

    /// Tasks that were still in flight when the books closed; zero before.
    #[must_use]
    pub fn unfinished(&self) -> u64 {
        if self.closed { self.in_flight() } else { 0 }
    }

    /// Deadlines missed so far: late endings + cancelled at the deadline + overdue.
    #[must_use]
    pub fn timed_out(&self) -> u64 {
        Ending::ALL.iter().map(|&ending| self.late(ending)).sum::<u64>() + self.overdue
    }

    /// Tasks in flight that have neither met nor missed their deadline yet.
    #[must_use]
    pub fn undecided(&self) -> u64 {
        self.in_flight().saturating_sub(self.overdue)
    }

    /// Deadlines missed as a share of the tasks that have met or missed theirs; `None` before there is one.
    #[must_use]
    pub fn timed_out_rate(&self) -> Option<f64> {
        share(self.timed_out(), self.spawned - self.undecided())
    }

    /// Gathers whose deadline has passed: late outcomes + those that have none yet.
    #[must_use]
    pub fn gathers_timed_out(&self) -> u64 {
        self.book.gathers().map_or(0, |gathers| gathers.late) + self.gathers_overdue
    }

    /// Whether its tasks end at their deadline, so that nothing is known of what they would have taken.
    #[must_use]
    pub fn cancels(&self) -> bool {
        self.key.policy == Policy::Cancel && self.key.deadline.is_some()
    }

    /// Tasks that ended without exactly one latency, known or censored: zero, or tardy has lost count.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        let samples = |metric| self.book.cells(metric).map(|(_, latencies)| latencies.count()).sum::<u64>();
        self.book.total_ended().abs_diff(samples(Metric::Service) + samples(Metric::Censored))
    }

    /// Tasks that were done by their deadline.
    #[must_use]
    pub fn on_time(&self) -> u64 {
        self.cell(Ending::Done, Lateness::OnTime)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Event;
    use crate::snapshot::fixture;
    use proptest::prelude::*;

    #[test]
    fn the_books_of_the_fixtures_balance() {
        for snapshot in [fixture::live(), fixture::long(), fixture::overload(), fixture::finished()] {
            for lane in &snapshot.lanes {
                assert_eq!(lane.dropped(), 0, "{}", lane.key);
                assert!(lane.overdue <= lane.in_flight(), "{}", lane.key);
            }
        }
    }

    proptest! {
        #[test]
        fn no_task_is_dropped_whatever_its_end(
            ends in prop::collection::vec((prop::sample::select(&Ending::ALL[..]), 0u64..8_000_000_000_000), 0..60),
            closed_loop in any::<bool>(),
        ) {
            let mut shards = [Book::new(closed_loop), Book::new(closed_loop)];
            for (number, &(ending, service)) in (0..).zip(&ends) {
                shards[number as usize % 2].fold(&Event::TaskEnded(&fixture::end(number, ending, service)));
            }
            let mut book = Book::new(closed_loop);
            for shard in &shards {
                book.merge(shard);
            }
            let lane = LaneView {
                key: LaneKey { policy: Policy::Observe, deadline: Some(fixture::DEADLINE) },
                spawned: ends.len() as u64 + 3,
                open: Duration::ZERO,
                overdue: 0,
                gathers_overdue: 0,
                book: Arc::new(book),
                ages: None,
                gather_ages: None,
                closed: false,
            };
            prop_assert_eq!((lane.in_flight(), lane.dropped()), (3, 0));
            prop_assert_eq!(lane.distribution(Metric::Service).count(), ends.len() as u64);
        }
    }
}
