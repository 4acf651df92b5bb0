//! What errors and panics said, as rows over all lanes.
//!
//! Owns their sums, their order and what a filter finds in them. It must not know how they are drawn.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use super::list::{self, List, Order};
use crate::ledger::{LaneKey, OTHER};
use crate::outcome::Ending;
use crate::snapshot::Snapshot;

/// How the failures are looked at; an ending and what was said are a row's key.
pub(super) type FailureList = List<(Ending, Box<str>), FailureOrder>;

/// What failures are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FailureOrder {
    /// The most frequent first.
    Count,
    /// The one seen last first.
    Last,
    /// The one seen first first.
    First,
    /// By the alphabet.
    Text,
}

impl Order for FailureOrder {
    const ALL: &'static [Self] = &[Self::Count, Self::Last, Self::First, Self::Text];

    fn word(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Last => "last seen",
            Self::First => "first seen",
            Self::Text => "text",
        }
    }
}

/// One text and how often it was said, over all lanes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure<'a> {
    /// What the tasks ended as.
    pub ending: Ending,
    /// What they said.
    pub text: &'a str,
    /// How often, lane by lane.
    pub lanes: Vec<(LaneKey, u64)>,
    /// When first, since measuring began.
    pub first: Duration,
    /// When last, since measuring began.
    pub last: Duration,
}

impl Failure<'_> {
    /// How often, in all lanes.
    pub(super) fn count(&self) -> u64 {
        self.lanes.iter().map(|(_, count)| count).sum()
    }

    /// Whether it stands for all texts beyond the number that is kept apart.
    pub(super) fn is_other(&self) -> bool {
        self.text == OTHER
    }

    fn key(&self) -> (Ending, Box<str>) {
        (self.ending, self.text.into())
    }

    fn holds(&self, filter: &str) -> bool {
        let lanes: Vec<String> = self.lanes.iter().map(|(lane, _)| lane.to_string()).collect();
        list::holds(filter, [self.text, self.ending.word()].into_iter().chain(lanes.iter().map(String::as_str)))
    }
}

/// The failures of a snapshot that are shown, in their order.
#[derive(Debug)]
pub(super) struct FailureRows<'a> {
    /// The rows.
    pub rows: Vec<Failure<'a>>,
    /// How many there are, shown or not.
    pub all: usize,
    /// How many tasks ended so, shown or not.
    pub tasks: u64,
    /// Whether some texts were not kept apart.
    pub has_other: bool,
}

impl<'a> FailureRows<'a> {
    /// The rows that this list shows of a snapshot.
    pub(super) fn of(snapshot: &'a Snapshot, list: &FailureList) -> Self {
        let mut failures = BTreeMap::<(Ending, &str), Failure<'a>>::new();
        for lane in &snapshot.lanes {
            for said in lane.book.messages().rows() {
                let (first, latest) = (snapshot.since_began(said.first_ns), snapshot.since_began(said.last_ns));
                let text: &str = &said.text;
                let failure = failures.entry((said.ending, text)).or_insert_with(|| Failure {
                    ending: said.ending,
                    text,
                    lanes: Vec::new(),
                    first,
                    last: latest,
                });
                failure.lanes.push((lane.key, said.count));
                failure.first = failure.first.min(first);
                failure.last = failure.last.max(latest);
            }
        }
        let mut rows: Vec<_> = failures.into_values().collect();
        let (all, tasks) = (rows.len(), rows.iter().map(Failure::count).sum());
        let has_other = rows.iter().any(Failure::is_other);
        if !list.filter.is_empty() {
            rows.retain(|failure| failure.holds(&list.filter));
        }
        match list.order {
            FailureOrder::Count => rows.sort_by_key(|failure| Reverse(failure.count())),
            FailureOrder::Last => rows.sort_by_key(|failure| Reverse(failure.last)),
            FailureOrder::First => rows.sort_by_key(|failure| failure.first),
            FailureOrder::Text => rows.sort_by_key(|failure| failure.text),
        }
        Self { rows, all, tasks, has_other }
    }

    /// What tells the rows apart, in their order.
    pub(super) fn keys(&self) -> Vec<(Ending, Box<str>)> {
        self.rows.iter().map(Failure::key).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ledger::{Book, Event};
    use crate::outcome::{Lateness, Outcome};
    use crate::snapshot::fixture;

    /// Two lanes that say these texts, the second one ten seconds after the first, after a warm-up of a second.
    fn saying(texts: &[(Ending, &str, u64)]) -> Snapshot {
        let mut snapshot = fixture::live();
        snapshot.began = Duration::from_secs(1);
        for (lane, shift) in snapshot.lanes.iter_mut().zip([1, 11]) {
            let mut book = Book::new(false);
            for &(ending, text, at) in texts {
                let outcome = Outcome { ending, lateness: Lateness::OnTime };
                book.fold(&Event::Message { outcome, text, at: (shift + at) * 1_000_000_000 });
            }
            lane.book = Arc::new(book);
        }
        snapshot
    }

    const TEXTS: [(Ending, &str, u64); 5] = [
        (Ending::Failed, "reset", 2),
        (Ending::Panicked, "reset", 5),
        (Ending::Failed, "reset", 3),
        (Ending::Failed, "again", 9),
        (Ending::Failed, OTHER, 1),
    ];

    #[test]
    fn lanes_are_added_up_and_times_count_from_the_end_of_the_warm_up() {
        let snapshot = saying(&TEXTS);
        let rows = FailureRows::of(&snapshot, &FailureList::default());
        let [lane, other] = [0, 1].map(|n| snapshot.lanes[n].key);
        let expected = Failure {
            ending: Ending::Failed,
            text: "reset",
            lanes: vec![(lane, 2), (other, 2)],
            first: Duration::from_secs(2),
            last: Duration::from_secs(13),
        };
        assert_eq!((&rows.rows[0], rows.rows[0].count()), (&expected, 4));
        assert_eq!((rows.all, rows.tasks, rows.has_other), (4, 10, true));
    }

    #[test]
    fn every_order_puts_another_row_first_and_a_filter_leaves_out_the_rest() {
        let snapshot = saying(&TEXTS);
        let first = |order, filter: &str| {
            let mut list = FailureList::default();
            (list.order, list.filter) = (order, filter.to_owned());
            let rows = FailureRows::of(&snapshot, &list);
            rows.rows.first().map(|failure| (failure.ending, failure.text.to_owned(), rows.rows.len()))
        };
        let failed = |text: &str, of| Some((Ending::Failed, text.to_owned(), of));
        assert_eq!(first(FailureOrder::Count, ""), failed("reset", 4));
        assert_eq!(first(FailureOrder::Last, ""), failed("again", 4));
        assert_eq!(first(FailureOrder::First, ""), failed(OTHER, 4));
        assert_eq!(first(FailureOrder::Text, ""), failed(OTHER, 4));
        assert_eq!(first(FailureOrder::Count, "PANIC"), Some((Ending::Panicked, "reset".to_owned(), 1)));
        assert_eq!(first(FailureOrder::Text, "observe"), failed(OTHER, 4));
        assert_eq!(first(FailureOrder::Count, "nothing says so"), None);
    }
}
