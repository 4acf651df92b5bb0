//! What commands come to: every ending under both policies, and nothing left of any of them.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use super::*;
use crate::engine::{Clock, Command as Engine, Registry, Run, workload};
use crate::ledger::Metric;
use crate::scenario::{Overrides, Plan, ScenarioError, Source};
use crate::snapshot::{EndedBy, Report};

fn plan(text: &str) -> Plan {
    let text = format!("name = \"test\"\nworkload.kind = \"exec\"\n{text}");
    Plan::new(Source::new("test.toml", text), &Overrides::default()).unwrap_or_else(|error| panic!("{error:?}"))
}

fn start(text: &str) -> Run {
    let plan = plan(text);
    Run::start(&plan, Registry::new().with(workload::<Exec>("exec")).prepare(&plan).unwrap()).unwrap()
}

fn run(text: &str) -> Report {
    let report = start(text).wait().unwrap();
    assert_eq!(report.snapshot.balanced, Some(true));
    report
}

/// Processes whose command line has `mark` in it, and children of this one that nobody buried.
fn left(mark: &str) -> Vec<String> {
    let own = format!("PPid:\t{}\n", std::process::id());
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let path = entry.ok()?.path();
        let command = fs::read_to_string(path.join("cmdline")).ok()?.replace('\0', " ");
        let status = fs::read_to_string(path.join("status")).ok()?;
        let is_zombie = status.contains("State:\tZ") && status.contains(&own);
        (command.contains(mark) || is_zombie).then_some(command)
    });
    processes.collect()
}

/// Nothing with this mark is left, at once or within a moment: a killed process takes its time.
#[track_caller]
fn assert_nothing_left(mark: &str) {
    let begin = Clock::new();
    while !left(mark).is_empty() {
        assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", left(mark));
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// How often each message was told.
fn messages(report: &Report) -> BTreeMap<String, u64> {
    let messages = report.snapshot.lanes.iter().flat_map(|lane| lane.book.messages().rows());
    messages.map(|message| (message.text.to_string(), message.count)).collect()
}

const TWENTY: &str = "load = { mode = 'closed', concurrency = 5 }\nrun = { tasks = 20, drain = '20s', workers = 1 }\n";

#[test]
fn the_exit_of_a_command_is_the_ending_of_its_task_whatever_the_policy() {
    for policy in ["observe", "cancel"] {
        for (shell, done, message) in [
            ("exit 0", 20, None),
            ("exit 3", 0, Some("exit 3")),
            ("echo no such item >&2; exit 4", 0, Some("exit 4: no such item")),
            ("echo from stdout; exit 5", 0, Some("exit 5: from stdout")),
            ("kill -9 $$", 0, Some("killed by signal 9")),
            ("head -c 3000000 /dev/zero; exit 6", 0, None),
        ] {
            let report = run(&format!(
                "workload.shell = \"{shell}\"\ndeadline = {{ after = '20s', on_timeout = '{policy}' }}\n{TWENTY}"
            ));
            let lane = &report.snapshot.lanes[0];
            assert_eq!((lane.done(), lane.failed()), (done, 20 - done), "{shell} under {policy}");
            if let Some(message) = message {
                assert_eq!(messages(&report), BTreeMap::from([(message.to_owned(), 20)]), "{policy}");
            }
        }
    }
}

#[test]
fn other_exit_codes_can_be_expected_and_the_task_can_be_named() {
    let report = run(&format!("workload.shell = 'exit $(({{task}} % 3))'\nworkload.expect = [0, 2]\n{TWENTY}"));
    let lane = &report.snapshot.lanes[0];
    assert_eq!((lane.done(), lane.failed()), (13, 7));
    let env = "workload.shell = 'exit $NUMBER'\nworkload.env.NUMBER = '{task}'\nworkload.expect = [19]";
    assert_eq!(run(&format!("{env}\n{TWENTY}")).snapshot.lanes[0].done(), 1);
}

/// A command that starts another, neither of which ends by itself in the time of a test.
fn family(mark: &str) -> String {
    format!("workload.shell = \"sleep {mark} & sleep {mark}; wait\"")
}

#[test]
fn a_task_cancelled_at_its_deadline_takes_its_process_group_with_it() {
    let report =
        run(&format!("{}\ndeadline = {{ after = '150ms', on_timeout = 'cancel' }}\n{TWENTY}", family("6001.25")));
    assert_eq!(report.snapshot.lanes[0].cancelled(), 20);
    assert_nothing_left("6001.25");
}

#[test]
fn a_late_task_under_observe_runs_on_and_is_done() {
    let report = run(&format!(
        "workload.command = ['sleep', '0.3']\ndeadline = {{ after = '50ms', on_timeout = 'observe' }}\n{TWENTY}"
    ));
    let lane = &report.snapshot.lanes[0];
    assert_eq!((lane.done(), lane.timed_out(), lane.cancelled()), (20, 20, 0));
}

#[test]
fn with_grace_a_command_may_clean_up_and_one_that_does_not_heed_is_killed() {
    let scratch = tempfile::tempdir().unwrap();
    let trap = format!("trap 'echo > {}/{{task}}; exit 0' TERM; sleep 6002.25 & wait", scratch.path().display());
    for (shell, cleaned) in [(trap.as_str(), 20), ("trap '' TERM; sleep 6002.25; sleep 6002.25", 0)] {
        let report = run(&format!(
            "workload.shell = \"{shell}\"\n\
             deadline = {{ after = '300ms', on_timeout = 'cancel', grace = '700ms' }}\n{TWENTY}"
        ));
        assert_eq!(report.snapshot.lanes[0].cancelled(), 20, "{shell}");
        assert_nothing_left("6002.25");
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), cleaned);
        for entry in fs::read_dir(scratch.path()).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
    }
}

