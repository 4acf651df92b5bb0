//! A run to measure: a plan from text, and a workload made of a closure.

use tardy::engine::{Prepared, Run};
use tardy::scenario::{Overrides, Plan, Source, TaskContext, TaskError};

/// Starts the scenario `text` describes, but for its workload.
pub(crate) fn start<F, T>(text: &str, work: F) -> Run
where
    F: Fn(TaskContext) -> T + Send + Sync + 'static,
    T: Future<Output = Result<(), TaskError>> + Send + 'static,
{
    let text = format!("name = \"bench\"\nworkload.kind = \"script\"\n{text}");
    let plan = Plan::new(Source::new("bench.toml", text), &Overrides::default()).expect("a bench's scenario is valid");
    Run::start(&plan, Prepared::from_fn(work)).expect("the system has threads to spare")
}
