//! Faults seen in tools of this kind, each with the test that it is not one of ours.
//!
//! All from outside: a scenario file goes in, and what a user sees or reads comes out.

#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "tests look at real time from outside")]
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "terminal/support.rs"]
#[expect(dead_code, reason = "the tests of the terminal use more of it")]
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use support::{SLOW_TENTH, TARDY, Terminal, field};

/// What a run left behind.
struct Outcome {
    files: tempfile::TempDir,
    text: String,
    took: Duration,
}

/// Runs a scenario with these arguments to its end, without a terminal; `text` says all but its name and kind.
fn run(text: &str, args: &[&str]) -> Outcome {
    let files = tempfile::tempdir().unwrap();
    let begin = Instant::now();
    let output = command(files.path(), text, args).output().unwrap();
    let took = begin.elapsed();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}\n{text}{}", output.status, String::from_utf8_lossy(&output.stderr));
    Outcome { files, text, took }
}

/// The command that does so, its files going to `directory`.
fn command(directory: &Path, text: &str, args: &[&str]) -> Command {
    let scenario = format!("name = \"peer\"\nworkload.kind = \"synthetic\"\n{text}");
    fs::write(directory.join("peer.toml"), scenario).unwrap();
    let mut command = Command::new(TARDY);
    command.current_dir(directory).args(["run", "peer.toml", "--out", "."]).args(args).stdin(Stdio::null());
    command
}

impl Outcome {
    fn summary(&self) -> Value {
        let summary: Value = serde_json::from_str(&self.file("summary.json")).unwrap();
        assert_eq!(summary["balanced"], true);
        summary
    }

    /// The only lane.
    fn lane(&self) -> Value {
        let summary = self.summary();
        let lanes = summary["lanes"].as_array().unwrap();
        assert_eq!(lanes.len(), 1, "{lanes:?}");
        lanes[0].clone()
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.files.path().join(name)).unwrap()
    }

    /// The values of these columns, a row after the other.
    fn columns<const N: usize>(&self, name: &str, columns: [&str; N]) -> Vec<[String; N]> {
        let text = self.file(name);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().unwrap().clone();
        let places = columns.map(|column| header.iter().position(|name| name == column).unwrap());
        reader.records().map(Result::unwrap).map(|row| places.map(|place| row[place].to_owned())).collect()
    }
}

fn count(of: &Value, key: &str) -> u64 {
    of[key].as_u64().unwrap_or_else(|| panic!("{key} in {of}"))
}

const MS: u64 = 1_000_000;

/// 98 % of 400 tasks need 5 ms and 2 % need 1.6 s, with a timeout of 1 s.
const SLOW_SERVER: &str = "
workload.step = [{ name = 'call', sleep = { dist = 'mix', of = [{ weight = 98, sleep = '5ms' }, { weight = 2, sleep = '1600ms' }] } }]
load = { mode = 'open', rate = '400/s', arrivals = 'constant' }
deadline.after = '1s'
run = { tasks = 400, drain = '20s', seed = 7 }
";

#[test]
fn a_task_that_never_yields_stops_neither_the_clock_nor_the_end() {
    let outcome = run(
        "workload.step = [{ name = 'spin', cpu = '30s' }]\nload = { mode = 'closed', concurrency = 8 }\n\
         deadline = { after = '50ms', on_timeout = 'cancel' }\nrun = { duration = '1s', drain = '500ms', workers = 2 }",
        &[],
    );
    assert!(outcome.took < Duration::from_secs(15), "{:?}", outcome.took);
    let lane = outcome.lane();
    assert_eq!(["unfinished", "overdue_at_end"].map(|key| count(&lane, key)), [8; 2]);
    // One that waited past its deadline for a worker is cancelled, and makes room for the next.
    let spawned = count(&lane, "spawned");
    assert_eq!((count(&lane, "timed_out"), count(&lane, "cancelled")), (spawned, spawned - 8));
    assert!(outcome.text.contains("unfinished"), "{}", outcome.text);
}

