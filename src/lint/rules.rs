//! The rules, one function each: a snapshot or its evidence and the limit in, a finding or nothing out.

use std::time::Duration;

use super::evidence::{ENOUGH, Evidence, overdue_in_wait, share};
use super::{Finding, Limits, Lint};
use crate::outcome::Policy;
use crate::shard::Shard;
use crate::snapshot::Snapshot;
use crate::units::{LoadMode, human, percent};

/// A start delay shorter than this is nobody's trouble, whatever its share: a task that does nothing at all has
/// one, too.
const SHORT_DELAY: Duration = Duration::from_millis(1);

/// The resolution of the runtime's timer: what takes less has not waited for it.
const TIMER: Duration = Duration::from_millis(1);

/// Everything found, the most severe first.
pub(super) fn all(run: &Snapshot, limits: &Limits) -> Vec<Finding> {
    let evidence = Evidence::of(run);
    let evidence = evidence.as_ref();
    let found = [
        limits.clock_behind.and_then(|limit| clock_behind(run, limit)),
        limits.arrivals_behind.and_then(|limit| arrivals_behind(run, limit)),
        limits.tasks_fail.zip(evidence).and_then(|(limit, evidence)| tasks_fail(evidence, limit)),
        limits.workers_blocked.and_then(|limit| workers_blocked(run, evidence, limit)),
        limits.pool_saturated.and_then(|limit| pool_saturated(run, evidence, limit)),
        limits.start_delay.zip(evidence).and_then(|(limit, evidence)| start_delay(evidence, limit)),
        limits.cancel_lag.zip(evidence).and_then(|(limit, evidence)| cancel_lag(evidence, limit)),
        limits.timer_floor.zip(evidence).and_then(|(limit, evidence)| timer_floor(evidence, limit)),
    ];
    found.into_iter().flatten().collect()
}

/// Judged by the latest tick, and once the run is over by the worst: a clock that has caught up is no news.
fn clock_behind(run: &Snapshot, limit: Duration) -> Option<Finding> {
    let (lag, tense) = if run.is_finished() { (run.cost.tick_lag_max, "was up to") } else { (run.cost.tick_lag, "is") };
    (lag >= limit).then(|| Finding {
        lint: Lint::ClockBehind,
        what: format!("the clock {tense} {} behind", human(lag)),
        advice: "leave it a core, with fewer workers or less load",
    })
}

/// A queue of n arrivals is as long as the time in which n come.
fn arrivals_behind(run: &Snapshot, limit: Duration) -> Option<Finding> {
    let queue = match run.load.mode {
        #[expect(clippy::cast_precision_loss, reason = "2^53 arrivals are out of reach")]
        LoadMode::Open { rate, .. } => {
            // The rate is that of the whole run.
            let shards = run.info.part.shard().map_or(1, Shard::of);
            let behind = run.load.queued as f64 * f64::from(shards) / rate.as_per_second();
            Duration::try_from_secs_f64(behind).unwrap_or(Duration::MAX)
        }
        LoadMode::Closed { .. } | LoadMode::None => Duration::ZERO,
    };
    let lag = run.load.arrival_lag.quantile(0.99);
    let (what, advice) = if queue >= limit {
        (format!("arrivals are {} behind", human(queue)), "lower the load, or raise max_in_flight")
    } else if lag >= limit {
        (format!("1 arrival in 100 comes {} late or later", human(lag)), "lower the load, or leave the clock a core")
    } else {
        return None;
    };
    Some(Finding { lint: Lint::ArrivalsBehind, what, advice })
}

fn tasks_fail(evidence: &Evidence<'_>, limit: f64) -> Option<Finding> {
    let share = evidence.failed_share();
    (share > limit).then(|| Finding {
        lint: Lint::TasksFail,
        what: format!("{} of the tasks fail, so the times are those of failures", percent(share)),
        advice: "see what they say, and mend that first",
    })
}

/// A worker that is stuck right now, by its own stamps; else tasks that were busy for long while others waited as
/// long to start. Tokio's busy share is no evidence: it stands still inside the very poll it should tell of.
fn workers_blocked(run: &Snapshot, evidence: Option<&Evidence<'_>>, limit: Duration) -> Option<Finding> {
    let workers = &run.runtime.workers;
    let stuck: Vec<Duration> = workers.iter().filter_map(|w| w.polling_for).filter(|&length| length >= limit).collect();
    let what = if let Some(&longest) = stuck.iter().max() {
        format!("{} of {} workers stuck in a poll for {}", stuck.len(), workers.len(), human(longest))
    } else {
        let evidence = evidence?;
        let (busy, delay) = (evidence.busy.quantile(0.99), evidence.start_delay.quantile(0.99));
        if busy < limit || delay < limit {
            return None;
        }
        format!("tasks keep a worker for {} and others wait {} (p99)", human(busy), human(delay))
    };
    Some(Finding { lint: Lint::WorkersBlocked, what, advice: "yield, or use spawn_blocking" })
}

/// Only when deadlines are missed: a pool that keeps tasks waiting and everybody on time is doing its work.
fn pool_saturated(run: &Snapshot, evidence: Option<&Evidence<'_>>, limit: f64) -> Option<Finding> {
    let overdue = overdue_in_wait(run).filter(|&(_, share)| share >= limit);
    let longest = evidence.filter(|evidence| evidence.lane.timed_out() > 0).and_then(Evidence::longest_wait);
    let what = if let Some((step, share)) = longest.filter(|&(_, share)| share >= limit) {
        format!("{step} takes {} of the tasks' time", percent(share))
    } else {
        let (step, share) = overdue?;
        format!("{} of the overdue tasks wait in {step}", percent(share))
    };
    // Cancelling frees those who wait, unless that is what happens already or no deadline says when.
    let may_cancel = run.policy == Policy::Observe && run.deadline.is_some();
    let advice = if may_cancel { "enlarge the pool, or cancel early" } else { "enlarge the pool, or send less" };
    Some(Finding { lint: Lint::PoolSaturated, what, advice })
}

fn start_delay(evidence: &Evidence<'_>, limit: f64) -> Option<Finding> {
    let (delay, age) = (evidence.start_delay.quantile(0.5), evidence.age.quantile(0.5));
    let dominates = delay >= SHORT_DELAY && !age.is_zero() && share(delay, age) > limit;
    dominates.then(|| Finding {
        lint: Lint::StartDelay,
        what: format!("of {} from spawn to end, {} is waiting for a worker (p50)", human(age), human(delay)),
        advice: "add workers, or lower the load",
    })
}

fn cancel_lag(evidence: &Evidence<'_>, limit: f64) -> Option<Finding> {
    let deadline = evidence.lane.key.deadline.filter(|deadline| !deadline.is_zero())?;
    let lag = evidence.cancel_lag.quantile(0.9);
    let share = share(lag, deadline);
    (share > limit).then(|| Finding {
        lint: Lint::CancelLag,
        what: format!("cancelling takes {} (p90), {} of the deadline", human(lag), percent(share)),
        advice: "await more often, or cut the grace",
    })
}

/// A median that the work itself accounts for is not the timer's making.
fn timer_floor(evidence: &Evidence<'_>, limit: Duration) -> Option<Finding> {
    let median = evidence.done.quantile(0.5);
    let slept = evidence.busy.quantile(0.5) < median / 2;
    (evidence.done.count() >= ENOUGH && (TIMER..limit).contains(&median) && slept).then(|| Finding {
        lint: Lint::TimerFloor,
        what: "sleeps under 2 ms are mostly the runtime's 1 ms timer".to_owned(),
        advice: "it rounds up; take 1 ms off, or sleep longer",
    })
}
