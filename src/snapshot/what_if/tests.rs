use std::sync::{Arc, LazyLock};

use proptest::prelude::*;

use super::*;
use crate::histogram::Precision;
use crate::ledger::{Book, Event};
use crate::outcome::Policy;
use crate::snapshot::fixture;

const MS: u64 = 1_000_000;

/// Made once, for it takes a while.
static FINISHED: LazyLock<Snapshot> = LazyLock::new(fixture::finished);

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A finished run of one lane of these tasks, each done after so many nanoseconds, and of nothing else.
fn of(tasks: &[(Ending, u64)], change: impl FnOnce(&mut Book)) -> Snapshot {
    let mut book = Book::new(false);
    for (number, &(ending, service)) in (0..).zip(tasks) {
        book.fold(&Event::TaskEnded(&fixture::end(number, ending, service)));
    }
    change(&mut book);
    let lane = LaneView {
        key: LaneKey { policy: Policy::Observe, deadline: Some(fixture::DEADLINE) },
        spawned: tasks.len() as u64,
        open: Duration::from_secs(60),
        overdue: 0,
        gathers_overdue: 0,
        book: Arc::new(book),
        ages: None,
        gather_ages: None,
        closed: true,
    };
    Snapshot { lanes: vec![lane], timeline: Arc::default(), policy: Policy::Observe, ..FINISHED.clone() }
}

fn asked(run: &Snapshot) -> WhatIf {
    run.what_if(run.lanes[0].key).unwrap()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-3 * b.abs() + 1e-9
}

/// 90 tasks of 10 ms, of which 9 fail, 9 of 100 ms and one of a second.
fn hundred() -> Snapshot {
    let tasks: Vec<(Ending, u64)> = (0..100)
        .map(|n| match n {
            0..9 => (Ending::Failed, 10 * MS),
            9..90 => (Ending::Done, 10 * MS),
            90..99 => (Ending::Done, 100 * MS),
            _ => (Ending::Done, 1_000 * MS),
        })
        .collect();
    of(&tasks, |_| ())
}

#[test]
fn each_deadline_is_answered_with_the_counts_and_sums_of_those_that_miss_it() {
    let what_if = asked(&hundred());
    // Deadline; missed, done by then, wasted, saved, all in milliseconds; the mean wait.
    for (deadline, missed, done, wasted, saved, wait) in [
        (5, 100, 0, 500, 90 * 5 + 9 * 95 + 995_u32, 5.0),
        (50, 10, 81, 500, 9 * 50 + 950, 14.0),
        (200, 1, 90, 200, 800, 20.0),
        (2_000, 0, 91, 0, 0, 28.0),
    ] {
        let at = what_if.at(ms(deadline)).unwrap();
        assert!(near(at.missed.share, f64::from(missed) / 100.0), "{deadline}: {at:?}");
        assert!(near(at.goodput.unwrap(), f64::from(done) / 60.0), "{deadline}: {at:?}");
        assert!(near(at.wasted.as_secs_f64(), f64::from(wasted) / 1e3), "{deadline}: {at:?}");
        assert!(
            matches!(at.saved, Latency::Exactly(time) if near(time.as_secs_f64(), f64::from(saved) / 1e3)),
            "{at:?}"
        );
        assert!(near(at.wait.as_secs_f64(), wait / 1e3), "{deadline}: {at:?}");
        assert!(near(at.freed, f64::from(saved) / 2_800.0), "{deadline}: {at:?}");
    }
}

#[test]
fn the_smallest_deadline_is_the_first_that_no_more_than_so_many_miss() {
    let what_if = asked(&hundred());
    let within = |share, at: u64| what_if.smallest(share).unwrap().at.abs_diff(ms(at)) <= ms(at) / 1_000;
    assert!(within(0.1, 10) && within(0.05, 100) && within(0.01, 100) && within(0.001, 1_000) && within(0.0, 1_000));
    assert_eq!(what_if.smallest(1.0).map(|smallest| smallest.at <= ms(11)), Some(true));
}

#[test]
fn of_a_lane_that_cancels_answers_end_at_its_deadline_and_savings_are_a_bound() {
    let finished = fixture::finished();
    let what_if = finished.what_if(finished.lanes[1].key).unwrap();
    assert!(what_if.at(fixture::DEADLINE + Duration::from_nanos(1)).is_none());
    let at = what_if.at(fixture::DEADLINE).unwrap();
    assert_eq!((at.saved, what_if.is_complete()), (Latency::AtLeast(Duration::ZERO), false));
    assert!(matches!(what_if.at(ms(20)).unwrap().saved, Latency::AtLeast(time) if time > Duration::ZERO));
    assert_eq!(what_if.smallest(0.001), None);
}

