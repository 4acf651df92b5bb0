//! How tasks end, under both policies.

use std::time::Duration;

use tardy::ledger::Metric;
use tardy::outcome::{CancelReason, Ending};
use tardy::scenario::Cancelled;

use crate::support::{lane, run, sleep_ms};

/// Four tasks in ten: done at once, done late, failed, panicked.
fn mixed(cx: tardy::scenario::TaskContext) -> crate::support::Work {
    Box::pin(async move {
        match cx.number() % 10 {
            0 => sleep_ms(300).await,
            1 => return Err("out of luck".into()),
            2 => panic!("out of cheese"),
            _ => {}
        }
        Ok(())
    })
}

#[test]
fn a_late_task_under_observe_is_done_and_timed_out() {
    let report = run(
        "load = { mode = 'closed', concurrency = 20 }\ndeadline = { after = '100ms', on_timeout = 'observe' }\nrun.tasks = 200",
        mixed,
    );
    let lane = lane(&report);
    assert_eq!((lane.spawned, lane.failed(), lane.panicked(), lane.cancelled()), (200, 20, 20, 0));
    assert_eq!(lane.done(), 160);
    assert!(lane.late(Ending::Done) >= 20 && lane.timed_out() >= 20);
    assert_eq!((lane.overdue, lane.unfinished()), (0, 0));
    assert!(lane.book.histogram(Metric::Service, |_| true).max() >= Duration::from_millis(300));
    assert!(lane.book.histogram(Metric::Overrun, |_| true).max() >= Duration::from_millis(200));
}

#[test]
fn a_late_task_under_cancel_is_cancelled_at_its_deadline() {
    let report = run(
        "load = { mode = 'closed', concurrency = 20 }\ndeadline = { after = '100ms', on_timeout = 'cancel' }\nrun.tasks = 200",
        mixed,
    );
    let lane = lane(&report);
    assert_eq!((lane.spawned, lane.failed(), lane.panicked()), (200, 20, 20));
    assert!(lane.cancelled_at_deadline() >= 20);
    assert_eq!(lane.cancelled(), lane.cancelled_at_deadline());
    let censored = lane.book.histogram(Metric::Censored, |_| true);
    assert_eq!(censored.count(), lane.cancelled());
    assert!(censored.min() >= Duration::from_millis(100));
    assert_eq!(lane.book.histogram(Metric::CancelLag, |_| true).count(), lane.cancelled());
    let service = lane.book.histogram(Metric::Service, |_| true);
    assert_eq!(service.count(), lane.done() + lane.failed() + lane.panicked());
    assert!(lane.book.late().worst().iter().all(|task| task.reason == Some(CancelReason::Deadline)));
}

#[test]
fn errors_and_panics_keep_their_messages() {
    let report = run("load = { mode = 'closed', concurrency = 4 }\nrun.tasks = 100", mixed);
    let rows = lane(&report).book.messages().rows();
    let count = |ending, part: &str| {
        rows.iter().filter(|m| m.ending == ending && m.text.contains(part)).map(|m| m.count).sum::<u64>()
    };
    assert_eq!((count(Ending::Failed, "out of luck"), count(Ending::Panicked, "out of cheese")), (10, 10));
}

#[test]
fn a_task_that_gives_in_to_its_cancellation_is_cancelled_and_one_that_swallows_it_is_done() {
    let report = run(
        "load = { mode = 'closed', concurrency = 8 }\ndeadline = { after = '30ms', on_timeout = 'cancel', grace = '5s' }\nrun.tasks = 40",
        |cx| {
            Box::pin(async move {
                cx.cancelled().await;
                sleep_ms(5).await;
                if cx.number() % 2 == 0 { Err(Cancelled.into()) } else { Ok(()) }
            })
        },
    );
    let lane = lane(&report);
    assert_eq!((lane.cancelled(), lane.done()), (20, 20));
    assert_eq!((lane.cancelled_at_deadline(), lane.late(Ending::Done)), (20, 20));
    assert!(lane.book.histogram(Metric::CancelLag, |_| true).min() >= Duration::from_millis(5));
}

#[test]
fn a_task_that_ignores_its_cancellation_is_dropped_when_the_grace_is_over() {
    let report = run(
        "load = { mode = 'closed', concurrency = 8 }\ndeadline = { after = '20ms', on_timeout = 'cancel', grace = '60ms' }\nrun.tasks = 16",
        |_| Box::pin(async { std::future::pending().await }),
    );
    let lane = lane(&report);
    assert_eq!(lane.cancelled_at_deadline(), 16);
    assert!(lane.book.histogram(Metric::CancelLag, |_| true).min() >= Duration::from_millis(60));
}

#[test]
fn steps_are_timed_by_name() {
    let report = run("load = { mode = 'closed', concurrency = 4 }\nrun.tasks = 50", |cx| {
        Box::pin(async move {
            cx.step("outer", async {
                cx.step("inner", sleep_ms(2)).await;
            })
            .await;
            Ok(())
        })
    });
    let steps = lane(&report).book.steps();
    let step = |name| steps.iter().find(|s| &*s.name == name).map(|s| (s.service.count(), s.service.min()));
    let (inner, outer) = (step("inner").unwrap(), step("outer").unwrap());
    assert_eq!((inner.0, outer.0), (50, 50));
    assert!(inner.1 >= Duration::from_millis(2) && outer.1 >= inner.1);
}

#[test]
fn start_delay_and_busy_time_are_measured_apart() {
    let report =
        run("load = { mode = 'closed', concurrency = 2 }\nrun = { tasks = 20, flavor = 'current_thread' }", |_| {
            Box::pin(async {
                let begin = std::time::Instant::now();
                while begin.elapsed() < Duration::from_millis(5) {
                    std::hint::spin_loop();
                }
                sleep_ms(10).await;
                Ok(())
            })
        });
    let book = &lane(&report).book;
    let all = |metric| book.histogram(metric, |_| true);
    // The cycle counter and the system clock differ by what calibrating the one by the other leaves.
    assert!(all(Metric::Busy).min() >= Duration::from_millis(4));
    assert!(all(Metric::Service).min() >= Duration::from_millis(14));
    assert_eq!(all(Metric::StartDelay).count(), 20);
}
