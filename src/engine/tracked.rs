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
use crate::ledger::TaskEnd;
use crate::outcome::{CancelReason, Ending, Lateness, Outcome};
use crate::scenario::{Cancelled, TaskError};

/// What is known of a task when it is spawned. Times are nanoseconds since the run's epoch.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) run: u32,
    pub(super) slot: u32,
    pub(super) number: u64,
    pub(super) lane: u16,
    pub(super) child: u32,
    /// Whether the load counts its end; what an application spawns beside the load is none of its business.
    pub(super) arrival: bool,
    pub(super) intended_at: u64,
    pub(super) spawned_at: u64,
    /// `u64::MAX` without a deadline.
    pub(super) deadline_at: u64,
    pub(super) gather: Option<Arc<Gather>>,
}

/// What has been measured of a task so far.
#[derive(Debug)]
struct Spent {
    start_delay: Option<u64>,
    busy: u64,
    polls: u32,
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
                let dropped = catch(|| this.future.set(None));
                let at = local.core.clock.now();
                match dropped {
                    Ok(()) => this.task.end(&local, this.spent, Ending::Cancelled, at, None),
                    Err(message) => this.task.end(&local, this.spent, Ending::Panicked, at, Some(&message)),
                }
            }
        }
    }
}

impl<F> Tracked<F> {
    pub(super) const fn new(future: F, task: Task) -> Self {
        let spent = Spent { start_delay: None, busy: 0, polls: 0, registered: false, ended: false };
        Self { future: Some(future), task, spent }
    }
}

impl Task {
    fn end(&self, local: &Local, spent: &mut Spent, ending: Ending, at: u64, message: Option<&str>) {
        spent.ended = true;
        let core = &local.core;
        let detail = core.ledger.table().detail(self.slot);
        let request = detail.request();
        let cancelled = ending == Ending::Cancelled;
        let reason = cancelled.then(|| request.map_or(CancelReason::Dropped, |request| request.reason));
        let asked_at = request.map(|_| detail.requested_at().unwrap_or(at));
        let late = at > self.deadline_at;
        let service = at.saturating_sub(self.spawned_at);
        let mut end = TaskEnd {
            outcome: Outcome { ending, lateness: if late { Lateness::Late } else { Lateness::OnTime } },
            reason,
            task: self.number,
            at,
            service,
            response: at.saturating_sub(self.intended_at),
            start_delay: spent.start_delay,
            busy: spent.busy,
            polls: spent.polls,
            overrun: at.saturating_sub(self.deadline_at),
            cancel_lag: asked_at.filter(|_| cancelled).map(|asked| at.saturating_sub(asked)),
            was_overdue: false,
        };
        if spent.registered {
            core.ledger.table().forget_waker(self.slot);
        }
        if !local.writer.end(&core.ledger, self.lane, self.slot, &mut end, message) {
            return;
        }
        match &self.gather {
            Some(gather) => {
                launch::child_ended(core);
                gather.child_ended(local, self.child, ending, reason, at);
            }
            None if self.arrival => launch::arrival_ended(local),
            None => {}
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
        let begin = core.clock.now();
        spent.start_delay.get_or_insert_with(|| begin.saturating_sub(task.spawned_at));
        let detail = core.ledger.table().detail(task.slot);
        let request = detail.request();
        let (ending, message) = if request.is_some_and(|request| request.drop_now) {
            match catch(|| this.future.set(None)) {
                Ok(()) => (Ending::Cancelled, None),
                Err(message) => (Ending::Panicked, Some(message)),
            }
        } else {
            let polled =
                catch(|| this.future.as_mut().as_pin_mut().map_or(Poll::Ready(Ok(())), |future| future.poll(cx)));
            if let Some(end) = settle(polled) {
                end
            } else {
                spent.polls += 1;
                spent.busy += core.clock.now().saturating_sub(begin);
                detail.polled(spent.polls, spent.busy);
                // A first request takes the waker with it; the end of the grace needs one again.
                if !spent.registered || request.is_some() {
                    detail.register(cx.waker());
                    spent.registered = true;
                }
                if detail.request() != request {
                    // Asked since the look above: whoever did may have found no waker.
                    cx.waker().wake_by_ref();
                }
                return Poll::Pending;
            }
        };
        let at = core.clock.now();
        spent.polls += 1;
        spent.busy += at.saturating_sub(begin);
        task.end(&local, spent, ending, at, message.as_deref());
        Poll::Ready(())
    }
}

/// What a finished poll means; `None` while the future goes on.
fn settle(polled: Result<Poll<Result<(), TaskError>>, String>) -> Option<(Ending, Option<String>)> {
    Some(match polled {
        Ok(Poll::Pending) => return None,
        Ok(Poll::Ready(Ok(()))) => (Ending::Done, None),
        Ok(Poll::Ready(Err(error))) if error.is::<Cancelled>() => (Ending::Cancelled, None),
        // Formatting an error is the plugin's code too.
        Ok(Poll::Ready(Err(error))) => (Ending::Failed, Some(catch(|| error.to_string()).unwrap_or_else(|said| said))),
        Err(message) => (Ending::Panicked, Some(message)),
    })
}
