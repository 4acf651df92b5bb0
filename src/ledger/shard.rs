//! Where ends are recorded: one shard per worker, so that its lock is all but never contended.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::book::Book;
use super::event::{Event, TaskEnd};
use super::slot::Asked;
use crate::outcome::CancelReason;

/// The books of one worker since the last merge, by lane. Alone on its cache lines.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Shard {
    interval: Mutex<Interval>,
    response_is_service: bool,
}

/// What a task says of itself at its end, beside how it ended.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Said<'a> {
    /// What its error or its panic said.
    pub(crate) message: Option<&'a str>,
    /// The steps it was in, and how long it was in each and in none within, nanoseconds.
    pub(crate) steps: &'a [(Arc<str>, u64)],
}

#[derive(Debug, Default)]
pub(super) struct Interval {
    books: Vec<Option<Book>>,
    closed: bool,
}

impl Interval {
    /// Refuses everything from now on.
    pub(super) const fn close(&mut self) {
        self.closed = true;
    }

    /// Tasks ended since the last merge.
    pub(super) fn ended(&self) -> u64 {
        self.books.iter().flatten().map(Book::total_ended).sum()
    }

    /// Takes the books out; lanes that had any get a cleared one from `spare` in their place. A lane at
    /// rest while others are busy has been left, and its memory goes back.
    pub(super) fn swap(&mut self, spare: &mut Vec<Book>, taken: &mut Vec<(u16, Book)>) {
        let before = taken.len();
        for (lane, book) in (0u16..).zip(&mut self.books) {
            if book.as_ref().is_some_and(|b| !b.is_empty()) {
                let full = std::mem::replace(book, spare.pop());
                taken.extend(full.map(|full| (lane, full)));
            }
        }
        if taken.len() > before {
            let busy = |lane: u16| taken[before..].iter().any(|(taken, _)| *taken == lane);
            let left = (0u16..).zip(&mut self.books).filter(|(lane, _)| !busy(*lane));
            spare.extend(left.filter_map(|(_, book)| book.take()));
        }
    }

    /// Books it holds on to.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.books.iter().flatten().count()
    }

    fn book(&mut self, lane: u16, response_is_service: bool) -> &mut Book {
        let at = usize::from(lane);
        if self.books.len() <= at {
            self.books.resize_with(at + 1, || None);
        }
        self.books[at].get_or_insert_with(|| Book::new(response_is_service))
    }
}

impl Shard {
    pub(super) fn new(response_is_service: bool) -> Self {
        Self { interval: Mutex::default(), response_is_service }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Interval> {
        self.interval.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the books are closed.
    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Records an event of `lane`, unless the books are closed.
    pub(super) fn record(&self, lane: u16, event: &Event<'_>) {
        let mut interval = self.lock();
        if !interval.closed {
            interval.book(lane, self.response_is_service).fold(event);
        }
    }

    /// Records a task's end and frees its slot in one go, so that closing the books sees both or neither.
    #[inline]
    pub(super) fn end(
        &self,
        lane: u16,
        end: &mut TaskEnd,
        said: &Said<'_>,
        release: impl FnOnce() -> (bool, Option<CancelReason>),
    ) -> bool {
        let mut interval = self.lock();
        if interval.closed {
            return false;
        }
        let (was_overdue, asked) = release();
        end.was_overdue = was_overdue;
        end.asked = end.asked.or(asked);
        let book = interval.book(lane, self.response_is_service);
        book.fold(&Event::TaskEnded(end));
        if let Some(text) = said.message {
            book.fold(&Event::Message { outcome: end.outcome, text, at: end.at });
        }
        for (name, ns) in said.steps {
            book.fold(&Event::StepSpent { name, lateness: end.outcome.lateness, ns: *ns });
        }
        true
    }

    /// Asks a task of `lane` to end and records what came of it in one go; false when that was nothing.
    pub(super) fn ask(&self, lane: u16, reason: CancelReason, ask: impl FnOnce() -> Asked) -> bool {
        let mut interval = self.lock();
        if interval.closed {
            return false;
        }
        let asked = ask();
        if asked != Asked::Before {
            let book = interval.book(lane, self.response_is_service);
            book.fold(&Event::CancelAsked { reason });
            if asked == Asked::Ended {
                book.fold(&Event::CancelTooLate { reason });
            }
        }
        asked == Asked::Now
    }
}
