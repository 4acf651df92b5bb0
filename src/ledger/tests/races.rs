//! The ledger under real threads. Time is a counter that each look moves on.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crate::ledger::{
    Ask, Doing, Event, InFlight, LaneKey, Lately, Ledger, Live, Metric, Requests, Said, TaskEnd, Totals, Writer,
};
use crate::outcome::{CancelReason, Ending, GatherOutcome, Lateness, Outcome, Policy};

const THREADS: u64 = 3;
const TASKS: u64 = 20_000;
const AFTER: u64 = 200;

/// A task anybody may end.
#[derive(Debug)]
struct Task {
    number: u64,
    slot: u32,
    start: u64,
}

/// What the threads of a test share.
#[derive(Debug)]
struct Shared {
    ledger: Ledger,
    time: AtomicU64,
    lane: AtomicU64,
    live: Mutex<Vec<Task>>,
    cancelled: AtomicU64,
}

impl Shared {
    fn now(&self) -> u64 {
        self.time.fetch_add(1, Ordering::Relaxed)
    }

    fn end(&self, writer: &Writer, task: &Task) {
        let request = self.ledger.table().slot(task.slot).request();
        let ending = if request.is_some() { Ending::Cancelled } else { Ending::ALL[(task.number % 3) as usize] };
        self.cancelled.fetch_add(u64::from(request.is_some()), Ordering::Relaxed);
        let at = self.now();
        let late = at > task.start + AFTER;
        assert!(late || request.is_none(), "task {} heard a request that was not for it", task.number);
        let mut end = TaskEnd {
            outcome: Outcome { ending, lateness: if late { Lateness::Late } else { Lateness::OnTime } },
            asked: request.map(|request| request.reason),
            task: task.number,
            at,
            service: at - task.start,
            response: at - task.start,
            start_delay: None,
            busy: 0,
            polls: 0,
            overrun: at.saturating_sub(task.start + AFTER),
            cancel_lag: None,
            was_overdue: false,
            step: None,
        };
        assert!(writer.end(&self.ledger, self.ledger.table().slot(task.slot), &mut end, &Said::default()));
    }

    /// Spawns tasks and ends others', so that most end on a thread that did not spawn them.
    fn work(&self, thread: u64) {
        let writer = self.ledger.writer(usize::try_from(thread).ok().filter(|&shard| shard < 2));
        for n in 0..TASKS {
            let number = n * THREADS + thread;
            let lane = u16::try_from(self.lane.load(Ordering::Relaxed)).unwrap();
            let start = self.now();
            let slot = writer.open(&self.ledger, lane, number, start);
            let mut live = self.live.lock().unwrap();
            live.push(Task { number, slot, start });
            let at = usize::try_from(number.wrapping_mul(0x9e37_79b9)).unwrap() % live.len();
            // Some stay for a while, so that chunks empty out of order.
            let task = (live.len() > 300 || !number.is_multiple_of(4)).then(|| live.swap_remove(at));
            drop(live);
            if let Some(task) = task {
                self.end(&writer, &task);
            }
        }
        writer.retire(&self.ledger);
    }
}

/// The clock: misses deadlines, cancels, merges, recycles, and opens another lane now and then.
fn tick(
    shared: &Shared,
    writer: &Writer,
    (totals, inflight): (&mut Totals, &mut InFlight),
    lately: &mut Lately,
    turn: u64,
) {
    let ledger = &shared.ledger;
    totals.count(ledger, inflight);
    let mut missed = Vec::new();
    totals.miss(ledger, inflight, shared.now(), |task, _| missed.push(task));
    for task in missed.iter().filter(|task| task.number % 2 == 0) {
        let Live { lane, slot, number, .. } = *task;
        let ask = Ask { lane, slot, number, reason: CancelReason::Deadline, now: shared.now(), drop_now: true };
        writer.ask(ledger, &ask);
    }
    totals.merge(ledger, inflight, lately);
    inflight.recycle(ledger);
    for lane in totals.counted() {
        assert!(lane.spawned >= lane.book.total_ended());
        let _does_not_underflow = lane.overdue();
    }
    if turn.is_multiple_of(8) {
        let policy = if turn.is_multiple_of(16) { Policy::Cancel } else { Policy::Observe };
        let lane = totals.lane(LaneKey { policy, deadline: Some(Duration::from_nanos(AFTER)) }).unwrap();
        shared.lane.store(u64::from(lane), Ordering::Relaxed);
    }
}