#[test]
fn a_warm_up_with_a_rate_does_not_hang() {
    let outcome = run(
        "workload.step = [{ name = 'a', sleep = '1ms' }]\nload = { mode = 'open', rate = '20/s', arrivals = 'constant' }\n\
         run = { duration = '500ms', warmup = '500ms' }",
        &[],
    );
    assert!(outcome.took < Duration::from_secs(15), "{:?}", outcome.took);
    let spawned = count(&outcome.lane(), "spawned");
    assert!((8..=14).contains(&spawned), "the warm-up is excluded: {spawned}");
}

#[test]
fn tasks_in_flight_at_the_end_are_in_the_report() {
    let outcome = run(
        "workload.step = [{ name = 'a', sleep = { dist = 'mix', of = [{ weight = 9, sleep = '2ms' }, { weight = 1, sleep = '1h' }] } }]\n\
         load = { mode = 'open', rate = '400/s', arrivals = 'constant' }\n\
         deadline = { after = '1s', on_timeout = 'observe' }\nrun = { tasks = 200, drain = '200ms', seed = 3 }",
        &[],
    );
    let lane = outcome.lane();
    let [spawned, done, unfinished] = ["spawned", "done", "unfinished"].map(|key| count(&lane, key));
    assert_eq!((spawned, done + unfinished), (200, 200));
    assert!((8..=40).contains(&unfinished), "{unfinished} of about 20");
    assert_eq!(count(&lane["censored_ns"], "count"), unfinished, "each with its age");
    assert!(
        outcome.text.lines().any(|line| line.starts_with("unfinished") && line.contains("oldest")),
        "{}",
        outcome.text
    );
}

#[test]
fn arrivals_never_sent_are_counted_and_said() {
    for when_full in ["queue", "shed"] {
        let outcome = run(
            &format!(
                "workload.step = [{{ name = 'a', sleep = '200ms' }}]\n\
                 load = {{ mode = 'open', rate = '400/s', arrivals = 'constant', max_in_flight = 4, when_full = '{when_full}' }}\n\
                 deadline = {{ after = '1s', on_timeout = 'observe' }}\nrun = {{ duration = '1s', drain = '100ms' }}"
            ),
            &[],
        );
        let summary = outcome.summary();
        let load = &summary["load"];
        let [due, spawned, shed, queued] = ["due", "spawned", "shed", "queued_at_end"].map(|key| count(load, key));
        assert_eq!(due, spawned + shed + queued, "{when_full}: {load}");
        assert!(due >= 350 && spawned <= 30, "{when_full}: {load}");
        let (kept, none) = if when_full == "queue" { (queued, shed) } else { (shed, queued) };
        // What comes due in the very moment of the end is shed no more.
        assert!(kept >= 300 && none <= 20, "{when_full}: {load}");
        let said = format!("{} of {due} arrivals were never spawned", due - spawned);
        assert!(outcome.text.contains(&said), "{said}\n{}", outcome.text);
    }
}

#[test]
fn memory_does_not_grow_with_the_number_of_tasks() {
    let peak_kib = |tasks: &str| {
        let files = tempfile::tempdir().unwrap();
        let text = "workload.step = [{ name = 'a', cpu = '1ns' }]\nload = { mode = 'closed', concurrency = 64 }\n\
                    deadline = { after = '1ms', on_timeout = 'observe' }\nrun.workers = 2";
        let mut command = command(files.path(), text, &["--quiet", "--tasks", tasks]);
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        let status = format!("/proc/{}/status", child.id());
        let mut peak = 0;
        while child.try_wait().unwrap().is_none() {
            // A process that has ended and is not waited for has no memory to tell of.
            let line = fs::read_to_string(&status).unwrap_or_default();
            let kib =
                line.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
            peak = peak.max(kib.unwrap_or(0));
            std::thread::sleep(Duration::from_millis(5));
        }
        let outcome = Outcome { files, text: String::new(), took: Duration::ZERO };
        assert_eq!(count(&outcome.lane(), "spawned").to_string(), tasks);
        peak
    };
    let (few, many): (u64, u64) = (peak_kib("20000"), peak_kib("200000"));
    assert!(few > 1_000 && many < few + 8_192, "{few} KiB, then {many} KiB");
}

