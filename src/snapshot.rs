//! The immutable view of a run: raw counts in plain fields, everything derived in methods.
//!
//! Owns what screens, summaries and exporters read. It must not know how the counts came about
//! (the engine's business) nor how they are shown.

mod awaits;
mod baseline;
mod blame;
mod blocks;
mod causes;
mod comparison;
mod counts;
mod distribution;
#[cfg(test)]
pub(crate) mod fixture;
mod heat;
mod lane;
mod recent;
mod recording;
mod runtime;
mod sum;
mod survival;
mod timeline;
mod waste;
mod what_if;
mod wire;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub use awaits::{AwaitedAt, Awaits, Frame};
pub use baseline::Baseline;
pub use blame::{Blame, Blamed};
pub use blocks::{Block, Blocks, LaneBlock, MAX_BLOCKS};
pub use causes::{Cause, Causes};
pub use comparison::{
    Apart, Aspect, Comparison, Difference, Drift, FEWEST_BLOCKS, FEWEST_TASKS, Headline, Interval, LaneComparison,
    Settings, Unknown, Value, Verdict, compare,
};
pub use counts::Counts;
pub use distribution::{Distribution, Latency};
pub use heat::{CELLS_A_DECADE, Heat, HeatCell};
pub use lane::LaneView;
pub use recent::{MAX_SLICES, Recent, Window};
pub(crate) use recording::Recorder;
pub use recording::Recording;
pub use runtime::{OwnCost, RuntimeView, TaskSplit, WorkerView};
pub use survival::{Estimate, Survival, SurvivalQuantile, SurvivalStep};
pub use timeline::{MAX_ROWS, Marker, Timeline, TimelineRow};
pub use waste::{Waste, Work};
pub(crate) use what_if::{Figure, per_second};
pub use what_if::{GatherShares, WhatIf, WhatIfAt};
pub use wire::Unreadable;

use serde::{Deserialize, Serialize};

use crate::condition::Gates;
use crate::figure::Reading;
use crate::histogram::Histogram;
use crate::ledger::{LaneKey, Metric};
use crate::outcome::GatherMode;
use crate::shard::Part;
use crate::units::LoadMode;

/// Overdue tasks in a snapshot.
pub const MAX_OVERDUE: usize = 200;

/// What a run is, fixed when it starts.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunInfo {
    /// The scenario's name.
    pub scenario: String,
    /// What it shows, one line.
    pub about: String,
    /// What to learn from it, one line.
    pub lesson: String,
    /// The wall clock at the start.
    pub started_at: SystemTime,
    /// Seed of all randomness.
    #[serde(skip)]
    pub seed: u64,
    /// Worker threads of the measured runtime; none when it was read from a log of latencies.
    pub workers: usize,
    /// Whether the build has `tokio_unstable`.
    pub unstable: bool,
    /// Tasks in one arrival: the width of the gather, or 1.
    pub width: u32,
    /// The gather's mode, when there is one.
    pub gather: Option<GatherMode>,
    /// How long it is meant to measure.
    pub duration: Option<Duration>,
    /// How many tasks it is meant to spawn.
    pub tasks: Option<u64>,
    /// How much it is of the run that its scenario describes.
    pub part: Part,
    /// The time it was to start at, where one was said.
    pub start_at: Option<SystemTime>,
    /// When it counts as failed; not told to who attaches.
    #[serde(skip)]
    pub gates: Gates,
    /// What it is held against; not told either.
    #[serde(skip)]
    pub baseline: Option<Arc<Baseline>>,
}

impl RunInfo {
    /// Whether a log of latencies is all there is of the run, which knows neither its load nor its books.
    #[must_use]
    pub const fn is_of_log(&self) -> bool {
        self.workers == 0
    }
}

/// Where a run is in its life: `Warmup → Running → Draining → Finished`, from anywhere to `Finished` on an abort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Load is on, nothing is counted yet.
    Warmup,
    /// Load is on and counted.
    Running,
    /// Arrivals are over, tasks in flight may still end.
    Draining,
    /// The books are closed.
    Finished(EndedBy),
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum EndedBy {
    /// Its duration was over.
    Duration,
    /// Its tasks were all spawned.
    Tasks,
    /// The user asked.
    User,
    /// A signal asked.
    Signal,
    /// A gate was broken for good.
    Gate,
}

impl EndedBy {
    /// The word used in files and on screens.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Duration => "duration",
            Self::Tasks => "tasks",
            Self::User => "user",
            Self::Signal => "signal",
            Self::Gate => "gate",
        }
    }
}

/// Arrivals so far. One arrival is one task or one whole gather.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoadView {
    /// How they come.
    pub mode: LoadMode,
    /// Whether the user holds them back.
    pub paused: bool,
    /// Arrivals whose time has come: `due = spawned + shed + queued`.
    pub due: u64,
    /// Arrivals spawned.
    pub spawned: u64,
    /// Arrivals given up because too much was in flight.
    pub shed: u64,
    /// Arrivals that wait for something to end.
    pub queued: u64,
    /// Intended arrival to actual spawn.
    pub arrival_lag: Arc<Histogram>,
}

