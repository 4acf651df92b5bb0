//! The histograms of a run by lane and metric, under the names that tools of `HdrHistogram` show.
//!
//! A tag such as `observe-250ms/response` names lane and metric, the metrics of `histogram.csv` over all endings;
//! `censored` has the unfinished tasks, too.

use crate::histogram::{Histogram, Precision};
use crate::ledger::{LaneKey, Metric};
use crate::outcome::Policy;
use crate::snapshot::LaneView;
use crate::units;

/// The name of the latencies of gathers, which are no metric of tasks.
pub(crate) const GATHER: &str = "gather";

/// The tag of one metric of a lane.
pub(super) fn tag(lane: LaneKey, metric: &str) -> String {
    let deadline = lane.deadline.map_or_else(|| "none".to_owned(), |after| units::exact(after).replace(' ', ""));
    format!("{}-{deadline}/{metric}", lane.policy.word())
}

/// The lane and the metric of a tag; `None` of one that another tool chose.
pub(crate) fn untag(tag: &str) -> Option<(LaneKey, &str)> {
    let (lane, metric) = tag.split_once('/')?;
    let (word, deadline) = lane.split_once('-')?;
    let policy = [Policy::Observe, Policy::Cancel].into_iter().find(|policy| policy.word() == word)?;
    let deadline = if deadline == "none" { None } else { Some(units::parse_duration(deadline).ok()?) };
    let is_known = metric == GATHER || Metric::ALL.iter().any(|known| known.word() == metric);
    is_known.then_some((LaneKey { policy, deadline }, metric))
}

/// All samples of a lane, by metric.
pub(super) fn metrics(lane: &LaneView) -> impl Iterator<Item = (&'static str, Histogram)> {
    let tasks = Metric::ALL.into_iter().map(|metric| {
        let unfinished = lane.book.unfinished().filter(|_| metric == Metric::Censored);
        let mut all = Histogram::new(metric.precision());
        lane.book.cells(metric).map(|(_, samples)| samples).chain(unfinished).for_each(|samples| all.merge(samples));
        (metric.word(), all)
    });
    let gathers = lane.book.gathers().map(|gathers| {
        let mut all = Histogram::new(Precision::Fine);
        all.merge(&gathers.latency);
        (GATHER, all)
    });
    tasks.chain(gathers)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_tag_names_its_lane_and_its_metric_again() {
        for deadline in
            [None, Some(Duration::from_millis(250)), Some(Duration::from_millis(1_500)), Some(Duration::from_nanos(1))]
        {
            for policy in [Policy::Observe, Policy::Cancel] {
                let key = LaneKey { policy, deadline };
                assert_eq!(untag(&tag(key, "response")), Some((key, "response")), "{key:?}");
            }
        }
        for other in ["", "GET /", "observe-250ms", "observe-250ms/colour", "observe-soon/response", "watch-1s/gather"]
        {
            assert_eq!(untag(other), None, "{other}");
        }
    }
}
