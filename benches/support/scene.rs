//! A run to measure: a plan from text, and a workload made of a closure.

use std::fmt;

use tardy::engine::{Prepared, Run};
use tardy::scenario::{Overrides, ParamError, Plan, Setup, Source, TaskContext, TaskError, Workload};

/// A workload whose task is what the closure makes of its context.
struct Script<F>(F);

impl<F> fmt::Debug for Script<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Script")
    }
}

impl<F, T> Workload for Script<F>
where
    F: Fn(TaskContext) -> T + Send + Sync + 'static,
    T: Future<Output = Result<(), TaskError>> + Send + 'static,
{
    type Params = toml::Table;

    fn new(_: toml::Table, _: &Setup) -> Result<Self, Vec<ParamError>> {
        Err(vec![ParamError { span: None, message: "made of a closure".into(), help: None }])
    }

    fn run(&self, cx: TaskContext) -> impl Future<Output = Result<(), TaskError>> + Send + 'static {
        (self.0)(cx)
    }
}

/// Starts the scenario `text` describes, but for its workload.
pub(crate) fn start<F, T>(text: &str, work: F) -> Run
where
    F: Fn(TaskContext) -> T + Send + Sync + 'static,
    T: Future<Output = Result<(), TaskError>> + Send + 'static,
{
    let text = format!("name = \"bench\"\nworkload.kind = \"script\"\n{text}");
    let plan = Plan::new(Source::new("bench.toml", text), &Overrides::default()).expect("a bench's scenario is valid");
    Run::start(&plan, Prepared::new(Script(work))).expect("the system has threads to spare")
}
