//! Where in a recorded run the screen is, and whether it goes on by itself.
//!
//! Owns the place and its bounds. It must not know what a recording holds, nor what time it is.

use std::sync::Arc;
use std::time::Duration;

/// The longest wait for the next frame while it plays; of a long run there is a frame a minute.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// A place in a recorded run.
#[derive(Debug, Clone)]
pub(super) struct Replay {
    /// When each frame was; there is one at least.
    times: Arc<[Duration]>,
    at: usize,
    is_playing: bool,
}

impl Replay {
    /// At the end of a recording with these frames; `None` where there is nothing to go back to.
    pub(super) fn new(times: impl IntoIterator<Item = Duration>) -> Option<Self> {
        let times: Arc<[Duration]> = times.into_iter().collect();
        (times.len() > 1).then(|| Self { at: times.len() - 1, times, is_playing: false })
    }

    /// The frame that is shown.
    pub(super) const fn frame(&self) -> usize {
        self.at
    }

    /// The time that is shown, since the run's epoch.
    pub(super) fn now(&self) -> Duration {
        self.times[self.at]
    }

    /// The time of the last frame.
    pub(super) fn end(&self) -> Duration {
        self.times[self.times.len() - 1]
    }

    /// Whether the last frame is shown.
    pub(super) fn is_at_end(&self) -> bool {
        self.at + 1 == self.times.len()
    }

    /// Whether it goes on by itself.
    pub(super) const fn is_playing(&self) -> bool {
        self.is_playing
    }

    /// Goes on by itself, from the start where it is at its end; or stops.
    pub(super) fn toggle(&mut self) {
        self.is_playing = !self.is_playing;
        if self.is_playing && self.is_at_end() {
            self.at = 0;
        }
    }

    /// Goes on or back by so many frames, as far as there are; whether that is anywhere else.
    pub(super) fn step(&mut self, by: isize) -> bool {
        let to = self.at.saturating_add_signed(by).min(self.times.len() - 1);
        let has_moved = to != self.at;
        self.at = to;
        self.is_playing &= !self.is_at_end();
        has_moved
    }

    /// The frames in a tenth of it.
    pub(super) fn tenth(&self) -> isize {
        isize::try_from(self.times.len() / 10).unwrap_or(isize::MAX).max(1)
    }

    /// Goes to the frame nearest to this share of the time.
    pub(super) fn seek(&mut self, share: f64) {
        let to = self.end().mul_f64(share.clamp(0.0, 1.0));
        let after = self.times.partition_point(|&time| time < to).min(self.times.len() - 1);
        let before = after.saturating_sub(1);
        self.at = if self.times[after].abs_diff(to) <= self.times[before].abs_diff(to) { after } else { before };
        self.is_playing &= !self.is_at_end();
    }

    /// The share of the time that is shown.
    pub(super) fn share(&self) -> f64 {
        let end = self.end().as_secs_f64();
        if end > 0.0 { self.now().as_secs_f64() / end } else { 1.0 }
    }

    /// How long the frame that is shown stays, while it plays.
    pub(super) fn wait(&self) -> Option<Duration> {
        let next = self.times.get(self.at + 1).filter(|_| self.is_playing)?;
        Some(next.saturating_sub(self.now()).min(LONGEST_WAIT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replay(seconds: &[u64]) -> Replay {
        Replay::new(seconds.iter().map(|&second| Duration::from_secs(second))).unwrap()
    }

    #[test]
    fn it_begins_at_the_end_and_goes_no_further_than_either() {
        let mut replay = replay(&[0, 1, 2, 3]);
        assert!(replay.is_at_end() && !replay.step(1) && replay.step(-2));
        assert_eq!((replay.frame(), replay.now()), (1, Duration::from_secs(1)));
        assert!(replay.step(-9) && !replay.step(-1));
        assert_eq!((replay.frame(), replay.share()), (0, 0.0));
    }

    #[test]
    fn it_plays_from_the_start_and_stops_at_the_end() {
        let mut replay = replay(&[0, 1, 3]);
        assert_eq!(replay.wait(), None);
        replay.toggle();
        assert_eq!((replay.frame(), replay.wait()), (0, Some(Duration::from_secs(1))));
        assert!(replay.step(1) && replay.is_playing() && replay.step(1) && !replay.is_playing());
        replay.toggle();
        replay.toggle();
        assert_eq!((replay.frame(), replay.is_playing()), (0, false));
    }

    #[test]
    fn a_share_of_the_time_is_the_frame_nearest_to_it() {
        let mut replay = replay(&[0, 1, 2, 3, 8]);
        for (share, frame) in [(0.0, 0), (0.2, 2), (0.6, 3), (0.8, 4), (7.0, 4), (-1.0, 0)] {
            replay.seek(share);
            assert_eq!(replay.frame(), frame, "{share}");
        }
    }

    #[test]
    fn one_frame_is_nothing_to_go_back_in() {
        assert!(Replay::new([]).is_none() && Replay::new([Duration::ZERO]).is_none());
    }
}
