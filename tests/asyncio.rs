//! The same plan through CPython's asyncio and through tardy gives the same counts.
//!
//! Sleeps lie far from deadlines, so that a loaded machine keeps the counts.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

#[path = "engine/support.rs"]
#[expect(dead_code, clippy::disallowed_methods, reason = "shared with the tests of the engine")]
mod support;

#[path = "languages/found.rs"]
#[expect(dead_code, reason = "shared with the tests of other languages")]
mod found;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tardy::engine::{Registry, Run};
use tardy::outcome::GatherOutcome;
use tardy::scenario::{Cancelled, Overrides, Source, TaskContext};
use tardy::snapshot::{LaneView, Report};
use tardy::workload::Process;

use found::has_python;
use support::{Work, finish, sleep_ms, start};

const DEADLINE_MS: u64 = 900;

/// Plans that run at the same time.
const TOGETHER: usize = 5;

/// How a task ends when it is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Ending {
    Ok,
    Error,
    /// It raises `CancelledError` although nobody asked.
    Cancelled,
    /// It catches the `CancelledError` when it is cancelled, and returns.
    Swallow,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct Task {
    sleep_ms: u64,
    ending: Ending,
}

/// Gathers of one width, or single tasks, started at the same time.
#[derive(Debug, Serialize)]
struct Plan {
    kind: &'static str,
    deadline_ms: u64,
    gathers: Vec<Vec<Task>>,
    /// The `[gather]` and `[deadline]` that mean the same to tardy.
    #[serde(skip)]
    gather: Option<&'static str>,
    #[serde(skip)]
    deadline: &'static str,
}

/// What became of a plan.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
struct Counts {
    done: u64,
    failed: u64,
    cancelled: u64,
    timed_out: u64,
    outcomes: Outcomes,
}

#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
struct Outcomes {
    complete: u64,
    partial: u64,
    failed: u64,
    cancelled: u64,
}

const fn ok(sleep_ms: u64) -> Task {
    Task { sleep_ms, ending: Ending::Ok }
}

const fn error(sleep_ms: u64) -> Task {
    Task { sleep_ms, ending: Ending::Error }
}

const fn cancelled(sleep_ms: u64) -> Task {
    Task { sleep_ms, ending: Ending::Cancelled }
}

/// Single tasks: on time and late, each with both endings.
fn singles() -> Vec<Vec<Task>> {
    (0..40).map(|n| vec![[ok(10), error(250), ok(1600), error(1700), ok(0)][n % 5]]).collect()
}

/// Gathers of three: every combination of a child that is quick, one in between and one that is late.
fn triples() -> Vec<Vec<Task>> {
    let mut all = Vec::new();
    for first in [ok(10), error(10)] {
        for second in [ok(250), error(250)] {
            for third in [ok(500), error(500), ok(1600), error(1600)] {
                all.push(vec![third, first, second]);
            }
        }
    }
    all
}

/// Gathers of three in which children give up by themselves.
fn quitters() -> Vec<Vec<Task>> {
    vec![
        vec![cancelled(10), ok(250), ok(500)],
        vec![ok(10), cancelled(250), error(500)],
        vec![error(10), cancelled(250), ok(500)],
        vec![cancelled(10), cancelled(250), cancelled(500)],
        vec![ok(10), ok(250), cancelled(500)],
    ]
}

fn plans() -> Vec<Plan> {
    const CANCEL: &str = "on_timeout = 'cancel'";
    const OBSERVE: &str = "on_timeout = 'observe'";
    const WITHIN: &str = "on_timeout = 'cancel', scope = 'gather'";
    let plan = |kind, gathers, gather, deadline| Plan { kind, deadline_ms: DEADLINE_MS, gathers, gather, deadline };
    let mut plans = vec![plan("wait_for", singles(), None, CANCEL), plan("observe", singles(), None, OBSERVE)];
    for (mode, [alone, of_wait_for, within]) in [
        ("collect", ["collect", "collect_of_wait_for", "wait_for_collect"]),
        ("fail_fast", ["fail_fast", "fail_fast_of_wait_for", "wait_for_fail_fast"]),
        ("cancel_siblings", ["cancel_siblings", "cancel_siblings_of_wait_for", "wait_for_cancel_siblings"]),
    ] {
        plans.push(plan(alone, triples(), Some(mode), OBSERVE));
        plans.push(plan(alone, quitters(), Some(mode), OBSERVE));
        plans.push(plan(of_wait_for, triples(), Some(mode), CANCEL));
        plans.push(plan(within, triples(), Some(mode), WITHIN));
    }
    plans
}