#[test]
fn gathers_are_answered_from_their_own_books_and_beside_it_as_if_children_were_independent() {
    let with_gathers = |book: &mut Book| {
        for n in 0..10 {
            book.fold(&Event::GatherStarted);
            let (outcome, latency) = match n {
                0..6 => (GatherOutcome::Complete, 10 * MS),
                6..8 => (GatherOutcome::Complete, 100 * MS),
                8 => (GatherOutcome::Partial, 10 * MS),
                _ => continue,
            };
            book.fold(&Event::GatherDecided { outcome, latency, late: latency > 50 * MS, was_overdue: false });
        }
    };
    let mut run = of(&[(Ending::Done, 10 * MS), (Ending::Done, 100 * MS)], with_gathers);
    Arc::make_mut(&mut run.info).width = 3;
    let shares = |run: &Snapshot, at| asked(run).at(at).unwrap().gathers.unwrap();
    assert_eq!(shares(&run, ms(50)), GatherShares { complete: 0.6, independent: 0.125 });
    assert_eq!(shares(&run, ms(200)), GatherShares { complete: 0.8, independent: 1.0 });
    Arc::make_mut(&mut run.info).gather = Some(GatherMode::First(2));
    assert!(near(shares(&run, ms(50)).independent, 0.5));
    // While it goes on, what is open counts for as long as it has been.
    run.lanes[0].closed = false;
    for (age, by_50, by_200) in [(1, 6.0 / 9.0, 8.0 / 9.0), (20, 0.6, 0.9), (60, 0.6, 0.6 + 0.3), (300, 0.6, 0.8)] {
        let mut ages = Histogram::new(Precision::Coarse);
        ages.record(age * MS);
        run.lanes[0].gather_ages = Some(Arc::new(ages));
        let [at_50, at_200] = [50, 200].map(|at| shares(&run, ms(at)).complete);
        assert!(near(at_50, by_50) && near(at_200, by_200), "{age}: {at_50} {at_200}");
    }
}

proptest! {
    #[test]
    fn looked_at_halfway_gathers_come_to_what_they_will_once_all_have_ended(seed in 0u64..50) {
        // Every millisecond one starts, and goes on for as long as a generator of Knuth's says, up to a second.
        let takes = |n: u64| n.wrapping_add(seed << 32).wrapping_mul(6_364_136_223_846_793_005) >> 33;
        let gathers = |upto: u64| {
            let (mut book, mut ages) = (GatherBook::default(), Histogram::new(Precision::Coarse));
            for n in 0..4_000 {
                let (took, age) = (takes(n) % 1_000 * MS + 1, upto.saturating_sub(n * MS));
                if age == 0 {
                    continue;
                }
                book.started += 1;
                if took <= age {
                    book = with_outcome(book, took);
                } else {
                    ages.record(age);
                }
            }
            (book, ages)
        };
        let share = |upto: u64| {
            let mut run = of(&[(Ending::Done, 2_000 * MS)], |_| ());
            let (book, ages) = gathers(upto);
            run.lanes[0].gather_ages = Some(Arc::new(ages));
            run.lanes[0].closed = false;
            Gathers::of(&run.lanes[0], &book).unwrap().complete_by(ms(500))
        };
        let (then, now) = (share(u64::MAX / 2), share(4_000 * MS));
        // Four standard deviations of the share of 4,000 at one half.
        prop_assert!((then - 0.5).abs() < 0.032 && (then - now).abs() < 0.032, "{} {}", then, now);
    }
}

fn with_outcome(mut book: GatherBook, took: u64) -> GatherBook {
    book.latency.record(took);
    book.complete.record(took);
    let complete = book.decided(GatherOutcome::Complete) + 1;
    book.with_decided(GatherOutcome::Complete, complete)
}

