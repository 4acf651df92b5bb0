//! Does beside the screen what may take long, so that neither a slow disk nor a large file holds up a frame.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Builder;
use std::time::Duration;

use super::error::TuiError;
use super::frame::Limit;
use super::panic;

/// How long whoever leaves waits for what was asked for: a disk or a pipe may never answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Something to do, which answers once it is done.
type Job<A> = Box<dyn FnOnce() -> A + Send>;

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Errand {
    /// Starts a run.
    Start,
    /// Writes files.
    Write,
    /// Ends a run, which writes its files and sends what is left to be sent.
    Close,
    /// Reads, and changes nothing.
    Read,
}

/// A thread that does one job after the other; dropping it waits for all of them, but no longer than [`PATIENCE`], and
/// not at all once it was let go.
#[derive(Debug)]
pub(super) struct Background<A> {
    jobs: Sender<Job<A>>,
    answers: Receiver<A>,
    /// What was asked for and has not answered, the oldest first.
    open: RefCell<VecDeque<Errand>>,
    is_waited_for: bool,
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
        Builder::new().name(name).spawn(work).map_err(TuiError::Thread)?;
        Ok(Self { jobs, answers, open: RefCell::default(), is_waited_for: true })
    }

    /// Lets the thread go: nothing waits for jobs that only read, and one may be stuck in a file system for ever.
    pub(super) fn let_go(mut self) -> Self {
        self.is_waited_for = false;
        self
    }

    /// Asks for something to be done, after what was asked for before.
    pub(super) fn ask(&self, errand: Errand, job: impl FnOnce() -> A + Send + 'static) {
        // The thread only ends when this sender is gone.
        if self.jobs.send(Box::new(job)).is_ok() {
            self.open.borrow_mut().push_back(errand);
        }
    }
}

impl<A> Background<A> {
    /// The answer to the oldest job that was done and not heard of yet.
    pub(super) fn answer(&self) -> Option<A> {
        let answer = self.answers.try_recv().ok()?;
        self.open.borrow_mut().pop_front();
        Some(answer)
    }

    /// The oldest job that has not answered.
    pub(super) fn waits_for(&self) -> Option<Errand> {
        self.open.borrow().front().copied()
    }

    /// Waits until everything that was asked for is done, or the limit is over.
    fn settle(&self, limit: Limit) {
        while self.waits_for().is_some() && self.answers.recv_timeout(limit.left()).is_ok() {
            self.open.borrow_mut().pop_front();
        }
    }
}

impl<A> Drop for Background<A> {
    fn drop(&mut self) {
        if self.is_waited_for {
            self.settle(Limit::after(PATIENCE));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn the_answer_comes_back_even_when_a_job_panics() {
        panic::install_hook();
        let background = Background::<Result<&str, String>>::start(Err).unwrap();
        background.ask(Errand::Write, || panic!("disk on fire"));
        background.ask(Errand::Write, || Ok("wrote 9 files"));
        let next = || background.answers.recv_timeout(LONG).unwrap();
        assert!(next().unwrap_err().starts_with("disk on fire ("));
        assert_eq!(next(), Ok("wrote 9 files"));
    }

    #[test]
    fn what_was_asked_for_is_finished_and_then_nothing_is_waited_for() {
        let background = Background::<Result<u32, String>>::start(Err).unwrap();
        background.ask(Errand::Start, || Ok(1));
        background.ask(Errand::Write, || Ok(2));
        background.settle(Limit::after(LONG));
        assert_eq!(background.waits_for(), None);
    }

    #[test]
    fn a_job_that_never_answers_is_given_up_and_said_to_be_what_was_waited_for() {
        let background = Background::<Result<(), String>>::start(Err).unwrap();
        let (free, stuck) = channel::<()>();
        background.ask(Errand::Read, || Ok(()));
        background.ask(Errand::Start, move || stuck.recv().map_err(|gone| gone.to_string()));
        background.ask(Errand::Write, || Ok(()));
        while background.answer().is_none() {}
        background.settle(Limit::after(Duration::ZERO));
        assert_eq!(background.waits_for(), Some(Errand::Start));
        free.send(()).unwrap();
        background.settle(Limit::after(LONG));
        assert_eq!(background.waits_for(), None);
    }

    #[test]
    fn nobody_waits_for_a_thread_that_was_let_go() {
        let background = Background::<Result<(), String>>::start(Err).unwrap().let_go();
        let (free, stuck) = channel::<()>();
        background.ask(Errand::Read, move || stuck.recv().map_err(|gone| gone.to_string()));
        drop(background);
        free.send(()).ok();
    }
}
