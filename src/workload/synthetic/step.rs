//! One step of a task: what it does, in which order, and how it ends.
//!
//! Owns the actions and the names a task is shown under while it is in them. It must not know how a
//! step is written in a file.

use std::sync::Arc;
use std::time::Duration;

use quanta::Clock;
use rand::RngExt;
use rand::rngs::SmallRng;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::latency::{Fault, Latency};
use crate::scenario::{TaskContext, TaskError};

/// The error of a step that was to fail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("step {0:?} failed")]
struct Failed(Box<str>);

/// A task that runs: all that its steps need.
#[derive(Debug)]
pub(super) struct Running {
    /// What it knows of itself.
    pub(super) cx: TaskContext,
    /// Its randomness, drawn from in the order of its actions.
    pub(super) rng: SmallRng,
}

/// A named step of a task.
#[derive(Debug)]
pub(super) struct Step {
    name: Box<str>,
    actions: Box<[Action]>,
    odds: Odds,
}

/// How probable it is that a step ends badly; both within 0..=1.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Odds {
    /// That it fails.
    pub(super) fail: f64,
    /// That it panics, having not failed.
    pub(super) panic: f64,
}

/// One thing a step does, and the name it is shown under.
#[derive(Debug)]
struct Action {
    label: Box<str>,
    act: Act,
}

/// What can be done, in the order in which a step does it.
#[derive(Debug)]
pub(super) enum Act {
    /// Waits for a permit of the named pool, and holds it until the step ends.
    Acquire(String, Arc<Semaphore>),
    /// Sleeps on the runtime's timer.
    Sleep(Latency),
    /// Keeps the worker busy within one poll, by the clock.
    Cpu(Latency, Clock),
    /// Sleeps on a thread of the blocking pool; a task that is dropped meanwhile leaves it running.
    Blocking(Latency),
    /// Lets others run, so many times.
    Yield(u32),
}

impl Act {
    /// What the action is called beneath its step.
    fn word(&self) -> String {
        match self {
            Self::Acquire(pool, _) => format!("acquire {pool}"),
            Self::Sleep(_) => "sleep".to_owned(),
            Self::Cpu(..) => "cpu".to_owned(),
            Self::Blocking(_) => "blocking".to_owned(),
            Self::Yield(_) => "yield".to_owned(),
        }
    }
}

impl Step {
    /// A step that does `acts` one after the other. Where there are several, each is also shown by itself,
    /// as `query/sleep` within `query`.
    pub(super) fn new(name: &str, acts: Vec<Act>, odds: Odds) -> Self {
        let alone = acts.len() == 1;
        let label = |act: &Act| if alone { name.into() } else { format!("{name}/{}", act.word()).into() };
        let actions = acts.into_iter().map(|act| Action { label: label(&act), act }).collect();
        Self { name: name.into(), actions, odds }
    }

    /// Runs the step for one task.
    ///
    /// # Errors
    /// The step was to fail.
    pub(super) async fn run(&self, task: &mut Running) -> Result<(), TaskError> {
        if self.actions.len() == 1 { self.act(task).await } else { shown(task.cx, &self.name, self.act(task)).await }
    }

    async fn act(&self, task: &mut Running) -> Result<(), TaskError> {
        let mut permit = None;
        for action in &self.actions {
            if let Some(fault) = shown(task.cx, &action.label, action.act.run(task, &mut permit)).await? {
                return self.end(fault);
            }
        }
        self.odds.draw(&mut task.rng).map_or(Ok(()), |fault| self.end(fault))
    }

    /// Ends the step badly.
    fn end(&self, fault: Fault) -> Result<(), TaskError> {
        match fault {
            Fault::Fail => Err(Failed(self.name.clone()).into()),
            Fault::Panic => panic!("step {:?} panicked", self.name),
        }
    }
}

impl Act {
    async fn run<'a>(
        &'a self,
        task: &mut Running,
        permit: &mut Option<SemaphorePermit<'a>>,
    ) -> Result<Option<Fault>, TaskError> {
        let latency = match self {
            Self::Acquire(_, pool) => {
                *permit = Some(pool.acquire().await?);
                return Ok(None);
            }
            Self::Yield(times) => {
                for _ in 0..*times {
                    tokio::task::yield_now().await;
                }
                return Ok(None);
            }
            Self::Sleep(latency) | Self::Cpu(latency, _) | Self::Blocking(latency) => latency,
        };
        let draw = latency.draw(task.cx.number(), &mut task.rng);
        match self {
            Self::Sleep(_) if draw.latency > Duration::ZERO => tokio::time::sleep(draw.latency).await,
            Self::Cpu(_, clock) => burn(clock, draw.latency),
            Self::Blocking(_) => task.cx.spawn_blocking(move || std::thread::sleep(draw.latency)).await?,
            _ => {}
        }
        Ok(draw.fault)
    }
}

impl Odds {
    /// Draws in a fixed order, and nothing where the odds are zero.
    fn draw(self, rng: &mut SmallRng) -> Option<Fault> {
        let mut befalls = |odds: f64| odds > 0.0 && rng.random_bool(odds);
        if befalls(self.fail) {
            Some(Fault::Fail)
        } else if befalls(self.panic) {
            Some(Fault::Panic)
        } else {
            None
        }
    }
}

/// `future` as the step `name`; takes the context by value, so that it is not borrowed while the future runs.
fn shown<F: Future>(cx: TaskContext, name: &str, future: F) -> impl Future<Output = F::Output> {
    cx.step(name, future)
}

/// Keeps the thread busy for `latency` of wall-clock time, on a machine that is full too.
fn burn(clock: &Clock, latency: Duration) {
    let start = clock.raw();
    while clock.delta(start, clock.raw()) < latency {
        std::hint::spin_loop();
    }
}
