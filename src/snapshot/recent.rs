//! The latencies of the last minute, in slices of a quarter of a second, so that a screen can look back over a
//! window of its choice.
//!
//! Owns which slices make up a window. It must not know who measures, nor when the next slice is due: it is told.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Distribution, Snapshot};
use crate::histogram::{Histogram, Precision};
use crate::ledger::{Ended, LaneKey, Metric};

/// Length of a slice, nanoseconds.
const SLICE: u64 = 250_000_000;

/// Slices kept: a minute and a second.
pub const MAX_SLICES: usize = 61 * 4;

/// How far back to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Window {
    /// The last second.
    Second,
    /// The last ten seconds.
    TenSeconds,
    /// The last minute.
    Minute,
    /// Everything since measuring began.
    Run,
}

impl Window {
    /// All of them, shortest first.
    pub const ALL: [Self; 4] = [Self::Second, Self::TenSeconds, Self::Minute, Self::Run];

    /// How long it is; `None` for the whole run.
    #[must_use]
    pub const fn length(self) -> Option<Duration> {
        match self {
            Self::Second => Some(Duration::from_secs(1)),
            Self::TenSeconds => Some(Duration::from_secs(10)),
            Self::Minute => Some(Duration::from_secs(60)),
            Self::Run => None,
        }
    }

    /// The words used on screens.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Second => "last 1 s",
            Self::TenSeconds => "last 10 s",
            Self::Minute => "last 1 m",
            Self::Run => "whole run",
        }
    }
}

/// What ended lately, slice by slice, the oldest first; the last one is still open.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Recent {
    slices: VecDeque<Arc<Slice>>,
}

/// What ended in one stretch of time. Times are nanoseconds since the run's epoch.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Slice {
    from: u64,
    until: u64,
    lanes: Vec<(LaneKey, Ended)>,
}

impl Slice {
    /// Its end.
    pub(super) const fn until(&self) -> u64 {
        self.until
    }

    /// Whether most of it lies after `from`.
    const fn is_within(&self, from: u64) -> bool {
        self.from + self.until.saturating_sub(self.from) / 2 >= from
    }
}

impl Recent {
    /// Nothing yet, at `now`.
    pub(crate) fn new(now: u64) -> Self {
        Self { slices: VecDeque::from([Arc::new(Slice { from: now, until: now, lanes: Vec::new() })]) }
    }

    /// Adds what ended between the last tick and `now`, and opens the next slice when this one has its length.
    pub(crate) fn tick(&mut self, now: u64, ended: impl IntoIterator<Item = (LaneKey, Ended)>) {
        let Some(open) = self.slices.back_mut().map(Arc::make_mut) else { return };
        open.until = now;
        for (key, new) in ended {
            match open.lanes.iter_mut().find(|(known, _)| *known == key) {
                Some((_, ended)) => ended.merge(&new),
                None => open.lanes.push((key, new)),
            }
        }
        if open.until - open.from >= SLICE {
            self.slices.push_back(Arc::new(Slice { from: now, until: now, lanes: Vec::new() }));
        }
        if self.slices.len() > MAX_SLICES {
            self.slices.pop_front();
        }
    }

    /// The slices to which nothing is added any more, the oldest first.
    pub(super) fn closed(&self) -> impl Iterator<Item = &Arc<Slice>> {
        self.slices.iter().take(self.slices.len().saturating_sub(1))
    }

    /// The open slice alone.
    pub(super) fn open(&self) -> Self {
        Self { slices: self.slices.back().cloned().into_iter().collect() }
    }

    /// The same after the last of these slices.
    pub(super) fn after<'a>(&'a self, slices: impl Iterator<Item = &'a Arc<Slice>>) -> Self {
        let mut all: VecDeque<_> = slices.chain(&self.slices).cloned().collect();
        all.drain(..all.len().saturating_sub(MAX_SLICES));
        Self { slices: all }
    }

    /// The slices most of which lie in the last `length`.
    fn window(&self, length: Duration) -> impl Iterator<Item = &Slice> {
        let now = self.slices.back().map_or(0, |open| open.until);
        let from = now.saturating_sub(crate::units::nanos(length));
        self.slices.iter().rev().map(|slice| &**slice).take_while(move |slice| slice.is_within(from))
    }

    /// `None` for a metric of which no latencies are kept by time.
    fn distribution(&self, lane: LaneKey, metric: Metric, length: Duration) -> Option<Distribution> {
        if !matches!(metric, Metric::Service | Metric::Response) {
            return None;
        }
        let mut observed = Histogram::new(Precision::Coarse);
        let mut censored = Histogram::new(Precision::Coarse);
        let lanes = self.window(length).flat_map(|slice| &slice.lanes).filter(|(key, _)| *key == lane);
        for (_, ended) in lanes {
            observed.add_sparse(ended.latencies(metric));
            censored.add_sparse(&ended.censored);
        }
        Some(Distribution::new(observed, Some(censored)))
    }

    fn span(&self, length: Duration) -> Duration {
        Duration::from_nanos(self.window(length).map(|slice| slice.until.saturating_sub(slice.from)).sum())
    }
}

impl Snapshot {
    /// The distribution of what ended in the last `window`, censored tasks included; `None` for a lane that there
    /// is not, and for a metric other than service and response time in a window shorter than the run.
    #[must_use]
    pub fn windowed(&self, lane: LaneKey, metric: Metric, window: Window) -> Option<Distribution> {
        let view = self.lanes.iter().find(|view| view.key == lane)?;
        match window.length() {
            None => Some(view.distribution(metric)),
            Some(length) => self.recent.distribution(lane, metric, length),
        }
    }

