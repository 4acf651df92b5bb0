//! Looks after the processes of a run, from their start until they are buried.
//!
//! Owns a thread, on it a runtime that is not the measured one, and every process: whoever waits for one has but a
//! [`Process`], and kills it by dropping that. It must not know what a process is for.

use std::io;
use std::pin::pin;
use std::process::ExitStatus;
use std::sync::{Mutex, PoisonError, mpsc as threads};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;
use tokio::process::{Child, Command};
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::workload::program::{Exit, Group, Tail};

/// How long the last words of a process are waited for once it has failed: others may hold its pipes open.
const LAST_WORDS: Duration = Duration::from_millis(50);

/// How long the end of the run waits for killed processes. The kernel may hold one in a call that it cannot leave.
const BURIAL: Duration = Duration::from_secs(2);

/// Starts processes, and sees to it that each of them ends.
#[derive(Debug, Default)]
pub(super) struct Keeper(Mutex<State>);

#[derive(Debug, Default)]
enum State {
    /// Nothing was started yet.
    #[default]
    Idle,
    Busy {
        orders: mpsc::UnboundedSender<Order>,
        /// Says to the thread that the run is over.
        over: watch::Sender<bool>,
        /// Says that everything is buried.
        done: threads::Receiver<()>,
    },
    /// The run is over.
    Finished,
}

/// A process to be started, and the ends by which it is told of.
#[derive(Debug)]
struct Order {
    command: Command,
    started: oneshot::Sender<io::Result<()>>,
    exited: oneshot::Sender<io::Result<Exit>>,
    ask: oneshot::Receiver<()>,
}

/// A process as who wants it sees it. Dropping it kills it, with its group.
#[derive(Debug)]
pub(super) struct Process {
    exited: oneshot::Receiver<io::Result<Exit>>,
    /// Taken when it is asked to end.
    ask: Option<oneshot::Sender<()>>,
}

/// A process that was ordered.
#[derive(Debug)]
pub(super) struct Starting {
    started: oneshot::Receiver<io::Result<()>>,
    process: Process,
    program: String,
}

impl Keeper {
    /// Orders a process.
    ///
    /// # Errors
    /// The system refuses the thread that looks after processes, or the run is over.
    pub(super) fn start(&self, command: Command) -> io::Result<Starting> {
        let program = command.as_std().get_program().to_string_lossy().into_owned();
        let ((started, is_started), (exited, exit), (ask, asked)) =
            (oneshot::channel(), oneshot::channel(), oneshot::channel());
        self.order(Order { command, started, exited, ask: asked })?;
        Ok(Starting { started: is_started, process: Process { exited: exit, ask: Some(ask) }, program })
    }

    fn order(&self, order: Order) -> io::Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Idle = *state {
            *state = begin()?;
        }
        match &*state {
            State::Busy { orders, .. } => orders.send(order).map_err(|_unsent| gone()),
            State::Idle | State::Finished => Err(gone()),
        }
    }

    /// Kills what still runs and waits until it is buried. Nothing is started any more.
    pub(super) fn finish(&self) {
        let state = std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), State::Finished);
        if let State::Busy { orders, over, done } = state {
            over.send_replace(true);
            drop(orders);
            // What cannot be killed is left to the system.
            let _ = done.recv_timeout(BURIAL);
        }
    }
}

fn begin() -> io::Result<State> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let ((orders, coming), (is_done, done)) = (mpsc::unbounded_channel(), threads::channel());
    let (over, is_over) = watch::channel(false);
    thread::Builder::new().name("tardy-exec".into()).spawn(move || {
        runtime.block_on(keep(coming, is_over));
        // Nobody may wait for it any more.
        let _ = is_done.send(());
    })?;
    Ok(State::Busy { orders, over, done })
}

/// The error of a process that nobody looks after any more.
fn gone() -> io::Error {
    io::Error::other("the run is over")
}

/// Looks after every process that is ordered, until no more can be and all are buried.
async fn keep(mut orders: mpsc::UnboundedReceiver<Order>, over: watch::Receiver<bool>) {
    let mut kept = JoinSet::new();
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(order) => drop(kept.spawn(look_after(order, over.clone()))),
                None => break,
            },
            Some(_) = kept.join_next() => {}
        }
    }
    while kept.join_next().await.is_some() {}
}

