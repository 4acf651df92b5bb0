//! The run second by second, in bounded memory.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Counts, Heat};
use crate::ledger::LaneKey;

/// The largest number of rows kept; beyond it two rows become one.
pub const MAX_ROWS: usize = 4096;

/// What happened in one stretch of time, over all lanes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct TimelineRow {
    /// When it began, since measuring began.
    pub at: Duration,
    /// How long it lasted.
    pub length: Duration,
    /// What tasks did in it.
    pub counts: Counts,
    /// Tasks in flight at its end.
    pub in_flight: u64,
    /// Tasks overdue at its end.
    pub overdue: u64,
    /// Median headline latency of what ended in it; `None` when nothing did.
    pub p50: Option<Duration>,
    /// Its 90th percentile.
    pub p90: Option<Duration>,
    /// Its 99th percentile.
    pub p99: Option<Duration>,
    /// Its 99.9th percentile.
    pub p999: Option<Duration>,
    /// The longest.
    pub max: Option<Duration>,
    /// The headline latencies of what ended in it, by lane and size.
    pub heat: Heat,
    /// The lane new tasks went to at its end.
    pub lane: Option<LaneKey>,
}

impl TimelineRow {
    /// A count as a rate a second.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "2^53 tasks a second are out of reach")]
    pub fn per_second(&self, count: u64) -> f64 {
        let seconds = self.length.as_secs_f64();
        if seconds > 0.0 { count as f64 / seconds } else { 0.0 }
    }

    /// Neighbouring rows as one; `None` of no rows. Percentiles have no exact joint value: the largest is kept.
    #[must_use]
    pub fn joined(rows: &[Self]) -> Option<Self> {
        let (first, rest) = rows.split_first()?;
        let mut all = first.clone();
        for row in rest {
            all.absorb_all_but_heat(row);
        }
        if !rest.is_empty() {
            all.heat = Heat::joined(rows.iter().map(|row| &row.heat));
        }
        Some(all)
    }

    fn absorb_all_but_heat(&mut self, next: &Self) {
        self.length += next.length;
        self.counts = self.counts + next.counts;
        (self.in_flight, self.overdue, self.lane) = (next.in_flight, next.overdue, next.lane);
        self.p50 = self.p50.max(next.p50);
        self.p90 = self.p90.max(next.p90);
        self.p99 = self.p99.max(next.p99);
        self.p999 = self.p999.max(next.p999);
        self.max = self.max.max(next.max);
    }
}

/// Something the user changed while the run went on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// When, since measuring began.
    pub at: Duration,
    /// What, in words: `observe → cancel`.
    pub what: String,
}

/// Rows of equal length, oldest first, and the changes made along the way.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Timeline {
    rows: Vec<TimelineRow>,
    markers: Vec<Marker>,
    /// How many pushed rows make one kept row.
    stride: usize,
    partial: usize,
}

impl Timeline {
    /// Adds the next stretch of time.
    pub fn push(&mut self, row: TimelineRow) {
        let stride = self.stride.max(1);
        match self.rows.last_mut() {
            Some(last) if self.partial > 0 => {
                last.absorb_all_but_heat(&row);
                last.heat = Heat::joined([&last.heat, &row.heat]);
            }
            _ => self.rows.push(row),
        }
        self.partial = (self.partial + 1) % stride;
        if self.rows.len() == MAX_ROWS && self.partial == 0 {
            self.halve();
            self.stride = stride * 2;
        }
    }

    fn halve(&mut self) {
        self.rows = self.rows.chunks(2).filter_map(TimelineRow::joined).collect();
    }

    /// Notes a change; the oldest are forgotten beyond [`MAX_ROWS`].
    pub fn mark(&mut self, marker: Marker) {
        if self.markers.len() == MAX_ROWS {
            self.markers.remove(0);
        }
        self.markers.push(marker);
    }

    /// Rows and changes that were told apart before.
    pub(super) fn restored(rows: Vec<TimelineRow>, markers: Vec<Marker>) -> Self {
        Self { rows, markers, ..Self::default() }
    }

    /// The rows to which nothing is added any more.
    pub(super) fn whole_rows(&self) -> &[TimelineRow] {
        &self.rows[..self.rows.len().saturating_sub(usize::from(self.partial > 0))]
    }

    /// The rows, oldest first.
    #[must_use]
    pub fn rows(&self) -> &[TimelineRow] {
        &self.rows
    }

    /// How long new tasks went to a lane in the first `loaded` of it, as far as rows can tell: those that ended with it.
    pub(crate) fn time_of(&self, lane: LaneKey, loaded: Duration) -> Duration {
        let rows = self.rows.iter().filter(|row| row.lane == Some(lane));
        rows.map(|row| row.length.min(loaded.saturating_sub(row.at))).sum()
    }

    /// The changes, oldest first.
    #[must_use]
    pub fn markers(&self) -> &[Marker] {
        &self.markers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::fixture;

    #[test]
    fn rows_that_are_joined_keep_their_heat() {
        let timeline = fixture::long().timeline;
        let heat = |rows: &[TimelineRow]| -> u64 {
            rows.iter().flat_map(|row| row.heat.cells()).map(|cell| cell.observed + cell.censored).sum()
        };
        let mut halved = Timeline::clone(&timeline);
        halved.halve();
        assert_eq!(
            (halved.rows().len(), heat(halved.rows())),
            (timeline.rows().len().div_ceil(2), heat(timeline.rows()))
        );
    }

    #[test]
    fn a_long_run_keeps_every_count_in_bounded_memory() {
        let mut timeline = Timeline::default();
        let n = 3 * MAX_ROWS + 17;
        for i in 0..n {
            let at = Duration::from_secs(i as u64);
            let counts = Counts { done: 1, ..Counts::default() };
            timeline.push(TimelineRow { at, length: Duration::from_secs(1), counts, ..TimelineRow::default() });
        }
        assert!(timeline.rows().len() < MAX_ROWS);
        assert_eq!(timeline.rows().iter().map(|r| r.counts.done).sum::<u64>(), n as u64);
        assert!(timeline.rows().windows(2).all(|w| w[0].at + w[0].length == w[1].at));
    }
}
