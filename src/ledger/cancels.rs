//! What came of the requests to cancel, by who asked.

use super::event::TaskEnd;
use crate::outcome::CancelReason;

/// The requests of one asker: `asked = cancelled + too_late + pending`, but for [`CancelReason::Dropped`], which
/// nobody asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Requests {
    /// Tasks asked to end.
    pub asked: u64,
    /// Of those, cancelled.
    pub cancelled: u64,
    /// Of those, ended otherwise: before they heard of it, or in spite of it.
    pub too_late: u64,
}

impl Requests {
    /// Requests without effect so far: the task is in a long poll, takes its grace, or swallows the request.
    #[must_use]
    pub const fn pending(&self) -> u64 {
        self.asked.saturating_sub(self.cancelled + self.too_late)
    }
}

/// The requests of a lane, by reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cancels([Requests; CancelReason::ALL.len()]);

impl Cancels {
    /// The requests of one asker.
    #[must_use]
    pub const fn by(&self, reason: CancelReason) -> Requests {
        self.0[reason.index()]
    }

    /// Those of one asker, to be counted on.
    pub(crate) const fn by_mut(&mut self, reason: CancelReason) -> &mut Requests {
        &mut self.0[reason.index()]
    }

    /// Whether nobody asked and nothing was cancelled.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn ended(&mut self, end: &TaskEnd) {
        let by = end.cancelled_by();
        if let Some(reason) = by {
            self.by_mut(reason).cancelled += 1;
        }
        if let Some(reason) = end.asked.filter(|_| by.is_none()) {
            self.by_mut(reason).too_late += 1;
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (to, from) in self.0.iter_mut().zip(&other.0) {
            to.asked += from.asked;
            to.cancelled += from.cancelled;
            to.too_late += from.too_late;
        }
    }
}
