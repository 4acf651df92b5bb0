//! One slot of the in-flight table: what its words say and who may change them.
//!
//! The first word goes `EMPTY → start → start + OVERDUE → FREE`, or `EMPTY → VOID` when its chunk is
//! given up half filled. The second names the task and carries the request that it end. The rest is
//! touched only by tasks that are not over with their first poll, and left clean by them.

use std::sync::atomic::{AtomicU16, AtomicU32, AtomicU64, Ordering};
use std::task::Waker;

use atomic_waker::AtomicWaker;

use crate::outcome::CancelReason;

pub(super) const EMPTY: u64 = 0;
const FREE: u64 = u64::MAX;
const VOID: u64 = u64::MAX - 1;
const OVERDUE: u64 = 1 << 63;

const REQUEST: u64 = 0x7f;
const DROP: u64 = 0x80;

/// What the first word of a slot says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// No task yet.
    Empty,
    /// A task in flight; its deadline counts from `start`.
    Live { start: u64, overdue: bool },
    /// Its task ended.
    Free,
    /// It will never have a task.
    Void,
}

impl From<u64> for Word {
    fn from(raw: u64) -> Self {
        match raw {
            EMPTY => Self::Empty,
            FREE => Self::Free,
            VOID => Self::Void,
            _ => Self::Live { start: (raw & !OVERDUE) - 1, overdue: raw & OVERDUE != 0 },
        }
    }
}

/// What is known of a task while it is in flight. Written by the thread that polls it, but for
/// `requested_at`; read by the clock.
#[derive(Debug, Default)]
pub(super) struct Detail {
    requested_at: AtomicU64,
    start_delay: AtomicU64,
    busy: AtomicU64,
    waker: AtomicWaker,
    polls: AtomicU32,
    step: AtomicU16,
    /// The low digits of the task whose next poll is to be captured, plus [`WISHED`].
    capture: AtomicU16,
}

const WISHED: u16 = 1 << 15;

#[expect(clippy::cast_possible_truncation, reason = "the low digits are enough to tell a task from the one before it")]
const fn wish(number: u64) -> u16 {
    number as u16 | WISHED
}

/// What the polls of a task came to that are over. Times are nanoseconds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent {
    /// From spawn to first poll.
    pub(crate) start_delay: u64,
    /// In polls.
    pub(crate) busy: u64,
    /// How many.
    pub(crate) polls: u32,
}

/// A cancel request as the task sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Request {
    /// Who asked.
    pub(crate) reason: CancelReason,
    /// Whether the grace is over, so that the future is to be dropped now.
    pub(crate) drop_now: bool,
}

/// What came of asking a task to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// It has been asked now.
    Now,
    /// Somebody had asked before.
    Before,
    /// It had ended.
    Ended,
}

const fn reason(tag: u64) -> Option<CancelReason> {
    Some(match tag & REQUEST {
        0 => return None,
        1 => CancelReason::Deadline,
        2 => CancelReason::GatherDeadline,
        3 => CancelReason::Sibling,
        5 => CancelReason::User,
        6 => CancelReason::Shutdown,
        _ => CancelReason::Dropped,
    })
}

const fn code(reason: CancelReason) -> u64 {
    match reason {
        CancelReason::Deadline => 1,
        CancelReason::GatherDeadline => 2,
        CancelReason::Sibling => 3,
        CancelReason::Dropped => 4,
        CancelReason::User => 5,
        CancelReason::Shutdown => 6,
    }
}

/// The parts of one slot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot<'a> {
    pub(super) word: &'a AtomicU64,
    /// The task's number, shifted by 8, above the cancel request.
    pub(super) tag: &'a AtomicU64,
    pub(super) detail: &'a Detail,
    pub(super) lane: u16,
}

