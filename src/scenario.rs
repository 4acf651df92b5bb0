//! What to run: a scenario file becomes a validated [`Plan`], and a [`Workload`] is the code one task runs.
//!
//! Owns the file format with its diagnostics and the public plugin interface. It must not know how
//! tasks are spawned, counted or shown.
//!
//! # The file
//! A file is TOML. Text is read as it stands or with [`Overrides`] applied, checked by one validator that tells all
//! errors at once, and becomes a [`Plan`]. A duration is text such as `"50ms"`, a rate text such as `"500/s"`.
//!
//! | key | says | when left out |
//! |---|---|---|
//! | `name` | what the scenario is called | must be said |
//! | `about`, `lesson` | what it shows and teaches, one line each | empty |
//! | `files` | where relative file names start from | the file's own directory |
//! | `workload.kind` | the plugin; the rest of `[workload]` is the plugin's own | must be said |
//! | `load.mode` | `open`, `closed`, or `none` where an application spawns its tasks itself | must be said |
//! | `load.rate` | open: arrivals per time | must be said |
//! | `load.arrivals` | open: `poisson` or `constant` | `poisson` |
//! | `load.concurrency` | closed: arrivals in flight at once | must be said |
//! | `load.max_in_flight` | the largest number of tasks in flight | 100,000 |
//! | `load.when_full` | beyond it: `queue` or `shed` | `queue` |
//! | `[[load.stage]]` | `duration` and `rate` or `concurrency`: in a straight line from the level before to this one | none |
//! | `deadline.after` | the time a task has | no `[deadline]`, no deadline |
//! | `deadline.on_timeout` | what a miss does: `cancel` or `observe` | `observe` |
//! | `deadline.grace` | how long a cancelled task may clean up | `"0s"` |
//! | `deadline.scope` | whose deadline it is: `task` or `gather` | `task` |
//! | `gather.width` | children awaited together | no `[gather]`, no gather |
//! | `gather.mode` | `collect`, `fail_fast`, `cancel_siblings` or `first` | `collect` |
//! | `gather.k` | under `first`: how many have to be done | must be said |
//! | `run.duration` | how long to measure | `"30s"`, unless `tasks` is said or there is no load |
//! | `run.tasks` | how many tasks to spawn, rounded up to whole gathers | no limit |
//! | `run.warmup` | time at the start that is not counted | `"0s"` |
//! | `run.drain` | how long tasks in flight at the end may go on | `"5s"` |
//! | `run.workers` | threads of the measured runtime | as many as the machine runs in parallel |
//! | `run.blocking_threads` | the most threads of its `spawn_blocking` | 512 |
//! | `run.flavor` | `multi_thread`, or `current_thread` for one event loop | `multi_thread` |
//! | `run.seed` | the seed of all randomness | 1 |
//! | `gate.fail_if` | [conditions](crate::condition) under which the run counts as failed | no `[gate]`, no gate |
//! | `gate.abort` | whether it ends early once [a gate is broken for good](crate::gate) | `false` |

mod blocking;
mod error;
mod overrides;
mod params;
mod plan;
mod resolved;
mod schema;
mod shipped;
mod source;
mod task;
mod validate;
mod workload;

pub use blocking::{Blocking, BlockingLeft};
pub use error::ScenarioError;
pub use overrides::Overrides;
pub use plan::{Deadline, Flavor, Gather, Load, Plan, Run, Stage, WhenFull, WorkloadTable};
pub(crate) use schema::{Describe, schema};
pub(crate) use shipped::sample;
pub use shipped::{Shipped, shipped};
pub use source::Source;
pub use task::{Cancelled, Step, StepEntry, StepPoll, TaskContext, TaskError, TaskHooks, TaskId};
pub use validate::{
    ABORT, ARRIVALS, BLOCKING_THREADS, DRAIN, DURATION, FLAVOR, GATHER_MODE, GRACE, MAX_IN_FLIGHT, ON_TIMEOUT, SCOPE,
    SEED, WARMUP, WHEN_FULL,
};
pub(crate) use workload::Directory;
pub use workload::{LARGEST_INPUT, Setup, Workload};

pub use crate::document::ParamError;
