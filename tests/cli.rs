//! The commands as a shell sees them: what is printed where, which files there are, and the exit code.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::io::Read;
use std::process::{Output, Stdio};

use assert_cmd::Command;
use serde_json::Value;

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
    // The one thing more that a file on the disk says when resolved is where the files it names are.
    let again = stdout(&["show", path.to_str().unwrap(), "--seed", "4"]);
    let again: Vec<&str> = again.lines().filter(|line| !line.starts_with("files = ")).collect();
    assert_eq!(again, shown.lines().collect::<Vec<_>>());
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
    for args in [&["list"][..], &["show", "hello"], &["--help"], &["check", "hello"], &["man"], &["completions", "zsh"]]
    {
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

/// A fifth fails, a tenth is late: 200 tasks in a second or two, the same ones each time.
const MIXED: &[&str] = &["run", "mixed.toml"];

fn mixed(directory: &tempfile::TempDir) {
    let text = r#"
        name = "mixed"
        workload.kind = "synthetic"
        [[workload.step]]
        name = "call"
        fail = 0.2
        sleep = { dist = "mix", of = [{ weight = 9, sleep = "1ms" }, { weight = 1, sleep = "900ms" }] }
        [load]
        mode = "open"
        rate = "500/s"
        arrivals = "constant"
        [deadline]
        after = "400ms"
        on_timeout = "observe"
        [run]
        tasks = 200
        drain = "20s"
        seed = 5
    "#;
    fs::write(directory.path().join("mixed.toml"), text).unwrap();
}

/// Runs that scenario with more arguments in its directory.
fn run_mixed(directory: &tempfile::TempDir, args: &[&str]) -> Output {
    mixed(directory);
    tardy().current_dir(directory.path()).args(MIXED).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn the_result_goes_to_stdout_and_the_progress_to_stderr() {
    let directory = tempfile::tempdir().unwrap();
    let output = run_mixed(&directory, &[]);
    assert_eq!(output.status.code(), Some(0));
    let (result, progress) = (text(&output.stdout), text(&output.stderr));
    assert!(result.contains(" % of 200 tasks missed the deadline of 400 ms under observe"), "{result}");
    assert!(result.ends_with("books balanced ✓\n"), "{result}");
    assert!(progress.starts_with("mixed: observe 400 ms, open 500/s constant, 200 tasks\n"), "{progress}");
    assert!(!progress.contains("balanced"), "{progress}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "no file that was not asked for");
}

#[test]
fn quiet_leaves_stderr_empty_and_the_result_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let output = run_mixed(&directory, &["--quiet"]);
    assert_eq!(text(&output.stderr), "");
    assert!(text(&output.stdout).ends_with("books balanced ✓\n"));
}

#[test]
fn json_is_what_the_schema_describes_and_the_same_as_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let output = run_mixed(&directory, &["--json", "--out", "out"]);
    let schema: Value = serde_json::from_str(include_str!("../assets/summary.schema.json")).unwrap();
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&printed).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(text(&output.stdout), fs::read_to_string(directory.path().join("out/summary.json")).unwrap());
}

#[test]
fn the_text_the_summary_and_the_histogram_have_the_same_numbers() {
    let directory = tempfile::tempdir().unwrap();
    let output = run_mixed(&directory, &["--out", "out"]);
    let out = directory.path().join("out");
    let summary: Value = serde_json::from_str(&fs::read_to_string(out.join("summary.json")).unwrap()).unwrap();
    let lane = &summary["lanes"][0];
    let keys = ["spawned", "done", "failed", "panicked", "cancelled", "unfinished"];
    let counts = keys.map(|key| lane[key].as_u64().unwrap());

    let row = text(&output.stdout).lines().skip_while(|line| !line.starts_with("tasks ")).nth(1).unwrap();
    let told: Vec<u64> = row.split_whitespace().rev().map_while(|word| word.parse().ok()).collect();
    assert_eq!(told.into_iter().rev().collect::<Vec<_>>(), counts, "{row}");

    let rows = fs::read_to_string(out.join("histogram.csv")).unwrap();
    let rows: Vec<Vec<&str>> = rows.lines().skip(1).map(|row| row.split(',').collect()).collect();
    let sum = |of: &dyn Fn(&[&str]) -> bool| -> u64 {
        rows.iter().filter(|row| row[2] == "service" && of(row)).map(|row| row[7].parse::<u64>().unwrap()).sum()
    };
    assert_eq!([sum(&|row| row[3] == "done"), sum(&|row| row[3] == "failed")], [counts[1], counts[2]]);
    assert_eq!(sum(&|row| row[4] == "true"), lane["timed_out"].as_u64().unwrap());
}