#[test]
fn a_run_in_which_every_task_failed_says_so() {
    let files = tempfile::tempdir().unwrap();
    let text =
        "workload.step = [{ name = 'a', fail = 1.0 }]\nload = { mode = 'closed', concurrency = 2 }\nrun.tasks = 50";
    let output = command(files.path(), text, &[]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with("EVERY TASK FAILED\n"), "{said}");
    assert!(said.contains("50 failed"), "{said}");
    assert_eq!(output.status.code(), Some(1), "nor is it taken for a success by a script");
}

#[test]
fn no_escape_sequence_reaches_a_pipe() {
    let hostile = "workload.step = [{ name = 'a\\u001b[31m', fail = 0.5 }]\nload = { mode = 'closed', concurrency = 2 }\n\
                   run.tasks = 50";
    for args in
        [&[][..], &["--json"], &["--headless"], &["--deadline", "0s"], &["--set", "load.rate=5"], &["--rate", "x"]]
    {
        let files = tempfile::tempdir().unwrap();
        let mut command = command(files.path(), hostile, args);
        let coloured = command.env("CLICOLOR_FORCE", "1").env("FORCE_COLOR", "1").env("TERM", "xterm-256color");
        let output = coloured.env("COLORTERM", "truecolor").env_remove("NO_COLOR").output().unwrap();
        for (stream, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            assert!(!bytes.contains(&0x1b), "{args:?} {stream}: {}", String::from_utf8_lossy(bytes).escape_debug());
        }
        assert!(!output.stdout.is_empty() || !output.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn a_slow_mode_beside_a_fast_one_is_seen() {
    let mix = "{ dist = 'mix', of = [{ weight = 9, sleep = '2ms' }, { weight = 1, sleep = '1s' }] }";
    let text = format!(
        "workload.step = [{{ name = 'a', sleep = {mix} }}]\nload = {{ mode = 'open', rate = '200/s' }}\n\
         deadline = {{ after = '100ms', on_timeout = 'observe' }}\nrun = {{ duration = '1s', drain = '10s' }}"
    );
    let rows = run(&text, &[]).columns("histogram.csv", ["metric", "low_ns", "count"]);
    let beyond = |rows: &[[String; 3]], at: u64| {
        let rows = rows.iter().filter(|[metric, low, _]| metric == "service" && low.parse::<u64>().unwrap() >= at);
        rows.map(|[_, _, count]| count.parse::<u64>().unwrap()).sum::<u64>()
    };
    assert!(beyond(&rows, 0) > 100 && (5..60).contains(&beyond(&rows, 900 * MS)), "{rows:?}");

    let directory = tempfile::tempdir().unwrap();
    let scenario = SLOW_TENTH.replace("5ms", "2ms").replace("300ms", "1s");
    let terminal = Terminal::run_sized(&scenario, directory.path(), &[], (80, 24));
    terminal.until("bars at 2 ms and at 1 s", |screen| {
        let bars = screen.lines().filter_map(|line| line.split_once('┊')).map(|(left, right)| {
            let has_bar = |side: &str| side.chars().any(|c| ('▁'..='█').contains(&c));
            [has_bar(left), has_bar(right)]
        });
        bars.fold([false; 2], |seen, row| [seen[0] || row[0], seen[1] || row[1]]) == [true; 2]
    });
}

#[test]
fn cancelled_tasks_are_neither_lost_nor_mixed_into_the_percentiles() {
    let observed = run(SLOW_SERVER, &["--on-timeout", "observe"]);
    let cancelled = run(SLOW_SERVER, &["--on-timeout", "cancel"]);
    let slow = count(&observed.lane(), "late_done");
    assert!((5..=20).contains(&slow), "{slow} of about 8");
    assert_eq!(count(&observed.lane(), "timed_out"), slow);
    assert!(count(&observed.lane()["response_ns"], "p99") >= 1_500 * MS, "the tail is what it is");

    let lane = cancelled.lane();
    let [done, at_deadline, timed_out] = ["done", "cancelled_at_deadline", "timed_out"].map(|key| count(&lane, key));
    assert_eq!((done, at_deadline, timed_out), (400 - slow, slow, slow), "the same seed is the same work");
    assert_eq!(count(&lane["service_ns"], "count"), done);
    assert!(count(&lane["service_ns"], "max") < 1_000 * MS, "no age at a cancel passes for a latency");
    assert_eq!(count(&lane["censored_ns"], "count"), slow);
    let row = cancelled.text.lines().skip_while(|line| !line.starts_with("response time")).nth(1).unwrap();
    assert!(row.contains("≥1.0"), "p99 is only known to be beyond the deadline: {row}");
}

#[test]
fn latency_is_measured_from_the_intended_arrival() {
    let outcome = run(
        "workload.step = [{ name = 'a', sleep = '20ms' }]\n\
         load = { mode = 'open', rate = '100/s', arrivals = 'constant', max_in_flight = 1, when_full = 'queue' }\n\
         deadline = { after = '10s', on_timeout = 'observe' }\nrun = { tasks = 40, drain = '30s' }",
        &[],
    );
    let lane = outcome.lane();
    let [service, response] = ["service_ns", "response_ns"].map(|metric| count(&lane[metric], "p90"));
    // The 36th is due after 360 ms and begins after 700 ms at the earliest.
    assert!(response >= service + 300 * MS, "{service} {response}");
    assert_eq!(outcome.summary()["headline"], "response");
    assert!(outcome.text.contains("from the intended arrival"), "{}", outcome.text);
}

#[test]
fn load_and_timeout_can_be_turned_while_it_runs() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run(SLOW_TENTH, directory.path(), &["--out", "out"]);
    terminal.until("tasks are done", |screen| field(screen, "done") > Some(20));
    terminal.press("]", "deadline 60.0 ms");
    terminal.press("t", " CANCEL ");
    terminal.press("+++++", "open 300/s constant");
    terminal.until("tasks are cancelled", |screen| field(screen, "cancelled") > Some(2));
    terminal.keys("q");
    assert!(terminal.end().success());
    let summary: Value = serde_json::from_slice(&fs::read(directory.path().join("out/summary.json")).unwrap()).unwrap();
    let lanes = summary["lanes"].as_array().unwrap().iter();
    let lanes: BTreeSet<_> =
        lanes.map(|lane| (lane["on_timeout"].as_str().unwrap(), count(lane, "deadline_ns"))).collect();
    assert!(lanes.is_superset(&[("observe", 50 * MS), ("cancel", 60 * MS)].into()), "{lanes:?}");
}

#[test]
fn sixty_by_fifteen_overprints_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run_sized(SLOW_TENTH, directory.path(), &[], (60, 15));
    let whole = |screen: &str| {
        let rows: Vec<&str> = screen.lines().collect();
        let words = |row: &str| row.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let [head, verdict, percentiles] = [0, 1, 2].map(|row| rows.get(row).map(|row| words(row)).unwrap_or_default());
        let labels =
            |words: &[String], labels: &[&str]| labels.iter().all(|label| words.iter().any(|word| word == label));
        let numbers = verdict.windows(2).filter(|pair| pair[0] == "overdue" || pair[0] == "done");
        rows.len() == 15
            && rows.iter().all(|row| row.chars().count() <= 60)
            && labels(&head, &["slow-tenth", "OBSERVE", "LIVE"])
            && labels(&verdict, &["missed", "%", "overdue", "done"])
            && numbers.filter(|pair| pair[1].replace(',', "").parse::<u64>().is_ok()).count() == 2
            && labels(&percentiles, &["p50", "p99", "max", "ms"])
            && screen.chars().any(|c| ('▁'..='█').contains(&c))
            && labels(&words(rows[14]), &["t", "policy", "?", "help", "q", "quit"])
    };
    terminal.until("every part in its place", whole);
    terminal.press("?", "switch new tasks");
    terminal.keys("?");
    terminal.until("the help is closed", |screen| !screen.contains("switch new tasks"));
    terminal.until("every part in its place again", whole);
    terminal.resize(30, 6);
    terminal.until("a verdict even here", |screen| screen.contains("missed") && screen.contains('%'));
}

#[test]
fn done_aborted_and_panicked_are_told_apart() {
    let outcome = run(
        "workload.step = [{ name = 'a', fail = 0.2, panic = 0.2, sleep = { dist = 'mix', of = [{ weight = 8, sleep = '2ms' }, { weight = 2, sleep = '1h' }] } }]\n\
         load = { mode = 'closed', concurrency = 50 }\ndeadline = { after = '1s', on_timeout = 'cancel' }\nrun = { tasks = 200, seed = 1 }",
        &[],
    );
    let lane = outcome.lane();
    let counts = ["done", "failed", "panicked", "cancelled"].map(|key| count(&lane, key));
    assert!(counts.iter().all(|&n| n > 5) && counts.iter().sum::<u64>() == 200, "{counts:?}");
    let endings: BTreeSet<_> =
        outcome.columns("histogram.csv", ["ending"]).into_iter().map(|[ending]| ending).collect();
    assert!(["done", "failed", "panicked", "cancelled"].iter().all(|&ending| endings.contains(ending)), "{endings:?}");
    assert!(!outcome.text.contains("panicked at"), "{}", outcome.text);
}

#[test]
fn an_aborted_tasks_idle_time_is_no_start_delay() {
    let outcome = run(
        "workload.step = [{ name = 'a', sleep = '1h' }]\nload = { mode = 'closed', concurrency = 10 }\n\
         deadline = { after = '500ms', on_timeout = 'cancel' }\nrun = { tasks = 10 }",
        &[],
    );
    let lane = outcome.lane();
    assert_eq!(count(&lane, "cancelled"), 10);
    for spent in ["start_delay_ns", "busy_ns"] {
        assert!(count(&lane[spent], "max") < count(&lane["censored_ns"], "min") / 2, "{spent}: {lane}");
    }
    let [name] = &outcome.columns("late_tasks.csv", ["ending"])[0];
    assert_eq!(name, "cancelled");
}

#[test]
fn late_is_decided_by_the_clock_on_a_blocked_worker() {
    for policy in ["cancel", "observe"] {
        let outcome = run(
            &format!(
                "workload.step = [{{ name = 'a', cpu = '150ms' }}]\nload = {{ mode = 'closed', concurrency = 1 }}\n\
                 deadline = {{ after = '75ms', on_timeout = '{policy}' }}\nrun = {{ tasks = 5, workers = 1 }}"
            ),
            &[],
        );
        let lane = outcome.lane();
        let counts = ["done", "late_done", "timed_out", "cancelled"].map(|key| count(&lane, key));
        assert_eq!(counts, [5, 5, 5, 0], "{policy}");
    }
}

#[test]
fn the_same_seed_gives_the_same_work_under_both_policies() {
    let late = |policy: &str, seed: &str| {
        let outcome = run(SLOW_SERVER, &["--on-timeout", policy, "--seed", seed]);
        let tasks = outcome.columns("late_tasks.csv", ["task"]).into_iter().map(|[task]| task);
        (tasks.collect::<BTreeSet<_>>(), count(&outcome.lane(), "timed_out"))
    };
    let (tasks, timed_out) = late("observe", "7");
    assert_eq!(tasks.len() as u64, timed_out);
    assert_eq!(late("cancel", "7").0, tasks);
    assert_ne!(late("cancel", "8").0, tasks);
}
