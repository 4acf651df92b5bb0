//! How long tasks take although some were cut off: the survival curve of a lane.
//!
//! The estimate is that of Kaplan and Meier (1958): of the tasks *at risk* at an instant, those known to have taken that
//! long, the share that did not end there went on. A task that was cancelled, or is in flight, is at risk until its age
//! and says nothing beyond it; at a tie, ends come before cancellations. The variance is Greenwood's (1926), the 95 %
//! bounds are those of the log-log transform (Kalbfleisch and Prentice 2002, §1.4), which stay between 0 and 1.
//!
//! Of a lane that cancels, the estimate ends at the deadline: the few tasks that end in the instant before they are
//! dropped say nothing of those that were. Times are the middles of the books' buckets, 0.1 % wide (of tasks in flight
//! 1 %), yet on the side of the deadline the clock saw them on.

use std::time::Duration;

use super::LaneView;
use crate::histogram::{Bucket, Histogram};
use crate::ledger::Metric;
use crate::outcome::Lateness;
use crate::units::nanos;

/// The quantile of the normal distribution that 95 % bounds rest on.
const Z: f64 = 1.959_963_984_540_054;

/// Shares are quotients of counts: what differs by less is the same.
const ROUNDING: f64 = 1e-12;

/// A share between 0 and 1, with the bounds that cover the true one in 95 of 100 runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The estimate itself.
    pub share: f64,
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
}

/// What happened at one instant of the curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurvivalStep {
    /// Time since the spawn.
    pub at: Duration,
    /// Tasks known to have taken that long.
    pub at_risk: u64,
    /// Tasks that ended there of their own.
    pub ended: u64,
    /// Tasks that were cut off there.
    pub censored: u64,
    /// The share of the tasks that take longer.
    pub longer: Estimate,
    /// The integral of the curve up to here, nanoseconds.
    area: f64,
}

/// A latency that a share of the tasks does not exceed, with 95 % bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SurvivalQuantile {
    /// The estimate itself.
    pub at: Duration,
    /// The lower bound.
    pub low: Duration,
    /// The upper bound; `None` where the curve ends before it is reached.
    pub high: Option<Duration>,
}

/// The survival curve of service times; see the module.
#[derive(Debug, Clone, Default)]
pub struct Survival {
    steps: Vec<SurvivalStep>,
}

/// Ends or cancellations at one instant, nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Sample {
    at: u64,
    is_censored: bool,
    count: u64,
}

impl LaneView {
    /// The survival curve of its service times, over the whole run.
    #[must_use]
    pub fn survival(&self) -> Survival {
        let mut samples = Vec::new();
        for (metric, is_censored) in [(Metric::Service, false), (Metric::Censored, true)] {
            for (outcome, times) in self.book.cells(metric) {
                let of_cell =
                    times.buckets().map(|bucket| (self.placed(&bucket, times, outcome.lateness), bucket.count));
                samples.extend(of_cell.map(|(at, count)| Sample { at, is_censored, count }));
            }
        }
        for ages in self.book.unfinished().into_iter().chain(self.ages.as_deref()) {
            samples.extend(ages.buckets().map(|b| Sample { at: middle(&b, ages), is_censored: true, count: b.count }));
        }
        Survival::of(samples, self.key.deadline.filter(|_| self.cancels()).map(nanos))
    }

    /// Where the samples of a bucket lie: in its middle, yet on their side of the deadline.
    pub(super) fn placed(&self, bucket: &Bucket, times: &Histogram, lateness: Lateness) -> u64 {
        let at = middle(bucket, times);
        match (self.key.deadline.map(nanos), lateness) {
            (None, _) => at,
            (Some(deadline), Lateness::OnTime) => at.min(deadline),
            (Some(deadline), Lateness::Late) => at.max(deadline.saturating_add(1)),
        }
    }
}

/// The middle of a bucket, as far as there are samples.
pub(super) fn middle(bucket: &Bucket, times: &Histogram) -> u64 {
    nanos(bucket.low).midpoint(nanos(bucket.high)).clamp(nanos(times.min()), nanos(times.max()))
}

impl Survival {
    /// The curve of these samples; what lies beyond `end` counts as cut off there.
    fn of(mut samples: Vec<Sample>, end: Option<u64>) -> Self {
        if let Some(end) = end {
            for sample in samples.iter_mut().filter(|sample| sample.at > end) {
                (sample.at, sample.is_censored) = (end, true);
            }
        }
        samples.sort_unstable();
        let mut curve = Curve::new(samples.iter().map(|sample| sample.count).sum());
        let steps = samples.chunk_by(|a, b| a.at == b.at).map(|same| {
            let sum = |censored| same.iter().filter(|s| s.is_censored == censored).map(|s| s.count).sum();
            curve.step(same[0].at, sum(false), sum(true))
        });
        Self { steps: steps.collect() }
    }

