//! Gathers: the outcome of each mode, and what happens to the siblings.

use std::time::Duration;

use tardy::engine::Command;
use tardy::outcome::{CancelReason, GatherOutcome};
use tardy::scenario::TaskContext;
use tardy::snapshot::EndedBy;

use crate::support::{Work, finish, lane, run, sleep_ms, start, until};

fn load(gather: &str, deadline: &str, tasks: u32) -> String {
    format!(
        "load = {{ mode = 'closed', concurrency = 3 }}\ngather = {{ {gather} }}\n{deadline}\nrun = {{ tasks = {tasks}, drain = '5s' }}"
    )
}

/// Child 1 fails after 20 ms, the others are done after 300 ms.
fn one_fails(cx: TaskContext) -> Work {
    Box::pin(async move {
        if cx.child() == 1 {
            sleep_ms(20).await;
            return Err("child 1".into());
        }
        sleep_ms(300).await;
        Ok(())
    })
}

#[test]
fn collect_waits_for_all_and_an_error_makes_it_partial() {
    let report = run(&load("width = 4, mode = 'collect'", "", 40), one_fails);
    let lane = lane(&report);
    let gathers = lane.book.gathers().unwrap();
    assert_eq!((gathers.started, gathers.decided(GatherOutcome::Partial)), (10, 10));
    assert_eq!((lane.done(), lane.failed(), lane.cancelled()), (30, 10, 0));
    assert!(gathers.latency.min().as_millis() >= 290);
    assert_eq!(gathers.wasted_ns, 0);
}

#[test]
fn fail_fast_has_its_outcome_at_the_first_error_and_its_siblings_run_on() {
    let report = run(&load("width = 4, mode = 'fail_fast'", "", 40), one_fails);
    let lane = lane(&report);
    let gathers = lane.book.gathers().unwrap();
    assert_eq!(gathers.decided(GatherOutcome::Failed), 10);
    assert_eq!((lane.done(), lane.failed(), lane.cancelled()), (30, 10, 0));
    assert!(gathers.latency.min() < lane.book.histogram(tardy::ledger::Metric::Service, |_| true).max());
    // Each of the 30 siblings ran on for about 280 ms.
    assert!(gathers.wasted_ns > 30 * 10_000_000, "{}", gathers.wasted_ns);
}

#[test]
fn a_task_group_cancels_its_siblings() {
    let report = run(&load("width = 4, mode = 'cancel_siblings'", "", 40), one_fails);
    let lane = lane(&report);
    assert_eq!(lane.book.gathers().unwrap().decided(GatherOutcome::Failed), 10);
    assert_eq!((lane.done(), lane.failed(), lane.cancelled()), (0, 10, 30));
    assert_eq!(lane.cancelled_at_deadline(), 0);
}

#[test]
fn a_quorum_is_complete_with_its_kth_child_and_the_policy_decides_on_the_rest() {
    let ladder = |cx: TaskContext| -> Work {
        Box::pin(async move {
            sleep_ms(if cx.child() < 2 { 5 } else { 200 }).await;
            Ok(())
        })
    };
    let deadline = |policy| format!("deadline = {{ after = '10s', on_timeout = '{policy}' }}");
    let gather = "width = 4, mode = 'first', k = 2";
    let cancel = run(&load(gather, &deadline("cancel"), 12), ladder);
    let observe = run(&load(gather, &deadline("observe"), 12), ladder);
    for report in [&cancel, &observe] {
        assert_eq!(lane(report).book.gathers().unwrap().decided(GatherOutcome::Complete), 3);
    }
    assert_eq!((lane(&cancel).done(), lane(&cancel).cancelled()), (6, 6));
    assert_eq!((lane(&observe).done(), lane(&observe).cancelled()), (12, 0));
}

#[test]
fn a_quorum_that_cannot_be_reached_fails() {
    let report = run(&load("width = 3, mode = 'first', k = 2", "", 30), |cx| {
        Box::pin(async move { if cx.child() < 2 { Err("no".into()) } else { Ok(()) } })
    });
    assert_eq!(lane(&report).book.gathers().unwrap().decided(GatherOutcome::Failed), 10);
}