#[test]
fn the_tail_of_the_binomial_distribution_is_known() {
    for (k, n, p, chance) in [
        (0, 3, 0.2, 1.0),
        (1, 3, 0.5, 0.875),
        (2, 3, 0.5, 0.5),
        (3, 3, 0.9, 0.729),
        (3, 5, 0.3, 0.163_08),
        (19, 20, 0.99, 0.983_141),
        (4, 3, 0.5, 0.0),
        (2, 3, 0.0, 0.0),
        (2, 3, 1.0, 1.0),
    ] {
        assert!((at_least(k, n, p) - chance).abs() < 1e-6, "{k} {n} {p}: {}", at_least(k, n, p));
    }
    // Wide gathers take no longer than narrow ones: near the mean, and far from it on either side.
    assert!((at_least(9_900, 10_000, 0.99) - 0.526_6).abs() < 1e-3, "{}", at_least(9_900, 10_000, 0.99));
    assert_eq!((at_least(u32::MAX, u32::MAX, 0.5), at_least(1, u32::MAX, 0.5)), (0.0, 1.0));
}

#[test]
fn goodput_is_per_second_of_the_time_the_lane_was_open() {
    let mut live = fixture::live();
    let never = LaneKey { policy: Policy::Observe, deadline: None };
    assert!(live.what_if(never).is_none());
    let goodput = |live: &Snapshot| live.what_if(live.lanes[0].key).unwrap().at(fixture::DEADLINE).unwrap().goodput;
    assert!(near(goodput(&live).unwrap(), live.lanes[0].on_time() as f64 / 28.0));
    live.lanes[0].open = Duration::from_millis(2_600);
    assert!(near(goodput(&live).unwrap(), live.lanes[0].on_time() as f64 / 2.6));
    live.lanes[0].open = Duration::ZERO;
    assert_eq!(goodput(&live), None);
}

#[test]
fn at_the_deadline_it_had_a_lane_missed_what_it_was_measured_to_miss() {
    for run in [fixture::finished(), fixture::live(), fixture::long()] {
        for lane in &run.lanes {
            let at = run.what_if(lane.key).unwrap().at(fixture::DEADLINE).unwrap();
            let apart = (at.missed.share - lane.timed_out_rate().unwrap()).abs();
            let in_flight = lane.in_flight() as f64 / lane.spawned as f64;
            assert!(apart <= in_flight + 1e-12, "{}: {apart} {in_flight}", lane.key);
        }
    }
}

proptest! {
    #[test]
    fn a_longer_deadline_is_missed_less_waits_longer_and_saves_less(
        tasks in prop::collection::vec((prop::sample::select(&Ending::ALL[..3]), 1u64..8_000_000_000_000), 1..80),
    ) {
        let what_if = asked(&of(&tasks, |_| ()));
        let at: Vec<WhatIfAt> = (0..=130).map(|n| {
            let deadline = Duration::from_secs_f64(10f64.powf(f64::from(n) / 10.0 - 9.0));
            what_if.at(deadline).unwrap()
        }).collect();
        for pair in at.windows(2) {
            prop_assert!(pair[0].missed.share >= pair[1].missed.share);
            prop_assert!(pair[0].goodput <= pair[1].goodput);
            prop_assert!(pair[0].wait <= pair[1].wait && pair[0].freed >= pair[1].freed);
            prop_assert!(pair[0].saved.bound() >= pair[1].saved.bound());
        }
    }

    #[test]
    fn what_is_wasted_and_what_is_saved_are_together_all_that_the_missed_take(
        tasks in prop::collection::vec((prop::sample::select(&Ending::ALL[..3]), 1u64..3_600_000_000_000), 1..80),
        deadline in 1u64..3_600_000_000_000,
    ) {
        let deadline = Duration::from_nanos(deadline);
        let run = of(&tasks, |_| ());
        let at = asked(&run).at(deadline).unwrap();
        // Those whose bucket the deadline cuts may be on either side of it.
        let of_missed: f64 = tasks.iter().map(|&(_, service)| Duration::from_nanos(service)).filter(|&took| took > deadline).map(|took| took.as_secs_f64()).sum();
        let cut: f64 = tasks.iter().map(|&(_, service)| Duration::from_nanos(service).as_secs_f64()).filter(|took| (took / deadline.as_secs_f64() - 1.0).abs() < 1.5e-3).sum();
        let told = (at.wasted + at.saved.bound()).as_secs_f64();
        prop_assert!((told - of_missed).abs() <= cut * 1.01 + of_missed * 1e-3 + 1e-7, "{} {} {}", told, of_missed, cut);
    }
}
