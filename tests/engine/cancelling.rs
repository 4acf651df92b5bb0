//! The user cancels one task.

use std::time::Duration;

use tardy::engine::Command;
use tardy::ledger::Metric;
use tardy::outcome::{CancelReason, Ending, GatherOutcome, Lateness};
use tardy::scenario::{Cancelled, TaskContext};
use tardy::snapshot::{EndedBy, LaneView, MAX_OVERDUE, Snapshot};

use crate::support::{Work, finish, lane, run, sleep_ms, start, until};

fn waits(cx: TaskContext) -> Work {
    Box::pin(async move {
        cx.step("wait", std::future::pending::<()>()).await;
        Ok(())
    })
}

fn cancelled(snapshot: &Snapshot) -> u64 {
    snapshot.total(LaneView::cancelled)
}

#[test]
fn an_overdue_task_that_the_user_cancels_is_late_but_not_cancelled_at_its_deadline() {
    let run = start(
        "load = { mode = 'closed', concurrency = 8 }\ndeadline = { after = '20ms', on_timeout = 'observe' }\nrun.duration = '1h'",
        waits,
    );
    let handle = run.handle().clone();
    until(&handle, "eight overdue", |s| s.overdue.len() == 8);
    handle.send(Command::Cancel(handle.snapshot().overdue[3].task));
    until(&handle, "one cancelled", |s| cancelled(s) == 1);
    handle.send(Command::Cancel(3));
    handle.send(Command::Cancel(u64::MAX));
    until(&handle, "nine overdue since", |s| s.total(LaneView::timed_out) == 9);
    handle.send(Command::Abort(EndedBy::User));
    let report = finish(run);
    let lane = lane(&report);
    assert_eq!((lane.cancelled(), lane.late_cancelled(), lane.cancelled_at_deadline()), (1, 1, 0));
    let [task] = lane.book.late().worst() else { panic!("{:?}", lane.book.late()) };
    assert_eq!((task.task, task.reason, task.step.as_deref()), (3, Some(CancelReason::User), Some("wait")));
    assert_eq!(lane.book.histogram(Metric::CancelLag, |_| true).count(), 1);
}

#[test]
fn a_task_cancelled_before_its_deadline_is_on_time() {
    let run = start(
        "load = { mode = 'closed', concurrency = 2 }\ndeadline = { after = '1h', on_timeout = 'cancel' }\nrun.duration = '1h'",
        waits,
    );
    let handle = run.handle().clone();
    until(&handle, "two in flight", |s| s.total(LaneView::in_flight) == 2);
    handle.send(Command::Cancel(1));
    until(&handle, "one cancelled", |s| cancelled(s) == 1);
    handle.send(Command::Abort(EndedBy::User));
    let report = finish(run);
    assert_eq!((lane(&report).timed_out(), lane(&report).late_cancelled(), lane(&report).cancelled()), (0, 0, 1));
}

#[test]
fn a_grace_holds_for_the_user_too() {
    let run = start(
        "load = { mode = 'closed', concurrency = 2 }\ndeadline = { after = '1ms', on_timeout = 'observe', grace = '60ms' }\nrun.duration = '1h'",
        |cx| {
            Box::pin(async move {
                if cx.number() == 1 {
                    cx.step("tidy", cx.cancelled()).await;
                    return Err(Cancelled.into());
                }
                std::future::pending().await
            })
        },
    );
    let handle = run.handle().clone();
    until(&handle, "two overdue", |s| s.overdue.len() == 2);
    handle.send(Command::Cancel(0));
    handle.send(Command::Cancel(1));
    until(&handle, "both cancelled", |s| cancelled(s) == 2);
    handle.send(Command::Abort(EndedBy::User));
    let report = finish(run);
    let late: Vec<_> = lane(&report).book.late().latest().collect();
    assert!(late.iter().all(|task| task.reason == Some(CancelReason::User)));
    // The one that gives in ends first, in the step in which the request met it.
    assert_eq!(
        late.iter().map(|task| (task.task, task.step.as_deref())).collect::<Vec<_>>(),
        [(1, Some("tidy")), (0, None)]
    );
    assert!(lane(&report).book.histogram(Metric::CancelLag, |_| true).max() >= Duration::from_millis(60));
}

/// The outcome of the gather of four of which the user cancels child 2, the last one left.
fn outcome_without_child_2(mode: &str) -> GatherOutcome {
    let run = start(
        &format!(
            "load = {{ mode = 'closed', concurrency = 1 }}\ngather = {{ width = 4, mode = '{mode}' }}\nrun = {{ tasks = 4, drain = '10s' }}"
        ),
        |cx| {
            Box::pin(async move {
                if cx.child() == 2 {
                    std::future::pending::<()>().await;
                }
                Ok(())
            })
        },
    );
    let handle = run.handle().clone();
    until(&handle, "three done", |s| s.total(LaneView::done) == 3);
    handle.send(Command::Cancel(2));
    let report = finish(run);
    let gathers = lane(&report).book.gathers().unwrap();
    let all = [GatherOutcome::Complete, GatherOutcome::Partial, GatherOutcome::Failed, GatherOutcome::Cancelled];
    all.into_iter().find(|&outcome| gathers.decided(outcome) == 1).unwrap()
}

