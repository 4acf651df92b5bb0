//! Measuring tasks that no load makes: an application's own futures under the run's current lane.

use std::fmt::Display;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, JoinSet};

use super::answer::{Heard, NotDone};
use super::core::Core;
use super::gathered::{Gathered, gathered};
use super::hooks::Hooks;
use super::launch;
use super::local::{Local, NO_RUN};
use super::tracked::{Owner, Task, Tracked};
use crate::outcome::GatherMode;
use crate::scenario::{self, TaskContext, TaskId};

/// Measures futures of an application as tasks of a run, beside those of its load; cheap to clone.
///
/// A future that fails, panics or outlives its deadline is counted so, and its owner gets what it came to. Once the run
/// is over futures go their way unmeasured, and no deadline ends them.
#[derive(Debug, Clone)]
pub struct Spawner(pub(super) Arc<Core>);

pin_project! {
    /// A future that is measured where it is awaited: what [`Spawner::track`] makes. Dropped before it is done, it counts as cancelled.
    #[derive(Debug)]
    #[must_use = "a future is polled by whoever awaits it"]
    pub struct Track<F> {
        #[pin]
        tracked: Tracked<F, Heard>,
    }
}

impl<T, E: Display, F: Future<Output = Result<T, E>>> Future for Track<F> {
    type Output = Result<T, NotDone<E>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().tracked.poll(cx)
    }
}

impl Spawner {
    /// The measured runtime, for what is to run there without being measured.
    #[must_use]
    pub fn runtime(&self) -> &Handle {
        &self.0.runtime
    }

    /// Spawns `future` onto the measured runtime.
    pub fn spawn<F, T, E>(&self, future: F) -> JoinHandle<Result<T, NotDone<E>>>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Display + Send + 'static,
    {
        match self.open(Owner::Application) {
            Some((local, task)) => spawn(&local, future, task),
            None => self.runtime().spawn(Tracked::<F, Heard>::unmeasured(future, Owner::Application)),
        }
    }

    /// Spawns the future that `work` makes of its task's context, which names steps. `work` runs as part of the task.
    pub fn spawn_with<W, F, T, E>(&self, work: W) -> JoinHandle<Result<T, NotDone<E>>>
    where
        W: FnOnce(TaskContext) -> F + Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Display + Send + 'static,
    {
        match self.open(Owner::Application) {
            Some((local, task)) => {
                let cx = context(&local, &task);
                spawn(&local, async move { work(cx).await }, task)
            }
            None => self.spawn(async move { work(nowhere()).await }),
        }
    }

    /// Measures `future` where it is awaited; its time runs from now on.
    pub fn track<F, T, E>(&self, future: F) -> Track<F>
    where
        F: Future<Output = Result<T, E>>,
        E: Display,
    {
        let tracked = match self.open(Owner::Caller) {
            Some((_, task)) => Tracked::new(future, task),
            None => Tracked::unmeasured(future, Owner::Caller),
        };
        Track { tracked }
    }

    /// Measures the future that `work` makes of its task's context, where it is awaited. `work` runs as part of the task.
    pub fn track_with<W, F, T, E>(&self, work: W) -> Track<impl Future<Output = Result<T, E>> + use<W, F, T, E>>
    where
        W: FnOnce(TaskContext) -> F,
        F: Future<Output = Result<T, E>>,
        E: Display,
    {
        let opened = self.open(Owner::Caller);
        let cx = opened.as_ref().map_or_else(nowhere, |(local, task)| context(local, task));
        let future = async move { work(cx).await };
        let tracked = match opened {
            Some((_, task)) => Tracked::new(future, task),
            None => Tracked::unmeasured(future, Owner::Caller),
        };
        Track { tracked }
    }

    /// Spawns `futures` as the children of one gather and waits for its outcome, which is complete at once when there
    /// are none. Children that are left then go on or are cancelled, by its mode; those of a gather that is dropped
    /// before its outcome are cancelled.
    pub fn gather<I, T, E>(
        &self,
        mode: GatherMode,
        futures: I,
    ) -> impl Future<Output = Gathered<T, E>> + Send + use<I, T, E>
    where
        I: IntoIterator<Item: Future<Output = Result<T, E>> + Send + 'static>,
        T: Send + 'static,
        E: Display + Send + 'static,
    {
        let futures: Vec<I::Item> = futures.into_iter().collect();
        let width = u32::try_from(futures.len()).unwrap_or(u32::MAX);
        let mode = match mode {
            GatherMode::First(k) => GatherMode::First(k.clamp(1, width.max(1))),
            other => other,
        };
        let mut children = JoinSet::new();
        let tasks = self.open_gather(mode, width);
        let is_measured = tasks.is_some();
        let mut tasks = tasks.into_iter().flatten();
        for (child, future) in futures.into_iter().enumerate() {
            let tracked: Tracked<_, Heard> = match tasks.next() {
                Some(task) => Tracked::new(future, task),
                None => Tracked::unmeasured(future, Owner::Application),
            };
            children.spawn_on(async move { (child, tracked.await) }, self.runtime());
        }
        let run = self.0.run;
        let cancels =
            move || is_measured && Local::of(run).is_some_and(|local| !local.writer.is_closed(&local.core.ledger));
        gathered(children, mode, cancels)
    }

    /// Puts a task in flight; `None` once the run takes no more.
    #[inline]
    fn open(&self, owner: Owner) -> Option<(std::rc::Rc<Local>, Task)> {
        let local = Local::of(self.0.run)?;
        let task = launch::open(&local, owner)?;
        Some((local, task))
    }

    fn open_gather(&self, mode: GatherMode, width: u32) -> Option<Vec<Task>> {
        if width == 0 {
            return None;
        }
        let local = Local::of(self.0.run)?;
        let ticket = self.0.take_tickets(width.into())?;
        let now = self.0.clock.now();
        let plan = scenario::Gather { width, mode };
        Some(launch::open_gather(&local, ticket, plan, (now, now), Owner::Application).collect())
    }
}

fn spawn<F, T, E>(local: &Local, future: F, task: Task) -> JoinHandle<Result<T, NotDone<E>>>
where
    F: Future<Output = Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: Display + Send + 'static,
{
    let number = local.core.ledger.table().slot(task.slot).number();
    launch::spawn::<_, Heard>(local, future, task, number)
}

fn context(local: &Local, task: &Task) -> TaskContext {
    let number = local.core.ledger.table().slot(task.slot).number();
    TaskContext::new(TaskId { run: task.run, slot: task.slot, number }, 0, local.core.rules.seed, &Hooks)
}

/// The context of a task that is not measured.
const fn nowhere() -> TaskContext {
    TaskContext::new(TaskId { run: NO_RUN, slot: 0, number: 0 }, 0, 0, &Hooks)
}
