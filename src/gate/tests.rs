use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::ledger::{Book, Event};
use crate::outcome::Ending;
use crate::snapshot::LaneView;
use crate::snapshot::fixture::simulated::{Model, STEADY};
use crate::snapshot::fixture::{self, held, with_gates};

const MS: u64 = 1_000_000;

/// A run of these tasks, endings with their milliseconds, that measured a second of them.
fn run(ends: &[(Ending, u64)]) -> Snapshot {
    let mut book = Book::new(false);
    for (number, &(ending, ms)) in (0..).zip(ends) {
        book.fold(&Event::TaskEnded(&fixture::end(number, ending, ms * MS)));
    }
    let lane = LaneView {
        key: fixture::live().lanes[0].key,
        spawned: ends.len() as u64,
        open: Duration::from_secs(1),
        overdue: 0,
        gathers_overdue: 0,
        book: Arc::new(book),
        ages: None,
        gather_ages: None,
        closed: false,
    };
    let lanes = if ends.is_empty() { Vec::new() } else { vec![lane] };
    Snapshot { lanes, elapsed: Duration::from_secs(1), loaded: Duration::from_secs(1), ..fixture::empty() }
}

/// Ten tasks: six done on time, one late, two failed, one panicked.
fn ten() -> Snapshot {
    let done = [1, 2, 3, 4, 5, 6, 900].map(|ms| (Ending::Done, ms));
    run(&[&done[..], &[(Ending::Failed, 1), (Ending::Failed, 2), (Ending::Panicked, 3)]].concat())
}

fn judged(run: Snapshot, condition: &str) -> Judged {
    let mut judged = judge(&with_gates(run, &[condition], false));
    assert_eq!(judged.len(), 1);
    judged.remove(0)
}

#[test]
fn what_ends_first_does_not_end_a_run_whose_slow_tasks_may_still_keep_the_gate() {
    let mut run = many(2_000);
    for lane in &mut run.lanes {
        lane.spawned += 100_000;
    }
    let share = run.total(LaneView::failed) as f64 / run.total(|lane| lane.book.total_ended()) as f64;
    let below = format!("failed > {}%", share * 50.0);
    assert!(!is_lost(&with_gates(run.clone(), &[&below], true)), "{below}: in the end fewer may have failed");
    assert!(!is_lost(&with_gates(run.clone(), &["p50 < 1h"], true)), "what is in flight may be slow");
    for lane in &mut run.lanes {
        lane.spawned = lane.book.total_ended();
    }
    assert!(is_lost(&with_gates(run, &[&below], true)), "{below}");
}

#[test]
fn a_gate_says_what_was_measured_how_far_that_is_from_its_limit_and_whether_it_passes() {
    for (condition, measured, apart, verdict) in [
        ("failed > 0", "2", "+2", Verdict::Broken),
        ("failed > 2", "2", "0", Verdict::Passed),
        ("failed >= 2", "2", "0", Verdict::Broken),
        ("failed > 30%", "20.0 %", "−10.0 points", Verdict::Passed),
        ("timed_out > 5%", "10.0 %", "+5.00 points", Verdict::Broken),
        ("late_done > 1", "1", "0", Verdict::Passed),
        ("done < 8", "7", "−1", Verdict::Broken),
        ("done < 7/s", "7.00/s", "0", Verdict::Passed),
        ("goodput < 10/s", "6.00/s", "−4.00/s", Verdict::Broken),
        ("unfinished > 0", "0", "0", Verdict::Passed),
        ("max(service) > 800ms", "900 ms", "+100 ms", Verdict::Broken),
        ("max(overrun) > 1s", "850 ms", "−150 ms", Verdict::Passed),
        ("mean(busy) > 1ms", "150 µs", "−850 µs", Verdict::Passed),
    ] {
        let judged = judged(ten(), condition);
        let found = (judged.measured_words(), judged.apart(), judged.verdict);
        assert_eq!(found, (measured.to_owned(), Some(apart.to_owned()), verdict), "{condition}");
    }
}

