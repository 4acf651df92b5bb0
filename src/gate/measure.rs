//! The number a condition is about, read from a snapshot.

use super::{Change, Measured};
use crate::condition::{Aspect, Condition, Count, Limit, Quantity, Samples, Statistic, Whole};
use crate::ledger::{GatherBook, Metric};
use crate::outcome::{Ending, GatherOutcome};
use crate::snapshot::{Distribution, Interval, LaneView, Snapshot, Unknown, Verdict};

/// What was measured, and how many samples it rests on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure {
    /// `None` when there was nothing to measure.
    pub(super) measured: Option<Measured>,
    /// Samples, or for a share the whole.
    pub(super) of: u64,
}

/// Measures one snapshot; what several gates ask for is worked out once.
#[derive(Debug)]
pub(super) struct Measurer<'a> {
    run: &'a Snapshot,
    times: Vec<(Samples, Distribution)>,
}

impl<'a> Measurer<'a> {
    pub(super) const fn new(run: &'a Snapshot) -> Self {
        Self { run, times: Vec::new() }
    }

    pub(super) fn measure(&mut self, condition: &Condition) -> Measure {
        match condition.quantity() {
            Quantity::Time(statistic, samples) => self.time(statistic, samples),
            Quantity::Count(count) => self.count(count, condition.limit()),
            Quantity::Regressed(aspect) => Measure { measured: Some(regressed(self.run, aspect)), of: 0 },
            Quantity::Goodput => {
                let tasks = self.run.total(|lane| lane.spawned);
                let rate = self.run.goodput().filter(|_| tasks > 0);
                Measure { measured: rate.map(Measured::PerSecond), of: tasks }
            }
        }
    }

    fn time(&mut self, statistic: Statistic, samples: Samples) -> Measure {
        let times = self.times(samples);
        let time = match statistic {
            Statistic::Quantile(q) => times.quantile(q),
            Statistic::Max => times.max(),
            Statistic::Mean => times.mean(),
        };
        let of = times.count();
        let is_good = || none_is_good(self.run, samples).then_some(Measured::NoTime);
        Measure { measured: time.map(Measured::Time).or_else(is_good), of }
    }

    fn times(&mut self, samples: Samples) -> &Distribution {
        let at = self.times.iter().position(|(known, _)| *known == samples).unwrap_or_else(|| {
            self.times.push((samples, times(self.run, samples)));
            self.times.len() - 1
        });
        &self.times[at].1
    }

    fn count(&self, count: Count, limit: Limit) -> Measure {
        let (run, number) = (self.run, number(self.run, count));
        let has_any = number_of_whole(run, count) > 0;
        let (measured, of) = match limit {
            Limit::Share(_) => {
                let whole = whole(run, count);
                (share(number, whole).map(Measured::Share), whole)
            }
            Limit::PerSecond(_) => (per_second(run, number).map(Measured::PerSecond), number),
            Limit::Count(_) | Limit::Duration(_) | Limit::Change(_) => (Some(Measured::Count(number)), number),
        };
        Measure { measured: measured.filter(|_| has_any), of }
    }
}

/// Whether there are no such times because nothing happened that has one.
fn none_is_good(run: &Snapshot, samples: Samples) -> bool {
    let total = |count: fn(&LaneView) -> u64| run.total(count);
    let has_ended = total(|lane| lane.book.total_ended()) > 0;
    match samples {
        Samples::Task(Metric::Overrun) => has_ended && total(LaneView::timed_out) == 0,
        Samples::Task(Metric::CancelLag) => has_ended && total(LaneView::cancelled) + total(LaneView::unfinished) == 0,
        _ => false,
    }
}

/// How much worse the run is than its baseline, in the lane that most tasks of both were spawned under.
fn regressed(run: &Snapshot, aspect: Aspect) -> Measured {
    if run.info.baseline.is_none() {
        return Measured::NoBaseline;
    }
    let Some(comparison) = run.regression() else { return Measured::AtEnd };
    let nothing = Measured::NotKnown(Unknown::Nothing);
    let Some(difference) = comparison.main().and_then(|lane| lane.difference(aspect)) else { return nothing };
    let sign = if aspect.is_better_high() { -1.0 } else { 1.0 };
    let by = match (difference.verdict, difference.relative) {
        (Verdict::NotKnown(why), _) => return Measured::NotKnown(why),
        (Verdict::NoDifference, _) => 0.0,
        (_, Some(change)) => sign * change,
        // There was nothing of it before: a change beyond all limits.
        (Verdict::Worse, None) => f64::INFINITY,
        (Verdict::Better, None) => f64::NEG_INFINITY,
    };
    let interval = difference.interval.map(|Interval { low, high }| {
        let [low, high] = [sign * low, sign * high];
        Interval { low: low.min(high), high: low.max(high) }
    });
    Measured::Change(Change { by, interval, is_points: aspect.is_share() })
}

