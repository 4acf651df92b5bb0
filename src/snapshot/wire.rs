//! Snapshots as bytes, for who looks at a run from another process.
//!
//! Bytes that were not written here by the same version are refused, or are another snapshot; none are a panic, neither
//! here nor where a screen draws what was read: numbers are small enough to be added up.

mod sound;

use std::fmt::Display;

use super::{LaneView, MAX_ROWS, Snapshot};
use crate::histogram;
use crate::outcome::Ending;

/// The most rows of a timeline that are believed. A recording has those of a long run as they were before two of them became one:
/// of a day three times as many as are kept, and of a year eight times.
const MOST_ROWS: usize = 16 * MAX_ROWS;

/// Why bytes are no snapshot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no snapshot of a run: {0}")]
pub struct Unreadable(String);

impl Unreadable {
    pub(crate) fn because(why: impl Display) -> Self {
        Self(why.to_string())
    }
}

impl Snapshot {
    /// The snapshot as bytes.
    ///
    /// # Errors
    /// It holds more than a snapshot can.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Unreadable> {
        postcard::to_stdvec(self).map_err(Unreadable::because)
    }

    /// The snapshot that was written as these bytes.
    ///
    /// # Errors
    /// They are none, or one of numbers that no run has.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Unreadable> {
        histogram::begin_reading();
        postcard::from_bytes::<Self>(bytes).map_err(Unreadable::because)?.checked()
    }

    /// The same, if it is one that a run can have made.
    pub(super) fn checked(self) -> Result<Self, Unreadable> {
        sound::check(&self).map_err(Unreadable::because)?;
        if self.timeline.rows().len() > MOST_ROWS {
            return Err(Unreadable::because(format_args!(
                "{} rows are more than a run has",
                self.timeline.rows().len()
            )));
        }
        match self.lanes.iter().find(|lane| !balances(lane)) {
            Some(lane) => Err(Unreadable::because(format_args!("the books of the lane {} do not balance", lane.key))),
            None => Ok(self),
        }
    }
}

/// Whether no part of a count is more than the whole.
fn balances(lane: &LaneView) -> bool {
    let book = &lane.book;
    book.total_ended() <= lane.spawned
        && book.cancelled_at_deadline() <= lane.late(Ending::Cancelled)
        && book.gathers().is_none_or(|gathers| gathers.all_decided() <= gathers.started)
}

#[cfg(test)]
mod tests;
