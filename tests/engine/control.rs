//! Live commands, warm-up, and the books under all of them at once.

use std::time::{Duration, Instant};

use tardy::engine::Command;
use tardy::histogram::Histogram;
use tardy::outcome::Policy;
use tardy::snapshot::{EndedBy, LaneView, State};

use crate::support::{assert_balanced, finish, lane, run, sleep_ms, start, until};

const FOREVER: &str = "load = { mode = 'closed', concurrency = 8 }\ndeadline = { after = '20ms', on_timeout = 'observe' }\nrun = { duration = '1h', drain = '2s' }";

#[test]
fn a_toggle_opens_another_lane_and_tasks_keep_the_one_they_were_spawned_under() {
    let run = start(FOREVER, |_| {
        Box::pin(async {
            // Far beyond the deadline, so that a late clock still cancels it there.
            sleep_ms(500).await;
            Ok(())
        })
    });
    let handle = run.handle().clone();
    until(&handle, "tasks observed", |s| s.total(tardy::snapshot::LaneView::done) > 0);
    handle.send(Command::Policy(Policy::Cancel));
    until(&handle, "tasks cancelled", |s| s.total(tardy::snapshot::LaneView::cancelled) > 0);
    handle.send(Command::Policy(Policy::Observe));
    handle.send(Command::Deadline(Duration::from_secs(10)));
    until(&handle, "a third lane", |s| {
        s.lanes.iter().any(|l| l.key.deadline == Some(Duration::from_secs(10)) && l.done() > 0)
    });
    handle.send(Command::Stop(EndedBy::User));
    let report = finish(run);
    let lanes = &report.snapshot.lanes;
    assert_eq!(lanes.len(), 3);
    for lane in lanes {
        match (lane.key.policy, lane.key.deadline) {
            (Policy::Cancel, _) => assert_eq!((lane.done(), lane.spawned), (0, lane.cancelled())),
            (Policy::Observe, Some(d)) if d < Duration::from_secs(1) => {
                assert_eq!((lane.cancelled(), lane.timed_out()), (0, lane.spawned));
            }
            _ => assert_eq!((lane.cancelled(), lane.timed_out()), (0, 0)),
        }
    }
    // By the clock, and not by the seconds of the timeline.
    assert!(lanes.iter().all(|lane| !lane.open.is_zero()));
    assert_eq!(lanes.iter().map(|lane| lane.open).sum::<Duration>(), report.snapshot.loaded);
    assert_eq!(report.snapshot.state, State::Finished(EndedBy::User));
    assert!(report.snapshot.timeline.markers().len() >= 3);
}

#[test]
fn load_can_be_raised_lowered_and_paused_while_it_runs() {
    let run = start(FOREVER, |_| {
        Box::pin(async {
            sleep_ms(5).await;
            Ok(())
        })
    });
    let handle = run.handle().clone();
    let in_flight = |s: &tardy::snapshot::Snapshot| s.total(tardy::snapshot::LaneView::in_flight);
    until(&handle, "eight in flight", |s| in_flight(s) == 8);
    handle.send(Command::Load(20.0));
    until(&handle, "twenty in flight", |s| in_flight(s) == 20);
    handle.send(Command::Load(3.0));
    until(&handle, "three in flight", |s| in_flight(s) == 3);
    handle.send(Command::Pause(true));
    until(&handle, "none in flight", |s| in_flight(s) == 0 && s.load.paused);
    handle.send(Command::Pause(false));
    until(&handle, "three again", |s| in_flight(s) == 3 && !s.load.paused);
    handle.send(Command::Abort(EndedBy::User));
    finish(run);
}

