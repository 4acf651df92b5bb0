//! What is counted about the gathers of one lane.

use serde::{Deserialize, Serialize};

use super::add;
use crate::histogram::{Histogram, Precision};
use crate::outcome::GatherOutcome;

/// What is counted about the gathers of one lane.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GatherBook {
    /// Gathers started.
    pub started: u64,
    /// Outcomes so far, by [`GatherOutcome`].
    pub(super) decided: [u64; 4],
    /// Outcomes that came after the deadline.
    pub late: u64,
    /// Outcomes of gathers the clock had marked overdue before.
    pub(crate) ended_overdue: u64,
    /// Time children ran on after the outcome of their gather was known, nanoseconds.
    pub wasted_ns: u128,
    /// Time the children of failed gathers took from start to end, those that were done among them, nanoseconds.
    pub spoilt_ns: u128,
    /// Time in polls of the same, nanoseconds.
    pub spoilt_busy_ns: u128,
    /// Start to outcome.
    pub latency: Histogram,
    /// Start to outcome of those that were complete; the others are in [`GatherBook::latency`] alone.
    pub complete: Histogram,
    /// Last child's end after the end of the one before it.
    pub straggler_gap: Histogram,
    /// How often each child, by index, was the last to end.
    pub slowest: Vec<u64>,
}

impl Default for GatherBook {
    fn default() -> Self {
        Self {
            started: 0,
            decided: [0; 4],
            late: 0,
            ended_overdue: 0,
            wasted_ns: 0,
            spoilt_ns: 0,
            spoilt_busy_ns: 0,
            latency: Histogram::new(Precision::Fine),
            complete: Histogram::new(Precision::Fine),
            straggler_gap: Histogram::new(Precision::Coarse),
            slowest: Vec::new(),
        }
    }
}

impl GatherBook {
    /// Gathers with this outcome.
    #[must_use]
    pub const fn decided(&self, outcome: GatherOutcome) -> u64 {
        self.decided[outcome as usize]
    }

    /// Gathers with an outcome.
    pub(crate) fn all_decided(&self) -> u64 {
        self.decided.iter().sum()
    }

    /// Gathers started and without an outcome yet.
    #[must_use]
    pub fn open(&self) -> u64 {
        self.started - self.all_decided()
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.started += other.started;
        add(&mut self.decided, &other.decided);
        self.late += other.late;
        self.ended_overdue += other.ended_overdue;
        self.wasted_ns += other.wasted_ns;
        self.spoilt_ns += other.spoilt_ns;
        self.spoilt_busy_ns += other.spoilt_busy_ns;
        self.latency.merge(&other.latency);
        self.complete.merge(&other.complete);
        self.straggler_gap.merge(&other.straggler_gap);
        if self.slowest.len() < other.slowest.len() {
            self.slowest.resize(other.slowest.len(), 0);
        }
        add(&mut self.slowest, &other.slowest);
    }
}
