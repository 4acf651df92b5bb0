//! What two runs are compared in.

/// Something that two runs have a number of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Aspect {
    /// The median of the headline metric.
    P50,
    /// Its 90th percentile.
    P90,
    /// Its 99th percentile.
    P99,
    /// Its 99.9th percentile.
    P999,
    /// Its arithmetic mean.
    Mean,
    /// Tasks that ended, a second.
    Throughput,
    /// Tasks done by their deadline, a second.
    Goodput,
    /// Deadlines missed, of the tasks that have met or missed theirs.
    TimedOut,
    /// Tasks that returned an error or panicked, of those that ended.
    Failed,
}

/// What kind of number an aspect is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// The latency that this share of the tasks does not exceed.
    Quantile(f64),
    /// A mean latency.
    Mean,
    /// Tasks a second.
    Rate,
    /// A part of the tasks.
    Share,
}

impl Aspect {
    /// All of them, as they are listed.
    pub const ALL: [Self; 9] = [
        Self::P50,
        Self::P90,
        Self::P99,
        Self::P999,
        Self::Mean,
        Self::Throughput,
        Self::Goodput,
        Self::TimedOut,
        Self::Failed,
    ];

    /// The word used in files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P99 => "p99",
            Self::P999 => "p99.9",
            Self::Mean => "mean",
            Self::Throughput => "throughput",
            Self::Goodput => "goodput",
            Self::TimedOut => "timed_out",
            Self::Failed => "failed",
        }
    }

    /// How it is called where people read it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::TimedOut => "timed out",
            aspect => aspect.word(),
        }
    }

    /// Whether more of it is better.
    #[must_use]
    pub const fn is_better_high(self) -> bool {
        matches!(self, Self::Throughput | Self::Goodput)
    }

    /// Whether it is a latency.
    #[must_use]
    pub const fn is_time(self) -> bool {
        matches!(self.kind(), Kind::Quantile(_) | Kind::Mean)
    }

    /// Whether it is a part of the tasks, so that differences are told in points.
    #[must_use]
    pub const fn is_share(self) -> bool {
        matches!(self.kind(), Kind::Share)
    }

    pub(crate) const fn kind(self) -> Kind {
        match self {
            Self::P50 => Kind::Quantile(0.5),
            Self::P90 => Kind::Quantile(0.9),
            Self::P99 => Kind::Quantile(0.99),
            Self::P999 => Kind::Quantile(0.999),
            Self::Mean => Kind::Mean,
            Self::Throughput | Self::Goodput => Kind::Rate,
            Self::TimedOut | Self::Failed => Kind::Share,
        }
    }
}