#[test]
fn a_lower_bound_decides_what_it_can_and_what_it_cannot_fails() {
    let tasks = [vec![(Ending::Done, 10); 90], vec![(Ending::Cancelled, 50); 10]].concat();
    for (condition, verdict) in [
        ("p50(service) > 20ms", Verdict::Passed),
        ("p99(service) > 40ms", Verdict::Broken),
        ("p99(service) > 200ms", Verdict::Unknown),
        ("p99(service) < 20ms", Verdict::Passed),
        ("max(service) > 1s", Verdict::Unknown),
    ] {
        let judged = judged(run(&tasks), condition);
        assert_eq!(judged.verdict, verdict, "{condition}");
        assert_eq!(judged.why() == Some("not known to hold"), verdict == Verdict::Unknown);
    }
    let unknown = judged(run(&tasks), "p99(service) > 200ms");
    assert_eq!(unknown.to_string(), "p99(service) > 200ms: ≥ 50.0 ms, not known to hold");
    assert!(has_failed(&with_gates(run(&tasks), &["p99(service) > 200ms"], false)));
}

#[test]
fn a_gate_over_nothing_fails_whatever_it_asks_for() {
    for condition in ["failed > 0", "p99 > 1s", "max(overrun) > 1s", "timed_out > 50%", "goodput < 1/s", "shed > 1%"] {
        let judged = judged(run(&[]), condition);
        assert_eq!((judged.verdict, judged.apart()), (Verdict::Unmeasured, None), "{condition}");
        assert!(judged.to_string().ends_with(": –, nothing measured"), "{judged}");
    }
    let without_gathers = judged(ten(), "gathers.failed > 0");
    assert_eq!(without_gathers.verdict, Verdict::Unmeasured);
}

#[test]
fn times_of_late_or_cancelled_tasks_are_as_good_as_zero_where_there_was_none() {
    let on_time = || run(&[(Ending::Done, 1)]);
    assert_eq!(judged(on_time(), "max(overrun) > 1ms").to_string(), "max(overrun) > 1ms: none");
    assert_eq!(judged(on_time(), "p99(cancel_lag) > 1ms").verdict, Verdict::Passed);
    let mut hung = on_time();
    (hung.lanes[0].spawned, hung.lanes[0].overdue) = (2, 1);
    assert_eq!(
        judged(hung, "max(overrun) > 1ms").verdict,
        Verdict::Unmeasured,
        "one is overdue and has no overrun yet"
    );
}

#[test]
fn a_gate_is_over_all_lanes() {
    let finished = fixture::finished();
    assert!(finished.lanes.len() > 1);
    let judged = judged(finished.clone(), "cancelled > 0");
    assert_eq!(judged.measured, Some(Measured::Count(finished.total(LaneView::cancelled))));
    let gathers = judge(&with_gates(finished.clone(), &["p50(gather) > 1ms", "gathers.started < 1"], false));
    assert_eq!(gathers.iter().map(|gate| gate.verdict).collect::<Vec<_>>(), [Verdict::Broken, Verdict::Passed]);
    let Some(Measured::Time(max)) = judge(&with_gates(finished.clone(), &["max > 1h"], false))[0].measured else {
        panic!("there are latencies")
    };
    let longest = finished.lanes.iter().filter_map(|lane| lane.distribution(finished.load.headline()).max());
    assert_eq!(Some(max.bound()), longest.map(Latency::bound).max());
}

#[test]
fn a_run_without_gates_passes_unless_a_gate_ended_it() {
    assert!(!has_failed(&fixture::finished()) && judge(&fixture::finished()).is_empty());
    assert!(has_failed(&Snapshot { state: State::Finished(EndedBy::Gate), ..fixture::finished() }));
}

/// A run of so many tasks, a twentieth of them failed and a fiftieth late.
fn many(tasks: u64) -> Snapshot {
    let end =
        |n: u64| (if n.is_multiple_of(20) { Ending::Failed } else { Ending::Done }, if n % 50 == 1 { 900 } else { 5 });
    run(&(0..tasks).map(end).collect::<Vec<_>>())
}

