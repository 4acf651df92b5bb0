//! One of the two sides of a comparison: a lane of a run, its numbers, and how sure it is of them.

use super::bootstrap::{Sureness, sureness};
use super::series::{Series, float};
use super::{Aspect, Settings, Value};
use crate::condition::Kind;
use crate::snapshot::{Distribution, LaneView, Snapshot};

/// A lane of a run.
#[derive(Debug)]
pub(super) struct Side<'a> {
    pub(super) lane: &'a LaneView,
    pub(super) series: Series,
    latencies: Distribution,
    /// How long new tasks came, seconds.
    seconds: f64,
    sureness: [Option<Sureness>; Aspect::ALL.len()],
}

impl<'a> Side<'a> {
    /// The side of `lane`, resampled with a `seed` of its own.
    pub(super) fn new(run: &Snapshot, lane: &'a LaneView, settings: &Settings, seed: u64) -> Self {
        let series = Series::of(&run.blocks, lane.key);
        let sureness = if series.len() < super::FEWEST_BLOCKS {
            Default::default()
        } else {
            sureness(&series, settings.resamples, seed)
        };
        let seconds = if series.len() == 0 { run.loaded.as_secs_f64() } else { series.seconds() };
        Self { lane, latencies: lane.distribution(run.load.headline()), seconds, series, sureness }
    }

    /// The number itself, from the books; `None` without a task or a time.
    pub(super) fn value(&self, aspect: Aspect) -> Option<Value> {
        let lane = self.lane;
        let rate = |count| (self.seconds > 0.0).then(|| Value::PerSecond(float(count) / self.seconds));
        match (aspect.kind(), aspect) {
            (Kind::Quantile(q), _) => self.latencies.quantile(q).map(Value::Time),
            (Kind::Mean, _) => self.latencies.mean().map(Value::Time),
            (Kind::Rate, Aspect::Goodput) => rate(lane.on_time()),
            (Kind::Rate, _) => rate(lane.book.total_ended()),
            (Kind::Share, Aspect::TimedOut) => lane.timed_out_rate().map(Value::Share),
            (Kind::Share, _) => {
                let ended = lane.book.total_ended();
                (ended > 0).then(|| Value::Share(float(lane.failed() + lane.panicked()) / float(ended)))
            }
        }
    }

    /// How sure it is; `None` where there are too few blocks or none that says anything.
    pub(super) fn sureness(&self, aspect: Aspect) -> Option<Sureness> {
        Aspect::ALL.into_iter().zip(self.sureness).find(|(of, _)| *of == aspect)?.1
    }

    /// How many tasks tell: those beyond a quantile, those of which a rate or a share is, and those it is not of.
    pub(super) fn telling(&self, aspect: Aspect) -> (u64, u64) {
        let lane = self.lane;
        let (part, whole) = match (aspect.kind(), aspect) {
            (Kind::Quantile(q), _) => {
                let all = self.latencies.count();
                return (beyond(all, q), u64::MAX);
            }
            (Kind::Mean, _) => return (self.latencies.count(), u64::MAX),
            (Kind::Rate, Aspect::Goodput) => return (lane.on_time(), u64::MAX),
            (Kind::Rate, _) => return (lane.book.total_ended(), u64::MAX),
            (Kind::Share, Aspect::TimedOut) => (lane.timed_out(), lane.spawned - lane.undecided()),
            (Kind::Share, _) => (lane.failed() + lane.panicked(), lane.book.total_ended()),
        };
        (part, whole.saturating_sub(part))
    }
}

/// How many of `all` lie beyond the quantile `q`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a count")]
fn beyond(all: u64, q: f64) -> u64 {
    (float(all) * (1.0 - q) + 1e-6) as u64
}
