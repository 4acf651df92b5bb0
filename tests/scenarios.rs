//! Every shipped scenario runs as a user would run it, and its result is what the schema says.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stderr, reason = "a skipped scenario is told")]

#[path = "languages/found.rs"]
mod found;

use std::thread;

use assert_cmd::Command;
use found::{has_node, has_python};
use serde_json::Value;
use tardy::scenario::{Shipped, shipped};

/// Scenarios that run at once.
const AT_ONCE: usize = 5;

/// The scenarios whose language is there.
fn scenarios() -> Vec<Shipped> {
    let (python, node) = (has_python(), has_node());
    let can_run = |name: &str| (python || !name.starts_with("asyncio-")) && (node || !name.starts_with("node-"));
    shipped().into_iter().filter(|scenario| can_run(scenario.name)).collect()
}

/// What a scenario's run prints with `--json`, shortened.
fn run(scenario: &str) -> Value {
    // Whether gates hold is none of its business.
    let short = ["--duration", "1s", "--set", "run.drain=400ms", "--set", "gate.fail_if=[]"];
    let mut command = Command::cargo_bin("tardy").unwrap();
    let result = command.args(["run", scenario, "--json", "--quiet"]).args(short).assert().success().stderr("");
    serde_json::from_slice(&result.get_output().stdout).unwrap()
}

#[test]
fn every_scenario_runs_to_its_end_with_its_books_balanced() {
    let schema = serde_json::from_str(include_str!("../assets/summary.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for some in scenarios().chunks(AT_ONCE) {
        let summaries: Vec<(&str, Value)> = thread::scope(|scope| {
            let runs: Vec<_> =
                some.iter().map(|scenario| (scenario.name, scope.spawn(|| run(scenario.name)))).collect();
            runs.into_iter().map(|(name, run)| (name, run.join().unwrap())).collect()
        });
        for (name, summary) in summaries {
            let wrong: Vec<String> = schema.iter_errors(&summary).map(|error| error.to_string()).collect();
            assert!(wrong.is_empty(), "{name}: {wrong:?}");
            assert_eq!(summary["scenario"], name);
            assert_eq!(summary["balanced"], true, "{name}");
            assert_eq!(summary["ended_by"], "duration", "{name}");
            assert_balanced(name, &summary["lanes"]);
        }
    }
}

/// Adds up what `balanced` claims.
fn assert_balanced(name: &str, lanes: &Value) {
    let lanes = lanes.as_array().unwrap();
    assert!(!lanes.is_empty(), "{name} spawned nothing");
    for lane in lanes {
        let sum = |keys: &[&str]| keys.iter().map(|&key| lane[key].as_u64().unwrap()).sum::<u64>();
        let ended = sum(&["done", "failed", "panicked", "cancelled"]);
        assert!(ended > 0, "{name}: nothing ended");
        assert_eq!(sum(&["spawned"]), ended + sum(&["unfinished"]), "{name}");
        let late = sum(&["late_done", "late_failed", "late_panicked", "late_cancelled"]);
        assert_eq!(sum(&["timed_out"]), late + sum(&["cancelled_at_deadline", "overdue_at_end"]), "{name}");
    }
}
