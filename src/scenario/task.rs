//! What a running task knows of itself, and how it says what it is doing.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use rand::SeedableRng;
use rand::rngs::SmallRng;

use super::blocking::BlockingLeft;

/// Why a task failed: any error. A task that gives in to a cancellation returns [`Cancelled`].
pub type TaskError = Box<dyn std::error::Error + Send + Sync>;

/// The error of a task that saw its cancellation, cleaned up and stopped; it counts as cancelled, as a
/// re-raised `CancelledError` does in asyncio. A task that returns anything else has swallowed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// Names one task of one run to the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TaskId {
    /// The run, unique within the process.
    pub run: u32,
    /// Its place in the run's in-flight table.
    pub slot: u32,
    /// Its number; never reused within the run.
    pub number: u64,
}

/// What the engine does for a running task. Called on the task's own thread, inside its poll, where nothing else is said.
pub trait TaskHooks: Sync + fmt::Debug {
    /// The task enters the step `name`, which is about to be polled for the first time.
    fn enter_step(&self, task: TaskId, name: &str) -> StepEntry;
    /// A poll of a step begins. What is returned is to be handed to the end of the same poll.
    fn begin_poll(&self, task: TaskId, entry: StepEntry) -> StepPoll;
    /// It is over; the step `goes_on`, or has come to its end.
    fn end_poll(&self, task: TaskId, entry: StepEntry, poll: StepPoll, goes_on: bool);
    /// The task leaves a step; `ended` when the step came to its end rather than being dropped.
    fn leave_step(&self, task: TaskId, name: &str, entry: StepEntry, ended: bool);
    /// Whether somebody asked for the task's cancellation.
    fn is_cancelled(&self, task: TaskId) -> bool;
    /// The task stops waiting for a call that goes on; `None` when nobody counts it any more.
    fn leave_blocking(&self, task: TaskId) -> Option<BlockingLeft>;
    /// A call that a task of the run had left has ended. Called on the call's own thread.
    fn end_blocking(&self, run: u32, left: BlockingLeft);
}

/// What the engine remembers of a step while a task is in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StepEntry {
    /// When it was entered, nanoseconds since the run's epoch.
    pub at_ns: u64,
    /// The step, as the engine numbers them; zero is none.
    pub step: u16,
    /// The step round it: the one that was being polled when it was entered.
    pub outer: u16,
}

/// What the engine remembers of what a thread polls, while it polls a step within.
#[derive(Debug, Clone, Copy, Default)]
pub struct StepPoll {
    /// The number of the task.
    pub(crate) task: u64,
    /// Which of the polls of tasks on this thread it is; `None` when it is not the task's own.
    pub(crate) poll: Option<u64>,
    /// The step that is being polled; zero when it is the task itself.
    pub(crate) step: u16,
    /// The step within that has been polled last in this poll and goes on.
    pub(crate) waits: Option<StepEntry>,
}

/// What a running task knows of itself.
#[derive(Debug, Clone, Copy)]
pub struct TaskContext {
    id: TaskId,
    child: u32,
    seed: u64,
    hooks: &'static dyn TaskHooks,
}

impl TaskContext {
    /// The context of one task; `child` is its index within its gather.
    #[must_use]
    pub const fn new(id: TaskId, child: u32, seed: u64, hooks: &'static dyn TaskHooks) -> Self {
        Self { id, child, seed, hooks }
    }

    pub(super) const fn id(&self) -> TaskId {
        self.id
    }

    pub(super) const fn hooks(&self) -> &'static dyn TaskHooks {
        self.hooks
    }

    /// The task's number, unique within the run. Numbers are given in the order of the spawns, 0, 1, 2, …, but
    /// for a closed load of 32 and more without a limit on tasks: there threads take 16 at a time, and at a
    /// change of policy or deadline some are left out. A shard has some of the numbers of the whole run.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.id.number
    }

    /// Its index within its gather; zero without one.
    #[must_use]
    pub const fn child(&self) -> u32 {
        self.child
    }

    /// Randomness of this task alone: the same for the same seed and number, whatever the policy.
    #[must_use]
    pub fn rng(&self) -> SmallRng {
        // The golden ratio spreads neighbouring numbers over all bits; seed_from_u64 mixes the rest.
        SmallRng::seed_from_u64(self.seed ^ self.id.number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// Runs `future` as the step `name`: its time is kept by that name, and while it runs the task is shown in it.
    ///
    /// A step that is polled within another lies in it, and its time belongs to it alone. Of steps side by side, as in
    /// `join!`, each has all of its own time, which makes them come to more than the task's, and the task is shown in
    /// the one that was polled last and goes on. Where they are polled one by one, as in a `FuturesUnordered`, and that
    /// one ends, it is shown in the step round them until the next is polled.
    pub fn step<N: AsRef<str>, F: Future>(&self, name: N, future: F) -> Step<N, F> {
        Step { future, guard: Guard { cx: *self, name, entry: None } }
    }

    /// Whether somebody asked for this task's cancellation.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.hooks.is_cancelled(self.id)
    }

    /// Waits until somebody asks for this task's cancellation. With a grace period a task can clean up
    /// and return [`Cancelled`] before it is dropped. The task itself is woken: await it there, or in what the
    /// task polls whenever it is polled (`select!`, `join!`), not in an executor of its own.
    pub async fn cancelled(&self) {
        std::future::poll_fn(|_| if self.is_cancelled() { Poll::Ready(()) } else { Poll::Pending }).await;
    }
}

pin_project! {
    /// A named step; see [`TaskContext::step`].
    #[derive(Debug)]
    pub struct Step<N: AsRef<str>, F> {
        #[pin]
        future: F,
        guard: Guard<N>,
    }
}

#[derive(Debug)]
struct Guard<N: AsRef<str>> {
    cx: TaskContext,
    name: N,
    entry: Option<StepEntry>,
}

/// A poll of a step that goes on; over when dropped, also by a panic.
#[derive(Debug)]
struct Polling {
    id: TaskId,
    hooks: &'static dyn TaskHooks,
    entry: StepEntry,
    poll: StepPoll,
    goes_on: bool,
}

impl Drop for Polling {
    fn drop(&mut self) {
        self.hooks.end_poll(self.id, self.entry, self.poll, self.goes_on);
    }
}

impl<N: AsRef<str>> Guard<N> {
    fn leave(&mut self, ended: bool) {
        if let Some(entry) = self.entry.take() {
            self.cx.hooks.leave_step(self.cx.id, self.name.as_ref(), entry, ended);
        }
    }
}

impl<N: AsRef<str>> Drop for Guard<N> {
    fn drop(&mut self) {
        self.leave(false);
    }
}

impl<N: AsRef<str>, F: Future> Future for Step<N, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let guard = this.guard;
        let TaskContext { id, hooks, .. } = guard.cx;
        let entry = *guard.entry.get_or_insert_with(|| hooks.enter_step(id, guard.name.as_ref()));
        let mut polling = Polling { id, hooks, entry, poll: hooks.begin_poll(id, entry), goes_on: false };
        let polled = this.future.poll(cx);
        polling.goes_on = polled.is_pending();
        drop(polling);
        if polled.is_ready() {
            guard.leave(true);
        }
        polled
    }
}
