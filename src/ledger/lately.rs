//! What ended lately, lane by lane, for whoever follows the run over time: since the last row of the timeline, and
//! since it was last asked for.

use serde::{Deserialize, Serialize};

use super::lane::LaneKey;
use crate::histogram::{Histogram, Precision, Sparse};
use crate::metric::Metric;

/// The latencies of what ended under one lane, coarse.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
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

    /// The latencies of `metric`, of which there are service and response times.
    pub(crate) fn latencies(&self, metric: Metric) -> &Sparse {
        match (metric, &self.response) {
            (Metric::Response, Some(response)) => response,
            _ => &self.service,
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

/// What ended under one lane since the last row of the timeline.
#[derive(Debug)]
pub(crate) struct InRow {
    /// Which lane.
    pub(crate) lane: LaneKey,
    /// The headline latencies.
    pub(crate) observed: Histogram,
    /// The ages of what was cancelled.
    pub(crate) censored: Histogram,
}

/// What merges have brought in. Everything here has been counted in a book before.
#[derive(Debug)]
pub(crate) struct Lately {
    headline: Metric,
    row: Vec<InRow>,
    /// Spawn to first poll over all lanes, since the last row.
    start_delay: Histogram,
    lanes: Vec<(LaneKey, Ended)>,
}

impl Lately {
    /// Nothing yet; `headline` is the metric that rows are of.
    pub(crate) fn new(headline: Metric) -> Self {
        Self { headline, row: Vec::new(), start_delay: Histogram::new(Precision::Coarse), lanes: Vec::new() }
    }

    /// Takes note of latencies that ended under `lane`.
    pub(super) fn tell(&mut self, lane: LaneKey, metric: Metric, latencies: &Sparse) {
        if metric == self.headline {
            self.in_row(lane).observed.add_sparse(latencies);
        }
        match metric {
            Metric::Censored => self.in_row(lane).censored.add_sparse(latencies),
            Metric::StartDelay => self.start_delay.add_sparse(latencies),
            _ => {}
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

    fn in_row(&mut self, lane: LaneKey) -> &mut InRow {
        let at = self.row.iter().position(|known| known.lane == lane).unwrap_or_else(|| {
            let [observed, censored] = [Precision::Fine, Precision::Coarse].map(Histogram::new);
            self.row.push(InRow { lane, observed, censored });
            self.row.len() - 1
        });
        &mut self.row[at]
    }

    /// What ended since the last [`Lately::begin_row`], lane by lane.
    pub(crate) fn row(&self) -> &[InRow] {
        &self.row
    }

    /// Spawn to first poll of what ended since then.
    pub(crate) const fn start_delay(&self) -> &Histogram {
        &self.start_delay
    }

    /// Starts a row of the timeline; a lane under which nothing ended in the last one gives its memory back.
    pub(crate) fn begin_row(&mut self) {
        self.row.retain(|lane| !lane.observed.is_empty() || !lane.censored.is_empty());
        for lane in &mut self.row {
            lane.observed.clear();
            lane.censored.clear();
        }
        self.start_delay.clear();
    }

    /// The metric that rows are of.
    pub(crate) const fn headline(&self) -> Metric {
        self.headline
    }

    /// What ended since this was last called.
    pub(crate) fn take_lanes(&mut self) -> Vec<(LaneKey, Ended)> {
        std::mem::take(&mut self.lanes)
    }
}
