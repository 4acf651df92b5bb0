//! The sums over all shards, lane by lane: what the clock merges on a tick.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::book::Book;
use super::inflight::{InFlight, Live};
use super::lane::LaneKey;
use super::lately::Lately;
use super::miss::Doing;
use super::{Event, Ledger};
use crate::histogram::{Histogram, Precision};
use crate::outcome::CancelReason;

/// The sums of one lane.
#[derive(Debug)]
pub(crate) struct Lane {
    /// What its tasks were spawned under.
    pub(crate) key: LaneKey,
    /// Tasks spawned, counted in the in-flight table.
    pub(crate) spawned: u64,
    /// Everything that ended.
    pub(crate) book: Arc<Book>,
    /// Tasks the clock marked overdue.
    marked: u64,
    /// Gathers the clock saw miss their deadline without an outcome.
    gathers_marked: u64,
    ended: u64,
    /// How long new tasks went to it, but for the time since they do now, nanoseconds.
    open: u64,
    /// Since when they do, if they do.
    open_since: Option<u64>,
    /// Whether it is counted; lanes of the warm-up and from before a reset are not.
    counted: bool,
}

impl Lane {
    /// How long new tasks had gone to it by `now`, nanoseconds.
    pub(crate) fn open(&self, now: u64) -> u64 {
        self.open + self.open_since.map_or(0, |since| now.saturating_sub(since))
    }

    /// Tasks in flight past their deadline.
    pub(crate) fn overdue(&self) -> u64 {
        self.marked - self.book.ended_overdue()
    }

    /// Gathers past their deadline without an outcome.
    pub(crate) fn gathers_overdue(&self) -> u64 {
        self.gathers_marked - self.book.gathers().map_or(0, |gathers| gathers.ended_overdue)
    }
}

/// The sums of a run; belongs to the clock alone. A lane's place is its number for ever.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    lanes: Vec<Lane>,
    /// Each lane's deadline in nanoseconds.
    after: Vec<Option<u64>>,
    spare: Vec<Book>,
    response_is_service: bool,
}

/// Lanes a run may open between two resets: more would say nothing and cost 1 MB each.
pub(crate) const MAX_LANES: usize = 64;

impl Totals {
    pub(crate) fn new(response_is_service: bool) -> Self {
        Self { response_is_service, ..Self::default() }
    }

    /// The number of the counted lane with this key, opened if need be; `None` when there are too many.
    pub(crate) fn lane(&mut self, key: LaneKey) -> Option<u16> {
        let found = self.lanes.iter().position(|lane| lane.counted && lane.key == key);
        let at = found.unwrap_or(self.lanes.len());
        let number = u16::try_from(at).ok()?;
        if found.is_none() {
            if self.counted().count() >= MAX_LANES {
                return None;
            }
            let book = Arc::new(Book::new(self.response_is_service));
            self.after.push(key.deadline.map(crate::units::nanos));
            self.lanes.push(Lane {
                key,
                spawned: 0,
                book,
                marked: 0,
                gathers_marked: 0,
                ended: 0,
                open: 0,
                open_since: None,
                counted: true,
            });
        }
        Some(number)
    }

    /// From `now` on new tasks go to the lane with this number, or to none.
    pub(crate) fn turn_to(&mut self, number: Option<u16>, now: u64) {
        for lane in &mut self.lanes {
            (lane.open, lane.open_since) = (lane.open(now), None);
        }
        if let Some(number) = number {
            self.lanes[usize::from(number)].open_since = Some(now);
        }
    }

    /// Stops counting all lanes; their tasks stay in flight and are still held to their deadlines.
    pub(crate) fn forget(&mut self) {
        for lane in &mut self.lanes {
            lane.counted = false;
            lane.book = Arc::default();
        }
    }

    /// The lane with this number.
    pub(crate) fn key(&self, lane: u16) -> LaneKey {
        self.lanes[usize::from(lane)].key
    }

    /// Whether the lane with this number is counted.
    pub(crate) fn is_counted(&self, lane: u16) -> bool {
        self.lanes[usize::from(lane)].counted
    }

    /// The ages at `now` of what is in flight, by the number of the lane; lanes without have none.
    pub(crate) fn ages(&self, ledger: &Ledger, inflight: &InFlight, now: u64) -> BTreeMap<u16, Histogram> {
        let mut ages = BTreeMap::new();
        inflight.starts(ledger, |lane, start, times| {
            if self.is_counted(lane) {
                let of_lane = ages.entry(lane).or_insert_with(|| Histogram::new(Precision::Coarse));
                of_lane.record_n(now.saturating_sub(start), times);
            }
        });
        ages
    }

    /// The counted lanes, oldest first.
    pub(crate) fn counted(&self) -> impl Iterator<Item = &Lane> {
        self.lanes.iter().filter(|lane| lane.counted)
    }

    /// Tasks in flight, counted or not.
    pub(crate) fn in_flight(&self) -> u64 {
        self.lanes.iter().map(|lane| lane.spawned - lane.ended).sum()
    }

