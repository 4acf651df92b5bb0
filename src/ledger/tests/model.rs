//! The ledger and, beside it, a reference that keeps every task in plain vectors. Time is in their hands.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::ledger::lately::InRow;
use crate::ledger::{
    Ask, Cancels, Doing, InFlight, KEPT, LaneKey, Lately, Ledger, Live, MAX_LANES, Metric, Requests, Said, TaskEnd,
    Totals, Writer,
};
use crate::outcome::{CancelReason, Ending, Lateness, Outcome, Policy};

/// Writers, each with a shard of its own but the last, which is no worker's.
pub(super) const WRITERS: usize = 3;

/// A task as the reference knows it.
#[derive(Debug, Clone, Copy)]
struct Task {
    number: u64,
    slot: u32,
    lane: u16,
    start: u64,
    deadline: u64,
    asked: Option<CancelReason>,
    overdue: bool,
}

/// What the reference counts of a lane.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Counts {
    spawned: u64,
    ended: [u64; Outcome::COUNT],
    cancelled_at_deadline: u64,
    cancels: Cancels,
}

/// An end that no merge has seen yet.
#[derive(Debug, Clone, Copy)]
struct Pending {
    lane: u16,
    outcome: Outcome,
    at_deadline: bool,
}

/// The ledger and its reference.
#[derive(Debug)]
pub(super) struct Model {
    ledger: Ledger,
    writers: Vec<Writer>,
    inflight: InFlight,
    totals: Totals,
    key: LaneKey,
    lane: u16,
    now: u64,
    next: u64,
    live: Vec<Task>,
    gone: Vec<Task>,
    counted: BTreeMap<u16, Counts>,
    pending: Vec<Pending>,
    /// Requests that no merge has seen yet, and what came of those.
    requests: Vec<(u16, CancelReason, Requests)>,
}

/// How a task ended at `at`, as the engine would say it.
fn task_end(task: &Task, ending: Ending, at: u64) -> TaskEnd {
    let late = at > task.deadline;
    TaskEnd {
        outcome: Outcome { ending, lateness: if late { Lateness::Late } else { Lateness::OnTime } },
        asked: task.asked,
        task: task.number,
        at,
        service: at - task.start,
        response: at - task.start,
        start_delay: Some(0),
        busy: 0,
        polls: 1,
        overrun: at.saturating_sub(task.deadline),
        cancel_lag: None,
        was_overdue: false,
        step: None,
    }
}

impl Model {
    pub(super) fn new() -> Self {
        let ledger = Ledger::new(WRITERS, true);
        let writers = (0..WRITERS).map(|n| ledger.writer(Some(n).filter(|n| n + 1 < WRITERS))).collect();
        let mut totals = Totals::new(true);
        let key = LaneKey { policy: Policy::Observe, deadline: Some(Duration::from_nanos(50)) };
        let lane = totals.lane(key).unwrap();
        Self {
            ledger,
            writers,
            inflight: InFlight::default(),
            totals,
            key,
            lane,
            now: 0,
            next: 0,
            live: Vec::new(),
            gone: Vec::new(),
            counted: BTreeMap::from([(lane, Counts::default())]),
            pending: Vec::new(),
            requests: Vec::new(),
        }
    }

    pub(super) fn advance(&mut self, ns: u64) {
        self.now += ns;
    }

    pub(super) fn spawn(&mut self, writer: usize, tasks: u32) {
        let deadline = self.key.deadline.map_or(u64::MAX, |after| self.now + crate::units::nanos(after));
        for _ in 0..tasks {
            let (number, lane, start) = (self.next, self.lane, self.now);
            self.next += 1;
            let slot = self.writers[writer].open(&self.ledger, lane, number, start);
            assert!(self.live.iter().all(|task| task.slot != slot), "slot {slot} was handed out while it is in use");
            assert!(self.ledger.table().slot(slot).request().is_none(), "a new task is asked to end");
            self.live.push(Task { number, slot, lane, start, deadline, asked: None, overdue: false });
            if let Some(counts) = self.counted.get_mut(&lane) {
                counts.spawned += 1;
            }
        }
    }

    /// Ends one task, whichever `pick` falls on, through any writer.
    pub(super) fn end(&mut self, pick: usize, writer: usize, ending: Ending) {
        if self.live.is_empty() {
            return;
        }
        let task = self.live.swap_remove(pick % self.live.len());
        let mut end = task_end(&task, ending, self.now);
        let message = matches!(ending, Ending::Failed | Ending::Panicked).then_some("said");
        let said = Said { message, steps: &[] };
        assert!(self.writers[writer].end(&self.ledger, self.ledger.table().slot(task.slot), &mut end, &said));
        assert_eq!(end.was_overdue, task.overdue, "{task:?}");
        let at_deadline = end.outcome.is_late() && end.cancelled_by().is_some_and(CancelReason::is_deadline);
        if let Some(reason) = end.cancelled_by().or(task.asked) {
            let cancelled = u64::from(ending == Ending::Cancelled);
            self.requests.push((
                task.lane,
                reason,
                Requests { cancelled, too_late: 1 - cancelled, ..Requests::default() },
            ));
        }
        self.pending.push(Pending { lane: task.lane, outcome: end.outcome, at_deadline });
        self.gone.push(task);
    }

