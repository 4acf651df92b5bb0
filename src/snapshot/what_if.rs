//! What another deadline would have meant for the tasks of one lane, without another run.
//!
//! It is what *these* latencies imply: they are service times, as the deadline counts from the spawn, and cancelling
//! would have changed the load they came about under. Shares and times follow from the lane's [`Survival`] curve, so
//! that what is in flight counts for as long as it has taken and for no longer; where nothing was cut off they are the
//! plain counts and sums, sums within the width of a bucket (0.1 %). Of a lane that cancels, answers end at its deadline.

mod words;

use std::collections::BTreeSet;
use std::time::Duration;

pub(crate) use words::{Figure, per_second};

use super::survival::middle;
use super::{Estimate, LaneView, Latency, Snapshot, Survival, SurvivalQuantile};
use crate::histogram::Histogram;
use crate::ledger::{GatherBook, LaneKey, Metric};
use crate::outcome::{Ending, GatherMode, GatherOutcome};
use crate::units::nanos;

/// Deadlines of a grid in a decade.
const PER_DECADE: i32 = 50;

/// One lane, ready to be asked about deadlines.
#[derive(Debug, Clone)]
pub struct WhatIf {
    survival: Survival,
    /// Tasks that were done.
    done: Running,
    /// Tasks that came to an end of their own, whichever.
    ended: Running,
    /// How long tasks were spawned under the lane.
    open: Duration,
    gathers: Option<Gathers>,
    mode: Option<GatherMode>,
    width: u32,
}

/// What one deadline would have meant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WhatIfAt {
    /// The share of the tasks that would have missed it.
    pub missed: Estimate,
    /// Tasks done by then, per second of the time the lane was open; `None` when it never was.
    pub goodput: Option<f64>,
    /// The mean time a caller waits who gives up at the deadline.
    pub wait: Duration,
    /// The time that tasks cancelled at the deadline would have spent for nothing: Σ min(latency, deadline) of those
    /// that miss it.
    pub wasted: Duration,
    /// The time that cancelling would have saved against letting them end: Σ (latency − deadline) of the same tasks. A
    /// bound where the longest latencies are not known.
    pub saved: Latency,
    /// The same as a share of the time all tasks took, a bound in the same case.
    pub freed: f64,
    /// What became of gathers; `None` without any that count.
    pub gathers: Option<GatherShares>,
}

/// The share of the gathers that would have been complete by a deadline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GatherShares {
    /// From the gathers' own books. While a gather is open it is known to take longer than its age, and says no more
    /// (the estimate of Aalen and Johansen (1978), where another outcome rules completeness out); once all have their
    /// outcome it is the plain share. What was open when the books closed counts as not complete, which a longer
    /// deadline than the lane's might have proved wrong: it is a lower bound there.
    pub complete: f64,
    /// If each child were done by then with the same chance, whatever its siblings do: `p^width`, and for the first k
    /// the chance of k or more of them.
    pub independent: f64,
}

/// The share of the gathers that are complete by a time.
#[derive(Debug, Clone)]
struct Gathers(Vec<(Duration, f64)>);

/// What is known of a gather at a time. At a tie, outcomes come before ages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    /// It had its outcome.
    Decided,
    /// That was to be complete.
    Complete,
    /// It was open, which is the last that is known.
    Open,
}

/// A count that grows with the latency.
#[derive(Debug, Clone, Default)]
struct Running(Vec<(Duration, u64)>);

impl Running {
    fn of(mut samples: Vec<(u64, u64)>) -> Self {
        samples.sort_unstable();
        let mut seen = 0;
        let running = samples.into_iter().map(|(at, count)| {
            seen += count;
            (Duration::from_nanos(at), seen)
        });
        Self(running.collect())
    }

    fn up_to(&self, time: Duration) -> u64 {
        let after = self.0.partition_point(|(at, _)| *at <= time);
        after.checked_sub(1).map_or(0, |last| self.0[last].1)
    }
}

