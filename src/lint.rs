//! Lints over a run: what a user would take for the behaviour of their own code, or what makes the numbers worth
//! less, each as one line with what to try.
//!
//! Owns the rules and their [`Limits`]. It must not know how a finding is shown, nor where limits come from: a lint
//! is a pure function of a snapshot.

mod evidence;
mod rules;

use std::fmt;
use std::time::Duration;

use crate::snapshot::Snapshot;

/// What a finding is about, the most severe first: what comes before casts doubt on what comes after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Lint {
    /// The clock is late for its ticks, and so for arrivals and deadlines.
    ClockBehind,
    /// Arrivals are spawned later than they were meant to.
    ArrivalsBehind,
    /// Most tasks fail, so that the times are those of failures.
    TasksFail,
    /// Tasks keep workers to themselves while others wait.
    WorkersBlocked,
    /// Waiting for a permit takes most of the tasks' time.
    PoolSaturated,
    /// Waiting for the first poll takes most of the tasks' time.
    StartDelay,
    /// Cancelled tasks live on for a good part of their deadline.
    CancelLag,
    /// The resolution of the runtime's timer makes a good part of the latencies.
    TimerFloor,
}

impl Lint {
    /// Every one, the most severe first.
    pub const ALL: [Self; 8] = [
        Self::ClockBehind,
        Self::ArrivalsBehind,
        Self::TasksFail,
        Self::WorkersBlocked,
        Self::PoolSaturated,
        Self::StartDelay,
        Self::CancelLag,
        Self::TimerFloor,
    ];

    /// Its name in the configuration.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ClockBehind => "clock-behind",
            Self::ArrivalsBehind => "arrivals-behind",
            Self::TasksFail => "tasks-fail",
            Self::WorkersBlocked => "workers-blocked",
            Self::PoolSaturated => "pool-saturated",
            Self::StartDelay => "start-delay",
            Self::CancelLag => "cancel-lag",
            Self::TimerFloor => "timer-floor",
        }
    }
}

/// From where on each lint speaks up; `None` silences it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// How late a tick may be.
    pub clock_behind: Option<Duration>,
    /// How late one in a hundred arrivals may be, or how long the queue of arrivals may be, in time.
    pub arrivals_behind: Option<Duration>,
    /// The share of the tasks that ended that may have failed or panicked, 0 to 1.
    pub tasks_fail: Option<f64>,
    /// How long one poll may take, or one in a hundred tasks may keep a worker while one in a hundred waits as long
    /// for its first poll.
    pub workers_blocked: Option<Duration>,
    /// The share of the tasks' time that waiting for permits may take, 0 to 1.
    pub pool_saturated: Option<f64>,
    /// The share of the median time from spawn to end that the median start delay may be, 0 to 1.
    pub start_delay: Option<f64>,
    /// The share of the deadline that one in ten cancelled tasks may live on for, 0 to 1.
    pub cancel_lag: Option<f64>,
    /// The median service time from which on the timer's resolution, a millisecond, is of no account.
    pub timer_floor: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            clock_behind: Some(Duration::from_millis(50)),
            arrivals_behind: Some(Duration::from_millis(20)),
            tasks_fail: Some(0.5),
            workers_blocked: Some(Duration::from_millis(10)),
            pool_saturated: Some(0.5),
            start_delay: Some(0.5),
            cancel_lag: Some(0.1),
            timer_floor: Some(Duration::from_millis(3)),
        }
    }
}

/// One thing to know about a run. It is displayed as one line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What it is about.
    pub lint: Lint,
    /// What is the matter, with its numbers; it may hold names that a workload gave.
    pub what: String,
    /// What to try.
    pub advice: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.advice)
    }
}

/// What there is to know about a run, the most severe first.
///
/// Of the lanes it judges the one new tasks go to, or the newest before it as long as too little of that has ended.
#[must_use]
pub fn findings(run: &Snapshot, limits: &Limits) -> Vec<Finding> {
    rules::all(run, limits)
}

#[cfg(test)]
mod tests;