#[test]
fn what_only_grows_ends_a_run_at_once_and_what_may_come_back_on_enough_evidence() {
    for (tasks, seconds, condition, is_lost_then) in [
        (20, 1, "failed > 0", true),
        (20, 1, "failed > 1", false),
        (60, 1, "max > 800ms", true),
        (20, 1, "done < 100", false),
        (999, 1, "failed > 1%", false),
        (1_000, 1, "failed > 1%", true),
        (1_000, 1, "failed > 10%", false),
        (999, 1, "p99 > 100ms", false),
        (1_001, 1, "p99 > 100ms", true),
        (2_000, 1, "p99.9 > 100ms", false),
        (999, 1, "mean > 1ms", false),
        (1_000, 1, "mean > 1ms", true),
        (2_000, 9, "goodput < 1000/s", false),
        (2_000, 10, "goodput < 1000/s", true),
        (2_000, 10, "failed > 1/s", true),
    ] {
        let run =
            Snapshot { elapsed: Duration::from_secs(seconds), loaded: Duration::from_secs(seconds), ..many(tasks) };
        let run = with_gates(run, &["panicked > 0", condition], true);
        assert_eq!(is_lost(&run), is_lost_then, "{condition} after {tasks} tasks, {seconds} s");
        assert!(!is_lost(&with_gates(run, &[condition], false)), "only where it is asked for");
    }
}

#[test]
fn what_is_so_right_now_or_not_known_ends_no_run_and_neither_does_any_gate_while_it_drains_or_warms_up() {
    let mut crowded = many(2_000);
    (crowded.lanes[0].spawned, crowded.lanes[0].overdue) = (2_500, 400);
    for condition in ["overdue > 1", "overdue > 1%", "queued > 1%", "unfinished > 0"] {
        assert!(!is_lost(&with_gates(crowded.clone(), &[condition], true)), "{condition}");
    }
    let cancelled = run(&vec![(Ending::Cancelled, 50); 2_000]);
    assert!(!is_lost(&with_gates(cancelled, &["p99 > 1s"], true)));
    for state in [State::Warmup, State::Draining, State::Finished(EndedBy::User)] {
        assert!(!is_lost(&Snapshot { state, ..with_gates(many(100), &["failed > 0"], true) }), "{state:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_verdict_is_what_the_numbers_themselves_say(
        ends in prop::collection::vec((prop::sample::select(&[Ending::Done, Ending::Failed, Ending::Panicked][..]), 1u64..100), 1..60),
        comparison in prop::sample::select(&Comparison::ALL[..]),
        limit in 1u64..99,
        percentile in 1u64..99,
    ) {
        let verdict = |quantity: &str, unit: &str| judged(run(&ends), &format!("{quantity} {} {limit}{unit}", comparison.sign())).verdict;
        let expect = |so| if so { Verdict::Broken } else { Verdict::Passed };
        let (all, failed) = (ends.len() as u64, ends.iter().filter(|(ending, _)| *ending == Ending::Failed).count() as u64);
        let late = ends.iter().filter(|&&(_, ms)| ms > 50).count() as u64;
        prop_assert_eq!(verdict("failed", ""), expect(comparison.holds(failed, limit)));
        prop_assert_eq!(verdict("timed_out", "%"), expect(comparison.holds(late as f64 / all as f64, limit as f64 / 100.0)));

        let mut times: Vec<u64> = ends.iter().map(|&(_, ms)| ms).collect();
        times.sort_unstable();
        let rank = ((percentile * all).div_ceil(100)).max(1) as usize;
        let time = times[rank - 1];
        // Closer than a bucket is wide they are the same.
        if time.abs_diff(limit) > 0 {
            prop_assert_eq!(verdict(&format!("p{percentile}(service)"), "ms"), expect(comparison.holds(time, limit)));
        }
        prop_assert_eq!(verdict("max(service)", "ms"), expect(comparison.holds(times[times.len() - 1], limit)));
    }
}

#[test]
fn every_count_is_judged_and_no_share_is_more_than_all() {
    for run in [fixture::live(), fixture::overload(), fixture::finished()] {
        let all = crate::condition::Count::ALL.map(crate::condition::Count::word);
        let texts: Vec<String> =
            all.iter().flat_map(|word| ["0", "5/s", "50%"].map(|limit| format!("{word} > {limit}"))).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).filter(|text| Condition::parse(text).is_ok()).collect();
        for judged in judge(&with_gates(run, &texts, false)) {
            assert_ne!(judged.verdict, Verdict::Unknown);
            if let Some(Measured::Share(share)) = judged.measured {
                assert!((0.0..=1.0).contains(&share), "{judged}");
            }
        }
    }
}

