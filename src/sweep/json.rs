//! The points as JSON, in the order and by the names of `points.csv`.

use std::io::{self, Write};

use serde_json::{Map, Value as Json, json};

use super::Sweep;
use super::files::SCHEMA;
use super::grid::Level;
use super::measure::{Measure, Unit, Value};
use super::point::{PointResult, Spread};
use crate::scenario::Plan;
use crate::units::nanos;

/// Writes the points of a sweep.
///
/// # Errors
/// Those of `out`.
pub fn write(sweep: &Sweep, out: &mut dyn Write) -> io::Result<()> {
    let points: Vec<Json> = sweep.points().iter().map(|result| point(result, sweep.base())).collect();
    let whole = json!({
        "schema": SCHEMA,
        "scenario": sweep.base().name,
        "directory": sweep.path().display().to_string(),
        "complete": sweep.left().is_empty(),
        "repeats": sweep.grid().repeats(),
        "points": points,
    });
    serde_json::to_writer_pretty(&mut *out, &whole)?;
    writeln!(out)
}

fn point(result: &PointResult, base: &Plan) -> Json {
    let place = result.point;
    let (rate, concurrency) = match place.load(base) {
        None => (None, None),
        Some(Level::Rate(rate)) => (Some(rate.as_per_second()), None),
        Some(Level::Concurrency(number)) => (None, Some(number)),
    };
    let mut point = Map::new();
    point.insert("on_timeout".to_owned(), place.policy.word().into());
    point.insert("deadline_ns".to_owned(), nanos(place.deadline).into());
    point.insert("rate_per_s".to_owned(), rate.into());
    point.insert("concurrency".to_owned(), concurrency.into());
    point.insert("runs".to_owned(), result.runs.len().into());
    point.insert("failed_runs".to_owned(), result.failures.len().into());
    point.insert("balanced".to_owned(), result.is_balanced().into());
    point.insert("reason".to_owned(), result.failures.first().cloned().into());
    for measure in Measure::ALL {
        point.insert(
            measure.column().to_owned(),
            result.spread(measure).map(|spread| self::spread(measure, spread)).into(),
        );
    }
    point.into()
}

fn spread(measure: Measure, Spread { median, min, max }: Spread) -> Json {
    let number = |value: Value| -> Json {
        match measure.unit() {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was a duration")]
            Unit::Time => (value.number as u64).into(),
            Unit::Share | Unit::PerSecond => value.number.into(),
        }
    };
    let mut spread = json!({ "median": number(median), "min": number(min), "max": number(max) });
    if measure.unit() == Unit::Time {
        spread["censored"] = median.censored.into();
    }
    spread
}