impl Snapshot {
    /// One lane, ready to be asked about deadlines; `None` before a task of it has ended or been cut off.
    #[must_use]
    pub fn what_if(&self, lane: LaneKey) -> Option<WhatIf> {
        let lane = self.lanes.iter().find(|view| view.key == lane)?;
        let survival = lane.survival();
        let [done, ended] = lane.ended();
        (survival.tasks() > 0).then(|| WhatIf {
            survival,
            done,
            ended,
            open: lane.open,
            gathers: lane.book.gathers().and_then(|gathers| Gathers::of(lane, gathers)),
            mode: self.info.gather,
            width: self.info.width,
        })
    }
}

impl LaneView {
    /// The service times of the tasks that were done, and of all that came to an end of their own.
    fn ended(&self) -> [Running; 2] {
        let (mut done, mut ended) = (Vec::new(), Vec::new());
        for (outcome, times) in self.book.cells(Metric::Service) {
            let of_cell = times.buckets().map(|bucket| (self.placed(&bucket, times, outcome.lateness), bucket.count));
            let from = ended.len();
            ended.extend(of_cell);
            if outcome.ending == Ending::Done {
                done.extend_from_slice(&ended[from..]);
            }
        }
        [done, ended].map(Running::of)
    }
}

impl Gathers {
    /// `None` where nothing is known yet, or where files did not keep the latencies of complete gathers apart.
    fn of(lane: &LaneView, gathers: &GatherBook) -> Option<Self> {
        let mut seen = Vec::new();
        let mut add = |times: &Histogram, within: &Histogram, what| {
            seen.extend(times.buckets().map(|bucket| (middle(&bucket, within), what, bucket.count)));
        };
        add(&gathers.latency, &gathers.latency, Seen::Decided);
        // Those are among the others, and lie where they do.
        add(&gathers.complete, &gathers.latency, Seen::Complete);
        lane.gather_ages.iter().for_each(|ages| add(ages, ages, Seen::Open));
        seen.sort_unstable();
        let left_open = if lane.closed { gathers.open() } else { 0 };
        let is_known = gathers.complete.count() == gathers.decided(GatherOutcome::Complete);
        (is_known && gathers.latency.count() + left_open > 0).then(|| Self::along(&seen, left_open))
    }

    /// Walks along what was seen at which time; `left_open` are open for longer than that.
    fn along(seen: &[(u64, Seen, u64)], left_open: u64) -> Self {
        let of = |seen: &[(u64, Seen, u64)], what| -> u64 {
            seen.iter().filter(|(_, seen, _)| *seen == what).map(|(.., count)| count).sum()
        };
        let mut at_risk = of(seen, Seen::Decided) + of(seen, Seen::Open) + left_open;
        // What had been estimated when an age was met last: between two of them shares are quotients, and exact.
        let (mut share, mut rest, mut whole, mut complete) = (0.0, 1.0, at_risk, 0);
        let mut shares = Vec::new();
        for same in seen.chunk_by(|a, b| a.0 == b.0) {
            complete += of(same, Seen::Complete);
            shares.push((Duration::from_nanos(same[0].0), share + rest * count(complete) / count(whole)));
            at_risk -= of(same, Seen::Decided);
            let open = of(same, Seen::Open);
            if open > 0 {
                share += rest * count(complete) / count(whole);
                rest *= count(at_risk) / count(whole);
                at_risk -= open;
                (whole, complete) = (at_risk.max(1), 0);
            }
        }
        Self(shares)
    }

    fn complete_by(&self, time: Duration) -> f64 {
        let after = self.0.partition_point(|(at, _)| *at <= time);
        after.checked_sub(1).map_or(0.0, |last| self.0[last].1)
    }
}

impl WhatIf {
    /// The curve that answers rest on.
    #[must_use]
    pub const fn survival(&self) -> &Survival {
        &self.survival
    }

    /// Deadlines worth asking about, [`PER_DECADE`] to a decade: from the grid's last place before the shortest latency to
    /// its first after the longest, with `own` among them.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "latencies have 14 decades at most")]
    pub(crate) fn grid(&self, own: Option<Duration>) -> BTreeSet<Duration> {
        let Some((first, last)) = self.survival.span() else { return BTreeSet::new() };
        let place = |at: Duration| count(nanos(at).max(1)).log10() * f64::from(PER_DECADE);
        let grid = place(first).floor() as i32..=place(last).ceil() as i32;
        let at = |n: i32| Duration::try_from_secs_f64(10f64.powf(f64::from(n) / f64::from(PER_DECADE) - 9.0)).ok();
        grid.filter_map(at).chain(own).collect()
    }

