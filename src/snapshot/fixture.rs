//! Snapshots made by hand for tests of what reads them: seeded, with every number known.

mod blocks;
mod keeping;
mod lane;
pub(crate) mod simulated;
mod tour;
mod why;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use self::blocks::blocks;
pub(crate) use self::keeping::keeping;
pub(crate) use self::lane::end;
use self::lane::lane;
pub(crate) use self::tour::tour;
use self::why::awaits;
use super::{
    Baseline, Counts, EndedBy, Heat, LaneView, LoadView, Marker, OverdueTask, OwnCost, Recent, RunInfo, RuntimeView,
    Settings, Snapshot, State, TaskSplit, Timeline, TimelineRow, WorkerView,
};
use crate::condition::{Condition, Gates};
use crate::histogram::{Histogram, Precision};
use crate::ledger::{Book, Ended, Event, LaneKey};
use crate::outcome::{CancelReason, Ending, GatherMode, GatherOutcome, Policy};
use crate::shard::Part;
use crate::units::{Arrivals, LoadMode, Rate};

const MS: u64 = 1_000_000;

/// The deadline of every fixture.
pub(crate) const DEADLINE: Duration = Duration::from_millis(50);

/// A run that has just started: no lane, no row, nothing overdue.
pub(crate) fn empty() -> Snapshot {
    Snapshot {
        info: Arc::new(RunInfo {
            scenario: "fanout".into(),
            about: "20 leaves awaited together".into(),
            lesson: "one slow leaf makes the whole gather late".into(),
            started_at: SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000),
            seed: 1,
            workers: 2,
            unstable: false,
            width: 20,
            gather: Some(GatherMode::Collect),
            duration: Some(Duration::from_secs(60)),
            tasks: None,
            part: Part::Whole,
            start_at: None,
            gates: Gates::default(),
            baseline: None,
        }),
        state: State::Running,
        elapsed: Duration::ZERO,
        loaded: Duration::ZERO,
        began: Duration::ZERO,
        changed_before: false,
        warmup: None,
        policy: Policy::Observe,
        deadline: Some(DEADLINE),
        load: LoadView {
            mode: LoadMode::Open { rate: Rate::per_second(500.0).expect("positive"), arrivals: Arrivals::Poisson },
            paused: false,
            due: 0,
            spawned: 0,
            shed: 0,
            queued: 0,
            arrival_lag: Arc::new(Histogram::new(Precision::Coarse)),
        },
        lanes: Vec::new(),
        timeline: Arc::new(Timeline::default()),
        recent: Arc::default(),
        blocks: Arc::default(),
        overdue: Vec::new(),
        awaits: Arc::default(),
        runtime: RuntimeView::default(),
        cost: OwnCost {
            memory_bytes: Some(31_400_000),
            tick_lag: Duration::from_micros(80),
            tick_lag_max: Duration::from_micros(1_900),
        },
        workload: Arc::default(),
        from_files: false,
        balanced: None,
    }
}

/// The latencies of one second: 300 tasks round 12 ms, a few beyond the deadline, and those cancelled at it.
fn heat(second: u64, cancelled: u64, lane: LaneKey) -> Heat {
    let (mut observed, mut censored) = (Histogram::new(Precision::Coarse), Histogram::new(Precision::Coarse));
    for n in 0..300u64 {
        let fast = 4 * MS + n * n * (second % 7 + 20) * 16;
        observed.record(if n % 40 == 0 { 900 * MS + n * MS } else { fast });
    }
    (0..cancelled).for_each(|n| censored.record(50 * MS + n * 10_000));
    Heat::of(lane, &observed, &censored)
}

/// Seventy slices: the first lane ended tasks in all of them but the last thirty, the second in those.
fn recent(lanes: &[LaneView]) -> Recent {
    let mut recent = Recent::new(0);
    for slice in 0..70u64 {
        let lane = usize::from(slice >= 40);
        let (mut service, mut censored) = (Histogram::new(Precision::Coarse), Histogram::new(Precision::Coarse));
        for n in 0..75u64 {
            match (n % 25, lane) {
                (7, 0) => service.record(900 * MS + n * MS),
                (7, _) => censored.record(50 * MS + 80_000),
                _ => service.record(4 * MS + n * n * (slice % 5 + 20) * 400),
            }
        }
        let ended = Ended { service: service.to_sparse(), response: None, censored: censored.to_sparse() };
        recent.tick((slice + 1) * 250 * MS, [(lanes[lane].key, ended)]);
    }
    recent
}

/// The `n`th oldest of the tasks that are overdue; one of them still waits for its first poll.
fn overdue(n: u64, lane: LaneKey) -> OverdueTask {
    let overrun = Duration::from_millis(if n < 8 { 1_240 - n * 100 } else { 530 - (n - 8) * 16 });
    let waits = n == 11;
    OverdueTask {
        task: 7_000 + n,
        lane,
        age: overrun + DEADLINE,
        overrun,
        step: (!waits).then(|| if n > 8 && n % 5 == 4 { "render" } else { "query" }.into()),
        polls: if waits { 0 } else { 2 },
        busy: Duration::from_micros(if waits { 0 } else { 120 }),
    }
}

