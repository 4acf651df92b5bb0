//! The pace of drawing: the only place of the screen that asks what time it is.

use std::time::{Duration, Instant};

/// Says when the next frame may be drawn.
#[derive(Debug)]
pub(super) struct Pace {
    /// The shortest time from one frame to the next.
    frame: Duration,
    next: Instant,
}

/// A time limit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit(Instant);

#[expect(clippy::disallowed_methods, reason = "frames are paced by real time; nothing is measured with it")]
fn now() -> Instant {
    Instant::now()
}

impl Pace {
    /// So many frames a second at the most; the first one is due at once.
    pub(super) fn new(fps: u32) -> Self {
        Self { frame: Duration::from_secs(1) / fps.max(1), next: now() }
    }

    /// The time until the next frame may be drawn.
    pub(super) fn wait(&self) -> Duration {
        self.next.saturating_duration_since(now())
    }

    /// Whether a frame may be drawn; if so, the next one is due a frame later.
    pub(super) fn is_due(&mut self) -> bool {
        let now = now();
        let due = now >= self.next;
        if due {
            self.next = now + self.frame;
        }
        due
    }
}

impl Limit {
    /// A limit this far from now.
    pub(super) fn after(time: Duration) -> Self {
        Self(now() + time)
    }

    /// Whether it is over.
    pub(super) fn is_over(self) -> bool {
        now() >= self.0
    }
}
