//! What to run: a scenario file becomes a validated [`Plan`], and a [`Workload`] is the code one task runs.
//!
//! Owns the file format with its diagnostics and the public plugin interface. It must not know how
//! tasks are spawned, counted or shown.

mod diagnostic;
mod overrides;
mod params;
mod plan;
mod resolved;
mod shipped;
mod source;
mod table;
mod task;
mod validate;
mod workload;

pub use diagnostic::{Complaint, ScenarioError};
pub use overrides::Overrides;
pub use plan::{Deadline, Flavor, Gather, Load, Plan, Run, Stage, WhenFull, WorkloadTable};
pub use shipped::{Shipped, shipped};
pub use source::{LARGEST_FILE, Source};
pub use task::{Cancelled, Step, StepEntry, TaskContext, TaskError, TaskHooks, TaskId};
pub use validate::{
    ARRIVALS, DRAIN, DURATION, FLAVOR, GATHER_MODE, GRACE, MAX_IN_FLIGHT, ON_TIMEOUT, SCOPE, SEED, WARMUP, WHEN_FULL,
};
pub use workload::{ParamError, Setup, Workload};