/// Two workers, the second of which has been stuck in one poll for 1.3 s.
fn runtime() -> RuntimeView {
    RuntimeView {
        live_tasks: 291,
        global_queue: 3,
        busy_share: 0.41,
        start_delay_p50: Some(Duration::from_micros(48)),
        start_delay_p99: Some(Duration::from_micros(212)),
        workers: vec![
            WorkerView { busy_share: 0.82, polls: 4_210, polling_for: None, local_queue: Some(17) },
            WorkerView {
                busy_share: 0.0,
                polls: 0,
                polling_for: Some(Duration::from_millis(1_300)),
                local_queue: Some(4),
            },
        ],
        blocking_threads: Some(3),
        blocking_queue: Some(0),
        split: Some(TaskSplit {
            sampled: 187,
            one_in: 64,
            scheduled: Duration::from_millis(410),
            polled: Duration::from_millis(28),
            idle: Duration::from_millis(2_240),
        }),
    }
}

/// A run of 42 s with both lanes, a toggle on the way, and tasks overdue.
pub(crate) fn live() -> Snapshot {
    let lanes = vec![lane(Policy::Observe, 8_000, 97), lane(Policy::Cancel, 4_000, 0)];
    let mut timeline = Timeline::default();
    for s in 0..42u64 {
        let missed = if s < 20 { 20 + s * 3 } else { 12 };
        let lane = lanes[usize::from(s >= 28)].key;
        timeline.push(TimelineRow {
            counts: Counts {
                spawned: 300,
                done: 280 + s % 5 * 4,
                failed: 1,
                cancelled: if s < 28 { 0 } else { missed },
                on_time: 260,
                missed,
                ..Counts::default()
            },
            at: Duration::from_secs(s),
            length: Duration::from_secs(1),
            in_flight: 291,
            overdue: 97,
            p50: Some(Duration::from_millis(12)),
            p90: Some(Duration::from_millis(48)),
            p99: Some(Duration::from_millis(1012)),
            p999: Some(Duration::from_millis(1044)),
            max: Some(Duration::from_millis(1213)),
            heat: heat(s, if s < 28 { 0 } else { missed }, lane),
            lane: Some(lane),
        });
    }
    timeline.mark(Marker { at: Duration::from_secs(28), what: "observe → cancel".into() });
    let empty = empty();
    opened(Snapshot {
        elapsed: Duration::from_secs(42),
        loaded: Duration::from_secs(42),
        policy: Policy::Cancel,
        load: LoadView { due: 605, spawned: 600, queued: 5, ..empty.load.clone() },
        recent: Arc::new(recent(&lanes)),
        blocks: Arc::new(blocks(&lanes)),
        overdue: (0..40).map(|n| overdue(n, lanes[0].key)).collect(),
        awaits: Arc::new(awaits(lanes[0].key)),
        lanes,
        timeline: Arc::new(timeline),
        runtime: runtime(),
        ..empty
    })
}

/// The run with the time each lane was open, as its timeline says; what comes after that is the current one's.
pub(crate) fn opened(mut run: Snapshot) -> Snapshot {
    let rest = run.loaded.saturating_sub(run.timeline.rows().iter().map(|row| row.length).sum());
    let current = LaneKey { policy: run.policy, deadline: run.deadline };
    for lane in &mut run.lanes {
        let rest = if lane.key == current { rest } else { Duration::ZERO };
        lane.open = run.timeline.time_of(lane.key, run.loaded) + rest;
    }
    run
}

/// Adds failures that say different things, one of them at length, and gathers of the outcomes that are missing;
/// returns how many tasks that is.
fn add_trouble(book: &mut Book) -> u64 {
    let at_length =
        format!("could not reach any of the replicas: {}", "10.0.0.1:5432 refused the connection; ".repeat(9));
    let said = [
        (Ending::Failed, "timed out waiting for a connection from the pool", 30),
        (Ending::Failed, "503 Service Unavailable: もう一度お試しください", 11),
        (Ending::Failed, &at_length, 2),
        (Ending::Panicked, "index out of bounds: the len is 3 but the index is 7", 4),
    ];
    let mut tasks = 0;
    for (ending, text, times) in said {
        for _ in 0..times {
            let end = end(20_000 + tasks, ending, (8 + tasks * 3) * MS);
            book.fold(&Event::TaskEnded(&end));
            book.fold(&Event::Message { outcome: end.outcome, text, at: end.at });
            tasks += 1;
        }
    }
    for (outcome, latency) in [(GatherOutcome::Failed, 9 * MS), (GatherOutcome::Cancelled, 50 * MS + 80_000)] {
        for n in 0..7 {
            let late = outcome == GatherOutcome::Cancelled;
            book.fold(&Event::GatherStarted);
            book.fold(&Event::GatherDecided { outcome, latency: latency + n * MS / 10, late, was_overdue: false });
            book.fold(&Event::GatherWasted { after_outcome: (n + 1) * 40 * MS });
            book.fold(&Event::GatherEnded { slowest: 19, straggler_gap: 700 * MS });
            if outcome == GatherOutcome::Failed {
                book.fold(&Event::GatherSpoilt { task_ns: (n + 20) * 50 * MS, busy_ns: (n + 20) * MS / 2 });
            }
        }
    }
    tasks
}

