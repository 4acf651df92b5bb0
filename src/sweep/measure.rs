//! What is kept of a run: one number for each measure.

use std::fmt;
use std::time::Duration;

use crate::ledger::Metric;
use crate::outcome::GatherOutcome;
use crate::snapshot::{LaneView, Latency, Snapshot};
use crate::units::{Rate, human, nanos, percent};

/// What is compared between the points of a grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Measure {
    /// Deadlines missed, of the tasks that met or missed theirs.
    Missed,
    /// Tasks done by their deadline, a second of load.
    Goodput,
    /// The median from the intended arrival.
    ResponseP50,
    /// What one in a hundred exceeds, from the intended arrival.
    ResponseP99,
    /// The median from the spawn.
    ServiceP50,
    /// What one in a hundred exceeds, from the spawn.
    ServiceP99,
    /// Cancelled tasks, whoever asked, of those spawned.
    Cancelled,
    /// Complete gathers, of those started.
    Complete,
    /// Time of tasks that were late or cancelled, of the time of all that ended.
    Wasted,
}

/// What a number is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A part of a whole.
    Share,
    /// A count a second.
    PerSecond,
    /// A time, nanoseconds.
    Time,
}

/// A number, known or known to be no smaller.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Value {
    /// The number, in the measure's unit.
    pub number: f64,
    /// Whether it is a lower bound, as some tasks were cancelled or unfinished.
    pub censored: bool,
}

/// What was measured in one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Tasks spawned.
    pub spawned: u64,
    /// Tasks that returned an error or panicked.
    pub failed: u64,
    /// Whether the books balance and every task that ended has its one latency.
    pub balanced: bool,
    values: [Option<Value>; Measure::ALL.len()],
}

impl Measure {
    /// Every measure, in the order of the columns.
    pub const ALL: [Self; 9] = [
        Self::Missed,
        Self::Goodput,
        Self::ResponseP50,
        Self::ResponseP99,
        Self::ServiceP50,
        Self::ServiceP99,
        Self::Cancelled,
        Self::Complete,
        Self::Wasted,
    ];

    /// Its column.
    #[must_use]
    pub const fn column(self) -> &'static str {
        match self {
            Self::Missed => "missed_share",
            Self::Goodput => "goodput_per_s",
            Self::ResponseP50 => "response_p50_ns",
            Self::ResponseP99 => "response_p99_ns",
            Self::ServiceP50 => "service_p50_ns",
            Self::ServiceP99 => "service_p99_ns",
            Self::Cancelled => "cancelled_share",
            Self::Complete => "gathers_complete_share",
            Self::Wasted => "wasted_share",
        }
    }

    /// What its number is of.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            Self::Missed | Self::Cancelled | Self::Complete | Self::Wasted => Unit::Share,
            Self::Goodput => Unit::PerSecond,
            Self::ResponseP50 | Self::ResponseP99 | Self::ServiceP50 | Self::ServiceP99 => Unit::Time,
        }
    }

    fn of(self, lane: &LaneView, load: Duration) -> Option<Value> {
        let exactly = |number| Value { number, censored: false };
        let latency = |metric, q| lane.quantile(metric, q).map(Value::from);
        match self {
            Self::Missed => lane.timed_out_rate().map(exactly),
            Self::Goodput => ratio(lane.on_time(), load.as_secs_f64()).map(exactly),
            Self::ResponseP50 => latency(Metric::Response, 0.5),
            Self::ResponseP99 => latency(Metric::Response, 0.99),
            Self::ServiceP50 => latency(Metric::Service, 0.5),
            Self::ServiceP99 => latency(Metric::Service, 0.99),
            Self::Cancelled => share(lane.cancelled(), lane.spawned).map(exactly),
            Self::Complete => {
                let gathers = lane.book.gathers()?;
                share(gathers.decided(GatherOutcome::Complete), gathers.started).map(exactly)
            }
            Self::Wasted => {
                let waste = lane.waste();
                (!waste.all.time.is_zero()).then(|| exactly(waste.share(waste.lost)))
            }
        }
    }
}

