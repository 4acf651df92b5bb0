//! When open arrivals are due: a seeded sequence that depends on the load over time and on nothing else.
//!
//! The gaps are drawn as an amount of *expected arrivals* (1 for constant, exponential for Poisson) and
//! spent along the rate, so that a change of rate in the middle of a gap is exact (a time-rescaled
//! Poisson process), and a rate of zero just stretches it.

use std::collections::VecDeque;

use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand_distr::{Distribution, Exp1};

use crate::units::Arrivals;

/// Arrivals dealt with before deadlines get their turn again.
pub(super) const BATCH: u64 = 100_000;

/// The batches that the end of a run waits for; what lies beyond them is estimated.
const LAST_BATCHES: u32 = 10;

/// The rate over time, constant between changes. Times are nanoseconds, rates arrivals a nanosecond.
#[derive(Debug, Clone, Default)]
pub(super) struct Schedule {
    pieces: VecDeque<(u64, f64)>,
}

impl Schedule {
    /// From `from` on, `per_second` arrivals a second; what was planned for later is forgotten.
    pub(super) fn set(&mut self, from: u64, per_second: f64) {
        while self.pieces.back().is_some_and(|&(at, _)| at >= from) {
            self.pieces.pop_back();
        }
        self.pieces.push_back((from, per_second / 1e9));
    }

    /// Forgets what lies before `time`.
    fn prune(&mut self, time: u64) {
        while self.pieces.get(1).is_some_and(|&(at, _)| at <= time) {
            self.pieces.pop_front();
        }
    }

    /// When `amount` arrivals have come to be expected since `from`; `None` if never.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "2^53 ns are 104 days"
    )]
    fn spend(&self, from: u64, mut amount: f64) -> Option<u64> {
        let first = self.pieces.partition_point(|&(at, _)| at <= from).saturating_sub(1);
        for (i, &(start, rate)) in self.pieces.iter().enumerate().skip(first) {
            let start = start.max(from);
            match self.pieces.get(i + 1) {
                Some(&(end, _)) if end <= start => {}
                Some(&(end, _)) if rate * ((end - start) as f64) < amount => amount -= rate * (end - start) as f64,
                None if rate <= 0.0 => return None,
                _ => return Some(start.saturating_add((amount / rate) as u64)),
            }
        }
        None
    }

    /// How many arrivals are to be expected from `from` to `to`.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "2^53 ns are 104 days"
    )]
    fn expected(&self, from: u64, to: u64) -> u64 {
        let ends = self.pieces.iter().skip(1).map(|&(at, _)| at).chain([to]);
        let pieces = self.pieces.iter().zip(ends);
        pieces.map(|(&(start, rate), end)| rate * end.min(to).saturating_sub(start.max(from)) as f64).sum::<f64>()
            as u64
    }
}

/// A walk along the arrivals of a schedule.
#[derive(Debug, Clone)]
struct Walk {
    rng: SmallRng,
    arrivals: Arrivals,
    at: u64,
    amount: f64,
}

impl Walk {
    fn new(seed: u64, arrivals: Arrivals, from: u64) -> Self {
        let mut walk = Self { rng: SmallRng::seed_from_u64(seed), arrivals, at: from, amount: 0.0 };
        walk.amount = walk.draw();
        walk
    }

    fn draw(&mut self) -> f64 {
        match self.arrivals {
            Arrivals::Constant => 1.0,
            Arrivals::Poisson => Exp1.sample(&mut self.rng),
        }
    }

    fn peek(&self, schedule: &Schedule) -> Option<u64> {
        schedule.spend(self.at, self.amount)
    }

    fn step(&mut self, to: u64) {
        self.at = to;
        self.amount = self.draw();
    }
}

/// Open arrivals: those that are due, and those that have been dealt with. What lies between waits, in no
/// memory at all: the same sequence is walked twice.
#[derive(Debug)]
pub(super) struct OpenArrivals {
    pub(super) schedule: Schedule,
    due: Walk,
    taken: Walk,
    waiting: u64,
}

impl OpenArrivals {
    pub(super) fn new(seed: u64, arrivals: Arrivals, from: u64) -> Self {
        let walk = Walk::new(seed, arrivals, from);
        Self { schedule: Schedule::default(), due: walk.clone(), taken: walk, waiting: 0 }
    }

    /// Counts the arrivals that have come due by `now` since the last call, at most [`BATCH`] of them.
    pub(super) fn advance(&mut self, now: u64) -> u64 {
        let mut n = 0;
        while n < BATCH
            && let Some(at) = self.due.peek(&self.schedule).filter(|&at| at <= now)
        {
            self.due.step(at);
            n += 1;
        }
        self.waiting += n;
        n
    }

