//! The machines of several shards: their runtimes, what tardy takes of them, and what their workloads keep.

use std::sync::Arc;
use std::time::Duration;

use crate::figure::{Figure, MAX_REMARKS, Reading, Value};
use crate::snapshot::{OwnCost, RuntimeView, Snapshot, TaskSplit};

/// The workers of all, and what is alive or waits on any runtime; how long starts took is not known of all together.
pub(super) fn runtime(shards: &[Arc<Snapshot>]) -> RuntimeView {
    let views = || shards.iter().map(|shard| &shard.runtime);
    let workers: Vec<_> = views().flat_map(|view| &view.workers).cloned().collect();
    #[expect(clippy::cast_precision_loss, reason = "a number of threads")]
    let busy =
        views().map(|view| view.busy_share * view.workers.len() as f64).sum::<f64>() / workers.len().max(1) as f64;
    RuntimeView {
        live_tasks: views().map(|view| view.live_tasks).sum(),
        global_queue: views().map(|view| view.global_queue).sum(),
        busy_share: busy,
        start_delay_p50: None,
        start_delay_p99: None,
        blocking_threads: views().map(|view| view.blocking_threads).sum(),
        blocking_queue: views().map(|view| view.blocking_queue).sum(),
        split: views().filter_map(|view| view.split).reduce(together),
        workers,
    }
}

fn together(a: TaskSplit, b: TaskSplit) -> TaskSplit {
    TaskSplit {
        sampled: a.sampled + b.sampled,
        one_in: a.one_in,
        scheduled: a.scheduled.saturating_add(b.scheduled),
        polled: a.polled.saturating_add(b.polled),
        idle: a.idle.saturating_add(b.idle),
    }
}

/// The memory of all processes, and the largest lag of any clock.
pub(super) fn cost(shards: &[Arc<Snapshot>]) -> OwnCost {
    let largest = |of: fn(&OwnCost) -> Duration| shards.iter().map(|shard| of(&shard.cost)).max().unwrap_or_default();
    OwnCost {
        memory_bytes: shards.iter().map(|shard| shard.cost.memory_bytes).sum(),
        tick_lag: largest(|cost| cost.tick_lag),
        tick_lag_max: largest(|cost| cost.tick_lag_max),
    }
}

/// The counters of all. Times are known by their quantiles alone, which do not add up: those that more than one shard took are
/// left out, and a remark says so.
pub(super) fn workload(shards: &[Arc<Snapshot>]) -> Reading {
    let mut all = Reading::default();
    let mut left_out: Vec<String> = Vec::new();
    for reading in shards.iter().map(|shard| &shard.workload) {
        for Figure { name, value } in &reading.figures {
            match (all.figures.iter_mut().find(|known| known.name == *name).map(|known| &mut known.value), *value) {
                (None, _) => all.figures.push(Figure { name: name.clone(), value: *value }),
                (Some(Value::Count(sum)), Value::Count(more)) => *sum += more,
                (Some(_), Value::Times { count: 0, .. }) => {}
                (Some(none @ Value::Times { count: 0, .. }), some) => *none = some,
                (Some(_), _) => left_out.push(name.clone()),
            }
        }
        all.remarks.extend(reading.remarks.iter().cloned());
        all.remarked = all.remarked.saturating_add(reading.remarked);
    }
    all.figures.retain(|figure| !left_out.contains(&figure.name));
    left_out.sort();
    left_out.dedup();
    for name in left_out {
        all.remarks.push(format!("`{name}` is in the shards alone: quantiles do not add up"));
        all.remarked += 1;
    }
    all.remarks.drain(..all.remarks.len().saturating_sub(MAX_REMARKS));
    all
}
