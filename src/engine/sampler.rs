//! Samples the measured runtime once a second, and what tardy itself takes of the machine.
//!
//! Owns what is compared from sample to sample. It must not know about tasks' ends, which the ledger counts.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::RuntimeMetrics;
use tokio_metrics::{TaskMetrics, TaskMonitor};

use super::core::Core;
use crate::snapshot::{RuntimeView, TaskSplit, WorkerView};

/// One task in so many is followed by a [`TaskMonitor`], which costs it some 300 ns and as much again each poll.
const ONE_IN: u32 = 64;

/// How long a poll goes on before a run that is over still shows it, nanoseconds.
const STUCK: u64 = 50_000_000;

/// Where tasks picked by number spend their time; shared by the threads that spawn.
pub(super) struct Sampled(pub(super) TaskMonitor);

impl Sampled {
    pub(super) fn new() -> Self {
        Self(TaskMonitor::new())
    }

    /// Whether the task with this number is followed. The golden ratio spreads them: picked by their last digits they
    /// would often be the same children of their gathers.
    #[inline]
    pub(super) const fn picks(number: u64) -> bool {
        number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - ONE_IN.ilog2()) == 0
    }
}

/// Compares the runtime with itself; belongs to the clock alone. Times are nanoseconds since the run's epoch.
pub(super) struct Sampler {
    core: Arc<Core>,
    metrics: RuntimeMetrics,
    at: u64,
    /// Busy time and polls of each worker at the last sample.
    before: Vec<(Duration, u64)>,
    /// The sampled tasks when counting began.
    counted_from: TaskMetrics,
    view: RuntimeView,
}

impl std::fmt::Debug for Sampler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sampler").field("at", &self.at).field("view", &self.view).finish_non_exhaustive()
    }
}

impl Sampler {
    pub(super) fn new(core: Arc<Core>, now: u64) -> Self {
        let metrics = core.runtime.metrics();
        let before = vec![(Duration::ZERO, 0); core.stamps.workers().len()];
        let counted_from = core.sampled.0.cumulative();
        let view = RuntimeView { workers: vec![WorkerView::default(); before.len()], ..RuntimeView::default() };
        Self { core, metrics, at: now, before, counted_from, view }
    }

    /// Counts sampled tasks afresh.
    pub(super) fn restart(&mut self) {
        self.counted_from = self.core.sampled.0.cumulative();
        self.view.split = None;
    }

    /// Takes a sample.
    pub(super) fn sample(&mut self, now: u64) {
        let elapsed = Duration::from_nanos(now.saturating_sub(self.at)).as_secs_f64();
        if elapsed <= 0.0 {
            return;
        }
        self.at = now;
        let mut busy_sum = Duration::ZERO;
        for (worker, (stamp, before)) in self.core.stamps.workers().iter().zip(&mut self.before).enumerate() {
            let (busy, polls) = (self.metrics.worker_total_busy_duration(worker), stamp.polls());
            let newly_busy = busy.saturating_sub(before.0);
            busy_sum += newly_busy;
            self.view.workers[worker] = WorkerView {
                // A poll longer than a second counts all at once when it is over.
                busy_share: (newly_busy.as_secs_f64() / elapsed).min(1.0),
                polls: polls.saturating_sub(before.1),
                polling_for: None,
                local_queue: local_queue(&self.metrics, worker),
            };
            *before = (busy, polls);
        }
        let capacity = elapsed * f64::from(u32::try_from(self.before.len()).unwrap_or(u32::MAX));
        self.view.live_tasks = self.metrics.num_alive_tasks();
        self.view.global_queue = self.metrics.global_queue_depth();
        self.view.busy_share = (busy_sum.as_secs_f64() / capacity).min(1.0);
        (self.view.blocking_threads, self.view.blocking_queue) = blocking(&self.metrics).unzip();
        self.view.split = self.split();
    }

    fn split(&self) -> Option<TaskSplit> {
        let (now, from) = (self.core.sampled.0.cumulative(), &self.counted_from);
        let sampled = now.instrumented_count - from.instrumented_count;
        (sampled > 0).then(|| TaskSplit {
            sampled,
            one_in: ONE_IN,
            scheduled: (now.total_scheduled_duration + now.total_first_poll_delay)
                .saturating_sub(from.total_scheduled_duration + from.total_first_poll_delay),
            polled: now.total_poll_duration.saturating_sub(from.total_poll_duration),
            idle: now.total_idle_duration.saturating_sub(from.total_idle_duration),
        })
    }

    /// The last sample, with the polls that go on now; of those in a run that is over, the stuck ones.
    pub(super) fn view(&self, over: bool) -> RuntimeView {
        let mut view = self.view.clone();
        for (worker, stamp) in view.workers.iter_mut().zip(self.core.stamps.workers()) {
            let polling_for = stamp.polling_for(&self.core.clock).filter(|&ns| !over || ns >= STUCK);
            worker.polling_for = polling_for.map(Duration::from_nanos);
        }
        view
    }
}

#[cfg(tokio_unstable)]
#[expect(clippy::unnecessary_wraps, reason = "other builds do not know")]
fn local_queue(metrics: &RuntimeMetrics, worker: usize) -> Option<usize> {
    Some(metrics.worker_local_queue_depth(worker))
}

#[cfg(not(tokio_unstable))]
const fn local_queue(_: &RuntimeMetrics, _: usize) -> Option<usize> {
    None
}

/// Blocking threads, and what waits for one.
#[cfg(tokio_unstable)]
#[expect(clippy::unnecessary_wraps, reason = "other builds do not know")]
fn blocking(metrics: &RuntimeMetrics) -> Option<(usize, usize)> {
    Some((metrics.num_blocking_threads(), metrics.blocking_queue_depth()))
}

#[cfg(not(tokio_unstable))]
const fn blocking(_: &RuntimeMetrics) -> Option<(usize, usize)> {
    None
}

/// Memory of this process that is resident, in bytes. The kernel's text says kB whatever the size of a page.
#[cfg(target_os = "linux")]
pub(super) fn resident_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
}

/// Memory of this process that is resident: not known here.
#[cfg(not(target_os = "linux"))]
pub(super) const fn resident_memory() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_in_sixty_four_is_picked_whatever_their_stride() {
        for stride in [1, 16, 20, 64, 1000] {
            let picked = (0..64_000).filter(|n| Sampled::picks(n * stride)).count();
            assert!((800..=1_200).contains(&picked), "{picked} at stride {stride}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_takes_some_memory() {
        assert!(resident_memory().is_some_and(|bytes| bytes > 100_000));
    }
}
