//! Where tasks were when their deadline passed, and where the time of late ones went.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tardy::engine::{Registry, Run};
use tardy::ledger::Doing;
use tardy::outcome::{CancelReason, Ending, Lateness};
use tardy::scenario::{Overrides, Plan, Source, TaskContext};
use tardy::snapshot::{LaneView, Report};
use tardy::workload::Synthetic;

use crate::support::{Work, finish, run, sleep_ms};

/// A shipped scenario with these changes, run to its end.
fn scenario(name: &str, changes: &[(&str, &str)]) -> Report {
    let path = format!("{}/scenarios/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let mut overrides = Overrides::default();
    for (key, value) in changes {
        overrides = overrides.with_set(&format!("{key}={value}")).unwrap();
    }
    let plan = Plan::new(Source::new(path.clone(), std::fs::read_to_string(&path).unwrap()), &overrides).unwrap();
    let workload = Registry::new().with(tardy::workload::<Synthetic>("synthetic")).prepare(&plan).unwrap();
    finish(Run::start(&plan, workload).unwrap())
}

fn missed(lane: &LaneView, step: &str, doing: Doing) -> u64 {
    let rows = lane.book.misses().rows().iter();
    rows.filter(|row| row.step.as_deref() == Some(step) && row.doing == doing).map(|row| row.count).sum()
}

#[track_caller]
fn assert_share(part: u64, whole: u64, expected: f64) {
    let [part, whole] = [part, whole].map(|count| f64::from(u32::try_from(count).unwrap()));
    // Four standard deviations, and one in a hundred for a worker that did not get a core.
    let margin = 4.0 * (expected * (1.0 - expected) / whole).sqrt() + 0.01;
    assert!((part / whole - expected).abs() < margin, "{part} of {whole}, expected {expected} ± {margin}");
}

#[test]
fn blame_finds_the_shares_that_the_scenario_was_made_with() {
    let report = scenario("blame", &[("run.duration", "8s"), ("run.drain", "5s")]);
    let [lane] = &report.snapshot.lanes[..] else { panic!("one lane") };
    let misses = lane.book.misses();
    assert!(misses.total() > 200, "{misses:?}");
    assert_eq!(misses.total(), lane.timed_out() - unseen(lane));
    assert_share(missed(lane, "write/acquire db", Doing::Waiting), misses.total(), 0.7);
    assert_share(missed(lane, "query", Doing::Waiting), misses.total(), 0.2);
    assert_share(missed(lane, "render", Doing::Polled), misses.total(), 0.1);
}

/// Late tasks that ended before the clock saw them overdue.
fn unseen(lane: &LaneView) -> u64 {
    lane.timed_out() - lane.book.misses().total()
}

#[test]
fn a_task_that_no_worker_has_polled_is_missed_before_its_start() {
    let report = run(
        "load = { mode = 'closed', concurrency = 3 }\ndeadline = { after = '100ms', on_timeout = 'observe' }\n\
         run = { tasks = 3, workers = 1 }",
        |_| {
            Box::pin(async {
                std::thread::sleep(Duration::from_millis(400));
                Ok(())
            })
        },
    );
    let [lane] = &report.snapshot.lanes[..] else { panic!("one lane") };
    let count =
        |doing| lane.book.misses().rows().iter().filter(|row| row.doing == doing).map(|row| row.count).sum::<u64>();
    assert_eq!((count(Doing::Polled), count(Doing::NotStarted)), (1, 2), "{:?}", lane.book.misses());
}

#[test]
fn the_time_of_late_tasks_is_split_by_step_and_the_inner_step_has_its_own() {
    let report = run(
        "load = { mode = 'closed', concurrency = 1 }\ndeadline = { after = '40ms', on_timeout = 'observe' }\n\
         run = { tasks = 8 }",
        |cx| {
            Box::pin(async move {
                let slow = if cx.number() % 2 == 0 { 60 } else { 1 };
                cx.step("outer", async {
                    sleep_ms(10).await;
                    cx.step("inner", sleep_ms(slow)).await;
                })
                .await;
                Ok(())
            })
        },
    );
    let [lane] = &report.snapshot.lanes[..] else { panic!("one lane") };
    let time_in = |name: &str, lateness| {
        let step = lane.book.steps().iter().find(|step| &*step.name == name).unwrap();
        Duration::from_nanos(u64::try_from(step.spent_ns(lateness)).unwrap())
    };
    let ms = Duration::from_millis;
    assert!(time_in("inner", Lateness::Late) >= ms(240));
    let outer = time_in("outer", Lateness::Late);
    let all: Duration = lane.book.histogram(tardy::ledger::Metric::Service, tardy::outcome::Outcome::is_late).total();
    assert!(outer >= ms(40) && outer + time_in("inner", Lateness::Late) <= all, "{outer:?} of {all:?}");
    assert!(time_in("inner", Lateness::OnTime) >= ms(1));
}

#[test]
fn a_step_that_others_poll_is_timed_and_takes_no_time_of_its_task() {
    let report = run(
        "load = { mode = 'closed', concurrency = 2 }\ndeadline = { after = '5ms', on_timeout = 'observe' }\n\
         run = { tasks = 20 }",
        |cx| {
            Box::pin(async move {
                tokio::spawn(async move { cx.step("aside", sleep_ms(10)).await }).await?;
                Ok(())
            })
        },
    );
    let [lane] = &report.snapshot.lanes[..] else { panic!("one lane") };
    let [step] = lane.book.steps() else { panic!("one step") };
    assert_eq!((step.service.count(), step.spent_ns(Lateness::Late)), (20, 0));
}

/// The steps in which the tasks of a run were missed, each with how many.
fn missed_in(report: &Report) -> Vec<(Option<&str>, u64)> {
    let [lane] = &report.snapshot.lanes[..] else { panic!("one lane") };
    lane.book.misses().rows().iter().map(|row| (row.step.as_deref(), row.count)).collect()
}

/// Waits for both, polling one after the other.
async fn both(a: impl Future<Output = ()>, b: impl Future<Output = ()>) {
    let (mut a, mut b, mut left) = (pin!(a), pin!(b), [true; 2]);
    poll_fn(|cx| {
        left[0] = left[0] && a.as_mut().poll(cx).is_pending();
        left[1] = left[1] && b.as_mut().poll(cx).is_pending();
        if left == [false; 2] { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// Waits for one of them, and drops the other.
async fn either(a: impl Future<Output = ()>, b: impl Future<Output = ()>) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    poll_fn(|cx| if b.as_mut().poll(cx).is_ready() { Poll::Ready(()) } else { a.as_mut().poll(cx) }).await;
}

/// Eight tasks with a deadline of 100 ms.
fn observed(work: impl Fn(TaskContext) -> Work + Send + Sync + 'static) -> Report {
    run(
        "load = { mode = 'closed', concurrency = 4 }\ndeadline = { after = '100ms', on_timeout = 'observe' }\n\
         run = { tasks = 8 }",
        work,
    )
}

#[test]
fn of_steps_side_by_side_the_one_that_goes_on_is_shown_and_not_the_one_that_ended() {
    let of_the_task = observed(|cx| {
        Box::pin(async move {
            both(cx.step("slow", sleep_ms(300)), cx.step("fast", sleep_ms(1))).await;
            Ok(())
        })
    });
    assert_eq!(missed_in(&of_the_task), [(Some("slow"), 8)]);
    let within_another = observed(|cx| {
        Box::pin(async move {
            let both = both(cx.step("ready", std::future::ready(())), cx.step("slow", sleep_ms(300)));
            cx.step("both", both).await;
            Ok(())
        })
    });
    assert_eq!(missed_in(&within_another), [(Some("slow"), 8)]);
}

#[test]
fn what_follows_steps_side_by_side_belongs_to_the_step_round_them() {
    let report = observed(|cx| {
        Box::pin(async move {
            let whole = async {
                both(cx.step("a", sleep_ms(1)), cx.step("b", cx.step("in b", sleep_ms(5)))).await;
                sleep_ms(300).await;
            };
            cx.step("both", whole).await;
            Ok(())
        })
    });
    assert_eq!(missed_in(&report), [(Some("both"), 8)]);
}

#[test]
fn the_one_of_two_steps_that_is_dropped_is_not_shown_any_more() {
    let report = observed(|cx| {
        Box::pin(async move {
            either(cx.step("fast", sleep_ms(1)), cx.step("slow", std::future::pending())).await;
            sleep_ms(300).await;
            Ok(())
        })
    });
    assert_eq!(missed_in(&report), [(None, 8)]);
}

#[test]
fn steps_side_by_side_have_their_own_time_and_leave_none_of_it_to_each_other() {
    let report = observed(|cx| {
        Box::pin(async move {
            let left = async {
                sleep_ms(80).await;
                cx.step("in left", sleep_ms(80)).await;
            };
            both(cx.step("left", left), cx.step("right", sleep_ms(120))).await;
            Ok(())
        })
    });
    let [lane] = &report.snapshot.lanes[..] else { panic!("one lane") };
    let spent = |name: &str| {
        let step = lane.book.steps().iter().find(|step| &*step.name == name).unwrap();
        (step.spent_ns(Lateness::Late), step.service.total().as_nanos())
    };
    let [left, within, right] = ["left", "in left", "right"].map(spent);
    // Sums of eight, in nanoseconds; those of histograms are exact.
    assert_eq!((within.0, right.0, left.0), (within.1, right.1, left.1 - within.1));
    assert!(left.0 >= 8 * 80_000_000 && within.0 >= 8 * 80_000_000 && right.0 >= 8 * 120_000_000);
}

#[test]
fn a_step_polled_by_another_task_is_shown_until_it_ends_and_then_the_one_round_it() {
    let report = observed(|cx| {
        Box::pin(async move {
            let aside = async move {
                tokio::spawn(async move { cx.step("aside", sleep_ms(1)).await }).await?;
                sleep_ms(300).await;
                Ok::<_, tokio::task::JoinError>(())
            };
            Ok(cx.step("outer", aside).await?)
        })
    });
    assert_eq!(missed_in(&report), [(Some("outer"), 8)]);
}

#[test]
fn a_step_that_outlives_its_task_is_not_shown_of_the_next_one_in_its_slot() {
    let report = run(
        "load = { mode = 'closed', concurrency = 8 }\ndeadline = { after = '100ms', on_timeout = 'observe' }\n\
         run = { tasks = 160, workers = 1 }",
        |cx| {
            Box::pin(async move {
                // Slots come in chunks of 64, and each is used again once all of its tasks have ended.
                match cx.number() {
                    0..64 => drop(tokio::spawn(cx.step("aside", std::future::pending::<()>()))),
                    64..128 => sleep_ms(20).await,
                    _ => sleep_ms(300).await,
                }
                Ok(())
            })
        },
    );
    assert_eq!(missed_in(&report), [(None, 32)]);
}

#[test]
fn every_request_to_cancel_is_accounted_for() {
    let report = run(
        "load = { mode = 'closed', concurrency = 4 }\n\
         deadline = { after = '10ms', on_timeout = 'cancel', grace = '30ms' }\nrun = { tasks = 40 }",
        |cx| {
            Box::pin(async move {
                // One in two waits until it is dropped, the others end in spite of their cancellation.
                sleep_ms(if cx.number() % 2 == 0 { 10_000 } else { 20 }).await;
                Ok(())
            })
        },
    );
    let [lane] = &report.snapshot.lanes[..] else { panic!("one lane") };
    let by = lane.book.cancels().by(CancelReason::Deadline);
    assert_eq!(by.asked, by.cancelled + by.too_late);
    assert_eq!((by.pending(), by.cancelled), (0, lane.cancelled()));
    assert!(by.cancelled >= 20 && by.too_late > 0, "{by:?}");
    // Some end late before anybody asks.
    assert!(by.too_late <= lane.late(Ending::Done), "{by:?}");
}

#[cfg(all(tokio_unstable, target_os = "linux", any(target_arch = "aarch64", target_arch = "x86_64")))]
mod awaits {
    use tardy::engine::Command;
    use tardy::snapshot::EndedBy;

    use super::*;
    use crate::support::{start, until};

    const DATABASE: u32 = line!() + 5;
    const HANDLER: u32 = line!() + 9;

    #[inline(never)]
    async fn database() {
        sleep_ms(80).await;
    }

    #[inline(never)]
    async fn handler() {
        database().await;
    }

    #[test]
    fn the_line_at_which_a_task_waited_is_known_with_those_that_called_it() {
        for policy in ["observe", "cancel"] {
            let run = start(
                &format!(
                    "load = {{ mode = 'closed', concurrency = 4 }}\n\
                     deadline = {{ after = '20ms', on_timeout = '{policy}' }}\nrun = {{ duration = '1h' }}"
                ),
                |cx| {
                    Box::pin(async move {
                        cx.step("call", handler()).await;
                        Ok(())
                    })
                },
            );
            // The lines take a while to be found, and the end of a run waits no longer than a second.
            until(run.handle(), "a line", |s| !s.awaits.rows.is_empty());
            run.handle().send(Command::Stop(EndedBy::User));
            let report = finish(run);
            let awaits = &report.snapshot.awaits;
            assert!(awaits.supported && awaits.captured > 0, "{policy}: {awaits:?}");
            let row = &awaits.rows[0];
            let lines: Vec<u32> =
                row.frames.iter().filter(|frame| frame.file_name() == "blame.rs").map(|frame| frame.line).collect();
            assert_eq!(lines[..2], [DATABASE, HANDLER], "{row:#?}");
            assert_eq!(row.step.as_deref(), Some("call"));
            assert!(awaits.cost_each().unwrap() > Duration::ZERO);
            assert_eq!(awaits.rows.iter().map(|row| row.count).sum::<u64>(), awaits.captured);
        }
    }
}