    /// Marks every counted task whose deadline lies before `now` overdue, and says which.
    pub(crate) fn miss(
        &mut self,
        ledger: &Ledger,
        inflight: &mut InFlight,
        now: u64,
        mut missed: impl FnMut(Live, LaneKey),
    ) {
        inflight.miss(ledger, now, &self.after, |task| {
            let lane = &mut self.lanes[usize::from(task.lane)];
            lane.marked += 1;
            missed(task, lane.key);
        });
    }

    /// An instant before which no task is due of those counted at the last walk.
    pub(crate) fn next_deadline(&self, inflight: &InFlight) -> Option<u64> {
        inflight.next_deadline(&self.after)
    }

    /// Notes that a gather of `lane` missed its deadline without an outcome.
    pub(crate) fn gather_marked(&mut self, lane: u16) {
        self.lanes[usize::from(lane)].gathers_marked += 1;
    }

    /// Tasks in flight, counted or not, with the ends since the last merge taken into account.
    pub(crate) fn in_flight_now(&self, ledger: &Ledger) -> u64 {
        self.in_flight().saturating_sub(ledger.shards().iter().map(|shard| shard.lock().ended()).sum())
    }

    /// Merges what the shards have recorded, then counts what was spawned: in this order, so that no
    /// end is counted before its spawn.
    pub(crate) fn merge(&mut self, ledger: &Ledger, inflight: &mut InFlight, lately: &mut Lately) {
        let mut taken = Vec::new();
        // All at once: between two of them a gather could start on the one and have its outcome on the other.
        let mut shards: Vec<_> = ledger.shards().iter().map(super::shard::Shard::lock).collect();
        for shard in &mut shards {
            shard.swap(&mut self.spare, &mut taken);
        }
        drop(shards);
        self.absorb(taken, lately);
        self.spare.truncate(ledger.shards().len());
        self.count(ledger, inflight);
    }

    /// Cleared books that wait to be used again.
    #[cfg(test)]
    pub(super) const fn spare(&self) -> usize {
        self.spare.len()
    }

    /// Counts what was spawned, without the ends: cheap enough for every time the clock wakes up.
    pub(crate) fn count(&mut self, ledger: &Ledger, inflight: &mut InFlight) {
        inflight.count(ledger, |lane, n| self.lanes[usize::from(lane)].spawned += n);
    }

    fn absorb(&mut self, taken: Vec<(u16, Book)>, lately: &mut Lately) {
        for (number, mut book) in taken {
            let lane = &mut self.lanes[usize::from(number)];
            lane.ended += book.total_ended();
            if lane.counted {
                let key = lane.key;
                let tell = |metric, latencies: &_| lately.tell(key, metric, latencies);
                Arc::make_mut(&mut lane.book).merge_telling(&book, tell);
            }
            book.clear();
            self.spare.push(book);
        }
    }

    /// Closes the books at `now`: from here on no end is recorded. What is in flight becomes unfinished, and is asked to
    /// end if nobody has; the result says whether the table, slot by slot, agrees with the counts.
    ///
    /// `place` says where a task is that is seen to miss its deadline only now.
    pub(crate) fn close(
        &mut self,
        ledger: &Ledger,
        inflight: &mut InFlight,
        now: u64,
        lately: &mut Lately,
        place: impl Fn(&Live) -> (Option<Arc<str>>, Doing),
    ) -> bool {
        let mut shards: Vec<_> = ledger.shards().iter().map(super::shard::Shard::lock).collect();
        let mut taken = Vec::new();
        for shard in &mut shards {
            shard.close();
            shard.swap(&mut self.spare, &mut taken);
        }
        self.count(ledger, inflight);
        let mut missed = Vec::new();
        self.miss(ledger, inflight, now, |task, _| missed.push((task.lane, place(&task))));
        let live: Vec<_> = inflight.live(ledger).collect();
        let unasked = live.iter().filter(|task| ledger.table().slot(task.slot).request().is_none());
        let unasked: Vec<u16> = unasked.map(|task| task.lane).collect();
        drop(shards);
        self.absorb(taken, lately);
        for (lane, (step, doing)) in missed {
            self.fold(lane, &Event::Missed { step: step.as_deref(), doing });
        }
        for lane in unasked {
            self.fold(lane, &Event::CancelAsked { reason: CancelReason::Shutdown });
        }
        let balanced = self.settle(&live, now);
        for lane in self.counted() {
            lane.book.unfinished().into_iter().for_each(|ages| lately.leave(lane.key, ages));
        }
        balanced
    }

    /// Adds an event of a lane, if that is counted.
    fn fold(&mut self, lane: u16, event: &Event<'_>) {
        let lane = &mut self.lanes[usize::from(lane)];
        if lane.counted {
            Arc::make_mut(&mut lane.book).fold(event);
        }
    }

    fn settle(&mut self, live: &[Live], now: u64) -> bool {
        let mut found = vec![(0, 0); self.lanes.len()];
        for task in live {
            let number = usize::from(task.lane);
            found[number].0 += 1;
            found[number].1 += u64::from(task.overdue);
            self.fold(task.lane, &Event::TaskUnfinished { age: now.saturating_sub(task.start) });
        }
        self.lanes.iter().zip(found).all(|(lane, (in_flight, overdue))| {
            lane.spawned == lane.ended + in_flight && (!lane.counted || lane.overdue() == overdue)
        })
    }
}