    /// Every instant at which a task ended or was cut off, in order.
    #[must_use]
    pub fn steps(&self) -> &[SurvivalStep] {
        &self.steps
    }

    /// Tasks it rests on.
    #[must_use]
    pub fn tasks(&self) -> u64 {
        self.steps.first().map_or(0, |step| step.at_risk)
    }

    /// The last instant at which a task was at risk: beyond, nothing is known. `None` when every task of the longest
    /// ended, so that all is known, and before there is a task.
    #[must_use]
    pub fn known_until(&self) -> Option<Duration> {
        self.steps.last().filter(|step| step.longer.share > 0.0).map(|step| step.at)
    }

    /// The first and the last instant at which anything is known: the first end, or the first age where nothing ended.
    #[must_use]
    pub fn span(&self) -> Option<(Duration, Duration)> {
        let first = self.steps.iter().find(|step| step.ended > 0).or(self.steps.first())?;
        Some((first.at, self.steps.last()?.at))
    }

    /// Tasks that were cut off at the last instant.
    #[must_use]
    pub fn cut_off(&self) -> u64 {
        self.steps.last().map_or(0, |step| step.censored)
    }

    /// The share of the tasks that take longer than `time`; `None` beyond what is known.
    #[must_use]
    pub fn longer_than(&self, time: Duration) -> Option<Estimate> {
        let is_known = !self.steps.is_empty() && self.known_until().is_none_or(|until| time <= until);
        let all = Estimate { share: 1.0, low: 1.0, high: 1.0 };
        is_known.then(|| self.before(time).map_or(all, |step| step.longer))
    }

    /// The latency that the share `q` (0 to 1) of the tasks does not exceed; `None` where that is not known.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<SurvivalQuantile> {
        let first = |curve: fn(&Estimate) -> f64| {
            // One after the other: with few tasks at risk a bound may rise again.
            self.steps.iter().find(|step| curve(&step.longer) <= 1.0 - q + ROUNDING).map(|step| step.at)
        };
        let at = first(|longer| longer.share)?;
        Some(SurvivalQuantile { at, low: first(|longer| longer.low).unwrap_or(at), high: first(|longer| longer.high) })
    }

    /// The mean of the latencies, each taken for no longer than `time`, nanoseconds: the integral of the curve.
    /// Beyond what is known it grows no more.
    pub(super) fn mean_within(&self, time: Duration) -> f64 {
        match self.before(time) {
            None => as_f64(nanos(time)).min(self.steps.first().map_or(0.0, |step| as_f64(nanos(step.at)))),
            Some(step) => {
                let end = self.steps.last().map_or(time, |last| last.at.min(time));
                step.area + step.longer.share * as_f64(nanos(end.saturating_sub(step.at)))
            }
        }
    }

    /// The last step that is not after `time`.
    fn before(&self, time: Duration) -> Option<&SurvivalStep> {
        let after = self.steps.partition_point(|step| step.at <= time);
        self.steps.get(after.checked_sub(1)?)
    }
}

/// The estimate while its steps are walked along.
#[derive(Debug)]
struct Curve {
    at: u64,
    at_risk: u64,
    longer: Estimate,
    area: f64,
    /// The sum of Greenwood's formula.
    greenwood: f64,
    /// The estimate and the tasks at risk after the last cancellation: between two of them the product of the estimate
    /// is a quotient, and exact.
    since: (f64, u64),
}

impl Curve {
    const fn new(tasks: u64) -> Self {
        let longer = Estimate { share: 1.0, low: 1.0, high: 1.0 };
        Self { at: 0, at_risk: tasks, longer, area: 0.0, greenwood: 0.0, since: (1.0, tasks) }
    }

    fn step(&mut self, at: u64, ended: u64, censored: u64) -> SurvivalStep {
        self.area += self.longer.share * as_f64(at - self.at);
        let (at_risk, left) = (self.at_risk, self.at_risk - ended);
        if ended > 0 {
            self.longer = self.after(ended, left);
        }
        self.at_risk = left - censored;
        if censored > 0 {
            self.since = (self.longer.share, self.at_risk);
        }
        self.at = at;
        SurvivalStep { at: Duration::from_nanos(at), at_risk, ended, censored, longer: self.longer, area: self.area }
    }

    fn after(&mut self, ended: u64, left: u64) -> Estimate {
        // Where nobody is left the variance has no value; the upper bound stays what it was.
        if left == 0 {
            return Estimate { share: 0.0, low: 0.0, high: self.longer.high };
        }
        let (base, at_risk) = self.since;
        let share = base * as_f64(left) / as_f64(at_risk);
        self.greenwood += as_f64(ended) / (as_f64(left + ended) * as_f64(left));
        let width = Z * self.greenwood.sqrt() / -share.ln();
        Estimate { share, low: share.powf(width.exp()), high: share.powf((-width).exp()) }
    }
}

#[expect(clippy::cast_precision_loss, reason = "2^53 tasks and nanoseconds of three months are out of reach")]
const fn as_f64(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests;
