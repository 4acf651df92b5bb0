//! What a run was held against, read back from its summary.

use std::time::Duration;

use serde_json::Number;

use super::file::quoted;
use super::policy;
use crate::export::format::{Baseline as Raw, Compared, ComparedKey, Difference as RawDifference};
use crate::ledger::{LaneKey, MAX_LANES};
use crate::snapshot::{
    Aspect, Baseline, Comparison, Difference, Interval, LaneComparison, Latency, Unknown, Value, Verdict,
};

/// The baseline with the outcome, or the value that is none.
pub(super) fn baseline(raw: Raw) -> Result<Baseline, String> {
    if raw.lanes.len() > MAX_LANES {
        return Err(format!("`lanes` has {}, and a run has at most {MAX_LANES}", raw.lanes.len()));
    }
    let lanes = raw.lanes.into_iter().map(lane).collect::<Result<_, _>>()?;
    Ok(Baseline::compared(raw.name, Comparison { lanes, ..Comparison::default() }))
}

fn lane(raw: Compared) -> Result<LaneComparison, String> {
    if raw.differences.len() > Aspect::ALL.len() {
        return Err(format!("`differences` has {}, expected at most {}", raw.differences.len(), Aspect::ALL.len()));
    }
    let differences = raw.differences.into_iter().map(difference).collect::<Result<_, _>>()?;
    Ok(LaneComparison::new([key(&raw.baseline)?, key(&raw.run)?], [raw.baseline.tasks, raw.run.tasks], differences))
}

fn key(raw: &ComparedKey) -> Result<LaneKey, String> {
    let policy = policy(&raw.on_timeout)
        .ok_or_else(|| format!("`on_timeout` is `{}`, expected `cancel` or `observe`", quoted(&raw.on_timeout)))?;
    Ok(LaneKey { policy, deadline: raw.deadline_ns.map(Duration::from_nanos) })
}

fn difference(raw: RawDifference) -> Result<Difference, String> {
    let aspect = Aspect::ALL.into_iter().find(|aspect| aspect.word() == raw.of);
    let aspect = aspect.ok_or_else(|| format!("`of` is `{}`, which nothing is compared in", quoted(&raw.of)))?;
    let number = |number: Option<Number>, is_bound| match number {
        None => Ok(None),
        Some(number) => match value(aspect, &number, is_bound) {
            Some(value) => Ok(Some(value)),
            None => Err(format!("`{number}` is no value of `{}`", aspect.word())),
        },
    };
    Ok(Difference {
        aspect,
        a: number(raw.baseline, raw.baseline_lower_bound)?,
        b: number(raw.run, raw.run_lower_bound)?,
        relative: raw.relative,
        interval: raw.low.zip(raw.high).map(|(low, high)| Interval { low, high }),
        verdict: verdict(&raw.verdict, raw.reason.as_deref(), raw.found)?,
    })
}

fn value(aspect: Aspect, number: &Number, is_bound: bool) -> Option<Value> {
    if aspect.is_time() {
        let time = Duration::from_nanos(number.as_u64()?);
        return Some(Value::Time(if is_bound { Latency::AtLeast(time) } else { Latency::Exactly(time) }));
    }
    let number = number.as_f64()?;
    Some(if aspect.is_share() { Value::Share(number) } else { Value::PerSecond(number) })
}

fn verdict(word: &str, reason: Option<&str>, found: Option<f64>) -> Result<Verdict, String> {
    let known = [Verdict::Better, Verdict::Worse, Verdict::NoDifference];
    let why = || Some(Verdict::NotKnown(Unknown::from_words(reason?, found)?));
    let told = known.into_iter().find(|verdict| verdict.word() == word);
    told.or_else(|| why().filter(|verdict| verdict.word() == word))
        .ok_or_else(|| format!("`verdict` is `{}`, for the reason `{}`", quoted(word), quoted(reason.unwrap_or("-"))))
}
