//! The clock's view of the in-flight table: counts what was spawned, marks what is past its deadline,
//! and makes chunks usable again.

use std::collections::{BTreeMap, VecDeque};

use super::Ledger;
use super::slot::Word;
use super::table::{CHUNK, Table};

#[expect(clippy::cast_possible_truncation, reason = "64 fits")]
const FULL: u8 = CHUNK as u8;

/// Pages of one thread and lane that a look at the ages of what is in flight reads at the most: 16,384 tasks.
const LOOKED_AT: usize = 256;

/// A chunk that a thread opened for a lane.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) thread: u32,
    pub(super) lane: u16,
    pub(super) chunk: u32,
}

/// How far the clock has read one chunk; each position only grows.
#[derive(Debug)]
struct Page {
    chunk: u32,
    /// Slots before it have been counted.
    filled: u8,
    /// Slots before it are free or past their deadline.
    due: u8,
    /// Slots before it are free.
    live: u8,
}

impl Page {
    fn slot(&self, at: u8) -> u32 {
        self.chunk * CHUNK + u32::from(at)
    }

    fn is_free(&mut self, table: &Table) -> bool {
        while self.live < self.filled && matches!(table.slot(self.slot(self.live)).read(), Word::Free | Word::Void) {
            self.live += 1;
        }
        self.live == FULL
    }
}

/// The pages one thread opened for one lane, oldest first, so that deadlines never go back along it.
#[derive(Debug, Default)]
struct Queue {
    pages: VecDeque<Page>,
    /// The first page not wholly counted.
    filling: usize,
    /// The first page not wholly due.
    due: usize,
    /// The start of the first task that was not due at the last walk: no later one is due before it is.
    next_start: Option<u64>,
}

/// A task in flight as the clock sees it. Times are nanoseconds since the run's epoch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Live {
    /// The lane it belongs to.
    pub(crate) lane: u16,
    /// Its slot.
    pub(crate) slot: u32,
    /// Its number.
    pub(crate) number: u64,
    /// When its deadline began to count.
    pub(crate) start: u64,
    /// Whether it is marked overdue.
    pub(crate) overdue: bool,
}

/// Reads the in-flight table; belongs to the clock alone.
#[derive(Debug, Default)]
pub(crate) struct InFlight {
    queues: BTreeMap<(u16, u32), Queue>,
    /// Chunks opened since the last look for used ones.
    unswept: usize,
}

impl InFlight {
    /// Counts the tasks spawned since the last call, lane by lane.
    pub(crate) fn count(&mut self, ledger: &Ledger, mut spawned: impl FnMut(u16, u64)) {
        let all_opened = ledger.take_opened();
        self.unswept += all_opened.len();
        for opened in all_opened {
            let page = Page { chunk: opened.chunk, filled: 0, due: 0, live: 0 };
            self.queues.entry((opened.lane, opened.thread)).or_default().pages.push_back(page);
        }
        for (&(lane, _), queue) in &mut self.queues {
            let n = queue.count(ledger.table());
            if n > 0 {
                spawned(lane, n);
            }
        }
    }

    /// Marks every counted task whose deadline lies before `now`, and says which; `after` holds each
    /// lane's deadline in nanoseconds.
    pub(crate) fn miss(&mut self, ledger: &Ledger, now: u64, after: &[Option<u64>], mut missed: impl FnMut(Live)) {
        for (&(lane, _), queue) in &mut self.queues {
            if let Some(after) = after[usize::from(lane)] {
                queue.miss(ledger.table(), now, after, |slot, start| {
                    missed(Live { lane, slot, number: ledger.table().slot(slot).number(), start, overdue: true });
                });
            }
        }
    }

    /// An instant before which no task is due of those counted at the last walk.
    pub(crate) fn next_deadline(&self, after: &[Option<u64>]) -> Option<u64> {
        let due = |(&(lane, _), queue): (&(u16, u32), &Queue)| {
            Some(queue.next_start?.saturating_add(after[usize::from(lane)]?))
        };
        self.queues.iter().filter_map(due).min()
    }

    /// Whether it is time for [`InFlight::recycle`].
    pub(crate) const fn is_due_a_sweep(&self) -> bool {
        self.unswept >= super::SWEEP
    }

    /// Makes chunks whose tasks have all ended usable again, and forgets the lanes that have none left.
    pub(crate) fn recycle(&mut self, ledger: &Ledger) {
        self.unswept = 0;
        let mut free = Vec::new();
        for queue in self.queues.values_mut() {
            queue.recycle(ledger.table(), &mut free);
        }
        self.queues.retain(|_, queue| !queue.pages.is_empty());
        ledger.table().recycle(&free);
    }

