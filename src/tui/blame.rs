//! Where tasks were when their deadline passed, as a tree of rows: steps, and the lines of source within them.
//!
//! Owns which rows are folded away and what a filter finds in them. It must not know how they are drawn.

use std::sync::Arc;

use super::digest::BlameDigest;
use super::list::{self, List, Order};
use crate::ledger::Doing;
use crate::snapshot::{Blamed, Frame};

/// What the rows are ordered by: there is one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BlameOrder {
    /// The place of most tasks first.
    Count,
}

impl Order for BlameOrder {
    const ALL: &'static [Self] = &[Self::Count];

    fn word(self) -> &'static str {
        "tasks"
    }
}

/// A place tasks were at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// In this step, when in one, doing this.
    At(Option<Box<str>>, Doing),
    /// They had ended before the clock saw them overdue.
    Unseen,
}

impl Place {
    fn name(&self) -> String {
        match self {
            Self::At(_, Doing::NotStarted) => "not started: waiting for a worker".to_owned(),
            Self::At(step, Doing::Waiting) => step_name(step.as_deref()),
            Self::At(step, Doing::Polled) => format!("{} (in a poll)", step_name(step.as_deref())),
            Self::Unseen => "ended before they were seen".to_owned(),
        }
    }

    /// The step as its task named it.
    fn step(&self) -> &str {
        match self {
            Self::At(Some(step), _) => step,
            _ => "",
        }
    }
}

fn step_name(step: Option<&str>) -> String {
    step.unwrap_or("no step").to_owned()
}

/// What tells rows apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RowKey {
    /// A place.
    Place(Place),
    /// Lines of source within it, from what was awaited outwards.
    Lines(Place, Arc<[Frame]>),
}

impl RowKey {
    const fn place(&self) -> &Place {
        match self {
            Self::Place(place) | Self::Lines(place, _) => place,
        }
    }
}

/// Whether there is more to see of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fold {
    /// No: no line of it is known, or it is one.
    Leaf,
    /// Its lines are folded away.
    Folded,
    /// Its lines are below it.
    Unfolded,
}

/// One row of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// What tells it apart.
    pub key: RowKey,
    /// What it is called.
    pub name: String,
    /// How many tasks were there.
    pub count: u64,
    /// Whether there is more to see of it.
    pub fold: Fold,
    /// The most frequent lines within it, while they are folded away.
    pub hidden: Option<String>,
}

impl Row {
    /// Whether it is lines of source within a place.
    pub(super) const fn is_lines(&self) -> bool {
        matches!(self.key, RowKey::Lines(..))
    }
}

/// How the tree is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct BlameTree {
    /// The selection and the filter.
    pub list: List<RowKey, BlameOrder>,
    unfolded: Vec<Place>,
}

/// What to do with the lines of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Folding {
    /// Put them away; from one of them, go to their place.
    Fold,
    /// Show them.
    Unfold,
    /// The other of the two.
    Toggle,
}

impl BlameTree {
    /// Folds or unfolds the place of the selected row, which stays selected or gives way to its place.
    pub(super) fn fold(&mut self, folding: Folding, rows: &BlameRows) {
        let keys = rows.keys();
        let Some(row) = self.list.at(&keys).and_then(|at| rows.rows.get(at)) else { return };
        let place = row.key.place().clone();
        let is_open = self.unfolded.contains(&place);
        let opens = match folding {
            Folding::Fold => false,
            Folding::Unfold => true,
            Folding::Toggle => !is_open,
        };
        if !opens && row.is_lines() {
            let parent = keys.iter().position(|key| *key == RowKey::Place(place.clone()));
            self.list.go(list::Step::To(parent.unwrap_or(0)), &keys);
        } else {
            self.list.pick(&keys);
        }
        if !opens {
            self.unfolded.retain(|other| *other != place);
        } else if !is_open && row.fold == Fold::Folded {
            self.unfolded.push(place);
        }
    }
}

/// The rows of the tree that are shown, widest place first.
#[derive(Debug, Default)]
pub(super) struct BlameRows {
    /// The rows.
    pub rows: Vec<Row>,
    /// How many places are shown, and how many there are.
    pub places: (usize, usize),
    /// Deadlines missed, shown or not.
    pub total: u64,
}

impl BlameRows {
    /// The rows that this tree shows of a lane.
    pub(super) fn of(digest: Option<&BlameDigest>, tree: &BlameTree) -> Self {
        let Some(blame) = digest.map(|digest| &digest.blame) else { return Self::default() };
        let unseen = Blamed { step: None, doing: Doing::Waiting, count: blame.unseen, lines: Vec::new() };
        let mut places: Vec<(Place, &Blamed)> =
            blame.places.iter().map(|at| (Place::At(at.step.clone(), at.doing), at)).collect();
        if blame.unseen > 0 {
            let at = places.partition_point(|(_, place)| place.count >= blame.unseen);
            places.insert(at, (Place::Unseen, &unseen));
        }
        let all = places.len();
        let shown: Vec<Vec<Row>> = places.into_iter().filter_map(|(place, at)| tree.rows(place, at)).collect();
        Self { places: (shown.len(), all), total: blame.total(), rows: shown.into_iter().flatten().collect() }
    }

    /// What tells the rows apart, in their order.
    pub(super) fn keys(&self) -> Vec<RowKey> {
        self.rows.iter().map(|row| row.key.clone()).collect()
    }
}