#[test]
fn a_gather_cancelled_at_its_deadline_cancels_its_unfinished_children() {
    let report = run(
        &load(
            "width = 4, mode = 'collect'",
            "deadline = { after = '400ms', on_timeout = 'cancel', scope = 'gather' }",
            20,
        ),
        |cx| Box::pin(async move { if cx.child() == 0 { Ok(()) } else { std::future::pending().await } }),
    );
    let lane = lane(&report);
    assert_eq!(lane.book.gathers().unwrap().decided(GatherOutcome::Cancelled), 5);
    assert_eq!((lane.done(), lane.cancelled(), lane.cancelled_at_deadline()), (5, 15, 15));
    assert!(lane.book.late().worst().iter().all(|task| task.reason == Some(CancelReason::GatherDeadline)));
}

#[test]
fn a_gather_that_has_its_outcome_cancels_no_one_at_its_deadline() {
    let report = run(
        &load(
            "width = 3, mode = 'fail_fast'",
            "deadline = { after = '400ms', on_timeout = 'cancel', scope = 'gather' }",
            9,
        ),
        |cx| {
            Box::pin(async move {
                if cx.child() == 0 {
                    return Err("first".into());
                }
                sleep_ms(900).await;
                Ok(())
            })
        },
    );
    let lane = lane(&report);
    assert_eq!((lane.failed(), lane.done(), lane.cancelled()), (3, 6, 0));
    assert_eq!(lane.timed_out(), 6);
}

#[test]
fn a_cancelled_child_is_the_error_of_a_fail_fast_gather() {
    let report =
        run(&load("width = 3, mode = 'fail_fast'", "deadline = { after = '400ms', on_timeout = 'cancel' }", 9), |cx| {
            Box::pin(async move { if cx.child() == 2 { std::future::pending().await } else { Ok(()) } })
        });
    let lane = lane(&report);
    assert_eq!(lane.book.gathers().unwrap().decided(GatherOutcome::Failed), 3);
    assert_eq!((lane.done(), lane.cancelled_at_deadline()), (6, 3));
}

#[test]
fn the_slowest_child_and_its_gap_are_known() {
    let report = run(&load("width = 3, mode = 'collect'", "", 15), |cx| {
        Box::pin(async move {
            sleep_ms(if cx.child() == 2 { 50 } else { 1 }).await;
            Ok(())
        })
    });
    let gathers = lane(&report).book.gathers().unwrap();
    assert_eq!(gathers.slowest.last(), Some(&5));
    assert!(gathers.straggler_gap.min().as_millis() >= 20);
}

#[test]
fn an_open_gather_past_its_deadline_is_timed_out_before_it_has_an_outcome() {
    let report = run(
        "load = { mode = 'closed', concurrency = 2 }\ngather = { width = 2, mode = 'collect' }\n\
         deadline = { after = '20ms', on_timeout = 'observe' }\nrun = { duration = '200ms', drain = '50ms' }",
        |_| Box::pin(async { std::future::pending().await }),
    );
    let lane = lane(&report);
    assert_eq!((lane.book.gathers().unwrap().open(), lane.gathers_timed_out()), (2, 2));
    assert_eq!((lane.unfinished(), lane.overdue, lane.timed_out()), (4, 4, 4));
}

#[test]
fn gathers_without_an_outcome_have_their_age_while_the_run_goes_on() {
    let run = start(
        "load = { mode = 'closed', concurrency = 3 }\ndeadline = { after = '20ms', on_timeout = 'observe' }\n\
         gather = { width = 2, mode = 'collect' }\nrun.duration = '1h'",
        |cx| {
            Box::pin(async move {
                if cx.number() >= 4 {
                    std::future::pending::<()>().await;
                }
                Ok(())
            })
        },
    );
    let handle = run.handle().clone();
    until(&handle, "three that have waited", |s| {
        s.lanes
            .first()
            .and_then(|lane| lane.gather_ages.as_ref())
            .is_some_and(|ages| ages.count() == 3 && ages.min() >= Duration::from_millis(10))
    });
    handle.send(Command::Abort(EndedBy::User));
    let report = finish(run);
    assert!(lane(&report).gather_ages.is_none());
    assert_eq!(lane(&report).book.gathers().unwrap().open(), 3);
}
