//! Follows some tasks more closely, a thousand a second for each thread that spawns: from their wake-ups to the polls they led to.
//!
//! A [`TaskMonitor`] of the task's own tells its wake-ups from its polls; what it has seen is recorded when the task
//! comes to its end, with the lateness of that.

use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tokio_metrics::{Instrumented, TaskMonitor};

use super::local::Local;
use super::tracked::Tracked;
use crate::ledger::Event;
use crate::outcome::Lateness;
use crate::units::nanos;

pin_project! {
    /// A task that is followed.
    pub(super) struct Followed<T> {
        #[pin]
        task: Instrumented<T>,
        monitor: TaskMonitor,
        run: u32,
        lane: u16,
    }
}

impl<F, A> Followed<Tracked<F, A>> {
    pub(super) fn new(local: &Local, task: Tracked<F, A>) -> Self {
        let monitor = TaskMonitor::new();
        let slot = local.core.ledger.table().slot(task.slot());
        Self { run: local.core.run, lane: slot.lane(), task: monitor.instrument(task), monitor }
    }
}

impl<T: Future> Future for Followed<T> {
    type Output = T::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T::Output> {
        let this = self.project();
        let polled = this.task.poll(cx);
        if polled.is_ready()
            && let Some(local) = Local::of(*this.run)
        {
            let scheduled = nanos(this.monitor.cumulative().total_scheduled_duration);
            // What has just ended here is this task.
            let lateness = if local.ended_late.get() { Lateness::Late } else { Lateness::OnTime };
            local.writer.record(&local.core.ledger, *this.lane, &Event::Followed { lateness, scheduled });
        }
        polled
    }
}
