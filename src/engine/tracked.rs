//! The wrapper round every task: measures its polls, drops it when asked to, and records how it ended.
//!
//! `spawned → polled* → ended`. The end is recorded once: by the poll that finishes the future or finds
//! the request to drop it, or by `Drop` when somebody else dropped it.

use std::marker::PhantomData;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::answer::{Answer, Came, End, Unheard};
use super::awaits::{Place, capture};
use super::gather::Gather;
use super::launch;
use super::local::{Local, NO_RUN};
use super::panic::{Payload, aloud, message, quietly};
use super::spans::Spans;
use super::time::{Clock, Mark};
use crate::ledger::{Said, Slot, Spent, TaskEnd};
use crate::outcome::{CancelReason, Ending, Lateness, Outcome};
use crate::units::nanos;

/// What a task carries besides its future, which is copied several times on its way: as little as can
/// be. Everything else is in its slot.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) run: u32,
    pub(super) slot: u32,
    pub(super) part: Part,
    pub(super) owner: Owner,
    /// The steps of the polls before, when it was in any.
    pub(super) spans: Spans,
}

/// What a task is part of, and so what its end sets off.
#[derive(Debug)]
pub(super) enum Part {
    /// It is an arrival of the load, which was due at an instant in nanoseconds since the run's epoch.
    Arrival { intended_at: u64 },
    /// It is the child with this index.
    Child(Arc<Gather>, u32),
    /// The application spawned it beside the load.
    Guest,
}

/// Whose future it is, and so who polls it and who hears of its panics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// The workload's: polled by the runtime, heard by nobody.
    Workload,
    /// The application's, spawned for it.
    Application,
    /// The application's, polled within one of its own: from poll to poll it may be another's.
    Caller,
}

impl Owner {
    /// Runs code of the owner's.
    #[inline]
    fn catch<R>(self, code: impl FnOnce() -> R) -> Result<R, Payload> {
        if self == Self::Workload { quietly(code) } else { aloud(code) }
    }
}

/// How far a task has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Its run was over before it.
    Unmeasured,
    Spawned,
    /// What was measured, and whom to wake, is in its slot.
    Polled,
    Ended,
}

/// What was seen of a task at its end.
#[derive(Debug)]
struct Seen {
    /// What its polls came to; `None` when there was none.
    spent: Option<Spent>,
    /// The step it was in when it was seen to be cancelled.
    step: u16,
    at: u64,
}

pin_project! {
    /// A measured task.
    #[derive(Debug)]
    pub(super) struct Tracked<F, A = Unheard> {
        #[pin]
        future: Option<F>,
        task: Task,
        stage: Stage,
        answer: PhantomData<fn() -> A>,
    }

    impl<F, A> PinnedDrop for Tracked<F, A> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.stage.is_measured() && let Some(local) = Local::of(this.task.run) {
                let step = local.core.ledger.table().slot(this.task.slot).step();
                let before = local.polling.begin(local.stamp(), local.core.clock.mark(), this.task.slot);
                let dropped = this.task.owner.catch(|| this.future.set(None));
                local.polling.end(local.stamp(), before);
                let end = dropped.as_ref().map_or_else(panicked, |()| (Ending::Cancelled, None));
                let polled = *this.stage == Stage::Polled;
                let spent = polled.then(|| local.core.ledger.table().slot(this.task.slot).spent());
                this.task.end(&local, this.stage, Seen { spent, step, at: local.core.clock.now() }, end);
                if let Err(panic) = dropped && this.task.owner != Owner::Workload && !std::thread::panicking() {
                    resume_unwind(panic);
                }
            }
        }
    }
}

impl<F, A> Tracked<F, A> {
    pub(super) const fn new(future: F, task: Task) -> Self {
        Self { future: Some(future), task, stage: Stage::Spawned, answer: PhantomData }
    }

