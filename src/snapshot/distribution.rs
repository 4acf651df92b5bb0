//! Latencies of one lane, with the tasks of which only a lower bound is known kept in.
//!
//! A cancelled or unfinished task would have taken longer than its age. Its latency is *censored* at
//! that age: it is neither left out, which would flatter the tail, nor taken for a latency.

use std::fmt;
use std::time::Duration;

use super::{LaneView, Snapshot};
use crate::histogram::{Histogram, Precision};
use crate::ledger::{GatherBook, Metric};
use crate::units;

/// A latency that is known, or known to be longer than something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Latency {
    /// So long.
    Exactly(Duration),
    /// That long or longer.
    AtLeast(Duration),
}

impl Latency {
    /// The number itself, whichever way it is known.
    #[must_use]
    pub const fn bound(self) -> Duration {
        match self {
            Self::Exactly(duration) | Self::AtLeast(duration) => duration,
        }
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(duration) => f.pad(&units::human(*duration)),
            Self::AtLeast(duration) => f.pad(&format!("≥ {}", units::human(*duration))),
        }
    }
}

/// One metric of one lane: what was observed, and what was censored.
#[derive(Debug, Clone)]
pub struct Distribution {
    observed: Histogram,
    censored: Option<Histogram>,
    /// All samples by time, observed before censored ones at a tie; empty unless something is censored.
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Copy)]
struct Step {
    at: Duration,
    count: u64,
    censored: bool,
}

impl LaneView {
    /// The distribution of one metric; of service and response times, cancelled and unfinished tasks are
    /// part of it, censored at their age.
    #[must_use]
    pub fn distribution(&self, metric: Metric) -> Distribution {
        Distribution::of(std::slice::from_ref(self), metric)
    }

    /// The latency that the share `q` (0 to 1) of the tasks does not exceed; `None` before there is one.
    #[must_use]
    pub fn quantile(&self, metric: Metric, q: f64) -> Option<Latency> {
        self.distribution(metric).quantile(q)
    }
}

impl Snapshot {
    /// The same over all lanes.
    #[must_use]
    pub fn distribution(&self, metric: Metric) -> Distribution {
        Distribution::of(&self.lanes, metric)
    }

    /// A time of the gathers that `pick` picks, over all lanes; gathers without an outcome have none yet.
    #[must_use]
    pub fn of_gathers(&self, pick: impl Fn(&GatherBook) -> &Histogram) -> Distribution {
        let mut all = Histogram::new(Precision::Fine);
        self.lanes.iter().filter_map(|lane| lane.book.gathers()).for_each(|gathers| all.merge(pick(gathers)));
        Distribution::new(all, None)
    }
}

impl Distribution {
    fn of(lanes: &[LaneView], metric: Metric) -> Self {
        let mut observed = Histogram::new(metric.precision());
        lanes.iter().flat_map(|lane| lane.book.cells(metric)).for_each(|(_, samples)| observed.merge(samples));
        let mut censored = None;
        if matches!(metric, Metric::Service | Metric::Response) {
            let books = lanes.iter().map(|lane| &*lane.book);
            for ages in
                books.flat_map(|book| book.cells(Metric::Censored).map(|(_, ages)| ages).chain(book.unfinished()))
            {
                match &mut censored {
                    None => censored = Some(ages.clone()),
                    Some(sum) => sum.merge(ages),
                }
            }
        }
        Self::new(observed, censored)
    }

    pub(super) fn new(observed: Histogram, censored: Option<Histogram>) -> Self {
        let censored = censored.filter(|ages| !ages.is_empty());
        let mut steps = Vec::new();
        if let Some(ages) = &censored {
            steps.extend(observed.buckets().map(|b| Step { at: b.high, count: b.count, censored: false }));
            // By the upper edge, so that what ended at the deadline comes before what was cancelled at it.
            steps.extend(ages.buckets().map(|b| Step { at: b.high, count: b.count, censored: true }));
            steps.sort_by_key(|step| (step.at, step.censored));
        }
        Self { observed, censored, steps }
    }

    /// The latencies that are known.
    #[must_use]
    pub const fn observed(&self) -> &Histogram {
        &self.observed
    }

