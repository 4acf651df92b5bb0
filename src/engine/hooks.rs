//! What tasks ask of the engine while they run: to be shown in their steps, whether they are to end, and to count what
//! goes on without them.
//!
//! Of steps side by side the slot shows the one polled last that goes on; [`Steps`] knows which that is.

mod steps;

pub(super) use self::steps::Steps;

use super::local::Local;
use crate::ledger::{Event, Slot};
use crate::outcome::CancelReason;
use crate::scenario::{BlockingLeft, StepEntry, StepPoll, TaskHooks, TaskId};

/// The engine as tasks see it.
#[derive(Debug)]
pub(super) struct Hooks;

/// What is known of `task`, unless it has ended and another has its slot.
fn slot(local: &Local, task: TaskId) -> Option<Slot<'_>> {
    Some(local.core.ledger.table().slot(task.slot)).filter(|slot| slot.number() == task.number)
}

impl TaskHooks for Hooks {
    fn enter_step(&self, task: TaskId, name: &str) -> StepEntry {
        Local::of(task.run).map_or(StepEntry::default(), |local| {
            let step = local.writer.step(&local.core.ledger, name);
            let outer = local.steps.enclosing(task.number).unwrap_or_else(|| {
                // Polled by another task: what its own was in meanwhile is shown again when it ends.
                let elsewhere = slot(&local, task).filter(|_| !local.polling.is_of(task.slot));
                elsewhere.map_or(0, Slot::step)
            });
            StepEntry { at_ns: local.core.clock.now(), step, outer }
        })
    }

    fn begin_poll(&self, task: TaskId, entry: StepEntry) -> StepPoll {
        let Some(local) = Local::of(task.run) else { return StepPoll::default() };
        if let Some(slot) = slot(&local, task) {
            slot.show_step(entry.step);
        }
        let poll = local.polling.is_of(task.slot).then(|| local.polling.finished());
        local.steps.begin(task.number, poll, entry)
    }

    fn end_poll(&self, task: TaskId, entry: StepEntry, poll: StepPoll, goes_on: bool) {
        let Some(local) = Local::of(task.run) else { return };
        let shown = local.steps.end(task.number, entry, poll, goes_on);
        if let Some(slot) = slot(&local, task) {
            slot.show_step(shown);
        }
    }

    fn leave_step(&self, task: TaskId, name: &str, entry: StepEntry, ended: bool) {
        let Some(local) = Local::of(task.run) else { return };
        let Some(slot) = slot(&local, task) else { return };
        if !ended {
            local.steps.drop_step(task.number, entry);
            if slot.step() == entry.step {
                slot.show_step(entry.outer);
            }
        }
        if std::thread::panicking() {
            local.panics_in(task.number, entry.step);
        }
        let service = local.core.clock.now().saturating_sub(entry.at_ns);
        // A step that its task has others poll, or that is dropped elsewhere, would wait here for a poll of its task.
        if local.polling.is_of(task.slot) {
            local.spans.leave(task.slot, entry.step, entry.outer, service);
        }
        if ended {
            local.writer.record(&local.core.ledger, slot.lane(), &Event::StepEnded { name, service });
        }
    }

    fn leave_blocking(&self, task: TaskId) -> Option<BlockingLeft> {
        let local = Local::of(task.run)?;
        let slot = slot(&local, task)?;
        let reason = slot.request().map_or(CancelReason::Dropped, |request| request.reason);
        local.writer.record(&local.core.ledger, slot.lane(), &Event::BlockingLeft { reason });
        Some(BlockingLeft { lane: slot.lane(), reason, at_ns: local.core.clock.now() })
    }

    fn end_blocking(&self, run: u32, left: BlockingLeft) {
        let Some(local) = Local::of(run) else { return };
        let BlockingLeft { lane, reason, at_ns } = left;
        let ns = local.core.clock.now().saturating_sub(at_ns);
        local.writer.record(&local.core.ledger, lane, &Event::BlockingEnded { reason, ns });
    }

    fn is_cancelled(&self, task: TaskId) -> bool {
        Local::of(task.run).is_some_and(|local| slot(&local, task).is_some_and(|slot| slot.request().is_some()))
    }
}
