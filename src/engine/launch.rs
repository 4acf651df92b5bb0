//! Arrivals become tasks: the one place that spawns onto the measured runtime.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::task::JoinHandle;

use super::answer::{Answer, Unheard};
use super::core::{Core, Ticket};
use super::followed::Followed;
use super::gather::{Gather, Start};
use super::hooks::Hooks;
use super::local::Local;
use super::panic::catch;
use super::sampler::Sampled;
use super::spans::Spans;
use super::tracked::{Owner, Part, Task, Tracked};
use crate::ledger::Event;
use crate::scenario::{self, TaskContext, TaskError, TaskId, Workload};
use crate::units::nanos;

/// A workload with its type erased: once a run, so that what a task costs is monomorphic.
pub(super) trait Launcher: Send + Sync + fmt::Debug {
    /// Spawns one task.
    fn spawn(&self, local: &Local, task: Task);
    /// Starts what the tasks of the workload share.
    fn start(&self) -> Result<(), TaskError>;
    /// Ends what the workload started outside of its tasks.
    fn finish(&self);
}

/// The workload of a run without a load.
#[derive(Debug)]
pub(super) struct Idle;

impl Launcher for Idle {
    fn spawn(&self, _: &Local, _: Task) {}

    fn start(&self) -> Result<(), TaskError> {
        Ok(())
    }

    fn finish(&self) {}
}

/// A workload as the engine runs it.
pub(super) struct Typed<W>(pub(super) W);

impl<W> fmt::Debug for Typed<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::any::type_name::<W>())
    }
}

impl<W: Workload> Launcher for Typed<W> {
    fn spawn(&self, local: &Local, task: Task) {
        let number = local.core.ledger.table().slot(task.slot).number();
        let id = TaskId { run: task.run, slot: task.slot, number };
        let cx = TaskContext::new(id, task.child(), local.core.rules.seed, &Hooks);
        match catch(|| self.0.run(cx)) {
            Ok(future) => drop(spawn::<_, Unheard>(local, future, task, number)),
            // It ends on the runtime like any other, so that a closed load cannot recurse into itself here.
            Err(message) => drop(spawn::<_, Unheard>(local, stillborn(message), task, number)),
        }
    }

    fn start(&self) -> Result<(), TaskError> {
        catch(|| self.0.start()).unwrap_or_else(|panic| Err(panic.into()))
    }

    fn finish(&self) {
        // The books are closed: there is nobody to tell of a panic.
        let _ = catch(|| self.0.finish());
    }
}

/// Spawns the task with this number; one in many is followed more closely.
pub(super) fn spawn<F, A>(local: &Local, future: F, task: Task, number: u64) -> JoinHandle<A::Output>
where
    F: Future + Send + 'static,
    A: Answer<F::Output, Output: Send> + 'static,
{
    let (core, tracked) = (&local.core, Tracked::<F, A>::new(future, task));
    if Sampled::picks(number) {
        core.runtime.spawn(core.sampled.0.instrument(tracked))
    } else if local.follows(core.ledger.table().slot(tracked.slot()).start(), number) {
        core.runtime.spawn(Followed::new(local, tracked))
    } else {
        core.runtime.spawn(tracked)
    }
}

/// The future of a task whose own could not even be made.
fn stillborn(message: String) -> impl Future<Output = Result<(), TaskError>> {
    let mut message = Some(message);
    std::future::poll_fn(move |_| std::panic::resume_unwind(Box::new(message.take().unwrap_or_default())))
}

/// Spawns the task or the gather of one arrival; false when there is to be no more of them.
pub(super) fn arrival(local: &Local, now: u64, intended_at: u64) -> bool {
    let core = &local.core;
    let ticket = if core.is_crowded() { core.take_near_ticket(&local.block) } else { core.take_ticket() };
    let Some(ticket) = ticket else { return false };
    if core.rules.gather.is_some() {
        gather(local, ticket, now, intended_at);
    } else {
        core.launcher.spawn(local, single(local, ticket, now, (Part::Arrival { intended_at }, Owner::Workload)));
    }
    true
}

/// Puts one task in flight that no arrival stands for; `None` when there is to be no more of them.
#[inline]
pub(super) fn open(local: &Local, owner: Owner) -> Option<Task> {
    let ticket = local.core.take_near_ticket(&local.block)?;
    let now = local.core.clock.now();
    Some(single(local, ticket, now, (Part::Guest, owner)))
}

#[inline]
fn single(local: &Local, ticket: Ticket, now: u64, (part, owner): (Part, Owner)) -> Task {
    let number = local.core.rules.shard.number_in_whole(ticket.number(), 1);
    let slot = local.writer.open(&local.core.ledger, ticket.lane(), number, now);
    Task { run: local.core.run, slot, part, owner, spans: Spans::default() }
}

/// Spawns the gather of one arrival.
fn gather(local: &Local, ticket: Ticket, now: u64, intended_at: u64) {
    let core = &local.core;
    if let Some(plan) = core.rules.gather {
        for task in open_gather(local, ticket, plan, (now, intended_at), Owner::Workload) {
            core.launcher.spawn(local, task);
        }
    }
}

/// Puts all children in flight before the first is spawned, so that an early end finds its siblings.
pub(super) fn open_gather(
    local: &Local,
    ticket: Ticket,
    plan: scenario::Gather,
    (now, intended_at): (u64, u64),
    owner: Owner,
) -> impl Iterator<Item = Task> {
    let core = &local.core;
    let (lane, key) = (ticket.lane(), local.lane(ticket.lane()));
    core.children.fetch_add(u64::from(plan.width), Ordering::AcqRel);
    let first_number = core.rules.shard.number_in_whole(ticket.number(), plan.width.into());
    let numbers = (first_number..).take(plan.width as usize);
    let slots: Box<[u32]> = numbers.map(|number| local.writer.open(&core.ledger, lane, number, now)).collect();
    let gather = Arc::new(Gather::new(Start {
        lane,
        policy: key.policy,
        mode: plan.mode,
        at: now,
        intended_at,
        deadline_at: key.deadline.map(|after| now.saturating_add(nanos(after))),
        first_number,
        slots: slots.clone(),
    }));
    local.writer.record(&core.ledger, lane, &Event::GatherStarted);
    core.add_gather(Arc::clone(&gather));
    let run = core.run;
    (0u32..).zip(slots).map(move |(child, slot)| {
        let part = Part::Child(Arc::clone(&gather), child);
        Task { run, slot, part, owner, spans: Spans::default() }
    })
}

/// Takes note that a child of a gather left the flight.
pub(super) fn child_ended(core: &Core) {
    core.children.fetch_sub(1, Ordering::AcqRel);
}

/// Under closed load, lets the next arrival follow the one that ended.
pub(super) fn arrival_ended(local: &Local, now: u64) {
    let core = &local.core;
    if !core.rules.closed {
        return;
    }
    let has_room = || {
        core.rules.gather.is_none()
            || core.children.load(Ordering::Acquire) + core.rules.width() <= core.rules.max_in_flight
    };
    if !retires(core) && has_room() && arrival(local, now, now) {
        return;
    }
    core.chains.fetch_sub(1, Ordering::AcqRel);
    core.wake_clock();
}

/// Whether there are more arrivals in flight than wanted.
fn retires(core: &Core) -> bool {
    core.chains.load(Ordering::Acquire) > core.wanted.load(Ordering::Acquire)
}
