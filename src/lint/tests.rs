//! Each lint: a run that triggers it, and one close by that does not.

use std::sync::Arc;
use std::time::Duration;

use super::{Finding, Limits, Lint, findings};
use crate::histogram::{Histogram, Precision};
use crate::ledger::{Book, Event, TaskEnd};
use crate::outcome::{Ending, Policy};
use crate::shard::{Part, Shard};
use crate::snapshot::{EndedBy, LaneView, OverdueTask, RunInfo, RuntimeView, Snapshot, State, WorkerView, fixture};

const MS: u64 = 1_000_000;

/// The kinds of what is found under the default limits.
fn found(run: &Snapshot) -> Vec<Lint> {
    findings(run, &Limits::default()).into_iter().map(|finding| finding.lint).collect()
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// The fixture with nothing the matter: its arrivals on time, no worker stuck.
fn calm() -> Snapshot {
    Snapshot { runtime: RuntimeView::default(), overdue: Vec::new(), ..fixture::live() }
}

/// A calm run whose one lane has a hundred tasks with these ends, the `n`th as `end(n)` says.
fn of(end: impl Fn(u64) -> TaskEnd) -> Snapshot {
    let mut book = Book::new(false);
    (0..100).for_each(|n| book.fold(&Event::TaskEnded(&end(n))));
    with_book(book)
}

fn with_book(book: Book) -> Snapshot {
    let run = calm();
    let lane = LaneView { spawned: book.total_ended(), overdue: 0, book: Arc::new(book), ..run.lanes[1].clone() };
    Snapshot { lanes: vec![lane], ..run }
}

fn done(service: u64) -> TaskEnd {
    fixture::end(0, Ending::Done, service)
}

fn with_worker(polling_for: Option<Duration>) -> Snapshot {
    let worker = WorkerView { polling_for, ..WorkerView::default() };
    Snapshot { runtime: RuntimeView { workers: vec![worker], ..RuntimeView::default() }, ..calm() }
}

fn with_arrival_lag(lag: u64) -> Snapshot {
    let mut run = calm();
    let mut histogram = Histogram::new(Precision::Coarse);
    (0..100).for_each(|_| histogram.record(lag));
    run.load.arrival_lag = Arc::new(histogram);
    run
}

#[test]
fn a_run_with_nothing_the_matter_has_no_findings() {
    assert_eq!(found(&calm()), []);
    assert_eq!(found(&fixture::empty()), []);
}

#[test]
fn the_clock_is_behind_when_its_latest_tick_is_late_and_was_when_any_has_been() {
    let mut run = calm();
    run.cost.tick_lag_max = ms(80);
    assert_eq!(found(&run), []);
    let over = Snapshot { state: State::Finished(EndedBy::Duration), ..run.clone() };
    assert_eq!(found(&over), [Lint::ClockBehind]);
    run.cost.tick_lag = ms(60);
    assert_eq!(found(&run), [Lint::ClockBehind]);
}

#[test]
fn arrivals_are_behind_when_they_queue_for_longer_than_the_limit() {
    let mut run = calm();
    for (queued, expected) in [(5, vec![]), (11, vec![Lint::ArrivalsBehind])] {
        run.load.queued = queued;
        assert_eq!(found(&run), expected, "{queued} at 500/s");
    }
    assert_eq!(findings(&run, &Limits::default())[0].what, "arrivals are 22.0 ms behind");
}

#[test]
fn a_shard_has_its_part_of_the_rate() {
    let (mut run, part) = (calm(), Part::Shard(Shard::new(3, 8).unwrap()));
    run.info = Arc::new(RunInfo { part, ..RunInfo::clone(&run.info) });
    run.load.queued = 2;
    assert_eq!(run.load_in_words(), "open 500/s poisson, shard 3/8");
    assert_eq!(findings(&run, &Limits::default())[0].what, "arrivals are 32.0 ms behind");
}

#[test]
fn arrivals_are_behind_when_one_in_a_hundred_comes_late() {
    assert_eq!(found(&with_arrival_lag(5 * MS)), []);
    assert_eq!(found(&with_arrival_lag(30 * MS)), [Lint::ArrivalsBehind]);
}

#[test]
fn workers_are_blocked_when_one_of_them_is_stuck_in_a_poll() {
    assert_eq!(found(&with_worker(Some(ms(2)))), []);
    assert_eq!(found(&with_worker(None)), []);
    let stuck = with_worker(Some(ms(1_300)));
    assert_eq!(found(&stuck), [Lint::WorkersBlocked]);
    assert!(findings(&stuck, &Limits::default())[0].what.starts_with("1 of 1 workers stuck in a poll for 1.30 s"));
}

#[test]
fn workers_are_blocked_when_tasks_keep_them_while_others_wait() {
    let of = |busy: u64, delay: u64| {
        of(move |n| TaskEnd {
            busy: if n % 10 == 0 { busy } else { MS / 10 },
            start_delay: Some(if n % 10 == 1 { delay } else { MS / 10 }),
            ..done(40 * MS)
        })
    };
    assert_eq!(found(&of(20 * MS, 15 * MS)), [Lint::WorkersBlocked]);
    assert_eq!(found(&of(20 * MS, MS)), [], "nobody waits");
    assert_eq!(found(&of(MS, 15 * MS)), [], "nobody keeps a worker");
}

/// A hundred tasks of a second each, which spend so much of it in the step.
fn with_step(name: &str, spent: u64, service: u64) -> Snapshot {
    let mut book = Book::new(false);
    for n in 0..100 {
        book.fold(&Event::TaskEnded(&fixture::end(n, Ending::Done, service)));
        book.fold(&Event::StepEnded { name, service: spent });
    }
    with_book(book)
}

#[test]
fn a_pool_is_saturated_when_waiting_for_it_takes_most_of_late_tasks_time() {
    let run = with_step("query/acquire db", 800 * MS, 1_000 * MS);
    assert_eq!(found(&run), [Lint::PoolSaturated]);
    assert_eq!(findings(&run, &Limits::default())[0].what, "query/acquire db takes 80.0 % of the tasks' time");
    assert_eq!(found(&with_step("query/acquire db", 100 * MS, 1_000 * MS)), [], "it takes a tenth");
    assert_eq!(found(&with_step("query/sleep", 800 * MS, 1_000 * MS)), [], "it is no pool");
    assert_eq!(found(&with_step("query/acquire db", 40 * MS, 45 * MS)), [], "nobody is late");
}

/// A hundred tasks that wait a second for a pool, of which all but every tenth are cancelled while they do.
fn cancelled_in_wait() -> Snapshot {
    let mut book = Book::new(false);
    for n in 0..100 {
        let ending = if n % 10 == 0 { Ending::Done } else { Ending::Cancelled };
        book.fold(&Event::TaskEnded(&fixture::end(n, ending, 1_250 * MS)));
        book.fold(&Event::StepEnded { name: "query/acquire db", service: 1_000 * MS });
    }
    with_book(book)
}

#[test]
fn waiting_is_a_share_of_the_time_of_all_tasks_cancelled_ones_included() {
    let whats = |run: &Snapshot| findings(run, &Limits::default()).remove(0).what;
    assert_eq!(whats(&cancelled_in_wait()), "query/acquire db takes 80.0 % of the tasks' time");
    let more_than_all = with_step("query/acquire db", 1_200 * MS, 1_000 * MS);
    assert_eq!(whats(&more_than_all), "query/acquire db takes 100 % of the tasks' time");
}

#[test]
fn cancelling_early_is_only_advised_where_it_is_not_done_already() {
    let advice = |policy, deadline| {
        let run = Snapshot { policy, deadline, ..cancelled_in_wait() };
        findings(&run, &Limits::default()).remove(0).advice
    };
    let (early, less) = ("enlarge the pool, or cancel early", "enlarge the pool, or send less");
    assert_eq!(advice(Policy::Observe, Some(fixture::DEADLINE)), early);
    assert_eq!(advice(Policy::Cancel, Some(fixture::DEADLINE)), less);
    assert_eq!(advice(Policy::Observe, None), less);
}

#[test]
fn a_pool_is_saturated_when_most_of_the_overdue_wait_for_it() {
    let overdue = |waiting: usize| {
        let live = fixture::live();
        let step = |n: usize| Some(if n < waiting { "acquire db" } else { "query" }.into());
        let overdue = live.overdue.iter().take(30).enumerate();
        let overdue = overdue.map(|(n, task)| OverdueTask { step: step(n), ..task.clone() }).collect();
        Snapshot { overdue, ..calm() }
    };
    assert_eq!(found(&overdue(20)), [Lint::PoolSaturated]);
    assert_eq!(found(&overdue(10)), []);
}

#[test]
fn the_start_delay_dominates_when_it_is_more_than_half_of_the_service_time() {
    let of = |delay: u64, service: u64| of(move |_| TaskEnd { start_delay: Some(delay), ..done(service) });
    assert_eq!(found(&of(8 * MS, 12 * MS)), [Lint::StartDelay]);
    assert_eq!(found(&of(4 * MS, 12 * MS)), []);
    assert_eq!(found(&of(6_000, 8_000)), [], "a task that does nothing waits a microsecond or two");
    let end = |n| if n < 5 { done(5 * MS) } else { fixture::end(n, Ending::Cancelled, 50 * MS) };
    let cancelled = |delay| self::of(move |n| TaskEnd { start_delay: Some(delay), ..end(n) });
    assert_eq!(found(&cancelled(8 * MS)), [], "most tasks live for longer than those that are done");
    assert_eq!(found(&cancelled(30 * MS)), [Lint::StartDelay]);
}

#[test]
fn cancelling_lags_when_it_takes_more_than_a_tenth_of_the_deadline() {
    let of =
        |lag: u64| of(move |n| TaskEnd { cancel_lag: Some(lag), ..fixture::end(n, Ending::Cancelled, 50 * MS + lag) });
    assert_eq!(found(&of(7 * MS)), [Lint::CancelLag]);
    assert_eq!(found(&of(MS)), []);
}

#[test]
fn the_timer_makes_the_median_between_one_and_three_milliseconds_of_sleep() {
    let of = |service: u64, busy: u64| of(move |_| TaskEnd { busy, ..done(service) });
    let short = MS / 10;
    for (run, expected) in [
        (of(MS / 2, short), vec![]),
        (of(2 * MS + 200_000, short), vec![Lint::TimerFloor]),
        (of(12 * MS, short), vec![]),
        (of(2 * MS + 200_000, 2 * MS), vec![]),
    ] {
        assert_eq!(found(&run), expected);
    }
}

#[test]
fn the_timer_has_no_part_in_tasks_that_fail_at_once() {
    let failed = |n| TaskEnd { busy: MS / 10, ..fixture::end(n, Ending::Failed, 2 * MS + 200_000) };
    assert_eq!(found(&of(failed)), [Lint::TasksFail]);
}

#[test]
fn too_few_ends_prove_nothing() {
    let mut book = Book::new(false);
    (0..19).for_each(|_| book.fold(&Event::TaskEnded(&done(2 * MS))));
    assert_eq!(found(&with_book(book.clone())), []);
    book.fold(&Event::TaskEnded(&done(2 * MS)));
    assert_eq!(found(&with_book(book)), [Lint::TimerFloor]);
}

#[test]
fn tasks_that_fail_are_told_of_when_they_are_most() {
    let failing = |failures| of(|n| fixture::end(n, if n < failures { Ending::Failed } else { Ending::Done }, 20 * MS));
    assert_eq!(found(&failing(51)), [Lint::TasksFail]);
    assert_eq!(found(&failing(50)), []);
    let what = &findings(&failing(51), &Limits::default())[0].what;
    assert_eq!(what, "51.0 % of the tasks fail, so the times are those of failures");
}

#[test]
fn the_most_severe_comes_first_and_each_can_be_silenced_by_itself() {
    let mut run = of(|n| TaskEnd {
        busy: 30 * MS,
        start_delay: Some(20 * MS),
        cancel_lag: Some(30 * MS),
        ..fixture::end(n, if n % 2 == 0 { Ending::Done } else { Ending::Cancelled }, 30 * MS)
    });
    run.load.queued = 1_000;
    run.cost.tick_lag = ms(90);
    let all = [Lint::ClockBehind, Lint::ArrivalsBehind, Lint::WorkersBlocked, Lint::StartDelay, Lint::CancelLag];
    assert_eq!(found(&run), all);
    for (silenced, limits) in [
        (Lint::ClockBehind, Limits { clock_behind: None, ..Limits::default() }),
        (Lint::ArrivalsBehind, Limits { arrivals_behind: None, ..Limits::default() }),
        (Lint::WorkersBlocked, Limits { workers_blocked: None, ..Limits::default() }),
        (Lint::StartDelay, Limits { start_delay: None, ..Limits::default() }),
        (Lint::CancelLag, Limits { cancel_lag: None, ..Limits::default() }),
    ] {
        let left: Vec<Lint> = findings(&run, &limits).into_iter().map(|finding| finding.lint).collect();
        let expected: Vec<Lint> = all.into_iter().filter(|&lint| lint != silenced).collect();
        assert_eq!(left, expected);
    }
}

#[test]
fn the_newest_lane_is_judged_as_soon_as_it_has_enough_to_judge_it_by() {
    let short = of(|_| TaskEnd { busy: 0, ..done(2 * MS) }).lanes.remove(0);
    let mut run = calm();
    run.lanes[0] = LaneView { key: run.lanes[0].key, ..short.clone() };
    assert_eq!(found(&run), [], "the current lane has no such tasks");
    run.lanes[1].book = Arc::new(Book::new(false));
    assert_eq!(found(&run), [Lint::TimerFloor], "the current lane has no tasks at all");
}

#[test]
fn a_finding_is_one_line_with_what_to_try() {
    let finding = Finding { lint: Lint::StartDelay, what: "it is so".to_owned(), advice: "try this" };
    assert_eq!(finding.to_string(), "it is so: try this");
}
