//! The figures of the runtime and of tardy itself in a summary, read back.

use std::time::Duration;

use super::rows::LARGEST_COUNT;
use crate::export::format::{Cost, Runtime};
use crate::snapshot::{OwnCost, RuntimeView, TaskSplit, WorkerView};

/// Refuses figures no runtime has.
pub(super) fn check(runtime: &Runtime) -> Result<(), String> {
    let shares = runtime.workers.iter().map(|worker| worker.busy_share);
    if let Some(share) = shares.chain([runtime.busy_share]).find(|share| !(0.0..=1.0).contains(share)) {
        return Err(format!("`busy_share` in `runtime` is `{share}`, expected a share from 0 to 1"));
    }
    let polls = runtime.workers.iter().try_fold(0u64, |sum, worker| sum.checked_add(worker.polls));
    if polls.is_none_or(|polls| polls > LARGEST_COUNT) {
        return Err("`polls` in `runtime` add up to more than any run counts".to_owned());
    }
    Ok(())
}

/// The runtime as it was at the end.
pub(super) fn view(runtime: &Runtime) -> RuntimeView {
    let time = |ns: Option<u64>| ns.map(Duration::from_nanos);
    RuntimeView {
        live_tasks: runtime.live_tasks,
        global_queue: runtime.global_queue,
        busy_share: runtime.busy_share,
        start_delay_p50: time(runtime.start_delay_p50_ns),
        start_delay_p99: time(runtime.start_delay_p99_ns),
        workers: runtime
            .workers
            .iter()
            .map(|worker| WorkerView {
                busy_share: worker.busy_share,
                polls: worker.polls,
                polling_for: time(worker.polling_for_ns),
                local_queue: worker.local_queue,
            })
            .collect(),
        blocking_threads: runtime.blocking_threads,
        blocking_queue: runtime.blocking_queue,
        split: runtime.split.as_ref().map(|split| TaskSplit {
            sampled: split.sampled,
            one_in: split.one_in,
            scheduled: Duration::from_nanos(split.scheduled_ns),
            polled: Duration::from_nanos(split.polled_ns),
            idle: Duration::from_nanos(split.idle_ns),
        }),
    }
}

/// What tardy took.
pub(super) fn cost(cost: &Cost) -> OwnCost {
    OwnCost {
        memory_bytes: cost.memory_bytes,
        tick_lag: Duration::from_nanos(cost.tick_lag_ns),
        tick_lag_max: Duration::from_nanos(cost.tick_lag_max_ns),
    }
}
