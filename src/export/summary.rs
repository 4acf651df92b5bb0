//! `summary.json`: the counts and the statistics of a run, in the shape of `assets/summary.schema.json`.
//!
//! The structs here are that shape, key by key; the schema says in words what each key includes.

mod baseline;
mod gate;
mod runtime;
mod why;
mod workload;

use std::io::{self, Write};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

pub(crate) use self::baseline::{Baseline, Compared, Difference, Key as ComparedKey};
use self::gate::Gate;
pub(crate) use self::runtime::{Cost, Runtime};
use self::why::Cancellation;
pub(crate) use self::why::{Captures, Waste};
pub(crate) use self::workload::Workload;

use crate::gate::judge;
use crate::histogram::Histogram;
use crate::ledger::{GatherBook, Metric, StepBook};
use crate::outcome::{Ending, GatherOutcome};
use crate::shard::Part;
use crate::snapshot::{LaneView, LoadView, RunInfo, Snapshot, State};
use crate::units;

/// The version of the format, changed when a key changes its meaning.
pub(crate) const SCHEMA: &str = "tardy-summary/1";

#[derive(Debug, Serialize)]
struct Summary<'a> {
    schema: &'static str,
    scenario: &'a str,
    started_at: String,
    start_at: Option<String>,
    shard: Option<String>,
    merged_shards: Option<u32>,
    elapsed_ns: u64,
    loaded_ns: u64,
    ended_by: Option<&'static str>,
    seed: u64,
    workers: usize,
    unstable: bool,
    balanced: Option<bool>,
    headline: &'static str,
    load: Load,
    lanes: Vec<Lane<'a>>,
    captures: Captures,
    runtime: Runtime,
    own_cost: Cost,
    workload: Workload,
    gates: Vec<Gate>,
    baseline: Option<Baseline>,
}

/// Arrivals.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Load {
    pub(crate) due: u64,
    pub(crate) spawned: u64,
    pub(crate) shed: u64,
    pub(crate) queued_at_end: u64,
    pub(crate) arrival_lag_ns: Statistics,
}

#[derive(Debug, Serialize)]
struct Lane<'a> {
    on_timeout: &'static str,
    deadline_ns: Option<u64>,
    open_ns: u64,
    spawned: u64,
    done: u64,
    failed: u64,
    panicked: u64,
    cancelled: u64,
    unfinished: u64,
    timed_out: u64,
    late_done: u64,
    late_failed: u64,
    late_panicked: u64,
    late_cancelled: u64,
    cancelled_at_deadline: u64,
    overdue_at_end: u64,
    service_ns: Statistics,
    response_ns: Statistics,
    start_delay_ns: Statistics,
    busy_ns: Statistics,
    overrun_ns: Statistics,
    cancel_lag_ns: Statistics,
    censored_ns: Statistics,
    steps: Vec<Step<'a>>,
    gathers: Gathers,
    cancellations: Vec<Cancellation>,
    waste: Waste,
}

#[derive(Debug, Serialize)]
struct Step<'a> {
    name: &'a str,
    count: u64,
    service_ns: Statistics,
}

/// What became of the gathers of one lane; all zero where there were none.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Gathers {
    pub(crate) started: u64,
    pub(crate) complete: u64,
    pub(crate) partial: u64,
    pub(crate) failed: u64,
    pub(crate) cancelled: u64,
    pub(crate) open: u64,
    pub(crate) timed_out: u64,
    pub(crate) wasted_ns: u64,
    pub(crate) latency_ns: Statistics,
    pub(crate) straggler_gap_ns: Statistics,
}

/// Numbers about one set of samples, nanoseconds.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Statistics {
    pub(crate) count: u64,
    pub(crate) min: u64,
    pub(crate) mean: u64,
    pub(crate) stdev: u64,
    pub(crate) p50: u64,
    pub(crate) p75: u64,
    pub(crate) p90: u64,
    pub(crate) p95: u64,
    pub(crate) p99: u64,
    pub(crate) p999: u64,
    pub(crate) p9999: u64,
    pub(crate) max: u64,
}

/// Writes the summary of a run as indented JSON with a newline at its end.
///
/// # Errors
/// Those of `out`.
pub fn write(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Summary::from(snapshot))?;
    out.write_all(b"\n")
}

