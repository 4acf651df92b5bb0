//! What a JSON Schema says of the texts and numbers that files hold.
//!
//! Owns the patterns; types of a file name these where they read text. It must not know which keys a file has.

use std::borrow::Cow;

use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

/// A duration, as [`parse_duration`](crate::units::parse_duration) reads it.
#[derive(Debug)]
pub(crate) struct DurationText;

/// A rate, as [`Rate`](crate::units::Rate) is read.
#[derive(Debug)]
pub(crate) struct RateText;

/// One line of text.
#[derive(Debug)]
pub(crate) struct Line;

impl JsonSchema for DurationText {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let units = "nanos|nsec|ns|usec|us|µs|millis|msec|ms|seconds|second|secs|sec|s|minutes|minute|mins|min|m|\
                     hours|hour|hrs|hr|h|days|day|d|weeks|week|wks|wk|w|months|month|M|years|year|yrs|yr|y";
        let spans = format!(r"[0-9]+\s*({units})(\s*[0-9]+(\.[0-9]+)?\s*({units}))*");
        let fraction = r"([0-9]+\.[0-9]*|\.[0-9]+)\s*(ns|us|µs|ms|s|m|min|h)";
        json_schema!({
            "type": "string",
            "description": "A number with a unit, such as `250us`, `50ms`, `1.5s` or `1m 30s`.",
            "pattern": format!(r"^\s*(0|{spans}|{fraction})\s*$"),
            "examples": ["50ms", "1.5s", "1m 30s"],
        })
    }
}

impl JsonSchema for RateText {
    fn schema_name() -> Cow<'static, str> {
        "Rate".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A number per time, such as `500/s`, `30/m` or `0.5/s`.",
            "pattern": r"^\s*\+?([0-9_]+(\.[0-9_]*)?|\.[0-9_]+)([eE][+-]?[0-9_]+)?\s*/\s*(ns|us|µs|ms|s|m|min|h)\s*$",
            "examples": ["500/s", "30/m"],
        })
    }
}

impl JsonSchema for Line {
    fn schema_name() -> Cow<'static, str> {
        "Line".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": r"^[^\u0000-\u001f\u007f-\u009f]*$" })
    }
}

/// Takes out what is Rust's and not TOML's: a key that may be left out is never `null`, and a number has no width but its range.
#[derive(Debug, Clone)]
pub(crate) struct AsToml;

impl Transform for AsToml {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else { return };
        if object.get("default").is_some_and(Value::is_null) {
            object.remove("default");
        }
        if object.get("type").is_some_and(|kind| kind != "string") {
            object.remove("format");
        }
        if let Some(Value::Array(kinds)) = object.get_mut("type") {
            kinds.retain(|kind| kind != "null");
            if let [kind] = kinds.as_slice() {
                let kind = kind.clone();
                object.insert("type".to_owned(), kind);
            }
        }
        if let Some(Value::Array(any)) = object.get_mut("anyOf") {
            any.retain(|one| one["type"] != "null");
            if any.len() == 1 {
                let only = object.remove("anyOf").unwrap_or_default();
                object.insert("allOf".to_owned(), only);
            }
        }
    }
}
