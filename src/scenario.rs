//! What to run: a scenario file becomes a validated [`Plan`], and a [`Workload`] is the code one task runs.
//!
//! Owns the file format with its diagnostics and the public plugin interface. It must not know how
//! tasks are spawned, counted or shown.

mod plan;
mod shipped;
mod task;
mod workload;

pub use plan::{Deadline, Flavor, Gather, Load, Plan, Run, Stage, WhenFull, WorkloadTable};
pub use task::{Cancelled, Step, StepEntry, TaskContext, TaskError, TaskHooks, TaskId};
pub use workload::{ParamError, Setup, Workload};
