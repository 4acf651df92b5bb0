//! Where tasks were when their deadline passed.

use serde::{Deserialize, Serialize};

use super::book::MAX_STEPS;
use super::message::OTHER;

/// What a task was doing at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Doing {
    /// It had not been polled yet: it waited for a worker.
    NotStarted,
    /// A worker was polling it.
    Polled,
    /// It waited to be woken, or to be polled again.
    Waiting,
}

impl Doing {
    /// Everything a task can be doing.
    pub const ALL: [Self; 3] = [Self::NotStarted, Self::Polled, Self::Waiting];

    /// The word used in files and on screens.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotStarted => "not started",
            Self::Polled => "in a poll",
            Self::Waiting => "waiting",
        }
    }
}

/// How many tasks were at one place when their deadline passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissedAt {
    /// The innermost step they were in, when they were in one.
    pub step: Option<Box<str>>,
    /// What they were doing.
    pub doing: Doing,
    /// How many.
    pub count: u64,
}

/// The places of a lane at which deadlines passed, in the order they were first met.
///
/// A task that ended late before the clock saw it overdue has no place here.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Misses(Vec<MissedAt>);

impl Misses {
    pub(super) fn add(&mut self, step: Option<&str>, doing: Doing, count: u64) {
        let place = |misses: &Self, step: Option<&str>| {
            misses.0.iter().position(|row| row.doing == doing && row.step.as_deref() == step)
        };
        if let Some(at) = place(self, step) {
            self.0[at].count += count;
            return;
        }
        let step = if self.0.len() < Doing::ALL.len() * MAX_STEPS { step } else { Some(OTHER) };
        match place(self, step) {
            Some(at) => self.0[at].count += count,
            None => self.0.push(MissedAt { step: step.map(Into::into), doing, count }),
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        other.0.iter().for_each(|row| self.add(row.step.as_deref(), row.doing, row.count));
    }

    /// The places of files, made again.
    pub(crate) fn restored(rows: impl IntoIterator<Item = MissedAt>) -> Self {
        Self(rows.into_iter().collect())
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The places.
    #[must_use]
    pub fn rows(&self) -> &[MissedAt] {
        &self.0
    }

    /// Tasks that were seen to miss their deadline.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().map(|row| row.count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_and_no_miss_is_lost() {
        let mut misses = Misses::default();
        (0..1000).for_each(|n| misses.add(Some(&format!("step {n}")), Doing::Waiting, 1));
        misses.add(Some("step 3"), Doing::Waiting, 2);
        misses.add(None, Doing::NotStarted, 5);
        assert_eq!(misses.total(), 1007);
        assert!(misses.rows().len() <= Doing::ALL.len() * (MAX_STEPS + 1));
        assert_eq!(misses.rows()[3].count, 3);
        assert_eq!(misses.rows().iter().filter(|row| row.step.as_deref() == Some(OTHER)).count(), 2);
    }
}
