//! Writes files beside the screen, so that a slow disk does not hold up a frame.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};

use super::error::TuiError;
use super::{Export, Wanted, panic};

/// A thread that writes one thing after the other; dropping it waits for the files to be whole.
#[derive(Debug)]
pub(super) struct Exporter {
    jobs: Option<Sender<Wanted>>,
    answers: Receiver<Result<String, String>>,
    thread: Option<JoinHandle<()>>,
}

impl Exporter {
    /// Starts the thread.
    pub(super) fn start(export: Export) -> Result<Self, TuiError> {
        let (jobs, todo) = channel::<Wanted>();
        let (done, answers) = channel();
        let work = move || {
            for wanted in todo {
                let answer = catch_unwind(AssertUnwindSafe(|| export(&wanted)))
                    .unwrap_or_else(|_| Err(format!("writing the files panicked: {}", panic::take_message())));
                if done.send(answer).is_err() {
                    break;
                }
            }
        };
        let thread = Builder::new().name(format!("{}-export", panic::THREAD)).spawn(work).map_err(TuiError::Thread)?;
        Ok(Self { jobs: Some(jobs), answers, thread: Some(thread) })
    }

    /// Asks for something to be written.
    pub(super) fn write(&self, wanted: Wanted) {
        if let Some(jobs) = &self.jobs {
            // The thread only ends when this sender is gone.
            jobs.send(wanted).ok();
        }
    }

    /// The answer to what was asked, when there is one.
    pub(super) fn answer(&self) -> Option<Result<String, String>> {
        self.answers.try_recv().ok()
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // Panics of the export are answers; the thread itself has nothing to say.
            thread.join().ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::fixture;
    use std::sync::Arc;
    use std::time::Duration;

    #[test]
    fn the_answer_comes_back_even_when_writing_panics() {
        panic::install_hook();
        let exporter = Exporter::start(Box::new(|wanted| {
            assert!(matches!(wanted, Wanted::Run(snapshot) if snapshot.is_finished()), "disk on fire");
            Ok("wrote 7 files".to_owned())
        }))
        .unwrap();
        exporter.write(Wanted::Run(Arc::new(fixture::live())));
        exporter.write(Wanted::Run(Arc::new(fixture::finished())));
        let next = || exporter.answers.recv_timeout(Duration::from_secs(30)).unwrap();
        assert!(next().unwrap_err().contains("panicked"));
        assert_eq!(next(), Ok("wrote 7 files".to_owned()));
    }
}