#[test]
fn to_its_gather_a_cancelled_child_has_quit_by_itself() {
    assert_eq!(outcome_without_child_2("collect"), GatherOutcome::Partial);
    assert_eq!(outcome_without_child_2("fail_fast"), GatherOutcome::Failed);
    assert_eq!(outcome_without_child_2("cancel_siblings"), GatherOutcome::Partial);
}

#[test]
fn a_late_task_says_in_which_step_it_was_cut_short() {
    let report = run(
        "load = { mode = 'closed', concurrency = 9 }\ndeadline = { after = '10ms', on_timeout = 'cancel', grace = '1h' }\nrun.tasks = 9",
        |cx| {
            Box::pin(async move {
                let last = async {
                    sleep_ms(40).await;
                    match cx.number() % 3 {
                        0 => panic!("in the inner step"),
                        1 => Err(Cancelled.into()),
                        _ => Ok(()),
                    }
                };
                cx.step("outer", cx.step("inner", last)).await
            })
        },
    );
    for task in lane(&report).book.late().latest() {
        let expected = (task.ending != Ending::Done).then_some("inner");
        assert_eq!(task.step.as_deref(), expected, "{task:?}");
    }
    assert_eq!(lane(&report).timed_out(), 9);
}

#[test]
fn a_snapshot_shows_many_of_the_overdue_and_the_oldest_of_them() {
    let run = start(
        "load = { mode = 'closed', concurrency = 300 }\ndeadline = { after = '5ms', on_timeout = 'observe' }\nrun.duration = '1h'",
        waits,
    );
    let handle = run.handle().clone();
    until(&handle, "all overdue", |s| s.total(|lane| lane.overdue) == 300 && s.overdue.len() == MAX_OVERDUE);
    let shown = handle.snapshot();
    assert!(shown.overdue.iter().is_sorted_by(|a, b| a.age >= b.age));
    assert!(shown.overdue.iter().all(|task| task.step.as_deref() == Some("wait")));
    handle.send(Command::Abort(EndedBy::User));
    finish(run);
}

#[test]
fn the_last_cancelled_tasks_say_who_asked_and_when_the_late_and_the_others() {
    let run = start(
        "load = { mode = 'closed', concurrency = 4 }\ndeadline = { after = '1h', on_timeout = 'cancel' }\nrun.duration = '1h'",
        waits,
    );
    let handle = run.handle().clone();
    until(&handle, "four in flight", |s| s.total(LaneView::in_flight) == 4);
    for (number, so_far) in [(1, 1), (3, 2)] {
        handle.send(Command::Cancel(number));
        until(&handle, "one more cancelled", |s| cancelled(s) == so_far);
    }
    handle.send(Command::Abort(EndedBy::User));
    let report = finish(run);
    let tasks: Vec<_> = lane(&report).book.cancels().latest().collect();
    assert_eq!(tasks.iter().map(|task| task.task).collect::<Vec<_>>(), [1, 3]);
    for task in tasks {
        assert_eq!(
            (task.reason, task.lateness, task.step.as_deref()),
            (CancelReason::User, Lateness::OnTime, Some("wait"))
        );
        let requested = task.requested_at_ns.unwrap();
        assert!(requested <= task.ended_at_ns && task.age_ns <= task.ended_at_ns, "{task:?}");
    }
}

#[test]
fn who_is_in_flight_at_the_end_of_the_run_is_asked_by_the_shutdown_unless_somebody_has_before() {
    let run = start(
        "load = { mode = 'closed', concurrency = 5 }\ndeadline = { after = '1h', on_timeout = 'cancel', grace = '1h' }\nrun.duration = '1h'",
        waits,
    );
    let handle = run.handle().clone();
    until(&handle, "five in flight", |s| s.total(LaneView::in_flight) == 5);
    handle.send(Command::Cancel(2));
    let asked = |s: &Snapshot, by| s.lanes[0].book.cancels().by(by);
    until(&handle, "one asked", |s| asked(s, CancelReason::User).asked == 1);
    handle.send(Command::Abort(EndedBy::User));
    let report = finish(run);
    let [user, shutdown] = [CancelReason::User, CancelReason::Shutdown].map(|by| asked(&report.snapshot, by));
    assert_eq!((user.asked, user.pending()), (1, 1));
    assert_eq!((shutdown.asked, shutdown.cancelled, shutdown.too_late, shutdown.pending()), (4, 0, 0, 4));
    assert_eq!(user.pending() + shutdown.pending(), lane(&report).unfinished());
}
