//! The files of a run, read back: a directory becomes the [`Report`] it was written from, as far as files hold it.
//!
//! Owns every way a directory can be none of a run, each with file, line, value and what to do about it. It must not
//! know how files are written beyond the headers and words of [`crate::export`], nor who asks for the run.
//!
//! What files do not hold is made up for as little as can be: the samples of a step, of a straggler gap and of the
//! arrival lag lie at the quantiles that are known; the last minute is empty. Files of an early tardy lack the heat of
//! the timeline, the blocks and the figures of the runtime, which are then empty too. A run whose files were written while it went
//! on counts as ended by its user at that moment.

mod baseline;
mod blocks;
mod books;
mod error;
mod failures;
mod file;
mod gathers;
mod heat;
mod histograms;
mod hlog;
mod late;
mod recorded;
mod rows;
mod runtime;
mod summary;
mod timeline;
mod why;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub use error::ImportError;
pub use recorded::{Reopened, open_exactly, reopen};

use self::books::Samples;
use self::file::File;
use self::heat::Stretches;
use self::summary::{Lane, Summary};
use crate::figure::Reading;
use crate::ledger::LaneKey;
use crate::outcome::Policy;
use crate::scenario::{Overrides, Plan, Source};
use crate::shard::Part;
use crate::snapshot::{
    Awaits, Blocks, EndedBy, LaneView, LoadView, Recent, Report, RunInfo, Snapshot, State, Timeline, TimelineRow,
};

/// What a list says of a run.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Glance {
    /// The scenario's name.
    pub scenario: String,
    /// The wall clock at its start.
    pub started_at: SystemTime,
    /// How it ended; `None` where nothing tells: it was killed, or goes on.
    pub end: Option<End>,
}

/// What a list says of the end of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct End {
    /// Deadlines missed as a share of the tasks that met or missed theirs; `None` where there was none.
    pub missed: Option<f64>,
}

/// Reads the summary of the run in `directory` alone, or where there is none the begin of its recording.
///
/// # Errors
/// When there is neither, or it is none.
pub fn glance(directory: &Path) -> Result<Glance, ImportError> {
    let summary = match Summary::read(directory) {
        Ok(summary) => summary,
        Err(error) => return recorded::begin(directory).ok_or(error),
    };
    let end = Some(End { missed: summary.missed() });
    Ok(Glance { end, started_at: summary.started_at, scenario: summary.scenario })
}

/// Reads the run in `directory`.
///
/// # Errors
/// When a file is missing, cannot be read, is too large, or holds something else than a run.
pub fn open(directory: &Path) -> Result<Report, ImportError> {
    let summary = Summary::read(directory)?;
    let plan = plan(directory, summary.part)?;
    let keys: Vec<_> = summary.lanes.iter().filter_map(Lane::key).collect();
    let mut heat = Stretches::read(directory, &keys)?;
    let timeline = timeline::read(directory, &mut heat)?;
    heat.finish()?;
    let blocks = blocks::read(directory, &keys)?;
    let mut samples = Samples::read(directory, &summary)?;
    let loaded = summary.loaded();
    let lane = |lane: &Lane| {
        let view = samples.lane(lane)?;
        let open = lane.open_ns.map_or_else(|| timeline.time_of(view.key, loaded), Duration::from_nanos);
        Ok(LaneView { open, ..view })
    };
    let lanes = summary.lanes.iter().map(lane).collect::<Result<Vec<_>, ImportError>>()?;
    let scenario = Arc::clone(&plan.resolved);
    let snapshot = snapshot(summary, &plan, lanes, (timeline, blocks), samples);
    Ok(Report { snapshot: Arc::new(snapshot), scenario })
}

/// The plan the run went by.
fn plan(directory: &Path, part: Part) -> Result<Plan, ImportError> {
    let file = File::read(directory, "scenario.toml")?;
    let source = Source::new(file.path().display().to_string(), file.text());
    let plan = Plan::new(source, &Overrides::default()).map_err(|error| file.invalid(&error))?;
    match part.shard() {
        Some(shard) => plan.with_shard(shard).map_err(|error| file.invalid(&error)),
        None => Ok(plan),
    }
}

fn snapshot(
    mut summary: Summary,
    plan: &Plan,
    lanes: Vec<LaneView>,
    (timeline, blocks): (Timeline, Blocks),
    samples: Samples,
) -> Snapshot {
    let ends = LaneKey { policy: plan.deadline.policy, deadline: plan.deadline.after };
    let latest = timeline.rows().last().and_then(|row: &TimelineRow| row.lane);
    let LaneKey { policy, deadline } = latest.or(lanes.last().map(|lane| lane.key)).unwrap_or(ends);
    let arrival_lag = Arc::new(books::of_statistics(&summary.load.arrival_lag_ns));
    let (overdue, awaits) = samples.into_rest();
    Snapshot {
        state: State::Finished(summary.ended_by.unwrap_or(EndedBy::User)),
        elapsed: Duration::from_nanos(summary.elapsed_ns),
        loaded: summary.loaded(),
        // Files do not say when counts were forgotten last: the warm-up alone is known to come before.
        began: plan.run.warmup,
        changed_before: false,
        warmup: None,
        policy,
        deadline,
        load: LoadView {
            mode: plan.load.mode,
            paused: false,
            due: summary.load.due,
            spawned: summary.load.spawned,
            shed: summary.load.shed,
            queued: summary.load.queued_at_end,
            arrival_lag,
        },
        lanes,
        timeline: Arc::new(timeline),
        recent: Arc::new(Recent::default()),
        blocks: Arc::new(blocks),
        overdue,
        awaits: Arc::new(Awaits {
            supported: summary.captures.supported,
            captured: summary.captures.captured,
            cost: Duration::from_nanos(summary.captures.cost_ns),
            rows: awaits,
        }),
        runtime: summary.runtime.as_ref().map(runtime::view).unwrap_or_default(),
        cost: summary.own_cost.as_ref().map(runtime::cost).unwrap_or_default(),
        workload: Arc::new(Reading::from(std::mem::take(&mut summary.workload))),
        from_files: true,
        balanced: summary.balanced,
        info: Arc::new(info(summary, plan)),
    }
}

fn info(summary: Summary, plan: &Plan) -> RunInfo {
    RunInfo {
        scenario: summary.scenario,
        about: plan.about.clone(),
        lesson: plan.lesson.clone(),
        started_at: summary.started_at,
        seed: summary.seed,
        workers: summary.workers,
        unstable: summary.unstable,
        width: plan.gather.map_or(1, |gather| gather.width),
        gather: plan.gather.map(|gather| gather.mode),
        duration: plan.run.duration,
        tasks: plan.tasks(),
        part: summary.part,
        start_at: summary.start_at,
        gates: plan.gates.clone(),
        baseline: summary.baseline.map(Arc::new),
    }
}

/// The policy called `word`.
fn policy(word: &str) -> Option<Policy> {
    [Policy::Cancel, Policy::Observe].into_iter().find(|policy| policy.word() == word)
}

#[cfg(test)]
mod tests;