/// What asyncio makes of the plans; `None` where there is none.
fn asyncio(plans: &[Plan]) -> Option<Vec<Counts>> {
    if !has_python() {
        return None;
    }
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("plans.json");
    std::fs::write(&file, serde_json::to_vec(plans).unwrap()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/asyncio/plan.py");
    let output = Command::new("python3").arg(script).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

async fn work(task: Task) -> Result<(), tardy::scenario::TaskError> {
    sleep_ms(task.sleep_ms).await;
    match task.ending {
        Ending::Ok => Ok(()),
        Ending::Error => Err("as planned".into()),
        Ending::Cancelled => Err(Cancelled.into()),
        Ending::Swallow => panic!("what swallows is for Python alone"),
    }
}

/// Starts a plan in tardy, its tasks in Rust.
fn begin(plan: &Plan, flavor: &str) -> Run {
    let tasks: Arc<[Task]> = plan.gathers.iter().flatten().copied().collect();
    let work = move |cx: TaskContext| -> Work { Box::pin(work(tasks[usize::try_from(cx.number()).unwrap()])) };
    start(&settings(plan, flavor), work)
}

/// Starts a plan in tardy, its tasks those of Python.
fn begin_in_python(plan: &Plan) -> Run {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tasks: Vec<Task> = plan.gathers.iter().flatten().copied().collect();
    let text = format!(
        "name = 'test'\n\
         workload = {{ kind = 'process', command = ['python3', '-B', '{script}'], env = {{ PYTHONPATH = '{module}' }}, \
         parameters = {{ tasks = {tasks} }} }}\n{settings}",
        script = root.join("tests/asyncio/tasks.py").display(),
        module = root.join("scenarios/asyncio").display(),
        tasks = toml::Value::try_from(tasks).unwrap(),
        settings = settings(plan, "multi_thread"),
    );
    let plan = tardy::scenario::Plan::new(Source::new("test.toml", text), &Overrides::default()).unwrap();
    let registry = Registry::new().with(tardy::workload::<Process>("process"));
    Run::start(&plan, registry.prepare(&plan).unwrap()).unwrap()
}

/// The tables of the scenario that mean the same as the plan.
fn settings(plan: &Plan, flavor: &str) -> String {
    let (arrivals, width) = (plan.gathers.len(), plan.gathers[0].len());
    let gather =
        plan.gather.map(|mode| format!("gather = {{ width = {width}, mode = '{mode}' }}\n")).unwrap_or_default();
    format!(
        "load = {{ mode = 'closed', concurrency = {arrivals} }}\n{gather}\
         deadline = {{ after = '{}ms', {} }}\n\
         run = {{ tasks = {}, drain = '30s', flavor = '{flavor}' }}\n",
        plan.deadline_ms,
        plan.deadline,
        arrivals * width
    )
}

fn counts(report: &Report) -> Counts {
    let lane: &LaneView = support::lane(report);
    let outcome = |outcome| lane.book.gathers().map_or(0, |gathers| gathers.decided(outcome));
    Counts {
        done: lane.done(),
        failed: lane.failed(),
        cancelled: lane.cancelled(),
        timed_out: lane.timed_out(),
        outcomes: Outcomes {
            complete: outcome(GatherOutcome::Complete),
            partial: outcome(GatherOutcome::Partial),
            failed: outcome(GatherOutcome::Failed),
            cancelled: outcome(GatherOutcome::Cancelled),
        },
    }
}

#[test]
fn the_same_plan_through_asyncio_and_through_tardy_gives_the_same_counts() {
    let plans = plans();
    let Some(expected) = asyncio(&plans) else { return };
    for flavor in ["current_thread", "multi_thread"] {
        for (plans, expected) in plans.chunks(TOGETHER).zip(expected.chunks(TOGETHER)) {
            let runs: Vec<_> = plans.iter().map(|plan| begin(plan, flavor)).collect();
            for ((plan, expected), run) in plans.iter().zip(expected).zip(runs) {
                assert_eq!(counts(&finish(run)), *expected, "{flavor}, {}: {plan:?}", plan.kind);
            }
        }
    }
}

#[test]
fn the_same_plan_on_an_event_loop_of_pythons_that_tardy_drives_gives_the_same_counts() {
    let mut plans = plans();
    let stubborn = [Ending::Ok, Ending::Swallow].map(|ending| vec![Task { sleep_ms: 1600, ending }]);
    plans.push(Plan {
        kind: "wait_for",
        deadline_ms: DEADLINE_MS,
        gathers: stubborn.iter().cycle().take(10).cloned().collect(),
        gather: None,
        // As wait_for waits until the task has ended.
        deadline: "on_timeout = 'cancel', grace = '10s'",
    });
    let Some(expected) = asyncio(&plans) else { return };
    for (plans, expected) in plans.chunks(TOGETHER).zip(expected.chunks(TOGETHER)) {
        let runs: Vec<_> = plans.iter().map(begin_in_python).collect();
        for ((plan, expected), run) in plans.iter().zip(expected).zip(runs) {
            assert_eq!(counts(&finish(run)), *expected, "{}: {plan:?}", plan.kind);
        }
    }
}
