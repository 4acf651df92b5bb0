//! The `[workload]` table of `http` as it is written: typed, with the place of every value, not yet checked.
//!
//! Owns the names of the keys. It must not know what any of them means.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use serde_json::json;
use toml::Spanned;

use crate::workload::synthetic::LatencyParams;

/// The parameters of [`Http`](super::Http).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(description = "A task sends a request and reads the response to its end.")]
pub struct Params {
    /// The method of the request.
    #[schemars(with = "Option<String>", extend("default" = "GET"))]
    pub(super) method: Option<Spanned<String>>,
    /// Where requests go; left out: to a server of its own, on a thread of its own.
    #[schemars(with = "Option<String>", extend("examples" = ["https://api.example/item/{id}"]))]
    pub(super) url: Option<Spanned<String>>,
    /// What `{id}` is drawn from.
    #[schemars(with = "Option<Range>")]
    pub(super) id: Option<Spanned<Range>>,
    /// A file with a header and rows: `{user}` is the column `user` of the task's row.
    #[schemars(with = "Option<String>")]
    pub(super) csv: Option<Spanned<String>>,
    /// Headers by their names.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub(super) headers: BTreeMap<Spanned<String>, Spanned<String>>,
    /// The body of the request.
    #[schemars(with = "Option<String>")]
    pub(super) body: Option<Spanned<String>>,
    /// The file that is the body of the request.
    #[schemars(with = "Option<String>")]
    pub(super) body_file: Option<Spanned<String>>,
    /// The version of HTTP that is spoken, 1.1 or 2.
    #[schemars(with = "Option<Words>", extend("default" = "1.1"))]
    pub(super) version: Option<Spanned<Words>>,
    /// How many connections of HTTP/1.1 are kept while they are not used.
    #[serde(default = "thousand")]
    pub(super) pool: usize,
    /// The statuses of a task that is done, such as 404 or "2xx".
    #[schemars(with = "Option<Words>", extend("default" = "2xx"))]
    pub(super) expect: Option<Spanned<Words>>,
    /// Whether any certificate is believed.
    #[schemars(with = "Option<bool>", extend("default" = false))]
    pub(super) insecure: Option<Spanned<bool>>,
    /// A file of roots that are believed beside those of the system.
    #[schemars(with = "Option<String>")]
    pub(super) ca: Option<Spanned<String>>,
    /// What its own server does; only without `url`.
    #[schemars(with = "Option<ServerParams>")]
    pub(super) server: Option<Spanned<ServerParams>>,
}

impl Params {
    /// Whether any certificate is believed.
    #[cfg(feature = "tls")]
    pub(super) fn is_insecure(&self) -> bool {
        self.insecure.as_ref().is_some_and(|insecure| *insecure.get_ref())
    }
}

fn thousand() -> usize {
    1000
}

/// The version of HTTP that is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// A connection for each request under way.
    Http1,
    /// One connection for all.
    Http2,
}

/// What `{id}` is drawn from, both ends included.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Range {
    /// The smallest.
    pub(super) from: u64,
    /// The largest.
    pub(super) to: u64,
}

/// What the workload's own server does.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Server")]
pub(super) struct ServerParams {
    /// How long it takes for a response.
    #[schemars(with = "Option<LatencyParams>")]
    pub(super) delay: Option<Spanned<LatencyParams>>,
    /// The share of responses that are a 500.
    #[schemars(with = "Option<f64>", range(min = 0, max = 1))]
    pub(super) fail: Option<Spanned<f64>>,
    /// How many bytes a response has.
    #[schemars(with = "Option<u32>")]
    pub(super) body: Option<Spanned<u32>>,
}

/// Words: one text or number, or a list of them.
#[derive(Debug, Clone)]
pub(super) struct Words(pub(super) Vec<String>);

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordsVisitor)
    }
}

impl JsonSchema for Words {
    fn schema_name() -> Cow<'static, str> {
        "Words".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let word = json!({ "type": ["string", "number"] });
        json_schema!({ "oneOf": [word, { "type": "array", "items": word, "minItems": 1 }] })
    }
}

struct WordsVisitor;

impl<'de> Visitor<'de> for WordsVisitor {
    type Value = Words;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a number, or a list of them")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Words, E> {
        Ok(Words(vec![text.to_owned()]))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Words, E> {
        Ok(Words(vec![number.to_string()]))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Words, E> {
        Ok(Words(vec![number.to_string()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Words, A::Error> {
        let mut words = Vec::new();
        while let Some(Words(more)) = list.next_element()? {
            words.extend(more);
        }
        Ok(Words(words))
    }
}
