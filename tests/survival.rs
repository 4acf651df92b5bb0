//! The survival curve is the one lifelines draws, and that of a lane that cancels is, up to its deadline, the one that
//! the same tasks give when they are let alone.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

#[path = "engine/support.rs"]
#[expect(dead_code, clippy::disallowed_methods, reason = "shared with the tests of the engine")]
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tardy::ledger::{Book, Event, LaneKey, TaskEnd};
use tardy::outcome::{CancelReason, Ending, Lateness, Outcome, Policy};
use tardy::scenario::TaskContext;
use tardy::snapshot::{LaneView, Report, Survival};

use support::{Work, lane, run, sleep_ms};

/// One instant of a case of `survival.csv`.
#[derive(Debug, Clone, Deserialize)]
struct Row {
    case: String,
    at: u64,
    ended: u64,
    censored: u64,
    at_risk: u64,
    longer: f64,
    low: f64,
    high: f64,
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn rows(csv: &[u8]) -> Vec<Row> {
    csv::Reader::from_reader(csv).into_deserialize().map(Result::unwrap).collect()
}

/// A task that ended, or was cut off, after so many nanoseconds: below 2,048 of them each has a bucket to itself.
fn task_end(ending: Ending, service: u64) -> TaskEnd {
    TaskEnd {
        outcome: Outcome { ending, lateness: Lateness::OnTime },
        asked: (ending == Ending::Cancelled).then_some(CancelReason::Sibling),
        task: 0,
        at: service,
        service,
        response: service,
        start_delay: None,
        busy: 0,
        polls: 1,
        overrun: 0,
        cancel_lag: None,
        was_overdue: false,
        step: None,
    }
}

fn survival(rows: &[Row]) -> Survival {
    let mut book = Book::new(true);
    for row in rows {
        for (ending, times) in [(Ending::Done, row.ended), (Ending::Cancelled, row.censored)] {
            (0..times).for_each(|_| book.fold(&Event::TaskEnded(&task_end(ending, row.at))));
        }
    }
    let lane = LaneView {
        key: LaneKey { policy: Policy::Observe, deadline: None },
        spawned: book.total_ended(),
        open: Duration::ZERO,
        overdue: 0,
        gathers_overdue: 0,
        book: Arc::new(book),
        ages: None,
        gather_ages: None,
        closed: true,
    };
    lane.survival()
}

#[test]
fn estimates_and_bounds_are_those_of_lifelines() {
    let all = rows(&std::fs::read(data("survival.csv")).unwrap());
    for case in all.chunk_by(|a, b| a.case == b.case) {
        let curve = survival(case);
        assert_eq!(curve.steps().len(), case.len(), "{}", case[0].case);
        for (step, row) in curve.steps().iter().zip(case) {
            let counts = (step.at, step.at_risk, step.ended, step.censored);
            assert_eq!(counts, (Duration::from_nanos(row.at), row.at_risk, row.ended, row.censored), "{row:?}");
            let near = |ours: f64, theirs: f64| (ours - theirs).abs() < 1e-9;
            assert!(near(step.longer.share, row.longer), "{step:?} {row:?}");
            // Where nobody is left the variance has no value; lifelines says zero, we keep the last upper bound.
            let has_bounds = row.longer > 0.0;
            assert!(
                !has_bounds || near(step.longer.low, row.low) && near(step.longer.high, row.high),
                "{step:?} {row:?}"
            );
        }
    }
}

#[test]
fn the_reference_numbers_are_those_that_lifelines_gives_here() {
    let has_lifelines = Command::new("python3").args(["-c", "import lifelines"]).output();
    if !has_lifelines.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: making the reference numbers again needs a python3 with lifelines on the path");
        return;
    }
    let output = Command::new("python3").arg(data("survival.py")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (made, kept) = (rows(&output.stdout), rows(&std::fs::read(data("survival.csv")).unwrap()));
    assert_eq!(made.len(), kept.len());
    for (made, kept) in made.iter().zip(&kept) {
        let counts = |row: &Row| (row.case.clone(), row.at, row.ended, row.censored, row.at_risk);
        assert_eq!(counts(made), counts(kept));
        let shares = |row: &Row| [row.longer, row.low, row.high];
        assert!(shares(made).iter().zip(shares(kept)).all(|(a, b)| (a - b).abs() < 1e-9), "{made:?} {kept:?}");
    }
}

const TASKS: u64 = 400;
const DEADLINE_MS: u64 = 300;

/// What task `number` sleeps: four in ten beyond the deadline, and none near it.
fn needs_ms(number: u64) -> u64 {
    match number * 7919 % 10 {
        n @ 0..=5 => 40 * n + 5,
        n => 600 + 50 * (n - 6),
    }
}

/// The same tasks under a policy.
fn under(policy: &str) -> Report {
    let text = format!(
        "load = {{ mode = 'closed', concurrency = 200 }}\n\
         deadline = {{ after = '{DEADLINE_MS}ms', on_timeout = '{policy}' }}\n\
         run = {{ tasks = {TASKS}, drain = '30s', seed = 1 }}\n"
    );
    run(&text, |cx: TaskContext| -> Work {
        Box::pin(async move {
            sleep_ms(needs_ms(cx.number())).await;
            Ok(())
        })
    })
}

#[test]
fn the_curve_of_a_lane_that_cancels_covers_the_one_of_the_same_tasks_observed_up_to_the_deadline() {
    let (observed, cancelled) = (under("observe"), under("cancel"));
    let [seen, estimated] = [&observed, &cancelled].map(|report| lane(report).survival());
    assert_eq!((seen.tasks(), estimated.tasks()), (TASKS, TASKS));
    assert_eq!(seen.known_until(), None);
    assert_eq!(estimated.known_until(), Some(Duration::from_millis(DEADLINE_MS)));
    // Halfway between the sleeps, where a task that is woken late is still on its side.
    for ms in (25..DEADLINE_MS).step_by(40) {
        let time = Duration::from_millis(ms);
        let (truth, estimate) = (seen.longer_than(time).unwrap(), estimated.longer_than(time).unwrap());
        assert!((estimate.low..=estimate.high).contains(&truth.share), "{ms} ms: {truth:?} {estimate:?}");
    }
    let beyond = Duration::from_millis(2 * DEADLINE_MS);
    assert!(
        seen.longer_than(beyond).is_some_and(|longer| longer.share > 0.2) && estimated.longer_than(beyond).is_none()
    );
}
