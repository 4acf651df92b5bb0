//! What a condition can be about.

use super::Aspect;
use crate::metric::Metric;

/// Something that a run has a number of.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Quantity {
    /// A number that speaks for many times.
    Time(Statistic, Samples),
    /// How many there are of something.
    Count(Count),
    /// Tasks done by their deadline, a second.
    Goodput,
    /// How much worse it is than the baseline's.
    Regressed(Aspect),
}

/// Which number speaks for many times.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Statistic {
    /// The time that this share (0 to 1, both excluded) does not exceed.
    Quantile(f64),
    /// The longest.
    Max,
    /// The arithmetic mean.
    Mean,
}

impl Quantity {
    /// Whether only gathers have it.
    #[must_use]
    pub const fn is_of_gathers(self) -> bool {
        match self {
            Self::Time(_, samples) => matches!(samples, Samples::Gather | Samples::StragglerGap),
            Self::Count(count) => matches!(count.whole(), Whole::Gathers),
            Self::Goodput | Self::Regressed(_) => false,
        }
    }
}

impl Statistic {
    /// The word of those that have one.
    pub(super) const WORDS: [(&'static str, Self); 2] = [("max", Self::Max), ("mean", Self::Mean)];
}

/// Times of a kind, of all lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Samples {
    /// The latency of the headline: response time under open load, service time under closed load.
    Headline,
    /// What is measured of tasks.
    Task(Metric),
    /// Start of a gather to its outcome.
    Gather,
    /// Last child's end after the end of the one before it.
    StragglerGap,
}

impl Samples {
    /// Those that are named; the headline goes without saying.
    pub const NAMED: [Self; 8] = [
        Self::Task(Metric::Service),
        Self::Task(Metric::Response),
        Self::Task(Metric::StartDelay),
        Self::Task(Metric::Busy),
        Self::Task(Metric::Overrun),
        Self::Task(Metric::CancelLag),
        Self::Gather,
        Self::StragglerGap,
    ];

    /// The word in a condition.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Headline => "latency",
            Self::Task(metric) => metric.word(),
            Self::Gather => "gather",
            Self::StragglerGap => "straggler_gap",
        }
    }
}

/// What is counted, over all lanes; the words are those of `summary.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Count {
    /// Tasks spawned.
    Spawned,
    /// Tasks that returned `Ok`, late ones included.
    Done,
    /// Tasks that returned an error, late ones included.
    Failed,
    /// Tasks that panicked, late ones included.
    Panicked,
    /// Tasks that were cancelled, whoever asked.
    Cancelled,
    /// Tasks in flight when the books closed; zero before.
    Unfinished,
    /// Deadlines missed: late endings + cancelled at the deadline + overdue.
    TimedOut,
    /// Tasks done after their deadline.
    LateDone,
    /// Tasks failed after their deadline.
    LateFailed,
    /// Tasks panicked after their deadline.
    LatePanicked,
    /// Tasks cancelled after their deadline for another reason.
    LateCancelled,
    /// Tasks cancelled because of their deadline.
    CancelledAtDeadline,
    /// Tasks in flight past their deadline.
    Overdue,
    /// Arrivals whose time has come.
    Due,
    /// Arrivals given up.
    Shed,
    /// Arrivals that wait.
    Queued,
    /// Gathers started.
    GathersStarted,
    /// Gathers whose children were all done, or as many as had to be.
    GathersComplete,
    /// Gathers some of whose children were not done.
    GathersPartial,
    /// Gathers of which an error was the outcome.
    GathersFailed,
    /// Gathers cancelled at their deadline.
    GathersCancelled,
    /// Gathers without an outcome yet.
    GathersOpen,
    /// Gathers whose deadline has passed.
    GathersTimedOut,
}

/// What counts are parts of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// Tasks spawned.
    Tasks,
    /// Arrivals due.
    Arrivals,
    /// Gathers started.
    Gathers,
}

impl Count {
    /// All of them, in the order of the files.
    pub const ALL: [Self; 23] = [
        Self::Spawned,
        Self::Done,
        Self::Failed,
        Self::Panicked,
        Self::Cancelled,
        Self::Unfinished,
        Self::TimedOut,
        Self::LateDone,
        Self::LateFailed,
        Self::LatePanicked,
        Self::LateCancelled,
        Self::CancelledAtDeadline,
        Self::Overdue,
        Self::Due,
        Self::Shed,
        Self::Queued,
        Self::GathersStarted,
        Self::GathersComplete,
        Self::GathersPartial,
        Self::GathersFailed,
        Self::GathersCancelled,
        Self::GathersOpen,
        Self::GathersTimedOut,
    ];

    /// The word in a condition.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Spawned => "spawned",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
            Self::Cancelled => "cancelled",
            Self::Unfinished => "unfinished",
            Self::TimedOut => "timed_out",
            Self::LateDone => "late_done",
            Self::LateFailed => "late_failed",
            Self::LatePanicked => "late_panicked",
            Self::LateCancelled => "late_cancelled",
            Self::CancelledAtDeadline => "cancelled_at_deadline",
            Self::Overdue => "overdue",
            Self::Due => "due",
            Self::Shed => "shed",
            Self::Queued => "queued",
            Self::GathersStarted => "gathers.started",
            Self::GathersComplete => "gathers.complete",
            Self::GathersPartial => "gathers.partial",
            Self::GathersFailed => "gathers.failed",
            Self::GathersCancelled => "gathers.cancelled",
            Self::GathersOpen => "gathers.open",
            Self::GathersTimedOut => "gathers.timed_out",
        }
    }

    /// What it is a part of.
    #[must_use]
    pub const fn whole(self) -> Whole {
        match self {
            Self::Due | Self::Shed | Self::Queued => Whole::Arrivals,
            Self::GathersStarted
            | Self::GathersComplete
            | Self::GathersPartial
            | Self::GathersFailed
            | Self::GathersCancelled
            | Self::GathersOpen
            | Self::GathersTimedOut => Whole::Gathers,
            Self::Spawned
            | Self::Done
            | Self::Failed
            | Self::Panicked
            | Self::Cancelled
            | Self::Unfinished
            | Self::TimedOut
            | Self::LateDone
            | Self::LateFailed
            | Self::LatePanicked
            | Self::LateCancelled
            | Self::CancelledAtDeadline
            | Self::Overdue => Whole::Tasks,
        }
    }

    /// Whether it is what shares are taken of, so that a share of it says nothing.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        matches!(self, Self::Spawned | Self::Due | Self::GathersStarted)
    }

    /// Whether it only grows while a run goes on.
    #[must_use]
    pub const fn never_falls(self) -> bool {
        !matches!(self, Self::Unfinished | Self::Overdue | Self::Queued | Self::GathersOpen)
    }
}
