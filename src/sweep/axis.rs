//! The values of one axis of the grid, as people write them: `50ms`, `10ms,20ms,1s`, `10ms..1s/12`.
//!
//! A range `a..b/n` is n values at equal *ratios* from a to b: what a deadline or a load does changes by factors. The
//! ends are as written, the values between them are rounded to three significant digits (concurrency to whole numbers),
//! and a value that comes twice is one.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::units::{Rate, UnitError, exact, nanos, parse_duration};

/// The most values of one axis.
pub const MOST_POINTS: usize = 1_000;

/// Why a text is no axis.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AxisError {
    /// A value is none.
    #[error(transparent)]
    Value(#[from] UnitError),
    /// A value is no number of arrivals in flight.
    #[error("`{text}` is no number of arrivals in flight; expected a whole number from 1 on, such as `64`")]
    Concurrency {
        /// What was given.
        text: String,
    },
    /// A range that does not say how many values.
    #[error("`{text}` does not say how many points; write `{text}/12` for 12 of them")]
    NoCount {
        /// What was given.
        text: String,
    },
    /// A range of too few or too many values.
    #[error("`{text}` has `{count}` points; expected a number from 2 to {MOST_POINTS}")]
    Count {
        /// What was given.
        text: String,
        /// How many it asks for.
        count: String,
    },
    /// A range that does not rise, or starts at zero.
    #[error("`{text}` does not rise from above zero; expected the lower end first, such as `{example}`")]
    Order {
        /// What was given.
        text: String,
        /// One that rises.
        example: &'static str,
    },
    /// More values than are allowed.
    #[error("there are {count} values; expected at most {MOST_POINTS}")]
    TooMany {
        /// How many there are.
        count: usize,
    },
}

/// What an axis may be of.
pub trait Coordinate: Copy + PartialOrd + fmt::Debug {
    /// A range of it, as an example.
    const EXAMPLE: &'static str;

    /// Reads one value.
    ///
    /// # Errors
    /// The text is none.
    fn read(text: &str) -> Result<Self, AxisError>;

    /// The value as a number.
    fn number(self) -> f64;

    /// The value nearest to a number that is easily read.
    fn near(number: f64) -> Self;

    /// The value as a scenario file and an axis say it.
    fn written(self) -> String;
}

/// Values in ascending order, each once; at least one.
#[derive(Debug, Clone)]
pub struct Axis<T> {
    values: Vec<T>,
    /// How many more were asked for, and are one of them.
    twice: usize,
}

/// Axes are their values.
impl<T: PartialEq> PartialEq for Axis<T> {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

impl<T: Coordinate> Axis<T> {
    /// The values.
    #[must_use]
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// How many values were asked for twice, by name or because rounding made two of a range one.
    #[must_use]
    pub const fn twice(&self) -> usize {
        self.twice
    }

    fn of(mut values: Vec<T>) -> Result<Self, AxisError> {
        values.sort_by(|a, b| a.number().total_cmp(&b.number()));
        let asked = values.len();
        values.dedup();
        if values.len() > MOST_POINTS {
            return Err(AxisError::TooMany { count: values.len() });
        }
        Ok(Self { twice: asked - values.len(), values })
    }
}

impl<T: Coordinate> FromStr for Axis<T> {
    type Err = AxisError;

    fn from_str(text: &str) -> Result<Self, AxisError> {
        let mut values = Vec::new();
        for item in text.split(',').map(str::trim) {
            match item.split_once("..") {
                Some((low, rest)) => values.extend(range::<T>(item, low, rest)?),
                None => values.push(T::read(item)?),
            }
        }
        Self::of(values)
    }
}

/// As a list of its values, which reads back as the same axis.
impl<T: Coordinate> fmt::Display for Axis<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.values.iter().map(|value| value.written()).collect::<Vec<_>>().join(", "))
    }
}

