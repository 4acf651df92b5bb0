//! Durations, rates and loads as people write and read them.
//!
//! Owns the text forms: parsing what a scenario file or a flag says, and printing with three
//! significant digits and a unit. It must not know where a number comes from.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Why a text is no duration or rate; names what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// Not a duration.
    #[error("`{text}` is no duration; expected a number with a unit, such as `250us`, `50ms`, `1.5s` or `2m`")]
    Duration {
        /// What was given.
        text: String,
    },
    /// Not a rate.
    #[error("`{text}` is no rate; expected a number per time, such as `500/s`, `30/m` or `0.5/s`")]
    Rate {
        /// What was given.
        text: String,
    },
}

/// Reads a duration such as `250us`, `50ms`, `1.5s`, `1m 30s`.
///
/// # Errors
/// [`UnitError::Duration`] for anything else, a missing unit and an overflow included.
pub fn parse_duration(text: &str) -> Result<Duration, UnitError> {
    let wrong = || UnitError::Duration { text: text.to_owned() };
    let trimmed = text.trim();
    if let Some((number, unit)) = split_unit(trimmed)
        && number.contains('.')
    {
        let value: f64 = number.parse().ok().ok_or_else(wrong)?;
        return Duration::try_from_secs_f64(value * seconds_in(unit).ok_or_else(wrong)?).ok().ok_or_else(wrong);
    }
    humantime::parse_duration(trimmed).ok().ok_or_else(wrong)
}

fn split_unit(text: &str) -> Option<(&str, &str)> {
    let at = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(at);
    Some((number, unit.trim()))
}

fn seconds_in(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1e-9,
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return None,
    })
}

/// A number of arrivals per second; finite and never negative.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64")]
pub struct Rate(f64);

impl TryFrom<f64> for Rate {
    type Error = &'static str;

    fn try_from(per_second: f64) -> Result<Self, Self::Error> {
        Self::per_second(per_second).ok_or("a rate that is negative or no number")
    }
}

impl Rate {
    /// `per_second` arrivals a second, or `None` when it is negative or not finite.
    #[must_use]
    pub fn per_second(per_second: f64) -> Option<Self> {
        (per_second.is_finite() && per_second >= 0.0).then_some(Self(per_second))
    }

    /// Arrivals a second.
    #[must_use]
    pub const fn as_per_second(self) -> f64 {
        self.0
    }
}

impl FromStr for Rate {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let wrong = || UnitError::Rate { text: text.to_owned() };
        let (number, unit) = text.trim().split_once('/').ok_or_else(wrong)?;
        let number: f64 = number.trim().replace('_', "").parse().ok().ok_or_else(wrong)?;
        let unit = seconds_in(unit.trim()).ok_or_else(wrong)?;
        Self::per_second(number / unit).ok_or_else(wrong)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/s", three_digits(self.0)))
    }
}

/// How arrivals come.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum LoadMode {
    /// At times that do not depend on the work.
    Open {
        /// Arrivals a second.
        rate: Rate,
        /// How the gaps are drawn.
        arrivals: Arrivals,
    },
    /// Each follows the end of another.
    Closed {
        /// Arrivals in flight.
        concurrency: u32,
    },
    /// From an application, which spawns its tasks itself.
    None,
}

impl LoadMode {
    /// The same at another level: arrivals a second, or in flight; one that cannot be is brought into range.
    #[must_use]
    pub fn with_level(self, level: f64) -> Self {
        match self {
            Self::Open { rate, arrivals } => Self::Open { rate: Rate::per_second(level).unwrap_or(rate), arrivals },
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
            Self::Closed { .. } => Self::Closed { concurrency: level.round() as u32 },
            Self::None => Self::None,
        }
    }

    /// How much it is, and not how it comes: `500/s`, `64 at once`.
    #[must_use]
    pub fn level(self) -> String {
        match self {
            Self::Open { rate, .. } => rate.to_string(),
            Self::Closed { concurrency } => format!("{} at once", thousands(concurrency.into())),
            Self::None => "no load".to_owned(),
        }
    }

    /// A change of it: `load 500/s → 600/s`, `load 64 → 80 at once`.
    #[must_use]
    pub fn change(self, to: Self) -> String {
        match self {
            Self::Closed { concurrency } => format!("load {} → {}", thousands(concurrency.into()), to.level()),
            Self::Open { .. } | Self::None => format!("load {} → {}", self.level(), to.level()),
        }
    }
}

