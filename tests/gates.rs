//! Gates as CI sees them: exit codes, the table, the files, and a lost run that ends early.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use assert_cmd::Command;
use serde_json::Value;

/// A fifth fails, none is late: 100 tasks in a fifth of a second, the same ones each time.
const FIFTH: &str = r#"
name = "<script>"
workload.kind = "synthetic"
[[workload.step]]
name = "call"
fail = 0.2
sleep = "1ms"
[load]
mode = "open"
rate = "500/s"
arrivals = "constant"
[deadline]
after = "30s"
[run]
tasks = 100
drain = "20s"
"#;

/// Far more than any of these takes on a loaded machine, far less than the run that is to end early.
const IN_TIME: Duration = Duration::from_secs(60);

fn run(directory: &Path, args: &[&str]) -> Output {
    fs::write(directory.join("fifth.toml"), FIFTH).unwrap();
    let mut command = Command::cargo_bin("tardy").unwrap();
    let command = command.current_dir(directory).args(["run", "fifth.toml", "--quiet"]).args(args);
    command.timeout(IN_TIME).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn a_gate_that_holds_is_exit_code_0_and_one_that_fails_is_1_with_a_table_on_stderr() {
    let directory = tempfile::tempdir().unwrap();
    for (gates, code, says) in [
        (&["failed > 50%"][..], 0, "1 of 1 gate passed\n"),
        (&["failed > 50%", "failed > 0"], 1, "1 of 2 gates FAILED\n"),
        (&["p99 > 30s", "timed_out > 0", "unfinished > 0"], 0, "3 of 3 gates passed\n"),
        (&["gathers.failed > 0"], 2, "there is no `[gather]`"),
    ] {
        let args: Vec<&str> = gates.iter().flat_map(|gate| ["--fail-if", gate]).collect();
        let output = run(directory.path(), &args);
        let table = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{gates:?}: {table}");
        assert!(table.contains(says) && !table.contains('\u{1b}'), "{table}");
        assert_eq!(text(&output.stdout).ends_with("books balanced ✓\n"), code != 2);
        assert!(!text(&output.stdout).contains("FAILED"));
    }
}

#[test]
fn what_is_wrong_with_a_gate_is_told_before_anything_runs() {
    let directory = tempfile::tempdir().unwrap();
    let output =
        run(directory.path(), &["--fail-if", "timed_aut > 1%", "--fail-if", "p99 > 5", "--junit", "gates.xml"]);
    let said = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""));
    for says in ["did you mean `timed_out`?", "`5` is no limit for `p99`", "as changed on the command line"] {
        assert!(said.contains(says), "{says} in {said}");
    }
    assert!(!directory.path().join("gates.xml").exists());
    for flag in ["--junit", "--markdown"] {
        let output = run(directory.path(), &[flag, "nowhere/file"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains("cannot write `nowhere/file`"), "{}", text(&output.stderr));
    }
}

#[test]
fn the_gates_are_in_the_json_the_resolved_scenario_the_report_and_the_summary() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("summary.md"), "# Before\n\n").unwrap();
    let files = ["--junit", "gates.xml", "--markdown", "summary.md", "--out", "out", "--json"];
    let gates = ["--fail-if", "failed > 5", "--fail-if", "p99 > 30s"];
    let output = run(directory.path(), &[&files[..], &gates].concat());
    assert_eq!(output.status.code(), Some(1));

    let read = |name: &str| fs::read_to_string(directory.path().join(name)).unwrap();
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let of = |key: &str| json["gates"].as_array().unwrap().iter().map(|gate| gate[key].clone()).collect::<Vec<_>>();
    assert_eq!(
        (of("fail_if"), of("verdict")),
        (vec!["failed > 5".into(), "p99 > 30s".into()], vec!["broken".into(), "passed".into()])
    );
    assert_eq!(of("measured")[0], json["lanes"][0]["failed"]);

    let resolved: toml::Table = read("out/scenario.toml").parse().unwrap();
    assert_eq!(resolved["gate"]["fail_if"].as_array().unwrap().len(), 2);
    assert_eq!(resolved["gate"]["abort"].as_bool(), Some(false));

    let reopened = tardy::import::open(&directory.path().join("out")).unwrap();
    let again: Vec<&str> = tardy::gate::judge(&reopened.snapshot).iter().map(|gate| gate.verdict.word()).collect();
    assert_eq!(again, ["broken", "passed"]);

    let xml = read("gates.xml");
    let report = roxmltree::Document::parse(&xml).unwrap();
    let suite = report.root_element().first_element_child().unwrap();
    assert_eq!(["name", "tests", "failures"].map(|key| suite.attribute(key).unwrap()), ["<script>", "3", "1"]);
    let summary = read("summary.md");
    assert!(summary.starts_with("# Before\n\n### ❌ \\<script\\>: 1 of 2 gates failed\n"), "{summary}");
}

#[test]
fn a_run_that_is_lost_ends_early_where_that_is_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let long = ["--duration", "1h", "--set", "gate.abort=true", "--json", "--fail-if"];
    let output = run(directory.path(), &[&long[..], &["failed > 3"]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("1 of 1 gate FAILED and ended the run early"), "{}", text(&output.stderr));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["ended_by"], &json["balanced"]), (&"gate".into(), &true.into()));
    assert!(json["lanes"][0]["failed"].as_u64().unwrap() > 3);
}

#[cfg(unix)]
#[test]
fn a_signal_comes_before_a_gate_in_the_exit_code() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("fifth.toml"), FIFTH).unwrap();
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("tardy"));
    let args = ["run", "fifth.toml", "--duration", "1h", "--fail-if", "done < 1_000_000", "--out", "out"];
    let command = command.current_dir(directory.path()).args(args);
    let mut child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let progress = std::io::BufReader::with_capacity(1, child.stderr.as_mut().unwrap());
    std::io::BufRead::read_line(&mut { progress }, &mut line).unwrap();
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(text(&output.stderr).contains("1 of 1 gate FAILED"), "{}", text(&output.stderr));
}