    /// Asks one task in flight to end.
    pub(super) fn cancel(&mut self, pick: usize, reason: CancelReason) {
        let at = pick % self.live.len().max(1);
        if let Some(task) = self.live.get_mut(at) {
            let Task { lane, slot, number, .. } = *task;
            let ask = Ask { lane, slot, number, reason, now: self.now, drop_now: true };
            let asked = self.writers[0].ask(&self.ledger, &ask);
            assert_eq!(asked, task.asked.is_none(), "{task:?}");
            if asked {
                self.requests.push((lane, reason, Requests { asked: 1, ..Requests::default() }));
            }
            task.asked.get_or_insert(reason);
        }
    }

    /// Asks one task that has ended to end, and insists: whoever has its slot now must not hear of it.
    pub(super) fn cancel_too_late(&mut self, pick: usize) {
        if self.gone.is_empty() {
            return;
        }
        let task = self.gone[pick % self.gone.len()];
        let (Task { lane, slot, number, .. }, reason) = (task, CancelReason::Deadline);
        let ask = Ask { lane, slot, number, reason, now: self.now, drop_now: false };
        assert!(!self.writers[0].ask(&self.ledger, &ask));
        self.requests.push((lane, reason, Requests { asked: 1, too_late: 1, ..Requests::default() }));
        self.ledger.table().slot(task.slot).insist(task.number);
    }

    /// Lets the clock walk along the deadlines.
    pub(super) fn miss(&mut self) {
        let mut missed = Vec::new();
        self.totals.count(&self.ledger, &mut self.inflight);
        self.totals.miss(&self.ledger, &mut self.inflight, self.now, |task, _| missed.push(task.number));
        let mut expected = Vec::new();
        for task in self.live.iter_mut().filter(|task| !task.overdue && task.deadline < self.now) {
            task.overdue = true;
            expected.push(task.number);
        }
        missed.sort_unstable();
        expected.sort_unstable();
        assert_eq!(missed, expected);
        let next = self.live.iter().filter(|task| !task.overdue && task.deadline < u64::MAX).map(|task| task.deadline);
        assert_eq!(self.totals.next_deadline(&self.inflight), next.min());
    }

    /// New tasks go to the lane of `key`.
    pub(super) fn enter(&mut self, key: LaneKey) {
        let Some(lane) = self.totals.lane(key) else {
            assert_eq!(self.counted.len(), MAX_LANES);
            return;
        };
        (self.key, self.lane) = (key, lane);
        self.counted.entry(lane).or_default();
    }

    pub(super) const fn key(&self) -> LaneKey {
        self.key
    }

    pub(super) fn reset(&mut self) {
        self.totals.forget();
        self.counted.clear();
        self.enter(self.key);
        assert_eq!(self.counted.len(), 1, "counting goes on in a lane of its own");
    }

    /// Another thread takes a writer's place.
    pub(super) fn replace_writer(&mut self, writer: usize) {
        self.writers[writer].retire(&self.ledger);
        self.writers[writer] = self.ledger.writer(Some(writer));
    }

    /// Merges, makes chunks usable again, and compares everything.
    pub(super) fn tick(&mut self) {
        let mut lately = Lately::new(Metric::Service);
        self.totals.merge(&self.ledger, &mut self.inflight, &mut lately);
        self.inflight.recycle(&self.ledger);
        self.settle(&lately);
        self.compare();
    }

    /// Moves the ends that a merge has seen to the counts; `lately` are the latencies of this merge alone.
    fn settle(&mut self, lately: &Lately) {
        let (mut finished, mut cancelled) = (0, 0);
        for end in self.pending.drain(..) {
            if let Some(counts) = self.counted.get_mut(&end.lane) {
                counts.ended[end.outcome.index()] += 1;
                counts.cancelled_at_deadline += u64::from(end.at_deadline);
                let was_cancelled = end.outcome.ending == Ending::Cancelled;
                *if was_cancelled { &mut cancelled } else { &mut finished } += 1;
            }
        }
        for (lane, reason, of) in self.requests.drain(..) {
            if let Some(counts) = self.counted.get_mut(&lane) {
                counts.cancels.by_mut(reason).merge(&of);
            }
        }
        let of_lane = |lane: &InRow| (lane.observed.count(), lane.censored.count());
        let seen = lately.row().iter().map(of_lane).fold((0, 0), |sum, lane| (sum.0 + lane.0, sum.1 + lane.1));
        assert_eq!(seen, (finished, cancelled));
    }

