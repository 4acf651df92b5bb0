//! When open arrivals are due: a seeded sequence that depends on the load over time and on nothing else.
//!
//! The gaps are drawn as an amount of *expected arrivals* (1 for constant, exponential for Poisson) and
//! spent along the rate, so that a change of rate in the middle of a gap is exact (a time-rescaled
//! Poisson process), and a rate of zero just stretches it.

use std::collections::VecDeque;

use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand_distr::{Distribution, Exp1};

use crate::shard::Shard;
use crate::units::Arrivals;

/// Arrivals dealt with before deadlines get their turn again.
pub(super) const BATCH: u64 = 100_000;

/// The batches that the end of a run waits for; what lies beyond them is estimated.
const LAST_BATCHES: u32 = 10;

/// How many arrivals of other shards are looked past for the next of one's own.
const AHEAD: u32 = 64;

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

/// A walk along all arrivals of a schedule, one shard's own among them.
#[derive(Debug, Clone)]
struct Walk {
    rng: SmallRng,
    arrivals: Arrivals,
    at: u64,
    amount: f64,
    shard: Shard,
    /// Arrivals of others before the next of one's own.
    others: u32,
}

impl Walk {
    fn new(seed: u64, arrivals: Arrivals, from: u64, shard: Shard) -> Self {
        let (rng, others) = (SmallRng::seed_from_u64(seed), shard.before());
        let mut walk = Self { rng, arrivals, at: from, amount: 0.0, shard, others };
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

    /// Goes on beyond the next arrival, which is at `to`; whether that is one's own.
    fn step(&mut self, to: u64) -> bool {
        self.at = to;
        self.amount = self.draw();
        let is_own = self.others == 0;
        self.others = if is_own { self.shard.of() } else { self.others } - 1;
        is_own
    }

    /// When the next arrival of one's own is, as far as [`AHEAD`]; beyond that, when there is cause to look again.
    fn next_own(&self, schedule: &Schedule) -> Option<u64> {
        if self.others == 0 {
            return self.peek(schedule);
        }
        let mut ahead = self.clone();
        for _ in 0..self.others.min(AHEAD) {
            let at = ahead.peek(schedule)?;
            ahead.step(at);
        }
        ahead.peek(schedule)
    }
}

/// Open arrivals: those that are due, and those that have been dealt with. What lies between waits, in no
/// memory at all: the same sequence is walked twice. A shard walks the whole sequence and counts its own, one in so many.
#[derive(Debug)]
pub(super) struct OpenArrivals {
    pub(super) schedule: Schedule,
    due: Walk,
    taken: Walk,
    waiting: u64,
}

impl OpenArrivals {
    pub(super) fn new(seed: u64, arrivals: Arrivals, from: u64, shard: Shard) -> Self {
        let walk = Walk::new(seed, arrivals, from, shard);
        Self { schedule: Schedule::default(), due: walk.clone(), taken: walk, waiting: 0 }
    }

    /// Counts the arrivals that have come due by `now` since the last call, at most [`BATCH`] of all shards.
    pub(super) fn advance(&mut self, now: u64) -> u64 {
        let mut n = 0;
        for _ in 0..BATCH {
            let Some(at) = self.due.peek(&self.schedule).filter(|&at| at <= now) else { break };
            n += u64::from(self.due.step(at));
        }
        self.waiting += n;
        n
    }

    /// Whether arrivals have come due by `now` that were not counted yet.
    pub(super) fn is_behind(&self, now: u64) -> bool {
        self.due.peek(&self.schedule).is_some_and(|at| at <= now)
    }

    /// Counts all that has come due by `now`, for the last time: one by one, and as many as are to be expected where
    /// they are so many that the end would have to wait for them.
    pub(super) fn close(&mut self, now: u64) -> u64 {
        let mut n = 0;
        for _ in 0..LAST_BATCHES {
            n += self.advance(now);
            if !self.is_behind(now) {
                return n;
            }
        }
        let rest = self.due.shard.share(self.schedule.expected(self.due.at, now));
        self.waiting += rest;
        n + rest
    }

    /// The intended time of the oldest arrival that waits, and takes it.
    pub(super) fn take(&mut self) -> Option<u64> {
        self.waiting = self.waiting.checked_sub(1)?;
        loop {
            let at = self.taken.peek(&self.schedule).unwrap_or(self.due.at);
            let is_own = self.taken.step(at);
            self.schedule.prune(at);
            if is_own {
                return Some(at);
            }
        }
    }

    /// Gives up what waits and returns how much that was.
    pub(super) const fn give_up(&mut self) -> u64 {
        std::mem::replace(&mut self.waiting, 0)
    }

    /// Arrivals that are due and not taken.
    pub(super) const fn waiting(&self) -> u64 {
        self.waiting
    }

    /// When the next one comes due, or there is cause to look again; `None` if never.
    pub(super) fn next_due(&self) -> Option<u64> {
        self.due.next_own(&self.schedule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = 1_000_000_000;

    fn at_rate(arrivals: Arrivals, per_second: f64) -> OpenArrivals {
        let mut open = OpenArrivals::new(7, arrivals, 0, Shard::WHOLE);
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

    /// A shard of a run whose rate changes, in steps of 100 ms: when its arrivals were due.
    fn walked(shard: Shard, arrivals: Arrivals, wakes: bool) -> Vec<u64> {
        let mut open = OpenArrivals::new(7, arrivals, 0, shard);
        open.schedule.set(0, 900.0);
        let (mut times, mut now) = (Vec::new(), 0);
        for step in 1..=40 {
            while wakes && let Some(due) = open.next_due().filter(|&due| due < step * S / 10) {
                assert!(due >= now, "nothing is due before what was due");
                now = due;
                open.advance(now);
            }
            open.advance(step * S / 10);
            match step {
                10 => open.schedule.set(S, 2_000.0),
                20 => open.schedule.set(2 * S, 0.0),
                30 => open.schedule.set(3 * S, 50.0),
                _ => {}
            }
            times.extend(std::iter::from_fn(|| open.take()));
        }
        times
    }

    #[test]
    fn shards_share_the_arrivals_of_one_schedule_and_every_one_comes_at_its_instant() {
        for arrivals in [Arrivals::Poisson, Arrivals::Constant] {
            let whole = walked(Shard::WHOLE, arrivals, false);
            assert!(whole.len() > 2_500);
            for of in [1, 3, 8, 200] {
                for number in 1..=of {
                    let own = walked(Shard::new(number, of).unwrap(), arrivals, true);
                    let expected: Vec<u64> =
                        whole.iter().skip(number as usize - 1).step_by(of as usize).copied().collect();
                    assert_eq!(own, expected, "{number}/{of}");
                }
            }
        }
    }

    #[test]
    fn arrivals_too_many_to_be_walked_are_shared_to_the_last() {
        let due = |shard| {
            let mut open = OpenArrivals::new(7, Arrivals::Constant, 0, shard);
            open.schedule.set(0, 1e8);
            open.close(S)
        };
        let sum: u64 = (1..=8).map(|number| due(Shard::new(number, 8).unwrap())).sum();
        assert!(sum.abs_diff(due(Shard::WHOLE)) <= 8, "{sum}");
    }
}
