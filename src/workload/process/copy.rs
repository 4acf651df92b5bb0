//! One copy of the program as a process: started, talked to, ended.
//!
//! Owns the process and its three streams. It must not know what the lines say of tasks: its [`Link`] does.

use std::io;
use std::path::Path;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest, Ready};
use tokio::net::unix::pipe;
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};

use super::decode::Decoder;
use super::fault::Fault;
use super::link::Link;
use super::params::Program;
use super::session::Heard;
use crate::scenario::Setup;
use crate::workload::program::{Exit, Group, Tail};

/// Bytes that are read at once.
const CHUNK: usize = 64 << 10;

/// How long the exit of a program that talks no more is waited for, and the last words of one that has exited: others may
/// hold its pipes open.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// How long a program may take to exit by itself after `bye`.
pub(super) const BYE: Duration = Duration::from_secs(2);

/// How long it may take once it is asked to by a signal, and how long its burial is waited for once it is killed.
pub(super) const TERM: Duration = Duration::from_secs(1);

/// One copy of the program.
#[derive(Debug)]
pub(super) struct Copy {
    pub(super) program: Arc<Program>,
    /// Which one it is, from zero.
    pub(super) number: usize,
    pub(super) link: Arc<Link>,
    /// Where what it says of itself goes.
    pub(super) setup: Setup,
    /// Whether the run is over.
    pub(super) over: watch::Receiver<bool>,
    /// Told once that it is ready, or why it will never be.
    pub(super) ready: mpsc::UnboundedSender<Result<(), Arc<str>>>,
}

impl Copy {
    /// Looks after it from its start until nothing of it is left.
    pub(super) async fn tend(mut self, dir: Option<&Path>) {
        let mut tail = Tail::default();
        let lost = match self.program.command(dir).spawn() {
            Err(error) => Some(Fault::NotStarted(error)),
            Ok(mut child) => {
                let group = Group::of(&child);
                let mut listening = pin!(tail.read(child.stderr.take()));
                let mut has_said_all = false;
                let lost = {
                    let mut talking = pin!(self.talk(&mut child, group));
                    tokio::select! {
                        lost = &mut talking => lost,
                        () = &mut listening => {
                            has_said_all = true;
                            talking.await
                        }
                    }
                };
                group.signal(Signal::KILL);
                // What cannot be killed is left to the system.
                let _ = timeout(TERM, child.wait()).await;
                if !has_said_all {
                    let _ = timeout(LAST_WORDS, listening).await;
                }
                lost
            }
        };
        let why = lost.map_or_else(|| "the run is over".into(), |fault| self.told(&fault, &tail.told()));
        self.link.lose(&why);
        // Nobody may wait for it any more.
        let _ = self.ready.send(Err(why));
    }

