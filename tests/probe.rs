//! A probe in an application: its futures, its runtime, its panics.

#![expect(clippy::disallowed_methods, reason = "an application has tasks of its own")]
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::convert::Infallible;
use std::future::{pending, ready};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tardy::Probe;
use tardy::engine::{Command, NotDone};
use tardy::outcome::{GatherMode, GatherOutcome, Policy};
use tardy::probe::{ProbeError, Watch};
use tardy::snapshot::{LaneView, Report, Snapshot};

type Child = std::pin::Pin<Box<dyn Future<Output = Result<&'static str, &'static str>> + Send>>;

const DEADLINE: Duration = Duration::from_millis(20);

fn cancels() -> Watch {
    Probe::new("app").deadline(DEADLINE).on_timeout(Policy::Cancel).start().unwrap()
}

fn observes() -> Watch {
    Probe::new("app").deadline(DEADLINE).start().unwrap()
}

fn balanced(probe: Watch) -> Report {
    let report = probe.shutdown().unwrap();
    assert_eq!(report.snapshot.balanced, Some(true));
    for lane in &report.snapshot.lanes {
        let ended = lane.done() + lane.failed() + lane.panicked() + lane.cancelled();
        assert_eq!(lane.spawned, ended + lane.unfinished());
    }
    report
}

fn total(report: &Report, count: impl Fn(&LaneView) -> u64) -> u64 {
    report.snapshot.total(count)
}

async fn until(probe: &Watch, what: &str, is_so: impl Fn(&Snapshot) -> bool) {
    for _ in 0..1_000 {
        if is_so(&probe.snapshot()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never: {what}: {:?}", probe.snapshot().lanes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_future_comes_to_is_its_owners_and_is_counted() {
    let probe = cancels();
    assert_eq!(probe.spawn(async { Ok::<_, Infallible>(7) }).await.unwrap(), Ok(7));
    assert_eq!(probe.spawn(async { Err::<(), _>("no") }).await.unwrap(), Err(NotDone::Failed("no")));
    assert_eq!(probe.spawn(pending::<Result<(), Infallible>>()).await.unwrap(), Err(NotDone::TimedOut));
    assert_eq!(probe.track(ready(Ok::<_, Infallible>("here"))).await, Ok("here"));
    assert_eq!(probe.track(pending::<Result<(), Infallible>>()).await, Err(NotDone::TimedOut));
    let aborted = probe.spawn(pending::<Result<(), Infallible>>());
    aborted.abort();
    assert!(aborted.await.unwrap_err().is_cancelled());

    let report = balanced(probe);
    let counts =
        [LaneView::done, LaneView::failed, LaneView::cancelled, LaneView::timed_out].map(|of| total(&report, of));
    assert_eq!(counts, [2, 1, 3, 2]);
}

#[tokio::test]
async fn a_deadline_that_is_observed_ends_nothing() {
    let probe = observes();
    let late = probe.track(async {
        tokio::time::sleep(4 * DEADLINE).await;
        Ok::<_, Infallible>(())
    });
    assert_eq!(late.await, Ok(()));
    let report = balanced(probe);
    assert_eq!((total(&report, LaneView::done), total(&report, LaneView::timed_out)), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_the_applications_to_hear_and_is_counted() {
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let ears = Arc::clone(&heard);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| match panic.payload().downcast_ref::<&str>() {
        Some(said) if said.starts_with("tea") => ears.lock().unwrap().push((*said).to_owned()),
        _ => before(panic),
    }));
    let probe = observes();
    let failed = probe.spawn(async { if true { panic!("tea") } else { Ok::<(), Infallible>(()) } }).await;
    let payload = failed.unwrap_err().into_panic();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"tea"));
    let spawner = probe.spawner();
    let tracked = tokio::spawn(async move {
        spawner.track_with(|_| async { if true { panic!("tea again") } else { Ok::<(), Infallible>(()) } }).await
    });
    assert!(tracked.await.unwrap_err().is_panic());
    assert_eq!(*heard.lock().unwrap(), ["tea", "tea again"]);

    let report = balanced(probe);
    assert_eq!(total(&report, LaneView::panicked), 2);
    let messages = report.snapshot.lanes[0].book.messages();
    assert!(format!("{messages:?}").contains("tea again"));
}

