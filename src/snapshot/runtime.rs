//! The measured runtime and tardy's own cost, as last sampled.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The measured runtime over the last second, mostly from tokio's own counters, which stand still inside a long poll.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RuntimeView {
    /// Tasks alive on the runtime.
    pub live_tasks: usize,
    /// Tasks waiting in the global queue.
    pub global_queue: usize,
    /// Share of the workers' time spent busy, 0 to 1.
    pub busy_share: f64,
    /// Median time from the spawn to the first poll of the tasks that ended; `None` when none did.
    pub start_delay_p50: Option<Duration>,
    /// Its 99th percentile.
    pub start_delay_p99: Option<Duration>,
    /// Its worker threads, in their order.
    pub workers: Vec<WorkerView>,
    /// Threads for blocking work; only known to builds with `tokio_unstable`.
    pub blocking_threads: Option<usize>,
    /// Blocking work that waits for a thread; only known to builds with `tokio_unstable`.
    pub blocking_queue: Option<usize>,
    /// Where sampled tasks spent their time; `None` before one was sampled.
    pub split: Option<TaskSplit>,
}

/// One worker thread of the measured runtime.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WorkerView {
    /// Share of its time spent busy over the last second, 0 to 1; tokio counts a poll when it is over.
    pub busy_share: f64,
    /// Polls of the run's tasks it finished in the last second.
    pub polls: u64,
    /// How long it has been in the poll it is in; `None` between polls. By tardy's own stamps, so that it grows
    /// while the worker is stuck.
    pub polling_for: Option<Duration>,
    /// Tasks waiting in its own queue; only known to builds with `tokio_unstable`.
    pub local_queue: Option<usize>,
}

/// Where the time of sampled tasks went, since counting began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskSplit {
    /// Tasks sampled.
    pub sampled: u64,
    /// One task in so many is sampled.
    pub one_in: u32,
    /// Woken, and waiting for a worker.
    pub scheduled: Duration,
    /// Inside polls.
    pub polled: Duration,
    /// Waiting to be woken.
    pub idle: Duration,
}

/// What tardy itself takes, and how well it keeps time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OwnCost {
    /// Memory of the whole process that is resident; `None` where the system does not say.
    pub memory_bytes: Option<u64>,
    /// How late the clock itself was for its ticks, at most in the last second.
    pub tick_lag: Duration,
    /// The largest since counting began.
    pub tick_lag_max: Duration,
}
