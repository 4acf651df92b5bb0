//! Rows of which one is selected, in an order the user picks, with only those shown that hold some text.
//!
//! Owns the selection and keeps it on a row. It must not know what a row is: it is told their keys, in the order
//! they are shown in.

use std::ops::Range;

/// The orders of a list.
pub(super) trait Order: Copy + PartialEq + 'static {
    /// All of them, in the order they are gone through; a list begins with the first.
    const ALL: &'static [Self];

    /// What the rows are ordered by, in words.
    fn word(self) -> &'static str;

    /// The next one, round the end.
    #[must_use]
    fn next(self) -> Self {
        let at = Self::ALL.iter().position(|&order| order == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }
}

/// How a list is looked at. `K` tells rows apart, whatever place they are in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct List<K, O> {
    /// What the rows are ordered by.
    pub order: O,
    /// What the shown rows hold; empty shows all.
    pub filter: String,
    /// The selected row, and the place it was last seen at.
    selected: Option<(K, usize)>,
    /// Whether it is the user's choice, and not what took the place of one that is gone.
    picked: bool,
    /// Rows above the first one on the screen.
    scroll: usize,
}

/// Where the selection goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// So many rows up.
    Up(usize),
    /// So many rows down.
    Down(usize),
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// To this row.
    To(usize),
}

impl<K: Clone + PartialEq, O: Order> Default for List<K, O> {
    fn default() -> Self {
        Self { order: O::ALL[0], filter: String::new(), selected: None, picked: false, scroll: 0 }
    }
}

impl<K: Clone + PartialEq, O: Order> List<K, O> {
    /// The place of the selected row among these: where it is now, or the nearest to where it was; `None` when
    /// there is no row.
    pub(super) fn at(&self, keys: &[K]) -> Option<usize> {
        let last = keys.len().checked_sub(1)?;
        let Some((key, before)) = &self.selected else { return Some(0) };
        Some(keys.iter().position(|other| other == key).unwrap_or_else(|| last.min(*before)))
    }

    /// Whether the row that was selected is gone from these.
    pub(super) fn has_lost(&self, keys: &[K]) -> bool {
        self.selected.as_ref().is_some_and(|(key, _)| !keys.contains(key))
    }

    /// Moves the selection.
    pub(super) fn go(&mut self, step: Step, keys: &[K]) {
        let Some(at) = self.at(keys) else { return };
        let last = keys.len() - 1;
        let to = match step {
            Step::Up(rows) => at.saturating_sub(rows),
            Step::Down(rows) => at.saturating_add(rows),
            Step::First => 0,
            Step::Last => last,
            Step::To(row) => row,
        };
        self.select(to.min(last), keys);
    }

    /// The row that the user picked, whether it is still there or not.
    pub(super) fn picked(&self) -> Option<&K> {
        self.selected.as_ref().filter(|_| self.picked).map(|(key, _)| key)
    }

    /// Whether the user picked the very row that is selected.
    pub(super) const fn is_picked(&self) -> bool {
        self.picked
    }

    /// Picks the row that is selected: the first one, before any was.
    pub(super) fn pick(&mut self, keys: &[K]) {
        if let Some(at) = self.at(keys) {
            self.select(at, keys);
        }
    }

    /// Sticks to the row that is picked, wherever it is among these by now.
    pub(super) fn settle(&mut self, keys: &[K]) {
        if self.selected.is_some()
            && let Some(at) = self.at(keys)
        {
            let is_same = self.picked && !self.has_lost(keys);
            self.select(at, keys);
            self.picked = is_same;
        }
    }

    fn select(&mut self, at: usize, keys: &[K]) {
        self.selected = keys.get(at).map(|key| (key.clone(), at));
        self.picked = self.selected.is_some();
    }

    /// Which of `rows` rows are on a screen with room for `room`, the selected one among them; the others move
    /// no more than that takes.
    pub(super) fn window(&self, selected: Option<usize>, rows: usize, room: usize) -> Range<usize> {
        // Without a selection here the rows begin at their first.
        let Some(at) = selected else { return 0..room.min(rows) };
        let lowest = (at + 1).saturating_sub(room);
        let start = self.scroll.clamp(lowest, at.max(lowest)).min(rows.saturating_sub(room));
        start..(start + room).min(rows)
    }

    /// Keeps the rows where they are shown by now.
    pub(super) fn keep(&mut self, window: &Range<usize>) {
        self.scroll = window.start;
    }
}

