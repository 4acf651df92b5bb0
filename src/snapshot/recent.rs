//! The latencies of the last minute, in slices of a quarter of a second, so that a screen can look back over a
//! window of its choice.
//!
//! Owns which slices make up a window. It must not know who measures, nor when the next slice is due: it is told.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::{Distribution, Snapshot};
use crate::histogram::{Histogram, Precision, Sparse};
use crate::ledger::{LaneKey, Metric};

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
#[derive(Debug, Clone, Default)]
pub struct Recent {
    slices: VecDeque<Arc<Slice>>,
}

/// What ended in one stretch of time. Times are nanoseconds since the run's epoch.
#[derive(Debug, Clone, Default)]
struct Slice {
    from: u64,
    until: u64,
    lanes: Vec<(LaneKey, Ended)>,
}

/// The latencies of what ended under one lane.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ended {
    /// Spawn to end.
    pub(crate) service: Sparse,
    /// Intended arrival to end; `None` when that is the same.
    pub(crate) response: Option<Sparse>,
    /// The ages of what was cancelled.
    pub(crate) censored: Sparse,
}

impl Ended {
    fn merge(&mut self, other: Self) {
        self.service.merge(&other.service);
        self.censored.merge(&other.censored);
        if let Some(response) = other.response {
            self.response.get_or_insert_default().merge(&response);
        }
    }

    fn metric(&self, metric: Metric) -> Option<&Sparse> {
        match metric {
            Metric::Service => Some(&self.service),
            Metric::Response => Some(self.response.as_ref().unwrap_or(&self.service)),
            _ => None,
        }
    }
}

impl Slice {
    /// Whether most of it lies after `from`.
    const fn is_within(&self, from: u64) -> bool {
        self.from + (self.until - self.from) / 2 >= from
    }
}

impl Recent {
    /// Nothing yet, at `now`.
    pub(crate) fn new(now: u64) -> Self {
        Self { slices: VecDeque::from([Arc::new(Slice { from: now, until: now, lanes: Vec::new() })]) }
    }

    /// Adds what ended between the last tick and `now`, and opens the next slice when this one has its length.
    pub(crate) fn tick(&mut self, now: u64, ended: impl IntoIterator<Item = (LaneKey, Ended)>) {
        let Some(open) = self.slices.back_mut() else { return };
        let open = Arc::make_mut(open);
        open.until = now;
        for (key, new) in ended {
            match open.lanes.iter_mut().find(|(known, _)| *known == key) {
                Some((_, ended)) => ended.merge(new),
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
            ended.metric(metric).into_iter().for_each(|latencies| observed.add_sparse(latencies));
            censored.add_sparse(&ended.censored);
        }
        Some(Distribution::new(observed, Some(censored)))
    }

    fn span(&self, length: Duration) -> Duration {
        Duration::from_nanos(self.window(length).map(|slice| slice.until - slice.from).sum())
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