#[test]
fn what_is_in_flight_has_its_age_and_the_survival_curve_of_its_lane_knows() {
    let run = start(FOREVER, |_| Box::pin(std::future::pending()));
    let handle = run.handle().clone();
    let old = |ages: &Histogram| ages.count() == 8 && ages.min() > Duration::from_millis(30);
    until(&handle, "eight ages", |s| s.lanes.first().is_some_and(|lane| lane.ages.as_deref().is_some_and(old)));
    let lane = handle.snapshot().lanes[0].clone();
    let survival = lane.survival();
    assert_eq!((survival.tasks(), survival.quantile(0.5)), (8, None));
    assert!(survival.known_until().is_some_and(|until| until > Duration::from_millis(29)));
    handle.send(Command::Abort(EndedBy::User));
    let closed = finish(run).snapshot.lanes[0].clone();
    assert!(closed.ages.is_none() && closed.survival().tasks() == 8);
}

#[test]
fn an_open_load_changes_its_rate_and_counts_what_waits() {
    let run = start(
        "load = { mode = 'open', rate = '200/s', arrivals = 'constant', max_in_flight = 1, when_full = 'queue' }\nrun = { duration = '1h', drain = '0s' }",
        |_| Box::pin(std::future::pending()),
    );
    let handle = run.handle().clone();
    until(&handle, "a queue", |s| s.load.queued > 20);
    handle.send(Command::Load(0.5));
    handle.send(Command::Stop(EndedBy::User));
    let report = finish(run);
    let load = &report.snapshot.load;
    assert_eq!((load.spawned, load.due), (1, 1 + load.queued));
    assert_eq!(lane(&report).unfinished(), 1);
}

#[test]
fn what_is_shed_is_counted() {
    let report = run(
        "load = { mode = 'open', rate = '1000/s', arrivals = 'constant', max_in_flight = 2, when_full = 'shed' }\nrun = { duration = '300ms', drain = '0s' }",
        |_| Box::pin(std::future::pending()),
    );
    let load = &report.snapshot.load;
    assert_eq!((load.spawned, load.queued, load.due), (2, 0, 2 + load.shed));
    assert!(load.shed > 100, "{}", load.shed);
}

#[test]
fn a_change_in_the_warm_up_is_not_forgotten_with_it() {
    let text = "load = { mode = 'closed', concurrency = 8 }\nrun = { duration = '1h', warmup = '2s', drain = '2s' }";
    let changed_before = |command: Option<Command>| {
        let run = start(text, |_| {
            Box::pin(async {
                sleep_ms(5).await;
                Ok(())
            })
        });
        let handle = run.handle().clone();
        let wanted = usize::from(command.is_some());
        if let Some(command) = command {
            handle.send(command);
        }
        until(&handle, "the change", |s| s.timeline.markers().len() == wanted);
        until(&handle, "measuring", |s| s.state == State::Running);
        handle.send(Command::Stop(EndedBy::User));
        let snapshot = finish(run).snapshot;
        assert!(snapshot.timeline.markers().is_empty());
        snapshot.changed_before
    };
    assert!(changed_before(Some(Command::Load(4.0))));
    assert!(!changed_before(None));
}

#[test]
fn a_reset_forgets_what_was_counted_and_tasks_from_before_stay_out_of_the_books() {
    let run = start(FOREVER, |cx| {
        Box::pin(async move {
            sleep_ms(if cx.number() < 8 { 400 } else { 5 }).await;
            Ok(())
        })
    });
    let handle = run.handle().clone();
    until(&handle, "old tasks overdue", |s| s.total(|l| l.overdue) == 8 && s.overdue.len() == 8);
    handle.send(Command::Reset);
    // The old tasks are overdue for hundreds of milliseconds yet, and the new ones are not.
    until(&handle, "afresh", |s| s.timeline.markers().iter().any(|marker| marker.what == "reset"));
    assert!(handle.snapshot().overdue.iter().all(|task| task.task >= 8), "{:?}", handle.snapshot().overdue);
    until(&handle, "new tasks", |s| s.total(LaneView::done) > 5 && s.total(|l| l.overdue) == 0);
    handle.send(Command::Stop(EndedBy::User));
    let report = finish(run);
    assert!(report.snapshot.changed_before);
    let service = lane(&report).book.histogram(tardy::ledger::Metric::Service, |_| true);
    assert!(service.count() == lane(&report).done());
}