#[test]
fn the_same_seed_gives_the_same_counts_and_the_written_scenario_repeats_the_run() {
    let directory = tempfile::tempdir().unwrap();
    let counts = |args: &[&str]| {
        let output = tardy().current_dir(directory.path()).arg("run").args(args).arg("--json").output().unwrap();
        let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
        ["spawned", "done", "failed", "timed_out", "late_done", "late_failed"]
            .map(|key| summary["lanes"][0][key].clone())
    };
    mixed(&directory);
    let first = counts(&["mixed.toml", "--seed", "11", "--tasks", "150", "--out", "out"]);
    assert_eq!(first[0], 150);
    assert_eq!(counts(&["out/scenario.toml"]), first);
    assert_ne!(counts(&["mixed.toml", "--seed", "12", "--tasks", "150"]), first);
}

#[test]
fn an_output_that_cannot_be_written_is_refused_before_anything_runs() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("taken"), "").unwrap();
    for out in ["taken", "taken/below", "/proc/nothing/here"] {
        let output = run_mixed(&directory, &["--out", out]);
        assert_eq!(output.status.code(), Some(2), "{out}");
        let said = text(&output.stderr);
        assert!(said.contains(out) && !said.contains("mixed: observe"), "{said}");
        assert_eq!(text(&output.stdout), "");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_under_stdout_is_an_error_that_says_so() {
    let directory = tempfile::tempdir().unwrap();
    mixed(&directory);
    for args in
        [&["run", "mixed.toml", "--tasks", "5"][..], &["run", "mixed.toml", "--tasks", "5", "--json"], &["list"]]
    {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("tardy"));
        let output = command.current_dir(directory.path()).args(args).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let said = text(&output.stderr);
        assert!(said.contains("cannot write the result to stdout") && !said.contains("panicked"), "{said}");
    }
}

#[test]
fn a_run_whose_reader_leaves_early_is_no_failure_and_writes_its_files() {
    let directory = tempfile::tempdir().unwrap();
    mixed(&directory);
    for json in [&[][..], &["--json"]] {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("tardy"));
        command.current_dir(directory.path()).args(MIXED).args(["--tasks", "5", "--quiet", "--out", "out"]).args(json);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
        assert!(directory.path().join("out/summary.json").exists());
    }
}

/// A run of that scenario for as long as it is let, its first line of progress read.
#[cfg(unix)]
fn start_mixed(directory: &tempfile::TempDir) -> std::process::Child {
    use std::io::{BufRead, BufReader};
    mixed(directory);
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("tardy"));
    command.current_dir(directory.path()).args(MIXED).args(["--tasks", "1000000", "--out", "out"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::with_capacity(1, child.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("mixed: "), "{line}");
    child
}

#[cfg(unix)]
fn signal(child: &std::process::Child, signal: rustix::process::Signal) {
    rustix::process::kill_process(rustix::process::Pid::from_child(child), signal).unwrap();
}

#[cfg(unix)]
#[test]
fn files_that_cannot_be_written_after_all_do_not_cost_the_summary() {
    let directory = tempfile::tempdir().unwrap();
    let child = start_mixed(&directory);
    fs::remove_dir_all(directory.path().join("out")).unwrap();
    signal(&child, rustix::process::Signal::INT);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stdout).ends_with("books balanced ✓\n"), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("cannot write `out/summary.json`"), "{}", text(&output.stderr));
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_closes_its_books_writes_its_files_and_exits_with_130() {
    for which in [rustix::process::Signal::INT, rustix::process::Signal::TERM] {
        let directory = tempfile::tempdir().unwrap();
        let child = start_mixed(&directory);
        signal(&child, which);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{which:?}");
        assert!(text(&output.stdout).contains("ended by signal"), "{}", text(&output.stdout));
        let summary = fs::read_to_string(directory.path().join("out/summary.json")).unwrap();
        let summary: Value = serde_json::from_str(&summary).unwrap();
        assert_eq!((&summary["ended_by"], &summary["balanced"]), (&"signal".into(), &true.into()));
    }
}