/// The values of `item`, which is `low..rest`.
fn range<T: Coordinate>(item: &str, low: &str, rest: &str) -> Result<Vec<T>, AxisError> {
    // A rate has a `/` of its own: the count stands behind the last one and is a number.
    let numeric = |count: &str| count.trim().starts_with(|c: char| c.is_ascii_digit() || c == '-');
    let Some((high, count)) = rest.rsplit_once('/').filter(|(_, count)| numeric(count)) else {
        T::read(low)?;
        T::read(rest)?;
        return Err(AxisError::NoCount { text: item.to_owned() });
    };
    let (low, high) = (T::read(low)?, T::read(high)?);
    let steps = match count.trim().parse::<usize>() {
        Ok(points @ 2..=MOST_POINTS) => points - 1,
        _ => return Err(AxisError::Count { text: item.to_owned(), count: count.trim().to_owned() }),
    };
    if low.number() <= 0.0 || low >= high {
        return Err(AxisError::Order { text: item.to_owned(), example: T::EXAMPLE });
    }
    let ratio = high.number() / low.number();
    #[expect(clippy::cast_precision_loss, reason = "a thousand at most")]
    let between = |at: usize| T::near(low.number() * ratio.powf(at as f64 / steps as f64));
    // Rounded beyond an end, a value is that end.
    let inner = (1..steps).map(between).map(|value| {
        if value < low {
            low
        } else if value > high {
            high
        } else {
            value
        }
    });
    Ok([low].into_iter().chain(inner).chain([high]).collect())
}

/// A number with three significant digits.
fn rounded(number: f64) -> f64 {
    format!("{number:.2e}").parse().unwrap_or(number)
}

impl Coordinate for Duration {
    const EXAMPLE: &'static str = "10ms..1s/12";

    fn read(text: &str) -> Result<Self, AxisError> {
        Ok(parse_duration(text)?)
    }

    #[expect(clippy::cast_precision_loss, reason = "for ratios and for order within a hundred days")]
    fn number(self) -> f64 {
        nanos(self) as f64
    }

    fn near(number: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two durations")]
        Self::from_nanos(rounded(number) as u64)
    }

    fn written(self) -> String {
        exact(self)
    }
}

impl Coordinate for Rate {
    const EXAMPLE: &'static str = "100..1000/5";

    /// Without a unit it is a rate a second.
    fn read(text: &str) -> Result<Self, AxisError> {
        let text = text.trim();
        let read: Result<Self, _> = if text.contains('/') { text.parse() } else { format!("{text}/s").parse() };
        Ok(read.ok().ok_or_else(|| UnitError::Rate { text: text.to_owned() })?)
    }

    fn number(self) -> f64 {
        self.as_per_second()
    }

    fn near(number: f64) -> Self {
        let number = number.clamp(f64::MIN_POSITIVE, f64::MAX);
        Self::per_second(rounded(number)).or_else(|| Self::per_second(number)).expect("it is positive and finite")
    }

    fn written(self) -> String {
        format!("{}/s", self.as_per_second())
    }
}

impl Coordinate for u32 {
    const EXAMPLE: &'static str = "8..256/6";

    fn read(text: &str) -> Result<Self, AxisError> {
        let number = text.trim().parse().ok().filter(|&number: &Self| number > 0);
        number.ok_or_else(|| AxisError::Concurrency { text: text.trim().to_owned() })
    }

    fn number(self) -> f64 {
        f64::from(self)
    }

    fn near(number: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two whole numbers")]
        let whole = number.round() as Self;
        whole
    }

