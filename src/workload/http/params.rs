//! The `[workload]` table of `http` as it is written: typed, with the place of every value, not yet checked.
//!
//! Owns the names of the keys. It must not know what any of them means.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use toml::Spanned;

use crate::workload::synthetic::LatencyParams;

/// The parameters of [`Http`](super::Http).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    pub(super) method: Option<Spanned<String>>,
    pub(super) url: Option<Spanned<String>>,
    pub(super) id: Option<Spanned<Range>>,
    pub(super) csv: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) headers: BTreeMap<Spanned<String>, Spanned<String>>,
    pub(super) body: Option<Spanned<String>>,
    pub(super) body_file: Option<Spanned<String>>,
    pub(super) version: Option<Spanned<Words>>,
    #[serde(default = "thousand")]
    pub(super) pool: usize,
    pub(super) expect: Option<Spanned<Words>>,
    pub(super) insecure: Option<Spanned<bool>>,
    pub(super) ca: Option<Spanned<String>>,
    pub(super) server: Option<Spanned<ServerParams>>,
}

impl Params {
    /// Whether any certificate is believed.
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
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Range {
    pub(super) from: u64,
    pub(super) to: u64,
}

/// What the workload's own server does.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServerParams {
    pub(super) delay: Option<Spanned<LatencyParams>>,
    pub(super) fail: Option<Spanned<f64>>,
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
