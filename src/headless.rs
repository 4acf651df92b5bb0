//! A run without a screen: progress on stderr, the summary for stdout.
//!
//! Owns what people read of a run that nobody watches, and what a signal does to it. It must not know
//! how a run is set up, nor write an escape sequence to anything but a terminal.

mod progress;
mod signal;
mod summary;
mod text;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

pub use progress::Progress;
pub use signal::Signals;
pub use summary::write as write_summary;

use crate::engine::Handle;
use crate::snapshot::Snapshot;

/// How often a run is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Shows the progress of a run until it is over, passes signals on to it, and returns its last snapshot.
#[must_use]
pub fn watch(handle: &Handle, progress: &mut Progress, signals: &mut Signals) -> Arc<Snapshot> {
    loop {
        let snapshot = handle.snapshot();
        progress.show(&snapshot);
        if snapshot.is_finished() {
            progress.finish();
            return snapshot;
        }
        if let Some(command) = signals.command() {
            handle.send(command);
        }
        thread::sleep(LOOK_EVERY);
    }
}
