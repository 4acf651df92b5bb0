//! What the panels need of a snapshot's histograms, worked out once for each snapshot.
//!
//! A latency histogram has 34,000 buckets and a screen 200 columns: here the first becomes a short list
//! of points on the latency axis, so that drawing a frame costs what the screen has, not what was measured.

mod blame;
mod gathers;
mod past;
mod what_if;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

pub(super) use self::blame::BlameDigest;
pub(super) use self::gathers::{GatherDigest, SHARES};
pub(super) use self::past::Past;
pub(super) use self::what_if::{Cancelled, WhatIfDigest};
use super::axis;
use super::show::Show;
use crate::histogram::{Bucket, Histogram};
use crate::ledger::{Book, LaneKey, Metric};
use crate::snapshot::{Distribution, LaneView, Latency, Recent, Snapshot, Survival, Window};

/// How many lanes are shown beside each other.
pub(super) const MAX_LANES: usize = 3;

/// The quantiles of the table, with their names.
pub(super) const QUANTILES: [(f64, &str); 4] = [(0.5, "p50"), (0.9, "p90"), (0.99, "p99"), (0.999, "p99.9")];

/// Points closer than this part of a decade are one; finer than a column of any screen.
const PER_DECADE: f64 = 512.0;

/// Samples at one place of the latency axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    /// Where, in decades of nanoseconds.
    pub at: f64,
    /// How many.
    pub count: u64,
    /// Whether they lie beyond the deadline that is drawn.
    pub beyond: bool,
}

/// One lane, ready to be drawn.
#[derive(Debug)]
pub(super) struct LaneDigest {
    /// Which lane.
    pub key: LaneKey,
    /// Latencies that are known, shortest first.
    pub observed: Vec<Point>,
    /// Ages of what was cancelled or never ended, shortest first.
    pub censored: Vec<Point>,
    /// Samples, censored ones included.
    pub count: u64,
    /// Samples beyond the deadline that is drawn.
    pub beyond: u64,
    /// One for each of [`QUANTILES`].
    pub quantiles: [Option<Latency>; QUANTILES.len()],
    /// The longest.
    pub max: Option<Latency>,
    /// The arithmetic mean.
    pub mean: Option<Latency>,
    /// Median time past the deadline, of what ended late.
    pub overrun: Option<Latency>,
    spectrum: OnceLock<Spectrum>,
    /// What the spectrum is worked out of when it is first asked for.
    all: Option<Distribution>,
    survival: OnceLock<Survival>,
    /// What the survival curve is worked out of when it is first asked for; `None` of a lane that does not cancel.
    cancelling: Option<LaneView>,
    /// The shortest and the longest sample.
    span: Option<(Duration, Duration)>,
    origin: Option<Origin>,
}

/// What a lane's digest was made from; the same again gives the same digest.
#[derive(Debug)]
struct Origin {
    book: Arc<Book>,
    metric: Metric,
    window: Window,
    /// What ended lately, when that is what the window shows.
    recent: Option<Arc<Recent>>,
    /// The deadline that is drawn.
    drawn: Option<Duration>,
}

/// Latency by share of the tasks, on an axis of nines: 1 is 90 %, 2 is 99 %.
#[derive(Debug, Default)]
pub(super) struct Spectrum(Vec<(f64, Latency)>);

/// The percentiles of the long table, with their names; each is one of the spectrum's shares.
pub(super) const PERCENTILES: [(f64, &str); 8] = [
    (0.5, "p50"),
    (0.75, "p75"),
    (0.9, "p90"),
    (0.95, "p95"),
    (0.99, "p99"),
    (0.999, "p99.9"),
    (0.9999, "p99.99"),
    (0.99999, "p99.999"),
];

impl Spectrum {
    /// The first and the last share: 50 % and 99.999 %.
    pub(super) const ENDS: (f64, f64) = (std::f64::consts::LOG10_2, 5.0);

    /// How many shares there are beside the percentiles; more than columns of any screen would be of no use.
    const STEPS: u16 = 200;

    fn of(all: &Distribution) -> Self {
        let (first, last) = Self::ENDS;
        let step = |n: u16| first + (last - first) * f64::from(n) / f64::from(Self::STEPS);
        let mut at: Vec<f64> = (0..=Self::STEPS).map(step).chain(PERCENTILES.map(|(share, _)| nines(share))).collect();
        at.sort_unstable_by(f64::total_cmp);
        let shares: Vec<f64> = at.iter().map(|&nines| share(nines)).collect();
        Self(at.into_iter().zip(all.quantiles(&shares)).collect())
    }

