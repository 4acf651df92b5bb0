//! How many tasks did what.

use std::ops::Add;

use serde::{Deserialize, Serialize};

use super::LaneView;

/// How many tasks did what: of a lane so far, or in a stretch of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Spawned.
    pub spawned: u64,
    /// Returned `Ok`, late ones included.
    pub done: u64,
    /// Returned an error, late ones included.
    pub failed: u64,
    /// Panicked, late ones included.
    pub panicked: u64,
    /// Were cancelled, whoever asked.
    pub cancelled: u64,
    /// Done by their deadline.
    pub on_time: u64,
    /// Missed their deadline, whether they have ended or not.
    pub missed: u64,
}

impl Counts {
    /// What the tasks of a lane did so far.
    #[must_use]
    pub fn of(lane: &LaneView) -> Self {
        Self {
            spawned: lane.spawned,
            done: lane.done(),
            failed: lane.failed(),
            panicked: lane.panicked(),
            cancelled: lane.cancelled(),
            on_time: lane.on_time(),
            missed: lane.timed_out(),
        }
    }

    /// Tasks that ended.
    #[must_use]
    pub const fn ended(&self) -> u64 {
        self.done + self.failed + self.panicked + self.cancelled
    }

    /// The counts in the order in which files have them.
    pub(crate) const fn cells(&self) -> [u64; 7] {
        [self.spawned, self.done, self.failed, self.panicked, self.cancelled, self.on_time, self.missed]
    }

    /// What was added to `before`; what has become less is zero.
    pub(crate) fn since(self, before: Self) -> Self {
        self.with(before, u64::saturating_sub)
    }

    fn with(self, other: Self, f: fn(u64, u64) -> u64) -> Self {
        Self {
            spawned: f(self.spawned, other.spawned),
            done: f(self.done, other.done),
            failed: f(self.failed, other.failed),
            panicked: f(self.panicked, other.panicked),
            cancelled: f(self.cancelled, other.cancelled),
            on_time: f(self.on_time, other.on_time),
            missed: f(self.missed, other.missed),
        }
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.with(other, |a, b| a + b)
    }
}
