//! The run over time, in no more columns than a screen has, worked out once for each row that comes.

use std::sync::Arc;
use std::time::Duration;

use crate::snapshot::{Heat, Snapshot, Timeline, TimelineRow};

/// Columns kept at most: more than a screen has, and few enough to join again for every frame.
const MOST: usize = 512;

/// The latency round which the axis is laid while there is nothing to go by.
const FIRST: Duration = Duration::from_millis(30);

/// Cells of latency shown at least, and on either side of what has fewer.
const MARGIN: usize = 20;

/// What the ends of the latency axis are rounded to, so that it holds still: half a decade.
const STEP: usize = 10;

/// A timeline, ready to be drawn.
#[derive(Debug, Default)]
pub(in crate::tui) struct Past {
    rows: Vec<TimelineRow>,
    /// The cells of latency to be shown, the end not included.
    cells: (usize, usize),
    origin: Option<Arc<Timeline>>,
}

impl Past {
    /// Takes in the timeline as it is now; one that has not changed costs nothing.
    pub(in crate::tui) fn refresh(&mut self, snapshot: &Snapshot) {
        let timeline = &snapshot.timeline;
        if self.origin.as_ref().is_some_and(|origin| Arc::ptr_eq(origin, timeline)) {
            return;
        }
        let rows = timeline.rows();
        let together = rows.len().div_ceil(MOST).next_power_of_two();
        self.rows = rows.chunks(together).filter_map(TimelineRow::joined).collect();
        self.cells = extent(&self.rows, snapshot.deadline);
        self.origin = Some(Arc::clone(timeline));
    }

    /// The rows, oldest first; all of them but the last stand for the same time.
    pub(in crate::tui) fn rows(&self) -> &[TimelineRow] {
        &self.rows
    }

    /// The cells of latency that hold something or a deadline, with some room: the first, and the one after the last.
    pub(in crate::tui) fn cells(&self) -> (usize, usize) {
        self.cells
    }
}

/// Every latency that was measured, and the deadlines.
fn extent(rows: &[TimelineRow], deadline: Option<Duration>) -> (usize, usize) {
    let ends = |row: &TimelineRow| {
        let places = || row.heat.cells().map(|cell| cell.at);
        // A past run may have percentiles and no heat.
        let [first, last] = [row.p50, row.p999].map(|quantile| quantile.map(Heat::place));
        Some((places().next().or(first)?, places().last().or(last)?))
    };
    let measured = rows.iter().filter_map(ends);
    let used = rows.iter().filter_map(|row| row.lane?.deadline);
    let deadlines = used.chain(deadline).map(Heat::place);
    let all = measured.chain(deadlines.map(|at| (at, at))).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let (low, high) = all.unwrap_or_else(|| (Heat::place(FIRST), Heat::place(FIRST)));
    let (low, high) = if high - low < MARGIN { (low.saturating_sub(MARGIN), high + MARGIN) } else { (low, high) };
    (low / STEP * STEP, (high + 1).next_multiple_of(STEP))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::fixture;

    fn with(timeline: Timeline) -> Snapshot {
        Snapshot { timeline: Arc::new(timeline), ..fixture::live() }
    }

    fn past(snapshot: &Snapshot) -> Past {
        let mut past = Past::default();
        past.refresh(snapshot);
        past
    }

    #[test]
    fn a_timeline_of_any_length_fits_and_loses_no_task() {
        for n in [0, 1, 42, 511, 512, 513, 1_500, 4_000] {
            let mut timeline = Timeline::default();
            let live = fixture::live();
            for (second, row) in (0..n).zip(live.timeline.rows().iter().cycle()) {
                timeline.push(TimelineRow { at: Duration::from_secs(second), ..row.clone() });
            }
            let done = |rows: &[TimelineRow]| rows.iter().map(|row| row.counts.done).sum::<u64>();
            let kept = done(timeline.rows());
            let past = past(&with(timeline));
            assert!(past.rows().len() <= MOST);
            assert_eq!(done(past.rows()), kept, "{n}");
        }
    }

    #[test]
    fn every_latency_and_every_deadline_is_on_the_axis() {
        let past = past(&fixture::live());
        let (low, high) = past.cells();
        let mut cells = past.rows().iter().flat_map(|row| row.heat.cells());
        assert!(cells.all(|cell| (low..high).contains(&cell.at)));
        assert!((low..high).contains(&Heat::place(fixture::DEADLINE)));
    }

    #[test]
    fn the_same_timeline_is_not_worked_out_again() {
        let live = fixture::live();
        let mut past = past(&live);
        past.rows.clear();
        past.refresh(&live);
        assert!(past.rows.is_empty());
        past.refresh(&with(Timeline::clone(&live.timeline)));
        assert_eq!(past.rows.len(), 42);
    }
}