    fn written(self) -> String {
        self.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts<T: Coordinate>(text: &str) -> Vec<String> {
        text.parse::<Axis<T>>().unwrap().values().iter().map(|value| value.written()).collect()
    }

    #[test]
    fn a_value_a_list_and_a_range_are_values_in_ascending_order_each_once() {
        assert_eq!(texts::<Duration>("50ms"), ["50ms"]);
        assert_eq!(texts::<Duration>("1s, 10ms,1000ms"), ["10ms", "1s"]);
        assert_eq!(texts::<Duration>("10ms..1s/3"), ["10ms", "100ms", "1s"]);
        assert_eq!(texts::<Duration>("10ms..1s/5"), ["10ms", "31ms 600us", "100ms", "316ms", "1s"]);
        assert_eq!(texts::<Duration>("10ms..20ms/2,15ms"), ["10ms", "15ms", "20ms"]);
        assert_eq!(texts::<Rate>("100..1000/5"), ["100/s", "178/s", "316/s", "562/s", "1000/s"]);
        assert_eq!(texts::<Rate>("30/m..1/s/2, 7"), ["0.5/s", "1/s", "7/s"]);
        assert_eq!(texts::<u32>("8..256/6"), ["8", "16", "32", "64", "128", "256"]);
        assert_eq!(texts::<u32>("1..3/9"), ["1", "2", "3"]);
        assert_eq!("1..3/9".parse::<Axis<u32>>().unwrap().twice(), 6);
        assert_eq!("10ms..1s/3".parse::<Axis<Duration>>().unwrap().twice(), 0);
    }

    #[test]
    fn what_is_no_axis_is_named_with_what_to_write() {
        let wrong = |told: Result<(), AxisError>, parts: &[&str]| {
            let told = told.unwrap_err().to_string();
            assert!(parts.iter().all(|part| told.contains(part)), "{parts:?} in {told}");
        };
        let deadline = |text: &str| text.parse::<Axis<Duration>>().map(drop);
        let rate = |text: &str| text.parse::<Axis<Rate>>().map(drop);
        let concurrency = |text: &str| text.parse::<Axis<u32>>().map(drop);
        wrong(deadline(""), &["`` is no duration"]);
        wrong(deadline("10ms,,1s"), &["`` is no duration"]);
        wrong(deadline("10..1s/5"), &["`10` is no duration", "50ms"]);
        wrong(deadline("10ms..soon/5"), &["`soon` is no duration"]);
        wrong(deadline("10ms..1s"), &["`10ms..1s/12`"]);
        wrong(deadline("10ms..1s/x"), &["`1s/x` is no duration"]);
        wrong(deadline("10ms..1s/1"), &["`1` points", "2 to 1000"]);
        wrong(deadline("10ms..1s/-3"), &["`-3` points"]);
        wrong(deadline("10ms..1s/1000000"), &["`1000000` points"]);
        wrong(deadline("1s..10ms/5"), &["does not rise", "`10ms..1s/12`"]);
        wrong(deadline("0s..10ms/5"), &["does not rise from above zero"]);
        wrong(rate("100..1000/s"), &["does not say how many points"]);
        wrong(rate("many"), &["`many` is no rate"]);
        wrong(concurrency("0"), &["`0` is no number of arrivals in flight", "`64`"]);
        wrong(concurrency("4.5"), &["`4.5`"]);
        let many: Vec<String> = (1..=MOST_POINTS + 1).map(|number| number.to_string()).collect();
        wrong(concurrency(&many.join(",")), &["1001 values"]);
    }

    proptest! {
        #[test]
        fn a_range_keeps_its_ends_and_steps_by_one_ratio_but_for_rounding(
            low in 1u64..1_000_000_000, times in 1.5f64..1e6, points in 2usize..40,
        ) {
            let low = Duration::from_nanos(low * 1_000);
            let high = Duration::from_nanos((low.number() * times) as u64);
            let text = format!("{}..{}/{points}", exact(low), exact(high));
            let axis: Axis<Duration> = text.parse().unwrap();
            let values = axis.values();
            prop_assert_eq!((values[0], values[values.len() - 1]), (low, high));
            prop_assert!(values.len() <= points && values.windows(2).all(|pair| pair[0] < pair[1]));
            let ratio = (high.number() / low.number()).powf(1.0 / (points - 1) as f64);
            for (at, value) in values.iter().enumerate().filter(|_| values.len() == points) {
                let ideal = low.number() * ratio.powf(at as f64);
                prop_assert!((value.number() / ideal - 1.0).abs() < 0.006, "{:?} at {at} of {text}", value);
            }
            prop_assert_eq!(axis.to_string().parse::<Axis<Duration>>().unwrap(), axis);
        }

        #[test]
        fn no_text_is_a_panic(text in "[0-9a-z.,/ -]{0,24}") {
            let _ = (text.parse::<Axis<Duration>>(), text.parse::<Axis<Rate>>(), text.parse::<Axis<u32>>());
        }
    }
}
