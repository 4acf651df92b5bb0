//! Every line that a real session exchanges is what the schema of the protocol says.

use std::fs;
use std::path::Path;

use jsonschema::Validator;
use serde_json::{Value, json};
use tardy::snapshot::LaneView;
use tardy::workload::process::Decoder;

use crate::support::{alone, run_program, total};

const SCHEMA: &str = include_str!("../../scenarios/process/protocol.schema.json");

/// The schema of one direction.
fn schema(direction: &str) -> Validator {
    let mut schema: Value = serde_json::from_str(SCHEMA).unwrap();
    assert!(schema["$defs"][direction].is_object(), "{direction}");
    schema.as_object_mut().unwrap().remove("oneOf");
    schema["$ref"] = json!(format!("#/$defs/{direction}"));
    jsonschema::validator_for(&schema).unwrap()
}

/// The lines of a file, each of which has to be valid; their types.
fn types(path: &Path, schema: &Validator) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().map(|line| {
        let value: Value = serde_json::from_str(line).unwrap();
        let wrong: Vec<String> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{line}: {wrong:?}");
        value["type"].as_str().unwrap().to_owned()
    });
    lines.collect()
}

#[test]
fn every_line_of_a_session_is_valid_by_the_schema() {
    let _alone = alone();
    let scratch = tempfile::tempdir().unwrap();
    let (told, said) = (scratch.path().join("told"), scratch.path().join("said"));
    // Tasks end when they are cancelled; one in four has a message.
    let body = format!(
        "talk() {{ begin; say '{{\"type\":\"log\",\"level\":\"info\",\"message\":\"hello\"}}'; \
         say '{{\"type\":\"lag\",\"ns\":1}}'\nwhile get; do case $line in\n\
         *'\"task\"'*) say '{{\"type\":\"step\",\"id\":'$id',\"name\":\"query\"}}'; [ $((id % 4)) = 0 ] && \
         say '{{\"type\":\"end\",\"id\":'$id',\"ending\":\"failed\",\"message\":\"no\"}}' ;;\n\
         *'\"cancel\"'*) say '{{\"type\":\"step\",\"id\":'$id',\"name\":null}}'; \
         say '{{\"type\":\"end\",\"id\":'$id',\"ending\":\"cancelled\"}}' ;;\n\
         *'\"bye\"'*) exit 0 ;;\nesac; done; }}\ntee '{}' | talk | tee '{}'",
        told.display(),
        said.display()
    );
    let report = run_program(
        &body,
        "workload.parameters = { rows = 3, names = ['a', 'b'], day = 1979-05-27 }\n\
         gather = { width = 4 }\nload = { mode = 'closed', concurrency = 2 }\n\
         deadline = { after = '200ms', on_timeout = 'cancel', grace = '20s' }\nrun = { tasks = 20, workers = 1 }",
    );
    assert_eq!((total(&report, LaneView::failed), total(&report, LaneView::cancelled)), (5, 15));
    let told = types(&told, &schema("toProgram"));
    assert_eq!((told[0].as_str(), told.last().map(String::as_str)), ("hello", Some("bye")));
    let count = |types: &[String], of: &str| types.iter().filter(|kind| *kind == of).count();
    assert_eq!((told.len(), count(&told, "task"), count(&told, "cancel")), (37, 20, 15));
    let said = types(&said, &schema("fromProgram"));
    assert_eq!((said[0].as_str(), count(&said, "step"), count(&said, "end")), ("ready", 35, 20));
}

#[test]
fn the_schema_and_the_decoder_agree_on_what_a_program_may_say() {
    let schema = schema("fromProgram");
    for (line, is_valid) in [
        (json!({"type": "ready", "protocol": 1, "name": "x"}), true),
        (json!({"type": "ready"}), false),
        (json!({"type": "step", "id": 1, "name": null, "more": [1]}), true),
        (json!({"type": "step", "id": 1}), false),
        (json!({"type": "step", "id": -1, "name": "x"}), false),
        (json!({"type": "end", "id": 1, "ending": "done"}), true),
        (json!({"type": "end", "id": 1, "ending": "done", "message": null}), true),
        (json!({"type": "end", "id": 1, "ending": "gone"}), false),
        (json!({"type": "end", "id": 1, "ending": "failed", "message": 1}), false),
        (json!({"type": "lag", "ns": 0}), true),
        (json!({"type": "lag", "ns": 0.5}), false),
        (json!({"type": "log", "level": "error", "message": ""}), true),
        (json!({"type": "log", "level": "loud", "message": ""}), false),
        (json!({"type": "hello"}), false),
        (json!({}), false),
        (json!(["ready"]), false),
        (json!("ready"), false),
    ] {
        assert_eq!(schema.is_valid(&line), is_valid, "{line}");
        let decoded = Decoder::default().decode(format!("{line}\n").as_bytes(), &mut Vec::new());
        assert_eq!(decoded.is_ok(), is_valid, "{line}: {decoded:?}");
    }
}

#[test]
fn the_lines_in_the_description_of_the_protocol_are_valid() {
    let (to, from) = (schema("toProgram"), schema("fromProgram"));
    let text = include_str!("../../scenarios/process/PROTOCOL.md");
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("{\"type\"")).collect();
    assert!(lines.len() >= 15, "{lines:?}");
    for line in lines {
        let (direction, schema) = if line.contains("→") { ("→", &to) } else { ("←", &from) };
        let (_, json) = line.split_once(direction).unwrap_or_else(|| panic!("{line} has no direction"));
        let value: Value = serde_json::from_str(json.trim()).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert!(schema.is_valid(&value), "{line}");
    }
}
