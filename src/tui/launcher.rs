//! What Home asks of whoever knows scenarios, runs and their files.
//!
//! Owns the words of that conversation. It must not know how a scenario becomes a run, nor what a file holds.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::Export;
use super::hold::Hold;
use super::replay::Replay;
use crate::attach::Remote;
use crate::engine::{Command, Handle};
use crate::snapshot::{Recording, Snapshot, Unreadable};

/// Starts runs and reopens them. It is asked on two threads beside the screen, on each one thing after the other: runs
/// are started and closed on one, which is waited for, and everything that only reads is asked on the other.
pub trait Launcher: Send + Sync {
    /// The scenarios there are, in the order they are shown.
    fn scenarios(&self) -> Vec<Listing>;

    /// The runs that can be reopened, the latest first.
    fn past(&self) -> Vec<PastRun>;

    /// The file of a scenario as it would run with these changes.
    ///
    /// # Errors
    /// What is wrong with the changes.
    fn resolve(&self, scenario: &str, changes: &[Change]) -> Result<String, Vec<Complaint>>;

    /// Starts a scenario with these changes.
    ///
    /// # Errors
    /// What is wrong with the changes, or why nothing can be started.
    fn start(&self, scenario: &str, changes: &[Change]) -> Result<Subject, Vec<Complaint>>;

    /// Reads the run in a directory.
    ///
    /// # Errors
    /// Why it is none, in one line.
    fn open(&self, directory: &Path) -> Result<Subject, String>;

    /// Closes the run that was started last, which is over and left for Home; says what became of its files.
    ///
    /// # Errors
    /// Why they could not be written, in one line.
    fn close(&self) -> Result<Option<String>, String>;
}

/// A scenario that can be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// What to call it.
    pub name: String,
    /// What it shows, one line.
    pub about: String,
    /// What to learn from it, one line.
    pub lesson: String,
    /// Its file as it would run.
    pub file: String,
    /// What is said of each field; one that is missing says nothing.
    pub values: Vec<(Field, String)>,
}

/// A run whose files can be read, or a sweep of runs whose results `tardy sweep` prints.
#[derive(Debug, Clone, PartialEq)]
pub struct PastRun {
    /// Its scenario's name.
    pub scenario: String,
    /// The wall clock at its start.
    pub started_at: SystemTime,
    /// Where its files are.
    pub directory: PathBuf,
    /// What it is.
    pub kind: PastKind,
}

/// What a past run is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PastKind {
    /// A run that came to its end.
    Ended {
        /// Deadlines missed as a share of the tasks that met or missed theirs; `None` where there was none.
        missed: Option<f64>,
    },
    /// A run that was killed, or goes on.
    Endless,
    /// A sweep of runs.
    Sweep,
}

/// What can be changed before a run starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// The time a task has.
    Deadline,
    /// What a missed deadline does.
    Policy,
    /// Arrivals a second, or at once.
    Load,
    /// How long to measure.
    Duration,
    /// The seed of all randomness.
    Seed,
    /// Any key of the file, as `key = value`.
    Parameter,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Of what.
    pub field: Field,
    /// To what, as it was typed.
    pub value: String,
}

/// Why a scenario cannot be run so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The change to blame, by its place among those that were asked for.
    pub change: Option<usize>,
    /// What is wrong, in one line.
    pub message: String,
}

/// A run to be shown.
pub struct Subject {
    /// Where what is shown of it comes from.
    pub run: Source,
    /// What the export key does; called on a thread of its own.
    pub export: Export,
    /// Whether its files are written as soon as it is over, or are there already, so that leaving loses nothing.
    pub is_kept: bool,
}

/// Where snapshots come from.
#[derive(Debug, Clone)]
pub enum Source {
    /// A run that goes on, or has just ended.
    Live(Handle),
    /// An application that is looked at.
    Remote(Remote),
    /// One whose files were read.
    Past(Past),
}

/// A recorded run, at some time of it.
#[derive(Debug, Clone)]
pub struct Past {
    recording: Arc<Recording>,
    shown: Arc<Snapshot>,
    /// What there is to know of it, in one line.
    pub(super) note: Option<String>,
}

impl Past {
    /// A run as it ended.
    #[must_use]
    pub const fn new(recording: Arc<Recording>, end: Arc<Snapshot>, note: Option<String>) -> Self {
        Self { recording, shown: end, note }
    }

    /// Where in it the screen is.
    pub(super) fn replay(&self) -> Option<Replay> {
        Replay::new(self.recording.times())
    }

    /// Shows another frame.
    pub(super) fn seek(&mut self, frame: usize) -> Result<(), Unreadable> {
        self.shown = self.recording.at(frame)?;
        Ok(())
    }
}

impl Source {
    /// The newest snapshot.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        match self {
            Self::Live(handle) => handle.snapshot(),
            Self::Remote(remote) => remote.snapshot(),
            Self::Past(past) => Arc::clone(&past.shown),
        }
    }
}

impl Source {
    /// Why it will have no newer snapshot, where that is not for the run itself to say.
    pub(super) fn gone(&self) -> Option<Arc<str>> {
        match self {
            Self::Remote(remote) => remote.gone(),
            Self::Live(_) | Self::Past(_) => None,
        }
    }

    /// Whose run it is.
    pub(super) fn hold(&self) -> Hold {
        match self {
            Self::Remote(remote) => Hold::Remote { control: remote.allows_control() },
            Self::Live(_) => Hold::Own,
            Self::Past(_) => Hold::Past,
        }
    }

    /// Passes a command on to whoever runs it.
    pub(super) fn send(&self, command: Command) {
        match self {
            Self::Live(handle) => handle.send(command),
            Self::Remote(remote) => remote.send(command),
            Self::Past(_) => {}
        }
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").field("run", &self.run).finish_non_exhaustive()
    }
}