    /// Up to `limit` overdue tasks of the lanes that `pick` accepts, oldest start first.
    pub(crate) fn oldest_overdue(&self, ledger: &Ledger, limit: usize, pick: impl Fn(u16) -> bool) -> Vec<Live> {
        let mut found = Vec::new();
        for (&(lane, _), queue) in self.queues.iter().filter(|&(&(lane, _), _)| pick(lane)) {
            // A page scanned costs 64 reads: look at no more of them than can matter for one screen.
            let due = queue.pages.iter().take((queue.due + 1).min(limit));
            found.extend(due.flat_map(|page| live(ledger.table(), lane, page)).filter(|task| task.overdue).take(limit));
        }
        found.sort_by_key(|task| task.start);
        found.truncate(limit);
        found
    }

    /// Tells when tasks in flight were spawned, lane by lane, each with how many it stands for: of a thread and lane
    /// with many pages only every so many are read, so that a look costs no more than [`LOOKED_AT`] pages of each.
    pub(crate) fn starts(&self, ledger: &Ledger, mut tell: impl FnMut(u16, u64, u64)) {
        for (&(lane, _), queue) in &self.queues {
            let stride = queue.pages.len().div_ceil(LOOKED_AT).max(1);
            let pages = queue.pages.iter().step_by(stride);
            pages
                .flat_map(|page| live(ledger.table(), lane, page))
                .for_each(|task| tell(lane, task.start, stride as u64));
        }
    }

    /// Every counted task that is still in flight.
    pub(crate) fn live<'a>(&'a self, ledger: &'a Ledger) -> impl Iterator<Item = Live> + 'a {
        let pages = self.queues.iter().flat_map(|(&(lane, _), queue)| queue.pages.iter().map(move |page| (lane, page)));
        pages.flat_map(move |(lane, page)| live(ledger.table(), lane, page))
    }
}

fn live<'a>(table: &'a Table, lane: u16, page: &'a Page) -> impl Iterator<Item = Live> + 'a {
    (page.live..page.filled).filter_map(move |at| {
        let slot = page.slot(at);
        let known = table.slot(slot);
        let Word::Live { start, overdue } = known.read() else { return None };
        Some(Live { lane, slot, number: known.number(), start, overdue })
    })
}

impl Queue {
    fn count(&mut self, table: &Table) -> u64 {
        let mut n = 0;
        while let Some(page) = self.pages.get_mut(self.filling) {
            while page.filled < FULL {
                match table.slot(page.slot(page.filled)).read() {
                    Word::Empty => return n,
                    Word::Void => {}
                    Word::Live { .. } | Word::Free => n += 1,
                }
                page.filled += 1;
            }
            self.filling += 1;
        }
        n
    }

    fn miss(&mut self, table: &Table, now: u64, after: u64, mut missed: impl FnMut(u32, u64)) {
        self.next_start = None;
        while let Some(page) = self.pages.get_mut(self.due) {
            while page.due < page.filled {
                let slot = page.slot(page.due);
                if let Word::Live { start, overdue: false } = table.slot(slot).read() {
                    if start.saturating_add(after) >= now {
                        self.next_start = Some(start);
                        return;
                    }
                    if table.slot(slot).mark_overdue(start) {
                        missed(slot, start);
                    }
                }
                page.due += 1;
            }
            if page.due < FULL {
                return;
            }
            self.due += 1;
        }
    }

    fn recycle(&mut self, table: &Table, free: &mut Vec<u32>) {
        self.pages.retain_mut(|page| {
            let keep = page.filled < FULL || !page.is_free(table);
            if !keep {
                free.push(page.chunk);
            }
            keep
        });
        self.filling = self.pages.partition_point(|page| page.filled == FULL);
        self.due = self.pages.partition_point(|page| page.due == FULL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_tasks_in_flight_the_ages_of_a_part_stand_for_all() {
        let ledger = Ledger::new(1, true);
        let writer = ledger.writer(Some(0));
        let tasks = 3 * LOOKED_AT as u64 * u64::from(CHUNK);
        (0..tasks).for_each(|number| _ = writer.open(&ledger, 0, number, number));
        let mut inflight = InFlight::default();
        inflight.count(&ledger, |_, _| ());
        let (mut read, mut count, mut sum) = (0, 0, 0);
        inflight.starts(&ledger, |lane, start, times| {
            assert_eq!(lane, 0);
            (read, count, sum) = (read + 1, count + times, sum + start * times);
        });
        assert_eq!((read, count), (tasks / 3, tasks));
        // Every third page from the first on: they are a page older than all.
        assert!((sum / count).abs_diff(tasks / 2) <= 2 * u64::from(CHUNK), "{}", sum / count);
    }
}
