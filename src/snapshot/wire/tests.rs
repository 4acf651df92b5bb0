use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::snapshot::{Counts, RunInfo, Timeline, TimelineRow, fixture};

#[test]
fn a_snapshot_comes_back_as_it_was_but_for_what_is_not_told() {
    for run in [fixture::empty(), fixture::live(), fixture::overload(), fixture::finished(), fixture::keeping()] {
        let bytes = run.to_bytes().unwrap();
        let again = Snapshot::from_bytes(&bytes).unwrap();
        assert!(again.to_bytes().unwrap() == bytes, "{}", run.info.scenario);
        assert_eq!(again.elapsed, run.elapsed);
        for (lane, again) in run.lanes.iter().zip(&again.lanes) {
            assert_eq!(
                (lane.key, lane.spawned, lane.in_flight(), lane.on_time()),
                (again.key, again.spawned, again.in_flight(), again.on_time())
            );
            let p99 = |lane: &crate::snapshot::LaneView| lane.distribution(run.load.headline()).quantile(0.99);
            assert_eq!(p99(lane), p99(again));
        }
    }
}

#[test]
fn a_minute_of_a_run_with_two_lanes_is_a_small_message() {
    let bytes = fixture::tour(60, 30).to_bytes().unwrap().len();
    assert!((10_000..400_000).contains(&bytes), "{bytes}");
}

/// A run of which the timeline has so many rows like this one.
fn with_rows(number: u64, row: &TimelineRow) -> Snapshot {
    let rows = (0..number).map(|at| TimelineRow { at: Duration::from_nanos(at), ..row.clone() }).collect();
    Snapshot { timeline: Arc::new(Timeline::restored(rows, Vec::new())), ..fixture::finished() }
}

#[test]
fn rows_that_are_read_can_be_added_up() {
    let largest = 1 << 36;
    let counts = Counts { done: largest, ..Counts::default() };
    let row = TimelineRow { length: Duration::from_secs(largest), counts, ..TimelineRow::default() };
    let many = with_rows(MOST_ROWS as u64, &row);
    let read = |run: &Snapshot| Snapshot::from_bytes(&run.to_bytes().unwrap()).map(Arc::new);
    let shard = read(&many).unwrap();
    let sum = Snapshot::sum(RunInfo::clone(&many.info), &vec![shard; 3]).unwrap();
    let done: u64 = sum.timeline.rows().iter().map(|row| row.counts.done).sum();
    assert_eq!(done, 3 * largest * MOST_ROWS as u64);

    let told = |run: &Snapshot| read(run).unwrap_err().to_string();
    let more = with_rows(MOST_ROWS as u64 + 1, &TimelineRow::default());
    assert_eq!(told(&more), "no snapshot of a run: 65537 rows are more than a run has");
    let too_large = "no snapshot of a run: the number 68719476737 is too large";
    let longer = TimelineRow { length: Duration::from_secs(largest + 1), ..row.clone() };
    assert_eq!(told(&with_rows(1, &longer)), too_large);
    let counts = Counts { done: largest + 1, ..Counts::default() };
    assert_eq!(told(&with_rows(1, &TimelineRow { counts, ..row })), too_large);
}

#[test]
fn numbers_that_no_run_has_are_refused() {
    let mut run = fixture::live();
    run.elapsed = Duration::MAX;
    let error = Snapshot::from_bytes(&run.to_bytes().unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "no snapshot of a run: the number 18446744073709551615 is too large");
    run.elapsed = Duration::ZERO;
    run.runtime.busy_share = f64::NAN;
    assert_eq!(
        Snapshot::from_bytes(&run.to_bytes().unwrap()).unwrap_err().to_string(),
        "no snapshot of a run: NaN is no number"
    );
}
