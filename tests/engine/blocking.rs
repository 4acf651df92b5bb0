//! Calls on blocking threads: a task that is dropped leaves them running, and that is counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tardy::engine::Command;
use tardy::ledger::Requests;
use tardy::outcome::CancelReason;
use tardy::snapshot::{EndedBy, Snapshot};

use crate::support::{finish, lane, run, start, until};

const CANCELS: &str = "load = { mode = 'closed', concurrency = 4 }\n\
                       deadline = { after = '500ms', on_timeout = 'cancel' }\n";

fn asked(snapshot: &Snapshot, reason: CancelReason) -> Requests {
    snapshot.lanes.first().map_or_else(Requests::default, |lane| lane.book.cancels().by(reason))
}

#[test]
fn a_call_that_goes_on_after_its_task_was_cancelled_is_counted_until_it_ends() {
    let may_end = Arc::new(AtomicBool::new(false));
    let awaited = Arc::clone(&may_end);
    let run = start(&format!("{CANCELS}run = {{ duration = '1h' }}"), move |cx| {
        let awaited = Arc::clone(&awaited);
        Box::pin(async move {
            if cx.number() < 4 {
                let is_third = cx.number() == 2;
                cx.spawn_blocking(move || {
                    while !awaited.load(Ordering::Relaxed) {
                        std::thread::sleep(Duration::from_millis(5));
                    }
                    assert!(!is_third, "a call that panics has ended too");
                })
                .await?;
            }
            std::future::pending().await
        })
    });
    let handle = run.handle().clone();
    until(&handle, "four that go on", |s| asked(s, CancelReason::Deadline).blocking() == 4);
    std::thread::sleep(Duration::from_millis(100));
    may_end.store(true, Ordering::Relaxed);
    until(&handle, "all at their end", |s| asked(s, CancelReason::Deadline).blocking() == 0);
    handle.send(Command::Abort(EndedBy::User));
    let report = finish(run);
    let by = asked(&report.snapshot, CancelReason::Deadline);
    assert_eq!((by.blocking_left, by.blocking_ended), (4, 4));
    assert!(by.blocking_ns >= 4 * 100_000_000, "{by:?}");
}

#[test]
fn a_run_that_is_over_says_how_many_calls_it_leaves_behind() {
    let report = run(&format!("{CANCELS}run = {{ tasks = 4 }}"), |cx| {
        Box::pin(async move { Ok(cx.spawn_blocking(|| std::thread::sleep(Duration::from_secs(5))).await?) })
    });
    assert_eq!(lane(&report).cancelled(), 4);
    assert_eq!(asked(&report.snapshot, CancelReason::Deadline).blocking(), 4);
}

#[test]
fn a_call_that_a_task_waits_for_leaves_nothing_behind() {
    let report = run("load = { mode = 'closed', concurrency = 2 }\nrun = { tasks = 50 }", |cx| {
        Box::pin(async move {
            let answer = cx.spawn_blocking(|| 42).await?;
            if answer == 42 { Ok(()) } else { Err("not the answer".into()) }
        })
    });
    assert_eq!((lane(&report).done(), lane(&report).book.cancels().is_empty()), (50, true));
}
