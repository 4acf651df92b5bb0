//! The gates in `summary.json`.

use serde::Serialize;
use serde_json::Number;

use crate::condition::Limit;
use crate::gate::{Judged, Measured};
use crate::snapshot::Latency;
use crate::units;

/// A gate and what became of it; numbers are in its unit.
#[derive(Debug, Serialize)]
pub(super) struct Gate {
    fail_if: String,
    quantity: String,
    comparison: &'static str,
    limit: Number,
    unit: &'static str,
    measured: Option<Number>,
    lower_bound: bool,
    verdict: &'static str,
}

impl From<&Judged> for Gate {
    fn from(judged: &Judged) -> Self {
        let condition = &judged.condition;
        let (limit, unit) = match condition.limit() {
            Limit::Duration(duration) => (Some(units::nanos(duration).into()), "ns"),
            Limit::Count(count) => (Some(count.into()), "count"),
            Limit::Share(share) => (Number::from_f64(share), "share"),
            Limit::PerSecond(rate) => (Number::from_f64(rate), "per_s"),
            Limit::Change(change) => (Number::from_f64(change), "change"),
        };
        let measured = judged.measured.and_then(|measured| match measured {
            Measured::Time(time) => Some(units::nanos(time.bound()).into()),
            Measured::NoTime | Measured::NotKnown(_) | Measured::AtEnd | Measured::NoBaseline => None,
            Measured::Count(count) => Some(count.into()),
            Measured::Share(number) | Measured::PerSecond(number) => Number::from_f64(number),
            Measured::Change(change) => Number::from_f64(change.by),
        });
        Self {
            fail_if: condition.to_string(),
            quantity: condition.quantity_words().to_owned(),
            comparison: condition.comparison().sign(),
            limit: limit.unwrap_or_else(|| 0.into()),
            unit,
            measured,
            lower_bound: matches!(judged.measured, Some(Measured::Time(Latency::AtLeast(_)))),
            verdict: judged.verdict.word(),
        }
    }
}
