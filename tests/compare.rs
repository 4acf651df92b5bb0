//! `tardy compare` as a shell sees it: two runs of a shipped scenario, what is refused, and what is found.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;

/// Runs a command with its baselines in the directory too.
fn tardy(directory: &Path, args: &[&str]) -> Output {
    let mut command = Command::cargo_bin("tardy").unwrap();
    command.current_dir(directory).env("XDG_DATA_HOME", directory).args(args).output().unwrap()
}

/// Runs the shipped `observe` for three seconds, long enough to have thirty blocks, and at a rate that tells enough.
fn run(directory: &Path, into: &str, seed: &str, more: &[&str]) {
    let args = ["run", "observe", "--rate", "1000/s", "--duration", "3s", "--quiet", "--out", into, "--seed", seed];
    let output = tardy(directory, &[&args[..], more].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

fn compare(directory: &Path, args: &[&str]) -> Output {
    tardy(directory, &[&["compare"], args].concat())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The difference of one kind in the JSON of a comparison.
fn of(comparison: &Value, kind: &str) -> Value {
    let all = comparison["lanes"][0]["differences"].as_array().unwrap();
    all.iter().find(|difference| difference["of"] == kind).unwrap().clone()
}

#[test]
fn runs_of_one_scenario_are_compared_and_those_of_different_work_only_by_force() {
    let scratch = tempfile::tempdir().unwrap();
    let directory = scratch.path();
    let slower = ["--set", "workload.step.call.sleep.p50=40ms", "--set", "workload.step.call.sleep.p99=400ms"];
    std::thread::scope(|scope| {
        scope.spawn(|| run(directory, "a", "1", &[]));
        scope.spawn(|| run(directory, "b", "2", &[]));
        scope.spawn(|| run(directory, "slower", "1", &slower));
    });

    let alike = compare(directory, &["a", "b"]);
    let told = text(&alike.stdout);
    assert_eq!(alike.status.code(), Some(0), "{}", text(&alike.stderr));
    assert!(!told.contains('\u{1b}') && told.lines().all(|line| line.chars().count() <= 80), "{told}");
    assert!(told.contains("\nA  a: observe, ") && told.contains("\nB  b: observe, "), "{told}");
    assert!(told.contains("differs: `run.seed` is `1` and `2`\n"), "{told}");
    assert_eq!(text(&compare(directory, &["a", "b"]).stdout), told, "the same files give the same result");

    assert_eq!(tardy(directory, &["baseline", "save", "main", "a"]).status.code(), Some(0));
    let kept = text(&compare(directory, &["--baseline", "main", "b"]).stdout);
    assert_eq!(kept, told.replace("\nA  a: ", "\nA  main: "));

    let refused = compare(directory, &["a", "slower"]);
    let why = text(&refused.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0));
    for says in ["workload.step.call.sleep.p50", "`20ms` and", "`40ms`", "--force"] {
        assert!(why.contains(says), "{says} in {why}");
    }

    let forced = compare(directory, &["a", "slower", "--force", "--json"]);
    assert_eq!(forced.status.code(), Some(0));
    let found: Value = serde_json::from_slice(&forced.stdout).unwrap();
    assert_eq!((&found["schema"], &found["verdict"]), (&"tardy-compare/1".into(), &"worse".into()), "{found:#}");
    let median = of(&found, "p50");
    assert!((0.5..2.0).contains(&median["relative"].as_f64().unwrap()), "{median}");
    assert_eq!(found["differing"][0]["key"], "workload.step.call.sleep.p50");
    assert!(text(&compare(directory, &["a", "slower", "--force"]).stdout).starts_with("B is "));

    let noisy = compare(directory, &["a", "slower", "--force", "--json", "--noise", "99.9%"]);
    assert!(serde_json::from_slice::<Value>(&noisy.stdout).unwrap()["noise"].as_f64().unwrap() > 0.99);

    fs::remove_file(directory.join("b/blocks.csv")).unwrap();
    fs::remove_file(directory.join("b/block_histogram.csv")).unwrap();
    let early = compare(directory, &["a", "b"]);
    assert_eq!(early.status.code(), Some(2));
    assert!(text(&early.stderr).contains("tardy run b/scenario.toml"), "{}", text(&early.stderr));
}

#[test]
fn what_is_no_pair_of_runs_is_refused_with_what_to_do() {
    let scratch = tempfile::tempdir().unwrap();
    for (args, says) in [
        (&["nowhere", "elsewhere"][..], "nowhere"),
        (&["nowhere"], "tardy compare A B"),
        (&[], "RUN"),
        (&["--baseline", "main", "a", "b"], "tardy compare --baseline NAME B"),
        (&["--baseline", "main", "a"], "there is no baseline `main`"),
        (&["a", "b", "--noise", "two"], "such as `2%`"),
        (&["a", "b", "c"], "unexpected value 'c'"),
    ] {
        let refused = compare(scratch.path(), args);
        assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0), "{args:?}");
        assert!(text(&refused.stderr).contains(says), "{args:?}: {}", text(&refused.stderr));
    }
}
