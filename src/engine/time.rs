//! The time everything is measured by.

use std::sync::Arc;
use std::time::Duration;

/// Nanoseconds since the run's epoch, from the cycle counter; a test may hold the hands itself.
#[derive(Debug, Clone)]
pub struct Clock {
    source: quanta::Clock,
    epoch: u64,
}

/// A raw reading of a [`Clock`].
#[derive(Debug, Clone, Copy)]
pub struct Mark(u64);

impl Mark {
    /// The reading itself, to be kept in an atomic.
    #[inline]
    pub(super) const fn raw(self) -> u64 {
        self.0
    }

    /// A reading that was kept.
    pub(super) const fn from_raw(raw: u64) -> Self {
        Self(raw)
    }
}

impl Clock {
    /// A clock that starts at zero now.
    #[must_use]
    pub fn new() -> Self {
        Self::of(quanta::Clock::new())
    }

    /// A clock that stands at zero until the mock is moved.
    #[must_use]
    pub fn mock() -> (Self, Arc<quanta::Mock>) {
        let (source, mock) = quanta::Clock::mock();
        (Self::of(source), mock)
    }

    fn of(source: quanta::Clock) -> Self {
        let epoch = source.raw();
        Self { source, epoch }
    }

    /// Nanoseconds since the epoch.
    #[inline]
    #[must_use]
    pub fn now(&self) -> u64 {
        self.at(self.mark())
    }

    /// A reading that costs less than [`Clock::now`] and means something only to [`Clock::between`].
    #[inline]
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark(self.source.raw())
    }

    /// Nanoseconds from one mark to a later one; zero when the cores disagree about which that is.
    #[inline]
    #[must_use]
    pub fn between(&self, from: Mark, to: Mark) -> u64 {
        self.source.delta_as_nanos(from.0, to.0)
    }

    /// Nanoseconds from the epoch to a mark.
    #[inline]
    #[must_use]
    pub fn at(&self, mark: Mark) -> u64 {
        self.source.delta_as_nanos(self.epoch, mark.0)
    }

    /// Time since the epoch.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.now())
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}
