//! Does beside the screen what may take long, so that neither a slow disk nor a large file holds up a frame.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};

use super::error::TuiError;
use super::panic;

/// Something to do, which answers once it is done.
type Job<A> = Box<dyn FnOnce() -> A + Send>;

/// A thread that does one job after the other; dropping it waits for all of them, unless it was let go.
#[derive(Debug)]
pub(super) struct Background<A> {
    jobs: Option<Sender<Job<A>>>,
    answers: Receiver<A>,
    thread: Option<JoinHandle<()>>,
}

impl<A: Send + 'static> Background<A> {
    /// Starts the thread; `panicked` makes an answer of what a job that panicked had to say.
    pub(super) fn start(panicked: fn(String) -> A) -> Result<Self, TuiError> {
        let (jobs, todo) = channel::<Job<A>>();
        let (done, answers) = channel();
        let work = move || {
            for job in todo {
                let answer = catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(|_| panicked(panic::take_message()));
                if done.send(answer).is_err() {
                    break;
                }
            }
        };
        let name = format!("{}-background", panic::THREAD);
        let thread = Builder::new().name(name).spawn(work).map_err(TuiError::Thread)?;
        Ok(Self { jobs: Some(jobs), answers, thread: Some(thread) })
    }

    /// Lets the thread go: nothing waits for jobs that only read, and one may be stuck in a file system for ever.
    pub(super) fn let_go(mut self) -> Self {
        self.thread = None;
        self
    }

    /// Asks for something to be done, after what was asked for before.
    pub(super) fn ask(&self, job: impl FnOnce() -> A + Send + 'static) {
        if let Some(jobs) = &self.jobs {
            // The thread only ends when this sender is gone.
            jobs.send(Box::new(job)).ok();
        }
    }

    /// The answer to the oldest job that was done and not heard of yet.
    pub(super) fn answer(&self) -> Option<A> {
        self.answers.try_recv().ok()
    }

    /// Waits for everything that was asked for, and gives the answers that were not heard of yet.
    pub(super) fn finish(mut self) -> Vec<A> {
        self.join();
        self.answers.try_iter().collect()
    }
}

impl<A> Background<A> {
    fn join(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // Panics of jobs are answers; the thread itself has nothing to say.
            thread.join().ok();
        }
    }
}

impl<A> Drop for Background<A> {
    fn drop(&mut self) {
        self.join();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_answer_comes_back_even_when_a_job_panics() {
        panic::install_hook();
        let background = Background::<Result<&str, String>>::start(Err).unwrap();
        background.ask(|| panic!("disk on fire"));
        background.ask(|| Ok("wrote 8 files"));
        let next = || background.answers.recv_timeout(Duration::from_secs(30)).unwrap();
        assert!(next().unwrap_err().starts_with("disk on fire ("));
        assert_eq!(next(), Ok("wrote 8 files"));
    }

    #[test]
    fn what_was_asked_for_is_finished_and_its_answers_are_heard() {
        let background = Background::<Result<u32, String>>::start(Err).unwrap();
        (0..3).for_each(|n| background.ask(move || Ok(n)));
        assert_eq!(background.finish(), [Ok(0), Ok(1), Ok(2)]);
    }

    #[test]
    fn nobody_waits_for_a_thread_that_was_let_go() {
        let background = Background::<Result<(), String>>::start(Err).unwrap().let_go();
        let (free, stuck) = channel::<()>();
        background.ask(move || stuck.recv().map_err(|gone| gone.to_string()));
        drop(background);
        free.send(()).ok();
    }
}
