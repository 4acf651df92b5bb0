//! What comes of the tasks of a program that keeps to the protocol.

use std::fs;

use tardy::figure::MAX_REMARKS;
use tardy::snapshot::LaneView;

use crate::support::{Count, TWENTY, alone, messages, run_program, steps, total};

/// A program that does something with every task, `$id`, and something else when one is cancelled.
fn server(task: &str, cancel: &str) -> String {
    format!(
        "begin\nwhile get; do case $line in\n*'\"task\"'*) {task} ;;\n*'\"cancel\"'*) {cancel} ;;\n*'\"bye\"'*) exit 0 ;;\nesac; \
         done"
    )
}

#[test]
fn the_ending_a_program_says_is_the_ending_of_the_task_whatever_the_policy() {
    let _alone = alone();
    let ends: [(&str, Count, Option<&str>); 6] = [
        ("\"done\"", LaneView::done, None),
        ("\"failed\",\"message\":\"no such item\"", LaneView::failed, Some("no such item")),
        ("\"failed\"", LaneView::failed, Some("failed without a message")),
        ("\"panicked\",\"message\":\"division by zero\"", LaneView::panicked, Some("division by zero")),
        ("\"panicked\"", LaneView::panicked, Some("panicked without a message")),
        ("\"cancelled\"", LaneView::cancelled, None),
    ];
    for policy in ["cancel", "observe"] {
        for (ending, of, message) in ends {
            let body = server(&format!("say '{{\"type\":\"end\",\"id\":'$id',\"ending\":{ending}}}'"), ":");
            let report =
                run_program(&body, &format!("deadline = {{ after = '20s', on_timeout = '{policy}' }}\n{TWENTY}"));
            assert_eq!(total(&report, of), 20, "{ending} under {policy}");
            let told: Vec<String> = messages(&report).into_keys().collect();
            assert_eq!(told, message.into_iter().map(str::to_owned).collect::<Vec<_>>());
        }
    }
}

#[test]
fn the_steps_a_program_says_are_the_steps_of_its_tasks() {
    let _alone = alone();
    let step = |name: &str| format!("say '{{\"type\":\"step\",\"id\":'$id',\"name\":{name}}}'");
    let task = [step("\"connect\""), step("null"), step("\"query\""), "end $id".to_owned()].join("; ");
    let report = run_program(&server(&task, ":"), TWENTY);
    let steps = steps(&report);
    assert_eq!((steps.get("connect"), steps.get("query")), (Some(&20), Some(&20)), "{steps:?}");
}

#[test]
fn what_a_program_makes_of_a_cancellation_is_what_becomes_of_the_task() {
    let _alone = alone();
    let deadline = "deadline = { after = '50ms', on_timeout = 'cancel', grace = '20s' }";
    for (ending, of) in [("cancelled", LaneView::cancelled as Count), ("done", LaneView::done)] {
        let cancel = format!("say '{{\"type\":\"end\",\"id\":'$id',\"ending\":\"{ending}\"}}'");
        let report = run_program(&server(":", &cancel), &format!("{deadline}\n{TWENTY}"));
        assert_eq!((total(&report, of), total(&report, LaneView::timed_out)), (20, 20), "{ending}");
    }
}

#[test]
fn without_grace_a_task_ends_at_once_and_what_the_program_says_of_it_later_is_no_fault() {
    let _alone = alone();
    let step = "say '{\"type\":\"step\",\"id\":'$id',\"name\":\"late\"}'";
    let log = "say '{\"type\":\"log\",\"level\":\"info\",\"message\":\"cancel '$id'\"}'";
    let body = server(":", &format!("{log}; {step}; end $id"));
    let report = run_program(&body, &format!("deadline = {{ after = '50ms', on_timeout = 'cancel' }}\n{TWENTY}"));
    let cancelled = total(&report, LaneView::cancelled);
    // The program may hear of a cancellation before the task that was just being polled is dropped.
    assert_eq!(cancelled + total(&report, LaneView::done), 20);
    assert!(cancelled >= 10, "{cancelled}");
    assert!(report.snapshot.workload.remarked >= 15, "{:?}", report.snapshot.workload.remarks);
    assert!(messages(&report).is_empty());
}