    /// A future of a run that is over, which goes its way.
    pub(super) fn unmeasured(future: F, owner: Owner) -> Self {
        let task = Task { run: NO_RUN, slot: 0, part: Part::Guest, owner, spans: Spans::default() };
        Self { future: Some(future), task, stage: Stage::Unmeasured, answer: PhantomData }
    }

    /// Its place in the in-flight table.
    pub(super) const fn slot(&self) -> u32 {
        self.task.slot
    }
}

impl Stage {
    const fn is_measured(self) -> bool {
        matches!(self, Self::Spawned | Self::Polled)
    }

    /// What had been spent by `now`, the end of a poll that began with `begin`.
    #[inline]
    fn spent(self, clock: &Clock, slot: Slot<'_>, begin: Mark, now: Mark) -> Spent {
        let before = match self {
            Self::Spawned => Spent { start_delay: clock.at(begin).saturating_sub(slot.start()), ..Spent::default() },
            Self::Polled | Self::Ended | Self::Unmeasured => slot.spent(),
        };
        Spent { busy: before.busy + clock.between(begin, now), polls: before.polls.saturating_add(1), ..before }
    }
}

impl Task {
    /// Its index within its gather; zero without one.
    pub(super) const fn child(&self) -> u32 {
        match self.part {
            Part::Child(_, child) => child,
            Part::Arrival { .. } | Part::Guest => 0,
        }
    }

    /// A poll that tells where the task awaits, and whether it did; `begin` is when it began. What it takes is then not
    /// the task's. What awaits nothing of tokio's is polled as ever, under `cancel` right before it is dropped.
    #[cold]
    fn captured<T>(&self, local: &Local, begin: Mark, poll: impl FnOnce() -> Option<T>) -> (Option<T>, bool) {
        let (core, slot) = (&local.core, local.core.ledger.table().slot(self.slot));
        let (end, stack) = capture(poll);
        let was_captured = stack.is_some();
        if let Some(stack) = stack {
            let place = Place { lane: slot.lane(), step: slot.step(), stack };
            core.awaits.add(place, core.clock.between(begin, core.clock.mark()));
        }
        (end, was_captured)
    }

    /// Records the end.
    fn end(&mut self, local: &Local, stage: &mut Stage, Seen { spent, step, at }: Seen, (ending, message): End) {
        let registered = std::mem::replace(stage, Stage::Ended) == Stage::Polled;
        let core = &local.core;
        let slot = core.ledger.table().slot(self.slot);
        let spawned_at = slot.start();
        let intended_at = match &self.part {
            Part::Arrival { intended_at } => *intended_at,
            Part::Child(gather, _) => gather.intended_at,
            Part::Guest => spawned_at,
        };
        let after = local.lane(slot.lane()).deadline;
        let deadline_at = after.map_or(u64::MAX, |after| spawned_at.saturating_add(nanos(after)));
        let request = slot.request();
        let cancelled = ending == Ending::Cancelled;
        let asked_at = request
            .filter(|_| cancelled)
            .map(|_| slot.requested_at().filter(|&asked| asked >= spawned_at).unwrap_or(at));
        let late = at > deadline_at;
        local.ended_late.set(late);
        let mut end = TaskEnd {
            outcome: Outcome { ending, lateness: if late { Lateness::Late } else { Lateness::OnTime } },
            asked: request.map(|request| request.reason),
            task: slot.number(),
            at,
            service: at.saturating_sub(spawned_at),
            response: at.saturating_sub(intended_at),
            start_delay: spent.map(|spent| spent.start_delay),
            busy: spent.map_or(0, |spent| spent.busy),
            polls: spent.map_or(0, |spent| spent.polls),
            overrun: at.saturating_sub(deadline_at),
            cancel_lag: asked_at.map(|asked| at.saturating_sub(asked)),
            was_overdue: false,
            step: if late || cancelled { local.step_at_end(ending, slot.number(), step) } else { None },
        };
        // A gather hears of it first: once its last child has left the flight, the books may close.
        if let Part::Child(gather, child) = &self.part {
            launch::child_ended(core);
            gather.child_ended(local, *child, &end);
        }
        // Its gather may have asked even the child that decided it.
        if registered || slot.request().is_some() {
            slot.clean();
        }
        let steps = self.spans.settle(local, self.slot);
        let said = Said { message: message.as_deref(), steps: &steps };
        let counted = local.writer.end(&core.ledger, slot, &mut end, &said);
        if counted && matches!(self.part, Part::Arrival { .. }) {
            launch::arrival_ended(local, at);
        }
        core.nudge_clock();
    }
}

