//! The pace of drawing and what it takes: the only place of the screen that asks what time it is.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Says when the next frame may be drawn.
#[derive(Debug)]
pub(super) struct Pace {
    /// The shortest time from one frame to the next.
    frame: Duration,
    next: Instant,
}

/// How many frames the cost is taken of: ten seconds of them.
const KEPT: usize = 300;

/// What the latest frames took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct FrameCost {
    /// The median time to draw one; `None` before the first.
    pub p50: Option<Duration>,
    /// Its 99th percentile.
    pub p99: Option<Duration>,
    /// Frames drawn in the last second.
    pub per_second: usize,
}

/// Takes the time of the latest frames.
#[derive(Debug, Default)]
pub(super) struct Meter {
    /// When each was drawn, and how long that took.
    frames: VecDeque<(Instant, Duration)>,
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

impl Meter {
    /// Draws a frame, and says what the latest ones took.
    pub(super) fn time<T>(&mut self, draw: impl FnOnce() -> T) -> (T, FrameCost) {
        let from = now();
        let drawn = draw();
        let end = now();
        if self.frames.len() == KEPT {
            self.frames.pop_front();
        }
        self.frames.push_back((end, end - from));
        (drawn, self.cost(end))
    }

    fn cost(&self, now: Instant) -> FrameCost {
        let mut times: Vec<Duration> = self.frames.iter().map(|&(_, time)| time).collect();
        times.sort_unstable();
        let at = |percent: usize| times.get((times.len() * percent).div_ceil(100).saturating_sub(1)).copied();
        let second = Duration::from_secs(1);
        let recent = self.frames.iter().rev().take_while(|&&(at, _)| now.duration_since(at) < second);
        FrameCost { p50: at(50), p99: at(99), per_second: recent.count() }
    }
}

impl Limit {
    /// A limit this far from now.
    pub(super) fn after(time: Duration) -> Self {
        Self(now() + time)
    }

    /// The time until it is over.
    pub(super) fn left(self) -> Duration {
        self.0.saturating_duration_since(now())
    }

    /// Whether it is over.
    pub(super) fn is_over(self) -> bool {
        now() >= self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_is_that_of_the_latest_frames_alone() {
        let mut meter = Meter::default();
        assert_eq!(meter.cost(now()), FrameCost::default());
        let start = now();
        let ms = Duration::from_millis;
        for n in 0..100 {
            meter.frames.push_back((start + ms(33 * n), ms(n + 1)));
        }
        let cost = meter.cost(start + ms(33 * 99));
        assert_eq!((cost.p50, cost.p99, cost.per_second), (Some(ms(50)), Some(ms(99)), 31));
        for _ in 0..2 * KEPT {
            meter.time(|| ());
        }
        assert_eq!(meter.frames.len(), KEPT);
    }
}
