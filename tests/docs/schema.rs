//! The tables of the page of the scenario file, made from the JSON Schema of scenario files.

use std::fmt::Write;

use serde_json::Value;

/// Tables of which a part of the file consists, each by its heading and its name in the schema.
const TABLES: [(&str, &str); 11] = [
    ("## `[[workload.step]]` of `synthetic`", "Step"),
    ("## `[workload.server]` of `http`", "Server"),
    ("## `id` of `http`", "Range"),
    ("## `[load]`", "Load"),
    ("## `[[load.stage]]` of an open load", "OpenStage"),
    ("## `[[load.stage]]` of a closed load", "ClosedStage"),
    ("## `[deadline]`", "Deadline"),
    ("## `[gather]`", "Gather"),
    ("## `[run]`", "Run"),
    ("## `[gate]`", "Gate"),
    ("## Latencies", "Distribution"),
];

/// All of the file, table by table.
pub(crate) fn tables() -> String {
    let schema: Value = serde_json::from_str(include_str!("../../assets/scenario.schema.json")).unwrap();
    let schema = Schema(&schema);
    let mut page = "\n## The top of the file\n".to_owned();
    schema.table(schema.0, &mut page);
    page.push_str("\n## `[workload]`\n\nWhat else the table has depends on `kind`.\n");
    for kind in alternatives(&schema.0["properties"]["workload"]) {
        let title = kind["title"].as_str().unwrap();
        if kind["properties"]["kind"]["const"].is_string() {
            write!(page, "\n### `{title}`\n\n{}\n", text(kind)).unwrap();
            schema.table(kind, &mut page);
        }
    }
    for (heading, name) in TABLES {
        let part = schema.definition(name);
        write!(page, "\n{heading}\n").unwrap();
        if name == "Distribution" {
            page.push_str(
                "\nA latency is a duration, such as `\"5ms\"`, or a table with `dist` and the keys of that.\n",
            );
            schema.distributions(part, &mut page);
        } else if alternatives(part).is_empty() {
            schema.table(part, &mut page);
        }
        for mode in alternatives(part).iter().filter(|_| name == "Load") {
            let word = mode["properties"]["mode"]["const"].as_str().unwrap();
            write!(page, "\n### `mode = \"{word}\"`\n\n{}\n", text(mode)).unwrap();
            schema.table(mode, &mut page);
        }
    }
    page
}

fn text(part: &Value) -> &str {
    part["description"].as_str().unwrap_or_default()
}

fn alternatives(part: &Value) -> &[Value] {
    part["oneOf"].as_array().map_or(&[], Vec::as_slice)
}

/// The name of the definition a value refers to.
fn reference(value: &Value) -> Option<&str> {
    let reference = value.get("$ref").or_else(|| value["allOf"].get(0)?.get("$ref"))?;
    reference.as_str()?.rsplit('/').next()
}

struct Schema<'a>(&'a Value);

impl Schema<'_> {
    fn definition(&self, name: &str) -> &Value {
        self.0["definitions"].get(name).unwrap_or_else(|| panic!("the schema has no {name}"))
    }

    /// A row for each key but those that say which table it is.
    fn table(&self, part: &Value, page: &mut String) {
        page.push_str("\n| key | type | default | what it is |\n|---|---|---|---|\n");
        let needed = part["required"].as_array().map_or(&[][..], Vec::as_slice);
        for (key, value) in part["properties"].as_object().unwrap() {
            if value["const"].is_string() {
                continue;
            }
            let default = match value.get("default") {
                Some(default) => format!("`{default}`"),
                None if needed.iter().any(|name| name == key.as_str()) => "must be said".to_owned(),
                None => String::new(),
            };
            let what = format!("{}{}", text(value), self.choices(value));
            writeln!(page, "| `{key}` | {} | {default} | {what} |", self.kind(value)).unwrap();
        }
    }

    fn distributions(&self, part: &Value, page: &mut String) {
        page.push_str("\n| `dist` | keys | what it draws |\n|---|---|---|\n");
        for dist in alternatives(part) {
            let properties = dist["properties"].as_object().unwrap();
            let keys = properties.iter().filter(|(key, _)| *key != "dist");
            let keys: Vec<String> = keys.map(|(key, value)| format!("`{key}`, a {}", self.kind(value))).collect();
            let word = dist["properties"]["dist"]["const"].as_str().unwrap();
            writeln!(page, "| `{word}` | {} | {} |", keys.join("; "), text(dist)).unwrap();
        }
        page.push_str("\nOf a `mix` each has:\n");
        self.table(self.definition("Choice"), page);
    }

    /// The words a value chooses from, each with what it means.
    fn words(&self, value: &Value) -> Vec<(String, String)> {
        let chosen = reference(value).map(|name| alternatives(self.definition(name))).unwrap_or_default();
        let word = |choice: &Value| Some((format!("`\"{}\"`", choice["const"].as_str()?), text(choice).to_owned()));
        chosen.iter().filter_map(word).collect()
    }

    fn choices(&self, value: &Value) -> String {
        let told = self.words(value).into_iter().map(|(word, means)| format!(" {word}: {means}"));
        told.collect()
    }

    fn kind(&self, value: &Value) -> String {
        let words = self.words(value);
        if !words.is_empty() {
            return "word".to_owned();
        }
        match (reference(value), value["type"].as_str()) {
            (Some("Duration"), _) => "duration".to_owned(),
            (Some("Rate"), _) => "rate".to_owned(),
            (Some("Latency"), _) => "[latency](#latencies)".to_owned(),
            (Some("Words"), _) => "text or number, or a list of them".to_owned(),
            (Some("Condition" | "Conditions"), _) => "[gate](gates.md), or a list of them".to_owned(),
            (Some(_), _) | (None, Some("object")) => "table".to_owned(),
            (None, Some("array")) => format!("list of {}s", self.kind(&value["items"])),
            (None, Some("string")) => "text".to_owned(),
            (None, Some("boolean")) => "`true` or `false`".to_owned(),
            (None, Some("integer")) => "whole number".to_owned(),
            (None, other) => other.unwrap_or("anything").to_owned(),
        }
    }
}