#[test]
fn what_a_command_leaves_in_the_background_does_not_hold_up_the_end_of_its_task() {
    let report = run(&format!("workload.shell = 'sleep 1 & exit 0'\n{TWENTY}"));
    let lane = &report.snapshot.lanes[0];
    let latencies = lane.book.histogram(Metric::Service, |_| true);
    assert_eq!(lane.done(), 20);
    assert!(latencies.min() < Duration::from_millis(500), "{:?}", latencies.min());
}

#[test]
fn nothing_outlives_the_run_however_it_ends() {
    let endless = |mark: &str, load: &str| {
        let rest = "deadline = { after = '50ms', on_timeout = 'observe' }\nrun = { duration = '20s', drain = '100ms' }";
        start(&format!("{}\nload = {{ {load} }}\n{rest}", family(mark)))
    };
    let closed = "mode = 'closed', concurrency = 8";
    for (mark, command) in [("6003.25", Engine::Stop(EndedBy::User)), ("6004.25", Engine::Abort(EndedBy::Signal))] {
        let run = endless(mark, closed);
        let begin = Clock::new();
        while left(mark).len() < 8 {
            assert!(begin.elapsed() < Duration::from_secs(20), "nothing was started");
            std::thread::sleep(Duration::from_millis(10));
        }
        run.handle().send(command);
        let report = run.wait().unwrap();
        assert_eq!((report.snapshot.balanced, report.snapshot.lanes[0].unfinished()), (Some(true), 8));
        assert_nothing_left(mark);
    }
}

#[test]
fn what_cannot_be_started_is_said_with_its_place() {
    let refused = |table: &str| {
        let plan = plan(&format!("{table}\n{TWENTY}"));
        match Registry::new().with(workload::<Exec>("exec")).prepare(&plan) {
            Err(ScenarioError::Invalid(invalid)) => {
                invalid.complaints.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
            }
            other => panic!("{other:?}"),
        }
    };
    for (table, why) in [
        ("", "the workload has no command; expected `command` or `shell` (test.toml)"),
        ("workload.command = []", "`command` names no program"),
        ("workload.command = ['no-such-program-here']", "there is no program `no-such-program-here`"),
        ("workload.command = ['/etc/passwd']", "there is no program `/etc/passwd`"),
        ("workload.command = ['true']\nworkload.shell = 'true'", "`command` is there, too; expected one of them"),
        (
            "workload.command = ['nope']\nworkload.dir = '/nowhere'\nworkload.expect = []",
            "there is no program `nope`; there is no directory `/nowhere`; `expect` is empty: no task could be done; \
             expected exit codes such as [0]",
        ),
    ] {
        assert_eq!(refused(table), why, "{table}");
    }
}
