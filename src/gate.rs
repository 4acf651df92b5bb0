//! Gates: whether a run passes what its scenario and its command line ask of it.
//!
//! Owns the measuring of a [`Condition`]'s quantity, over all lanes, and the [`Verdict`]. It must not know how either is
//! shown, nor what a broken gate does: a verdict is a pure function of a snapshot.
//!
//! # What passes
//! A gate passes when what it must not be is known not to be so. It fails when that is so, when it is not known
//! (the quantity is only known to be longer than something, as a percentile among cancelled tasks is, and the limit lies
//! beyond), and when there is nothing to measure. Of times that only late or cancelled tasks have, none is as good as zero
//! as long as no task was late or cancelled.
//!
//! `regressed(…)` is judged once the run is over, in the lane that most tasks were spawned under: how much worse it is than
//! the baseline's, where a difference that may be chance is none. It ends no run early.
//!
//! # What shares are of
//! Of tasks that ended, unfinished ones included; for `timed_out`, what is a part of it and `overdue`, of tasks that
//! have met or missed their deadline; for `shed` and `queued`, of arrivals due; for gathers, of those that have an outcome,
//! once the run is over of all; for `gathers.timed_out`, of all started. Rates are over all the time measured.
//!
//! # When a run that goes on has failed
//! With `abort`, a run ends early once a gate is broken for good. What only grows is, when it is above a limit: counts
//! but those of what is so right now (`unfinished`, `overdue`, `queued`, `gathers.open`), and `max`. What may still come
//! back is taken for broken on enough evidence:
//!
//! | quantity | evidence |
//! |---|---|
//! | a share | 1,000 of what it is a share of |
//! | a mean | 1,000 samples |
//! | a percentile | 1,000 samples, and ten that lie beyond it |
//! | a rate | 10 s measured |
//!
//! A gate that is not known to hold, or that has nothing to measure yet, ends no run early.

mod measure;

use std::cmp::Ordering;
use std::fmt;
use std::time::Duration;

use self::measure::{Measure, Measurer};
use crate::condition::{Comparison, Condition, Limit, Quantity, Statistic};
use crate::snapshot::{EndedBy, Interval, LaneView, Latency, Snapshot, State, Unknown};
use crate::units::{human, percent, signed_hundredths, thousands, three_digits};

/// What a share, a mean or a percentile has to rest on before a run ends for it.
const ENOUGH: u64 = 1_000;
/// How many samples have to lie beyond a percentile before a run ends for it.
const BEYOND: f64 = 10.0;
/// How long has to be measured before a run ends for a rate.
const LONG: Duration = Duration::from_secs(10);

/// How far what is at its limit is from it.
const AT_LIMIT: &str = "0";

/// A gate, what was measured, and what follows.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Judged {
    /// What must not be so.
    pub condition: Condition,
    /// What was measured; `None` when there was nothing to measure.
    pub measured: Option<Measured>,
    /// What follows.
    pub verdict: Verdict,
}

/// What was measured, in the unit of the limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measured {
    /// A time, or a lower bound of it.
    Time(Latency),
    /// Not one time, where none is as good as zero.
    NoTime,
    /// So many.
    Count(u64),
    /// A share, 0 to 1.
    Share(f64),
    /// So many a second.
    PerSecond(f64),
    /// A relative change.
    Change(Change),
    /// A change that the runs do not tell.
    NotKnown(Unknown),
    /// A change that is told once the run is over.
    AtEnd,
    /// A change from a baseline that there is none of.
    NoBaseline,
}

/// A change for the worse.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// Of the baseline's number; less than zero where it is for the better, zero where it may be chance.
    pub by: f64,
    /// Where it lies, as sure as a comparison is; of shares, where their difference does.
    pub interval: Option<Interval>,
    /// Whether the interval is of the difference of shares.
    pub is_points: bool,
}

/// Whether a gate passes, and why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// What must not be is known not to be so.
    Passed,
    /// It is so.
    Broken,
    /// It may be so: only a lower bound is known.
    Unknown,
    /// There was nothing to measure.
    Unmeasured,
}

