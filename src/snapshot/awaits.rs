//! Await points: the lines of source at which tasks waited when their deadline passed.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ledger::LaneKey;

/// One line on the way from a task's root to what it awaited.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Frame {
    /// The file, as the compiler was told of it.
    pub file: String,
    /// The line of the await, or of the call.
    pub line: u32,
}

impl Frame {
    /// The file without its directories.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.file.rsplit('/').next().unwrap_or(&self.file)
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file_name(), self.line)
    }
}

/// How many of the captured tasks of a lane awaited at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwaitedAt {
    /// The lane.
    pub lane: LaneKey,
    /// The step they were in, when they were in one.
    pub step: Option<Arc<str>>,
    /// From what was awaited outwards; empty where no frame has a name.
    pub frames: Arc<[Frame]>,
    /// How many.
    pub count: u64,
}

/// What has been captured of the tasks that missed their deadline: a sample.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Awaits {
    /// Whether this build can capture at all.
    pub supported: bool,
    /// Tasks captured. In no row are those that were spawned before counting began, whose place is not worked out yet, or
    /// is beyond the bound on places.
    pub captured: u64,
    /// What the captures took of the workers' time.
    pub cost: Duration,
    /// The places, most frequent first.
    pub rows: Vec<AwaitedAt>,
}

impl Awaits {
    /// What one capture took, on average; `None` before there is one.
    #[must_use]
    pub fn cost_each(&self) -> Option<Duration> {
        let captured = u32::try_from(self.captured).ok().filter(|&captured| captured > 0)?;
        Some(self.cost / captured)
    }
}
