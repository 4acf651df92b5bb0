//! Work that came to nothing: what tasks took that were late, cancelled, or children of a gather that failed.

use std::time::Duration;

use super::LaneView;
use super::causes::duration;
use crate::ledger::Metric;
use crate::outcome::{Ending, GatherOutcome, Outcome};

/// What some tasks took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// From spawn to end.
    pub time: Duration,
    /// Of that, in polls: what the workers did for it.
    pub busy: Duration,
}

/// Work that came to nothing, in kinds that overlap: a late child may be cancelled with its gather. Of tasks and gathers
/// that have ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waste {
    /// All work there was.
    pub all: Work,
    /// Of tasks that ended after their deadline, cancelled or not.
    pub late: Work,
    /// Of cancelled tasks, up to their cancellation.
    pub cancelled: Work,
    /// Of tasks that were late or cancelled or both, each once.
    pub lost: Work,
    /// Of all children of failed gathers, those that were done among them.
    pub spoilt: Work,
    /// How many gathers those are.
    pub failed_gathers: u64,
    /// Time of children after their gather's outcome was known.
    pub after_outcome: Duration,
}

impl Waste {
    /// Some of the time as a share of all; zero of nothing.
    #[must_use]
    pub fn share(&self, work: Work) -> f64 {
        if self.all.time.is_zero() { 0.0 } else { work.time.as_secs_f64() / self.all.time.as_secs_f64() }
    }
}

impl LaneView {
    /// The work that came to nothing. Read back from files, which have buckets, the time of some of the tasks is off by a
    /// thousandth of that of all at the most, in polls by a hundredth.
    #[must_use]
    pub fn waste(&self) -> Waste {
        let work = |pick: fn(Outcome) -> bool| Work {
            time: self.time(Metric::Service, pick) + self.time(Metric::Censored, pick),
            busy: self.time(Metric::Busy, pick),
        };
        let gathers = self.book.gathers();
        Waste {
            all: work(|_| true),
            late: work(Outcome::is_late),
            cancelled: work(|outcome| outcome.ending == Ending::Cancelled),
            lost: work(|outcome| outcome.is_late() || outcome.ending == Ending::Cancelled),
            spoilt: gathers.map_or_else(Work::default, |gathers| Work {
                time: duration(gathers.spoilt_ns),
                busy: duration(gathers.spoilt_busy_ns),
            }),
            failed_gathers: gathers.map_or(0, |gathers| gathers.decided(GatherOutcome::Failed)),
            after_outcome: gathers.map_or(Duration::ZERO, |gathers| duration(gathers.wasted_ns)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ledger::{Book, Event, TaskEnd};
    use crate::snapshot::fixture;

    #[test]
    fn late_cancelled_and_spoilt_work_is_summed_exactly() {
        const MS: u64 = 1_000_000;
        let mut book = Book::new(true);
        for (ending, service) in
            [(Ending::Done, 10), (Ending::Done, 80), (Ending::Cancelled, 50), (Ending::Cancelled, 60)]
        {
            book.fold(&Event::TaskEnded(&TaskEnd { busy: 2 * MS, ..fixture::end(0, ending, service * MS) }));
        }
        book.fold(&Event::GatherStarted);
        book.fold(&Event::GatherDecided {
            outcome: GatherOutcome::Failed,
            latency: 1,
            late: false,
            was_overdue: false,
        });
        book.fold(&Event::GatherSpoilt { task_ns: 70 * MS, busy_ns: 3 * MS });
        let lane = LaneView { book: Arc::new(book), ..fixture::finished().lanes.remove(0) };
        let waste = lane.waste();
        let ms = |work: Work| (work.time.as_millis(), work.busy.as_millis());
        assert_eq!(
            [waste.all, waste.late, waste.cancelled, waste.lost, waste.spoilt].map(ms),
            [(200, 8), (140, 4), (110, 4), (190, 6), (70, 3)]
        );
        assert_eq!(waste.failed_gathers, 1);
        assert!((waste.share(waste.late) - 0.7).abs() < 1e-9);
    }
}
