//! What errors and panics said, the most frequent first.
//!
//! ```text
//! ┌ failures · 41 tasks, 3 texts ─────────────────────────────────── by count ┐
//! │  ending      count▾   share  first  last   text                           │
//! │▸ failed         39   0.19 %  00:01  00:41  connection reset               │
//! │  panicked        2   0.01 %  00:02  00:30  index out of bounds            │
//! └─ (other): texts beyond the first 32 of a lane ────────────────────────────┘
//! ```

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::Widget;

use super::details::Details;
use super::late::{ending_tone, share};
use super::painter::Painter;
use super::table::{Cell, Column, Pane, Side, Table, place};
use crate::ledger::{MAX_MESSAGES, MAX_TEXT, OTHER};
use crate::snapshot::Snapshot;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::failures::{Failure, FailureOrder, FailureRows};
use crate::tui::list::Order;
use crate::tui::theme::Tone;
use crate::units;

const COLUMNS: [Column; 6] = [
    Column { head: "ending", width: 9, side: Side::Left, rank: 1 },
    Column { head: "count", width: 9, side: Side::Right, rank: 0 },
    Column { head: "share", width: 6, side: Side::Right, rank: 3 },
    Column { head: "first", width: 7, side: Side::Right, rank: 5 },
    Column { head: "last", width: 7, side: Side::Right, rank: 4 },
    Column { head: "text", width: 20, side: Side::Left, rank: 2 },
];

/// See the module.
#[derive(Debug)]
pub(super) struct Failures<'a>(pub &'a App);

/// Where the table is and which of its rows are shown.
#[derive(Debug)]
pub(in crate::tui) struct Shown {
    pane: Pane,
    /// The rows.
    pub window: Range<usize>,
    /// The place of the selected one.
    pub selected: Option<usize>,
}

impl Shown {
    /// What an area has room for.
    pub(in crate::tui) fn of(app: &App, rows: &FailureRows<'_>, area: Rect) -> Self {
        let note = u16::from(rows.has_other && area.height > 6);
        let pane = Pane::of(Rect { height: area.height - note, ..area });
        let selected = app.failures.at(&rows.keys());
        Self { pane, window: app.failures.window(selected, rows.rows.len(), pane.room()), selected }
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

impl Widget for &Failures<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let app = self.0;
        let rows = FailureRows::of(app.shown(), &app.failures);
        let shown = Shown::of(app, &rows, area);
        let order = format!("by {}", app.failures.order.word());
        let place = place(&shown.window, rows.rows.len(), app.theme.glyphs().dot, &order);
        let mut p = shown.pane.open((&self.title(&rows), &place), buf, app.theme);
        if rows.rows.is_empty() {
            self.empty(&rows, &mut p);
            return;
        }
        let table = Table::new(&COLUMNS, p.width(), app.theme);
        table.heads(&mut p, 0, Some(ordered(app.failures.order)));
        for (y, at) in (1..).zip(shown.window.clone()) {
            table.row(&mut p, y, &cells(&rows.rows[at], app.shown()), shown.selected == Some(at));
        }
        if rows.has_other && area.height > 6 {
            let mut p = Painter::new(area, buf, app.theme);
            let text = p.cut(&other(), p.width().saturating_sub(4));
            p.say(2, area.height - 1, &text, Tone::Dim);
        }
    }
}

