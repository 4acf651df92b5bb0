//! The `synthetic` workload: a task is a list of named steps with drawn latencies.
//!
//! ```toml
//! [workload]
//! kind = "synthetic"
//! pools = { db = 8 }                 # named semaphores shared by all tasks
//!
//! [[workload.step]]
//! name = "query"
//! acquire = "db"                     # 1 waits for a permit, held until the step ends
//! sleep = { dist = "lognormal", p50 = "4ms", p99 = "20ms" } # 2 waits
//! cpu = "200us"                      # 3 keeps the worker busy within one poll, by the clock
//! blocking = "5ms"                   # 4 sleeps on a thread of the blocking pool
//! yield = 2                          # 5 lets others run, so many times
//! fail = 0.002                       # 6 returns an error, with this probability
//! panic = 0.0001                     # 7 panics, with this probability
//! ```
//! Whatever the order in the file, a step does what it has in the order of these numbers. A step with one
//! thing to do is shown and timed by its name (`query`); in one with several each of them is so too, within
//! the step (`query/acquire db`, `query/sleep`).
//!
//! A latency is a duration or a distribution: `uniform{min,max}`, `exp{mean}`, `normal{mean,stdev}` (what would
//! be negative is zero), `lognormal{p50,p99}`, `pareto{scale,shape}`, `mix{of=[{weight,sleep}, …]}` and
//! `replay{file}`, which gives task n row n of a CSV file and ends the step as that row says. Nothing takes
//! longer than an hour; a sleep of zero is none.
//!
//! # Randomness
//! All of it comes from [`TaskContext::rng`] and is drawn step by step in the order above, so that a task draws
//! the same whatever the policy, the load and the other tasks.
//!
//! # Cancellation
//! A cancelled task is dropped where it waits: a permit goes back, a place in the queue for one is given up.
//! It does not look for its cancellation ([`TaskContext::cancelled`]), so a grace period runs out in full.
//! `cpu` cannot be interrupted before its end, and the thread of a `blocking` step runs on.
//!
//! Owns the parameters, the sampling and the steps; other workloads read and draw latencies with it. It must not know
//! who runs it: all it uses is what a plugin of the user's own could use.

mod check;
mod dist;
mod latency;
mod params;
mod replay;
mod step;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(super) use self::check::Check;
pub(super) use self::latency::Latency;
pub(super) use self::params::LatencyParams;
pub use self::params::Params;
use self::step::{Running, Step};
use crate::scenario::{ParamError, Setup, TaskContext, TaskError, Workload};

/// The workload of `kind = "synthetic"`.
#[derive(Debug)]
pub struct Synthetic {
    steps: Arc<[Step]>,
}

impl Workload for Synthetic {
    type Params = Params;

    fn new(params: Params, setup: &Setup) -> Result<Self, Vec<ParamError>> {
        Ok(Self { steps: check::steps(params, setup)? })
    }

    fn run(&self, cx: TaskContext) -> impl Future<Output = Result<(), TaskError>> + Send + 'static {
        let steps = Arc::clone(&self.steps);
        let mut task = Running { cx, rng: cx.rng() };
        async move {
            for step in &*steps {
                step.run(&mut task).await?;
            }
            Ok(())
        }
    }
}
