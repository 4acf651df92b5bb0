use proptest::prelude::*;

use super::*;
use crate::snapshot::fixture;

fn ended(at: u64, count: u64) -> Sample {
    Sample { at, is_censored: false, count }
}

fn censored(at: u64, count: u64) -> Sample {
    Sample { at, is_censored: true, count }
}

fn ns(ns: u64) -> Duration {
    Duration::from_nanos(ns)
}

fn shares(curve: &Survival) -> Vec<f64> {
    curve.steps().iter().map(|step| step.longer.share).collect()
}

#[test]
fn without_cancellations_the_curve_is_the_share_that_took_longer() {
    let curve = Survival::of(vec![ended(10, 6), ended(20, 3), ended(30, 1)], None);
    assert_eq!(shares(&curve), [0.4, 0.1, 0.0]);
    for (time, share) in [(9, 1.0), (10, 0.4), (19, 0.4), (29, 0.1), (30, 0.0), (1_000, 0.0)] {
        assert_eq!(curve.longer_than(ns(time)).map(|longer| longer.share), Some(share), "{time}");
    }
    assert_eq!((curve.tasks(), curve.known_until()), (10, None));
}

#[test]
fn a_task_that_was_cut_off_counts_until_then_and_after_the_ends_of_that_instant() {
    // Kaplan and Meier by hand: 4/5, then 4/5 · 2/3, then 4/5 · 2/3 · 0.
    let curve = Survival::of(vec![ended(1, 1), censored(1, 1), ended(2, 1), censored(3, 1), ended(4, 1)], None);
    assert_eq!(curve.steps().iter().map(|step| step.at_risk).collect::<Vec<_>>(), [5, 3, 2, 1]);
    let expected = [0.8, 0.8 * 2.0 / 3.0, 0.8 * 2.0 / 3.0, 0.0];
    assert!(shares(&curve).iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15));
}

#[test]
fn what_ends_between_the_deadline_and_its_cancellation_says_nothing_of_the_cancelled() {
    let curve = Survival::of(vec![ended(10, 90), censored(51, 9), ended(52, 1)], Some(50));
    assert_eq!((curve.known_until(), curve.cut_off()), (Some(ns(50)), 10));
    assert_eq!(curve.longer_than(ns(50)).map(|longer| longer.share), Some(0.1));
    assert_eq!(curve.longer_than(ns(51)), None);
    assert_eq!(curve.quantile(0.9).map(|q| q.at), Some(ns(10)));
    assert_eq!(curve.quantile(0.91), None);
}

#[test]
fn nothing_is_known_of_a_lane_without_tasks_and_only_a_start_of_one_whose_tasks_were_all_cut_off() {
    let none = Survival::default();
    assert_eq!((none.longer_than(ns(1)), none.quantile(0.5), none.known_until(), none.tasks()), (None, None, None, 0));
    let all = Survival::of(vec![censored(20, 7)], None);
    assert_eq!((all.longer_than(ns(20)).map(|longer| longer.share), all.longer_than(ns(21))), (Some(1.0), None));
    assert_eq!((all.quantile(0.5), all.known_until()), (None, Some(ns(20))));
}

#[test]
fn the_bounds_of_a_quantile_lie_round_it_as_far_as_the_curve_goes() {
    let curve = Survival::of((1..=100).map(|n| ended(n * 10, 1)).collect(), None);
    let median = curve.quantile(0.5).unwrap();
    // Brookmeyer and Crowley (1982): where the bounds of the curve cross one half; about 10 of 100 to either side.
    assert_eq!(median.at, ns(500));
    assert!(
        (ns(380)..ns(450)).contains(&median.low) && (ns(560)..ns(620)).contains(&median.high.unwrap()),
        "{median:?}"
    );
    assert_eq!(curve.quantile(1.0).unwrap().high, None);
}

#[test]
fn a_live_lane_counts_what_is_in_flight_for_as_long_as_it_has_taken() {
    let live = fixture::live();
    let lane = &live.lanes[0];
    assert_eq!(lane.survival().tasks(), lane.spawned);
    let blind = LaneView { ages: None, ..lane.clone() };
    let at = |lane: &LaneView| lane.survival().longer_than(Duration::from_millis(800)).unwrap().share;
    assert!(at(lane) > at(&blind));
}

#[test]
fn at_its_own_deadline_the_curve_is_what_the_clock_decided() {
    for lane in fixture::finished().lanes {
        let missed = lane.survival().longer_than(fixture::DEADLINE).unwrap().share;
        // Some of what is unfinished had not met its deadline when the run ended: it is known to have missed none.
        let apart = lane.undecided() as f64 / lane.spawned as f64;
        assert!((missed - lane.timed_out_rate().unwrap()).abs() <= apart + 1e-12, "{}", lane.key);
    }
}

fn samples() -> impl Strategy<Value = Vec<Sample>> {
    let sample = (1u64..300, any::<bool>(), 1u64..5);
    prop::collection::vec(sample.prop_map(|(at, is_censored, count)| Sample { at, is_censored, count }), 1..60)
}

proptest! {
    #[test]
    fn the_curve_never_rises_and_lies_within_its_bounds(samples in samples(), end in prop::option::of(1u64..300)) {
        let curve = Survival::of(samples.clone(), end);
        let tasks: u64 = samples.iter().map(|sample| sample.count).sum();
        prop_assert_eq!(curve.steps().iter().map(|step| step.ended + step.censored).sum::<u64>(), tasks);
        prop_assert!(shares(&curve).windows(2).all(|pair| pair[0] >= pair[1]));
        for step in curve.steps() {
            let Estimate { share, low, high } = step.longer;
            prop_assert!(0.0 <= low && low <= share && share <= high && high <= 1.0, "{:?}", step);
        }
    }

    #[test]
    fn a_quantile_is_the_first_instant_that_so_many_do_not_exceed(samples in samples(), q in 0.0f64..=1.0) {
        let curve = Survival::of(samples, None);
        let first = curve.steps().iter().find(|step| 1.0 - step.longer.share >= q - 1e-9).map(|step| step.at);
        prop_assert_eq!(curve.quantile(q).map(|quantile| quantile.at), first);
    }

    #[test]
    fn the_mean_within_a_time_is_the_area_under_the_curve(samples in samples(), time in 0u64..400) {
        let curve = Survival::of(samples, None);
        let last = curve.steps().last().map_or(0, |step| nanos(step.at));
        let by_units: f64 = (0..time.min(last)).map(|t| curve.longer_than(ns(t)).unwrap().share).sum();
        prop_assert!((curve.mean_within(ns(time)) - by_units).abs() < 1e-6);
    }
}
