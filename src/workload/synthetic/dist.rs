//! From a `{ dist = … }` table to a latency that can be drawn.
//!
//! Owns the distributions: what they are called, which keys they take and what these must satisfy. It must not
//! know what the latency is for.

use std::fmt::Display;
use std::ops::Range;
use std::time::Duration;

use rand::distr::Uniform;
use rand::distr::weighted::WeightedIndex;
use rand_distr::{Exp, LogNormal, Normal, Pareto};

use super::check::{Check, all_of, any_of};
use super::latency::Latency;
use super::params::DistParams;
use super::replay::Recording;
use crate::units::{exact, nanos};

/// The standard normal distribution's 99th percentile, Φ⁻¹(0.99).
const Z99: f64 = 2.326_347_874_040_841;

/// A distribution as the file knows it.
struct Kind {
    word: &'static str,
    /// The keys it needs, no more and no fewer.
    keys: &'static [&'static str],
    /// Gives `None` when it has complained, or when a key is missing.
    build: fn(&mut Check<'_>, &DistParams) -> Option<Latency>,
}

const KINDS: [Kind; 7] = [
    Kind { word: "uniform", keys: &["min", "max"], build: uniform },
    Kind { word: "exp", keys: &["mean"], build: exp },
    Kind { word: "normal", keys: &["mean", "stdev"], build: normal },
    Kind { word: "lognormal", keys: &["p50", "p99"], build: lognormal },
    Kind { word: "pareto", keys: &["scale", "shape"], build: pareto },
    Kind { word: "mix", keys: &["of"], build: mix },
    Kind { word: "replay", keys: &["file"], build: replay },
];

/// The latency that the table at `span` describes.
pub(super) fn latency(check: &mut Check<'_>, dist: &DistParams, span: Range<usize>) -> Option<Latency> {
    let word = dist.dist.get_ref().as_str();
    let Some(kind) = KINDS.iter().find(|kind| kind.word == word) else {
        let words = any_of(KINDS.iter().map(|kind| kind.word));
        return check.wrong(dist.dist.span(), format!("`{word}` is no distribution; expected {words}"));
    };
    let before = check.errors.len();
    for (key, at) in dist.given().filter(|(key, _)| !kind.keys.contains(key)) {
        check.wrong::<()>(at, format!("`{word}` takes no `{key}`; expected {}", all_of(kind.keys)));
    }
    for key in kind.keys.iter().filter(|key| dist.given().all(|(given, _)| given != **key)) {
        check.wrong::<()>(span.clone(), format!("`{word}` needs `{key}`; expected {}", all_of(kind.keys)));
    }
    (kind.build)(check, dist).filter(|_| check.errors.len() == before)
}

fn uniform(check: &mut Check<'_>, dist: &DistParams) -> Option<Latency> {
    let (min, max) = (check.time(dist.min.as_ref()), check.time(dist.max.as_ref()));
    let (min, max) = (min?, max?);
    if max < min {
        let message = format!("`max` {} is less than `min` {}", exact(max), exact(min));
        return check.wrong(dist.max.as_ref()?.span(), message);
    }
    built(check, dist, Uniform::new_inclusive(nanos(min), nanos(max))).map(Latency::Uniform)
}

fn exp(check: &mut Check<'_>, dist: &DistParams) -> Option<Latency> {
    let mean = check.positive("mean", dist.mean.as_ref())?;
    built(check, dist, Exp::new(1.0 / ns(mean))).map(Latency::Exp)
}

fn normal(check: &mut Check<'_>, dist: &DistParams) -> Option<Latency> {
    let (mean, stdev) = (check.positive("mean", dist.mean.as_ref()), check.time(dist.stdev.as_ref()));
    built(check, dist, Normal::new(ns(mean?), ns(stdev?))).map(Latency::Normal)
}

fn lognormal(check: &mut Check<'_>, dist: &DistParams) -> Option<Latency> {
    let (p50, p99) = (check.positive("p50", dist.p50.as_ref()), check.time(dist.p99.as_ref()));
    let (p50, p99) = (p50?, p99?);
    if p99 <= p50 {
        let message = format!("`p99` {} is not above `p50` {}", exact(p99), exact(p50));
        return check.wrong(dist.p99.as_ref()?.span(), message);
    }
    built(check, dist, LogNormal::new(ns(p50).ln(), (ns(p99) / ns(p50)).ln() / Z99)).map(Latency::LogNormal)
}

fn pareto(check: &mut Check<'_>, dist: &DistParams) -> Option<Latency> {
    let scale = check.positive("scale", dist.scale.as_ref());
    let shape = dist.shape.as_ref().and_then(|shape| check.number("shape", shape));
    built(check, dist, Pareto::new(ns(scale?), shape?)).map(Latency::Pareto)
}

fn mix(check: &mut Check<'_>, dist: &DistParams) -> Option<Latency> {
    let of = dist.of.as_ref()?;
    let choices = of.get_ref();
    if choices.is_empty() {
        return check.wrong(of.span(), r#"`mix` of nothing; expected some { weight = 1, sleep = "5ms" }"#);
    }
    let mut weights = Vec::new();
    let mut latencies = Vec::new();
    for choice in choices {
        weights.extend(check.number("weight", &choice.weight));
        latencies.extend(check.latency(&choice.sleep));
    }
    if weights.len() < choices.len() || latencies.len() < choices.len() {
        return None;
    }
    let index = built(check, dist, WeightedIndex::new(weights))?;
    Some(Latency::Mix(index, latencies.into()))
}

fn replay(check: &mut Check<'_>, dist: &DistParams) -> Option<Latency> {
    let file = dist.file.as_ref()?;
    let name = file.get_ref();
    let bytes = match check.setup.read(name) {
        Ok(bytes) => bytes,
        Err(error) => return check.wrong(file.span(), format!("cannot read `{name}`: {error}")),
    };
    match Recording::parse(&bytes) {
        Ok(recording) => Some(Latency::Replay(recording)),
        Err(error) => check.wrong(file.span(), format!("`{name}` {error}")),
    }
}

/// What a library made of parameters that are right one by one, and may yet be too much together.
fn built<T, E: Display>(check: &mut Check<'_>, dist: &DistParams, built: Result<T, E>) -> Option<T> {
    match built {
        Ok(built) => Some(built),
        Err(error) => {
            let message = format!("`{}` cannot be drawn from: {error}", dist.dist.get_ref());
            check.wrong(dist.dist.span(), message)
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "an hour has 42 bits of nanoseconds")]
fn ns(duration: Duration) -> f64 {
    nanos(duration) as f64
}

#[cfg(test)]
mod tests {
    use schemars::{JsonSchema, SchemaGenerator};

    use super::super::params::Distribution;
    use super::*;

    #[test]
    fn the_schema_has_the_distributions_there_are_each_with_its_keys() {
        let mut generator = SchemaGenerator::default();
        let schema = Distribution::json_schema(&mut generator).to_value();
        let variants = schema["oneOf"].as_array().unwrap().iter();
        let said = variants.map(|variant| {
            let keys = variant["required"].as_array().unwrap().iter().filter_map(|key| key.as_str());
            (variant["properties"]["dist"]["const"].as_str().unwrap(), keys.skip(1).collect::<Vec<_>>())
        });
        assert_eq!(
            said.collect::<Vec<_>>(),
            KINDS.iter().map(|kind| (kind.word, kind.keys.to_vec())).collect::<Vec<_>>()
        );
    }
}