#[test]
fn what_regressed_is_told_by_how_much_and_what_may_be_chance_is_none() {
    let before = STEADY.run(1);
    let slower = Model { slower: 1.5, ..STEADY }.run(2);
    let gate = judged(held(slower.clone(), &before), "regressed(p50) > 5%");
    let Some(Measured::Change(change @ Change { by, interval: Some(interval), .. })) = gate.measured else {
        panic!("{gate:?}")
    };
    assert!((0.4..0.6).contains(&by) && interval.low < by && by < interval.high, "{change:?}");
    assert_eq!(gate.verdict, Verdict::Broken);
    assert!(gate.to_string().starts_with(&format!("regressed(p50) > 5%: {change}, +")), "{gate}");
    assert!(change.to_string().starts_with('+') && change.to_string().contains(" % (+"), "{change}");
    assert_eq!(judged(held(slower.clone(), &before), "regressed(p50) > 70%").verdict, Verdict::Passed);

    let alike = judged(held(STEADY.run(3), &before), "regressed(p50) > 1%");
    assert!(matches!(alike.measured, Some(Measured::Change(Change { by: 0.0, interval: Some(_), .. }))), "{alike:?}");
    assert_eq!(alike.verdict, Verdict::Passed);
    let faster = judged(held(before, &slower), "regressed(p50) > 0%");
    assert!(matches!(faster.measured, Some(Measured::Change(Change { by, .. })) if by < -0.2), "{faster:?}");
    assert_eq!(faster.verdict, Verdict::Passed);
}

#[test]
fn fewer_tasks_in_time_are_a_regression_though_less_is_measured() {
    let before = STEADY.run(1);
    let gate = judged(held(Model { slower: 3.0, ..STEADY }.run(2), &before), "regressed(goodput) > 5%");
    let Some(Measured::Change(Change { by, interval: Some(interval), .. })) = gate.measured else { panic!("{gate:?}") };
    assert!(by > 0.2 && interval.low < by && by < interval.high, "{gate:?}");
    assert_eq!(gate.verdict, Verdict::Broken);
}

#[test]
fn how_sure_a_change_of_a_share_is_is_told_in_points() {
    let gate = judged(held(Model { fails: 0.2, ..STEADY }.run(2), &STEADY.run(1)), "regressed(failed) > 5%");
    let Some(Measured::Change(change)) = gate.measured else { panic!("{gate:?}") };
    assert!(change.is_points && change.by > 5.0 && change.interval.unwrap().high < 1.0, "{change:?}");
    assert!(change.to_string().ends_with(" points)"), "{change}");
}

#[test]
fn a_change_that_is_not_known_fails_and_one_that_is_told_at_the_end_is_waited_for() {
    let before = STEADY.run(1);
    let short = Model { blocks: 4, ..STEADY }.run(2);
    for (run, measured) in [
        (held(short, &before), Measured::NotKnown(Unknown::TooFewBlocks { blocks: 4 })),
        (Snapshot { state: State::Running, ..held(STEADY.run(2), &before) }, Measured::AtEnd),
        (before.clone(), Measured::NoBaseline),
    ] {
        let gate = judged(run, "regressed(p50) > 5%");
        assert_eq!((gate.measured, gate.verdict), (Some(measured), Verdict::Unknown), "{gate}");
        assert_eq!(gate.apart(), None);
    }
    let live = Snapshot { state: State::Running, ..held(STEADY.run(2), &before) };
    assert!(!is_lost(&with_gates(live, &["regressed(p99) > 0%"], true)));
}