/// Whether one of these texts holds what is looked for, in letters of either case.
pub(super) fn holds<'a>(filter: &str, mut texts: impl Iterator<Item = &'a str>) -> bool {
    let filter = filter.to_lowercase();
    filter.is_empty() || texts.any(|text| text.to_lowercase().contains(&filter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum By {
        Name,
        Size,
    }

    impl Order for By {
        const ALL: &'static [Self] = &[Self::Name, Self::Size];

        fn word(self) -> &'static str {
            "order"
        }
    }

    type Numbers = List<u64, By>;

    #[test]
    fn orders_come_round() {
        assert_eq!((Numbers::default().order, By::Name.next(), By::Size.next()), (By::Name, By::Size, By::Name));
    }

    #[test]
    fn the_selection_sticks_to_its_row_and_then_to_its_place() {
        let mut list = Numbers::default();
        assert_eq!((list.at(&[]), list.at(&[5, 6])), (None, Some(0)));
        list.go(Step::Down(2), &[5, 6, 7, 8]);
        assert_eq!(list.at(&[1, 2, 7, 5, 6]), Some(2));
        list.settle(&[9, 8, 6, 5, 7]);
        assert_eq!((list.at(&[9, 8, 6, 5, 7]), list.has_lost(&[9, 8, 6, 5, 7])), (Some(4), false));
        assert!(list.has_lost(&[9, 8]));
        list.settle(&[9, 8]);
        assert_eq!((list.at(&[8, 9]), list.has_lost(&[8, 9])), (Some(0), false));
        // While there is nothing, the row is kept in mind.
        list.settle(&[]);
        assert_eq!(list.at(&[1, 2, 8]), Some(2));
    }

    #[test]
    fn the_first_row_is_selected_whichever_it_is_until_one_is_picked() {
        let mut list = Numbers::default();
        list.settle(&[5, 6]);
        assert_eq!((list.at(&[6, 5]), list.is_picked()), (Some(0), false));
        list.pick(&[5, 6]);
        assert_eq!((list.at(&[6, 5]), list.is_picked()), (Some(1), true));
    }

    #[test]
    fn what_takes_the_place_of_a_row_that_is_gone_was_not_picked() {
        let mut list = Numbers::default();
        list.go(Step::To(1), &[5, 6, 7]);
        list.settle(&[4, 5, 6]);
        assert!(list.is_picked());
        list.settle(&[4, 5, 7]);
        assert_eq!((list.at(&[4, 5, 7]), list.is_picked()), (Some(2), false));
        list.settle(&[4, 5, 7]);
        assert!(!list.is_picked());
        list.pick(&[4, 5, 7]);
        assert!(list.is_picked());
    }

    #[test]
    fn steps_end_at_the_ends() {
        let keys = [1, 2, 3, 4, 5];
        let mut list = Numbers::default();
        for (step, at) in [
            (Step::Up(1), 0),
            (Step::Down(1), 1),
            (Step::Down(10), 4),
            (Step::Up(2), 2),
            (Step::First, 0),
            (Step::Last, 4),
            (Step::To(3), 3),
            (Step::To(9), 4),
            (Step::Down(usize::MAX), 4),
        ] {
            list.go(step, &keys);
            assert_eq!(list.at(&keys), Some(at), "{step:?}");
        }
    }

    #[test]
    fn rows_move_only_as_far_as_the_selection_makes_them() {
        let mut list = Numbers::default();
        for (selected, shown) in
            [(Some(0), 0..4), (Some(3), 0..4), (Some(4), 1..5), (Some(2), 1..5), (Some(0), 0..4), (Some(9), 6..10)]
        {
            let window = list.window(selected, 10, 4);
            list.keep(&window);
            assert_eq!(window, shown, "{selected:?}");
        }
        assert_eq!(list.window(None, 10, 4), 0..4);
        assert_eq!(list.window(Some(1), 2, 4), 0..2);
    }

    #[test]
    fn a_filter_asks_for_letters_of_either_case() {
        let holds = |filter| holds(filter, ["Connection reset", "failed"].into_iter());
        assert_eq!(["", "RESET", "fail", "ok"].map(holds), [true, true, true, false]);
    }

    proptest! {
        #[test]
        fn the_selected_row_is_there_and_on_the_screen(
            rounds in prop::collection::vec((prop::collection::btree_set(0u64..30, 0..20), 0usize..6, 0usize..25, 0usize..12), 1..30),
        ) {
            let mut list = Numbers::default();
            for (keys, step, rows, room) in rounds {
                let keys: Vec<u64> = keys.into_iter().collect();
                let steps = [Step::Up(rows), Step::Down(rows), Step::First, Step::Last, Step::To(rows)];
                match steps.get(step) {
                    Some(&step) => list.go(step, &keys),
                    None => list.settle(&keys),
                }
                let at = list.at(&keys);
                prop_assert_eq!(at.is_some(), !keys.is_empty());
                let window = list.window(at, keys.len(), room);
                list.keep(&window);
                prop_assert!(window.end <= keys.len() && window.len() == room.min(keys.len()));
                prop_assert!(at.is_none_or(|at| room == 0 || window.contains(&at)));
            }
        }
    }
}
