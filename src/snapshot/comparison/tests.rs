use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::outcome::Policy;
use crate::snapshot::fixture::simulated::{Model, STEADY, WAVERING};
use crate::snapshot::fixture::{self, DEADLINE};

/// Pairs of runs in a test of what holds in so many of a hundred.
const PAIRS: u64 = 100;

/// Fewer resamples than by default: 100 tell a standard error to 7 %.
fn settings() -> Settings {
    Settings { resamples: 100, ..Settings::default() }
}

/// Half of the pairs steady, half of them wavering.
fn model(pair: u64) -> Model {
    if pair.is_multiple_of(2) { STEADY } else { WAVERING }
}

fn difference(comparison: &Comparison, aspect: Aspect) -> &Difference {
    comparison.main().unwrap().difference(aspect).unwrap()
}

fn verdict(comparison: &Comparison, aspect: Aspect) -> Verdict {
    difference(comparison, aspect).verdict
}

/// How many intervals of the median and of the 99th percentile hold the true difference.
fn covered(comparison: &Comparison, truth: f64) -> [u32; 2] {
    [Aspect::P50, Aspect::P99].map(|aspect| {
        let interval = difference(comparison, aspect).interval.unwrap();
        u32::from((interval.low..=interval.high).contains(&truth))
    })
}

#[test]
fn of_a_hundred_pairs_of_runs_that_are_alike_ninety_five_show_no_difference() {
    let (mut alike, mut covers) = (0, [0, 0]);
    for pair in 0..PAIRS {
        let (a, b) = (model(pair).run(2 * pair), model(pair).run(2 * pair + 1));
        let comparison = compare(&a, &b, &settings());
        alike += u32::from(comparison.verdict() == Some(Verdict::NoDifference));
        covers.iter_mut().zip(covered(&comparison, 0.0)).for_each(|(sum, one)| *sum += one);
    }
    assert!(alike >= 95, "{alike}");
    // Nine intervals that hold together in 95 of 100 hold alone in 99.4.
    assert!(covers.iter().all(|&covers| covers >= 97), "{covers:?}");
}

#[test]
fn of_a_hundred_runs_that_are_ten_percent_slower_ninety_five_are_found_and_the_intervals_hold_the_ten_percent() {
    let (mut found, mut covers) = (0, [0, 0]);
    for pair in 0..PAIRS {
        let slower = Model { slower: 1.1, ..model(pair) };
        let comparison = compare(&model(pair).run(2 * pair), &slower.run(2 * pair + 1), &settings());
        found += u32::from(verdict(&comparison, Aspect::P50) == Verdict::Worse);
        covers.iter_mut().zip(covered(&comparison, 0.1)).for_each(|(sum, one)| *sum += one);
    }
    assert!(found >= 95, "{found}");
    assert!(covers.iter().all(|&covers| covers >= 97), "{covers:?}");
}

#[test]
fn a_run_that_is_faster_is_better_in_all_that_it_changes() {
    let comparison = compare(&STEADY.run(1), &Model { slower: 0.8, ..STEADY }.run(2), &settings());
    assert_eq!(comparison.verdict(), Some(Verdict::Better));
    for aspect in [Aspect::P50, Aspect::P90, Aspect::Mean, Aspect::TimedOut] {
        assert_eq!(verdict(&comparison, aspect), Verdict::Better, "{aspect:?}");
    }
    for aspect in [Aspect::Throughput, Aspect::Failed] {
        assert_eq!(verdict(&comparison, aspect), Verdict::NoDifference, "{aspect:?}");
    }
    let missed = difference(&comparison, Aspect::TimedOut);
    let interval = missed.interval.unwrap();
    assert!(interval.low > -0.05 && interval.high < 0.0, "points, and no shares of a share: {missed:?}");
    assert!(comparison.main().unwrap().rank_test.unwrap() < 0.001);
    let alike = compare(&STEADY.run(1), &STEADY.run(2), &settings());
    assert!(alike.main().unwrap().rank_test.unwrap() > 0.05, "{alike:?}");
    // The distributions are lognormal with a scale of 0.5: they are 2 Φ(ln 1.25 / 2 / 0.5) - 1 = 17.7 % apart.
    let apart = comparison.main().unwrap().apart.unwrap();
    assert!((apart.distance - 0.177).abs() < 0.03, "{apart:?}");
}