fn times(run: &Snapshot, samples: Samples) -> Distribution {
    match samples {
        Samples::Headline => run.distribution(run.load.headline()),
        Samples::Task(metric) => run.distribution(metric),
        Samples::Gather => run.of_gathers(|gathers| &gathers.latency),
        Samples::StragglerGap => run.of_gathers(|gathers| &gathers.straggler_gap),
    }
}

fn number(run: &Snapshot, count: Count) -> u64 {
    let tasks = |of: fn(&LaneView) -> u64| run.total(of);
    let decided = |outcome| gathers(run, |book| book.decided(outcome));
    match count {
        Count::Spawned => tasks(|lane| lane.spawned),
        Count::Done => tasks(LaneView::done),
        Count::Failed => tasks(LaneView::failed),
        Count::Panicked => tasks(LaneView::panicked),
        Count::Cancelled => tasks(LaneView::cancelled),
        Count::Unfinished => tasks(LaneView::unfinished),
        Count::TimedOut => tasks(LaneView::timed_out),
        Count::LateDone => tasks(|lane| lane.late(Ending::Done)),
        Count::LateFailed => tasks(|lane| lane.late(Ending::Failed)),
        Count::LatePanicked => tasks(|lane| lane.late(Ending::Panicked)),
        Count::LateCancelled => tasks(LaneView::late_cancelled),
        Count::CancelledAtDeadline => tasks(LaneView::cancelled_at_deadline),
        Count::Overdue => tasks(|lane| lane.overdue),
        Count::Due => run.load.due,
        Count::Shed => run.load.shed,
        Count::Queued => run.load.queued,
        Count::GathersStarted => gathers(run, |book| book.started),
        Count::GathersComplete => decided(GatherOutcome::Complete),
        Count::GathersPartial => decided(GatherOutcome::Partial),
        Count::GathersFailed => decided(GatherOutcome::Failed),
        Count::GathersCancelled => decided(GatherOutcome::Cancelled),
        Count::GathersOpen => gathers(run, GatherBook::open),
        Count::GathersTimedOut => tasks(LaneView::gathers_timed_out),
    }
}

/// What it is a share of, as far as that is decided.
fn whole(run: &Snapshot, count: Count) -> u64 {
    let tasks = |of: fn(&LaneView) -> u64| run.total(of);
    match count {
        Count::Done | Count::Failed | Count::Panicked | Count::Cancelled | Count::Unfinished => {
            tasks(|lane| lane.book.total_ended() + lane.unfinished())
        }
        Count::TimedOut
        | Count::LateDone
        | Count::LateFailed
        | Count::LatePanicked
        | Count::LateCancelled
        | Count::CancelledAtDeadline
        | Count::Overdue => tasks(|lane| lane.spawned - lane.undecided()),
        Count::GathersComplete | Count::GathersPartial | Count::GathersFailed | Count::GathersCancelled
            if !run.is_finished() =>
        {
            gathers(run, |book| book.started - book.open())
        }
        _ => number_of_whole(run, count),
    }
}

/// An ending as a share of all tasks there are, with `more` of them counted to it; `None` for what is no ending.
pub(super) fn share_of_spawned(run: &Snapshot, count: Count, more: u64) -> Option<f64> {
    let is_ending = matches!(count, Count::Done | Count::Failed | Count::Panicked | Count::Cancelled);
    is_ending.then(|| share(number(run, count) + more, run.total(|lane| lane.spawned)))?
}

/// All there are of what it is a part of.
fn number_of_whole(run: &Snapshot, count: Count) -> u64 {
    match count.whole() {
        Whole::Tasks => run.total(|lane| lane.spawned),
        Whole::Arrivals => run.load.due,
        Whole::Gathers => gathers(run, |book| book.started),
    }
}

fn gathers(run: &Snapshot, count: impl Fn(&GatherBook) -> u64) -> u64 {
    run.lanes.iter().filter_map(|lane| lane.book.gathers()).map(count).sum()
}

#[expect(clippy::cast_precision_loss, reason = "2^53 tasks are out of reach")]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[expect(clippy::cast_precision_loss, reason = "2^53 tasks are out of reach")]
fn per_second(run: &Snapshot, number: u64) -> Option<f64> {
    let seconds = run.loaded.as_secs_f64();
    (seconds > 0.0).then(|| number as f64 / seconds)
}
