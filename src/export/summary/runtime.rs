//! The measured runtime and tardy's own cost as a summary has them: the last sample.

use serde::{Deserialize, Serialize};

use crate::snapshot::{OwnCost, RuntimeView, TaskSplit, WorkerView};
use crate::units;

/// The measured runtime over its last second.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Runtime {
    pub(crate) live_tasks: usize,
    pub(crate) global_queue: usize,
    pub(crate) busy_share: f64,
    pub(crate) start_delay_p50_ns: Option<u64>,
    pub(crate) start_delay_p99_ns: Option<u64>,
    pub(crate) blocking_threads: Option<usize>,
    pub(crate) blocking_queue: Option<usize>,
    pub(crate) workers: Vec<Worker>,
    pub(crate) split: Option<Split>,
}

/// One worker thread.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Worker {
    pub(crate) busy_share: f64,
    pub(crate) polls: u64,
    pub(crate) polling_for_ns: Option<u64>,
    pub(crate) local_queue: Option<usize>,
}

/// Where the time of sampled tasks went, over the whole run.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Split {
    pub(crate) sampled: u64,
    pub(crate) one_in: u32,
    pub(crate) scheduled_ns: u64,
    pub(crate) polled_ns: u64,
    pub(crate) idle_ns: u64,
}

/// What tardy itself took.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Cost {
    pub(crate) memory_bytes: Option<u64>,
    pub(crate) tick_lag_ns: u64,
    pub(crate) tick_lag_max_ns: u64,
}

impl From<&RuntimeView> for Runtime {
    fn from(runtime: &RuntimeView) -> Self {
        Self {
            live_tasks: runtime.live_tasks,
            global_queue: runtime.global_queue,
            busy_share: runtime.busy_share,
            start_delay_p50_ns: runtime.start_delay_p50.map(units::nanos),
            start_delay_p99_ns: runtime.start_delay_p99.map(units::nanos),
            blocking_threads: runtime.blocking_threads,
            blocking_queue: runtime.blocking_queue,
            workers: runtime.workers.iter().map(Worker::from).collect(),
            split: runtime.split.as_ref().map(Split::from),
        }
    }
}

impl From<&WorkerView> for Worker {
    fn from(worker: &WorkerView) -> Self {
        Self {
            busy_share: worker.busy_share,
            polls: worker.polls,
            polling_for_ns: worker.polling_for.map(units::nanos),
            local_queue: worker.local_queue,
        }
    }
}

impl From<&TaskSplit> for Split {
    fn from(split: &TaskSplit) -> Self {
        Self {
            sampled: split.sampled,
            one_in: split.one_in,
            scheduled_ns: units::nanos(split.scheduled),
            polled_ns: units::nanos(split.polled),
            idle_ns: units::nanos(split.idle),
        }
    }
}

impl From<OwnCost> for Cost {
    fn from(cost: OwnCost) -> Self {
        Self {
            memory_bytes: cost.memory_bytes,
            tick_lag_ns: units::nanos(cost.tick_lag),
            tick_lag_max_ns: units::nanos(cost.tick_lag_max),
        }
    }
}
