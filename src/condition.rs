//! Conditions under which a run counts as failed, as people write them: `p99 > 200ms`, `timed_out > 1%`.
//!
//! Owns the grammar with its diagnostics: a quantity, a comparison and a limit of the quantity's own unit. It must not
//! know how a quantity is measured, nor what becomes of a run that fails.
//!
//! # The grammar
//! `QUANTITY COMPARISON LIMIT`, with a comparison of `>`, `>=`, `<` and `<=`.
//!
//! | quantity | limit |
//! |---|---|
//! | a percentile from `p0.001` to `p99.999`, `max` or `mean`; alone of the headline latency, or of one of [`Samples`]: `p99(start_delay)` | a duration: `200ms` |
//! | one of [`Count`]: `failed`, `timed_out`, `gathers.partial` | a count: `5`; a share: `1%`; a rate: `5/s` |
//! | `goodput`: tasks done by their deadline | a rate: `400/s` |
//! | `regressed(…)` of an [`Aspect`], such as `regressed(p99)`: how much worse it is than the baseline's | a relative change: `5%` |

mod aspect;
mod parse;
mod quantity;

use std::fmt;
use std::time::Duration;

pub use self::aspect::Aspect;
pub(crate) use self::aspect::Kind;
pub use self::quantity::{Count, Quantity, Samples, Statistic, Whole};
use crate::document::ParamError;

/// `[gate]` of a scenario: when a run of it counts as failed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gates {
    /// What must not be so, each a gate.
    pub fail_if: Vec<Condition>,
    /// Whether a run ends early once a gate is broken for good.
    pub abort: bool,
    /// The run that `regressed(…)` is held against: the name of a baseline, or a directory.
    pub baseline: Option<String>,
}

/// Something that can be so or not of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    quantity: Quantity,
    comparison: Comparison,
    limit: Limit,
    /// The quantity and the limit as they were written.
    words: [Box<str>; 2],
}

/// How a quantity stands to its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `<=`
    AtMost,
}

/// What a quantity is held against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// A time.
    Duration(Duration),
    /// So many.
    Count(u64),
    /// A share, 0 to 1.
    Share(f64),
    /// So many a second.
    PerSecond(f64),
    /// A relative change, 0 to infinity.
    Change(f64),
}

impl Gates {
    /// The first that needs a baseline.
    #[must_use]
    pub fn regressed(&self) -> Option<&Condition> {
        self.fail_if.iter().find(|gate| matches!(gate.quantity, Quantity::Regressed(_)))
    }
}

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// What is wrong with it, with its place in `text`: a name, a comparison or a unit that is none, and what no run or
    /// every run is.
    pub fn parse(text: &str) -> Result<Self, ParamError> {
        parse::condition(text)
    }

    /// What is held against the limit.
    #[must_use]
    pub const fn quantity(&self) -> Quantity {
        self.quantity
    }

    /// How it is held against it.
    #[must_use]
    pub const fn comparison(&self) -> Comparison {
        self.comparison
    }

    /// What it is held against.
    #[must_use]
    pub const fn limit(&self) -> Limit {
        self.limit
    }

    /// The quantity as it was written.
    #[must_use]
    pub fn quantity_words(&self) -> &str {
        &self.words[0]
    }

    /// The comparison and the limit as they were written.
    #[must_use]
    pub fn limit_words(&self) -> String {
        format!("{} {}", self.comparison.sign(), self.words[1])
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} {}", self.words[0], self.limit_words()))
    }
}

impl Comparison {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Above, Self::AtLeast, Self::Below, Self::AtMost];

    /// How it is written.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Below => "<",
            Self::AtMost => "<=",
        }
    }

    /// Whether a quantity that grows comes to be so, and not to be no longer so.
    #[must_use]
    pub const fn is_upward(self) -> bool {
        matches!(self, Self::Above | Self::AtLeast)
    }

    /// Whether it is so.
    pub fn holds<T: PartialOrd + Copy>(self, value: T, limit: T) -> bool {
        match self {
            Self::Above => value > limit,
            Self::AtLeast => value >= limit,
            Self::Below => value < limit,
            Self::AtMost => value <= limit,
        }
    }

    /// Whether it is so of everything that is `bound` or more; `None` when it is of some and not of others.
    pub fn holds_from<T: PartialOrd + Copy>(self, bound: T, limit: T) -> Option<bool> {
        let (so, settled) = match self {
            Self::Above => (true, bound > limit),
            Self::AtLeast => (true, bound >= limit),
            Self::Below => (false, bound >= limit),
            Self::AtMost => (false, bound > limit),
        };
        settled.then_some(so)
    }
}

impl Limit {
    /// Whether nothing is less.
    fn is_least(self) -> bool {
        match self {
            Self::Duration(duration) => duration.is_zero(),
            Self::Count(count) => count == 0,
            Self::Share(number) | Self::PerSecond(number) | Self::Change(number) => number <= 0.0,
        }
    }

    /// Whether nothing is more.
    fn is_most(self) -> bool {
        matches!(self, Self::Share(share) if share >= 1.0)
    }
}

#[cfg(test)]
mod tests;
