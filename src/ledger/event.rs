//! The vocabulary of what is counted. Whoever measures says it in these words, and only
//! [`Book::fold`](super::Book::fold) adds it up.

use std::sync::Arc;

use super::miss::Doing;
use crate::outcome::{CancelReason, Ending, GatherOutcome, Lateness, Outcome};

/// Something that happened to one lane. All times are nanoseconds.
#[derive(Debug, Clone)]
pub enum Event<'a> {
    /// A task ended.
    TaskEnded(&'a TaskEnd),
    /// A task was still in flight when the books closed; its age then.
    TaskUnfinished {
        /// Time since its spawn.
        age: u64,
    },
    /// An error or a panic, said once per task that ended so.
    Message {
        /// The ending it belongs to.
        outcome: Outcome,
        /// What the error or the panic said.
        text: &'a str,
        /// When, since the run's epoch.
        at: u64,
    },
    /// The clock saw a task in flight past its deadline.
    Missed {
        /// The step it was in, when it was in one.
        step: Option<&'a str>,
        /// What it was doing.
        doing: Doing,
    },
    /// A task that ended had spent time in a named step, however it left it.
    StepSpent {
        /// The step's name.
        name: &'a str,
        /// How the task ended.
        lateness: Lateness,
        /// In this step and in none within it.
        ns: u64,
    },
    /// A task whose wake-ups were followed came to its end.
    Followed {
        /// How it ended.
        lateness: Lateness,
        /// From a wake-up to the poll it led to; the first poll's delay is not part of it.
        scheduled: u64,
    },
    /// Somebody asked for a task's cancellation.
    CancelAsked {
        /// Who.
        reason: CancelReason,
    },
    /// The task had ended by then, and did not hear of it.
    CancelTooLate {
        /// Who had asked.
        reason: CancelReason,
    },
    /// A call on a blocking thread goes on, although its task has been dropped.
    BlockingLeft {
        /// Who had asked the task to end.
        reason: CancelReason,
    },
    /// Such a call has ended.
    BlockingEnded {
        /// Who had asked the task to end.
        reason: CancelReason,
        /// How long it went on.
        ns: u64,
    },
    /// A named step of a task came to its end.
    StepEnded {
        /// Its name.
        name: &'a str,
        /// From its first poll to its end.
        service: u64,
    },
    /// A gather was started.
    GatherStarted,
    /// A gather has its outcome.
    GatherDecided {
        /// What became of it.
        outcome: GatherOutcome,
        /// From its start to the outcome.
        latency: u64,
        /// Whether the outcome came after `start + deadline`.
        late: bool,
        /// Whether the clock had seen it miss that deadline before.
        was_overdue: bool,
    },
    /// A child of a gather that already had its outcome ended, or was still going when the books closed.
    GatherWasted {
        /// The child's time after the outcome was known.
        after_outcome: u64,
    },
    /// The last child of a gather ended.
    GatherEnded {
        /// Which child was last.
        slowest: u32,
        /// How long the last child ran after the one before it.
        straggler_gap: u64,
    },
    /// The last child of a gather that failed ended: what all of its children had taken, for nothing.
    GatherSpoilt {
        /// Sum of the children's time from their start to their end.
        task_ns: u64,
        /// Sum of the time in their polls.
        busy_ns: u64,
    },
}

/// How one task ended, with everything that is known of it by then. All times are nanoseconds.
#[derive(Debug, Clone)]
pub struct TaskEnd {
    /// The cell of the books it is counted in.
    pub outcome: Outcome,
    /// Who had asked for its cancellation by then, whatever became of that.
    pub asked: Option<CancelReason>,
    /// The task's number; numbers are never reused within a run.
    pub task: u64,
    /// When it ended, since the run's epoch.
    pub at: u64,
    /// From the actual spawn.
    pub service: u64,
    /// From the intended arrival.
    pub response: u64,
    /// From the spawn to the first poll; `None` when it was never polled.
    pub start_delay: Option<u64>,
    /// Time spent inside its polls.
    pub busy: u64,
    /// Number of polls.
    pub polls: u32,
    /// Time past the deadline; zero when on time.
    pub overrun: u64,
    /// From the cancel request to the drop; `None` when nobody asked.
    pub cancel_lag: Option<u64>,
    /// Whether the clock had seen it overdue before it ended.
    pub was_overdue: bool,
    /// The step it was in when it was cancelled or panicked, when it was in one; only told of late and cancelled tasks.
    pub step: Option<Arc<str>>,
}

impl TaskEnd {
    /// Who cancelled it; `None` when it was not cancelled.
    #[must_use]
    pub fn cancelled_by(&self) -> Option<CancelReason> {
        (self.outcome.ending == Ending::Cancelled).then(|| self.asked.unwrap_or(CancelReason::Dropped))
    }
}
