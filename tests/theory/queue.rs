//! A queue before a pool: what theory says of it, and a simulation of it event by event.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

/// Tasks that come by chance to a pool, as in the scenario `pool`; times in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Queue {
    pub(crate) permits: u32,
    /// Arrivals a second.
    pub(crate) rate: f64,
    /// The mean of the exponential part of a service.
    pub(crate) mean: f64,
    /// What every service takes beyond it: timers round up, and who gets a permit has to be woken.
    pub(crate) more: f64,
    /// When a task is cancelled, waiting or served.
    pub(crate) deadline: f64,
}

impl Queue {
    fn service(&self) -> f64 {
        self.mean + self.more
    }

    /// The share of the permits in use: what is offered over what can be served.
    pub(crate) fn load(&self) -> f64 {
        self.rate * self.service() / f64::from(self.permits)
    }

    /// Erlang's C: the share of the tasks that find no permit free.
    pub(crate) fn share_that_waits(&self) -> f64 {
        let offered = self.rate * self.service();
        // Erlang's B by its recursion, which stays between 0 and 1.
        let blocked = (1..=self.permits).fold(1.0, |b, k| offered * b / (f64::from(k) + offered * b));
        blocked / (1.0 - self.load() * (1.0 - blocked))
    }

    /// The mean wait of those that wait. Services that all take a little more vary less than exponential ones do: the
    /// factor is that of Pollaczek and Khinchine for one permit, and the usual approximation for several.
    pub(crate) fn mean_of_those_that_wait(&self) -> f64 {
        let variation = (self.mean / self.service()).powi(2);
        let left = f64::from(self.permits) / self.service() - self.rate;
        1f64.midpoint(variation) / left
    }

    /// The mean wait of all.
    pub(crate) fn mean_wait(&self) -> f64 {
        self.share_that_waits() * self.mean_of_those_that_wait()
    }

    /// The share that waits longer than a time.
    pub(crate) fn share_that_waits_longer_than(&self, time: f64) -> f64 {
        self.share_that_waits() * (-time / self.mean_of_those_that_wait()).exp()
    }

    /// What becomes of the tasks that come between `warmup` and `end`.
    pub(crate) fn simulate(&self, seed: u64, warmup: f64, end: f64) -> Vec<Simulated> {
        let mut rng = SmallRng::seed_from_u64(seed);
        let mut exponential = |mean: f64| -mean * (1.0 - rng.random::<f64>()).ln();
        // When each permit is free again; nanoseconds, which have an order.
        let mut free: BinaryHeap<Reverse<u64>> = (0..self.permits).map(|_| Reverse(0)).collect();
        let (mut now, mut tasks) = (0.0, Vec::new());
        loop {
            now += exponential(1.0 / self.rate);
            if now > end {
                return tasks;
            }
            let service = exponential(self.mean) + self.more;
            let first = free.peek().map_or(0.0, |Reverse(at)| *at as f64 * 1e-9);
            let (start, gives_up) = (first.max(now), now + self.deadline);
            if start < gives_up {
                free.pop();
                free.push(Reverse(((start + service).min(gives_up) * 1e9) as u64));
            }
            if now >= warmup {
                let wait = start.min(gives_up) - now;
                tasks.push(Simulated { wait, missed: start + service > gives_up });
            }
        }
    }

    /// The mean of a figure over many simulated runs of this length, and how far one run's lies from it: the standard
    /// deviation.
    pub(crate) fn sampled(&self, warmup: f64, end: f64, figure: impl Fn(&[Simulated]) -> f64) -> (f64, f64) {
        let figures: Vec<f64> = (0..RUNS).map(|seed| figure(&self.simulate(seed, warmup, end))).collect();
        let runs = RUNS as f64;
        let mean = figures.iter().sum::<f64>() / runs;
        let variance = figures.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (runs - 1.0);
        (mean, variance.sqrt())
    }
}

/// Simulated runs that a standard deviation is taken of.
pub(crate) const RUNS: u64 = 200;

/// One task of a simulation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Simulated {
    /// How long it waited for a permit.
    pub(crate) wait: f64,
    /// Whether it was cancelled at its deadline.
    pub(crate) missed: bool,
}

/// The mean wait of these tasks.
pub(crate) fn mean_wait(tasks: &[Simulated]) -> f64 {
    tasks.iter().map(|task| task.wait).sum::<f64>() / tasks.len().max(1) as f64
}

/// The share of these tasks of which that is so.
pub(crate) fn share(tasks: &[Simulated], is_so: impl Fn(&Simulated) -> bool) -> f64 {
    tasks.iter().filter(|task| is_so(task)).count() as f64 / tasks.len().max(1) as f64
}
