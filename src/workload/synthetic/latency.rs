//! How long a step takes: distributions, checked and ready to be drawn from.
//!
//! Owns the sampling. It must not know how a distribution is written in a file nor what takes so long.

use std::time::Duration;

use rand::distr::weighted::WeightedIndex;
use rand::distr::{Distribution, Uniform};
use rand::rngs::SmallRng;
use rand_distr::{Exp, LogNormal, Normal, Pareto};

use super::replay::Recording;

/// The longest latency there is: what is written may not be longer, what is drawn is cut to it.
pub(super) const LONGEST: Duration = Duration::from_secs(3600);

/// What one draw gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::workload) struct Draw {
    /// How long it takes.
    pub(in crate::workload) latency: Duration,
    /// How it ends, where a recording says so.
    pub(super) fault: Option<Fault>,
}

/// The two ways a step ends badly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::workload) enum Fault {
    /// It returns an error.
    Fail,
    /// It panics.
    Panic,
}

/// A latency that can be drawn; the numbers in the distributions are nanoseconds.
#[derive(Debug, Clone)]
pub(in crate::workload) enum Latency {
    /// Always the same.
    Constant(Duration),
    /// Any value of a range, its ends included.
    Uniform(Uniform<u64>),
    /// The gaps of a Poisson process.
    Exp(Exp<f64>),
    /// The bell curve; what would be negative is zero.
    Normal(Normal<f64>),
    /// A bell curve on a log axis.
    LogNormal(LogNormal<f64>),
    /// A tail that falls as a power.
    Pareto(Pareto<f64>),
    /// One of several, each as often as its weight says.
    Mix(WeightedIndex<f64>, Box<[Self]>),
    /// What was recorded, in order.
    Replay(Recording),
}

impl Latency {
    /// No time at all.
    pub(in crate::workload) const NONE: Self = Self::Constant(Duration::ZERO);

    /// Draws for the task with this `number`. The same generator state gives the same draw, whenever it is made.
    pub(in crate::workload) fn draw(&self, number: u64, rng: &mut SmallRng) -> Draw {
        let latency = match self {
            Self::Constant(latency) => *latency,
            Self::Uniform(dist) => Duration::from_nanos(dist.sample(rng)),
            Self::Exp(dist) => cut(dist.sample(rng)),
            Self::Normal(dist) => cut(dist.sample(rng)),
            Self::LogNormal(dist) => cut(dist.sample(rng)),
            Self::Pareto(dist) => cut(dist.sample(rng)),
            Self::Mix(index, of) => return of[index.sample(rng)].draw(number, rng),
            Self::Replay(recording) => return recording.row(number),
        };
        Draw { latency, fault: None }
    }
}

/// A drawn number of nanoseconds as a latency between zero and [`LONGEST`].
fn cut(ns: f64) -> Duration {
    Duration::try_from_secs_f64(ns.max(0.0) / 1e9).map_or(LONGEST, |latency| latency.min(LONGEST))
}
