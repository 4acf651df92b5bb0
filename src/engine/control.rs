//! Talking to a run: commands in, snapshots out.

use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Thread;
use std::time::Duration;

use crate::outcome::Policy;
use crate::snapshot::{EndedBy, Snapshot};

/// A change to a run that goes on. What cannot be done (a load on a run whose kind has none) changes nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Command {
    /// New tasks get this policy.
    Policy(Policy),
    /// New tasks get this deadline.
    Deadline(Duration),
    /// From now on this many arrivals a second (open) or in flight (closed).
    Load(f64),
    /// Hold arrivals back, or let them come again.
    Pause(bool),
    /// Forget everything counted so far; tasks in flight are not counted any more.
    Reset,
    /// Cancel the task with this number, as a deadline would; one that is not in flight any more stays as it ended.
    Cancel(u64),
    /// End the arrivals, then drain.
    Stop(EndedBy),
    /// Close the books now.
    Abort(EndedBy),
}

/// A run that goes on; cheap to clone, usable from any thread.
#[derive(Debug, Clone)]
pub struct Handle {
    commands: Sender<Command>,
    clock: Thread,
    latest: Arc<Mutex<Arc<Snapshot>>>,
}

impl Handle {
    pub(super) const fn new(commands: Sender<Command>, clock: Thread, latest: Arc<Mutex<Arc<Snapshot>>>) -> Self {
        Self { commands, clock, latest }
    }

    /// The newest snapshot.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.latest.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks for a change; it shows in a later snapshot. A run that is over ignores it.
    pub fn send(&self, command: Command) {
        if self.commands.send(command).is_ok() {
            self.clock.unpark();
        }
    }
}
