//! The wrapper round every task: measures its polls, drops it when asked to, and records how it ended.
//!
//! `spawned → polled* → ended`. The end is recorded once: by the poll that finishes the future or finds
//! the request to drop it, or by `Drop` when somebody else dropped it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::core::Local;
use super::gather::Gather;
use super::launch;
use super::panic::catch;
use super::time::Mark;
use crate::ledger::TaskEnd;
use crate::outcome::{CancelReason, Ending, Lateness, Outcome};
use crate::scenario::{Cancelled, TaskError};
use crate::units::nanos;

/// What is known of a task when it is spawned. Times are nanoseconds since the run's epoch.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) run: u32,
    pub(super) slot: u32,
    pub(super) part: Part,
    pub(super) intended_at: u64,
    pub(super) spawned_at: u64,
}

/// What a task is part of, and so what its end sets off.
#[derive(Debug)]
pub(super) enum Part {
    /// It is an arrival of the load.
    Arrival,
    /// It is the child with this index.
    Child(Arc<Gather>, u32),
    /// The application spawned it beside the load.
    Guest,
}

/// What has been measured of a task so far.
#[derive(Debug)]
struct Spent {
    /// From spawn to first poll, once there was one.
    start_delay: u64,
    /// In finished polls.
    busy: u64,
    polls: u32,
    /// The step it was in when it was last seen to be cancelled.
    step: u16,
    registered: bool,
    ended: bool,
}

pin_project! {
    /// A measured task.
    #[derive(Debug)]
    pub(super) struct Tracked<F> {
        #[pin]
        future: Option<F>,
        task: Task,
        spent: Spent,
    }

    impl<F> PinnedDrop for Tracked<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if !this.spent.ended && let Some(local) = Local::of(this.task.run) {
                this.spent.step = local.core.ledger.table().slot(this.task.slot).step();
                let end = dropped(catch(|| this.future.set(None)));
                this.task.end(&local, this.spent, None, end);
            }
        }
    }
}

impl<F> Tracked<F> {
    pub(super) const fn new(future: F, task: Task) -> Self {
        let spent = Spent { start_delay: 0, busy: 0, polls: 0, step: 0, registered: false, ended: false };
        Self { future: Some(future), task, spent }
    }
}

impl Task {
    /// Its index within its gather; zero without one.
    pub(super) const fn child(&self) -> u32 {
        match self.part {
            Part::Child(_, child) => child,
            Part::Arrival | Part::Guest => 0,
        }
    }

    /// Records the end; `begin` is that of the poll it came in.
    fn end(&self, local: &Local, spent: &mut Spent, begin: Option<Mark>, (ending, message): End) {
        spent.ended = true;
        let core = &local.core;
        let slot = core.ledger.table().slot(self.slot);
        let now = core.clock.mark();
        let at = core.clock.at(now);
        let after = local.lane(slot.lane()).deadline;
        let deadline_at = after.map_or(u64::MAX, |after| self.spawned_at.saturating_add(nanos(after)));
        let request = slot.request();
        let cancelled = ending == Ending::Cancelled;
        let asked_at = request
            .filter(|_| cancelled)
            .map(|_| slot.requested_at().filter(|&asked| asked >= self.spawned_at).unwrap_or(at));
        let late = at > deadline_at;
        let mut end = TaskEnd {
            outcome: Outcome { ending, lateness: if late { Lateness::Late } else { Lateness::OnTime } },
            reason: cancelled.then(|| request.map_or(CancelReason::Dropped, |request| request.reason)),
            task: slot.number(),
            at,
            service: at.saturating_sub(self.spawned_at),
            response: at.saturating_sub(self.intended_at),
            start_delay: (spent.polls > 0).then_some(spent.start_delay),
            busy: spent.busy + begin.map_or(0, |begin| core.clock.between(begin, now)),
            polls: spent.polls,
            overrun: at.saturating_sub(deadline_at),
            cancel_lag: asked_at.map(|asked| at.saturating_sub(asked)),
            was_overdue: false,
            step: if late { local.step_at_end(ending, slot.number(), spent.step) } else { None },
        };
        // A gather hears of it first: once its last child has left the flight, the books may close.
        if let Part::Child(gather, child) = &self.part {
            launch::child_ended(core);
            gather.child_ended(local, *child, ending, end.reason, at);
        }
        // Its gather may have asked even the child that decided it.
        if spent.registered || slot.request().is_some() {
            slot.clean();
        }
        let counted = local.writer.end(&core.ledger, slot, &mut end, message.as_deref());
        if counted && matches!(self.part, Part::Arrival) {
            launch::arrival_ended(local, at);
        }
        core.nudge_clock();
    }
}

impl<F: Future<Output = Result<(), TaskError>>> Future for Tracked<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let (task, spent) = (this.task, this.spent);
        let Some(local) = Local::of(task.run).filter(|_| !spent.ended) else {
            return Poll::Ready(());
        };
        let core = &local.core;
        let begin = core.clock.mark();
        if spent.polls == 0 {
            spent.start_delay = core.clock.at(begin).saturating_sub(task.spawned_at);
        }
        spent.polls = spent.polls.saturating_add(1);
        let slot = core.ledger.table().slot(task.slot);
        let request = slot.request();
        if request.is_some() {
            spent.step = slot.step();
        }
        local.stamp().begin(begin);
        let end = if request.is_some_and(|request| request.drop_now) {
            Some(dropped(catch(|| this.future.set(None))))
        } else {
            let future = this.future.as_mut();
            settle(catch(|| future.as_pin_mut().map_or(Poll::Ready(Ok(())), |future| future.poll(cx))))
        };
        local.stamp().end();
        if let Some(end) = end {
            task.end(&local, spent, Some(begin), end);
            return Poll::Ready(());
        }
        spent.busy += core.clock.between(begin, core.clock.mark());
        slot.polled(spent.polls, spent.busy);
        // A request takes the waker with it; the end of the grace needs one again.
        if !spent.registered || request.is_some() || slot.needs_waker() {
            slot.register(cx.waker());
            spent.registered = true;
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

/// What it means that a future was dropped.
fn dropped(dropped: Result<(), String>) -> End {
    match dropped {
        Ok(()) => (Ending::Cancelled, None),
        Err(message) => (Ending::Panicked, Some(message)),
    }
}

/// What a finished poll means; `None` while the future goes on.
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