#[tokio::test]
async fn what_is_in_flight_when_a_probe_ends_goes_on_unmeasured() {
    let deadline = Duration::from_millis(400);
    let probe = Probe::new("app").deadline(deadline).on_timeout(Policy::Cancel).start().unwrap();
    let spawner = probe.spawner();
    let (tell, told) = tokio::sync::oneshot::channel::<u32>();
    let waits = probe.spawn(told);
    tokio::task::yield_now().await;
    let report = tokio::task::spawn_blocking(move || balanced(probe)).await.unwrap();
    assert_eq!((report.snapshot.lanes[0].spawned, total(&report, LaneView::unfinished)), (1, 1));

    tokio::time::sleep(deadline).await;
    tell.send(5).unwrap();
    assert_eq!(waits.await.unwrap().unwrap(), 5);
    assert_eq!(spawner.spawn_with(async |_| Ok::<_, Infallible>(6)).await.unwrap(), Ok(6));
    assert_eq!(spawner.track(ready(Err::<(), _>("no"))).await, Err(NotDone::Failed("no")));
    let gathered = spawner.gather(GatherMode::FailFast, [ready(Ok(1)), ready(Err("no"))]).await;
    assert_eq!(gathered.outcome, GatherOutcome::Failed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lane_changes_live_and_a_reset_forgets() {
    let probe = observes();
    let handle = probe.handle().clone();
    assert_eq!(probe.track(ready(Ok::<_, Infallible>(()))).await, Ok(()));
    handle.send(Command::Policy(Policy::Cancel));
    until(&probe, "the other policy", |seen| seen.policy == Policy::Cancel).await;
    assert_eq!(probe.track(pending::<Result<(), Infallible>>()).await, Err(NotDone::TimedOut));
    until(&probe, "two lanes", |seen| seen.lanes.len() == 2 && seen.total(LaneView::cancelled) == 1).await;
    handle.send(Command::Load(50.0));
    handle.send(Command::Pause(true));
    handle.send(Command::Reset);
    until(&probe, "nothing", |seen| seen.total(|lane| lane.spawned) == 0).await;
    assert_eq!(probe.track(ready(Ok::<_, Infallible>(()))).await, Ok(()));
    assert_eq!(total(&balanced(probe), LaneView::done), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gathers_end_by_their_mode() {
    let probe = Probe::new("app").deadline(Duration::from_secs(60)).start().unwrap();
    let slow = |ends: &Arc<AtomicUsize>| {
        let ends = Arc::clone(ends);
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(100)).await;
            ends.fetch_add(1, Ordering::SeqCst);
            Ok("slow")
        })
    };
    let quick = |answer| -> Child { Box::pin(ready(answer)) };
    let ends = Arc::new(AtomicUsize::new(0));
    let outcome = |mode, first: Result<_, _>| probe.gather(mode, [quick(first), slow(&ends) as Child]);

    let all = outcome(GatherMode::Collect, Err("no")).await;
    assert_eq!(all.outcome, GatherOutcome::Partial);
    assert_eq!(all.children, [Some(Err(NotDone::Failed("no"))), Some(Ok("slow"))]);
    let fast = outcome(GatherMode::FailFast, Err("no")).await;
    assert_eq!((fast.outcome, fast.children[1].is_none()), (GatherOutcome::Failed, true));
    let first = outcome(GatherMode::First(9), Ok("quick")).await;
    assert_eq!(first.outcome, GatherOutcome::Complete);
    let siblings = outcome(GatherMode::CancelSiblings, Err("no")).await;
    assert_eq!(siblings.outcome, GatherOutcome::Failed);
    drop(outcome(GatherMode::Collect, Ok("dropped")));
    let none = probe.gather(GatherMode::Collect, Vec::<Child>::new()).await;
    assert_eq!((none.outcome, none.children.len()), (GatherOutcome::Complete, 0));

    until(&probe, "all ended", |seen| seen.total(LaneView::in_flight) == 0 && seen.total(|lane| lane.spawned) == 10)
        .await;
    assert_eq!(ends.load(Ordering::SeqCst), 3, "collect, fail fast, and the quorum of two");
    let report = balanced(probe);
    let gathers = report.snapshot.lanes[0].book.gathers().unwrap();
    let outcomes =
        [GatherOutcome::Complete, GatherOutcome::Partial, GatherOutcome::Failed].map(|of| gathers.decided(of));
    assert_eq!(gathers.started, 5);
    assert_eq!(outcomes, [1, 2, 2], "the dropped one is partial too");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn siblings_are_cancelled_even_if_the_probe_ends_before_the_gather() {
    let probe = observes();
    let (fails, failed) = tokio::sync::oneshot::channel::<()>();
    let held = Arc::new(());
    let sibling = Arc::clone(&held);
    let endless = async move {
        let never = pending::<Result<&str, &str>>().await;
        drop(sibling);
        never
    };
    let failing = async move {
        failed.await.unwrap();
        Err("too late")
    };
    let children: [Child; 2] = [Box::pin(endless), Box::pin(failing)];
    let gathering = tokio::spawn(probe.gather(GatherMode::CancelSiblings, children));
    until(&probe, "both are in flight", |snapshot| snapshot.total(|lane| lane.spawned) == 2).await;
    balanced(probe);
    fails.send(()).unwrap();
    let gathered = gathering.await.unwrap();
    assert_eq!(gathered.outcome, GatherOutcome::Failed);
    let dropped = async {
        while Arc::strong_count(&held) > 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), dropped).await.expect("the sibling is dropped");
}

#[tokio::test]
async fn commands_are_carried_out_however_many_there_are() {
    let probe = observes();
    // A few at each of twenty looks a second would take longer than anybody waits here.
    (0..50_000).for_each(|number| probe.handle().send(Command::Cancel(u64::MAX - number)));
    probe.handle().send(Command::Deadline(2 * DEADLINE));
    until(&probe, "the last is carried out", |snapshot| snapshot.deadline == Some(2 * DEADLINE)).await;
    balanced(probe);
}

#[tokio::test]
async fn a_policy_and_a_grace_hold_for_a_deadline_that_is_set_later() {
    let probe = Probe::new("later").on_timeout(Policy::Cancel).start().unwrap();
    probe.handle().send(Command::Deadline(Duration::MAX));
    probe.handle().send(Command::Deadline(DEADLINE));
    until(&probe, "there is a deadline", |snapshot| snapshot.deadline.is_some()).await;
    assert_eq!(probe.snapshot().deadline, Some(DEADLINE));
    assert_eq!(probe.track(pending::<Result<(), Infallible>>()).await, Err(NotDone::TimedOut));
    balanced(probe);
}

#[tokio::test]
async fn a_future_of_one_probe_may_await_one_of_another() {
    let (outer, inner) = (observes(), cancels());
    let (of_outer, of_inner) = (outer.spawner(), inner.spawner());
    let both = of_outer.track_with(async |cx| {
        for _ in 0..100 {
            let there = of_inner.track_with(async |cx| cx.step("there", ready(Ok::<_, Infallible>(1))).await);
            assert_eq!(cx.step("here", there).await, Ok(1));
            tokio::task::yield_now().await;
        }
        Ok::<_, Infallible>(())
    });
    assert_eq!(both.await, Ok(()));
    let [outer, inner] = [outer, inner].map(balanced);
    assert_eq!((total(&outer, LaneView::done), total(&inner, LaneView::done)), (1, 100));
    let steps = |report: &Report| {
        report.snapshot.lanes[0]
            .book
            .steps()
            .iter()
            .map(|step| (step.name.to_string(), step.service.count()))
            .collect::<Vec<_>>()
    };
    assert_eq!((steps(&outer), steps(&inner)), (vec![("here".to_owned(), 100)], vec![("there".to_owned(), 100)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_files_can_be_written_and_read_again() {
    let probe = cancels();
    assert_eq!(probe.track(ready(Ok::<_, Infallible>(()))).await, Ok(()));
    assert_eq!(probe.track(pending::<Result<(), Infallible>>()).await, Err(NotDone::TimedOut));
    let children = [ready(Ok::<_, Infallible>(1)), ready(Ok(2))];
    assert_eq!(probe.gather(GatherMode::Collect, children).await.outcome, GatherOutcome::Complete);
    let report = balanced(probe);
    let directory = tempfile::tempdir().unwrap();
    tardy::export::Directory::open(directory.path()).unwrap().write(&report).unwrap();
    let again = tardy::import::open(directory.path()).unwrap();
    assert_eq!((total(&again, LaneView::done), total(&again, LaneView::timed_out)), (3, 1));
    assert_eq!(again.snapshot.load.mode, report.snapshot.load.mode);
}

#[test]
fn a_probe_needs_a_runtime_a_name_and_a_deadline_that_can_be() {
    assert!(matches!(Probe::new("app").start(), Err(ProbeError::NoRuntime)));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let at = |probe: Probe| probe.runtime(runtime.handle().clone()).start();
    assert!(matches!(at(Probe::new("")), Err(ProbeError::Wrong(_))));
    assert!(matches!(at(Probe::new("app").deadline(Duration::ZERO)), Err(ProbeError::Wrong(_))));
    let probe = at(Probe::new("a \"quoted\" name")).unwrap();
    let done = probe.spawn(async { Ok::<_, Infallible>(()) });
    runtime.block_on(done).unwrap().unwrap();
    let report = balanced(probe);
    assert_eq!((report.snapshot.info.scenario.as_str(), report.snapshot.lanes[0].spawned), ("a \"quoted\" name", 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_books_balance_whenever_a_probe_is_shut_down() {
    for round in 0..8 {
        let probe = if round % 2 == 0 { cancels() } else { observes() };
        let spawner = probe.spawner();
        let busy: Vec<_> = (0..4)
            .map(|_| {
                let spawner = spawner.clone();
                tokio::spawn(async move {
                    for _ in 0..2_000 {
                        let child = spawner.spawn(async {
                            tokio::task::yield_now().await;
                            Ok::<_, Infallible>(())
                        });
                        let _ = spawner
                            .track(async {
                                tokio::task::yield_now().await;
                                Err::<(), _>("no")
                            })
                            .await;
                        child.await.unwrap().unwrap();
                    }
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(4 * round)).await;
        tokio::task::spawn_blocking(move || balanced(probe)).await.unwrap();
        for task in busy {
            task.abort();
            let _ = task.await;
        }
    }
}