    /// Counts all that has come due by `now`, for the last time: one by one, and as many as are to be expected where
    /// they are so many that the end would have to wait for them.
    pub(super) fn close(&mut self, now: u64) -> u64 {
        let mut n = 0;
        for _ in 0..LAST_BATCHES {
            let batch = self.advance(now);
            n += batch;
            if batch < BATCH {
                return n;
            }
        }
        let rest = self.schedule.expected(self.due.at, now);
        self.waiting += rest;
        n + rest
    }

    /// The intended time of the oldest arrival that waits, and takes it.
    pub(super) fn take(&mut self) -> Option<u64> {
        self.waiting = self.waiting.checked_sub(1)?;
        let at = self.taken.peek(&self.schedule).unwrap_or(self.due.at);
        self.taken.step(at);
        self.schedule.prune(at);
        Some(at)
    }

    /// Gives up what waits and returns how much that was.
    pub(super) const fn give_up(&mut self) -> u64 {
        std::mem::replace(&mut self.waiting, 0)
    }

    /// Arrivals that are due and not taken.
    pub(super) const fn waiting(&self) -> u64 {
        self.waiting
    }

    /// When the next one comes due; `None` if never.
    pub(super) fn next_due(&self) -> Option<u64> {
        self.due.peek(&self.schedule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = 1_000_000_000;

    fn at_rate(arrivals: Arrivals, per_second: f64) -> OpenArrivals {
        let mut open = OpenArrivals::new(7, arrivals, 0);
        open.schedule.set(0, per_second);
        open
    }

    #[test]
    fn constant_arrivals_are_evenly_spaced() {
        let mut open = at_rate(Arrivals::Constant, 1000.0);
        assert_eq!(open.advance(S), 1000);
        let times: Vec<u64> = std::iter::from_fn(|| open.take()).collect();
        assert_eq!(times.len(), 1000);
        assert!(times.windows(2).all(|w| (w[1] - w[0]).abs_diff(1_000_000) <= 1));
    }

    #[test]
    fn poisson_gaps_have_the_mean_and_the_spread_of_an_exponential() {
        let mut open = at_rate(Arrivals::Poisson, 1000.0);
        let n = open.advance(100 * S);
        // 100,000 expected, standard deviation 316: five of them.
        assert!(n.abs_diff(100_000) < 1_600, "{n}");
        let times: Vec<u64> = std::iter::from_fn(|| open.take()).collect();
        let gaps: Vec<f64> = times.windows(2).map(|w| (w[1] - w[0]) as f64).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        assert!((variance.sqrt() / mean - 1.0).abs() < 0.03);
    }

    #[test]
    fn what_waits_is_taken_later_at_the_times_it_was_due() {
        let mut prompt = at_rate(Arrivals::Poisson, 500.0);
        let mut late = at_rate(Arrivals::Poisson, 500.0);
        let mut times = (Vec::new(), Vec::new());
        for step in 1..=40 {
            for open in [&mut prompt, &mut late] {
                open.advance(step * S / 10);
                match step {
                    10 => open.schedule.set(step * S / 10, 2_000.0),
                    20 => open.schedule.set(step * S / 10, 0.0),
                    30 => open.schedule.set(step * S / 10, 50.0),
                    _ => {}
                }
            }
            times.0.extend(std::iter::from_fn(|| prompt.take()));
        }
        times.1.extend(std::iter::from_fn(|| late.take()));
        assert_eq!(times.0.len(), times.1.len());
        assert!(times.0.iter().zip(&times.1).all(|(a, b)| a.abs_diff(*b) <= 2));
    }

    #[test]
    fn arrivals_too_many_to_be_walked_are_due_all_the_same() {
        for (per_second, tolerance) in [(1e3, 1), (5e5, 1), (1e8, 1_000)] {
            let mut open = at_rate(Arrivals::Constant, per_second);
            open.schedule.set(S, per_second / 2.0);
            open.schedule.set(2 * S, 0.0);
            let due = open.close(3 * S);
            assert!(due.abs_diff((1.5 * per_second) as u64) <= tolerance, "{due} at {per_second}/s");
            assert_eq!(open.waiting(), due);
        }
    }

    #[test]
    fn a_rate_of_zero_holds_arrivals_back_and_loses_none() {
        let mut open = at_rate(Arrivals::Constant, 10.0);
        open.advance(S / 2);
        open.schedule.set(S / 2, 0.0);
        assert_eq!((open.next_due(), open.advance(10 * S)), (None, 0));
        open.schedule.set(10 * S, 10.0);
        assert_eq!(open.next_due().map(|at| at / 1_000_000), Some(10_100));
    }
}