/// One process, from its start to its burial.
async fn look_after(order: Order, over: watch::Receiver<bool>) {
    let Order { mut command, started, mut exited, ask } = order;
    // A task that was cancelled while it waited here wants no process any more, and a run that is over none at all.
    if started.is_closed() || *over.borrow() {
        return;
    }
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return drop(started.send(Err(error))),
    };
    // Who does not wait for it any more kills it by that.
    let _ = started.send(Ok(()));
    let (mut out, mut err) = (Tail::default(), Tail::default());
    let status = {
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let mut listening = pin!(async { tokio::join!(out.read(stdout), err.read(stderr)) });
        let mut ending = pin!(end(&mut child, &mut exited, ask, over));
        tokio::select! {
            status = &mut ending => {
                // What has been said is there to be read. Only a failure is worth waiting for more: the task waits, too.
                let is_good = status.as_ref().is_ok_and(ExitStatus::success);
                let _ = timeout(if is_good { Duration::ZERO } else { LAST_WORDS }, listening).await;
                status
            }
            _ = &mut listening => ending.await,
        }
    };
    let said = [err, out].iter().map(Tail::told).find(|said| !said.is_empty()).unwrap_or_default();
    let _ = exited.send(status.map(|status| Exit::new(status, said)));
}

/// Waits until it exits, asks it to or kills it when it has to.
async fn end(
    child: &mut Child,
    exited: &mut oneshot::Sender<io::Result<Exit>>,
    mut ask: oneshot::Receiver<()>,
    mut over: watch::Receiver<bool>,
) -> io::Result<ExitStatus> {
    let group = Group::of(child);
    let mut is_asked = false;
    loop {
        tokio::select! {
            biased;
            status = child.wait() => {
                if is_asked {
                    // Those in its group that did not heed.
                    group.signal(Signal::KILL);
                }
                return status;
            }
            () = exited.closed() => break,
            _ = over.wait_for(|&is_over| is_over) => break,
            Ok(()) = &mut ask, if !is_asked => {
                is_asked = true;
                group.signal(Signal::TERM);
            }
        }
    }
    group.signal(Signal::KILL);
    child.wait().await
}

impl Starting {
    /// Waits until the system has made it.
    ///
    /// # Errors
    /// It could not: the message names the program.
    pub(super) async fn started(self) -> io::Result<Process> {
        match self.started.await {
            Ok(Ok(())) => Ok(self.process),
            Ok(Err(error)) => Err(io::Error::new(error.kind(), format!("cannot start `{}`: {error}", self.program))),
            Err(_) => Err(gone()),
        }
    }
}

impl Process {
    /// Asks it to end, once.
    pub(super) fn ask_to_end(&mut self) {
        // It may have exited.
        let _ = self.ask.take().map(|ask| ask.send(()));
    }

    /// Waits until it has exited.
    ///
    /// # Errors
    /// The system does not say how.
    pub(super) async fn exit(&mut self) -> io::Result<Exit> {
        (&mut self.exited).await.unwrap_or_else(|_| Err(gone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps what `order` orders, as its thread does, until all of it is buried.
    fn kept(is_over: bool, order: impl FnOnce(&Keeper)) {
        let ((orders, coming), (over, heard)) = (mpsc::unbounded_channel(), watch::channel(is_over));
        // Without it the run would be over.
        let _goes_on = over.clone();
        let keeper = Keeper(Mutex::new(State::Busy { orders, over, done: threads::channel().1 }));
        order(&keeper);
        drop(keeper);
        Builder::new_current_thread().enable_all().build().unwrap().block_on(keep(coming, heard));
    }

    fn touch(path: &std::path::Path) -> Command {
        let mut command = Command::new("touch");
        command.arg(path);
        command
    }

    #[test]
    fn nothing_is_started_for_a_task_that_was_cancelled_before_nor_once_the_run_is_over() {
        let scratch = tempfile::tempdir().unwrap();
        let path = |number: u32| scratch.path().join(number.to_string());
        kept(false, |keeper| (0..20).for_each(|number| drop(keeper.start(touch(&path(number))).unwrap())));
        let mut waiting = Vec::new();
        kept(true, |keeper| waiting.extend((20..40).map(|number| keeper.start(touch(&path(number))).unwrap())));
        assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
        kept(false, |keeper| waiting.push(keeper.start(touch(&path(40))).unwrap()));
        assert!(path(40).exists());
    }
}
