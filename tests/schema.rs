//! The JSON Schema of scenario files: it holds of every file that tardy reads, and refuses what tardy refuses.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use jsonschema::Validator;
use serde_json::{Value, json};
use tardy::engine::{Registry, workload};
use tardy::scenario::{Overrides, Plan, Source};
use tardy::units::{Rate, parse_duration};
use tardy::workload::{Channel, Exec, Files, Http, Process, Synthetic, Tcp};

/// Tables whose keys are the user's own.
const FREE: [&str; 4] = ["pools", "env", "headers", "parameters"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn schema() -> Value {
    let said = Command::new(env!("CARGO_BIN_EXE_tardy")).arg("schema").output().unwrap();
    assert!(said.status.success() && said.stderr.is_empty(), "{said:?}");
    serde_json::from_slice(&said.stdout).unwrap()
}

fn validator() -> Validator {
    jsonschema::validator_for(&schema()).unwrap()
}

/// The scenario files below a directory.
fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
}

/// Every scenario file there is, as JSON.
fn scenarios() -> Vec<(String, Value)> {
    let mut found = vec![root().join("tests/fixtures/every_key.toml")];
    files(&root().join("scenarios"), &mut found);
    found.retain(|path| fs::read_to_string(path).unwrap().contains("[workload]"));
    assert!(found.len() > 30, "{found:?}");
    let read = |path: PathBuf| {
        let table: toml::Table = fs::read_to_string(&path).unwrap().parse().unwrap();
        (path.strip_prefix(root()).unwrap().display().to_string(), serde_json::to_value(table).unwrap())
    };
    let files = found.into_iter().map(read);
    files.chain(WORKLOADS.map(|text| (text.to_owned(), whole(text)))).collect()
}

/// Every key of each workload.
const WORKLOADS: [&str; 8] = [
    "kind = 'channel'\ncapacity = 100\nconsumers = 4\nhandle = '20ms'",
    "kind = 'fs'\nbytes = 65536\nsync = true\ndir = '.'",
    "kind = 'tcp'\naddress = 'localhost:6379'\nsend = 'PING'\nreceive = 7",
    "kind = 'exec'\ncommand = ['sh', '-c', 'true']\ndir = '.'\nenv = { LANG = 'C' }\nexpect = [0, 3]",
    "kind = 'process'\ncommand = ['sh', 'work']\ndir = '.'\nenv = { A = 'b' }\ncopies = 4\nready = '10s'\nparameters = { rows = 100 }",
    "kind = 'http'\nurl = 'http://127.0.0.1:9/{id}'\nmethod = 'POST'\nid = { from = 1, to = 9 }\nheaders = { a = 'b' }\n\
     body = '.'\nexpect = ['2xx', 404]\nversion = '1.1'\npool = 10",
    "kind = 'http'\nversion = 2\n[server]\ndelay = { dist = 'lognormal', p50 = '5ms', p99 = '50ms' }\nfail = 0.01\nbody = 2048",
    "kind = 'synthetic'\npools = { db = 8 }\n[[step]]\nname = 'all'\nacquire = 'db'\nsleep = { dist = 'uniform', min = '1ms', \
     max = '1s' }\ncpu = { dist = 'exp', mean = '2us' }\nblocking = { dist = 'normal', mean = '5ms', stdev = '1ms' }\nyield = 2\n\
     fail = 0.002\npanic = 0.0001\n[[step]]\nname = 'more'\nsleep = { dist = 'mix', of = [{ weight = 9, sleep = { dist = \
     'pareto', scale = '1ms', shape = 1.5 } }, { weight = 0.5, sleep = '1s' }] }\n[[step]]\nname = 'again'\n\
     sleep = { dist = 'replay', file = 'recorded.csv' }",
];

/// A scenario of this workload.
fn whole(workload: &str) -> Value {
    let workload: toml::Table = workload.parse().unwrap();
    json!({ "name": "whole", "workload": workload, "load": { "mode": "closed", "concurrency": 4,
        "stage": [{ "duration": "1s", "concurrency": 9 }] }, "gate": { "fail_if": "p99 > 200ms", "baseline": "main" } })
}

/// Whether tardy reads it.
fn is_read(scenario: &Value) -> bool {
    let registry = Registry::new()
        .with(workload::<Channel>("channel"))
        .with(workload::<Exec>("exec"))
        .with(workload::<Files>("fs"))
        .with(workload::<Http>("http"))
        .with(workload::<Process>("process"))
        .with(workload::<Synthetic>("synthetic"))
        .with(workload::<Tcp>("tcp"));
    let text = toml::to_string(scenario).unwrap();
    Plan::new(Source::new("changed.toml", text), &Overrides::default()).and_then(|plan| registry.prepare(&plan)).is_ok()
}