    fn compare(&self) {
        assert_eq!(self.totals.in_flight(), self.live.len() as u64);
        assert_eq!(self.totals.in_flight_now(&self.ledger), self.live.len() as u64);
        let lanes: Vec<_> = self.totals.counted().collect();
        assert_eq!(lanes.len(), self.counted.len());
        self.compare_ages();
        for (lane, (number, counts)) in lanes.iter().zip(&self.counted) {
            let ended = Outcome::all().map(|outcome| lane.book.ended(outcome)).collect::<Vec<_>>();
            assert_eq!((lane.spawned, &ended[..]), (counts.spawned, &counts.ended[..]), "{}", lane.key);
            assert_eq!(lane.book.cancelled_at_deadline(), counts.cancelled_at_deadline, "{}", lane.key);
            let requests = |of: &Cancels| of.rows().collect::<Vec<_>>();
            assert_eq!(requests(lane.book.cancels()), requests(&counts.cancels), "{}", lane.key);
            let cancelled = counts.cancels.rows().map(|(_, of)| of.cancelled).sum::<u64>();
            assert_eq!(lane.book.cancels().latest().count() as u64, cancelled.min(KEPT as u64), "{}", lane.key);
            let here = || self.live.iter().filter(|task| task.lane == *number);
            assert_eq!(lane.spawned, lane.book.total_ended() + here().count() as u64, "{}", lane.key);
            assert_eq!(lane.overdue(), here().filter(|task| task.overdue).count() as u64, "{}", lane.key);
            let said: u64 = lane.book.messages().rows().iter().map(|message| message.count).sum();
            let with_message = |o: &Outcome| matches!(o.ending, Ending::Failed | Ending::Panicked);
            assert_eq!(said, Outcome::all().filter(with_message).map(|o| counts.ended[o.index()]).sum::<u64>());
        }
        for task in &self.live {
            let request = self.ledger.table().slot(task.slot).request().map(|request| request.reason);
            assert_eq!(request, task.asked, "{task:?}");
        }
    }

    /// What is in flight has its age, in the lanes that are counted.
    fn compare_ages(&self) {
        let ages = self.totals.ages(&self.ledger, &self.inflight, self.now);
        assert!(ages.keys().all(|number| self.counted.contains_key(number)));
        for number in self.counted.keys() {
            let here = || self.live.iter().filter(|task| task.lane == *number).map(|task| self.now - task.start);
            let read = ages.get(number).map(|ages| (ages.count(), ages.total(), ages.max()));
            let (count, sum, oldest) = (here().count() as u64, here().sum(), here().max().unwrap_or(0));
            let expected = (count > 0).then(|| (count, Duration::from_nanos(sum), Duration::from_nanos(oldest)));
            assert_eq!(read, expected, "{number}");
        }
    }

    /// Closes the books: what is in flight is unfinished, by its age, and nothing is recorded any more.
    pub(super) fn close(mut self) {
        let mut lately = Lately::new(Metric::Service);
        let now = self.now;
        let place = |_: &Live| (None, Doing::Waiting);
        let missed = self.live.iter().filter(|task| !task.overdue && task.deadline < now).count() as u64;
        let places = |totals: &Totals| totals.counted().map(|lane| lane.book.misses().total()).sum::<u64>();
        let forgotten = self.live.iter().any(|task| !self.counted.contains_key(&task.lane));
        let before = places(&self.totals);
        assert!(self.totals.close(&self.ledger, &mut self.inflight, now, &mut lately, place));
        assert!(forgotten || places(&self.totals) == before + missed);
        for task in &mut self.live {
            task.overdue |= task.deadline < now;
            if task.asked.is_none() {
                self.requests.push((task.lane, CancelReason::Shutdown, Requests { asked: 1, ..Requests::default() }));
            }
        }
        self.settle(&lately);
        self.compare();
        for (lane, &number) in self.totals.counted().zip(self.counted.keys()) {
            let ages = self.live.iter().filter(|task| task.lane == number).map(|task| now - task.start);
            let (n, oldest) = lane.book.unfinished().map_or((0, Duration::ZERO), |ages| (ages.count(), ages.max()));
            assert_eq!(n, ages.clone().count() as u64);
            assert_eq!(oldest, Duration::from_nanos(ages.max().unwrap_or(0)));
        }
        for task in self.live {
            assert!(!self.writers[0].end(
                &self.ledger,
                self.ledger.table().slot(task.slot),
                &mut task_end(&task, Ending::Done, now),
                &Said::default()
            ));
        }
    }

    /// Ends everything in flight.
    pub(super) fn end_all(&mut self) {
        while !self.live.is_empty() {
            self.end(0, 0, Ending::Done);
        }
    }

    /// Books that shards and the pool hold on to between two ticks, and chunks that were ever made.
    pub(super) fn held(&self) -> (usize, u32) {
        let shards: usize = self.ledger.shards().iter().map(|shard| shard.lock().held()).sum();
        (shards + self.totals.spare(), self.ledger.table().made())
    }
}
