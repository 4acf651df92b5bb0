//! A point of the grid with what its runs came to: the median, and how far they lie apart.

use super::grid::{Point, Visit};
use super::measure::{Measure, Measured, Value};

/// A run that was tried: what it measured, or why it measured nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// Which one.
    pub visit: Visit,
    /// What came of it.
    pub measured: Result<Measured, String>,
}

/// One point with its runs so far.
#[derive(Debug, Clone, PartialEq)]
pub struct PointResult {
    /// Where.
    pub point: Point,
    /// What its runs measured.
    pub runs: Vec<Measured>,
    /// Why others measured nothing.
    pub failures: Vec<String>,
}

/// A measure over the repeats of a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The middle one; of an even number of repeats the mean of the two in the middle.
    pub median: Value,
    /// The smallest.
    pub min: Value,
    /// The largest.
    pub max: Value,
}

impl PointResult {
    pub(super) fn new(point: Point, finished: &[Finished]) -> Self {
        let mut result = Self { point, runs: Vec::new(), failures: Vec::new() };
        for run in finished.iter().filter(|run| run.visit.point == point) {
            match &run.measured {
                Ok(measured) => result.runs.push(measured.clone()),
                Err(reason) => result.failures.push(reason.clone()),
            }
        }
        result
    }

    /// A measure over its runs; `None` where none of them has it.
    #[must_use]
    pub fn spread(&self, measure: Measure) -> Option<Spread> {
        Spread::of(self.runs.iter().filter_map(|run| run.value(measure)).collect())
    }

    /// The median of a measure.
    #[must_use]
    pub fn median(&self, measure: Measure) -> Option<f64> {
        self.spread(measure).map(|spread| spread.median.number)
    }

    /// Whether the books of all its runs balance.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        self.runs.iter().all(|run| run.balanced)
    }
}

impl Spread {
    /// A median above a lower bound is one too: what is only bounded could lie above it.
    fn of(mut values: Vec<Value>) -> Option<Self> {
        values.sort_by(|a, b| a.number.total_cmp(&b.number));
        let (&min, &max) = (values.first()?, values.last()?);
        let (low, high) = (values[(values.len() - 1) / 2].number, values[values.len() / 2].number);
        let censored = values[..=values.len() / 2].iter().any(|value| value.censored);
        Some(Self { median: Value { number: f64::midpoint(low, high), censored }, min, max })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn known(number: f64) -> Value {
        Value { number, censored: false }
    }

    const fn bound(number: f64) -> Value {
        Value { number, censored: true }
    }

    #[test]
    fn the_median_is_the_middle_one_and_the_mean_of_two() {
        let median = |values: &[Value]| Spread::of(values.to_vec()).map(|spread| spread.median);
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[known(3.0)]), Some(known(3.0)));
        assert_eq!(median(&[known(3.0), known(1.0)]), Some(known(2.0)));
        assert_eq!(median(&[known(9.0), known(1.0), known(3.0)]), Some(known(3.0)));
    }

    #[test]
    fn a_median_with_a_lower_bound_below_it_is_a_lower_bound() {
        let spread = |values: &[Value]| Spread::of(values.to_vec()).unwrap();
        assert_eq!(spread(&[known(10.0), bound(50.0), bound(51.0)]).median, bound(50.0));
        assert_eq!(spread(&[bound(10.0), known(20.0), known(30.0)]).median, bound(20.0));
        let above = spread(&[known(10.0), known(20.0), bound(30.0)]);
        assert_eq!((above.median, above.min, above.max), (known(20.0), known(10.0), bound(30.0)));
    }
}