impl Verdict {
    /// The word used in files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Broken => "broken",
            Self::Unknown => "unknown",
            Self::Unmeasured => "unmeasured",
        }
    }
}

impl Judged {
    /// Whether it passes; nothing else does.
    #[must_use]
    pub fn is_passed(&self) -> bool {
        self.verdict == Verdict::Passed
    }

    /// Why it fails, in a few words; `None` when it passes.
    #[must_use]
    pub const fn why(&self) -> Option<&'static str> {
        match self.verdict {
            Verdict::Passed => None,
            Verdict::Broken => Some("broken"),
            Verdict::Unknown => Some("not known to hold"),
            Verdict::Unmeasured => Some("nothing measured"),
        }
    }

    /// What was measured, in words.
    #[must_use]
    pub fn measured_words(&self) -> String {
        self.measured.map_or_else(|| "–".to_owned(), |measured| measured.to_string())
    }

    /// How far what was measured is from the limit, with its sign; `None` where that is not known.
    #[must_use]
    pub fn apart(&self) -> Option<String> {
        let (order, by) = match (self.measured?, self.condition.limit()) {
            (Measured::Time(Latency::AtLeast(bound)), Limit::Duration(limit)) if bound <= limit => return None,
            (Measured::Time(time), Limit::Duration(limit)) => {
                (time.bound().cmp(&limit), human(time.bound().abs_diff(limit)))
            }
            (Measured::Count(count), Limit::Count(limit)) => (count.cmp(&limit), thousands(count.abs_diff(limit))),
            (Measured::Share(share), Limit::Share(limit)) => {
                (share.total_cmp(&limit), format!("{} points", three_digits((share - limit).abs() * 100.0)))
            }
            (Measured::Change(Change { by, .. }), Limit::Change(limit)) if by.is_finite() => {
                (by.total_cmp(&limit), format!("{} points", three_digits((by - limit).abs() * 100.0)))
            }
            (Measured::PerSecond(rate), Limit::PerSecond(limit)) => {
                (rate.total_cmp(&limit), format!("{}/s", three_digits((rate - limit).abs())))
            }
            _ => return None,
        };
        Some(match order {
            Ordering::Less => format!("−{by}"),
            Ordering::Equal => AT_LIMIT.to_owned(),
            Ordering::Greater => format!("+{by}"),
        })
    }
}

/// One line: `p99 > 200ms: 312 ms, +112 ms`.
impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.condition, self.measured_words())?;
        match (self.verdict, self.apart()) {
            (Verdict::Passed, Some(apart)) if apart == AT_LIMIT => Ok(()),
            (Verdict::Passed | Verdict::Broken, Some(apart)) => write!(f, ", {apart}"),
            _ => self.why().map_or(Ok(()), |why| write!(f, ", {why}")),
        }
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Time(time) => time.fmt(f),
            Self::NoTime => f.pad("none"),
            Self::Count(count) => f.pad(&thousands(count)),
            Self::Share(share) => f.pad(&percent(share)),
            Self::PerSecond(rate) => f.pad(&format!("{}/s", three_digits(rate))),
            Self::Change(change) => f.pad(&change.to_string()),
            Self::NotKnown(why) => why.fmt(f),
            Self::AtEnd => f.pad("at the end"),
            Self::NoBaseline => f.pad("no baseline"),
        }
    }
}

/// `+12.4 % (+9.82 to +15.1)`
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.by {
            f64::INFINITY => write!(f, "from none")?,
            f64::NEG_INFINITY => write!(f, "to none")?,
            by => write!(f, "{} %", signed_hundredths(by))?,
        }
        let unit = if self.is_points { " points" } else { "" };
        match self.interval {
            Some(Interval { low, high }) => {
                write!(f, " ({} to {}{unit})", signed_hundredths(low), signed_hundredths(high))
            }
            None => Ok(()),
        }
    }
}

/// The gates of a run as they stand, in the order they were written.
#[must_use]
pub fn judge(run: &Snapshot) -> Vec<Judged> {
    let mut measurer = Measurer::new(run);
    run.info.gates.fail_if.iter().map(|condition| judged(condition, measurer.measure(condition).measured)).collect()
}