#[test]
fn failures_that_come_three_times_as_often_are_found() {
    let comparison = compare(&STEADY.run(1), &Model { fails: 0.03, ..STEADY }.run(2), &settings());
    assert_eq!(verdict(&comparison, Aspect::Failed), Verdict::Worse);
    assert_eq!(verdict(&comparison, Aspect::P50), Verdict::NoDifference);
    assert_eq!(comparison.verdict(), Some(Verdict::Worse));
}

#[test]
fn nothing_is_no_difference_to_nothing_and_a_difference_to_much() {
    let never = Model { fails: 0.0, ..STEADY };
    let comparison = compare(&never.run(1), &never.run(2), &settings());
    let failed = difference(&comparison, Aspect::Failed);
    assert_eq!((failed.interval, failed.relative, failed.verdict), (None, None, Verdict::NoDifference));
    let comparison = compare(&never.run(1), &STEADY.run(2), &settings());
    assert_eq!(verdict(&comparison, Aspect::Failed), Verdict::Worse);
    // Three times the deadline, at a median: nothing is on time any more.
    let late = Model { slower: 50.0, ..STEADY };
    let comparison = compare(&STEADY.run(1), &late.run(2), &settings());
    let goodput = difference(&comparison, Aspect::Goodput);
    assert_eq!((goodput.relative, goodput.verdict), (Some(-1.0), Verdict::Worse));
}

#[test]
fn a_difference_that_is_certain_and_small_is_noise_until_one_asks_for_it() {
    let calm = Model { tasks: 200.0, varies: 0.0, ..STEADY };
    let (a, b) = (calm.run(1), Model { slower: 1.04, ..calm }.run(2));
    let with = |noise| verdict(&compare(&a, &b, &Settings { noise, ..settings() }), Aspect::Mean);
    assert_eq!([with(0.0), with(0.1)], [Verdict::Worse, Verdict::NoDifference]);
}

#[test]
fn what_lies_in_one_bucket_is_known_no_closer_than_that() {
    // Of all blocks the tasks take the same, as when they wait for a timer: resamples do not vary at all.
    let rigid = Model { varies: 0.0, scatters: 0.0, fails: 0.0, ..STEADY };
    let against = |slower| {
        let slower = Model { slower, ..rigid };
        compare(&rigid.run(1), &slower.run(2), &Settings { noise: 0.0, ..settings() })
    };
    let alike = against(1.002);
    let p50 = difference(&alike, Aspect::P50);
    assert!(p50.relative.unwrap() > 0.001 && p50.interval.unwrap().low < 0.0, "{p50:?}");
    assert_eq!((p50.verdict, verdict(&against(1.1), Aspect::P50)), (Verdict::NoDifference, Verdict::Worse));
}

#[test]
fn beyond_the_deadline_that_cancels_nothing_is_known() {
    let cut = Model { policy: Policy::Cancel, ..STEADY };
    let comparison = compare(&cut.run(1), &Model { slower: 1.1, ..cut }.run(2), &settings());
    for aspect in [Aspect::P99, Aspect::P999, Aspect::Mean] {
        let difference = difference(&comparison, aspect);
        assert_eq!((difference.verdict, difference.interval), (Verdict::NotKnown(Unknown::Censored), None));
    }
    assert_eq!(difference(&comparison, Aspect::P99).a.unwrap().to_string(), "≥ 50.0 ms");
    assert_eq!(verdict(&comparison, Aspect::P50), Verdict::Worse);
    assert!(comparison.main().unwrap().apart.unwrap().at < DEADLINE);
}

#[test]
fn a_percentile_that_resamples_find_among_the_cancelled_is_not_known_either() {
    // Of latencies round 20 ms, 50 ms is the quantile 0.9666: at 0.78 of them it is close to 0.99.
    let cut = Model { policy: Policy::Cancel, slower: 0.785, ..STEADY };
    let comparison = compare(&cut.run(1), &cut.run(2), &settings());
    let p99 = difference(&comparison, Aspect::P99);
    assert_eq!(p99.verdict, Verdict::NotKnown(Unknown::Censored), "{p99:?}");
}