    /// The ages of the tasks whose latency is only known to be longer; `None` when there is none.
    #[must_use]
    pub const fn censored(&self) -> Option<&Histogram> {
        self.censored.as_ref()
    }

    /// Samples, censored ones included.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.observed.count() + self.censored.as_ref().map_or(0, Histogram::count)
    }

    /// The latency that the share `q` (0 to 1) of the tasks does not exceed; `None` before there is one.
    ///
    /// Known as long as no censored age lies below it; beyond, the quantile taken as if every censored task had
    /// ended at its age, which is a lower bound whatever it was cancelled for. (The Kaplan–Meier estimate would
    /// rest on the few tasks that end in the instant between their deadline and their cancellation; up to the deadline
    /// see [`LaneView::survival`].)
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<Latency> {
        self.quantiles(&[q]).first().copied()
    }

    /// The quantiles of several shares, ascending, in one walk; nothing before there is a sample.
    #[must_use]
    pub fn quantiles(&self, shares: &[f64]) -> Vec<Latency> {
        if self.censored.is_none() {
            return self.observed.quantiles(shares).map(Latency::Exactly).collect();
        }
        let (mut steps, mut seen, mut known, mut at) = (self.steps.iter(), 0, true, None);
        let quantile = |&q: &f64| {
            while seen == 0 || share(seen, self.count()) < q {
                let Some(step) = steps.next() else { break };
                (seen, known, at) = (seen + step.count, known && !step.censored, Some(step));
            }
            Some(self.latency(at?, known))
        };
        shares.iter().filter_map(quantile).collect()
    }

    /// What is known of a quantile that `step` reaches; `known` while no censored age lies below it.
    fn latency(&self, step: &Step, known: bool) -> Latency {
        match &self.censored {
            _ if known => Latency::Exactly(step.at.clamp(self.observed.min(), self.observed.max())),
            Some(ages) if step.censored => Latency::AtLeast(lower_edge(ages, step.at)),
            _ => Latency::AtLeast(step.at.min(self.observed.max())),
        }
    }

    /// The longest; `None` before there is one.
    #[must_use]
    pub fn max(&self) -> Option<Latency> {
        (self.count() > 0).then(|| match &self.censored {
            Some(ages) => Latency::AtLeast(self.observed.max().max(ages.max())),
            None => Latency::Exactly(self.observed.max()),
        })
    }

    /// The arithmetic mean; `None` before there is one.
    #[must_use]
    pub fn mean(&self) -> Option<Latency> {
        let Some(ages) = &self.censored else {
            return (!self.observed.is_empty()).then(|| Latency::Exactly(self.observed.mean()));
        };
        let total = (self.observed.total() + ages.total()).as_nanos() / u128::from(self.count());
        Some(Latency::AtLeast(Duration::from_nanos(u64::try_from(total).unwrap_or(u64::MAX))))
    }

    /// Samples known to be longer than `limit`.
    #[must_use]
    pub fn count_above(&self, limit: Duration) -> u64 {
        // An age is at least its bucket's lower edge, and never below the exact smallest one.
        let cancelled = self
            .censored
            .as_ref()
            .map_or(0, |ages| ages.buckets().filter(|b| b.low.max(ages.min()) > limit).map(|b| b.count).sum());
        self.observed.count_above(limit) + cancelled
    }
}

fn lower_edge(ages: &Histogram, high: Duration) -> Duration {
    ages.buckets().find(|b| b.high == high).map_or(high, |b| b.low).max(ages.min())
}