#[test]
fn the_warm_up_is_not_counted_and_tasks_are() {
    let report = run("load = { mode = 'closed', concurrency = 4 }\nrun = { tasks = 500, warmup = '150ms' }", |_| {
        Box::pin(async {
            tokio::task::yield_now().await;
            Ok(())
        })
    });
    assert_eq!(lane(&report).spawned, 500);
    assert_eq!(lane(&report).done(), 500);
    assert!(report.snapshot.began >= Duration::from_millis(150), "the ledger's times count from before the warm-up");
    assert_eq!(report.snapshot.state, State::Finished(EndedBy::Tasks));
}

#[test]
fn stages_move_the_load_along_a_line() {
    let run = start(
        "[load]\nmode = 'closed'\nconcurrency = 1\n[[load.stage]]\nduration = '400ms'\nconcurrency = 40\n[run]\nduration = '1h'\ndrain = '1s'",
        |_| {
            Box::pin(async {
                sleep_ms(5).await;
                Ok(())
            })
        },
    );
    let handle = run.handle().clone();
    until(&handle, "on the way", |s| (5..39).contains(&s.total(tardy::snapshot::LaneView::in_flight)));
    until(&handle, "at its end", |s| s.total(tardy::snapshot::LaneView::in_flight) == 40);
    handle.send(Command::Abort(EndedBy::User));
    finish(run);
}

#[test]
fn tasks_of_the_application_run_beside_the_load_and_leave_it_as_it_is() {
    let run = start("load = { mode = 'closed', concurrency = 2 }\nrun = { duration = '1h', drain = '2s' }", |_| {
        Box::pin(async {
            sleep_ms(5).await;
            Ok(())
        })
    });
    let (handle, spawner) = (run.handle().clone(), run.spawner());
    let in_flight = |s: &tardy::snapshot::Snapshot| s.total(tardy::snapshot::LaneView::in_flight);
    until(&handle, "the load", |s| in_flight(s) == 2);
    for _ in 0..50 {
        drop(spawner.spawn(async { Err::<(), _>("a guest") }));
    }
    until(&handle, "the guests' ends", |s| s.total(tardy::snapshot::LaneView::failed) == 50);
    let done = handle.snapshot().total(tardy::snapshot::LaneView::done);
    until(&handle, "the load again", |s| s.total(tardy::snapshot::LaneView::done) > done + 20);
    until(&handle, "no more than before", |s| in_flight(s) == 2);
    handle.send(Command::Stop(EndedBy::User));
    finish(run);
    let after = spawner.runtime().block_on(spawner.track(async { Ok::<_, String>("unmeasured") }));
    assert_eq!(after, Ok("unmeasured"));
}

#[test]
fn what_a_task_left_behind_hears_of_no_request_to_the_one_that_has_its_place_now() {
    let (left, ended) = std::sync::mpsc::channel();
    let load = "load = { mode = 'closed', concurrency = 8 }\ndeadline = { after = '2ms', on_timeout = 'cancel' }\nrun = { duration = '1h', drain = '1s' }";
    let run = start(load, move |cx| {
        let left = left.clone();
        Box::pin(async move {
            if cx.number() >= 200 {
                std::future::pending::<()>().await;
            }
            left.send(cx)?;
            Ok(())
        })
    });
    let handle = run.handle().clone();
    until(&handle, "places used again", |s| s.total(tardy::snapshot::LaneView::cancelled) > 1_000);
    let ended: Vec<_> = ended.try_iter().collect();
    assert!(ended.len() > 100 && ended.iter().all(|cx| !cx.is_cancelled()));
    handle.send(Command::Abort(EndedBy::User));
    finish(run);
}

#[test]
fn a_run_that_is_dropped_comes_to_its_end() {
    let run = start(FOREVER, |_| {
        Box::pin(async {
            sleep_ms(5).await;
            Ok(())
        })
    });
    let handle = run.handle().clone();
    until(&handle, "tasks", |s| s.total(|l| l.spawned) > 0);
    drop(run);
    until(&handle, "the end", tardy::snapshot::Snapshot::is_finished);
    assert_balanced(&handle.snapshot());
}

