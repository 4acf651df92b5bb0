//! Baselines on the real binary: kept under a name, listed, forgotten, and what later runs are held against.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use assert_cmd::Command;

/// Three seconds of tasks that sleep.
const STEADY: &str = r#"
name = "steady"
workload.kind = "synthetic"
[[workload.step]]
name = "call"
sleep = "20ms"
[load]
mode = "open"
rate = "200/s"
arrivals = "constant"
[deadline]
after = "10s"
[run]
duration = "3s"
drain = "20s"
"#;

fn tardy(directory: &Path, args: &[&str]) -> Output {
    let mut command = Command::cargo_bin("tardy").unwrap();
    let command = command.current_dir(directory).env("XDG_DATA_HOME", directory.join("data")).args(args);
    command.timeout(Duration::from_secs(60)).output().unwrap()
}

/// What was printed, and the exit code.
fn told(directory: &Path, args: &[&str]) -> (i32, String) {
    let output = tardy(directory, args);
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

fn run(directory: &Path, args: &[&str]) -> (i32, String) {
    told(directory, &[&["run", "steady.toml", "--quiet"], args].concat())
}

/// Asserts that a gate is said to hold; or not to be known to, as a machine that is busy with other things may make it.
fn assert_held((code, text): &(i32, String)) {
    let is_unknown = text.contains("a change that is not known may be one");
    assert!(*code == i32::from(is_unknown) && (is_unknown || text.contains("1 of 1 gate passed")), "{code} {text}");
}

#[test]
fn a_run_is_kept_listed_compared_held_against_and_forgotten() {
    let scratch = tempfile::tempdir().unwrap();
    let at = scratch.path();
    fs::write(at.join("steady.toml"), STEADY).unwrap();
    assert_eq!(
        told(at, &["baseline", "list"]).1,
        "no baselines; `tardy baseline save NAME DIR` keeps a run that `--out DIR` wrote\n"
    );
    let gate = ["--fail-if", "regressed(p50) > 200%"];
    for (args, says) in [
        (&gate[..], "`--baseline NAME|DIR`"),
        (&[&gate[..], &["--baseline", "main"]].concat(), "there is no baseline `main`"),
    ] {
        let (code, text) = run(at, args);
        assert_eq!(code, 2, "{text}");
        assert!(text.contains(says), "{text}");
    }

    assert_eq!(run(at, &["--out", "a"]).0, 0);
    let (code, text) = told(at, &["baseline", "save", "main", "a"]);
    assert!(code == 0 && text.starts_with("saved main to "), "{text}");
    let (code, text) = told(at, &["baseline", "save", "main", "a"]);
    assert!(code == 2 && text.contains("--replace"), "{text}");
    assert_eq!(told(at, &["baseline", "save", "main", "a", "--replace"]).0, 0);
    let (code, text) = told(at, &["baseline", "list"]);
    assert!(code == 0 && text.starts_with("main  steady, ") && text.contains("p99"), "{text}");

    let held = [&gate[..], &["--baseline", "main", "--out", "b"]].concat();
    let judged = run(at, &held);
    assert_held(&judged);
    let reopened = tardy::import::open(&at.join("b")).unwrap().snapshot;
    assert_eq!(i32::from(tardy::gate::has_failed(&reopened)), judged.0, "{:?}", tardy::gate::judge(&reopened));
    let (code, text) = run(at, &["--baseline", "main"]);
    assert!(
        code == 0 && text.lines().take_while(|line| !line.is_empty()).any(|l| l.contains("baseline main")),
        "{text}"
    );
    let (code, text) = run(at, &[&held[..], &["--set", "workload.step.call.sleep=60ms"]].concat());
    assert!(code == 2 && text.contains("workload.step.call.sleep"), "{text}");

    assert_held(&told(at, &["compare", "b", "--baseline", "main", gate[0], gate[1]]));
    assert_eq!(run(at, &["--set", "workload.step.call.sleep=100ms", "--out", "slow"]).0, 0);
    let (code, text) = told(at, &["compare", "b", "slow", "--force", gate[0], gate[1]]);
    assert!(code == 1 && text.contains("1 of 1 gate FAILED"), "{text}");

    assert_eq!(run(at, &["--shard", "1/2", "--out", "half"]).0, 0);
    let (code, text) = run(at, &["--baseline", "half", gate[0], gate[1]]);
    assert!(code == 2 && text.contains("the baseline `half` is shard 1/2 of its run alone"), "{text}");

    assert_eq!(told(at, &["baseline", "rm", "main"]).0, 0);
    let (code, text) = told(at, &["baseline", "rm", "main"]);
    assert!(code == 2 && text.contains("there is no baseline `main`"), "{text}");
}

#[test]
fn what_is_no_run_or_no_name_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    for (args, says) in [
        (["baseline", "save", "main", "."], "summary.json"),
        (["baseline", "save", "../main", "."], "is no name for a baseline"),
    ] {
        let (code, text) = told(scratch.path(), &args);
        assert!(code == 2 && text.contains(says), "{text}");
    }
}
