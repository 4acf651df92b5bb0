//! What snapshots say of the measured runtime, and of tardy itself.

use std::time::Duration;

use tardy::engine::Command;
use tardy::snapshot::{EndedBy, LaneView, State};

use crate::support::{finish, run, sleep_ms, start, until};

#[test]
fn a_worker_stuck_in_a_poll_is_seen_while_it_is_and_after_the_run() {
    let run = start(
        "load = { mode = 'closed', concurrency = 1 }\nrun = { duration = '1h', drain = '0s', workers = 2 }",
        |_| {
            Box::pin(async {
                std::thread::sleep(Duration::from_secs(3));
                Ok(())
            })
        },
    );
    let handle = run.handle().clone();
    let stuck = |s: &tardy::snapshot::Snapshot| {
        s.runtime.workers.iter().filter(|w| w.polling_for.is_some_and(|time| time > Duration::from_millis(300))).count()
    };
    until(&handle, "a stuck worker", |s| stuck(s) == 1 && s.runtime.workers.len() == 2);
    handle.send(Command::Abort(EndedBy::User));
    let report = finish(run);
    assert_eq!(stuck(&report.snapshot), 1);
    assert_eq!(report.snapshot.runtime.workers.iter().filter(|worker| worker.polling_for.is_none()).count(), 1);
}

#[test]
fn workers_that_work_are_busy_and_one_task_in_many_says_where_its_time_goes() {
    let report = run("load = { mode = 'closed', concurrency = 40 }\nrun = { tasks = 20000, workers = 2 }", |_| {
        Box::pin(async {
            tokio::task::yield_now().await;
            Ok(())
        })
    });
    let runtime = &report.snapshot.runtime;
    assert_eq!(runtime.workers.len(), 2);
    assert!(runtime.workers.iter().any(|worker| worker.polls > 0 && worker.busy_share > 0.0));
    assert!(runtime.workers.iter().all(|worker| worker.polling_for.is_none() && worker.busy_share <= 1.0));
    let split = runtime.split.unwrap();
    assert_eq!(split.one_in, 64);
    assert!((150..=600).contains(&split.sampled), "{split:?}");
    assert!(split.polled > Duration::ZERO && split.scheduled > Duration::ZERO);
    assert!(runtime.start_delay_p50.is_some() && runtime.start_delay_p50 <= runtime.start_delay_p99);
    assert_eq!(report.snapshot.info.unstable, runtime.blocking_threads.is_some());
    assert_eq!(report.snapshot.info.unstable, runtime.workers[0].local_queue.is_some());
}

#[test]
fn an_event_loop_is_one_worker() {
    let report =
        run("load = { mode = 'closed', concurrency = 4 }\nrun = { tasks = 400, flavor = 'current_thread' }", |_| {
            Box::pin(async { Ok(()) })
        });
    let [worker] = &report.snapshot.runtime.workers[..] else { panic!("{:?}", report.snapshot.runtime) };
    assert!(worker.polls > 0);
}

#[test]
fn a_reset_forgets_the_sampled_tasks_and_the_largest_lag() {
    let run = start("load = { mode = 'closed', concurrency = 200 }\nrun = { duration = '1h', drain = '2s' }", |_| {
        Box::pin(async {
            sleep_ms(50).await;
            Ok(())
        })
    });
    let handle = run.handle().clone();
    until(&handle, "sampled tasks", |s| s.runtime.split.is_some_and(|split| split.sampled > 10));
    let cost = handle.snapshot().cost;
    assert!(cost.tick_lag_max >= cost.tick_lag && cost.tick_lag_max > Duration::ZERO);
    assert_eq!(cost.memory_bytes.is_some(), cfg!(target_os = "linux"));
    let before = handle.snapshot().elapsed;
    handle.send(Command::Reset);
    until(&handle, "afresh", |s| s.elapsed < before);
    let after = handle.snapshot();
    assert!(after.runtime.split.is_none() || after.elapsed >= Duration::from_secs(1));
    until(&handle, "sampled tasks again", |s| s.runtime.split.is_some_and(|split| split.sampled > 0));
    handle.send(Command::Stop(EndedBy::User));
    finish(run);
}

#[test]
fn a_warm_up_says_how_long_it_is_and_how_far() {
    let run = start(
        "load = { mode = 'closed', concurrency = 2 }\nrun = { duration = '1h', warmup = '600ms', drain = '2s' }",
        |_| {
            Box::pin(async {
                sleep_ms(1).await;
                Ok(())
            })
        },
    );
    let handle = run.handle().clone();
    assert_eq!(handle.snapshot().warmup, Some(Duration::from_millis(600)));
    until(&handle, "a part of the warm-up", |s| s.elapsed >= Duration::from_millis(100));
    until(&handle, "the run proper", |s| s.state == State::Running && s.warmup.is_none());
    until(&handle, "counts", |s| s.total(LaneView::done) > 0);
    handle.send(Command::Stop(EndedBy::User));
    finish(run);
}