/// A task that is in flight past its deadline right now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverdueTask {
    /// The task's number.
    pub task: u64,
    /// The lane it belongs to.
    pub lane: LaneKey,
    /// Time since its spawn.
    pub age: Duration,
    /// Time past its deadline.
    pub overrun: Duration,
    /// The step it is in, when it said so.
    pub step: Option<Arc<str>>,
    /// Polls so far; zero while it waits for a worker or sits in its first poll.
    pub polls: u32,
    /// Time in finished polls.
    pub busy: Duration,
}

/// One consistent view of a run at one instant; never changed after it was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Snapshot {
    /// What the run is.
    pub info: Arc<RunInfo>,
    /// Where it is in its life.
    pub state: State,
    /// Time measured: since the start, the end of the warm-up or the last reset; stands still once finished.
    /// While the run warms up, the time since it began to.
    pub elapsed: Duration,
    /// How much of that new tasks came, or might have: all of it but the drain.
    pub loaded: Duration,
    /// When measuring began, since the run's epoch: the ledger's times count from there.
    pub began: Duration,
    /// Whether the user changed it before that: in the warm-up, or by a reset.
    pub changed_before: bool,
    /// How long the warm-up is to last, while the run is in it.
    pub warmup: Option<Duration>,
    /// The policy new tasks get.
    pub policy: crate::outcome::Policy,
    /// The deadline new tasks get.
    pub deadline: Option<Duration>,
    /// Arrivals.
    pub load: LoadView,
    /// One for each policy and deadline that has had a task, oldest first.
    pub lanes: Vec<LaneView>,
    /// One row a second.
    pub timeline: Arc<Timeline>,
    /// What ended in the last minute, for [`Snapshot::windowed`]; empty when read from files.
    pub recent: Arc<Recent>,
    /// The run in stretches of time, to be set against another; empty when read from the files of an early tardy.
    pub blocks: Arc<Blocks>,
    /// Tasks overdue now, oldest first, at most [`MAX_OVERDUE`].
    pub overdue: Vec<OverdueTask>,
    /// Where a sample of the tasks that missed their deadline awaited then.
    pub awaits: Arc<Awaits>,
    /// The measured runtime.
    pub runtime: RuntimeView,
    /// What tardy itself takes.
    pub cost: OwnCost,
    /// What the workload has kept of itself.
    pub workload: Arc<Reading>,
    /// Whether it was read back from a run's files, which do not keep the last minute. Those of an early tardy lack the
    /// heat of the timeline, the blocks and the figures of the runtime too: without workers [`Snapshot::cost`] is not known either.
    pub from_files: bool,
    /// `Some` once the books are closed: whether the in-flight table, counted slot by slot, agrees with the counters.
    pub balanced: Option<bool>,
}

impl LoadView {
    /// The metric of the headline: response time under open load, so that waiting before the spawn counts.
    #[must_use]
    pub const fn headline(&self) -> Metric {
        match self.mode {
            LoadMode::Open { .. } => Metric::Response,
            LoadMode::Closed { .. } | LoadMode::None => Metric::Service,
        }
    }
}

impl Snapshot {
    /// The lane new tasks go to, when it has had one.
    #[must_use]
    pub fn current_lane(&self) -> Option<&LaneView> {
        let key = LaneKey { policy: self.policy, deadline: self.deadline };
        self.lanes.iter().find(|lane| lane.key == key)
    }

    /// A time of the ledger, which counts from the run's epoch, as the time since measuring began.
    #[must_use]
    pub fn since_began(&self, epoch_ns: u64) -> Duration {
        Duration::from_nanos(epoch_ns).saturating_sub(self.began)
    }

    /// One count, over all lanes.
    #[must_use]
    pub fn total(&self, count: impl Fn(&LaneView) -> u64) -> u64 {
        self.lanes.iter().map(count).sum()
    }

    /// Deadlines missed so far as a share of the tasks that have met or missed theirs; `None` before there is one.
    #[must_use]
    pub fn timed_out_rate(&self) -> Option<f64> {
        lane::share(self.total(LaneView::timed_out), self.total(|l| l.spawned) - self.total(LaneView::undecided))
    }

    /// Tasks done by their deadline for each second in which new ones came; `None` before there was one. The drain does
    /// not count: it lasts longer under observe than under cancel.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "2^53 tasks are out of reach")]
    pub fn goodput(&self) -> Option<f64> {
        let seconds = self.loaded.as_secs_f64();
        (seconds > 0.0).then(|| self.total(LaneView::on_time) as f64 / seconds)
    }

    /// How tasks come, and to which part of a run that is not the whole: `open 500/s poisson, shard 3/8`.
    #[must_use]
    pub fn load_in_words(&self) -> String {
        let (mode, part) = (self.load.mode, self.info.part);
        if part.is_whole() { mode.to_string() } else { format!("{mode}, {part}") }
    }

    /// Whether there were tasks, and each returned an error or panicked.
    #[must_use]
    pub fn has_only_failed(&self) -> bool {
        let spawned = self.total(|lane| lane.spawned);
        spawned > 0 && self.total(|lane| lane.failed() + lane.panicked()) == spawned
    }

    /// Whether the run is over.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        matches!(self.state, State::Finished(_))
    }
}

/// A finished run: its last snapshot and the scenario as it was resolved.
#[derive(Debug, Clone)]
pub struct Report {
    /// The last snapshot, with the books closed.
    pub snapshot: Arc<Snapshot>,
    /// The scenario file that repeats this run.
    pub scenario: Arc<str>,
}