#[test]
fn too_few_tasks_and_too_few_blocks_make_no_verdict() {
    let few = Model { tasks: 5.0, ..STEADY };
    let comparison = compare(&few.run(1), &few.run(2), &settings());
    assert!(matches!(verdict(&comparison, Aspect::P99), Verdict::NotKnown(Unknown::TooFewTasks { tasks: 2..=4 })));
    assert_eq!(verdict(&comparison, Aspect::P50), Verdict::NoDifference);
    let short = Model { blocks: 12, ..STEADY };
    let comparison = compare(&short.run(1), &STEADY.run(2), &settings());
    assert_eq!(comparison.verdict(), Some(Verdict::NotKnown(Unknown::TooFewBlocks { blocks: 12 })));
    assert_eq!(comparison.main().unwrap().rank_test, None);
}

#[test]
fn a_run_that_goes_one_way_is_told_to_drift_and_to_be_worth_little() {
    let drifting = Model { rises: 1.0, ..STEADY };
    let comparison = compare(&drifting.run(1), &STEADY.run(2), &settings());
    let [of_a, of_b] = comparison.main().unwrap().drift;
    assert!(of_a.is_some() && of_b.is_none(), "{:?}", comparison.main().unwrap().drift);
    assert!(matches!(verdict(&comparison, Aspect::P50), Verdict::NotKnown(Unknown::Correlated { .. })));
}

#[test]
fn the_same_runs_give_the_same_comparison() {
    let (a, b) = (WAVERING.run(1), WAVERING.run(2));
    assert_eq!(compare(&a, &b, &settings()), compare(&a, &b, &settings()));
    let same = compare(&a, &a, &settings());
    assert!(same.differences().all(|d| d.relative.is_none_or(|relative| relative == 0.0)));
    assert_eq!(same.verdict(), Some(Verdict::NoDifference));
}

#[test]
fn lanes_alike_are_compared_and_otherwise_those_with_most_tasks() {
    let key = |policy, ms| LaneKey { policy, deadline: Some(Duration::from_millis(ms)) };
    let with = |lanes: &[(LaneKey, u64)]| {
        let one = STEADY.run(1);
        let lanes = lanes.iter().map(|&(key, spawned)| LaneView { key, spawned, ..one.lanes[0].clone() }).collect();
        Snapshot { lanes, ..one.clone() }
    };
    let (observe, cancel) = (key(Policy::Observe, 50), key(Policy::Cancel, 50));
    let (short, long) = (key(Policy::Cancel, 20), key(Policy::Cancel, 90));
    let both = with(&[(observe, 9_000), (cancel, 20_000)]);
    let same = compare(&both, &with(&[(observe, 9_000), (cancel, 20_000), (long, 30_000)]), &settings());
    assert_eq!(
        same.lanes.iter().map(|lane| (lane.a, lane.b)).collect::<Vec<_>>(),
        [(cancel, cancel), (observe, observe)]
    );
    assert_eq!((same.only_a, same.only_b), (vec![], vec![long]));
    let other = compare(&both, &with(&[(short, 5_000), (long, 30_000)]), &settings());
    assert_eq!(other.lanes.iter().map(|lane| (lane.a, lane.b)).collect::<Vec<_>>(), [(cancel, long)]);
    assert_eq!((other.only_a, other.only_b), (vec![observe], vec![short]));
}

#[test]
fn runs_without_blocks_or_tasks_have_numbers_and_no_verdict() {
    let full = Snapshot { blocks: Arc::default(), ..fixture::finished() };
    let empty = fixture::empty();
    let early = compare(&full, &full, &settings());
    assert_eq!(early.verdict(), Some(Verdict::NotKnown(Unknown::TooFewBlocks { blocks: 0 })));
    assert!(difference(&early, Aspect::P50).a.is_some());
    let none = compare(&empty, &full, &settings());
    assert_eq!((none.main(), none.verdict()), (None, Some(Verdict::NotKnown(Unknown::Nothing))));
    let idle = Snapshot { lanes: Vec::new(), blocks: Arc::clone(&STEADY.run(1).blocks), ..empty };
    assert_eq!(compare(&idle, &idle, &settings()).lanes, []);
}
