//! The validated scenario: nothing in it can be wrong any more.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{Overrides, ScenarioError, Source, resolved, validate};
use crate::condition::Gates;
use crate::outcome::{GatherMode, Policy, Scope};
use crate::shard::Shard;
use crate::units::LoadMode;

/// A scenario that can be run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// What it shows, one line.
    pub about: String,
    /// What to learn from it, one line.
    pub lesson: String,
    /// The plugin's own table, not yet read by the plugin.
    pub workload: WorkloadTable,
    /// How arrivals come.
    pub load: Load,
    /// The deadline of each task.
    pub deadline: Deadline,
    /// Tasks awaited together, if any.
    pub gather: Option<Gather>,
    /// How long, on what.
    pub run: Run,
    /// When it counts as failed.
    pub gates: Gates,
    /// The file that repeats this run: every key said, overrides applied.
    pub resolved: Arc<str>,
    /// The part of it that is run; `None` for all of it. Everything else says how the whole is.
    pub shard: Option<Shard>,
    /// When it is to be started, where that was said; whoever starts it waits.
    pub start_at: Option<SystemTime>,
}

impl Plan {
    /// The plan `source` describes with `overrides` applied.
    ///
    /// # Errors
    /// Everything that is wrong with the overrides or, once they are applied, with the file.
    pub fn new(source: Source, overrides: &Overrides) -> Result<Self, ScenarioError> {
        let source = overrides.apply(source)?;
        let mut plan = validate::validate(&source).map_err(|errors| source.invalid(errors))?;
        plan.resolved = resolved::resolved(&plan).into();
        Ok(plan)
    }

    /// The same plan of which `shard` alone is run. Its gates are of the whole: they are judged once the shards are merged.
    ///
    /// # Errors
    /// There is less of it than there are shards.
    pub fn with_shard(self, shard: Shard) -> Result<Self, ScenarioError> {
        let (least, width) = (u64::from(shard.of()), self.width());
        let too_few = |key, whole| Err(ScenarioError::TooManyShards { shard, key, whole });
        match (self.load.mode, self.run.tasks, self.load.max_in_flight) {
            (LoadMode::Closed { concurrency }, ..) if u64::from(concurrency) < least => {
                too_few("load.concurrency", concurrency.into())
            }
            (_, Some(tasks), _) if tasks / width < least => too_few("run.tasks", tasks),
            (.., most) if most / width < least => too_few("load.max_in_flight", most),
            _ => Ok(Self { shard: Some(shard), gates: Gates::default(), ..self }),
        }
    }

    /// Tasks in one arrival.
    fn width(&self) -> u64 {
        self.gather.map_or(1, |gather| gather.width.into())
    }

    /// How many tasks are spawned: those of the shard, where there is one.
    #[must_use]
    pub fn tasks(&self) -> Option<u64> {
        let share = |arrivals| self.shard.map_or(arrivals, |shard| shard.share(arrivals));
        self.run.tasks.map(|tasks| share(tasks / self.width()) * self.width())
    }

    /// The plan of the shipped scenario or the file called `name`, with `overrides` applied.
    ///
    /// # Errors
    /// There is neither, the file cannot be read, or something in it or in the overrides is wrong.
    pub fn load(name: &str, overrides: &Overrides) -> Result<Self, ScenarioError> {
        Self::new(Source::open(name)?, overrides)
    }
}

/// The `kind` of a workload that is an application's own: it is in no scenario's power to run it.
pub(crate) const APPLICATION: &str = "application";

/// The `[workload]` table with the text it stands in, so that the plugin's complaints point into it.
#[derive(Debug, Clone)]
pub struct WorkloadTable {
    /// The plugin's name (`kind`).
    pub kind: String,
    /// Where `kind` stands in `source`.
    pub kind_span: std::ops::Range<usize>,
    /// The whole text, overrides applied.
    pub source: Arc<str>,
    /// What to call the text in a diagnostic.
    pub origin: String,
    /// Where relative file names in it start from; `None` for a scenario shipped in the binary.
    pub base: Option<PathBuf>,
}

/// `[load]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// How arrivals come.
    pub mode: LoadMode,
    /// The largest number of tasks in flight.
    pub max_in_flight: u64,
    /// What happens to an arrival beyond it.
    pub when_full: WhenFull,
    /// Changes of the load over time, one after the other; the last one's level stays.
    pub stages: Vec<Stage>,
}

/// What happens to an arrival when `max_in_flight` is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenFull {
    /// It waits, and its response time runs.
    Queue,
    /// It is given up and counted.
    Shed,
}

impl WhenFull {
    /// The word used in files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Shed => "shed",
        }
    }
}

/// One `[[load.stage]]`: the load goes in a straight line to `level` within `duration`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stage {
    /// How long it takes; positive.
    pub duration: Duration,
    /// The level at its end: arrivals a second when open, concurrency when closed.
    pub level: f64,
}

/// `[deadline]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// The time a task has; `None` for as long as it takes.
    pub after: Option<Duration>,
    /// What a miss does.
    pub policy: Policy,
    /// How long a cancelled task may clean up before it is dropped.
    pub grace: Duration,
    /// Whose deadline it is.
    pub scope: Scope,
}

/// `[gather]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gather {
    /// Children awaited together; positive.
    pub width: u32,
    /// When it has its outcome.
    pub mode: GatherMode,
}

/// `[run]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// How long it measures; at least one of this and `tasks` is said, the first to come true ends the run.
    pub duration: Option<Duration>,
    /// How many tasks it spawns, a multiple of the gather's width.
    pub tasks: Option<u64>,
    /// Time at the start whose tasks are not counted.
    pub warmup: Duration,
    /// How long tasks in flight at the end may go on.
    pub drain: Duration,
    /// Threads of the measured runtime; positive.
    pub workers: usize,
    /// The most threads that `spawn_blocking` uses; positive.
    pub blocking_threads: usize,
    /// Which runtime.
    pub flavor: Flavor,
    /// Seed of all randomness.
    pub seed: u64,
}

/// Which tokio runtime is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flavor {
    /// `multi_thread` with `workers` threads.
    MultiThread,
    /// One event loop, as asyncio has.
    CurrentThread,
}

impl Flavor {
    /// The word used in files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::MultiThread => "multi_thread",
            Self::CurrentThread => "current_thread",
        }
    }
}