impl Failures<'_> {
    fn title(&self, rows: &FailureRows<'_>) -> String {
        let dot = self.0.theme.glyphs().dot;
        if !self.0.failures.filter.is_empty() {
            let (shown, all) = (rows.rows.len(), rows.all);
            return format!("failures {dot} filter \"{}\" {shown} of {all}", self.0.failures.filter);
        }
        let plural = |n: u64, what: &str| format!("{} {what}{}", units::thousands(n), if n == 1 { "" } else { "s" });
        let texts = plural(u64::try_from(rows.all).unwrap_or(u64::MAX), "text");
        format!("failures {dot} {}, {texts}", plural(rows.tasks, "task"))
    }

    fn empty(&self, rows: &FailureRows<'_>, p: &mut Painter<'_>) {
        let texts = if rows.all > 0 {
            let [filter, close] = [Action::Filter, Action::Close].map(|action| self.0.key(action));
            ("no failure holds this text", format!("{filter} changes the filter, {close} shows all"))
        } else if self.0.shown().is_finished() {
            ("no task failed or panicked", String::new())
        } else {
            ("no task failed or panicked", "what errors and panics say is counted here".to_owned())
        };
        let y = p.height().saturating_sub(2) / 2;
        p.say_centered(y, texts.0, Tone::Dim);
        p.say_centered(y + 1, &texts.1, Tone::Dim);
    }
}

/// What the row for all other texts is.
fn other() -> String {
    format!("{OTHER}: a lane keeps its first {MAX_MESSAGES} texts apart and counts all others here")
}

/// The column of an order.
const fn ordered(order: FailureOrder) -> usize {
    match order {
        FailureOrder::Count => 1,
        FailureOrder::First => 3,
        FailureOrder::Last => 4,
        FailureOrder::Text => 5,
    }
}

fn cells(failure: &Failure<'_>, shown: &Snapshot) -> Vec<Cell> {
    let text = failure.text.split_whitespace().collect::<Vec<_>>().join(" ");
    vec![
        Cell(failure.ending.word().to_owned(), ending_tone(failure.ending)),
        Cell(units::thousands(failure.count()), Tone::Strong),
        share(of_ended(failure, shown)),
        Cell(units::clock(failure.first), Tone::Plain),
        Cell(units::clock(failure.last), Tone::Plain),
        if failure.is_other() { Cell(text, Tone::Dim) } else { Cell(text, Tone::Plain) },
    ]
}

/// The share of the ended tasks that ended so.
#[expect(clippy::cast_precision_loss, reason = "three significant digits are shown")]
fn of_ended(failure: &Failure<'_>, shown: &Snapshot) -> f64 {
    failure.count() as f64 / shown.total(|lane| lane.book.total_ended()).max(1) as f64
}

/// What is known of the selected failure; `None` when there is none.
pub(super) fn about(app: &App) -> Option<Details> {
    let (rows, shown) = (FailureRows::of(app.shown(), &app.failures), app.shown());
    let failure = rows.rows.get(app.failures.at(&rows.keys())?)?;
    let said = if failure.is_other() { other() } else { failure.text.to_owned() };
    let mut lines = vec![("text", said, Tone::Plain)];
    if failure.text.chars().count() == MAX_TEXT {
        lines.push(("", format!("the first {MAX_TEXT} characters are kept"), Tone::Dim));
    }
    let share = units::percent(of_ended(failure, shown));
    let count = format!("{} tasks, {share} of those that ended", units::thousands(failure.count()));
    let since = if shown.is_finished() { "before the end" } else { "ago" };
    let seen = |at| format!("{}, {} {since}", units::clock(at), units::human(shown.elapsed.saturating_sub(at)));
    lines.extend([
        ("ending", failure.ending.word().to_owned(), ending_tone(failure.ending)),
        ("count", count, Tone::Strong),
        ("first seen", seen(failure.first), Tone::Plain),
        ("last seen", seen(failure.last), Tone::Plain),
    ]);
    for (at, (lane, count)) in failure.lanes.iter().enumerate() {
        let label = if at == 0 { "by lane" } else { "" };
        lines.push((label, format!("{lane}: {}", units::thousands(*count)), Tone::Plain));
    }
    Some(Details {
        title: failure.ending.word().to_owned(),
        lines,
        scroll: app.overlay.scroll(),
        close: app.key(Action::Close),
        theme: app.theme,
    })
}

#[cfg(test)]
mod tests;