impl fmt::Display for LoadMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open { rate, arrivals } => f.pad(&format!("open {rate} {}", arrivals.word())),
            Self::Closed { concurrency } => f.pad(&format!("closed {}", thousands(u64::from(*concurrency)))),
            Self::None => f.pad("no load"),
        }
    }
}

/// How the gaps between open arrivals are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Arrivals {
    /// Exponential gaps.
    Poisson,
    /// Equal gaps.
    Constant,
}

impl Arrivals {
    /// The word used in files and on screens.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Poisson => "poisson",
            Self::Constant => "constant",
        }
    }
}

/// A duration as three significant digits and a unit: `1.04 s`, `50.0 ms`, `312 µs`.
#[must_use]
pub fn human(duration: Duration) -> String {
    let ns = duration.as_nanos();
    #[expect(clippy::cast_precision_loss, reason = "three significant digits are shown")]
    let value = ns as f64;
    match ns {
        0 => "0 s".to_owned(),
        1..=999 => format!("{ns} ns"),
        1_000..=999_499 => format!("{} µs", three_digits(value / 1e3)),
        999_500..=999_499_999 => format!("{} ms", three_digits(value / 1e6)),
        _ if value < 99.95e9 => format!("{} s", three_digits(value / 1e9)),
        _ => clock(duration),
    }
}

/// The time of many tasks together: as [`human`] has it, but in seconds however many: `12.0 s`, `123,456 s`.
#[must_use]
pub fn task_time(time: Duration) -> String {
    if time < Duration::from_secs(90) { human(time) } else { format!("{} s", three_digits(time.as_secs_f64())) }
}

/// A duration as a clock shows it: `00:42`, `1:02:03`.
#[must_use]
pub fn clock(duration: Duration) -> String {
    let s = duration.as_secs();
    if s >= 3600 {
        format!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
    } else {
        format!("{:02}:{:02}", s / 60, s % 60)
    }
}

/// A duration as a scenario file writes it, exact to the nanosecond: `50ms`, `1s 500ms`.
#[must_use]
pub fn exact(duration: Duration) -> String {
    humantime::format_duration(duration).to_string()
}

/// A whole number with its thousands separated: `20,914`.
#[must_use]
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A share in hundredths, with its sign: `+1.18`, `−11.3`; what is too small for two digits behind the point is `0`.
#[must_use]
pub fn signed_hundredths(share: f64) -> String {
    match share * 100.0 {
        small if small.abs() < 0.005 => "0".to_owned(),
        negative if negative < 0.0 => format!("−{}", three_digits(-negative)),
        positive => format!("+{}", three_digits(positive)),
    }
}

/// A number with three significant digits, two of them behind the point at the most: `0.50`, `12.1`, `1,213`; what is
/// there is never shown as nothing: `<.01`.
#[must_use]
pub fn three_digits(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        v if v < 0.005 => "<.01".to_owned(),
        v if v < 9.995 => format!("{value:.2}"),
        v if v < 99.95 => format!("{value:.1}"),
        v if v < 999.5 => format!("{value:.0}"),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded, below 1e15")]
        v if v < 1e15 => thousands(v.round() as u64),
        _ => format!("{value:.2e}"),
    }
}

/// A share as a percentage of three significant digits: `17.7 %`, `0.90 %`, `100 %`; what is missing is never shown as
/// nothing, either: `99.9 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    format!("{} %", three_digits(if (99.9..100.0).contains(&percent) { 99.9 } else { percent }))
}

/// A share whose nines count, such as that of the tasks within a deadline: from two nines on it has as many decimals as
/// nines, four at the most, and is rounded down: `97.2 %`, `99.31 %`, `99.995 %`.
#[must_use]
pub fn percent_with_nines(share: f64) -> String {
    let nines = -(1.0 - share).log10();
    // A number next to a whole count of nines is meant to be it.
    let nudge = 1e-9;
    if share >= 1.0 || nines + nudge < 2.0 {
        return percent(share);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "two to four")]
    let decimals = (nines + nudge).min(4.0) as usize;
    let scale = [1.0, 10.0, 1e2, 1e3, 1e4][decimals];
    format!("{:.decimals$} %", (share * 100.0 * scale + nudge).floor() / scale)
}

/// A latency's place in decades of nanoseconds.
#[expect(clippy::cast_precision_loss, reason = "a place on a screen needs few digits")]
pub(crate) fn decades(latency: Duration) -> f64 {
    (nanos(latency).max(1) as f64).log10()
}

