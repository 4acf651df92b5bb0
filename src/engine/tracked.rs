//! The wrapper round every task: measures its polls, drops it when asked to, and records how it ended.
//!
//! `spawned → polled* → ended`. The end is recorded once: by the poll that finishes the future or finds
//! the request to drop it, or by `Drop` when somebody else dropped it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::awaits::{Place, capture};
use super::gather::Gather;
use super::launch;
use super::local::Local;
use super::panic::catch;
use super::spans::Spans;
use super::time::{Clock, Mark};
use crate::ledger::{Said, Slot, Spent, TaskEnd};
use crate::outcome::{Ending, Lateness, Outcome};
use crate::scenario::{Cancelled, TaskError};
use crate::units::nanos;

/// What a task carries besides its future, which is copied several times on its way: as little as can
/// be. Everything else is in its slot.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) run: u32,
    pub(super) slot: u32,
    pub(super) part: Part,
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

/// How far a task has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
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
    pub(super) struct Tracked<F> {
        #[pin]
        future: Option<F>,
        task: Task,
        stage: Stage,
    }

    impl<F> PinnedDrop for Tracked<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if *this.stage != Stage::Ended && let Some(local) = Local::of(this.task.run) {
                let step = local.core.ledger.table().slot(this.task.slot).step();
                local.stamp().begin(local.core.clock.mark(), this.task.slot);
                let end = dropped(catch(|| this.future.set(None)));
                local.stamp().end();
                let polled = *this.stage == Stage::Polled;
                let spent = polled.then(|| local.core.ledger.table().slot(this.task.slot).spent());
                this.task.end(&local, this.stage, Seen { spent, step, at: local.core.clock.now() }, end);
            }
        }
    }
}

impl<F> Tracked<F> {
    pub(super) const fn new(future: F, task: Task) -> Self {
        Self { future: Some(future), task, stage: Stage::Spawned }
    }

    /// Its place in the in-flight table.
    pub(super) const fn slot(&self) -> u32 {
        self.task.slot
    }
}

impl Stage {
    /// What had been spent by `now`, the end of a poll that began with `begin`.
    #[inline]
    fn spent(self, clock: &Clock, slot: Slot<'_>, begin: Mark, now: Mark) -> Spent {
        let before = match self {
            Self::Spawned => Spent { start_delay: clock.at(begin).saturating_sub(slot.start()), ..Spent::default() },
            Self::Polled | Self::Ended => slot.spent(),
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
    fn captured(&self, local: &Local, begin: Mark, poll: impl FnOnce() -> Option<End>) -> (Option<End>, bool) {
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

impl<F: Future<Output = Result<(), TaskError>>> Future for Tracked<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let (task, stage) = (this.task, this.stage);
        let Some(local) = Local::of(task.run).filter(|_| *stage != Stage::Ended) else {
            return Poll::Ready(());
        };
        let (clock, slot) = (&local.core.clock, local.core.ledger.table().slot(task.slot));
        let mut begin = clock.mark();
        let request = slot.request();
        let step = if request.is_some() { slot.step() } else { 0 };
        local.stamp().begin(begin, task.slot);
        let mut end = None;
        if *stage == Stage::Polled && slot.takes_capture() {
            let was_captured;
            (end, was_captured) = task.captured(&local, begin, || polled(this.future.as_mut(), cx));
            if was_captured && end.is_none() {
                begin = clock.mark();
            }
        }
        let drop_now = request.is_some_and(|request| request.drop_now);
        let end = match end {
            None if drop_now => Some(dropped(catch(|| this.future.set(None)))),
            None => polled(this.future.as_mut(), cx),
            ended => ended,
        };
        let now = clock.mark();
        let spent = stage.spent(clock, slot, begin, now);
        if let Some(end) = end {
            task.end(&local, stage, Seen { spent: Some(spent), step, at: clock.at(now) }, end);
            // Only now: to the clock a task that is about to leave its slot is in its last poll, and not before its first.
            local.stamp().end();
            return Poll::Ready(());
        }
        local.stamp().end();
        slot.note(spent);
        task.spans.keep(&local, task.slot);
        // A request takes the waker with it; the end of the grace needs one again.
        if *stage == Stage::Spawned || request.is_some() || slot.needs_waker() {
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

/// How a task ended, and what its error or panic said.
type End = (Ending, Option<String>);

/// What came of a poll; `None` while the future goes on.
#[inline]
fn polled<F>(future: Pin<&mut Option<F>>, cx: &mut Context<'_>) -> Option<End>
where
    F: Future<Output = Result<(), TaskError>>,
{
    settle(catch(|| future.as_pin_mut().map_or(Poll::Ready(Ok(())), |future| future.poll(cx))))
}

/// What it means that a future was dropped.
fn dropped(dropped: Result<(), String>) -> End {
    match dropped {
        Ok(()) => (Ending::Cancelled, None),
        Err(message) => (Ending::Panicked, Some(message)),
    }
}

/// What a finished poll means; `None` while the future goes on.
#[inline]
fn settle(polled: Result<Poll<Result<(), TaskError>>, String>) -> Option<End> {
    Some(match polled {
        Ok(Poll::Pending) => return None,
        Ok(Poll::Ready(Ok(()))) => (Ending::Done, None),
        Ok(Poll::Ready(Err(error))) if error.is::<Cancelled>() => (Ending::Cancelled, None),
        // Formatting an error is the plugin's code too.
        Ok(Poll::Ready(Err(error))) => (Ending::Failed, Some(catch(|| error.to_string()).unwrap_or_else(|said| said))),
        Err(message) => (Ending::Panicked, Some(message)),
    })
}