#[test]
fn a_program_that_hangs_has_overdue_tasks_which_the_policy_ends() {
    let _alone = alone();
    let body = "begin\nwhile read -r line; do :; done";
    let rest = |policy: &str| {
        format!(
            "deadline = {{ after = '50ms', on_timeout = '{policy}', grace = '50ms' }}\n\
             load = {{ mode = 'closed', concurrency = 5 }}\nrun = {{ duration = '400ms', drain = '200ms', workers = 1 }}"
        )
    };
    let cancelled = run_program(body, &rest("cancel"));
    assert!(total(&cancelled, LaneView::cancelled) >= 5);
    assert_eq!(total(&cancelled, |lane| lane.spawned), total(&cancelled, LaneView::cancelled));
    let observed = run_program(body, &rest("observe"));
    assert_eq!((total(&observed, |lane| lane.spawned), total(&observed, LaneView::unfinished)), (5, 5));
}

/// A program that writes into a file, at the end, how many tasks it got; `task` is what it does with each.
fn counter(path: &str, task: &str) -> String {
    format!(
        "got=0\nwhile get; do case $line in\n*'\"task\"'*) got=$((got + 1)); {task}; end $id ;;\n\
         *'\"bye\"'*) echo $got > {path}; exit 0 ;;\nesac; done"
    )
}

#[test]
fn while_a_program_reads_too_slowly_tasks_wait_to_be_sent_and_one_cancelled_there_never_was() {
    let _alone = alone();
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("got");
    // It reads nothing until the deadlines have passed.
    let body = format!("begin\nsleep 1\n{}", counter(path.to_str().unwrap(), ":"));
    for grace in ["0s", "5s"] {
        let rest = format!(
            "workload.parameters.long = '{}'\n\
             deadline = {{ after = '200ms', on_timeout = 'cancel', grace = '{grace}' }}\n\
             load = {{ mode = 'open', rate = '5000/s', arrivals = 'constant' }}\n\
             run = {{ tasks = 1000, drain = '20s', workers = 1 }}",
            "x".repeat(1_000)
        );
        let report = run_program(&body, &rest);
        let got: u64 = fs::read_to_string(&path).unwrap().trim().parse().unwrap();
        // Both the pipe and the queue hold 64 KiB, of more than 1,000 bytes a task.
        assert!((20..=140).contains(&got), "{got}");
        assert_eq!(total(&report, |lane| lane.spawned), 1_000);
        assert!(total(&report, LaneView::cancelled) >= 1_000 - got, "{got}");
    }
}

#[test]
fn of_a_flood_of_logs_the_last_are_kept_and_all_are_counted() {
    let _alone = alone();
    let flood = "n=0; while [ $n -lt 20000 ]; do n=$((n + 1)); \
                 say '{\"type\":\"log\",\"level\":\"warning\",\"message\":\"'$n'\"}'; done";
    let report = run_program(&format!("begin\n{flood}\nserve"), TWENTY);
    assert_eq!(total(&report, LaneView::done), 20);
    let said = &report.snapshot.workload;
    assert_eq!((said.remarked, said.remarks.len()), (20_000, MAX_REMARKS));
    assert_eq!(said.remarks.last().map(String::as_str), Some("warning: 20000"));
}

#[test]
fn a_program_that_never_stops_talking_still_gets_its_tasks() {
    let _alone = alone();
    let flood = "( while :; do say '{\"type\":\"log\",\"level\":\"info\",\"message\":\"still here\"}'; done ) &";
    let report = run_program(&format!("begin\n{flood}\nserve"), TWENTY);
    assert_eq!(total(&report, LaneView::done), 20);
}

#[test]
fn a_program_may_be_ready_before_it_is_greeted_and_tell_its_lag() {
    let _alone = alone();
    let report = run_program("ready\nread -r hello\nsay '{\"type\":\"lag\",\"ns\":5000000}'\nserve", TWENTY);
    assert_eq!(total(&report, LaneView::done), 20);
    let figures = &report.snapshot.workload.figures;
    assert_eq!(figures.iter().map(|figure| figure.name.as_str()).collect::<Vec<_>>(), ["loop lag"]);
}

#[test]
fn each_copy_gets_as_many_tasks() {
    let _alone = alone();
    let scratch = tempfile::tempdir().unwrap();
    let path = format!("{}/$$", scratch.path().display());
    let body = format!("begin\n{}", counter(&path, "sleep 0.02"));
    let report = run_program(&body, &format!("workload.copies = 5\n{TWENTY}"));
    assert_eq!(total(&report, LaneView::done), 20);
    let got = fs::read_dir(scratch.path()).unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let got: Vec<u64> = got.map(|tasks| tasks.trim().parse().unwrap()).collect();
    assert_eq!((got.len(), got.iter().sum::<u64>()), (5, 20));
    assert!(got.iter().all(|&tasks| tasks >= 2), "{got:?}");
}
