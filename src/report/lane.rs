//! Which lanes have charts of their own, and those charts.

use std::time::Duration;

use super::chart::{Chart, Times, blame, histogram, spectrum};
use super::scale::Latencies;
use crate::histogram::Histogram;
use crate::snapshot::{Distribution, LaneView, Snapshot};

/// The most lanes that have charts; tables have all.
pub(super) const CHARTED: usize = 4;

/// The lanes that most tasks were spawned under, in the order of the run.
pub(super) fn charted(run: &Snapshot) -> Vec<&LaneView> {
    let mut lanes: Vec<(usize, &LaneView)> =
        run.lanes.iter().enumerate().filter(|(_, lane)| lane.spawned > 0).collect();
    lanes.sort_by_key(|(_, lane)| std::cmp::Reverse(lane.spawned));
    lanes.truncate(CHARTED);
    lanes.sort_by_key(|(n, _)| *n);
    lanes.into_iter().map(|(_, lane)| lane).collect()
}

/// What to say where some have none.
pub(super) fn left_out(run: &Snapshot) -> Option<String> {
    let all = run.lanes.iter().filter(|lane| lane.spawned > 0).count();
    (all > CHARTED).then(|| format!("Charts are of the {CHARTED} lanes of {all} that had the most tasks."))
}

/// A histogram a lane, and the percentiles of all of them.
pub(super) fn latencies(prefix: &str, run: &Snapshot) -> Vec<Chart> {
    let metric = run.load.headline();
    let lanes: Vec<(&LaneView, Distribution)> =
        charted(run).into_iter().map(|lane| (lane, lane.distribution(metric))).collect();
    let deadlines = deadlines(&lanes);
    let axis = axis(lanes.iter().map(|(_, times)| times), &deadlines);
    let word = metric.word();
    let one = |(n, (lane, times)): (usize, &(&LaneView, Distribution))| {
        let title = format!("{} time, {}", capital(word), lane.key);
        let times = Times { observed: times.observed(), censored: times.censored(), deadline: lane.key.deadline };
        histogram(format!("{prefix}histogram-{n}"), title, times, axis)
    };
    let named: Vec<_> = lanes.iter().map(|(lane, times)| (lane.key.to_string(), times)).collect();
    let percentiles = spectrum(format!("{prefix}percentiles"), &named, &deadlines, axis);
    (0..).zip(&lanes).filter_map(one).chain(percentiles).collect()
}

/// The axis that has room for all of these, their deadlines included.
pub(super) fn axis<'a>(all: impl IntoIterator<Item = &'a Distribution>, deadlines: &[Duration]) -> Latencies {
    let all = all.into_iter().flat_map(|times| [Some(times.observed()), times.censored()]).flatten();
    let ends = all.filter(|times| !times.is_empty()).flat_map(|times| [times.min(), times.max()]);
    Latencies::around(ends.chain(deadlines.iter().copied()))
}

fn deadlines(lanes: &[(&LaneView, Distribution)]) -> Vec<Duration> {
    let mut deadlines: Vec<_> = lanes.iter().filter_map(|(lane, _)| lane.key.deadline).collect();
    deadlines.sort_unstable();
    deadlines.dedup();
    deadlines
}

/// How long gathers took, lane by lane.
pub(super) fn gathers(prefix: &str, run: &Snapshot) -> Vec<Chart> {
    let lanes: Vec<(&LaneView, &Histogram)> =
        charted(run).into_iter().filter_map(|lane| Some((lane, &lane.book.gathers()?.latency))).collect();
    let filled = lanes.iter().filter(|(_, times)| !times.is_empty());
    let axis = Latencies::around(
        filled.flat_map(|(lane, times)| [Some(times.min()), Some(times.max()), lane.key.deadline]).flatten(),
    );
    let one = |(n, (lane, times)): (usize, &(&LaneView, &Histogram))| {
        let title = format!("Gathers, {}", lane.key);
        let times = Times { observed: times, censored: None, deadline: lane.key.deadline };
        histogram(format!("{prefix}gathers-{n}"), title, times, axis)
    };
    (0..).zip(&lanes).filter_map(one).collect()
}

/// Where late tasks were, lane by lane.
pub(super) fn blames(prefix: &str, run: &Snapshot) -> Vec<Chart> {
    let one =
        |(n, lane): (usize, &&LaneView)| blame(format!("{prefix}blame-{n}"), &lane.key.to_string(), &run.blame(lane));
    (0..).zip(&charted(run)).filter_map(one).collect()
}

/// A word as a sentence begins with it.
fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
