//! What each worker is doing, by its own word: when the poll it is in began, and how many it has finished.
//!
//! tokio's own counters stand still inside a long poll; these tell that there is one. In an application several threads can
//! have the place of one worker: each runtime counts its workers from zero, and `block_in_place` hands a worker on. What a
//! stamp shows may then be another's for a while; what a thread goes by is its own [`Polling`].

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::time::{Clock, Mark};

/// One worker's, as others see it. Alone on its cache lines.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct Stamp {
    /// The counter's reading when the poll it is in began; zero between polls.
    begin: AtomicU64,
    polls: AtomicU64,
    /// The slot of the task it polls, or polled last.
    slot: AtomicU32,
}

/// What a thread polls, by its own word.
#[derive(Debug, Default)]
pub(super) struct Polling {
    now: Cell<Before>,
    finished: Cell<u64>,
}

/// A poll under way; none when it has no beginning.
#[derive(Debug, Clone, Copy, Default)]
#[must_use]
pub(super) struct Before {
    begin: u64,
    slot: u32,
}

impl Polling {
    /// A poll of the task in `slot` begins. Says which it is within: none, or that of a task that awaits this one in its own poll.
    #[inline]
    pub(super) fn begin(&self, stamp: &Stamp, at: Mark, slot: u32) -> Before {
        let now = Before { begin: at.raw().max(1), slot };
        stamp.show(now);
        self.now.replace(now)
    }

    /// It is over. One within another is a part of that.
    #[inline]
    pub(super) fn end(&self, stamp: &Stamp, before: Before) {
        let over = self.now.replace(before);
        if before.begin == 0 {
            self.finished.set(self.finished.get() + 1);
            stamp.finish(over);
        } else {
            stamp.show(before);
        }
    }

    /// Whether it is the task in `slot`.
    pub(super) fn is_of(&self, slot: u32) -> bool {
        let now = self.now.get();
        now.begin > 0 && now.slot == slot
    }

    /// Polls finished.
    pub(super) fn finished(&self) -> u64 {
        self.finished.get()
    }
}

impl Stamp {
    #[inline]
    fn show(&self, poll: Before) {
        self.slot.store(poll.slot, Ordering::Relaxed);
        self.begin.store(poll.begin, Ordering::Relaxed);
    }

    /// Counts a poll; it is shown no more, unless another thread shows its own here.
    #[inline]
    fn finish(&self, over: Before) {
        if self.begin.load(Ordering::Relaxed) == over.begin {
            self.begin.store(0, Ordering::Relaxed);
        }
        self.polls.store(self.polls.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
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
        let [here, there] = [Polling::default(), Polling::default()];
        time.increment(5);
        let before = here.begin(second, clock.mark(), 7);
        let elsewhere = there.begin(stamps.at(stamps.place(None)), clock.mark(), 7);
        time.increment(40);
        assert_eq!((first.polling_for(&clock), second.polling_for(&clock)), (None, Some(40)));
        assert!(stamps.polls_task(7) && !stamps.polls_task(8));
        here.end(second, here.begin(second, clock.mark(), 9));
        assert!(stamps.polls_task(7) && here.is_of(7), "the poll round the one that is over");
        here.end(second, before);
        there.end(stamps.at(stamps.place(None)), elsewhere);
        assert!(!stamps.polls_task(7) && !here.is_of(7));
        assert_eq!((second.polling_for(&clock), second.polls(), first.polls(), here.finished()), (None, 1, 0, 1));
    }

    #[test]
    fn threads_in_one_place_do_not_believe_each_other_and_leave_nothing_behind() {
        let (clock, time) = Clock::mock();
        let stamp = Stamp::default();
        for in_turn in [true, false] {
            let [one, other] = [Polling::default(), Polling::default()];
            time.increment(5);
            let before = one.begin(&stamp, clock.mark(), 1);
            time.increment(5);
            let meanwhile = other.begin(&stamp, clock.mark(), 2);
            assert!(one.is_of(1) && !one.is_of(2) && other.is_of(2));
            if in_turn {
                one.end(&stamp, before);
                assert!(stamp.polls_task(2), "the other goes on");
                other.end(&stamp, meanwhile);
            } else {
                other.end(&stamp, meanwhile);
                one.end(&stamp, before);
            }
            assert_eq!(stamp.polling_for(&clock), None);
            assert_eq!((one.finished(), other.finished()), (1, 1));
        }
        assert_eq!(stamp.polls(), 4);
    }
}