#[cfg(unix)]
#[test]
fn a_poor_environment_is_enough() {
    let directory = tempfile::tempdir().unwrap();
    mixed(&directory);
    let binary = assert_cmd::cargo::cargo_bin("tardy");
    for script in [
        "exec \"$0\" run mixed.toml --tasks 5",
        "exec \"$0\" run mixed.toml --tasks 5 <&-",
        "exec \"$0\" run mixed.toml --tasks 5 2>&-",
        "TERM=dumb exec \"$0\" run mixed.toml --tasks 5",
    ] {
        let mut command = std::process::Command::new("/bin/sh");
        let output =
            command.args(["-c", script]).arg(&binary).env_clear().current_dir(directory.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{script}: {}", text(&output.stderr));
        assert!(text(&output.stdout).ends_with("books balanced ✓\n"), "{script}");
    }
}

/// `tardy config` where the configuration is this text, or is not there.
fn config(text: Option<&[u8]>) -> (tempfile::TempDir, Output) {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("tardy");
    if let Some(text) = text {
        fs::create_dir(&place).unwrap();
        fs::write(place.join("config.toml"), text).unwrap();
    }
    let output = tardy().arg("config").env("XDG_CONFIG_HOME", directory.path()).output().unwrap();
    (directory, output)
}

#[test]
fn config_says_where_the_file_is_and_whether_it_is_there_and_valid() {
    for (text, says) in [(None, "not there; `tardy config --defaults` prints"), (Some("fps = 60".as_bytes()), "ok\n")] {
        let (directory, output) = config(text);
        let said = String::from_utf8(output.stdout).unwrap();
        let path = directory.path().join("tardy/config.toml");
        assert!(said.starts_with(&format!("{}: {says}", path.display())), "{said}");
        assert!(output.status.success() && output.stderr.is_empty());
    }
}

#[test]
fn config_refuses_a_wrong_file_with_a_caret_and_one_that_cannot_be_read() {
    for (text, says) in [
        ("theme = \"drak\"".as_bytes(), &["config.toml:1:9", "did you mean `dark`?"][..]),
        ("fps = 0\nascii = 1".as_bytes(), &["2 things are wrong", "config.toml:1:7", "config.toml:2:9"]),
        (&[0xff], &["0xff is no UTF-8"]),
    ] {
        let (_directory, output) = config(Some(text));
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty() && !said.contains('\u{1b}'));
        for says in says {
            assert!(said.contains(says), "{says} in\n{said}");
        }
    }
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir_all(directory.path().join("tardy/config.toml")).unwrap();
    let refused = tardy().arg("config").env("XDG_CONFIG_HOME", directory.path()).assert().code(2);
    let said = String::from_utf8(refused.get_output().stderr.clone()).unwrap();
    assert!(said.contains("cannot read the configuration") && said.contains("it is a directory"), "{said}");
}

#[test]
fn the_defaults_are_a_valid_file() {
    let defaults = stdout(&["config", "--defaults"]);
    let (_directory, output) = config(Some(defaults.as_bytes()));
    assert!(output.status.success());
}

#[test]
fn without_a_home_there_is_no_configuration_and_no_error() {
    let said = tardy().arg("config").env_remove("XDG_CONFIG_HOME").env_remove("HOME").assert().success();
    let said = String::from_utf8(said.get_output().stdout.clone()).unwrap();
    assert!(said.contains("neither XDG_CONFIG_HOME nor HOME"), "{said}");
}

#[test]
fn the_summary_says_what_is_worth_knowing_with_what_to_try() {
    let args = ["--headless", "--quiet", "--tasks", "60", "--set", "workload.step.0.sleep=1ms"];
    let said = stdout(&[&["run", "hello"][..], &args].concat());
    let (_, known) = said.split_once("\nworth knowing\n").unwrap();
    assert!(known.contains("  sleeps under 2 ms are mostly the runtime's 1 ms timer: it rounds up"), "{said}");
}
