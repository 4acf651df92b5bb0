//! Export → import: what files hold comes back, and what is no run's directory is said to be none.

mod properties;
mod refusals;
mod same;

use std::ffi::OsString;
use std::fs;
use std::sync::LazyLock;

use self::same::assert_same;
use super::*;
use crate::export::Directory;
use crate::gate::judge;
use crate::histogram::Histogram;
use crate::ledger::{Book, Event, LateTask, Message, Metric};
use crate::outcome::{Ending, GatherOutcome, Lateness, Outcome};
use crate::snapshot::fixture::simulated::{Model, STEADY};
use crate::snapshot::{Cause, OverdueTask, OwnCost, RuntimeView, fixture};

const SCENARIO: &str = r#"
name = "fanout"
about = "20 leaves awaited together"
lesson = "one slow leaf makes the whole gather late"
workload = { kind = "synthetic", step = [{ name = "call", sleep = "1ms" }] }
load = { mode = "open", rate = "500/s" }
gather = { width = 20 }
deadline = { after = "50ms" }
"#;

fn exported(snapshot: Snapshot) -> tempfile::TempDir {
    let scratch = tempfile::tempdir().unwrap();
    let plan = Plan::new(Source::new("fanout.toml", SCENARIO), &Overrides::default()).unwrap();
    let report = Report { snapshot: Arc::new(snapshot), scenario: plan.resolved };
    Directory::open(scratch.path()).unwrap().write(&report).unwrap();
    scratch
}

/// The files of the finished fixture, which are made once.
fn finished_files() -> tempfile::TempDir {
    static FILES: LazyLock<Vec<(OsString, Vec<u8>)>> = LazyLock::new(|| {
        let scratch = exported(fixture::finished());
        let entries = fs::read_dir(scratch.path()).unwrap().map(Result::unwrap);
        entries
            .filter(|entry| entry.path().is_file())
            .map(|entry| (entry.file_name(), fs::read(entry.path()).unwrap()))
            .collect()
    });
    let scratch = tempfile::tempdir().unwrap();
    for (name, content) in &*FILES {
        fs::write(scratch.path().join(name), content).unwrap();
    }
    scratch
}

fn there_and_back(snapshot: Snapshot) -> Snapshot {
    let read = Snapshot::clone(&open(exported(snapshot).path()).unwrap().snapshot);
    assert!(read.from_files && read.is_finished());
    read
}

#[test]
fn a_run_that_is_written_and_read_is_the_same_run() {
    for snapshot in [fixture::finished(), fixture::keeping(), fixture::overload(), fixture::empty()] {
        let again = there_and_back(snapshot.clone());
        assert!(again.is_finished());
        assert_same(&snapshot, &again);
    }
}

#[test]
fn a_run_that_is_read_and_written_is_the_same_to_the_byte_but_for_what_files_do_not_hold() {
    let first = finished_files();
    let report = open(first.path()).unwrap();
    let second = tempfile::tempdir().unwrap();
    Directory::open(second.path()).unwrap().write(&report).unwrap();
    let exact = [
        "blame.csv",
        "blame.folded",
        "blocks.csv",
        "block_histogram.csv",
        "cancellations.csv",
        "cancelled_tasks.csv",
        "failures.csv",
        "heat.csv",
        "histogram.csv",
    ];
    for name in exact.into_iter().chain(["percentiles.csv", "summary.json", "timeline.csv"]) {
        let [first, second] = [&first, &second].map(|at| fs::read_to_string(at.path().join(name)).unwrap());
        if name == "summary.json" {
            // The deviation of a histogram that was made from quantiles is another, and the time of some of the tasks,
            // of which files have buckets, is not that of all.
            let inexact =
                ["stdev", "all_ns", "all_busy_ns", "late_ns", "late_busy_ns", "cancelled_ns", "cancelled_busy"];
            let is_exact = |line: &&str| !inexact.iter().any(|key| line.contains(key));
            let without = |text: &str| text.lines().filter(is_exact).map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(without(&first), without(&second));
        } else {
            assert_eq!(first, second, "{name}");
        }
    }
}

#[test]
fn what_regressed_is_judged_as_it_was_when_the_run_was_measured() {
    let gates = ["regressed(p50) > 5%", "regressed(p99.9) > 5%", "regressed(goodput) > 5%", "regressed(failed) > 5%"];
    let gates = gates.map(str::to_owned);
    let overrides = gates.iter().fold(Overrides::default(), |all, gate| all.with_fail_if(gate));
    let plan = Plan::new(Source::new("fanout.toml", SCENARIO), &overrides).unwrap();
    for slower in [1.0, 1.5, 4.0] {
        let run = fixture::held(Model { slower, fails: 0.0, ..STEADY }.run(2), &STEADY.run(1));
        let run = fixture::with_gates(run, &gates.each_ref().map(String::as_str), false);
        let scratch = tempfile::tempdir().unwrap();
        let report = Report { snapshot: Arc::new(run), scenario: Arc::clone(&plan.resolved) };
        Directory::open(scratch.path()).unwrap().write(&report).unwrap();
        let again = open(scratch.path()).unwrap().snapshot;
        assert_eq!(judge(&again), judge(&report.snapshot));
        let [before, after] = [&report.snapshot, &again].map(|run| run.regression().unwrap());
        assert_eq!((before.headline(), before.lanes.len()), (after.headline(), after.lanes.len()));
        assert_eq!(before.lanes[0].differences, after.lanes[0].differences);
    }
}

#[test]
fn a_run_of_an_early_tardy_is_read_without_what_its_files_lack() {
    let scratch = finished_files();
    for name in ["heat.csv", "blocks.csv", "block_histogram.csv", "causes.csv", "blame.csv", "cancellations.csv"] {
        fs::remove_file(scratch.path().join(name)).unwrap();
    }
    let path = scratch.path().join("summary.json");
    let mut summary: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for key in ["captures", "runtime", "own_cost"] {
        assert!(summary.as_object_mut().unwrap().remove(key).is_some());
    }
    fs::write(&path, summary.to_string()).unwrap();
    let read = open(scratch.path()).unwrap().snapshot;
    assert_eq!((read.lanes[0].book.misses().total(), read.awaits.captured), (0, 0));
    assert!(read.timeline.rows().iter().all(|row| row.heat.is_empty() && row.p50.is_some()));
    assert!(read.blocks.is_empty());
    assert_eq!((&read.runtime, read.cost), (&RuntimeView::default(), OwnCost::default()));
}

#[test]
fn a_glance_says_what_the_whole_run_does() {
    let snapshot = fixture::finished();
    let seen = glance(exported(snapshot.clone()).path()).unwrap();
    assert_eq!((seen.scenario.as_str(), seen.end), ("fanout", Some(End { missed: snapshot.timed_out_rate() })));
    assert_eq!(glance(exported(fixture::empty()).path()).unwrap().end, Some(End { missed: None }));
}
