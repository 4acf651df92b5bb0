//! What a run was held against, in `summary.json`.

use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::Snapshot;
use crate::ledger::LaneKey;
use crate::snapshot::{self, Comparison, LaneComparison, Latency, Unknown, Value, Verdict};
use crate::units;

/// The baseline and how the run compares with it; times are in nanoseconds, rates are a second, shares parts of 1.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Baseline {
    pub(crate) name: String,
    verdict: String,
    pub(crate) lanes: Vec<Compared>,
}

/// A lane of the run beside one of the baseline.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Compared {
    pub(crate) baseline: Key,
    pub(crate) run: Key,
    pub(crate) differences: Vec<Difference>,
}

/// A lane and its tasks.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) on_timeout: String,
    pub(crate) deadline_ns: Option<u64>,
    pub(crate) tasks: u64,
}

/// What differs, or does not.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Difference {
    pub(crate) of: String,
    pub(crate) baseline: Option<Number>,
    pub(crate) baseline_lower_bound: bool,
    pub(crate) run: Option<Number>,
    pub(crate) run_lower_bound: bool,
    pub(crate) relative: Option<f64>,
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
    pub(crate) verdict: String,
    pub(crate) reason: Option<String>,
    pub(crate) found: Option<f64>,
}

impl Baseline {
    /// `None` where there is none, and while the run goes on.
    pub(super) fn of(run: &Snapshot) -> Option<Self> {
        let (comparison, baseline) = (run.regression()?, run.info.baseline.as_ref()?);
        Some(Self {
            name: baseline.name.clone(),
            verdict: comparison.verdict().map_or(Comparison::MIXED, Verdict::word).to_owned(),
            lanes: comparison.lanes.iter().map(Compared::from).collect(),
        })
    }
}

impl From<&LaneComparison> for Compared {
    fn from(lane: &LaneComparison) -> Self {
        let key = |key: LaneKey, tasks| Key {
            on_timeout: key.policy.word().to_owned(),
            deadline_ns: key.deadline.map(units::nanos),
            tasks,
        };
        Self {
            baseline: key(lane.a, lane.tasks[0]),
            run: key(lane.b, lane.tasks[1]),
            differences: lane.differences.iter().map(Difference::from).collect(),
        }
    }
}

impl From<&snapshot::Difference> for Difference {
    fn from(difference: &snapshot::Difference) -> Self {
        let is_bound = |value: Option<Value>| value.is_some_and(Value::is_censored);
        let why = match difference.verdict {
            Verdict::NotKnown(why) => Some(why),
            Verdict::Better | Verdict::Worse | Verdict::NoDifference => None,
        };
        Self {
            of: difference.aspect.word().to_owned(),
            baseline: difference.a.and_then(number),
            baseline_lower_bound: is_bound(difference.a),
            run: difference.b.and_then(number),
            run_lower_bound: is_bound(difference.b),
            relative: difference.relative,
            low: difference.interval.map(|interval| interval.low),
            high: difference.interval.map(|interval| interval.high),
            verdict: difference.verdict.word().to_owned(),
            reason: why.map(|why| why.word().to_owned()),
            found: why.and_then(Unknown::found),
        }
    }
}

fn number(value: Value) -> Option<Number> {
    match value {
        Value::Time(Latency::Exactly(time) | Latency::AtLeast(time)) => Some(units::nanos(time).into()),
        Value::PerSecond(number) | Value::Share(number) => Number::from_f64(number),
    }
}