impl<'a> From<&'a Snapshot> for Summary<'a> {
    fn from(snapshot: &'a Snapshot) -> Self {
        let RunInfo { scenario, started_at, start_at, part, seed, workers, unstable, .. } = &*snapshot.info;
        Self {
            schema: SCHEMA,
            scenario,
            started_at: rfc3339(*started_at),
            start_at: start_at.map(rfc3339),
            shard: part.shard().map(|shard| shard.to_string()),
            merged_shards: match part {
                Part::Merged(shards) => Some(*shards),
                Part::Whole | Part::Shard(_) => None,
            },
            elapsed_ns: units::nanos(snapshot.elapsed),
            loaded_ns: units::nanos(snapshot.loaded),
            ended_by: match snapshot.state {
                State::Finished(by) => Some(by.word()),
                State::Warmup | State::Running | State::Draining => None,
            },
            seed: *seed,
            workers: *workers,
            unstable: *unstable,
            balanced: snapshot.balanced,
            headline: snapshot.load.headline().word(),
            load: Load::from(&snapshot.load),
            lanes: snapshot.lanes.iter().map(Lane::from).collect(),
            captures: Captures::from(&*snapshot.awaits),
            runtime: Runtime::from(&snapshot.runtime),
            own_cost: Cost::from(snapshot.cost),
            workload: Workload::from(&*snapshot.workload),
            gates: judge(snapshot).iter().map(Gate::from).collect(),
            baseline: Baseline::of(snapshot),
        }
    }
}

/// RFC 3339 in UTC with milliseconds; a clock set before 1970 counts as 1970.
fn rfc3339(time: SystemTime) -> String {
    humantime::format_rfc3339_millis(time.max(SystemTime::UNIX_EPOCH)).to_string()
}

impl From<&LoadView> for Load {
    fn from(load: &LoadView) -> Self {
        Self {
            due: load.due,
            spawned: load.spawned,
            shed: load.shed,
            queued_at_end: load.queued,
            arrival_lag_ns: Statistics::from(&*load.arrival_lag),
        }
    }
}

impl<'a> From<&'a LaneView> for Lane<'a> {
    fn from(lane: &'a LaneView) -> Self {
        let metric = |metric| Statistics::from(&lane.book.histogram(metric, |_| true));
        Self {
            on_timeout: lane.key.policy.word(),
            deadline_ns: lane.key.deadline.map(units::nanos),
            open_ns: units::nanos(lane.open),
            spawned: lane.spawned,
            done: lane.done(),
            failed: lane.failed(),
            panicked: lane.panicked(),
            cancelled: lane.cancelled(),
            // A file written while the run goes on balances too: what has no end yet is unfinished.
            unfinished: lane.in_flight(),
            timed_out: lane.timed_out(),
            late_done: lane.late(Ending::Done),
            late_failed: lane.late(Ending::Failed),
            late_panicked: lane.late(Ending::Panicked),
            late_cancelled: lane.late_cancelled(),
            cancelled_at_deadline: lane.cancelled_at_deadline(),
            overdue_at_end: lane.overdue,
            service_ns: metric(Metric::Service),
            response_ns: metric(Metric::Response),
            start_delay_ns: metric(Metric::StartDelay),
            busy_ns: metric(Metric::Busy),
            overrun_ns: metric(Metric::Overrun),
            cancel_lag_ns: metric(Metric::CancelLag),
            censored_ns: lane.distribution(Metric::Service).censored().map(Statistics::from).unwrap_or_default(),
            steps: lane.book.steps().iter().map(Step::from).collect(),
            gathers: lane.book.gathers().map(|gathers| Gathers::new(lane, gathers)).unwrap_or_default(),
            cancellations: why::cancellations(lane),
            waste: Waste::from(&lane.waste()),
        }
    }
}

impl<'a> From<&'a StepBook> for Step<'a> {
    fn from(step: &'a StepBook) -> Self {
        Self { name: &step.name, count: step.service.count(), service_ns: Statistics::from(&step.service) }
    }
}

impl Gathers {
    fn new(lane: &LaneView, gathers: &GatherBook) -> Self {
        Self {
            started: gathers.started,
            complete: gathers.decided(GatherOutcome::Complete),
            partial: gathers.decided(GatherOutcome::Partial),
            failed: gathers.decided(GatherOutcome::Failed),
            cancelled: gathers.decided(GatherOutcome::Cancelled),
            open: gathers.open(),
            timed_out: lane.gathers_timed_out(),
            wasted_ns: u64::try_from(gathers.wasted_ns).unwrap_or(u64::MAX),
            latency_ns: Statistics::from(&gathers.latency),
            straggler_gap_ns: Statistics::from(&gathers.straggler_gap),
        }
    }
}

impl From<&Histogram> for Statistics {
    fn from(samples: &Histogram) -> Self {
        let quantile = |q| units::nanos(samples.quantile(q));
        Self {
            count: samples.count(),
            min: units::nanos(samples.min()),
            mean: units::nanos(samples.mean()),
            stdev: units::nanos(samples.stdev()),
            p50: quantile(0.5),
            p75: quantile(0.75),
            p90: quantile(0.9),
            p95: quantile(0.95),
            p99: quantile(0.99),
            p999: quantile(0.999),
            p9999: quantile(0.9999),
            max: units::nanos(samples.max()),
        }
    }
}

#[cfg(test)]
mod tests;