    /// The latency that this many nines of the tasks do not exceed; `None` before there is one.
    pub(super) fn at(&self, nines: f64) -> Option<Latency> {
        let after = self.0.partition_point(|(at, _)| *at < nines);
        let near = [after.checked_sub(1), Some(after)].into_iter().flatten().filter_map(|n| self.0.get(n));
        near.min_by(|a, b| (a.0 - nines).abs().total_cmp(&(b.0 - nines).abs())).map(|(_, latency)| *latency)
    }
}

/// The share that so many nines are.
pub(super) fn share(nines: f64) -> f64 {
    1.0 - 10f64.powf(-nines)
}

/// How many nines a share is.
pub(super) fn nines(share: f64) -> f64 {
    -(1.0 - share).log10()
}

/// A snapshot's histograms, ready to be drawn.
#[derive(Debug, Default)]
pub(super) struct Digest {
    /// The lane new tasks go to, then those used before it, at most [`MAX_LANES`].
    pub lanes: Vec<Arc<LaneDigest>>,
}

impl Digest {
    /// Works out what is to be shown of `snapshot`, taking over from `previous` the lanes nothing happened to.
    pub(super) fn of(snapshot: &Snapshot, show: Show, previous: &Self) -> Self {
        let lanes = shown_lanes(snapshot)
            .into_iter()
            .map(|key| match snapshot.lanes.iter().find(|lane| lane.key == key) {
                None => Arc::new(LaneDigest::empty(key)),
                Some(lane) => previous
                    .lanes
                    .iter()
                    .find(|old| old.is_of(lane, snapshot, show))
                    .map_or_else(|| Arc::new(LaneDigest::of(lane, snapshot, show)), Arc::clone),
            })
            .collect();
        Self { lanes }
    }

    /// The shortest and the longest sample of all shown lanes.
    pub(super) fn span(&self) -> Option<(Duration, Duration)> {
        self.lanes.iter().filter_map(|lane| lane.span).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }
}

/// The lanes there is something to show of: the current one first, then the others by when they were used last.
pub(super) fn lanes(snapshot: &Snapshot) -> Vec<LaneKey> {
    let mut keys = vec![LaneKey { policy: snapshot.policy, deadline: snapshot.deadline }];
    let used = snapshot.timeline.rows().iter().rev().filter_map(|row| row.lane);
    for key in used.chain(snapshot.lanes.iter().rev().map(|lane| lane.key)) {
        // A lane that was passed through on the way says nothing.
        let has_ended = |lane: &LaneView| lane.key == key && lane.book.total_ended() + lane.unfinished() > 0;
        if !keys.contains(&key) && snapshot.lanes.iter().any(has_ended) {
            keys.push(key);
        }
    }
    keys
}

/// The first of them, which are shown beside each other.
pub(super) fn shown_lanes(snapshot: &Snapshot) -> Vec<LaneKey> {
    let mut keys = lanes(snapshot);
    keys.truncate(MAX_LANES);
    keys
}

impl LaneDigest {
    fn empty(key: LaneKey) -> Self {
        Self {
            key,
            observed: Vec::new(),
            censored: Vec::new(),
            count: 0,
            beyond: 0,
            quantiles: [None; QUANTILES.len()],
            max: None,
            mean: None,
            overrun: None,
            spectrum: OnceLock::new(),
            all: None,
            survival: OnceLock::new(),
            cancelling: None,
            span: None,
            origin: None,
        }
    }