impl Unit {
    /// A number as people read it.
    #[must_use]
    pub fn shown(self, number: f64) -> String {
        match self {
            Self::Share => percent(number),
            Self::PerSecond => Rate::per_second(number).map_or_else(|| "–".to_owned(), |rate| rate.to_string()),
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was a duration")]
            Self::Time => human(Duration::from_nanos(number as u64)),
        }
    }
}

impl From<Latency> for Value {
    #[expect(clippy::cast_precision_loss, reason = "exact up to a hundred days")]
    fn from(latency: Latency) -> Self {
        Self { number: nanos(latency.bound()) as f64, censored: matches!(latency, Latency::AtLeast(_)) }
    }
}

impl Value {
    /// It as people read it, a lower bound with `≥`.
    #[must_use]
    pub fn shown(self, unit: Unit) -> impl fmt::Display {
        format!("{}{}", if self.censored { "≥ " } else { "" }, unit.shown(self.number))
    }
}

impl Measured {
    /// What a finished run comes to, its load having lasted `load`: the drain is none, and lasts as long as the policy
    /// lets tasks go on.
    #[must_use]
    pub fn of(run: &Snapshot, load: Duration) -> Self {
        let lane = run.current_lane();
        let values = Measure::ALL.map(|measure| measure.of(lane?, load));
        Self {
            spawned: run.total(|lane| lane.spawned),
            failed: run.total(|lane| lane.failed() + lane.panicked()),
            balanced: run.balanced == Some(true) && run.total(LaneView::dropped) == 0,
            values,
        }
    }

    /// What was read of a run.
    pub(super) const fn new(
        spawned: u64,
        failed: u64,
        balanced: bool,
        values: [Option<Value>; Measure::ALL.len()],
    ) -> Self {
        Self { spawned, failed, balanced, values }
    }

    /// One of its numbers; `None` where there was nothing to measure.
    #[must_use]
    pub const fn value(&self, measure: Measure) -> Option<Value> {
        self.values[measure as usize]
    }
}

#[expect(clippy::cast_precision_loss, reason = "2^53 tasks are out of reach")]
fn ratio(part: u64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part as f64 / whole)
}

#[expect(clippy::cast_precision_loss, reason = "2^53 tasks are out of reach")]
fn share(part: u64, whole: u64) -> Option<f64> {
    ratio(part, whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::fixture;

    #[test]
    fn the_numbers_of_a_run_are_those_of_its_lane() {
        let run = fixture::finished();
        let lane = run.current_lane().unwrap();
        let measured = Measured::of(&run, Duration::from_secs(10));
        let number = |measure| measured.value(measure).map(|value| value.number);
        assert_eq!(number(Measure::Missed), lane.timed_out_rate());
        assert_eq!(number(Measure::Goodput), Some(lane.on_time() as f64 / 10.0));
        assert_eq!(number(Measure::Cancelled), Some(lane.cancelled() as f64 / lane.spawned as f64));
        assert!((0.0..=1.0).contains(&number(Measure::Wasted).unwrap()));
        assert!((0.0..=1.0).contains(&number(Measure::Complete).unwrap()));
        assert_eq!(measured.spawned, run.lanes.iter().map(|lane| lane.spawned).sum::<u64>());
        for measure in [Measure::ResponseP50, Measure::ResponseP99, Measure::ServiceP50, Measure::ServiceP99] {
            assert_eq!(measure.unit(), Unit::Time);
            assert!(number(measure).unwrap() > 0.0);
        }
    }

    #[test]
    fn a_lower_bound_says_so() {
        let cancelled = Value::from(Latency::AtLeast(Duration::from_millis(50)));
        assert_eq!(cancelled.shown(Unit::Time).to_string(), "≥ 50.0 ms");
        assert_eq!(Value { number: 0.177, censored: false }.shown(Unit::Share).to_string(), "17.7 %");
        assert_eq!(Value { number: 411.0, censored: false }.shown(Unit::PerSecond).to_string(), "411/s");
    }

    #[test]
    fn a_run_without_a_task_has_no_number() {
        let measured = Measured::of(&fixture::empty(), Duration::ZERO);
        assert!(Measure::ALL.iter().all(|&measure| measured.value(measure).is_none()));
    }
}