    /// The time `window` really covers: slices are whole, and a run may be younger than the window is long.
    #[must_use]
    pub fn window_span(&self, window: Window) -> Duration {
        window.length().map_or(self.elapsed, |length| self.recent.span(length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Policy;
    use crate::snapshot::fixture;
    use proptest::prelude::*;

    const MS: u64 = 1_000_000;

    fn key(policy: Policy) -> LaneKey {
        LaneKey { policy, deadline: Some(fixture::DEADLINE) }
    }

    /// `n` tasks that took as many milliseconds, and one more that was cancelled at its deadline.
    fn ended(n: u64) -> Ended {
        let (mut service, mut censored) = (Histogram::new(Precision::Fine), Histogram::new(Precision::Coarse));
        (0..n).for_each(|_| service.record(n * MS));
        censored.record(50 * MS);
        let mut ended = Ended { censored: censored.to_sparse(), ..Ended::default() };
        ended.service.merge(&service.to_sparse());
        ended
    }

    fn count(recent: &Recent, lane: LaneKey, length: u64) -> u64 {
        recent.distribution(lane, Metric::Response, Duration::from_millis(length)).unwrap().count()
    }

    #[test]
    fn a_window_reaches_back_as_far_as_it_says_and_has_the_open_slice_in_it() {
        let (mut recent, lane) = (Recent::new(0), key(Policy::Observe));
        (1..=100).for_each(|tick| recent.tick(tick * 50 * MS, [(lane, ended(1))]));
        assert_eq!((count(&recent, lane, 1_000), recent.span(Duration::from_secs(1))), (40, Duration::from_secs(1)));
        assert_eq!(count(&recent, lane, 60_000), 200);
        recent.tick(101 * 50 * MS, [(lane, ended(7))]);
        assert_eq!(count(&recent, lane, 60_000), 208);
        assert_eq!(recent.span(Duration::from_secs(1)), Duration::from_millis(1_050));
    }

    #[test]
    fn what_a_snapshot_has_is_not_changed_by_what_ends_later() {
        let (mut recent, lane) = (Arc::new(Recent::new(0)), key(Policy::Observe));
        Arc::make_mut(&mut recent).tick(50 * MS, [(lane, ended(2))]);
        let before = Arc::clone(&recent);
        Arc::make_mut(&mut recent).tick(100 * MS, [(lane, ended(3)), (key(Policy::Cancel), ended(4))]);
        assert_eq!((count(&before, lane, 1_000), count(&recent, lane, 1_000)), (3, 7));
        assert_eq!(count(&recent, key(Policy::Cancel), 1_000), 5);
    }

    #[test]
    fn a_minute_is_all_that_is_kept() {
        let (mut recent, lane) = (Recent::new(0), key(Policy::Observe));
        (1..=10_000).for_each(|tick| recent.tick(tick * 50 * MS, [(lane, ended(1))]));
        assert_eq!(recent.slices.len(), MAX_SLICES);
        assert_eq!(count(&recent, lane, 60_000), 60 * 20 * 2);
    }

    #[test]
    fn a_stretch_without_ticks_is_one_long_slice_and_leaves_the_window_when_most_of_it_has() {
        let (mut recent, lane) = (Recent::new(0), key(Policy::Observe));
        recent.tick(10_000 * MS, [(lane, ended(1))]);
        assert_eq!(count(&recent, lane, 6_000), 2);
        (1..=20).for_each(|tick| recent.tick(10_000 * MS + tick * 100 * MS, []));
        assert_eq!(count(&recent, lane, 6_000), 0);
        assert_eq!(recent.span(Duration::from_secs(6)), Duration::from_secs(2));
    }

    #[test]
    fn only_lanes_and_metrics_there_are_have_a_window() {
        let live = fixture::live();
        let [observe, cancel] = [0, 1].map(|lane| live.lanes[lane].key);
        let seen = |lane, metric, window| live.windowed(lane, metric, window).map(|seen| seen.count());
        assert_eq!(seen(cancel, Metric::Response, Window::Second), Some(4 * 75));
        assert_eq!(seen(observe, Metric::Service, Window::Second), Some(0));
        assert_eq!(seen(observe, Metric::Service, Window::Minute), Some(40 * 75));
        assert_eq!(seen(observe, Metric::Busy, Window::Minute), None);
        assert_eq!(seen(observe, Metric::Busy, Window::Run), Some(8_000));
        assert_eq!(seen(LaneKey { deadline: None, ..observe }, Metric::Service, Window::Run), None);
        assert_eq!(live.window_span(Window::Run), live.elapsed);
    }

    proptest! {
        #[test]
        fn within_a_minute_nothing_is_missing(ticks in prop::collection::vec((1u64..400, 0u64..9, any::<bool>()), 0..120)) {
            let (mut recent, mut now, mut expected) = (Recent::new(0), 0, [0, 0]);
            for (length, n, cancel) in ticks {
                now += length * MS;
                recent.tick(now, [(key(if cancel { Policy::Cancel } else { Policy::Observe }), ended(n))]);
                expected[usize::from(cancel)] += n + 1;
            }
            let seen = [Policy::Observe, Policy::Cancel].map(|policy| count(&recent, key(policy), 60_000));
            prop_assert_eq!(seen, expected);
            prop_assert_eq!(recent.span(Duration::from_secs(60)), Duration::from_nanos(now));
        }
    }
}
