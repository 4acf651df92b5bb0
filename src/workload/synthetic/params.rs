//! The `[workload]` table as it is written: typed, with the place of every value, not yet checked.
//!
//! Owns the names of the keys. It must not know what any of them means.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use toml::Spanned;

use crate::document::DurationText;

/// The parameters of [`Synthetic`](super::Synthetic).
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(description = "A task is a list of named steps with drawn latencies.", extend("required" = ["step"]))]
pub struct Params {
    /// Named semaphores shared by all tasks, with their permits.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Permits>")]
    pub(super) pools: BTreeMap<Spanned<String>, Spanned<u32>>,
    /// What a task does, in order.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(super) step: Vec<StepParams>,
}

/// How many tasks may hold a pool at once.
#[derive(JsonSchema)]
#[schemars(inline)]
#[expect(dead_code, reason = "nothing but its schema is used")]
struct Permits(#[schemars(range(min = 1))] u32);

/// One `[[workload.step]]`: it does what it has in the order of these keys.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Step")]
pub(super) struct StepParams {
    /// What it is called, without a `/`.
    #[schemars(with = "String", regex(pattern = "^[^/]+$"))]
    pub(super) name: Spanned<String>,
    /// The pool that it takes a permit of, held until the step ends.
    #[schemars(with = "Option<String>")]
    pub(super) acquire: Option<Spanned<String>>,
    /// How long it waits.
    #[schemars(with = "Option<LatencyParams>")]
    pub(super) sleep: Option<Spanned<LatencyParams>>,
    /// How long it keeps the worker busy within one poll, by the clock.
    #[schemars(with = "Option<LatencyParams>")]
    pub(super) cpu: Option<Spanned<LatencyParams>>,
    /// How long it sleeps on a thread of the blocking pool.
    #[schemars(with = "Option<LatencyParams>")]
    pub(super) blocking: Option<Spanned<LatencyParams>>,
    /// How many times it lets others run.
    #[serde(rename = "yield")]
    pub(super) yields: Option<u32>,
    /// The probability that it returns an error.
    #[schemars(with = "Option<f64>", range(min = 0, max = 1))]
    pub(super) fail: Option<Spanned<f64>>,
    /// The probability that it panics.
    #[schemars(with = "Option<f64>", range(min = 0, max = 1))]
    pub(super) panic: Option<Spanned<f64>>,
}

/// A latency: a duration that stands for itself, or a distribution.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged, rename = "Latency")]
pub(in crate::workload) enum LatencyParams {
    /// `"5ms"`.
    Constant(#[schemars(with = "DurationText")] String),
    /// `{ dist = "exp", mean = "5ms" }`.
    Dist(#[schemars(with = "Distribution")] Box<DistParams>),
}

/// A distribution, with the keys that it takes.
#[derive(JsonSchema)]
#[schemars(tag = "dist", rename_all = "lowercase", deny_unknown_fields)]
#[expect(dead_code, reason = "nothing but its schema is used")]
pub(super) enum Distribution {
    /// Any value of a range, its ends included.
    Uniform {
        /// The least.
        min: DurationText,
        /// The most.
        max: DurationText,
    },
    /// The gaps of a Poisson process.
    Exp {
        /// The mean.
        mean: DurationText,
    },
    /// The bell curve; what would be negative is zero.
    Normal {
        /// The mean.
        mean: DurationText,
        /// The standard deviation.
        stdev: DurationText,
    },
    /// A bell curve on a log axis.
    LogNormal {
        /// The median.
        p50: DurationText,
        /// The 99th percentile.
        p99: DurationText,
    },
    /// A tail that falls as a power.
    Pareto {
        /// The least.
        scale: DurationText,
        /// How fast the tail falls; the smaller, the heavier.
        shape: Positive,
    },
    /// One of several, each as often as its weight says.
    Mix {
        /// What is chosen from.
        #[schemars(length(min = 1))]
        of: Vec<ChoiceParams>,
    },
    /// What was recorded, in order.
    Replay {
        /// A CSV file with a header: `latency`, and perhaps `ending`.
        file: String,
    },
}

/// A number above zero.
#[derive(JsonSchema)]
#[schemars(inline, extend("exclusiveMinimum" = 0))]
#[expect(dead_code, reason = "nothing but its schema is used")]
pub(super) struct Positive(f64);

/// A table with a `dist` and the keys that any of the distributions take.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::workload) struct DistParams {
    pub(super) dist: Spanned<String>,
    pub(super) min: Option<Spanned<String>>,
    pub(super) max: Option<Spanned<String>>,
    pub(super) mean: Option<Spanned<String>>,
    pub(super) stdev: Option<Spanned<String>>,
    pub(super) p50: Option<Spanned<String>>,
    pub(super) p99: Option<Spanned<String>>,
    pub(super) scale: Option<Spanned<String>>,
    pub(super) shape: Option<Spanned<f64>>,
    pub(super) of: Option<Spanned<Vec<ChoiceParams>>>,
    pub(super) file: Option<Spanned<String>>,
}

impl DistParams {
    /// The keys that are there, apart from `dist`, with the place of their values.
    pub(super) fn given(&self) -> impl Iterator<Item = (&'static str, Range<usize>)> {
        fn given<T>(key: &'static str, value: Option<&Spanned<T>>) -> Option<(&'static str, Range<usize>)> {
            value.map(|v| (key, v.span()))
        }
        [
            given("min", self.min.as_ref()),
            given("max", self.max.as_ref()),
            given("mean", self.mean.as_ref()),
            given("stdev", self.stdev.as_ref()),
            given("p50", self.p50.as_ref()),
            given("p99", self.p99.as_ref()),
            given("scale", self.scale.as_ref()),
            given("shape", self.shape.as_ref()),
            given("of", self.of.as_ref()),
            given("file", self.file.as_ref()),
        ]
        .into_iter()
        .flatten()
    }
}

/// One of the latencies a `mix` chooses from.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Choice")]
pub(super) struct ChoiceParams {
    /// How often it is chosen, beside the others' weights.
    #[schemars(with = "Positive")]
    pub(super) weight: Spanned<f64>,
    /// How long it takes.
    #[schemars(with = "LatencyParams")]
    pub(super) sleep: Spanned<LatencyParams>,
}

impl<'de> Deserialize<'de> for LatencyParams {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LatencyVisitor)
    }
}

/// Tells text from table by itself: an untagged enum would lose the spans inside.
struct LatencyVisitor;

impl<'de> Visitor<'de> for LatencyVisitor {
    type Value = LatencyParams;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#"a duration such as "5ms" or a distribution such as { dist = "exp", mean = "5ms" }"#)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<LatencyParams, E> {
        Ok(LatencyParams::Constant(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<LatencyParams, A::Error> {
        DistParams::deserialize(MapAccessDeserializer::new(map)).map(|dist| LatencyParams::Dist(Box::new(dist)))
    }
}