/// What can be done to a part of a file so that it is none any more: each with what was done.
fn spoiled(part: &Value, key: &str) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    match part {
        Value::Object(table) => {
            if !FREE.contains(&key) {
                let mut more = table.clone();
                more.insert("nonsense".to_owned(), 1.into());
                all.push((format!("a key more in {key}"), more.into()));
            }
            for (key, value) in table.iter().filter(|(key, _)| *key != "parameters") {
                for (what, spoiled) in spoiled(value, key) {
                    let mut changed = table.clone();
                    changed.insert(key.clone(), spoiled);
                    all.push((what, changed.into()));
                }
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                for (what, spoiled) in spoiled(item, key) {
                    let mut changed = items.clone();
                    changed[at] = spoiled;
                    all.push((what, changed.into()));
                }
            }
        }
        Value::String(text) if parse_duration(text).is_ok() => {
            all.push((format!("{key} in another unit"), "5 parsecs".into()));
            all.push((format!("{key} without a unit"), "5".into()));
        }
        Value::String(text) if text.parse::<Rate>().is_ok() => {
            all.push((format!("{key} in another unit"), "5/parsec".into()));
            all.push((format!("{key} without a unit"), "5".into()));
        }
        _ => {}
    }
    if !part.is_object() {
        all.push((format!("{key} as a table"), json!({ "nonsense": { "more": true } })));
    }
    all
}

#[test]
fn the_schema_in_assets_is_the_one_that_is_printed() {
    let path = root().join("assets/scenario.schema.json");
    let said = Command::new(env!("CARGO_BIN_EXE_tardy")).arg("schema").output().unwrap().stdout;
    if std::env::var_os("TARDY_UPDATE_ASSETS").is_some() {
        fs::write(&path, &said).unwrap();
    }
    let kept = fs::read(&path).unwrap();
    assert!(
        kept == said,
        "the scenario file has changed: TARDY_UPDATE_ASSETS=1 cargo test --test schema writes {}",
        path.display()
    );
    jsonschema::meta::validate(&schema()).unwrap();
}

/// The keys without a word on them, in `schema` and all of its parts.
fn without_description(schema: &Value, found: &mut Vec<String>) {
    let keys = schema["properties"].as_object().into_iter().flatten();
    // What chooses a table, and what is forbidden there, says so itself.
    let keys = keys.filter(|(_, said)| said.is_object() && said.get("const").is_none() && said.get("not").is_none());
    found.extend(keys.filter(|(_, said)| !said["description"].is_string()).map(|(key, said)| format!("{key}: {said}")));
    let inner = ["if", "then", "else"];
    let parts = schema.as_object().into_iter().flatten().filter(|(key, _)| !inner.contains(&key.as_str()));
    parts.for_each(|(_, part)| without_description(part, found));
    schema.as_array().into_iter().flatten().for_each(|part| without_description(part, found));
}

#[test]
fn every_key_is_described_and_none_can_be_null() {
    let schema = schema();
    let mut found = Vec::new();
    without_description(&schema, &mut found);
    assert!(found.is_empty(), "{found:#?}");
    assert!(!schema.to_string().contains("null"), "{schema:#}");
}

#[test]
fn every_scenario_file_is_what_the_schema_says() {
    let validator = validator();
    for (name, scenario) in scenarios() {
        let wrong: Vec<String> = validator.iter_errors(&scenario).map(|error| format!("{error}")).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:?}");
        // So is the file that a run writes of itself.
        let source = Source::new(name.clone(), toml::to_string(&scenario).unwrap());
        let resolved: toml::Table = Plan::new(source, &Overrides::default()).unwrap().resolved.parse().unwrap();
        assert!(validator.is_valid(&serde_json::to_value(&resolved).unwrap()), "{name}, resolved: {resolved}");
    }
}

#[test]
fn an_unknown_key_a_wrong_type_and_a_bad_unit_are_refused_in_every_table() {
    let validator = validator();
    let (mut changes, mut told) = (0, Vec::new());
    for (name, scenario) in scenarios() {
        // A workload of one's own may have any keys, and a program that is not here is no fault of the file.
        if scenario["workload"]["kind"] == "checkout" {
            continue;
        }
        let can_be_read = is_read(&scenario);
        for (what, changed) in spoiled(&scenario, "the file") {
            changes += 1;
            if validator.is_valid(&changed) {
                told.push(format!("{name}: {what}: the schema lets it pass"));
            }
            if can_be_read && is_read(&changed) {
                told.push(format!("{name}: {what}: tardy lets it pass"));
            }
        }
    }
    assert!(changes > 800, "{changes}");
    assert!(told.is_empty(), "{}", told.join("\n"));
}

