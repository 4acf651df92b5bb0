//! Whether two runs differ in one aspect: the difference, its interval, and the verdict.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::bootstrap::Sureness;
use super::side::Side;
use super::{Aspect, Difference, FEWEST_BLOCKS, FEWEST_TASKS, Interval, Settings, Unknown, Value, Verdict};

/// Independent blocks a run has to be worth.
const FEWEST_INDEPENDENT: f64 = 4.0;

/// The share of resamples that may lie where tasks were cut off.
const CENSORED: f64 = 0.01;

/// The half width of an interval on a logarithmic scale from which on it says nothing: not even half from double.
const WIDEST: f64 = std::f64::consts::LN_2;

/// An aspect of which both runs have a number, before there is a verdict.
#[derive(Debug)]
pub(super) struct Pending {
    aspect: Aspect,
    values: [Option<Value>; 2],
    test: Result<Test, Decided>,
}

/// What is known without an interval.
#[derive(Debug)]
enum Decided {
    /// Both are the same, and cannot be told apart further.
    Equal,
    Unknown(Unknown),
}

impl From<Unknown> for Decided {
    fn from(why: Unknown) -> Self {
        Self::Unknown(why)
    }
}

/// A difference and how sure it is.
#[derive(Debug)]
struct Test {
    scale: Scale,
    estimate: f64,
    error: f64,
    freedom: f64,
}

/// What a difference is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scale {
    /// The logarithm of B / A.
    Quotient,
    /// B - A.
    Points,
}

impl Pending {
    pub(super) fn new(aspect: Aspect, a: &Side<'_>, b: &Side<'_>) -> Self {
        Self { aspect, values: [a.value(aspect), b.value(aspect)], test: test(aspect, a, b) }
    }

    /// Whether there is to be an interval.
    pub(super) const fn is_tested(&self) -> bool {
        self.test.is_ok()
    }

    /// The verdict, when `tests` are made at once and all their intervals are to hold together.
    #[expect(clippy::cast_precision_loss, reason = "there are some dozen tests")]
    pub(super) fn judge(self, tests: usize, settings: &Settings) -> Difference {
        let [a, b] = self.values.map(|value| value.map(Value::number));
        let relative = a.zip(b).filter(|(a, _)| *a > 0.0).map(|(a, b)| b / a - 1.0);
        let (interval, verdict) = match self.test {
            Err(Decided::Equal) => (None, Verdict::NoDifference),
            Err(Decided::Unknown(why)) => (None, Verdict::NotKnown(why)),
            Ok(test) => {
                let tail = (1.0 - settings.confidence) / tests as f64 / 2.0;
                let half = test.error * critical(tail, test.freedom);
                let interval = test.interval(half, self.aspect, a);
                (interval, test.verdict(half, self.aspect, relative, settings.noise))
            }
        };
        Difference { aspect: self.aspect, a: self.values[0], b: self.values[1], relative, interval, verdict }
    }
}

/// The quantile of Student's distribution that leaves `tail` above it.
fn critical(tail: f64, freedom: f64) -> f64 {
    let student = StudentsT::new(0.0, 1.0, freedom).expect("the degrees of freedom are positive");
    student.inverse_cdf(1.0 - tail)
}

/// The difference of two numbers that are known well enough.
fn test(aspect: Aspect, a: &Side<'_>, b: &Side<'_>) -> Result<Test, Decided> {
    let (Some(number_a), Some(number_b)) = (a.value(aspect), b.value(aspect)) else {
        return Err(Unknown::Nothing.into());
    };
    if number_a.is_censored() || number_b.is_censored() {
        return Err(Unknown::Censored.into());
    }
    tell(aspect, a, b)?;
    let (sure_a, sure_b) = sure(aspect, a, b)?;
    let (number_a, number_b) = (number_a.number(), number_b.number());
    let is_quotient = !aspect.is_share() && number_a > 0.0 && number_b > 0.0;
    let (scale, estimate, errors) = if is_quotient {
        (Scale::Quotient, (number_b / number_a).ln(), [sure_a.error / number_a, sure_b.error / number_b])
    } else {
        (Scale::Points, number_b - number_a, [sure_a.error, sure_b.error])
    };
    let [variance_a, variance_b] = errors.map(|error| error * error);
    let both = variance_a + variance_b;
    // Welch (1947) and Satterthwaite (1946).
    let shares = variance_a * variance_a / sure_a.worth.freedom + variance_b * variance_b / sure_b.worth.freedom;
    let least = sure_a.worth.freedom.min(sure_b.worth.freedom);
    let freedom = if shares > 0.0 { (both * both / shares).max(least) } else { least };
    Ok(Test { scale, estimate, error: both.sqrt(), freedom })
}

/// How sure both runs are, when that is sure enough.
fn sure(aspect: Aspect, a: &Side<'_>, b: &Side<'_>) -> Result<(Sureness, Sureness), Unknown> {
    let blocks = a.series.len().min(b.series.len());
    if blocks < FEWEST_BLOCKS {
        return Err(Unknown::TooFewBlocks { blocks });
    }
    let (sure_a, sure_b) = a.sureness(aspect).zip(b.sureness(aspect)).ok_or(Unknown::Nothing)?;
    if sure_a.censored.max(sure_b.censored) > CENSORED {
        return Err(Unknown::Censored);
    }
    let independent = sure_a.worth.independent.min(sure_b.worth.independent);
    if independent < FEWEST_INDEPENDENT {
        return Err(Unknown::Correlated { independent });
    }
    Ok((sure_a, sure_b))
}

/// Whether there are tasks enough to tell.
fn tell(aspect: Aspect, a: &Side<'_>, b: &Side<'_>) -> Result<(), Decided> {
    let (of_a, of_b) = (a.telling(aspect), b.telling(aspect));
    let fewest = match aspect {
        _ if aspect.is_time() => of_a.0.min(of_b.0),
        _ => (of_a.0.saturating_add(of_b.0)).min(of_a.1.saturating_add(of_b.1)),
    };
    match fewest {
        0 if !aspect.is_time() => Err(Decided::Equal),
        tasks if tasks < FEWEST_TASKS => Err(Unknown::TooFewTasks { tasks }.into()),
        _ => Ok(()),
    }
}

impl Test {
    /// The interval of the relative difference, of shares of the difference itself; `None` of what came from nothing.
    fn interval(&self, half: f64, aspect: Aspect, a: Option<f64>) -> Option<Interval> {
        let (low, high) = (self.estimate - half, self.estimate + half);
        match self.scale {
            Scale::Quotient => Some(Interval { low: low.exp_m1(), high: high.exp_m1() }),
            Scale::Points if aspect.is_share() => Some(Interval { low: low.max(-1.0), high: high.min(1.0) }),
            Scale::Points => a.filter(|a| *a > 0.0).map(|a| Interval { low: low / a, high: high / a }),
        }
    }

    fn verdict(&self, half: f64, aspect: Aspect, relative: Option<f64>, noise: f64) -> Verdict {
        if self.scale == Scale::Quotient && half > WIDEST && self.estimate.abs() <= half {
            return Verdict::NotKnown(Unknown::TooWide);
        }
        // What came from nothing is larger than any noise.
        let is_noise = relative.is_some_and(|relative| relative.abs() <= noise);
        if self.estimate.abs() <= half || is_noise {
            Verdict::NoDifference
        } else if (self.estimate > 0.0) == aspect.is_better_high() {
            Verdict::Better
        } else {
            Verdict::Worse
        }
    }
}