fn judged(condition: &Condition, measured: Option<Measured>) -> Judged {
    let so = measured.map(|measured| is_so(condition.comparison(), measured, condition.limit()));
    let verdict = match so {
        Some(Some(true)) => Verdict::Broken,
        Some(Some(false)) => Verdict::Passed,
        Some(None) => Verdict::Unknown,
        None => Verdict::Unmeasured,
    };
    Judged { condition: condition.clone(), measured, verdict }
}

/// `None` when that is not known.
fn is_so(comparison: Comparison, measured: Measured, limit: Limit) -> Option<bool> {
    match (measured, limit) {
        (Measured::Time(Latency::Exactly(time)), Limit::Duration(limit)) => Some(comparison.holds(time, limit)),
        (Measured::Time(Latency::AtLeast(bound)), Limit::Duration(limit)) => comparison.holds_from(bound, limit),
        (Measured::Count(count), Limit::Count(limit)) => Some(comparison.holds(count, limit)),
        (Measured::Share(value), Limit::Share(limit))
        | (Measured::PerSecond(value), Limit::PerSecond(limit))
        | (Measured::Change(Change { by: value, .. }), Limit::Change(limit)) => Some(comparison.holds(value, limit)),
        // Nothing that is late or cancelled is what such a gate asks for.
        (Measured::NoTime, _) => Some(false),
        // What is not known, and what cannot be: a condition's limit has the unit of its quantity.
        _ => None,
    }
}

/// Whether the run did not come to a good end: a gate fails, or one ended it early.
#[must_use]
pub fn has_failed(run: &Snapshot) -> bool {
    run.state == State::Finished(EndedBy::Gate) || judge(run).iter().any(|gate| !gate.is_passed())
}

/// Whether a run that goes on, and whose gates abort it, has a gate that is broken for good.
#[must_use]
pub fn is_lost(run: &Snapshot) -> bool {
    if !run.info.gates.abort || run.state != State::Running {
        return false;
    }
    let mut measurer = Measurer::new(run);
    run.info.gates.fail_if.iter().any(|condition| {
        let Measure { measured, of } = measurer.measure(condition);
        judged(condition, measured).verdict == Verdict::Broken
            && is_final(condition, of, run.elapsed)
            && is_so_whatever_is_in_flight(condition, run)
    })
}

/// Whether a broken condition on what has ended stays so, however what is in flight ends: what fails at once ends first.
fn is_so_whatever_is_in_flight(condition: &Condition, run: &Snapshot) -> bool {
    let upward = condition.comparison().is_upward();
    match (condition.quantity(), condition.limit()) {
        (Quantity::Count(count), Limit::Share(limit)) => {
            let in_flight = if upward { 0 } else { run.total(LaneView::in_flight) };
            measure::share_of_spawned(run, count, in_flight)
                .is_none_or(|share| condition.comparison().holds(share, limit))
        }
        // What is in flight can only make a time longer than those that are known.
        (Quantity::Time(..), _) => upward,
        _ => true,
    }
}

/// Whether a broken condition stays so, or rests on enough: on `of` samples and on the time measured.
fn is_final(condition: &Condition, of: u64, measured: Duration) -> bool {
    let grows = match condition.quantity() {
        Quantity::Time(statistic, _) => statistic == Statistic::Max,
        Quantity::Count(count) => count.never_falls() && matches!(condition.limit(), Limit::Count(_)),
        Quantity::Goodput | Quantity::Regressed(_) => false,
    };
    if grows {
        return condition.comparison().is_upward();
    }
    match (condition.quantity(), condition.limit()) {
        (Quantity::Count(count), _) if !count.never_falls() => false,
        (_, Limit::PerSecond(_)) => measured >= LONG,
        #[expect(clippy::cast_precision_loss, reason = "2^53 samples are out of reach")]
        (Quantity::Time(Statistic::Quantile(q), _), _) => of >= ENOUGH && of as f64 * q.min(1.0 - q) >= BEYOND,
        (_, Limit::Share(_) | Limit::Duration(_)) => of >= ENOUGH,
        (_, Limit::Count(_) | Limit::Change(_)) => false,
    }
}

#[cfg(test)]
mod tests;