#[test]
fn what_a_table_demands_within_itself_is_demanded_by_the_schema_too() {
    let validator = validator();
    let base = whole(WORKLOADS[0]);
    for (change, is_good) in [
        (json!({ "gather": { "width": 3, "mode": "first", "k": 2 } }), true),
        (json!({ "gather": { "width": 3, "mode": "first" } }), false),
        (json!({ "gather": { "width": 3, "k": 2 } }), false),
        (json!({ "gather": { "width": 0 } }), false),
        (json!({ "gather": { "mode": "collect" } }), false),
        (json!({ "load": { "mode": "open", "rate": "5/s" } }), true),
        (json!({ "load": { "mode": "open", "concurrency": 5 } }), false),
        (
            json!({ "load": { "mode": "open", "rate": "5/s", "stage": [{ "duration": "1s", "concurrency": 5 }] } }),
            false,
        ),
        (json!({ "load": { "mode": "closed" } }), false),
        (json!({ "load": { "mode": "closed", "concurrency": 5, "arrivals": "poisson" } }), false),
        (json!({ "load": { "concurrency": 5 } }), false),
        (json!({ "deadline": { "on_timeout": "cancel" } }), false),
        (json!({ "deadline": { "after": "5ms", "on_timeout": "abort" } }), false),
        (json!({ "run": { "workers": 1025 } }), false),
        (json!({ "run": { "seed": -1 } }), false),
        (json!({ "gate": { "fail_if": ["p99 > 2ms", "timed_out > 1%"] } }), true),
        (json!({ "gate": { "fail_if": "p99" } }), false),
        (json!({ "name": "" }), false),
        (json!({ "about": "two\nlines" }), false),
        (json!({ "workload": { "kind": "exec", "command": ["sh"], "shell": "true" } }), false),
        (json!({ "workload": { "kind": "exec" } }), false),
        (json!({ "workload": { "kind": "synthetic" } }), false),
        (json!({ "workload": { "kind": "synthetic", "step": [{ "name": "a/b" }] } }), false),
        (json!({ "workload": { "kind": "synthetic", "step": [{ "name": "a", "sleep": { "dist": "exp" } }] } }), false),
        (
            json!({ "workload": { "kind": "synthetic", "step": [{ "name": "a", "sleep": { "dist": "gauss" } }] } }),
            false,
        ),
        (json!({ "workload": { "kind": "synthetic", "step": [{ "name": "a", "fail": 1.5 }] } }), false),
        (json!({ "workload": {} }), false),
    ] {
        let mut changed = base.clone();
        changed.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        assert_eq!(is_read(&changed), is_good, "tardy: {change}");
        assert_eq!(validator.is_valid(&changed), is_good, "the schema: {change}");
    }
}

#[test]
fn durations_and_rates_are_read_as_the_schema_says() {
    let of = |name: &str| jsonschema::validator_for(&schema()["definitions"][name]).unwrap();
    let (duration, rate) = (of("Duration"), of("Rate"));
    for text in [
        "50ms",
        " 5s ",
        "1.5s",
        "1m 30s",
        "1m30s",
        "1 m",
        "0",
        "0s",
        "5",
        "",
        " ",
        "1.5",
        ".5s",
        "5.s",
        "1.5 s",
        "1.5d",
        "1.5min",
        "2days",
        "1M",
        "1y",
        "250us",
        "250µs",
        "3 parsecs",
        "-5s",
        "+5s",
        "5S",
        "1e3s",
        "1_000ms",
        "1m 1.5s",
        "1h 2m 1.5s",
        "1s1",
        "s",
        "1hr 2mins",
        "7 wks",
        "9nanos",
        "9millis",
        "1,5s",
        "0.0s",
        ".s",
    ] {
        assert_eq!(duration.is_valid(&json!(text)), parse_duration(text).is_ok(), "{text:?}");
    }
    for text in [
        "500/s", " 5/s ", "30/m", "0.5/s", "5", "/s", "5/", "5/d", "5/ms", "1_000/s", "1e3/s", "1e-3/min", "5 / s",
        "-5/s", "+5/s", ".5/s", "5./s", "inf/s", "nan/s", "5/s/s", "5s", "", "./s",
    ] {
        assert_eq!(rate.is_valid(&json!(text)), text.parse::<Rate>().is_ok(), "{text:?}");
    }
}
