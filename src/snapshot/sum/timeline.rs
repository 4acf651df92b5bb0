//! The timelines of several shards as one: second by second since each began to measure.
//!
//! A row of a shard goes to the row of the sum in which its middle lies. Percentiles of rows cannot be added up, but those of
//! all lie between the smallest and the largest of the shards: there the heat says where, to the width of its cells.

use std::sync::Arc;
use std::time::Duration;

use crate::snapshot::{Counts, Heat, Latency, Snapshot, Timeline, TimelineRow};

/// What a row is rounded to, for shards do not tick at the same instant.
const SECOND: Duration = Duration::from_secs(1);

/// The most rows there are.
const MOST: u32 = 4_096;

/// The timelines of all shards as one; changes are those of the first.
pub(super) fn sum(shards: &[Arc<Snapshot>]) -> Timeline {
    let timelines = || shards.iter().map(|shard| shard.timeline.rows());
    let end = timelines().filter_map(<[_]>::last).map(|row| row.at + row.length).max().unwrap_or_default();
    let length = timelines().map(spacing).max().unwrap_or_default();
    // However long a row says it is, there are no more than a timeline has.
    let length = whole_seconds(length.max(end / MOST));
    let mut columns: Vec<Column<'_>> = timelines().map(Column::new).collect();
    let mut all = Timeline::default();
    let mut at = Duration::ZERO;
    while at < end {
        let until = end.min(at + length);
        let rows: Vec<TimelineRow> = columns.iter_mut().map(|column| column.take(until, until == end)).collect();
        all.push(TimelineRow { at, length: until.saturating_sub(at), ..together(&rows) });
        at = until;
    }
    for marker in shards.iter().take(1).flat_map(|shard| shard.timeline.markers()) {
        all.mark(marker.clone());
    }
    all
}

/// The time from one row to the next, which one late tick does not change much.
fn spacing(rows: &[TimelineRow]) -> Duration {
    let between = u32::try_from(rows.len()).unwrap_or(MOST).saturating_sub(1).clamp(1, MOST);
    rows.last().map_or(SECOND, |last| last.at / between)
}

fn whole_seconds(length: Duration) -> Duration {
    Duration::from_secs((length + SECOND / 2).as_secs().max(1))
}

/// The rows of one shard that were not taken yet.
struct Column<'a> {
    rows: &'a [TimelineRow],
    /// What is in flight and overdue, and the lane of new tasks, at the end of the last that was.
    before: TimelineRow,
}

impl<'a> Column<'a> {
    fn new(rows: &'a [TimelineRow]) -> Self {
        Self { rows, before: TimelineRow::default() }
    }

    /// Takes the rows whose middle is before `until`, as one; all that are left where it is the last.
    fn take(&mut self, until: Duration, is_last: bool) -> TimelineRow {
        let is_within = |row: &TimelineRow| is_last || row.at + row.length / 2 < until;
        let (taken, rest) = self.rows.split_at(self.rows.partition_point(is_within));
        self.rows = rest;
        let row = TimelineRow::joined(taken).unwrap_or_else(|| self.before.clone());
        let TimelineRow { in_flight, overdue, lane, .. } = row;
        self.before = TimelineRow { in_flight, overdue, lane, ..TimelineRow::default() };
        row
    }
}

/// What shards did at the same time.
fn together(rows: &[TimelineRow]) -> TimelineRow {
    let heat = Heat::joined(rows.iter().map(|row| &row.heat));
    let between = |share: f64, of: fn(&TimelineRow) -> Option<Duration>| {
        let (least, most) = (rows.iter().filter_map(of).min()?, rows.iter().filter_map(of).max()?);
        let near = heat.observed().quantile(share, None).map_or(most, Latency::bound);
        Some(near.clamp(least, most))
    };
    let sum = |of: fn(&TimelineRow) -> u64| rows.iter().map(of).sum();
    TimelineRow {
        counts: rows.iter().fold(Counts::default(), |sum, row| sum + row.counts),
        in_flight: sum(|row| row.in_flight),
        overdue: sum(|row| row.overdue),
        p50: between(0.5, |row| row.p50),
        p90: between(0.9, |row| row.p90),
        p99: between(0.99, |row| row.p99),
        p999: between(0.999, |row| row.p999),
        max: rows.iter().filter_map(|row| row.max).max(),
        lane: rows.iter().find_map(|row| row.lane),
        heat,
        ..TimelineRow::default()
    }
}