impl Slot<'_> {
    pub(super) fn read(self) -> Word {
        self.word.load(Ordering::Acquire).into()
    }

    /// Puts the task `number` into the empty slot; its deadline counts from `start`.
    #[inline]
    pub(super) fn open(self, number: u64, start: u64) {
        self.tag.store(number << 8, Ordering::Relaxed);
        self.word.store(start + 1, Ordering::Release);
    }

    pub(super) fn void(self) {
        self.word.store(VOID, Ordering::Release);
    }

    /// Frees the slot of a task that ended; true when it had been marked overdue.
    #[inline]
    pub(super) fn release(self) -> bool {
        // Sequentially consistent, as is asking: either the one who asks sees that the task has left, or the end sees
        // that somebody asked.
        self.word.swap(FREE, Ordering::SeqCst) & OVERDUE != 0
    }

    /// Marks the task that started at `start` overdue; false when it has just ended.
    pub(super) fn mark_overdue(self, start: u64) -> bool {
        let live = start + 1;
        self.word.compare_exchange(live, live | OVERDUE, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// When the task in the slot was spawned; belongs to that task.
    #[inline]
    pub(crate) fn start(self) -> u64 {
        (self.word.load(Ordering::Relaxed) & !OVERDUE).saturating_sub(1)
    }

    /// The number of the task that has the slot, or had it last.
    pub(crate) fn number(self) -> u64 {
        self.tag.load(Ordering::Acquire) >> 8
    }

    /// The lane of that task.
    pub(crate) const fn lane(self) -> u16 {
        self.lane
    }

    /// The cancel request, if there is one.
    #[inline]
    pub(crate) fn request(self) -> Option<Request> {
        let tag = self.tag.load(Ordering::Acquire);
        Some(Request { reason: reason(tag)?, drop_now: tag & DROP != 0 })
    }

    /// Takes the request back that the task `number` was left with, if there is one: of the two that may want to
    /// account for it, one gets it. Only for a task that has left its slot.
    #[inline]
    pub(super) fn take_request(self, number: u64) -> Option<CancelReason> {
        let tag = self.tag.load(Ordering::SeqCst);
        let reason = reason(tag).filter(|_| tag >> 8 == number)?;
        self.tag.compare_exchange(tag, number << 8, Ordering::AcqRel, Ordering::Relaxed).is_ok().then_some(reason)
    }

    /// When the cancellation was asked for; `None` while the one who asks has not said so yet.
    pub(crate) fn requested_at(self) -> Option<u64> {
        Some(self.detail.requested_at.load(Ordering::Acquire)).filter(|&at| at > 0)
    }

    /// Asks the task `number` to end; it is to be called by [`Slot::call`] then.
    pub(super) fn ask(self, number: u64, reason: CancelReason, drop_now: bool) -> Asked {
        if self.number() != number || self.has_left() {
            return Asked::Ended;
        }
        let asked = number << 8 | code(reason) | if drop_now { DROP } else { 0 };
        match self.tag.compare_exchange(number << 8, asked, Ordering::SeqCst, Ordering::Acquire) {
            Ok(_) => Asked::Now,
            Err(tag) if tag >> 8 == number => Asked::Before,
            Err(_) => Asked::Ended,
        }
    }

    /// Has the task `number` see that it was asked to end.
    pub(crate) fn call(self, number: u64, now: u64) {
        self.detail.requested_at.store(now.max(1), Ordering::Release);
        self.wake(number, now);
    }

    /// Whether the task has ended.
    pub(super) fn has_left(self) -> bool {
        !matches!(self.word.load(Ordering::SeqCst).into(), Word::Live { .. })
    }

    /// Ends the grace of the task `number`, if it was asked to end and has not.
    pub(crate) fn insist(self, number: u64) {
        let tag = self.tag.load(Ordering::Acquire);
        if tag >> 8 == number
            && tag & REQUEST != 0
            && self.tag.compare_exchange(tag, tag | DROP, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        {
            self.wake(number, self.detail.requested_at.load(Ordering::Relaxed));
        }
    }

    /// Wakes the task `number`. If that has ended meanwhile and the slot is another's, that one has lost
    /// its waker to us: it is woken for nothing, and finds out by [`Slot::needs_waker`].
    fn wake(self, number: u64, now: u64) {
        if let Some(waker) = self.detail.waker.take() {
            if self.number() != number {
                self.detail.requested_at.store(now.max(1), Ordering::Release);
            }
            waker.wake();
        }
    }

    /// Has the next poll of the task `number` captured.
    pub(crate) fn wish_capture(self, number: u64) {
        self.detail.capture.store(wish(number), Ordering::Release);
    }

    /// Whether this poll is to be captured; asked once.
    #[inline]
    pub(crate) fn takes_capture(self) -> bool {
        self.detail.capture.load(Ordering::Acquire) != 0
            && self.detail.capture.swap(0, Ordering::AcqRel) == wish(self.number())
    }

    /// Whether the waker may have been taken since the task registered it.
    #[inline]
    pub(crate) fn needs_waker(self) -> bool {
        self.detail.requested_at.load(Ordering::Acquire) > 0
    }

    /// Notes whom to wake for a cancellation. Look at [`Slot::request`] again afterwards.
    pub(crate) fn register(self, waker: &Waker) {
        self.detail.waker.register(waker);
    }

    /// Leaves the slot clean for the next task, and forgets whom to wake, which would keep the memory of
    /// this one alive. Owed by a task that registered or was asked to end.
    pub(crate) fn clean(self) {
        drop(self.detail.waker.take());
        self.detail.requested_at.store(0, Ordering::Relaxed);
        self.note(Spent::default());
        self.detail.step.store(0, Ordering::Relaxed);
    }

    /// Notes what has been spent so far.
    #[inline]
    pub(crate) fn note(self, spent: Spent) {
        self.detail.start_delay.store(spent.start_delay, Ordering::Relaxed);
        self.detail.busy.store(spent.busy, Ordering::Relaxed);
        self.detail.polls.store(spent.polls, Ordering::Relaxed);
    }

    /// What had been spent by the end of the last poll.
    #[inline]
    pub(crate) fn spent(self) -> Spent {
        Spent {
            start_delay: self.detail.start_delay.load(Ordering::Relaxed),
            busy: self.detail.busy.load(Ordering::Relaxed),
            polls: self.detail.polls.load(Ordering::Relaxed),
        }
    }

    /// Shows the task in a step; zero is none. What it has others poll may go on after it has left its slot, and is
    /// no news of the next task.
    pub(crate) fn show_step(self, step: u16) {
        if !self.has_left() {
            self.detail.step.store(step, Ordering::Relaxed);
        }
    }

    /// The step the task is shown in; zero is none.
    pub(crate) fn step(self) -> u16 {
        self.detail.step.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::task::Wake;

    use super::*;

    #[derive(Debug, Default)]
    struct Woken(AtomicU32);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_request_that_comes_too_late_costs_the_next_task_in_the_slot_no_more_than_a_poll() {
        let (word, tag, detail) = (AtomicU64::default(), AtomicU64::default(), Detail::default());
        let slot = Slot { word: &word, tag: &tag, detail: &detail, lane: 0 };
        let woken = Arc::new(Woken::default());
        slot.open(1, 0);
        slot.open(2, 0);
        slot.register(&Arc::clone(&woken).into());
        assert!(!slot.needs_waker());
        // Whoever asked task 1 to end was held up between asking and waking.
        slot.wake(1, 7);
        assert_eq!((woken.0.load(Ordering::Relaxed), slot.request()), (1, None));
        assert!(slot.needs_waker());
        slot.register(&Arc::clone(&woken).into());
        assert_eq!(slot.ask(2, CancelReason::Sibling, true), Asked::Now);
        slot.call(2, 9);
        assert_eq!((woken.0.load(Ordering::Relaxed), slot.requested_at()), (2, Some(9)));
    }

    #[test]
    fn a_task_that_has_ended_cannot_be_asked_to_end() {
        let (word, tag, detail) = (AtomicU64::default(), AtomicU64::default(), Detail::default());
        let slot = Slot { word: &word, tag: &tag, detail: &detail, lane: 0 };
        slot.open(1, 0);
        slot.release();
        assert_eq!(slot.ask(1, CancelReason::Sibling, true), Asked::Ended);
        assert_eq!((slot.request(), slot.requested_at()), (None, None));
    }

    #[test]
    fn a_request_that_met_the_end_is_accounted_for_once() {
        let (word, tag, detail) = (AtomicU64::default(), AtomicU64::default(), Detail::default());
        let slot = Slot { word: &word, tag: &tag, detail: &detail, lane: 0 };
        slot.open(1, 0);
        assert_eq!(slot.ask(1, CancelReason::User, true), Asked::Now);
        assert_eq!(slot.ask(1, CancelReason::Deadline, true), Asked::Before);
        slot.release();
        assert!(slot.has_left());
        assert_eq!(slot.take_request(2), None);
        assert_eq!(slot.take_request(1), Some(CancelReason::User));
        assert_eq!(slot.take_request(1), None);
    }
}
