//! What ended lately, for whoever follows the run over time: by size since the last row of the timeline, and lane by
//! lane since it was last asked for.

use super::book::Metric;
use super::lane::LaneKey;
use crate::histogram::{Histogram, Precision, Sparse};

/// The latencies of what ended under one lane, coarse.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ended {
    /// Spawn to end.
    pub(crate) service: Sparse,
    /// Intended arrival to end; `None` when that is the same.
    pub(crate) response: Option<Sparse>,
    /// The ages of what was cancelled, or left unfinished.
    pub(crate) censored: Sparse,
}

impl Ended {
    fn tell(&mut self, metric: Metric, latencies: &Sparse) {
        match metric {
            Metric::Service => self.service.merge(latencies),
            Metric::Response => self.response.get_or_insert_default().merge(latencies),
            Metric::Censored => self.censored.merge(latencies),
            _ => {}
        }
    }

    /// Adds what ended later.
    pub(crate) fn merge(&mut self, later: &Self) {
        self.service.merge(&later.service);
        self.censored.merge(&later.censored);
        if let Some(response) = &later.response {
            self.response.get_or_insert_default().merge(response);
        }
    }
}

/// What merges have brought in. Everything here has been counted in a book before.
#[derive(Debug)]
pub(crate) struct Lately {
    headline: Metric,
    observed: Histogram,
    censored: Histogram,
    lanes: Vec<(LaneKey, Ended)>,
}

impl Lately {
    /// Nothing yet; `headline` is the metric of which all lanes together are of interest.
    pub(crate) fn new(headline: Metric) -> Self {
        Self {
            headline,
            observed: Histogram::new(Precision::Fine),
            censored: Histogram::new(Precision::Coarse),
            lanes: Vec::new(),
        }
    }

    /// Takes note of latencies that ended under `lane`.
    pub(super) fn tell(&mut self, lane: LaneKey, metric: Metric, latencies: &Sparse) {
        if metric == self.headline {
            self.observed.add_sparse(latencies);
        }
        if metric == Metric::Censored {
            self.censored.add_sparse(latencies);
        }
        self.lane(lane).tell(metric, latencies);
    }

    /// Takes note of the ages of what is left in flight for good. None of it ended, so no row has it.
    pub(super) fn leave(&mut self, lane: LaneKey, ages: &Histogram) {
        self.lane(lane).censored.merge(&ages.to_sparse());
    }

    fn lane(&mut self, lane: LaneKey) -> &mut Ended {
        let at = self.lanes.iter().position(|(known, _)| *known == lane).unwrap_or_else(|| {
            self.lanes.push((lane, Ended::default()));
            self.lanes.len() - 1
        });
        &mut self.lanes[at].1
    }

    /// The headline latencies since the last [`Lately::begin_row`].
    pub(crate) const fn observed(&self) -> &Histogram {
        &self.observed
    }

    /// The ages of what was cancelled since then.
    pub(crate) const fn censored(&self) -> &Histogram {
        &self.censored
    }

    /// Starts a row of the timeline.
    pub(crate) fn begin_row(&mut self) {
        self.observed.clear();
        self.censored.clear();
    }

    /// What ended since this was last called.
    pub(crate) fn take_lanes(&mut self) -> Vec<(LaneKey, Ended)> {
        std::mem::take(&mut self.lanes)
    }
}
