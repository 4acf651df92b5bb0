//! The commands that start no run, as a shell sees them.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Read;
use std::process::Stdio;

use assert_cmd::Command;

fn tardy() -> Command {
    Command::cargo_bin("tardy").unwrap()
}

fn stdout(args: &[&str]) -> String {
    String::from_utf8(tardy().args(args).assert().success().stderr("").get_output().stdout.clone()).unwrap()
}

#[test]
fn list_names_each_scenario_with_its_lesson() {
    let listed = stdout(&["list"]);
    assert!(listed.starts_with("hello "), "{listed}");
    for scenario in tardy::scenario::shipped() {
        let line = listed.lines().find(|line| line.split_whitespace().next() == Some(scenario.name));
        assert!(line.is_some_and(|line| line.ends_with(&scenario.lesson)), "{} in\n{listed}", scenario.name);
    }
}

#[test]
fn without_a_command_it_lists_and_says_how_to_run_one() {
    let said = stdout(&[]);
    assert!(said.starts_with(&stdout(&["list"])) && said.contains("tardy run hello"), "{said}");
}

#[test]
fn show_prints_the_file_as_it_is() {
    assert_eq!(stdout(&["show", "hello"]), include_str!("../scenarios/hello.toml"));
}

#[test]
fn show_with_changes_prints_what_would_run_and_that_is_a_valid_file() {
    let changes = ["--deadline", "80ms", "--on-timeout", "cancel", "--rate", "7/s", "--tasks", "9", "--seed", "4"];
    let shown = stdout(&[&["show", "hello", "--set", "gather.width=3", "--workers", "3"][..], &changes].concat());
    for line in [
        "after = \"80ms\"",
        "on_timeout = \"cancel\"",
        "rate = \"7/s\"",
        "tasks = 9",
        "seed = 4",
        "width = 3",
        "workers = 3",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line} in\n{shown}");
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("again.toml");
    std::fs::write(&path, &shown).unwrap();
    let again = stdout(&["show", path.to_str().unwrap(), "--seed", "4"]);
    // A file, other than a shipped scenario, has a directory of its own.
    let lines: Vec<&str> = again.lines().filter(|line| !line.starts_with("files = ")).collect();
    assert_eq!(lines, shown.lines().collect::<Vec<_>>());
}

#[test]
fn a_wrong_flag_is_refused_before_anything_is_read() {
    for args in [
        &["run", "hello", "--rate", "5"][..],
        &["run", "hello", "--rate", "5/s", "--concurrency", "3"],
        &["run", "hello", "--deadline", "5"],
        &["run", "hello", "--duration", "1s", "--tasks", "3"],
        &["run", "hello", "--on-timeout", "abort"],
        &["run", "hello", "--set", "load"],
        &["run", "hello", "--seed", "-1"],
        &["run"],
        &["check"],
        &["fly"],
    ] {
        let said = tardy().args(args).assert().code(2).stdout("").get_output().stderr.clone();
        assert!(!said.is_empty() && !said.contains(&0x1b), "{args:?}");
    }
}

#[test]
fn a_scenario_that_cannot_run_starts_nothing() {
    let said = tardy().args(["run", "hello", "--set", "load.rate=0/s"]).assert().code(2).stdout("");
    let said = String::from_utf8(said.get_output().stderr.clone()).unwrap();
    assert!(said.contains("hello.toml, as changed on the command line"), "{said}");
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let binary = assert_cmd::cargo::cargo_bin("tardy");
    for args in [&["list"][..], &["show", "hello"], &["--help"], &["check", "hello"]] {
        let mut child = std::process::Command::new(&binary)
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(child.wait().unwrap().success(), "{args:?}: {said}");
        assert_eq!(said, "", "{args:?}");
    }
}
