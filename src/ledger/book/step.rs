//! What is counted about one named step.

use serde::{Deserialize, Serialize};

use crate::histogram::{Histogram, Precision};
use crate::outcome::Lateness;

/// The times of one named step.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StepBook {
    /// The step's name.
    pub name: Box<str>,
    /// From its first poll to its end, of those that came to their end.
    pub service: Histogram,
    /// Time tasks spent in it and in no step within it, by how they ended, nanoseconds.
    spent_ns: [u128; 2],
}

impl StepBook {
    /// A step nobody has been in.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.into(), service: Histogram::new(Precision::Coarse), spent_ns: [0; 2] }
    }

    /// Time the tasks that ended on time, or late, spent in it and in no step within it, nanoseconds.
    #[must_use]
    pub const fn spent_ns(&self, lateness: Lateness) -> u128 {
        self.spent_ns[lateness as usize]
    }

    /// Adds to that time.
    pub(crate) const fn spend(&mut self, lateness: Lateness, ns: u128) {
        self.spent_ns[lateness as usize] += ns;
    }

    /// Adds what another part of the run has of the same step.
    pub(super) fn merge(&mut self, other: &Self) {
        self.service.merge(&other.service);
        self.spent_ns.iter_mut().zip(other.spent_ns).for_each(|(to, from)| *to += from);
    }

    /// Forgets the times and keeps the name.
    pub(super) fn clear(&mut self) {
        self.service.clear();
        self.spent_ns = [0; 2];
    }

    /// Whether nobody has been in it.
    pub(super) fn is_empty(&self) -> bool {
        self.service.is_empty() && self.spent_ns == [0; 2]
    }
}