/// The live run after two minutes: its timeline is longer than a screen is wide, and more has gone wrong.
pub(crate) fn long() -> Snapshot {
    let mut live = live();
    for lane in &mut live.lanes {
        lane.spawned += add_trouble(Arc::make_mut(&mut lane.book));
    }
    let mut timeline = Timeline::clone(&live.timeline);
    for s in 42..125u64 {
        let row = timeline.rows()[28 + (s % 14) as usize].clone();
        timeline.push(TimelineRow { at: Duration::from_secs(s), ..row });
    }
    timeline.mark(Marker { at: Duration::from_secs(90), what: "deadline 50.0 ms → 60.0 ms".into() });
    opened(Snapshot {
        elapsed: Duration::from_secs(125),
        loaded: Duration::from_secs(125),
        timeline: Arc::new(timeline),
        ..live
    })
}

/// A run whose arrivals outrun it: a long queue, most of what is in flight overdue.
pub(crate) fn overload() -> Snapshot {
    let live = live();
    let mut lanes = live.lanes.clone();
    lanes[0].overdue = 8_112;
    lanes[0].spawned = lanes[0].book.total_ended() + 9_000;
    let load = LoadView { due: 64_000, spawned: 20_000, shed: 1_000, queued: 43_000, ..live.load.clone() };
    Snapshot { lanes, load, policy: Policy::Observe, ..live }
}

/// The finished run as its files give it back.
pub(crate) fn past() -> Snapshot {
    let finished = finished();
    let timeline = Arc::new(with_rows(&finished.timeline, |row| TimelineRow { p999: None, ..row.clone() }));
    Snapshot { timeline, recent: Arc::default(), from_files: true, ..finished }
}

/// The same where they were written before there were files for heat and blocks, and figures of the runtime.
pub(crate) fn early() -> Snapshot {
    let past = past();
    let timeline = Arc::new(with_rows(&past.timeline, |row| TimelineRow { heat: Heat::default(), ..row.clone() }));
    let (blocks, runtime, cost) = (Arc::default(), RuntimeView::default(), OwnCost::default());
    Snapshot { timeline, blocks, runtime, cost, ..past }
}

/// A timeline with other rows.
fn with_rows(of: &Timeline, row: impl Fn(&TimelineRow) -> TimelineRow) -> Timeline {
    let mut timeline = Timeline::default();
    of.rows().iter().for_each(|kept| timeline.push(row(kept)));
    of.markers().iter().for_each(|marker| timeline.mark(marker.clone()));
    timeline
}

/// The live run after its books were closed, with what was in flight left unfinished.
pub(crate) fn finished() -> Snapshot {
    let mut snapshot = live();
    for lane in &mut snapshot.lanes {
        let left = lane.in_flight();
        let book = Arc::make_mut(&mut lane.book);
        for n in 0..left {
            book.fold(&Event::TaskUnfinished { age: (60 + n) * MS });
            book.fold(&Event::CancelAsked { reason: CancelReason::Shutdown });
        }
        (lane.closed, lane.ages, lane.gather_ages) = (true, None, None);
    }
    opened(Snapshot {
        state: State::Finished(EndedBy::Duration),
        balanced: Some(true),
        elapsed: Duration::from_secs(60),
        loaded: Duration::from_secs(60),
        ..snapshot
    })
}

/// `run` with these gates.
pub(crate) fn with_gates(mut run: Snapshot, conditions: &[&str], abort: bool) -> Snapshot {
    let fail_if = conditions.iter().map(|text| Condition::parse(text).expect("the condition is valid")).collect();
    run.info = Arc::new(RunInfo { gates: Gates { fail_if, abort, baseline: None }, ..(*run.info).clone() });
    run
}

/// `run`, over and held against `baseline`, which is called `main`.
pub(crate) fn held(run: Snapshot, baseline: &Snapshot) -> Snapshot {
    let baseline = Baseline::new("main".to_owned(), Arc::new(baseline.clone()), Settings::default());
    let info = Arc::new((*run.info).clone().against(Arc::new(baseline)));
    Snapshot { info, state: State::Finished(EndedBy::Duration), ..run }
}

/// `run` as one of a scenario of this name.
pub(crate) fn named(mut run: Snapshot, scenario: &str) -> Snapshot {
    run.info = Arc::new(RunInfo { scenario: scenario.to_owned(), ..(*run.info).clone() });
    run
}
