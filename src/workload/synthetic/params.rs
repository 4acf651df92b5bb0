//! The `[workload]` table as it is written: typed, with the place of every value, not yet checked.
//!
//! Owns the names of the keys. It must not know what any of them means.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use toml::Spanned;

/// The parameters of [`Synthetic`](super::Synthetic).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Named semaphores shared by all tasks, with their permits.
    #[serde(default)]
    pub(super) pools: BTreeMap<Spanned<String>, Spanned<u32>>,
    /// What a task does, in order.
    #[serde(default)]
    pub(super) step: Vec<StepParams>,
}

/// One `[[workload.step]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StepParams {
    pub(super) name: Spanned<String>,
    pub(super) acquire: Option<Spanned<String>>,
    pub(super) sleep: Option<Spanned<LatencyParams>>,
    pub(super) cpu: Option<Spanned<LatencyParams>>,
    pub(super) blocking: Option<Spanned<LatencyParams>>,
    #[serde(rename = "yield")]
    pub(super) yields: Option<u32>,
    pub(super) fail: Option<Spanned<f64>>,
    pub(super) panic: Option<Spanned<f64>>,
}

/// A latency: a duration that stands for itself, or a distribution.
#[derive(Debug, Clone)]
pub(in crate::workload) enum LatencyParams {
    /// `"5ms"`.
    Constant(String),
    /// `{ dist = "exp", mean = "5ms" }`.
    Dist(Box<DistParams>),
}

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
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChoiceParams {
    pub(super) weight: Spanned<f64>,
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
