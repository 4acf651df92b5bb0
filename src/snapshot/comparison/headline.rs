//! What a comparison comes to, in words: what a reader has to know who reads nothing else.

use super::{Aspect, Comparison, Difference, Interval, LaneComparison, Unknown, Verdict};
use crate::units::signed_hundredths;

/// What a verdict is told by, the first that has one: what users feel before what they do not.
const TELLING: [Aspect; 9] = [
    Aspect::P99,
    Aspect::P50,
    Aspect::P90,
    Aspect::Mean,
    Aspect::P999,
    Aspect::Failed,
    Aspect::TimedOut,
    Aspect::Goodput,
    Aspect::Throughput,
];

/// Run B against run A in a few words.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Headline {
    /// What is to be said of all of it; `None` where something is better and something worse.
    pub verdict: Option<Verdict>,
    /// What B is: `slower`, `worse and better`, `not known`.
    pub word: &'static str,
    /// What that rests on; empty where there is nothing.
    pub told: String,
}

impl Comparison {
    /// What it comes to.
    #[must_use]
    pub fn headline(&self) -> Headline {
        let verdict = self.verdict();
        let (word, told) = match (verdict, self.leading(Verdict::Worse), self.leading(Verdict::Better)) {
            (Some(Verdict::Worse), Some((aspect, worse)), _) => {
                (if aspect.is_time() { "slower" } else { "worse" }, worse)
            }
            (Some(Verdict::Better), _, Some((aspect, better))) => {
                (if aspect.is_time() { "faster" } else { "better" }, better)
            }
            (None, Some((_, worse)), Some((_, better))) => ("worse and better", format!("{worse}; {better}")),
            (Some(Verdict::NotKnown(why)), ..) => ("not known", why.advice()),
            _ => ("no difference", self.main().map_or_else(String::new, LaneComparison::within)),
        };
        Headline { verdict, word, told }
    }

    /// The difference that tells most of those with this verdict.
    fn leading(&self, verdict: Verdict) -> Option<(Aspect, String)> {
        self.lanes.iter().find_map(|lane| {
            let differs = |&aspect: &Aspect| lane.difference(aspect).filter(|found| found.verdict == verdict);
            let found = TELLING.iter().find_map(differs)?;
            // What goes without saying is that it is about where most tasks were.
            let is_main = self.main().is_some_and(|main| std::ptr::eq(main, lane));
            let told = found.told();
            Some((found.aspect, if is_main { told } else { format!("{told} under {}", lane.b) }))
        })
    }
}

impl LaneComparison {
    /// How large a difference can have been missed.
    fn within(&self) -> String {
        let within = |aspect| {
            let found = self.difference(aspect)?;
            found.interval.map(|interval| format!("{} within {}", aspect.label(), interval.words(aspect)))
        };
        [Aspect::P50, Aspect::P99].into_iter().filter_map(within).collect::<Vec<_>>().join(", ")
    }
}

impl Difference {
    /// The difference itself: of shares in points, of the rest as a part of A.
    #[must_use]
    pub fn change(&self) -> Option<String> {
        let points = || Some(self.b?.share()? - self.a?.share()?);
        let points = points().map(|points| format!("{} pt", signed_hundredths(points)));
        points.or_else(|| self.relative.map(|relative| format!("{} %", signed_hundredths(relative))))
    }

    /// Of what, how large, and how sure that is.
    fn told(&self) -> String {
        let interval = self.interval.map_or_else(String::new, |interval| {
            format!(" ({} to {})", signed_hundredths(interval.low), signed_hundredths(interval.high))
        });
        format!("{} {}{interval}", self.aspect.label(), self.change().unwrap_or_else(|| "–".to_owned()))
    }
}

impl Interval {
    /// Both ends, in the unit that differences of `aspect` are told in.
    #[must_use]
    pub fn words(self, aspect: Aspect) -> String {
        let unit = if aspect.is_share() { "pt" } else { "%" };
        format!("{} to {} {unit}", signed_hundredths(self.low), signed_hundredths(self.high))
    }
}

impl Unknown {
    /// Why a difference is not known, and what to do about it.
    #[must_use]
    pub fn advice(self) -> String {
        match self {
            Self::Nothing => self.to_string(),
            Self::Censored => format!("{self}; observe them, or compare those that timed out"),
            _ => format!("{self}; run longer"),
        }
    }
}
