//! Two runs side by side: what differs, by how much, and how sure that is.
//!
//! Owns the statistics, the verdicts, and the few words either comes to. It must not know whether two runs are worth
//! comparing, where they come from, nor where a difference is shown.
//!
//! # What is compared
//! Lanes of the same policy and deadline; where two runs have none in common, those of each run that most tasks were
//! spawned under. The numbers are those of the books, the metric is that of the headline. How sure they are follows from
//! the run's [`Blocks`](super::Blocks).
//!
//! # How sure a number is
//! Tasks that run at the same time wait for the same worker, pool or neighbour: they are not independent, and neither
//! are blocks of time that follow each other. Each run is therefore put together again, many times, from stretches of
//! an eighth of its blocks that follow each other (the moving blocks of Künsch 1989, closed to a circle as by Politis and
//! Romano 1992, so that no block is drawn less often than another); the standard deviation of an aspect over these
//! resamples is its standard error (Efron and Tibshirani 1993, chapter 6). What stretches of that length miss of the
//! correlation is added as a first-order autoregression would have it, from the correlation of neighbours.
//!
//! # How sure a difference is
//! Times and rates are compared by the logarithm of their quotient, shares by their difference. The two runs are
//! independent, so that their variances add up; the interval is Student's, with as many degrees of freedom as there are
//! stretches (Welch 1947), or fewer where blocks are worth fewer. All intervals of one comparison hold together with the
//! [confidence](Settings::confidence) asked for (Bonferroni): of two runs that are alike, 95 in 100 comparisons show no
//! difference anywhere. Two runs of the same seed are not independent, and for them the intervals are rather too wide.
//!
//! # Verdicts
//! A difference is one when its interval does not hold zero and it is larger than the [noise](Settings::noise). Anything
//! else is *no difference*: none was found, and the interval says how large one can have been missed. *Not known* is what
//! has no interval: see [`Unknown`].
//!
//! # Beside it
//! [`Apart`] is the largest distance between the two distributions, as an effect size: a probability for it would have to
//! take tasks for independent. The rank test takes one median a stretch, and says whether the runs differ in where they
//! lie, whatever the form of their distributions; no verdict rests on it.

mod bootstrap;
mod correlation;
mod headline;
mod judge;
mod series;
mod shape;
mod side;
#[cfg(test)]
mod tests;

use std::fmt;

pub use headline::Headline;
pub use shape::{Apart, Drift};

use self::judge::Pending;
use self::side::Side;
use super::{LaneView, Latency, Snapshot};
pub use crate::condition::Aspect;
use crate::ledger::LaneKey;
use crate::units::{human, nanos, percent, thousands, three_digits};

/// The fewest blocks that tell how much a run varies.
pub const FEWEST_BLOCKS: usize = 16;

/// The fewest tasks that a number has to rest on: those beyond a quantile, or those a share is of and is not of.
pub const FEWEST_TASKS: u64 = 10;

/// How runs are compared.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// The relative difference that is none, even when it is certain.
    pub noise: f64,
    /// How sure it is that all intervals hold.
    pub confidence: f64,
    /// How often each run is put together again.
    pub resamples: u32,
    /// The seed of that.
    pub seed: u64,
}

impl Default for Settings {
    /// 2 % of noise, 95 % sure, 1,000 resamples.
    fn default() -> Self {
        Self { noise: 0.02, confidence: 0.95, resamples: 1_000, seed: 1 }
    }
}

/// Run B against run A.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Comparison {
    /// The lanes that were compared, the one with most tasks first.
    pub lanes: Vec<LaneComparison>,
    /// Lanes of A that B has none like.
    pub only_a: Vec<LaneKey>,
    /// Lanes of B that A has none like.
    pub only_b: Vec<LaneKey>,
}

/// A lane of B against a lane of A.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LaneComparison {
    /// The lane of A.
    pub a: LaneKey,
    /// The lane of B: the same, unless the runs have none in common.
    pub b: LaneKey,
    /// Tasks spawned under each.
    pub tasks: [u64; 2],
    /// In the order of [`Aspect::ALL`].
    pub differences: Vec<Difference>,
    /// How far the latencies lie apart.
    pub apart: Option<Apart>,
    /// The probability of the rank test; see the module.
    pub rank_test: Option<f64>,
    /// Where the median of A, and of B, went one way by more than the noise.
    pub drift: [Option<Drift>; 2],
}

/// One aspect of B against that of A.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// Of what.
    pub aspect: Aspect,
    /// The number of A, when it has one.
    pub a: Option<Value>,
    /// The number of B.
    pub b: Option<Value>,
    /// B / A - 1; `None` where A is zero.
    pub relative: Option<f64>,
    /// Of the relative difference; of shares, of B - A.
    pub interval: Option<Interval>,
    /// What follows.
    pub verdict: Verdict,
}

