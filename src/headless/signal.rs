//! What SIGINT and SIGTERM do to a run: the first asks it to end, the second closes the books at once, a
//! third ends the process.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::SigId;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::engine::Command;
use crate::snapshot::EndedBy;

/// The exit code of a process that was interrupted.
const INTERRUPTED: i32 = 130;

/// `Calm → Stopping → Aborting`, one step a signal; never back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// No signal came.
    Calm,
    /// The run was asked to end.
    Stopping,
    /// The books were asked to close.
    Aborting,
}

/// The signals that came since the last look, as commands to a run.
#[derive(Debug)]
pub struct Signals {
    came: Arc<AtomicBool>,
    /// Read by the signal handler itself: when set, it ends the process.
    aborting: Arc<AtomicBool>,
    stage: Stage,
    registered: Vec<SigId>,
}

impl Signals {
    /// Takes SIGINT and SIGTERM over until it is dropped.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn take() -> io::Result<Self> {
        let mut signals = Self::deaf();
        for signal in [SIGINT, SIGTERM] {
            let exit =
                signal_hook::flag::register_conditional_shutdown(signal, INTERRUPTED, Arc::clone(&signals.aborting))?;
            signals.registered.push(exit);
            signals.registered.push(signal_hook::flag::register(signal, Arc::clone(&signals.came))?);
        }
        Ok(signals)
    }

    /// Hears no signal.
    pub(super) fn deaf() -> Self {
        Self { came: Arc::default(), aborting: Arc::default(), stage: Stage::Calm, registered: Vec::new() }
    }

    /// What the signals that came since the last call ask for.
    pub fn command(&mut self) -> Option<Command> {
        if !self.came.swap(false, Ordering::SeqCst) {
            return None;
        }
        let (stage, command) = match self.stage {
            Stage::Calm => (Stage::Stopping, Command::Stop(EndedBy::Signal)),
            Stage::Stopping | Stage::Aborting => (Stage::Aborting, Command::Abort(EndedBy::Signal)),
        };
        self.stage = stage;
        self.aborting.store(stage == Stage::Aborting, Ordering::SeqCst);
        Some(command)
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for id in self.registered.drain(..) {
            signal_hook::low_level::unregister(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_signal_stops_the_run_and_the_second_closes_the_books() {
        let mut signals = Signals::take().unwrap();
        assert_eq!(signals.command(), None);
        signal_hook::low_level::raise(SIGTERM).unwrap();
        assert_eq!(signals.command(), Some(Command::Stop(EndedBy::Signal)));
        assert_eq!(signals.command(), None);
        signal_hook::low_level::raise(SIGINT).unwrap();
        assert_eq!(signals.command(), Some(Command::Abort(EndedBy::Signal)));
        assert!(signals.aborting.load(Ordering::SeqCst));
    }
}
