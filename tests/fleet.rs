//! Eight shards in eight processes of one machine, merged, against the one run they are shards of; and what is no whole.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tardy::histogram::Histogram;
use tardy::import;
use tardy::ledger::{Book, Metric};
use tardy::shard::Part;
use tardy::snapshot::{Counts, Snapshot};
use tempfile::TempDir;

const SHARDS: usize = 8;

/// How tasks end is a function of the seed alone: what fails is drawn, and times are far from the deadline of two seconds.
const SCENARIO: &str = r#"
name = "fleet"

[workload]
kind = "synthetic"

[[workload.step]]
name = "call"
sleep = { dist = "uniform", min = "1ms", max = "4ms" }
fail = 0.1

[[workload.step]]
name = "answer"
sleep = { dist = "mix", of = [{ weight = 19, sleep = "5ms" }, { weight = 1, sleep = "8s" }] }

[load]
mode = "open"
rate = "150/s"

[deadline]
after = "3s"
on_timeout = "cancel"

[gather]
width = 3

[run]
duration = "4s"
warmup = "300ms"
drain = "20s"
seed = 11
workers = 1
"#;

/// Runs a command without a terminal.
fn tardy(directory: &Path, args: &[&str]) -> Output {
    command(directory, args).output().unwrap()
}

fn command(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tardy"));
    command.current_dir(directory).stdin(Stdio::null()).args(args);
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A complaint on one line, for lines break where they are long.
fn complaint(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
    text(&output.stderr).replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Shards of `scenario` into the directories `s1`, `s2`, …, started together.
fn shards(directory: &Path, scenario: &str, of: usize, more: &[&str]) {
    fs::write(directory.join("scenario.toml"), scenario).unwrap();
    let at = humantime::format_rfc3339_seconds(SystemTime::now() + Duration::from_secs(3)).to_string();
    let start = |number: usize| {
        let (shard, out) = (format!("{number}/{of}"), format!("s{number}"));
        let args = ["run", "scenario.toml", "--quiet", "--shard", &shard, "--start-at", &at, "--out", &out];
        command(directory, &[&args[..], more].concat()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let running: Vec<Child> = (1..=of).map(start).collect();
    for shard in running {
        let output = shard.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    }
}

fn merge(directory: &Path, runs: &[&str], more: &[&str]) -> Output {
    tardy(directory, &[&["merge"], runs, more].concat())
}

/// The eight shards, the one run, and the shards merged into `all`; made once.
fn fleet() -> &'static TempDir {
    static FLEET: LazyLock<TempDir> = LazyLock::new(|| {
        let scratch = tempfile::tempdir().unwrap();
        let directory = scratch.path();
        shards(directory, SCENARIO, SHARDS, &[]);
        let one = tardy(directory, &["run", "scenario.toml", "--quiet", "--out", "one"]);
        assert_eq!(one.status.code(), Some(0), "{}", text(&one.stderr));
        let names: Vec<String> = (1..=SHARDS).rev().map(|number| format!("s{number}")).collect();
        let merged = merge(directory, &names.iter().map(String::as_str).collect::<Vec<_>>(), &["-o", "all"]);
        assert_eq!((merged.status.code(), text(&merged.stderr)), (Some(0), String::new()));
        assert!(text(&merged.stdout).contains("open 150/s poisson, merged from 8 shards, 8 workers, seed 11\n"));
        scratch
    });
    &FLEET
}

fn summary(directory: &Path, run: &str) -> Value {
    serde_json::from_slice(&fs::read(directory.join(run).join("summary.json")).unwrap()).unwrap()
}

/// Every number of a summary that counts something, by its path; those of times are left out.
fn counts(value: &Value, path: &str, into: &mut BTreeMap<String, u64>) {
    match value {
        Value::Object(keys) => {
            for (key, value) in keys {
                // What waits for whom, and what a worker does, is chance.
                let chance = key == "arrival_lag_ns" || key == "runtime" || key == "own_cost" || key == "captures";
                if !chance && (!key.ends_with("_ns") || value.is_object()) {
                    counts(value, &format!("{path}.{key}"), into);
                }
            }
        }
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(at, value)| counts(value, &format!("{path}.{at}"), into));
        }
        Value::Number(number) => {
            let is_of_times = path.contains("_ns.") && !path.ends_with(".count");
            if let Some(number) = number.as_u64().filter(|_| !is_of_times) {
                into.insert(path.to_owned(), number);
            }
        }
        _ => {}
    }
}

#[test]
fn eight_merged_shards_equal_one_run_in_every_count() {
    let directory = fleet().path();
    let [one, all] = ["one", "all"].map(|run| {
        let mut found = BTreeMap::new();
        counts(&summary(directory, run), "", &mut found);
        found.remove(".workers");
        found.remove(".merged_shards");
        // Of whom a deadline meets in a poll, or who ends at its cancellation, is chance; that all are met is not.
        found
    });
    assert_eq!(one, all);
    let spawned = all[".lanes.0.spawned"];
    assert!(spawned > 1_500 && all[".lanes.0.failed"] > 100 && all[".lanes.0.cancelled"] > 50, "{all:?}");
    assert_eq!(all[".lanes.0.gathers.started"] * 3, spawned);
}