/// A number of one run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// A latency, or a lower bound of it.
    Time(Latency),
    /// Tasks a second.
    PerSecond(f64),
    /// A part of the tasks, 0 to 1.
    Share(f64),
}

/// Where a difference lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// What is made of a difference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// B is better.
    Better,
    /// B is worse.
    Worse,
    /// None was found.
    NoDifference,
    /// None could be found.
    NotKnown(Unknown),
}

/// Why a difference is not known.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Unknown {
    /// A run has no task, or no time, to measure it by.
    Nothing,
    /// It lies, or may lie, where tasks were cut off.
    Censored,
    /// Too few tasks tell.
    TooFewTasks {
        /// How many do.
        tasks: u64,
    },
    /// A run has too few blocks.
    TooFewBlocks {
        /// How many it has.
        blocks: usize,
    },
    /// The blocks of a run are too much alike.
    Correlated {
        /// As many independent ones would tell as much.
        independent: f64,
    },
    /// A run varies so much that half and double cannot be told apart.
    TooWide,
}

/// Compares run `b` with run `a`. The same runs and settings always give the same result.
#[must_use]
pub fn compare(a: &Snapshot, b: &Snapshot, settings: &Settings) -> Comparison {
    let pairs = pairs(a, b);
    let sides: Vec<(Side<'_>, Side<'_>)> = (1..)
        .zip(&pairs)
        .map(|(number, (of_a, of_b))| {
            let seed = settings.seed.wrapping_mul(2).wrapping_add(number << 32);
            (Side::new(a, of_a, settings, seed), Side::new(b, of_b, settings, seed ^ 1))
        })
        .collect();
    let pending = sides.iter().map(|(a, b)| Aspect::ALL.map(|aspect| Pending::new(aspect, a, b)));
    let pending: Vec<_> = pending.collect();
    let tests = pending.iter().flatten().filter(|pending| pending.is_tested()).count();
    let lanes = sides.iter().zip(pending).map(|((a, b), pending)| LaneComparison {
        a: a.lane.key,
        b: b.lane.key,
        tasks: [a.lane.spawned, b.lane.spawned],
        differences: pending.into_iter().map(|pending| pending.judge(tests, settings)).collect(),
        apart: shape::apart(&a.series, &b.series),
        rank_test: tested(a, b).then(|| shape::rank_test(&a.series, &b.series)).flatten(),
        drift: [a, b].map(|side| drift(side, settings.noise)),
    });
    let only = |run: &Snapshot, is_paired: &dyn Fn(LaneKey) -> bool| {
        run.lanes.iter().map(|lane| lane.key).filter(|&key| !is_paired(key)).collect()
    };
    Comparison {
        lanes: lanes.collect(),
        only_a: only(a, &|key| pairs.iter().any(|(a, _)| a.key == key)),
        only_b: only(b, &|key| pairs.iter().any(|(_, b)| b.key == key)),
    }
}

fn tested(a: &Side<'_>, b: &Side<'_>) -> bool {
    a.series.len().min(b.series.len()) >= FEWEST_BLOCKS
}

fn drift(side: &Side<'_>, noise: f64) -> Option<Drift> {
    let drift = (side.series.len() >= FEWEST_BLOCKS).then(|| shape::drift(&side.series)).flatten();
    drift.filter(|drift| (drift.second.as_secs_f64() / drift.first.as_secs_f64() - 1.0).abs() > noise)
}

/// The lanes to compare, most tasks first.
fn pairs<'a>(a: &'a Snapshot, b: &'a Snapshot) -> Vec<(&'a LaneView, &'a LaneView)> {
    let like = |lane: &LaneView| b.lanes.iter().find(|other| other.key == lane.key);
    let mut pairs: Vec<_> = a.lanes.iter().filter_map(|lane| Some((lane, like(lane)?))).collect();
    if pairs.is_empty() {
        let main = |run: &'a Snapshot| run.lanes.iter().max_by_key(|lane| lane.spawned);
        pairs.extend(main(a).zip(main(b)));
    }
    pairs.sort_by_key(|(a, b)| std::cmp::Reverse(a.spawned.min(b.spawned)));
    pairs
}

impl Comparison {
    /// The word used in files where something is better and something worse.
    pub const MIXED: &'static str = "mixed";

    /// The lanes with most tasks; `None` when a run had no task.
    #[must_use]
    pub fn main(&self) -> Option<&LaneComparison> {
        self.lanes.first()
    }

