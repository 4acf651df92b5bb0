//! The time everything is measured by.

use std::sync::Arc;
use std::time::Duration;

/// Nanoseconds since the run's epoch, from the cycle counter; a test may hold the hands itself.
#[derive(Debug, Clone)]
pub struct Clock {
    source: quanta::Clock,
    epoch: u64,
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
        self.source.delta_as_nanos(self.epoch, self.source.raw())
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