impl<F: Future, A: Answer<F::Output>> Future for Tracked<F, A> {
    type Output = A::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<A::Output> {
        let mut this = self.project();
        let (task, stage) = (this.task, this.stage);
        let local = if stage.is_measured() { Local::of(task.run) } else { None };
        let Some(local) = local else {
            let goes_on = *stage != Stage::Ended;
            return A::unmeasured(this.future.as_pin_mut().filter(|_| goes_on), cx);
        };
        let (clock, slot, owner) = (&local.core.clock, local.core.ledger.table().slot(task.slot), task.owner);
        let mut begin = clock.mark();
        let request = slot.request();
        let step = if request.is_some() { slot.step() } else { 0 };
        let before = local.polling.begin(local.stamp(), begin, task.slot);
        let mut came = None;
        if *stage == Stage::Polled && slot.takes_capture() {
            let was_captured;
            (came, was_captured) = task.captured(&local, begin, || polled(owner, this.future.as_mut(), cx));
            if was_captured && came.is_none() {
                begin = clock.mark();
            }
        }
        let drop_now = request.filter(|request| request.drop_now).map(|request| request.reason);
        let came = match (came, drop_now) {
            (None, Some(reason)) => Some(dropped(owner.catch(|| this.future.set(None)), reason)),
            (None, None) => polled(owner, this.future.as_mut(), cx),
            (came, _) => came,
        };
        let now = clock.mark();
        let spent = stage.spent(clock, slot, begin, now);
        if let Some(came) = came {
            let seen = Seen { spent: Some(spent), step, at: clock.at(now) };
            task.end(&local, stage, seen, end_of::<_, A>(&came));
            // Only now: to the clock a task that is about to leave its slot is in its last poll, and not before its first.
            local.polling.end(local.stamp(), before);
            return Poll::Ready(A::of(came));
        }
        local.polling.end(local.stamp(), before);
        slot.note(spent);
        task.spans.keep(&local, task.slot);
        // A request takes the waker with it; the end of the grace needs one again.
        if *stage == Stage::Spawned || request.is_some() || owner == Owner::Caller || slot.needs_waker() {
            slot.register(cx.waker());
            *stage = Stage::Polled;
        }
        if slot.request() != request {
            // Asked since the look above: whoever did may have found no waker.
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

/// What came of a poll; `None` while the future goes on.
#[inline]
fn polled<F: Future>(owner: Owner, future: Pin<&mut Option<F>>, cx: &mut Context<'_>) -> Option<Came<F::Output>> {
    let future = future.as_pin_mut()?;
    match owner.catch(|| future.poll(cx)) {
        Ok(Poll::Pending) => None,
        Ok(Poll::Ready(output)) => Some(Came::Returned(output)),
        Err(panic) => Some(Came::Panicked(panic)),
    }
}

/// What it means that a future was dropped.
fn dropped<T>(dropped: Result<(), Payload>, reason: CancelReason) -> Came<T> {
    dropped.map_or_else(Came::Panicked, |()| Came::Dropped(reason))
}

/// What is recorded of what came.
#[inline]
fn end_of<T, A: Answer<T>>(came: &Came<T>) -> End {
    match came {
        Came::Returned(output) => A::end(output),
        Came::Dropped(_) => (Ending::Cancelled, None),
        Came::Panicked(panic) => panicked(panic),
    }
}

#[cold]
fn panicked(panic: &Payload) -> End {
    (Ending::Panicked, Some(message(panic.as_ref())))
}