impl BlameTree {
    /// The rows of one place; `None` when the filter finds nothing there. Lines that are looked for are unfolded.
    fn rows(&self, place: Place, at: &Blamed) -> Option<Vec<Row>> {
        let filter = &self.list.filter;
        let name = place.name();
        let is_found = list::holds(filter, [name.as_str(), place.step()].into_iter());
        let found: Vec<&(Arc<[Frame]>, u64)> =
            at.lines.iter().filter(|(frames, _)| is_found || holds(frames, filter)).collect();
        if !is_found && found.is_empty() {
            return None;
        }
        let fold = match found.is_empty() {
            true => Fold::Leaf,
            false if !is_found || self.unfolded.contains(&place) => Fold::Unfolded,
            false => Fold::Folded,
        };
        let hidden = found.first().filter(|_| fold == Fold::Folded).map(|(frames, _)| chain(frames));
        let lines = found.iter().filter(|_| fold == Fold::Unfolded).map(|(frames, count)| Row {
            key: RowKey::Lines(place.clone(), Arc::clone(frames)),
            name: chain(frames),
            count: *count,
            fold: Fold::Leaf,
            hidden: None,
        });
        let lines: Vec<Row> = lines.collect();
        let head = Row { key: RowKey::Place(place), name, count: at.count, fold, hidden };
        Some([vec![head], lines].concat())
    }
}

/// The lines from what was awaited to its callers.
fn chain(frames: &[Frame]) -> String {
    frames.iter().map(Frame::to_string).collect::<Vec<_>>().join(" ← ")
}

fn holds(frames: &[Frame], filter: &str) -> bool {
    let texts: Vec<String> = frames.iter().map(|frame| format!("{}:{}", frame.file, frame.line)).collect();
    list::holds(filter, texts.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::fixture;

    /// The lane of the fixture that lines are known of.
    fn digest() -> BlameDigest {
        let mut live = fixture::live();
        live.lanes.truncate(1);
        BlameDigest::of(&live).unwrap()
    }

    fn names(tree: &BlameTree) -> Vec<String> {
        BlameRows::of(Some(&digest()), tree).rows.into_iter().map(|row| row.name).collect()
    }

    fn fold(tree: &mut BlameTree, folding: Folding) {
        tree.fold(folding, &BlameRows::of(Some(&digest()), tree));
    }

    const FOLDED: [&str; 4] =
        ["query/acquire db", "query/sleep", "not started: waiting for a worker", "render (in a poll)"];
    const POOL: [&str; 2] = ["pool.rs:88 ← checkout.rs:41 ← main.rs:12", "pool.rs:88 ← refund.rs:17 ← main.rs:14"];

    #[test]
    fn places_come_widest_first_and_their_lines_below_them_once_unfolded() {
        let mut tree = BlameTree::default();
        assert_eq!(names(&tree), FOLDED);
        fold(&mut tree, Folding::Unfold);
        assert_eq!(names(&tree), [&FOLDED[..1], &POOL, &FOLDED[1..]].concat());
        let rows = BlameRows::of(Some(&digest()), &tree);
        assert_eq!(rows.rows[1].count + rows.rows[2].count, rows.rows[0].count);
        assert_eq!(rows.rows.iter().filter(|row| !row.is_lines()).map(|row| row.count).sum::<u64>(), rows.total);
    }

    #[test]
    fn folding_from_a_line_goes_to_its_place() {
        let mut tree = BlameTree::default();
        fold(&mut tree, Folding::Toggle);
        let keys = BlameRows::of(Some(&digest()), &tree).keys();
        tree.list.go(list::Step::Down(2), &keys);
        fold(&mut tree, Folding::Unfold);
        assert_eq!(tree.list.at(&keys), Some(2), "there is nothing to unfold of a line");
        fold(&mut tree, Folding::Fold);
        assert_eq!((names(&tree), tree.list.at(&keys)), (FOLDED.map(str::to_owned).to_vec(), Some(0)));
        let keys = BlameRows::of(Some(&digest()), &tree).keys();
        tree.list.go(list::Step::Last, &keys);
        fold(&mut tree, Folding::Toggle);
        assert_eq!(names(&tree), FOLDED, "nothing is known of the lines");
    }

    #[test]
    fn a_filter_finds_steps_files_and_lines() {
        let found = |filter: &str| {
            let mut tree = BlameTree::default();
            filter.clone_into(&mut tree.list.filter);
            names(&tree)
        };
        assert_eq!(found("QUERY/a"), ["query/acquire db"]);
        assert_eq!(found("query/sleep"), ["query/sleep"]);
        assert_eq!(found("refund.rs:17"), ["query/acquire db", POOL[1]]);
        assert_eq!(found("src/db.rs"), ["query/sleep", "db.rs:24 ← checkout.rs:43 ← main.rs:12"]);
        assert_eq!(found("in a poll"), ["render (in a poll)"]);
        assert!(found("nothing like it").is_empty());
    }

    #[test]
    fn tasks_that_ended_before_they_were_seen_have_a_row_where_their_count_puts_it() {
        let mut digest = digest();
        digest.blame.unseen = digest.blame.places[1].count;
        digest.blame.places[0].step = None;
        let rows = BlameRows::of(Some(&digest), &BlameTree::default());
        let names: Vec<&str> = rows.rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names[..3], ["no step", "query/sleep", "ended before they were seen"]);
        assert_eq!(rows.total, digest.blame.total());
    }
}