    /// Talks to it until the run is over, or it is at fault.
    async fn talk(&mut self, child: &mut Child, group: Group) -> Option<Fault> {
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Some(Fault::Closed);
        };
        let (link, mut over) = (Arc::clone(&self.link), self.over.clone());
        let (mut hearing, mut telling) = (pin!(self.hear(stdout)), pin!(tell(&link, stdin)));
        // Each in turn: of a program that never stops talking, nothing else would come to pass.
        let heard = tokio::select! {
            () = is_over(&mut over) => {
                link.bye();
                part(child, group, hearing, telling).await;
                return None;
            }
            fault = &mut hearing => Some(fault),
            fault = &mut telling => match fault {
                Ok(()) => None,
                Err(Fault::Deaf) => timeout(LAST_WORDS, hearing).await.ok().or(Some(Fault::Deaf)),
                Err(fault) => return Some(fault),
            },
            _ = child.wait() => timeout(LAST_WORDS, hearing).await.ok(),
            () = too_late(&link, self.program.ready) => return Some(Fault::NotReady(self.program.ready)),
        };
        match heard {
            Some(fault @ (Fault::Closed | Fault::Deaf | Fault::HalfLine(_))) => Some(ended(child, fault).await),
            Some(fault) => Some(fault),
            None => Some(ended(child, Fault::Closed).await),
        }
    }

    /// Hears what it says, until it says something wrong or nothing more.
    async fn hear(&self, mut stdout: ChildStdout) -> Fault {
        let (mut decoder, mut chunk, mut messages) = (Decoder::default(), vec![0; CHUNK], Vec::new());
        loop {
            let read = match stdout.read(&mut chunk).await {
                Ok(0) => return decoder.finish().err().unwrap_or(Fault::Closed),
                Ok(read) => read,
                Err(error) => return error.into(),
            };
            let outcome = decoder.decode(&chunk[..read], &mut messages);
            for message in messages.drain(..) {
                match self.link.hear(message) {
                    Ok(heard) => self.note(heard),
                    Err(fault) => return fault,
                }
            }
            if let Err(fault) = outcome {
                return fault;
            }
        }
    }

    /// Takes note of what it says of itself.
    fn note(&self, heard: Heard<()>) {
        match heard {
            // Nobody may wait for it any more.
            Heard::Ready => _ = self.ready.send(Ok(())),
            Heard::Lag(ns) => self.setup.times("loop lag").record(Duration::from_nanos(ns)),
            Heard::Log(level, message) => self.setup.remarks().add(&format!("{}{level}: {message}", self.which())),
            Heard::Step(..) | Heard::End(..) | Heard::Nothing => {}
        }
    }

    /// What is wrong, for people; said as a remark as well, for the failures of tasks are short.
    fn told(&self, fault: &Fault, said: &str) -> Arc<str> {
        let stderr = if said.is_empty() { String::new() } else { format!("; it said last: {said}") };
        let told = format!("{}{}: {fault}{stderr}", self.which(), self.program.name);
        self.setup.remarks().add(&told);
        told.into()
    }

    /// Which copy it is, when there are several.
    fn which(&self) -> String {
        if self.program.copies == 1 { String::new() } else { format!("copy {}, ", self.number) }
    }
}

/// Waits until the run is over, be it that nobody is left who could say so.
async fn is_over(over: &mut watch::Receiver<bool>) {
    let _ = over.wait_for(|&is_over| is_over).await;
}

/// Waits until it has had all the time to become ready that it has, and is not.
async fn too_late(link: &Link, ready: Duration) {
    sleep(ready).await;
    if link.is_ready() {
        std::future::pending::<()>().await;
    }
}

/// Tells it what there is to tell, until that was all.
async fn tell(link: &Link, stdin: ChildStdin) -> Result<(), Fault> {
    let mut stdin = pipe::Sender::from_owned_fd(stdin.into_owned_fd()?)?;
    loop {
        let batch = tokio::select! {
            biased;
            batch = link.batch() => batch?,
            () = closed(&stdin) => return Err(Fault::Deaf),
        };
        stdin.write_all(&batch.bytes).await.map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Fault::Deaf,
            _ => error.into(),
        })?;
        link.written(&batch);
        if batch.is_last {
            return Ok(());
        }
    }
}

/// Waits until nobody can read any more: it may be long before there is something to write.
async fn closed(stdin: &pipe::Sender) {
    if !stdin.ready(Interest::ERROR).await.is_ok_and(Ready::is_error) {
        std::future::pending::<()>().await;
    }
}

/// It talks no more: how it exited, or `otherwise` when it did not, or said half a line and then exited as if all were well.
async fn ended(child: &mut Child, otherwise: Fault) -> Fault {
    match timeout(LAST_WORDS, child.wait()).await {
        Ok(Ok(status)) if status.success() && matches!(otherwise, Fault::HalfLine(_)) => otherwise,
        Ok(Ok(status)) => Fault::Exited(Exit::new(status, String::new()).to_string()),
        Ok(Err(error)) => error.into(),
        Err(_) => otherwise,
    }
}

/// Lets it exit by itself, or else by signals; what it says is still read, so that it does not wait for that.
async fn part(
    child: &mut Child,
    group: Group,
    hearing: Pin<&mut impl Future<Output = Fault>>,
    telling: Pin<&mut impl Future<Output = Result<(), Fault>>>,
) {
    let exits = async {
        for (patience, signal) in [(BYE, Signal::TERM), (TERM, Signal::KILL)] {
            if timeout(patience, child.wait()).await.is_ok() {
                return;
            }
            group.signal(signal);
        }
    };
    let talk = async {
        let _ = tokio::join!(hearing, telling);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = exits => {}
        () = talk => {}
    }
}