/// The latency at a place in decades of nanoseconds.
pub(crate) fn latency(decades: f64) -> Duration {
    Duration::try_from_secs_f64(10f64.powf(decades - 9.0)).unwrap_or(Duration::MAX)
}

/// A round latency on an axis: no more digits than it needs.
pub(crate) fn tick(latency: Duration) -> String {
    let ns = nanos(latency);
    let (value, unit) = match ns {
        0..1_000 => (ns, "ns"),
        1_000..1_000_000 => (ns / 1_000, "µs"),
        1_000_000..1_000_000_000 => (ns / 1_000_000, "ms"),
        _ => (ns / 1_000_000_000, "s"),
    };
    format!("{} {unit}", thousands(value))
}

/// Nanoseconds of a duration, saturating at `u64::MAX` (584 years).
#[must_use]
pub fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_many_tasks_stays_seconds() {
        let text = |seconds| task_time(Duration::from_secs(seconds));
        assert_eq!([0, 12, 160, 123_456].map(text), ["0 s", "12.0 s", "160 s", "123,456 s"]);
    }

    #[test]
    fn durations_are_read_with_their_unit() {
        for (text, ns) in [
            ("250us", 250_000),
            ("50ms", 50_000_000),
            ("1.5s", 1_500_000_000),
            ("0.5ms", 500_000),
            ("1m 30s", 90_000_000_000),
            ("2m", 120_000_000_000),
        ] {
            assert_eq!(parse_duration(text).map(nanos), Ok(ns), "{text}");
        }
        for text in ["", "5", "ms", "5 parsecs", "-5ms", "1.5", "1e400s", "NaNs", "99999999999999999999h"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn rates_are_read_per_any_unit_of_time() {
        for (text, per_s) in [("500/s", 500.0), ("30/m", 0.5), ("1_000/s", 1000.0), ("2/ms", 2000.0)] {
            assert_eq!(text.parse::<Rate>().map(Rate::as_per_second), Ok(per_s), "{text}");
        }
        for text in ["500", "500/", "/s", "-1/s", "inf/s", "5/parsec"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_duration_is_shown_with_three_digits_and_a_unit() {
        for (ns, text) in [
            (0, "0 s"),
            (1, "1 ns"),
            (1_500, "1.50 µs"),
            (999_600, "1.00 ms"),
            (50_000_000, "50.0 ms"),
            (1_044_000_000, "1.04 s"),
            (100_000_000_000, "01:40"),
        ] {
            assert_eq!(human(Duration::from_nanos(ns)), text);
        }
    }

    #[test]
    fn what_is_there_is_never_shown_as_nothing_nor_what_is_missing() {
        for (share, text) in [
            (0.0, "0 %"),
            (1e-9, "<.01 %"),
            (0.000_049, "<.01 %"),
            (0.000_05, "0.01 %"),
            (0.009, "0.90 %"),
            (0.177_4, "17.7 %"),
            (0.999_2, "99.9 %"),
            (0.999_999_9, "99.9 %"),
            (1.0, "100 %"),
            (20.41, "2,041 %"),
        ] {
            assert_eq!(percent(share), text, "{share}");
        }
    }

    #[test]
    fn a_share_is_said_with_the_nines_it_has() {
        for (share, text) in [
            (0.0, "0 %"),
            (0.5, "50.0 %"),
            (0.972, "97.2 %"),
            (0.99, "99.00 %"),
            (0.993_19, "99.31 %"),
            (0.999, "99.900 %"),
            (0.999_9, "99.9900 %"),
            (0.999_999_99, "99.9999 %"),
            (1.0, "100 %"),
        ] {
            assert_eq!(percent_with_nines(share), text, "{share}");
        }
    }

    #[test]
    fn a_change_of_the_load_says_what_changes() {
        let open = LoadMode::Open { rate: Rate(500.0), arrivals: Arrivals::Poisson };
        assert_eq!(open.change(open.with_level(600.0)), "load 500/s → 600/s");
        assert_eq!(open.with_level(f64::NAN), open);
        let closed = LoadMode::Closed { concurrency: 64 };
        assert_eq!(closed.change(closed.with_level(1_280.4)), "load 64 → 1,280 at once");
    }

    #[test]
    fn what_a_file_says_survives_a_round_trip() {
        for text in ["50ms", "1s 500ms", "250us"] {
            let d = parse_duration(text).unwrap();
            assert_eq!(parse_duration(&exact(d)), Ok(d));
        }
    }
}
