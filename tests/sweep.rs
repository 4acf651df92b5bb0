//! `tardy sweep` as a shell sees it: what is printed where, which files there are, and how it goes on after a signal.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;

/// Half of the tasks take 2 ms, half of them 60 ms.
const HALVES: &str = r#"
name = "halves"
workload.kind = "synthetic"
[[workload.step]]
name = "call"
sleep = { dist = "mix", of = [{ weight = 1, sleep = "2ms" }, { weight = 1, sleep = "60ms" }] }
[load]
mode = "closed"
concurrency = 8
[run]
warmup = "20ms"
drain = "1s"
"#;

fn scratch() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("halves.toml"), HALVES).unwrap();
    directory
}

fn sweep(directory: &Path, args: &[&str]) -> Output {
    let mut command = Command::cargo_bin("tardy").unwrap();
    command.current_dir(directory).env_remove("COLUMNS").arg("sweep").args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The points in `points.csv`, each row by column.
fn points(directory: &Path) -> Vec<std::collections::HashMap<String, String>> {
    let mut reader = csv::Reader::from_path(directory.join("points.csv")).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

fn run_directories(directory: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(directory.join("runs")).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

const GRID: [&str; 5] = ["halves.toml", "--deadline", "10ms,1s", "--duration", "150ms"];

#[test]
fn a_sweep_runs_every_point_and_tells_of_it_in_text_in_tables_and_in_the_files_of_each_run() {
    let directory = scratch();
    let output = sweep(directory.path(), &[&GRID[..], &["--repeat", "2", "--out", "s"]].concat());
    let (result, progress) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{progress}");
    assert!(!result.contains('\u{1b}') && !progress.contains('\u{1b}'));
    assert!(result.lines().all(|line| line.chars().count() <= 100), "{result}");
    assert!(result.starts_with("halves: 2 deadlines under cancel and observe, medians of 2 runs of each point\n"));
    for says in ["\ncancel ", "\nobserve ", "● cancel  ○ observe", "goodput is highest", "books of all runs balanced\n"]
    {
        assert!(result.contains(says), "{says} in\n{result}");
    }
    assert!(progress.starts_with("halves: 2 deadlines × 2 policies × 2 repeats, 8 runs to do, into s\ntakes 00:01"));
    assert_eq!(progress.lines().filter(|line| line.contains(": missed ")).count(), 8, "{progress}");

    let out = directory.path().join("s");
    for point in points(&out) {
        let missed: f64 = point["missed_share"].parse().unwrap();
        assert_eq!((&*point["runs"], &*point["balanced"]), ("2", "true"), "{point:?}");
        let short = point["deadline_ns"] == "10000000";
        assert!(if short { (0.2..=0.8).contains(&missed) } else { missed < 0.2 }, "{point:?}");
        let censored = short && point["on_timeout"] == "cancel";
        assert_eq!(point["service_p99_censored"], censored.to_string(), "{point:?}");
    }
    assert_eq!(run_directories(&out).len(), 8);
    for run in run_directories(&out) {
        assert!(tardy::import::open(&out.join("runs").join(run)).is_ok());
    }
}

#[test]
fn both_policies_of_a_repeat_draw_the_same_work() {
    let directory = scratch();
    let args = [&GRID[..], &["--tasks", "40", "--seed", "5", "--repeat", "1", "--out", "s"]].concat();
    let args: Vec<&str> = args.into_iter().filter(|&arg| arg != "--duration" && arg != "150ms").collect();
    assert_eq!(sweep(directory.path(), &args).status.code(), Some(0));
    let missed = |policy: &str| {
        let points = points(&directory.path().join("s"));
        let point = points.iter().find(|point| point["on_timeout"] == policy && point["deadline_ns"] == "10000000");
        point.unwrap()["missed_share"].parse::<f64>().unwrap()
    };
    // A loaded machine makes some more of them late, whatever their seed.
    assert!((missed("cancel") - missed("observe")).abs() < 0.3);
    let mut runs = csv::Reader::from_path(directory.path().join("s/sweep.csv")).unwrap();
    let seeds: BTreeSet<String> = runs.records().map(|row| row.unwrap()[6].to_owned()).collect();
    assert_eq!(seeds, BTreeSet::from(["5".to_owned()]));
}

#[test]
fn json_has_every_point_and_a_narrow_ascii_terminal_its_own_text() {
    let directory = scratch();
    let made = sweep(directory.path(), &[&GRID[..], &["--repeat", "1", "--quiet", "--json", "--out", "s"]].concat());
    assert_eq!(text(&made.stderr), "");
    let json: Value = serde_json::from_slice(&made.stdout).unwrap();
    assert_eq!((&json["schema"], &json["complete"]), (&"tardy-sweep/1".into(), &true.into()));
    let points = json["points"].as_array().unwrap();
    assert_eq!(points.len(), 4);
    assert!(
        points.iter().all(|point| point["missed_share"]["median"].is_f64() && point["service_p99_ns"]["max"].is_u64())
    );

    let mut command = Command::cargo_bin("tardy").unwrap();
    let again = command.current_dir(directory.path()).env("COLUMNS", "60");
    let again = again.args(["sweep", "--resume", "s", "--ascii"]).output().unwrap();
    assert_eq!(again.status.code(), Some(0));
    assert!(again.stdout.is_ascii() && text(&again.stdout).lines().all(|line| line.len() <= 60));
    assert!(text(&again.stderr).contains("0 runs to do"));
}

#[test]
fn what_is_no_grid_is_refused_with_the_value_and_what_to_write() {
    let directory = scratch();
    for (args, says) in [
        (&["--deadline", "10ms..1s"][..], "`10ms..1s/12`"),
        (&["--deadline", "1s..10ms/3"], "does not rise"),
        (&["--deadline", "soon"], "`soon` is no duration"),
        (&["--deadline", "0s"], "`after` is zero"),
        (&["--deadline", "10ms", "--repeat", "0"], "'0' for '--repeat"),
        (&["--deadline", "10ms", "--on-timeout", "maybe"], "cancel, observe, both"),
        (&["--deadline", "10ms", "--rate", "5", "--concurrency", "5"], "cannot be used with"),
        (&["--deadline", "10ms..1s/999", "--repeat", "100"], "expected at most 10000"),
        (&["--deadline", "10ms", "--set", "load"], "no `=`"),
        (&[], "--deadline"),
        (&["--resume", "nothing"], "cannot be used with"),
    ] {
        let output = sweep(directory.path(), &[&["halves.toml"], args].concat());
        let said = text(&output.stderr);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""), "{args:?}");
        assert!(said.contains(says) && !said.contains('\u{1b}'), "{says} in {said}");
    }
    let none = sweep(directory.path(), &["--resume", "nothing"]);
    assert!(text(&none.stderr).contains("nothing/sweep.toml"), "{}", text(&none.stderr));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing was begun");
}

#[test]
fn a_sweep_in_which_every_task_failed_says_so_by_its_code() {
    let directory = scratch();
    let fails = ["--on-timeout", "observe", "--set", "workload.step.0.fail=1.0", "--repeat", "1", "--out", "s"];
    assert_eq!(sweep(directory.path(), &[&GRID[..], &fails].concat()).status.code(), Some(1));
}

#[cfg(unix)]
mod interrupted {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    use rustix::process::{Pid, Signal, kill_process};

    use super::*;

    /// A sweep that a signal ends as soon as it has told of its first run.
    fn interrupted(directory: &Path) -> Output {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("tardy"));
        command.current_dir(directory).arg("sweep").args(GRID).args(["--repeat", "1", "--out", "s"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let told = BufReader::with_capacity(1, child.stderr.as_mut().unwrap()).lines();
        assert!(told.map(Result::unwrap).any(|line| line.starts_with("1/4 ")));
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        child.wait_with_output().unwrap()
    }

    #[test]
    fn an_interrupted_sweep_tells_what_there_is_and_goes_on_where_it_ended() {
        let directory = scratch();
        let out = directory.path().join("s");
        let output = interrupted(directory.path());
        assert_eq!(output.status.code(), Some(130));
        assert!(text(&output.stdout).contains("left to do: `tardy sweep --resume s`"), "{}", text(&output.stdout));
        let before = fs::read_to_string(out.join("sweep.csv")).unwrap();
        assert!((2..5).contains(&before.lines().count()), "{before}");

        let resumed = sweep(directory.path(), &["--resume", "s"]);
        assert_eq!(resumed.status.code(), Some(0));
        let after = fs::read_to_string(out.join("sweep.csv")).unwrap();
        assert!(after.starts_with(&before), "finished runs are not run again");
        assert_eq!((after.lines().count(), run_directories(&out).len()), (5, 4));
        assert!(points(&out).iter().all(|point| point["runs"] == "1"));
    }

    #[test]
    fn a_changed_scenario_is_not_gone_on_with() {
        let directory = scratch();
        interrupted(directory.path());
        let path = directory.path().join("s/scenario.toml");
        let changed = fs::read_to_string(&path).unwrap().replace("60ms", "61ms");
        fs::write(&path, changed).unwrap();
        let output = sweep(directory.path(), &["--resume", "s"]);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""));
        let said = text(&output.stderr);
        assert!(said.contains("measured under another description") && said.contains("`scenario.toml`"), "{said}");
    }
}
