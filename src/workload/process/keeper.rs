//! The thread on which all copies of the program are looked after, outside the measured runtime.
//!
//! Owns that thread, its runtime, and the directory that was written for the program.

use std::path::PathBuf;
use std::sync::{Arc, mpsc as threads};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;
use tokio::runtime::Builder;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::copy::{BYE, Copy, TERM};
use super::link::{Fleet, Link};
use super::params::Program;
use crate::scenario::{Setup, TaskError};

/// Beyond what the copies take to end: for the thread to say so.
const MARGIN: Duration = Duration::from_secs(1);

/// The copies while they run. Dropped, it says that the run is over, and waits for nothing.
#[derive(Debug)]
pub(super) struct Keeper {
    over: watch::Sender<bool>,
    /// Says that nothing is left.
    done: threads::Receiver<()>,
    /// Removed when nothing needs it any more.
    _scratch: Option<TempDir>,
}

impl Keeper {
    /// Starts all copies and waits until they are ready.
    ///
    /// # Errors
    /// One of them is at fault, or the system refuses something; nothing is left then.
    pub(super) fn start(program: &Arc<Program>, setup: &Setup) -> Result<(Self, Fleet), TaskError> {
        let (scratch, dir) = program.place()?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let ((over, is_over), (is_done, done)) = (watch::channel(false), threads::channel());
        let (ready, mut is_ready) = mpsc::unbounded_channel();
        let links: Vec<_> = (0..program.copies).map(|number| Arc::new(Link::new(program.hello(number)))).collect();
        let copy = |(number, link): (usize, &Arc<Link>)| Copy {
            program: Arc::clone(program),
            number,
            link: Arc::clone(link),
            setup: setup.clone(),
            over: is_over.clone(),
            ready: ready.clone(),
        };
        let copies: Vec<Copy> = links.iter().enumerate().map(copy).collect();
        drop(ready);
        thread::Builder::new().name("tardy-process".into()).spawn(move || {
            runtime.block_on(keep(copies, dir));
            // Nobody may wait for it any more.
            let _ = is_done.send(());
        })?;
        let keeper = Self { over, done, _scratch: scratch };
        for _ in 0..program.copies {
            let first = is_ready.blocking_recv().unwrap_or_else(|| Err("the thread of its copies is gone".into()));
            if let Err(why) = first {
                keeper.finish();
                return Err(why.to_string().into());
            }
        }
        Ok((keeper, Fleet::new(links)))
    }

    /// Ends all copies and waits until nothing of them is left.
    pub(super) fn finish(self) {
        self.over.send_replace(true);
        // What cannot be killed is left to the system.
        let _ = self.done.recv_timeout(BYE + 2 * TERM + MARGIN);
    }
}

async fn keep(copies: Vec<Copy>, dir: Option<PathBuf>) {
    let dir: Option<Arc<std::path::Path>> = dir.map(Into::into);
    let mut kept = JoinSet::new();
    for copy in copies {
        let dir = dir.clone();
        kept.spawn(async move { copy.tend(dir.as_deref()).await });
    }
    while kept.join_next().await.is_some() {}
}