    /// What a deadline would have meant; `None` beyond what is known.
    #[must_use]
    pub fn at(&self, deadline: Duration) -> Option<WhatIfAt> {
        let missed = self.survival.longer_than(deadline)?;
        let (within, all) = (self.survival.mean_within(deadline), self.survival.mean_within(Duration::MAX));
        let tasks = count(self.survival.tasks());
        let beyond = (all - within).max(0.0);
        let saved = time(tasks * beyond);
        Some(WhatIfAt {
            missed,
            goodput: (!self.open.is_zero()).then(|| count(self.done.up_to(deadline)) / self.open.as_secs_f64()),
            wait: time(within),
            wasted: time(tasks * missed.share * deadline.as_secs_f64() * 1e9),
            saved: if self.is_complete() { Latency::Exactly(saved) } else { Latency::AtLeast(saved) },
            freed: if all > 0.0 { beyond / all } else { 0.0 },
            gathers: self.gathers.as_ref().map(|gathers| GatherShares {
                complete: gathers.complete_by(deadline),
                independent: self.independent(self.done_by(deadline, missed)),
            }),
        })
    }

    /// The smallest deadline that no more than this share of the tasks would have missed; `None` where that is not known.
    #[must_use]
    pub fn smallest(&self, missed: f64) -> Option<SurvivalQuantile> {
        self.survival.quantile(1.0 - missed)
    }

    /// Whether the longest latencies are known too.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.survival.known_until().is_none()
    }

    /// The chance of a task to be done by a deadline: to have ended, and so.
    fn done_by(&self, deadline: Duration, missed: Estimate) -> f64 {
        match self.ended.up_to(deadline) {
            0 => 0.0,
            ended => (1.0 - missed.share) * count(self.done.up_to(deadline)) / count(ended),
        }
    }

    /// The chance of a gather to be complete when each child is done with the chance `p`.
    fn independent(&self, p: f64) -> f64 {
        match self.mode {
            Some(GatherMode::First(k)) => at_least(k, self.width, p),
            _ => p.powf(f64::from(self.width)),
        }
    }
}

/// The chance of `k` or more out of `n` when each has the chance `p`: the upper tail of the binomial distribution.
fn at_least(k: u32, n: u32, p: f64) -> f64 {
    if k == 0 || k > n || p <= 0.0 || p >= 1.0 {
        return f64::from(u8::from(k == 0 || k <= n && p >= 1.0));
    }
    // Of the two tails the one away from the mean: its terms only fall, and few of them count.
    let odds = p / (1.0 - p);
    if f64::from(k) > f64::from(n) * p {
        tail(exactly(k, n, p), (k..n).map(|i| f64::from(n - i) / f64::from(i + 1) * odds))
    } else {
        1.0 - tail(exactly(k - 1, n, p), (1..k).rev().map(|i| f64::from(i) / f64::from(n - i + 1) / odds))
    }
}

/// The sum of terms of which each is the one before it times a ratio, as far as they count.
fn tail(first: f64, ratios: impl Iterator<Item = f64>) -> f64 {
    let (mut term, mut sum) = (first, first);
    for ratio in ratios {
        term *= ratio;
        sum += term;
        if term < sum * f64::EPSILON {
            break;
        }
    }
    sum.min(1.0)
}

/// The chance of exactly `k` out of `n`.
fn exactly(k: u32, n: u32, p: f64) -> f64 {
    let ways = ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k);
    (ways + f64::from(k) * p.ln() + f64::from(n - k) * (-p).ln_1p()).exp()
}

/// The logarithm of `n!`, from some size on by Stirling's series.
fn ln_factorial(n: u32) -> f64 {
    if n < 256 {
        return (2..=n).map(|i| f64::from(i).ln()).sum();
    }
    let n = f64::from(n);
    n * n.ln() - n + (std::f64::consts::TAU * n).ln() / 2.0 + 1.0 / (12.0 * n) - 1.0 / (360.0 * n.powi(3))
}

fn time(ns: f64) -> Duration {
    Duration::try_from_secs_f64(ns / 1e9).unwrap_or(Duration::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "2^53 tasks are out of reach")]
const fn count(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests;
