//! A comparison as JSON.

use std::io::{self, Write};

use serde_json::{Value as Json, json};

use super::Compared;
use crate::ledger::LaneKey;
use crate::snapshot::{Comparison, Difference, Drift, LaneComparison, Latency, Value, Verdict};
use crate::units::nanos;

/// The version of the format, changed when a key changes its meaning.
const SCHEMA: &str = "tardy-compare/1";

/// Writes a comparison: times in nanoseconds, rates a second, shares and relative differences as parts of 1.
///
/// # Errors
/// Those of `out`.
pub fn write(compared: &Compared, out: &mut dyn Write) -> io::Result<()> {
    let comparison = compared.comparison();
    let [a, b] = compared.runs.each_ref().map(|run| {
        let snapshot = &run.report.snapshot;
        json!({
            "name": run.name,
            "scenario": snapshot.info.scenario,
            "seed": snapshot.info.seed,
            "loaded_ns": nanos(snapshot.loaded),
            "blocks": snapshot.blocks.len(),
        })
    });
    let differing = compared.differing.iter().map(|key| json!({ "key": key.key, "a": key.a, "b": key.b }));
    let whole = json!({
        "schema": SCHEMA,
        "verdict": comparison.verdict().map_or(Comparison::MIXED, Verdict::word),
        "a": a,
        "b": b,
        "noise": compared.settings.noise,
        "confidence": compared.settings.confidence,
        "differing": differing.collect::<Vec<_>>(),
        "remarks": compared.remarks(),
        "lanes": comparison.lanes.iter().map(lane).collect::<Vec<_>>(),
        "only_a": comparison.only_a.iter().map(key).collect::<Vec<_>>(),
        "only_b": comparison.only_b.iter().map(key).collect::<Vec<_>>(),
    });
    serde_json::to_writer_pretty(&mut *out, &whole)?;
    writeln!(out)?;
    out.flush()
}

fn key(lane: &LaneKey) -> Json {
    json!({ "on_timeout": lane.policy.word(), "deadline_ns": lane.deadline.map(nanos) })
}

fn lane(lane: &LaneComparison) -> Json {
    let drift = |drift: Option<Drift>| {
        drift.map(|drift| json!({ "first_ns": nanos(drift.first), "second_ns": nanos(drift.second) }))
    };
    json!({
        "a": key(&lane.a),
        "b": key(&lane.b),
        "tasks_a": lane.tasks[0],
        "tasks_b": lane.tasks[1],
        "differences": lane.differences.iter().map(difference).collect::<Vec<_>>(),
        "ks_distance": lane.apart.map(|apart| apart.distance),
        "ks_at_ns": lane.apart.map(|apart| nanos(apart.at)),
        "mann_whitney_p": lane.rank_test,
        "drift_a": drift(lane.drift[0]),
        "drift_b": drift(lane.drift[1]),
    })
}

fn difference(difference: &Difference) -> Json {
    let aspect = difference.aspect;
    let reason = match difference.verdict {
        Verdict::NotKnown(why) => Some(why.to_string()),
        _ => None,
    };
    json!({
        "of": aspect.word(),
        "unit": unit(difference),
        "a": difference.a.map(number),
        "a_censored": difference.a.is_some_and(Value::is_censored),
        "b": difference.b.map(number),
        "b_censored": difference.b.is_some_and(Value::is_censored),
        "relative": difference.relative,
        "interval_of": if aspect.is_share() { "difference" } else { "relative" },
        "low": difference.interval.map(|interval| interval.low),
        "high": difference.interval.map(|interval| interval.high),
        "verdict": difference.verdict.word(),
        "reason": reason,
    })
}

fn unit(difference: &Difference) -> &'static str {
    match difference.aspect {
        aspect if aspect.is_time() => "ns",
        aspect if aspect.is_share() => "share",
        _ => "per_s",
    }
}

fn number(value: Value) -> Json {
    match value {
        Value::Time(Latency::Exactly(time) | Latency::AtLeast(time)) => nanos(time).into(),
        Value::PerSecond(number) | Value::Share(number) => number.into(),
    }
}
