//! What is written of a run while it goes on, so that one that is killed leaves it up to its last second: the log of its
//! latencies and its recording.
//!
//! Owns when an interval ends and when there is a frame. It must not know what either holds.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use super::{ExportError, hlog, recording};
use crate::snapshot::Snapshot;

/// The time from one interval to the next.
const INTERVAL: Duration = Duration::from_secs(1);

/// The frames after which, and the bytes after which, there is a frame only half as often: what is kept of a run of a day
/// is a few times what is kept of one of ten minutes.
const MOST: (u32, usize) = (600, 8 << 20);

/// What is being written of a run that goes on.
#[derive(Debug)]
pub struct Live {
    directory: PathBuf,
    ends: Sender<()>,
    thread: JoinHandle<io::Result<()>>,
}

impl Live {
    /// Begins to write the run that `newest` shows on a thread of its own.
    ///
    /// # Errors
    /// The operating system starts no thread.
    pub(super) fn start(
        directory: PathBuf,
        newest: impl Fn() -> Arc<Snapshot> + Send + 'static,
        files: impl FnOnce() -> io::Result<[Box<dyn Write>; 2]> + Send + 'static,
        scenario: Arc<str>,
    ) -> Result<Self, ExportError> {
        let (ends, ended) = channel();
        let follow = move || files().and_then(|files| follow(&newest, &ended, files, &scenario));
        match Builder::new().name("tardy-log".to_owned()).spawn(follow) {
            Ok(thread) => Ok(Self { directory, ends, thread }),
            Err(source) => Err(ExportError::Write { path: directory, source }),
        }
    }

    /// Writes what is left, once the run is over.
    ///
    /// # Errors
    /// Something could not be written, now or earlier.
    pub fn finish(self) -> Result<(), ExportError> {
        let Self { directory, ends, thread } = self;
        drop(ends);
        let written = thread.join().unwrap_or_else(|_| Err(io::Error::other("its thread broke down")));
        written.map_err(|source| ExportError::Write { path: directory, source })
    }
}

/// Writes the run that `newest` shows until `ended` has no sender any more.
fn follow(
    newest: &dyn Fn() -> Arc<Snapshot>,
    ended: &Receiver<()>,
    [mut log, mut frames]: [Box<dyn Write>; 2],
    scenario: &str,
) -> io::Result<()> {
    let mut recording = recording::Writer::begin(&mut *frames, scenario)?;
    let mut pace = Pace::default();
    pace.wrote(recording.frame(&newest())?);
    hlog::record(&newest(), &mut &mut *log, |log| {
        loop {
            let is_last = ended.recv_timeout(INTERVAL) != Err(RecvTimeoutError::Timeout);
            let snapshot = newest();
            log.interval(&snapshot)?;
            if is_last || pace.is_due() {
                pace.wrote(recording.frame(&snapshot)?);
            }
            if is_last {
                return Ok(());
            }
        }
    })
}

/// How often there is a frame.
#[derive(Debug, Default)]
struct Pace {
    /// Intervals since the last frame, and those to let pass.
    passed: u32,
    between: u32,
    /// Frames and bytes at this pace.
    wrote: (u32, usize),
}

impl Pace {
    const fn is_due(&mut self) -> bool {
        let is_due = self.passed >= self.between;
        self.passed = if is_due { 0 } else { self.passed + 1 };
        is_due
    }

    const fn wrote(&mut self, bytes: usize) {
        self.wrote = (self.wrote.0 + 1, self.wrote.1 + bytes);
        if self.wrote.0 >= MOST.0 || self.wrote.1 >= MOST.1 {
            (self.between, self.wrote) = (2 * self.between + 1, (0, 0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_a_day_has_a_few_thousand_frames_and_is_seen_to_its_end() {
        let mut pace = Pace::default();
        let mut frames = Vec::new();
        for second in 0..86_400 {
            if pace.is_due() {
                pace.wrote(10_000);
                frames.push(second);
            }
        }
        assert_eq!(frames[..600], (0..600).collect::<Vec<_>>());
        assert!((4_000..5_000).contains(&frames.len()), "{}", frames.len());
        assert!(frames.windows(2).all(|pair| pair[1] - pair[0] <= 128) && frames[frames.len() - 1] > 86_200);
    }

    #[test]
    fn frames_that_are_large_are_few() {
        let mut pace = Pace::default();
        let bytes: usize = (0..86_400)
            .map(|_| {
                if pace.is_due() {
                    pace.wrote(1 << 20);
                    1 << 20
                } else {
                    0
                }
            })
            .sum();
        assert!(bytes < 128 << 20, "{bytes}");
    }
}
