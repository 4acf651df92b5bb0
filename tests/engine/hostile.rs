//! Tasks and plugins that misbehave.

use std::time::{Duration, Instant};

use tardy::outcome::Ending;

use crate::support::{lane, run, sleep_ms};

/// Blocks its worker for `ms` without ever yielding.
fn hog(ms: u64) {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_millis(ms) {
        std::hint::spin_loop();
    }
}

#[test]
fn a_task_that_never_yields_stops_neither_the_clock_nor_the_end_of_the_run() {
    let begin = Instant::now();
    let report = run(
        "load = { mode = 'closed', concurrency = 8 }\ndeadline = { after = '50ms', on_timeout = 'observe' }\n\
         run = { duration = '500ms', drain = '200ms', workers = 2 }",
        |_| {
            Box::pin(async {
                // Far longer than the run may take; it ends so that the test process is left in peace.
                hog(15_000);
                Ok(())
            })
        },
    );
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    let lane = lane(&report);
    assert_eq!((lane.spawned, lane.unfinished(), lane.overdue), (8, 8, 8));
    assert!(lane.book.unfinished().unwrap().min() >= Duration::from_millis(500));
}

#[test]
fn one_event_loop_can_be_blocked_and_left_behind_too() {
    let begin = Instant::now();
    let report = run(
        "load = { mode = 'closed', concurrency = 3 }\ndeadline = { after = '20ms', on_timeout = 'observe' }\n\
         run = { duration = '300ms', drain = '100ms', flavor = 'current_thread' }",
        |_| {
            Box::pin(async {
                hog(10_000);
                Ok(())
            })
        },
    );
    assert!(begin.elapsed() < Duration::from_secs(8));
    assert_eq!(lane(&report).unfinished(), 3);
}

#[test]
fn a_task_that_finishes_late_inside_one_poll_is_late_by_the_clock() {
    let report = run(
        "load = { mode = 'closed', concurrency = 1 }\ndeadline = { after = '5ms', on_timeout = 'observe' }\nrun = { tasks = 10, workers = 1 }",
        |_| {
            Box::pin(async {
                hog(20);
                Ok(())
            })
        },
    );
    let lane = lane(&report);
    assert_eq!((lane.done(), lane.cancelled(), lane.late(Ending::Done), lane.timed_out()), (10, 0, 10, 10));
}

#[test]
fn a_workload_that_panics_before_it_has_a_future_ends_its_tasks() {
    let report = run("load = { mode = 'closed', concurrency = 4 }\nrun.tasks = 5000", |cx| {
        assert!(cx.number() % 2 == 0, "odd numbers are refused");
        Box::pin(async { Ok(()) })
    });
    assert_eq!((lane(&report).done(), lane(&report).panicked()), (2500, 2500));
}

#[test]
fn a_future_that_panics_when_it_is_dropped_is_a_panicked_task() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let report = run(
        "load = { mode = 'closed', concurrency = 2 }\ndeadline = { after = '10ms', on_timeout = 'cancel' }\nrun.tasks = 6",
        |_| {
            // Made before the first poll, which a loaded machine may not get to before the deadline.
            let bomb = Bomb;
            Box::pin(async move {
                let _bomb = bomb;
                std::future::pending().await
            })
        },
    );
    assert_eq!((lane(&report).panicked(), lane(&report).cancelled()), (6, 0));
}

#[test]
fn tasks_in_flight_at_the_end_stay_in_the_report() {
    let report = run(
        "load = { mode = 'open', rate = '200/s', arrivals = 'constant' }\ndeadline = { after = '50ms', on_timeout = 'observe' }\n\
         run = { duration = '500ms', drain = '100ms' }",
        |cx| {
            Box::pin(async move {
                if cx.number() % 10 == 0 {
                    sleep_ms(60_000).await;
                }
                Ok(())
            })
        },
    );
    let lane = lane(&report);
    let slow = lane.spawned.div_ceil(10);
    assert!(lane.spawned > 50);
    assert_eq!((lane.unfinished(), lane.overdue, lane.timed_out()), (slow, slow, lane.late(Ending::Done) + slow));
}

#[test]
fn a_warm_up_with_a_rate_comes_to_its_end() {
    let begin = Instant::now();
    let report = run(
        "load = { mode = 'open', rate = '5/s' }\nrun = { duration = '400ms', warmup = '500ms', drain = '100ms' }",
        |_| Box::pin(async { Ok(()) }),
    );
    assert!(begin.elapsed() < Duration::from_secs(10));
    assert!(report.snapshot.elapsed >= Duration::from_millis(400));
}