    /// Every difference of every lane.
    pub fn differences(&self) -> impl Iterator<Item = &Difference> {
        self.lanes.iter().flat_map(|lane| &lane.differences)
    }

    /// What is to be said of all of it: worse or better where something is and nothing is the other, `None` where both
    /// are; not known where nothing is known.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        let has = |verdict| self.differences().any(|difference| difference.verdict == verdict);
        match (has(Verdict::Better), has(Verdict::Worse)) {
            (true, true) => None,
            (true, false) => Some(Verdict::Better),
            (false, true) => Some(Verdict::Worse),
            (false, false) if self.differences().any(|d| d.interval.is_some()) => Some(Verdict::NoDifference),
            (false, false) => {
                let why = self.differences().find_map(|difference| match difference.verdict {
                    Verdict::NotKnown(why) => Some(why),
                    _ => None,
                });
                Some(Verdict::NotKnown(why.unwrap_or(Unknown::Nothing)))
            }
        }
    }
}

impl LaneComparison {
    /// What is known where only the differences are: of lanes `a` and `b`, and so many tasks of each.
    pub(crate) const fn new([a, b]: [LaneKey; 2], tasks: [u64; 2], differences: Vec<Difference>) -> Self {
        Self { a, b, tasks, differences, apart: None, rank_test: None, drift: [None; 2] }
    }

    /// The difference in one aspect.
    #[must_use]
    pub fn difference(&self, aspect: Aspect) -> Option<&Difference> {
        self.differences.iter().find(|difference| difference.aspect == aspect)
    }
}

impl Value {
    /// The bare number: nanoseconds, tasks a second, or a share.
    fn number(self) -> f64 {
        match self {
            Self::Time(latency) => series::float(nanos(latency.bound())),
            Self::PerSecond(number) | Self::Share(number) => number,
        }
    }

    /// Whether it is only known to be at least so much.
    #[must_use]
    pub const fn is_censored(self) -> bool {
        matches!(self, Self::Time(Latency::AtLeast(_)))
    }

    /// The share, when it is one.
    #[must_use]
    pub const fn share(self) -> Option<f64> {
        match self {
            Self::Share(share) => Some(share),
            Self::Time(_) | Self::PerSecond(_) => None,
        }
    }
}

impl Verdict {
    /// The word used in files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::NoDifference => "no difference",
            Self::NotKnown(_) => "not known",
        }
    }
}

impl Unknown {
    /// The word used in files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Censored => "censored",
            Self::TooFewTasks { .. } => "too few tasks",
            Self::TooFewBlocks { .. } => "too few blocks",
            Self::Correlated { .. } => "correlated",
            Self::TooWide => "too wide",
        }
    }

    /// The number that was too small, where it is one.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "too few of anything are few")]
    pub const fn found(self) -> Option<f64> {
        match self {
            Self::TooFewTasks { tasks } => Some(tasks as f64),
            Self::TooFewBlocks { blocks } => Some(blocks as f64),
            Self::Correlated { independent } => Some(independent),
            Self::Nothing | Self::Censored | Self::TooWide => None,
        }
    }

    /// What these two tell of, when they are of one.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, however it was written")]
    pub(crate) fn from_words(word: &str, found: Option<f64>) -> Option<Self> {
        let number = found.unwrap_or_default();
        let (tasks, blocks) = (number as u64, number as usize);
        let all = [
            Self::Nothing,
            Self::Censored,
            Self::TooFewTasks { tasks },
            Self::TooFewBlocks { blocks },
            Self::Correlated { independent: number },
            Self::TooWide,
        ];
        all.into_iter().find(|why| why.word() == word)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(Latency::Exactly(time)) => f.pad(&human(*time)),
            Self::Time(latency) => f.pad(&latency.to_string()),
            Self::PerSecond(rate) => f.pad(&format!("{}/s", three_digits(*rate))),
            Self::Share(share) => f.pad(&percent(*share)),
        }
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.pad("there is nothing to compare"),
            Self::Censored => f.pad("tasks were cut off there"),
            Self::TooFewTasks { tasks: 0 } => f.pad("no task tells"),
            Self::TooFewTasks { tasks: 1 } => f.pad("only 1 task tells"),
            Self::TooFewTasks { tasks } => f.pad(&format!("only {} tasks tell", thousands(*tasks))),
            Self::TooFewBlocks { blocks } => {
                f.pad(&format!("a run has {blocks} blocks of time, and it takes {FEWEST_BLOCKS}"))
            }
            Self::Correlated { .. } => f.pad("a run goes one way, or up and down too slowly"),
            Self::TooWide => f.pad("a run varies so much that half and double look alike"),
        }
    }
}