#[expect(clippy::cast_precision_loss, reason = "2^53 tasks are out of reach")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::Precision;
    use crate::snapshot::fixture;
    use proptest::prelude::*;

    const MS: u64 = 1_000_000;

    fn of(observed: &[u64], censored: &[u64]) -> Distribution {
        let fill = |precision, values: &[u64]| {
            let mut h = Histogram::new(precision);
            for &ms in values {
                h.record(ms * MS);
            }
            h
        };
        Distribution::new(fill(Precision::Fine, observed), Some(fill(Precision::Coarse, censored)))
    }

    fn near(latency: Option<Latency>, ms: u64) -> bool {
        let bound = latency.unwrap().bound();
        bound.abs_diff(Duration::from_millis(ms)) <= Duration::from_millis(ms) / 100
    }

    #[test]
    fn nothing_has_no_quantile() {
        let none = of(&[], &[]);
        assert_eq!((none.quantile(0.5), none.max(), none.mean(), none.count()), (None, None, None, 0));
    }

    #[test]
    fn a_percentile_among_the_cancelled_is_only_known_to_lie_beyond_the_deadline() {
        let nine_in_ten = of(&[10; 90], &[50; 10]);
        assert!(matches!(nine_in_ten.quantile(0.5), Some(Latency::Exactly(_))));
        assert!(near(nine_in_ten.quantile(0.9), 10));
        assert_eq!(nine_in_ten.quantile(0.99), Some(Latency::AtLeast(Duration::from_millis(50))));
        assert_eq!(nine_in_ten.max(), Some(Latency::AtLeast(Duration::from_millis(50))));
        assert_eq!(nine_in_ten.mean(), Some(Latency::AtLeast(Duration::from_millis(14))));
        assert_eq!(nine_in_ten.count_above(Duration::from_millis(49)), 10);
    }

    #[test]
    fn what_ended_at_the_deadline_comes_before_what_was_cancelled_at_it() {
        assert!(matches!(of(&[50; 50], &[50; 50]).quantile(0.5), Some(Latency::Exactly(_))));
    }

    #[test]
    fn beyond_tasks_that_were_cancelled_early_every_percentile_is_a_bound() {
        let early = of(&[10, 20, 30, 40, 50, 60], &[25; 4]);
        assert!(matches!(early.quantile(0.2), Some(Latency::Exactly(_))));
        assert_eq!(early.quantile(0.5), Some(Latency::AtLeast(Duration::from_millis(25))));
    }

    #[test]
    fn a_task_that_just_escapes_its_cancellation_does_not_speak_for_the_cancelled() {
        let escaped = of(&[[10; 900].as_slice(), &[51]].concat(), &[50; 99]);
        assert!(matches!(escaped.quantile(0.99), Some(Latency::AtLeast(_))));
        assert!(matches!(escaped.quantile(1.0), Some(Latency::AtLeast(_))));
    }

    #[test]
    fn when_all_were_cancelled_every_percentile_is_a_bound() {
        let all = of(&[], &[50; 10]);
        assert_eq!(all.quantile(0.5), Some(Latency::AtLeast(Duration::from_millis(50))));
    }

    #[test]
    fn a_lane_censors_what_it_cancelled_and_what_it_never_saw_end() {
        let finished = fixture::finished();
        let [observe, cancel] = &finished.lanes[..] else { panic!("two lanes") };
        assert_eq!(cancel.distribution(Metric::Response).count(), cancel.spawned);
        assert_eq!(observe.distribution(Metric::Service).count(), observe.spawned);
        assert!(matches!(cancel.quantile(Metric::Service, 0.999), Some(Latency::AtLeast(_))));
        assert_eq!(cancel.quantile(Metric::Overrun, 0.5), None);
    }

    proptest! {
        #[test]
        fn without_censoring_it_is_the_plain_quantile(samples in prop::collection::vec(1u64..5_000, 1..80), q in 0.0f64..=1.0) {
            let plain = of(&samples, &[]);
            prop_assert_eq!(plain.quantile(q), Some(Latency::Exactly(plain.observed().quantile(q))));
        }

        #[test]
        fn quantiles_never_fall_as_q_grows(observed in prop::collection::vec(1u64..5_000, 0..60), censored in prop::collection::vec(1u64..5_000, 1..60)) {
            let d = of(&observed, &censored);
            let quantiles: Vec<_> = (0..=20).map(|i| d.quantile(f64::from(i) / 20.0).unwrap()).collect();
            let (bounds, known): (Vec<_>, Vec<_>) = quantiles.iter().map(|l| (l.bound(), matches!(l, Latency::Exactly(_)))).unzip();
            // Bounds may fall back by the width of a coarse bucket.
            prop_assert!(bounds.windows(2).all(|pair| pair[0] <= pair[1] + pair[1] / 100));
            prop_assert!(known.is_sorted_by(|a, b| a >= b));
            let shares: Vec<f64> = (0..=20).map(|i| f64::from(i) / 20.0).collect();
            prop_assert_eq!(d.quantiles(&shares), quantiles);
        }
    }
}
