//! The places at which deadlines passed, widest first, and the lines of source within each.
//!
//! ```text
//! ┌ where 3,702 late tasks were when their deadline passed · observe 50.0 ms ──────────────┐
//! │   share                           tasks  step                                          │
//! │▸ 71.3 %  ███████████████▌         2,640  + query/acquire db      pool.rs:88 ← db.rs:4│
//! │  19.8 %  ████▍                      733  - query/sleep                               │
//! │  19.8 %  ████▍                      733      db.rs:24 ← checkout.rs:43                 │
//! │   6.1 %  █▎                         226    not started: waiting for a worker           │
//! └────────────────────────────────────────────────────────────────────────────────────────┘
//!   sampled 1,900 · 18.0 µs each
//! ```

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::Widget;

use super::Parts;
use crate::snapshot::Awaits;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::blame::{BlameRows, Fold, Row};
use crate::tui::theme::Tone;
use crate::tui::view::bars;
use crate::tui::view::late::share;
use crate::tui::view::painter::Painter;
use crate::tui::view::table::{Cell, Column, Pane, Side, Table, place};
use crate::units;

/// Below this height the row for the note goes to the tree.
const NOTED: u16 = 6;

/// Where the hidden lines of a step stand at the earliest, and the least room for them.
const HIDDEN: u16 = 28;
const LEAST: u16 = 16;

/// How to get lines of source.
const HOW: [&str; 2] = [
    "for lines of source build on Linux with RUSTFLAGS=\"--cfg tokio_unstable\"",
    "lines: on Linux, RUSTFLAGS=\"--cfg tokio_unstable\"",
];

/// See the module; drawn on the whole of the screen's body.
#[derive(Debug)]
pub(super) struct Tree<'a>(pub &'a App);

/// Where the tree is and which of its rows are shown.
#[derive(Debug)]
pub(in crate::tui) struct Shown {
    pane: Pane,
    note: Rect,
    /// The rows.
    pub window: Range<usize>,
    /// The place of the selected one.
    pub selected: Option<usize>,
}

impl Shown {
    /// What the body of a screen has room for.
    pub(in crate::tui) fn of(app: &App, rows: &BlameRows, body: Rect) -> Self {
        let area = Parts::of(body).tree;
        let note = u16::from(rows.total > 0 && area.height > NOTED);
        let pane = Pane::of(Rect { height: area.height - note, ..area });
        let note = Rect { y: area.bottom() - note, height: note, ..area };
        let selected = app.blame.list.at(&rows.keys());
        Self { pane, note, window: app.blame.list.window(selected, rows.rows.len(), pane.room()), selected }
    }

    /// The row at a place of the screen.
    pub(in crate::tui) fn row_at(&self, at: Position) -> Option<usize> {
        self.pane.row_at(at, &self.window)
    }

    /// A screenful of rows.
    pub(in crate::tui) const fn room(&self) -> usize {
        self.pane.room()
    }
}

/// The columns on some width: share, bar, tasks, and the place, which takes what is left.
fn columns(width: u16) -> [Column; 4] {
    [
        Column { head: "share", width: 6, side: Side::Right, rank: 1 },
        Column { head: "", width: (width / 6).clamp(8, 32), side: Side::Left, rank: 3 },
        Column { head: "tasks", width: 9, side: Side::Right, rank: 2 },
        Column { head: "where", width: 22, side: Side::Left, rank: 0 },
    ]
}

/// The places of the bar and of the name among the columns.
const BAR: usize = 1;
const NAME: usize = 3;

impl Widget for &Tree<'_> {
    fn render(self, body: Rect, buf: &mut Buffer) {
        let app = self.0;
        let rows = BlameRows::of(app.why(), &app.blame);
        let shown = Shown::of(app, &rows, body);
        let dot = app.theme.glyphs().dot;
        let place = place(&shown.window, rows.rows.len(), dot, if rows.rows.is_empty() { "" } else { "widest first" });
        let mut p = shown.pane.open((&self.title(&rows), &place), buf, app.theme);
        if rows.rows.is_empty() {
            self.empty(&rows, &mut p);
        } else {
            let columns = columns(p.width());
            let table = Table::new(&columns, p.width(), app.theme);
            table.heads(&mut p, 0, None);
            for (y, at) in (1..).zip(shown.window.clone()) {
                self.row(&mut p, y, &table, (&rows, at), shown.selected == Some(at));
            }
        }
        if shown.note.height > 0 {
            let mut p = Painter::new(shown.note, buf, app.theme);
            let notes = notes(&app.shown().awaits, app.shown().from_files, dot);
            let room = p.width().saturating_sub(4);
            if let Some(note) = notes.iter().find(|note| p.columns(note) <= room) {
                p.say(2, 0, note, Tone::Dim);
            }
        }
    }
}