    fn of(lane: &LaneView, snapshot: &Snapshot, show: Show) -> Self {
        let (metric, drawn) = (show.metric(&snapshot.load), snapshot.deadline);
        let all = snapshot.windowed(lane.key, metric, show.window).unwrap_or_else(|| lane.distribution(metric));
        let quantiles = all.quantiles(&QUANTILES.map(|(q, _)| q));
        let (observed, censored) = (all.observed(), all.censored());
        let samples = [Some(observed), censored];
        let samples = samples.into_iter().flatten().filter(|h| !h.is_empty());
        let digest = Self {
            key: lane.key,
            observed: points(observed, drawn, |b| b.low),
            censored: censored.map(|ages| points(ages, drawn, |b| b.low.max(ages.min()))).unwrap_or_default(),
            count: all.count(),
            beyond: drawn.map_or(0, |at| all.count_above(at)),
            quantiles: std::array::from_fn(|n| quantiles.get(n).copied()),
            spectrum: OnceLock::new(),
            max: all.max(),
            mean: all.mean(),
            // Kept over the whole run only.
            overrun: if show.window == Window::Run { lane.quantile(Metric::Overrun, 0.5) } else { None },
            span: samples.map(|h| (h.min(), h.max())).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))),
            all: None,
            survival: OnceLock::new(),
            cancelling: lane.cancels().then(|| lane.clone()),
            origin: Some(Origin {
                book: Arc::clone(&lane.book),
                metric,
                window: show.window,
                recent: recent(snapshot, show).cloned(),
                drawn,
            }),
        };
        Self { all: Some(all), ..digest }
    }

    /// Latency by share of the tasks.
    pub(super) fn spectrum(&self) -> &Spectrum {
        self.spectrum.get_or_init(|| self.all.as_ref().map(Spectrum::of).unwrap_or_default())
    }

    /// What is known of the service times of a lane that cancels, over the whole run.
    pub(super) fn survival(&self) -> Option<&Survival> {
        self.cancelling.as_ref().map(|lane| self.survival.get_or_init(|| lane.survival()))
    }

    fn is_of(&self, lane: &LaneView, snapshot: &Snapshot, show: Show) -> bool {
        self.key == lane.key
            && self.origin.as_ref().is_some_and(|origin| {
                Arc::ptr_eq(&origin.book, &lane.book)
                    && origin.metric == show.metric(&snapshot.load)
                    && origin.window == show.window
                    && origin.recent.as_ref().map(Arc::as_ptr) == recent(snapshot, show).map(Arc::as_ptr)
                    && origin.drawn == snapshot.deadline
            })
    }
}

/// What ended lately, when only that is shown.
const fn recent(snapshot: &Snapshot, show: Show) -> Option<&Arc<Recent>> {
    match show.window {
        Window::Run => None,
        _ => Some(&snapshot.recent),
    }
}

/// The samples of `histogram` as points, each bucket at `place`.
fn points(histogram: &Histogram, drawn: Option<Duration>, place: impl Fn(&Bucket) -> Duration) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::new();
    for bucket in histogram.buckets() {
        let place = place(&bucket);
        let beyond = drawn.is_some_and(|deadline| place > deadline);
        let at = (axis::decades(place) * PER_DECADE).floor() / PER_DECADE;
        match points.last_mut() {
            #[expect(clippy::float_cmp, reason = "both were rounded to the same grid")]
            Some(last) if last.at == at && last.beyond == beyond => last.count += bucket.count,
            _ => points.push(Point { at, count: bucket.count, beyond }),
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::fixture;

    #[test]
    fn the_current_lane_comes_first_even_before_it_has_a_task() {
        let mut live = fixture::live();
        live.deadline = Some(Duration::from_millis(60));
        let digest = Digest::of(&live, Show::default(), &Digest::default());
        assert_eq!(digest.lanes[0].key, LaneKey { policy: live.policy, deadline: live.deadline });
        assert_eq!((digest.lanes[0].count, digest.lanes.len()), (0, 3));
    }

    #[test]
    fn no_sample_is_lost_on_the_way_to_the_screen() {
        let finished = fixture::finished();
        let digest = Digest::of(&finished, Show::default(), &Digest::default());
        for lane in &digest.lanes {
            let drawn: u64 = lane.observed.iter().chain(&lane.censored).map(|p| p.count).sum();
            let beyond: u64 = lane.observed.iter().chain(&lane.censored).filter(|p| p.beyond).map(|p| p.count).sum();
            assert_eq!((drawn, beyond), (lane.count, lane.beyond));
            assert!(lane.count > 0 && lane.observed.is_sorted_by_key(|p| p.at));
        }
    }

    #[test]
    fn a_percentile_of_the_long_table_is_the_percentile() {
        let finished = fixture::finished();
        let digest = Digest::of(&finished, Show::default(), &Digest::default());
        for (lane, shown) in digest.lanes.iter().map(|d| (finished.lanes.iter().find(|l| l.key == d.key).unwrap(), d)) {
            let all = lane.distribution(finished.load.headline());
            for (share, name) in PERCENTILES {
                assert_eq!(shown.spectrum().at(nines(share)), all.quantile(share), "{name}");
            }
        }
    }

    #[test]
    fn a_lane_nothing_happened_to_is_not_worked_out_again() {
        let live = fixture::live();
        let first = Digest::of(&live, Show::default(), &Digest::default());
        let mut later = live.clone();
        later.lanes[1].book = Arc::new((*live.lanes[1].book).clone());
        let second = Digest::of(&later, Show::default(), &first);
        assert!(!Arc::ptr_eq(&first.lanes[0], &second.lanes[0]));
        assert!(Arc::ptr_eq(&first.lanes[1], &second.lanes[1]));
    }
}
