//! How work ends: the two independent axes every count is kept by.
//!
//! Owns [`Ending`] × [`Lateness`], the [`Policy`] a missed deadline follows, who asked for a
//! cancellation, and what becomes of a gather. It must not know how any of them is counted or shown.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Ending {
    /// It returned `Ok`.
    Done,
    /// It returned an error.
    Failed,
    /// It panicked; the message is kept.
    Panicked,
    /// Its future was dropped before it was finished, or it gave in to a cancellation.
    Cancelled,
}

impl Ending {
    /// All endings, in the order of the books.
    pub const ALL: [Self; 4] = [Self::Done, Self::Failed, Self::Panicked, Self::Cancelled];

    /// The word used in files and on screens.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Whether a task had ended by its deadline, decided by the clock alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Lateness {
    /// `ended_at <= deadline`, or there was no deadline.
    OnTime,
    /// `ended_at > deadline`.
    Late,
}

impl Lateness {
    /// The word used in files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OnTime => "on_time",
            Self::Late => "late",
        }
    }
}

/// One cell of the books: an ending and, independently, a lateness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Outcome {
    /// How the task ended.
    pub ending: Ending,
    /// Whether it had missed its deadline by then.
    pub lateness: Lateness,
}

impl Outcome {
    /// The number of cells.
    pub const COUNT: usize = 8;

    /// All cells, in index order.
    pub fn all() -> impl Iterator<Item = Self> {
        Ending::ALL
            .into_iter()
            .flat_map(|ending| [Lateness::OnTime, Lateness::Late].map(|lateness| Self { ending, lateness }))
    }

    /// The cell's place in an array of [`Outcome::COUNT`].
    #[must_use]
    pub const fn index(self) -> usize {
        self.ending as usize * 2 + self.lateness as usize
    }

    /// Whether the deadline was missed.
    #[must_use]
    pub const fn is_late(self) -> bool {
        matches!(self.lateness, Lateness::Late)
    }
}

/// What a missed deadline does to its task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Policy {
    /// Cancel the task, as asyncio's `wait_for` does.
    Cancel,
    /// Count the miss and let the task go on.
    Observe,
}

impl Policy {
    /// The word used in files and on screens.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Observe => "observe",
        }
    }

    /// The other policy.
    #[must_use]
    pub const fn toggled(self) -> Self {
        match self {
            Self::Cancel => Self::Observe,
            Self::Observe => Self::Cancel,
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Who asked for a task's cancellation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum CancelReason {
    /// The task's own deadline passed under [`Policy::Cancel`].
    Deadline,
    /// The deadline of its gather passed under [`Policy::Cancel`].
    GatherDeadline,
    /// Its gather had its outcome and cancels the siblings that are left.
    Sibling,
    /// The user, who picked this one task.
    User,
    /// The end of the run, which leaves behind what the drain has not waited for. Its books are closed by then, so
    /// these tasks are unfinished, and stay so.
    Shutdown,
    /// The task itself, or something outside tardy, dropped it.
    Dropped,
}

impl CancelReason {
    /// Every reason.
    pub const ALL: [Self; 6] =
        [Self::Deadline, Self::GatherDeadline, Self::Sibling, Self::User, Self::Shutdown, Self::Dropped];

    /// Its place in [`CancelReason::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Whether a deadline asked.
    #[must_use]
    pub const fn is_deadline(self) -> bool {
        matches!(self, Self::Deadline | Self::GatherDeadline)
    }

    /// The word used in files and on screens.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Deadline => "deadline",
            Self::GatherDeadline => "gather deadline",
            Self::Sibling => "gather",
            Self::User => "user",
            Self::Shutdown => "shutdown",
            Self::Dropped => "dropped",
        }
    }
}

/// When a gather has its outcome, and what that outcome does to the children that are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum GatherMode {
    /// Waits for every child (`asyncio.gather(return_exceptions=True)`, `join_all`).
    Collect,
    /// The first error is the outcome at once; the siblings run on (`asyncio.gather()`).
    FailFast,
    /// The first error is the outcome and cancels the siblings (`asyncio.TaskGroup`, `try_join_all`); a
    /// child that was cancelled by itself is no error.
    CancelSiblings,
    /// Complete with the k-th child done; the rest is cancelled or left, by policy.
    First(u32),
}

impl fmt::Display for GatherMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Collect => f.pad("collect"),
            Self::FailFast => f.pad("fail_fast"),
            Self::CancelSiblings => f.pad("cancel_siblings"),
            Self::First(k) => write!(f, "first({k})"),
        }
    }
}

/// What became of a gather.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum GatherOutcome {
    /// Every child done (under `first(k)`: k of them).
    Complete,
    /// Every child ended, not all of them done, and no error was the outcome.
    Partial,
    /// An error was the outcome, or `first(k)` can no longer reach k.
    Failed,
    /// Cancelled at its deadline.
    Cancelled,
}

impl GatherOutcome {
    /// Every outcome.
    pub const ALL: [Self; 4] = [Self::Complete, Self::Partial, Self::Failed, Self::Cancelled];

    /// The word used in files and on screens.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What a deadline belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Scope {
    /// Every task has its own, from its own spawn.
    #[default]
    Task,
    /// The children of a gather share one, from the gather's start.
    Gather,
}

impl Scope {
    /// The word used in files and on screens.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Gather => "gather",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcome_indices_are_a_permutation_in_order() {
        let indices: Vec<usize> = Outcome::all().map(Outcome::index).collect();
        assert_eq!(indices, (0..Outcome::COUNT).collect::<Vec<_>>());
    }
}
