//! What a workload may do beside its tasks: start, finish, and keep figures of itself.

use std::sync::atomic::{AtomicU32, Ordering};

use serde::Deserialize;
use tardy::engine::{Command, EngineError, Registry, Run};
use tardy::figure::{Counter, Value};
use tardy::scenario::{Overrides, ParamError, Plan, Setup, Source, TaskContext, TaskError, Workload};

use crate::support::until;

static FINISHED: AtomicU32 = AtomicU32::new(0);

/// Starts well, badly or with a panic, and counts its tasks and its start.
#[derive(Debug)]
struct Plugin {
    starts: String,
    tasks: Counter,
    started: AtomicU32,
    setup: Setup,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    starts: String,
}

impl Workload for Plugin {
    type Params = Params;

    fn new(params: Params, setup: &Setup) -> Result<Self, Vec<ParamError>> {
        let tasks = setup.counter("tasks");
        Ok(Self { starts: params.starts, tasks, started: AtomicU32::new(0), setup: setup.clone() })
    }

    fn start(&self) -> Result<(), TaskError> {
        self.started.fetch_add(1, Ordering::Relaxed);
        self.setup.remarks().add("it has started");
        match self.starts.as_str() {
            "badly" => Err("no such program".into()),
            "with a panic" => panic!("it was not meant to start"),
            _ => Ok(()),
        }
    }

    fn run(&self, _: TaskContext) -> impl Future<Output = Result<(), TaskError>> + Send + 'static {
        let started = self.started.load(Ordering::Relaxed);
        self.tasks.add(1);
        async move { if started == 1 { Ok(()) } else { Err("it was not started once".into()) } }
    }

    fn finish(&self) {
        FINISHED.fetch_add(1, Ordering::Relaxed);
    }
}

fn started(starts: &str, run: &str) -> Result<Run, EngineError> {
    let text = format!(
        "name = 'plugin'\nworkload = {{ kind = 'plugin', starts = '{starts}' }}\n\
         load = {{ mode = 'closed', concurrency = 2 }}\n{run}"
    );
    let plan = Plan::new(Source::new("plugin.toml", text), &Overrides::default()).unwrap();
    let workload = Registry::new().with(tardy::workload::<Plugin>("plugin")).prepare(&plan).unwrap();
    Run::start(&plan, workload)
}

#[test]
fn a_workload_starts_once_before_its_first_task_and_one_that_cannot_is_finished_without_a_task() {
    let report = started("well", "run.tasks = 100").unwrap().wait().unwrap();
    assert_eq!(report.snapshot.lanes[0].done(), 100);
    let kept = &report.snapshot.workload;
    assert_eq!((kept.figures[0].name.as_str(), kept.figures[0].value), ("tasks", Value::Count(100)));
    assert_eq!((kept.remarks.concat(), kept.remarked), ("it has started".to_owned(), 1));

    for (starts, said) in [("badly", "no such program"), ("with a panic", "it was not meant to start")] {
        let before = FINISHED.load(Ordering::Relaxed);
        let Err(EngineError::Workload(error)) = started(starts, "run.tasks = 100") else { panic!("{starts}") };
        assert!(error.to_string().contains(said), "{error}");
        assert_eq!(FINISHED.load(Ordering::Relaxed), before + 1, "{starts}");
    }
}

#[test]
fn the_figures_of_a_workload_start_again_at_a_reset() {
    let run = started("well", "run.duration = '60s'").unwrap();
    let count = |snapshot: &tardy::snapshot::Snapshot| match snapshot.workload.figures[..] {
        [ref figure] => match figure.value {
            Value::Count(count) => count,
            Value::Times { .. } => panic!("{figure:?}"),
        },
        _ => 0,
    };
    until(run.handle(), "tasks are counted", |snapshot| count(snapshot) > 10_000);
    run.handle().send(Command::Pause(true));
    until(run.handle(), "the load stands still", |snapshot| {
        snapshot.load.paused && snapshot.lanes.iter().all(|lane| lane.in_flight() == 0)
    });
    run.handle().send(Command::Reset);
    until(run.handle(), "the figures start again", |snapshot| count(snapshot) == 0);
}