impl Tree<'_> {
    fn row(&self, p: &mut Painter<'_>, y: u16, table: &Table<'_>, (rows, at): (&BlameRows, usize), selected: bool) {
        let (row, theme) = (&rows.rows[at], self.0.theme);
        let part = bars::share(row.count, rows.total);
        let name = format!("{}{}", self.sign(row), row.name);
        let tone = if row.is_lines() { Tone::Plain } else { Tone::Strong };
        let tasks = Cell(units::thousands(row.count), tone);
        let cells = [share(part), Cell(String::new(), Tone::Plain), tasks, Cell(name.clone(), tone)];
        table.row(p, y, &cells, selected);
        if let Some((start, end)) = table.place(BAR) {
            (start..end).for_each(|x| p.glyph(x, y, " ", theme.style(Tone::Plain)));
            bars::strip(p, (start, y), end - start, part, (Tone::Late, theme));
        }
        let Some(((start, end), hidden)) = table.place(NAME).zip(row.hidden.as_ref()) else { return };
        let from = start + (p.columns(&name) + 2).max(HIDDEN);
        if from + LEAST <= end {
            let hidden = p.cut(hidden, end - from);
            p.say(from, y, &hidden, if selected { Tone::Badge } else { Tone::Dim });
        }
    }

    /// What stands before a name: whether it can be unfolded, and how deep it is.
    fn sign(&self, row: &Row) -> String {
        let [folded, unfolded] = self.0.theme.glyphs().folds;
        match row.fold {
            _ if row.is_lines() => "    ".to_owned(),
            Fold::Leaf => "  ".to_owned(),
            Fold::Folded => format!("{folded} "),
            Fold::Unfolded => format!("{unfolded} "),
        }
    }

    fn title(&self, rows: &BlameRows) -> String {
        let (app, dot) = (self.0, self.0.theme.glyphs().dot);
        let filter = &app.blame.list.filter;
        let Some(digest) = app.why().filter(|_| rows.total > 0) else {
            return "where late tasks were when their deadline passed".to_owned();
        };
        if filter.is_empty() {
            let late = if rows.total == 1 { "1 late task was when its" } else { "late tasks were when their" };
            let count = if rows.total == 1 { String::new() } else { units::thousands(rows.total) + " " };
            return format!("where {count}{late} deadline passed {dot} {}", digest.key);
        }
        let (shown, all) = rows.places;
        format!("where late tasks were {dot} filter \"{filter}\" {shown} of {all} {dot} {}", digest.key)
    }

    /// Says what a tree without rows would show.
    fn empty(&self, rows: &BlameRows, p: &mut Painter<'_>) {
        let (app, shown) = (self.0, self.0.shown());
        let key = |action| app.key(action);
        let texts = if rows.total > 0 {
            let how = format!("{} changes the filter, {} shows all", key(Action::Filter), key(Action::Close));
            ("no step, file or line holds this text", how)
        } else if shown.is_finished() {
            ("no task missed a deadline", String::new())
        } else if shown.deadline.is_none() {
            ("without a deadline no task is late", format!("{} sets one", key(Action::LengthenDeadline)))
        } else {
            let [shorter, longer] = [Action::ShortenDeadline, Action::LengthenDeadline].map(key);
            let how = format!("{shorter} {longer} move the deadline, {} raises the load", key(Action::RaiseLoad));
            ("no task has missed its deadline so far", how)
        };
        let y = p.height().saturating_sub(2) / 2;
        p.say_centered(y, texts.0, Tone::Dim);
        p.say_centered(y + 1, &texts.1, Tone::Dim);
    }
}

/// What there is to say about lines of source, the longest text first.
fn notes(awaits: &Awaits, from_files: bool, dot: &str) -> Vec<String> {
    let each = awaits.cost_each().map(|cost| format!(" {dot} {} each", units::human(cost)));
    match (awaits.supported, each) {
        (_, Some(each)) => {
            let short = format!("sampled {} of all lanes{each}", units::thousands(awaits.captured));
            vec![format!("{short} {dot} lines are those of the sample, raised to all"), short]
        }
        (true, None) => vec!["lines of source: as soon as a waiting task is sampled".to_owned()],
        (false, None) if from_files => vec!["no lines of source were sampled in this run".to_owned()],
        (false, None) => HOW.map(str::to_owned).to_vec(),
    }
}

/// What is known of the selected row, in words; `None` without one.
pub(in crate::tui) fn read_out(app: &App) -> Option<String> {
    let rows = BlameRows::of(app.why(), &app.blame);
    let at = app.blame.list.at(&rows.keys())?;
    let row = rows.rows.get(at)?;
    let place = rows.rows[..=at].iter().rev().find(|row| !row.is_lines()).filter(|_| row.is_lines());
    let within = place.map(|place| format!("{}: ", place.name)).unwrap_or_default();
    let dot = app.theme.glyphs().dot;
    let (scenario, key) = (&app.shown().info.scenario, app.why()?.key);
    let share = units::percent(bars::share(row.count, rows.total));
    let total = units::thousands(rows.total);
    Some(format!("{scenario} {dot} {key} {dot} {share} of {total} late tasks {dot} {within}{}", row.name))
}
