use super::*;
use crate::snapshot::fixture;

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

#[test]
fn numbers_that_no_run_has_are_refused() {
    let mut run = fixture::live();
    run.elapsed = std::time::Duration::MAX;
    let error = Snapshot::from_bytes(&run.to_bytes().unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "no snapshot of a run: the number 18446744073709551615 is too large");
    run.elapsed = std::time::Duration::ZERO;
    run.runtime.busy_share = f64::NAN;
    assert_eq!(
        Snapshot::from_bytes(&run.to_bytes().unwrap()).unwrap_err().to_string(),
        "no snapshot of a run: NaN is no number"
    );
}
