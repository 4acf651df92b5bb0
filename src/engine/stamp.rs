//! What each worker is doing, by its own word: when the poll it is in began, and how many it has finished.
//!
//! tokio's own counters stand still inside a long poll; these tell that there is one.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::time::{Clock, Mark};

/// One worker's, written by that worker alone. Alone on its cache lines.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct Stamp {
    /// The counter's reading when the poll it is in began; zero between polls.
    begin: AtomicU64,
    polls: AtomicU64,
    /// The slot of the task it polls, or polled last.
    slot: AtomicU32,
}

impl Stamp {
    /// A poll of the task in `slot` begins.
    #[inline]
    pub(super) fn begin(&self, at: Mark, slot: u32) -> Before {
        let before = Before { begin: self.begin.load(Ordering::Relaxed), slot: self.slot.load(Ordering::Relaxed) };
        self.slot.store(slot, Ordering::Relaxed);
        self.begin.store(at.raw().max(1), Ordering::Relaxed);
        before
    }

    /// It is over. One within another is a part of that.
    #[inline]
    pub(super) fn end(&self, before: Before) {
        if before.begin == 0 {
            self.begin.store(0, Ordering::Relaxed);
            self.polls.store(self.polls.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        } else {
            self.slot.store(before.slot, Ordering::Relaxed);
            self.begin.store(before.begin, Ordering::Relaxed);
        }
    }

    /// Nanoseconds since the poll it is in began.
    pub(super) fn polling_for(&self, clock: &Clock) -> Option<u64> {
        let begin = Some(self.begin.load(Ordering::Relaxed)).filter(|&begin| begin > 0)?;
        Some(clock.between(Mark::from_raw(begin), clock.mark()))
    }

    /// Whether it polls the task in `slot`.
    pub(super) fn polls_task(&self, slot: u32) -> bool {
        self.begin.load(Ordering::Relaxed) > 0 && self.slot.load(Ordering::Relaxed) == slot
    }

    /// Polls finished.
    pub(super) fn polls(&self) -> u64 {
        self.polls.load(Ordering::Relaxed)
    }
}

/// What a worker did when a poll began: nothing, or the poll of a task that awaits the one polled now in its own poll.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub(super) struct Before {
    begin: u64,
    slot: u32,
}

/// One for each worker, and one for all other threads.
#[derive(Debug)]
pub(super) struct Stamps(Box<[Stamp]>);

impl Stamps {
    pub(super) fn new(workers: usize) -> Self {
        Self((0..=workers).map(|_| Stamp::default()).collect())
    }

    /// The place of a worker, or of a thread that is none.
    pub(super) fn place(&self, worker: Option<usize>) -> usize {
        let other = self.0.len() - 1;
        worker.map_or(other, |worker| worker.min(other))
    }

    #[inline]
    pub(super) fn at(&self, place: usize) -> &Stamp {
        &self.0[place]
    }

    /// Whether a worker polls the task in `slot`.
    pub(super) fn polls_task(&self, slot: u32) -> bool {
        self.0.iter().any(|stamp| stamp.polls_task(slot))
    }

    /// Those of the workers.
    pub(super) fn workers(&self) -> &[Stamp] {
        self.0.split_last().map_or(&[], |(_, workers)| workers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poll_shows_while_it_lasts_and_counts_when_it_is_over() {
        let (clock, time) = Clock::mock();
        let stamps = Stamps::new(2);
        let [first, second] = stamps.workers() else { panic!("two workers") };
        time.increment(5);
        let before = stamps.at(stamps.place(Some(1))).begin(clock.mark(), 7);
        let elsewhere = stamps.at(stamps.place(None)).begin(clock.mark(), 7);
        time.increment(40);
        assert_eq!((first.polling_for(&clock), second.polling_for(&clock)), (None, Some(40)));
        assert!(stamps.polls_task(7) && !stamps.polls_task(8));
        second.end(second.begin(clock.mark(), 9));
        assert!(stamps.polls_task(7), "the poll round the one that is over");
        second.end(before);
        stamps.at(stamps.place(None)).end(elsewhere);
        assert!(!stamps.polls_task(7));
        assert_eq!((second.polling_for(&clock), second.polls(), first.polls()), (None, 1, 0));
    }
}