/// 2 million tasks in an optimised build, all endings, a toggle every 50 ms and other deadlines between.
#[test]
fn two_million_tasks_with_live_toggles_balance_to_the_last_one() {
    let tasks: u64 = if cfg!(debug_assertions) { 150_000 } else { 2_000_000 };
    let run = start(
        &format!(
            "load = {{ mode = 'closed', concurrency = 256 }}\ndeadline = {{ after = '1ms', on_timeout = 'cancel' }}\nrun = {{ tasks = {tasks}, drain = '10s' }}"
        ),
        |cx| {
            Box::pin(async move {
                match cx.number() % 1000 {
                    0 => sleep_ms(3).await,
                    1 => return Err("one of many".into()),
                    2 => panic!("one of few"),
                    3..=400 => tokio::task::yield_now().await,
                    _ => {}
                }
                Ok(())
            })
        },
    );
    let handle = run.handle().clone();
    let begin = Instant::now();
    let mut policy = Policy::Cancel;
    for turn in 0u64.. {
        std::thread::sleep(Duration::from_millis(50));
        let snapshot = handle.snapshot();
        assert!(snapshot.lanes.iter().all(|lane| lane.spawned >= lane.book.total_ended()));
        if snapshot.is_finished() || begin.elapsed() > Duration::from_secs(60) {
            break;
        }
        policy = policy.toggled();
        handle.send(Command::Policy(policy));
        if turn % 3 == 0 {
            handle.send(Command::Deadline(Duration::from_micros(500 << (turn % 4))));
        }
    }
    let report = finish(run);
    let snapshot = &report.snapshot;
    assert_balanced(snapshot);
    assert_eq!(snapshot.total(|l| l.spawned), tasks);
    assert_eq!(snapshot.total(tardy::snapshot::LaneView::unfinished), 0);
    // A task may be cancelled before its first poll, so that it never gets to fail.
    let (failed, panicked) =
        (snapshot.total(tardy::snapshot::LaneView::failed), snapshot.total(tardy::snapshot::LaneView::panicked));
    assert!((1..=tasks / 1000).contains(&failed) && (1..=tasks / 1000).contains(&panicked));
    assert!(
        snapshot.total(tardy::snapshot::LaneView::cancelled) > 0
            && snapshot.total(|l| l.late(tardy::outcome::Ending::Done)) > 0
    );
    let said = snapshot.total(|l| l.book.messages().rows().iter().map(|m| m.count).sum());
    assert_eq!(said, failed + panicked);
}

/// Without a limit on tasks a crowded closed load takes its numbers in blocks; a block ends at a change of lane.
#[test]
fn a_crowded_load_balances_whatever_is_changed_meanwhile() {
    let run = start(
        "load = { mode = 'closed', concurrency = 256 }\ndeadline = { after = '1ms', on_timeout = 'cancel' }\nrun = { duration = '1h', warmup = '100ms', drain = '10s' }",
        |cx| {
            Box::pin(async move {
                match cx.number() % 500 {
                    0 => sleep_ms(3).await,
                    1 => return Err("one of many".into()),
                    _ => tokio::task::yield_now().await,
                }
                Ok(())
            })
        },
    );
    let handle = run.handle().clone();
    until(&handle, "the end of the warm-up", |s| s.state == State::Running && s.total(|l| l.spawned) > 0);
    let mut policy = Policy::Cancel;
    for turn in 0..20u32 {
        std::thread::sleep(Duration::from_millis(30));
        policy = policy.toggled();
        handle.send(Command::Policy(policy));
        match turn % 5 {
            0 => handle.send(Command::Deadline(Duration::from_micros(500 << (turn % 4)))),
            2 => handle.send(Command::Load(f64::from(20 + turn * 20))),
            4 => handle.send(Command::Reset),
            _ => {}
        }
    }
    until(&handle, "counts from after the last reset", |s| s.total(LaneView::done) > 0);
    handle.send(Command::Stop(EndedBy::User));
    let report = finish(run);
    assert_eq!(report.snapshot.total(LaneView::unfinished), 0);
}
