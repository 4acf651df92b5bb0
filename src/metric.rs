//! What is measured of tasks, by the words of files and conditions.
//!
//! Owns the list and the words. It must not know how a latency is kept.

/// What a latency histogram measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Metric {
    /// Spawn to end of the tasks that came to an end of their own.
    Service,
    /// Intended arrival to end of the same tasks.
    Response,
    /// Spawn to first poll.
    StartDelay,
    /// Time inside polls.
    Busy,
    /// Time past the deadline, of late tasks that came to an end of their own.
    Overrun,
    /// Cancel requested to future dropped.
    CancelLag,
    /// Age of a task when it was cancelled: its latency is known to be longer than that.
    Censored,
}

impl Metric {
    /// Every metric, in the order of the files.
    pub const ALL: [Self; 7] =
        [Self::Service, Self::Response, Self::StartDelay, Self::Busy, Self::Overrun, Self::CancelLag, Self::Censored];

    /// The word used in files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Response => "response",
            Self::StartDelay => "start_delay",
            Self::Busy => "busy",
            Self::Overrun => "overrun",
            Self::CancelLag => "cancel_lag",
            Self::Censored => "censored",
        }
    }
}