#[test]
fn the_books_are_exact_when_threads_end_each_others_tasks_under_a_clock_that_never_rests() {
    let shared = Shared {
        ledger: Ledger::new(3, true),
        time: AtomicU64::new(1),
        lane: AtomicU64::new(0),
        live: Mutex::default(),
        cancelled: AtomicU64::new(0),
    };
    let (mut totals, mut inflight) = (Totals::new(true), InFlight::default());
    let mut lately = Lately::new(Metric::Service);
    totals.lane(LaneKey { policy: Policy::Cancel, deadline: Some(Duration::from_nanos(AFTER)) }).unwrap();
    let clock = shared.ledger.writer(None);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS)
            .map(|thread| {
                scope.spawn({
                    let shared = &shared;
                    move || shared.work(thread)
                })
            })
            .collect();
        let mut turn = 0;
        while workers.iter().any(|worker| !worker.is_finished()) {
            turn += 1;
            tick(&shared, &clock, (&mut totals, &mut inflight), &mut lately, turn);
        }
    });
    let live = shared.live.lock().unwrap();
    let left = live.len() as u64;
    let place = |_: &Live| (None, Doing::Waiting);
    assert!(totals.close(&shared.ledger, &mut inflight, shared.now(), &mut lately, place));
    let sum = |of: &dyn Fn(&crate::ledger::Lane) -> u64| totals.counted().map(of).sum::<u64>();
    let ended = sum(&|lane| lane.book.total_ended());
    assert_eq!((sum(&|lane| lane.spawned), ended), (THREADS * TASKS, THREADS * TASKS - left));
    assert_eq!(sum(&|lane| lane.book.unfinished().map_or(0, crate::histogram::Histogram::count)), left);
    let cancelled = shared.cancelled.load(Ordering::Relaxed);
    assert_eq!(sum(&|lane| lane.book.cancelled_at_deadline()), cancelled);
    let requests = |of: fn(Requests) -> u64| sum(&|lane| of(lane.book.cancels().by(CancelReason::Deadline)));
    let asked = live.iter().filter(|task| shared.ledger.table().slot(task.slot).request().is_some()).count() as u64;
    assert_eq!((requests(|of| of.cancelled), requests(|of| of.pending())), (cancelled, asked));
    assert_eq!(requests(|of| of.asked), cancelled + requests(|of| of.too_late) + asked);
    assert_eq!(lately.row().iter().map(|lane| lane.observed.count()).sum::<u64>(), ended - cancelled);
    let chunks = shared.ledger.table().made();
    assert!(chunks < 20_000, "{chunks} chunks for {} tasks", THREADS * TASKS);
}

#[test]
fn a_merge_never_shows_the_outcome_of_a_gather_without_its_start() {
    let ledger = Ledger::new(2, true);
    let (mut totals, mut inflight) = (Totals::new(true), InFlight::default());
    let lane = totals.lane(LaneKey { policy: Policy::Observe, deadline: None }).unwrap();
    let over = AtomicBool::new(false);
    let mut lately = Lately::new(Metric::Service);
    thread::scope(|scope| {
        scope.spawn(|| {
            let (first, second) = (ledger.writer(Some(0)), ledger.writer(Some(1)));
            let decided =
                Event::GatherDecided { outcome: GatherOutcome::Complete, latency: 1, late: false, was_overdue: false };
            for _ in 0..200_000 {
                first.record(&ledger, lane, &Event::GatherStarted);
                second.record(&ledger, lane, &decided);
            }
            over.store(true, Ordering::Release);
        });
        while !over.load(Ordering::Acquire) {
            totals.merge(&ledger, &mut inflight, &mut lately);
            let book = totals.counted().next().unwrap().book.clone();
            if let Some(gathers) = book.gathers() {
                assert!(gathers.started >= gathers.decided(GatherOutcome::Complete));
            }
        }
    });
}
