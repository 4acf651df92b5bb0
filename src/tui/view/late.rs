//! Late tasks one by one: what is overdue now, and the worst of what has ended.
//!
//! ```text
//! ┌ overdue now · the 40 oldest of 97 ────────────────────────────── by overrun ┐
//! │      task       age   overrun▾    busy  policy   polls  step                 │
//! │▸    7,000    1.29 s    +1.24 s  0.01 %  observe      2  query                │
//! └──────────────────────────────────────────────────────────────────────────────┘
//! ┌ missed · the 128 worst of 3,702 ──────────────────────────────────────────────┐
//! ```
//! One row of both is selected; the part it is in scrolls, the other one shows its begin.

mod about;

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::widgets::Widget;

use super::painter::Painter;
use super::table::{Cell, Column, Pane, Side, Table, place};
use crate::outcome::{CancelReason, Ending};
use crate::snapshot::{LaneView, Snapshot};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::late::{Late as Task, LateOrder, LateRows};
use crate::tui::list::Order;
use crate::tui::theme::Tone;
use crate::units;

pub(super) use about::about;

/// Below this height there is room for one of the two parts.
const BOTH: u16 = 8;

const fn number(head: &'static str, width: u16, rank: u8) -> Column {
    Column { head, width, side: Side::Right, rank }
}

const fn name(head: &'static str, width: u16, rank: u8) -> Column {
    Column { head, width, side: Side::Left, rank }
}

/// The columns of both parts, so that they stand below each other as far as they go.
const OVERDUE: [Column; 8] = [
    number("task", 9, 0),
    number("age", 8, 4),
    number("overrun", 9, 1),
    number("busy", 6, 5),
    name("policy", 7, 3),
    number("deadline", 8, 7),
    number("polls", 7, 6),
    name("step", 8, 2),
];

const ENDED: [Column; 12] = [
    number("task", 9, 0),
    number("service", 8, 5),
    number("overrun", 9, 1),
    number("busy", 6, 6),
    name("policy", 7, 4),
    number("deadline", 8, 11),
    number("polls", 7, 10),
    number("start delay", 11, 9),
    number("ended at", 8, 8),
    name("ending", 9, 2),
    name("asked by", 12, 7),
    name("step", 8, 3),
];

/// See the module.
#[derive(Debug)]
pub(super) struct Late<'a>(pub &'a App);

/// Where the parts are and which of their rows are shown.
#[derive(Debug)]
pub(in crate::tui) struct Shown {
    panes: [Pane; 2],
    /// The rows of each part, counted within it.
    pub windows: [Range<usize>; 2],
    /// The part with the selected row, and its place in there.
    pub selected: Option<(usize, usize)>,
}

impl Shown {
    /// What an area has room for.
    pub(in crate::tui) fn of(app: &App, rows: &LateRows<'_>, area: Rect) -> Self {
        let [overdue, ended] = rows.parts().map(<[_]>::len);
        let at = app.late.at(&rows.keys());
        let selected = at.map(|at| if at < overdue { (0, at) } else { (1, at - overdue) });
        let upper = match selected {
            _ if area.height >= BOTH => area.height / 2,
            Some((1, _)) => 0,
            _ => area.height,
        };
        let panes = Layout::vertical([Constraint::Length(upper), Constraint::Min(0)]).areas(area).map(Pane::of);
        let window = |part: usize, rows: usize| {
            let at = selected.filter(|(own, _)| *own == part).map(|(_, at)| at);
            app.late.window(at, rows, panes[part].room())
        };
        Self { panes, windows: [window(0, overdue), window(1, ended)], selected }
    }

    /// The row at a place of the screen, counted over both parts.
    pub(in crate::tui) fn row_at(&self, at: Position, rows: &LateRows<'_>) -> Option<usize> {
        let [overdue, ended] = [0, 1].map(|part| self.panes[part].row_at(at, &self.windows[part]));
        overdue.or_else(|| ended.map(|row| rows.parts()[0].len() + row))
    }

    /// Rows in the part with the selection: a screenful.
    pub(in crate::tui) fn room(&self) -> usize {
        self.panes[self.selected.map_or(0, |(part, _)| part)].room()
    }
}

impl Widget for &Late<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let app = self.0;
        let rows = LateRows::of(app.shown(), &app.late);
        let shown = Shown::of(app, &rows, area);
        for part in [0, 1] {
            self.part(part, &rows, &shown, buf);
        }
    }
}

impl Late<'_> {
    fn part(&self, part: usize, rows: &LateRows<'_>, shown: &Shown, buf: &mut Buffer) {
        let app = self.0;
        let pane = shown.panes[part];
        let columns: &[Column] = if part == 0 { &OVERDUE } else { &ENDED };
        let order = format!("by {}", app.late.order.word());
        let tasks = rows.parts()[part];
        let place = place(&shown.windows[part], tasks.len(), app.theme.glyphs().dot, &order);
        let mut p = pane.open((&self.title(part, rows), &place), buf, app.theme);
        if tasks.is_empty() {
            self.empty(part, rows, &mut p);
            return;
        }
        let table = Table::new(columns, p.width(), app.theme);
        table.heads(&mut p, 0, Some(ordered(app.late.order)));
        let window = shown.windows[part].clone();
        for (y, at) in (1..).zip(window) {
            let cells = if part == 0 { overdue(tasks[at], app) } else { ended(tasks[at], app) };
            table.row(&mut p, y, &cells, shown.selected == Some((part, at)));
        }
    }

    fn title(&self, part: usize, rows: &LateRows<'_>) -> String {
        let (app, snapshot) = (self.0, self.0.shown());
        let all = rows.all[part];
        let (what, which, total) = match (part, snapshot.is_finished()) {
            (0, false) => ("overdue now", "oldest", snapshot.total(|lane| lane.overdue)),
            (0, true) => ("unfinished and overdue", "oldest", snapshot.total(|lane| lane.overdue)),
            _ => ("missed", "worst", snapshot.total(ended_late)),
        };
        let dot = app.theme.glyphs().dot;
        if !app.late.filter.is_empty() {
            let shown = rows.parts()[part].len();
            return format!("{what} {dot} filter \"{}\" {shown} of {all}", app.late.filter);
        }
        match u64::try_from(all) {
            Ok(all) if all < total => format!("{what} {dot} the {all} {which} of {}", units::thousands(total)),
            _ => format!("{what} {dot} {}", tasks(total)),
        }
    }

    /// Says what a part without rows would show.
    fn empty(&self, part: usize, rows: &LateRows<'_>, p: &mut Painter<'_>) {
        let snapshot = self.0.shown();
        let key = |action| self.0.key(action);
        let deadline =
            || format!("{} {} move the deadline", key(Action::ShortenDeadline), key(Action::LengthenDeadline));
        let texts = match (part, snapshot.deadline.is_some()) {
            _ if rows.all[part] > 0 => (
                "no task holds this text",
                format!("{} changes the filter, {} shows all", key(Action::Filter), key(Action::Close)),
            ),
            (_, false) => ("without a deadline no task is late", format!("{} sets one", key(Action::LengthenDeadline))),
            (0, _) if snapshot.is_finished() => ("no task was left overdue", String::new()),
            (0, _) => ("no task is overdue now", format!("{}, {} raises the load", deadline(), key(Action::RaiseLoad))),
            _ => ("tasks that missed their deadline are kept here when they end", deadline()),
        };
        let y = p.height().saturating_sub(2) / 2;
        p.say_centered(y, texts.0, Tone::Dim);
        p.say_centered(y + 1, &texts.1, Tone::Dim);
    }
}

fn tasks(n: u64) -> String {
    if n == 1 { "1 task".to_owned() } else { format!("{} tasks", units::thousands(n)) }
}

fn ended_late(lane: &LaneView) -> u64 {
    Ending::ALL.iter().map(|&ending| lane.late(ending)).sum()
}

/// The column of an order.
const fn ordered(order: LateOrder) -> usize {
    match order {
        LateOrder::Task => 0,
        LateOrder::Age => 1,
        LateOrder::Overrun => 2,
        LateOrder::Busy => 3,
    }
}

/// The columns both parts begin with.
fn common(task: Task<'_>) -> Vec<Cell> {
    let polls = if task.polls() == 0 { Tone::Dim } else { Tone::Plain };
    let deadline = task.lane().deadline.map_or_else(|| "none".to_owned(), units::human);
    vec![
        Cell(units::thousands(task.task()), Tone::Strong),
        Cell(units::human(task.age()), Tone::Plain),
        Cell(format!("+{}", units::human(task.overrun())), Tone::Late),
        share(task.busy_share()),
        Cell(task.lane().policy.to_string(), Tone::Plain),
        Cell(deadline, Tone::Plain),
        Cell(units::thousands(task.polls().into()), polls),
    ]
}

fn overdue(task: Task<'_>, app: &App) -> Vec<Cell> {
    let mut cells = common(task);
    cells.push(match task.step() {
        Some(step) => Cell(step.to_owned(), Tone::Plain),
        None => none(app),
    });
    cells
}

fn ended(task: Task<'_>, app: &App) -> Vec<Cell> {
    let Task::Ended(_, end) = task else { return overdue(task, app) };
    let delay = end.start_delay_ns.map(|ns| units::human(std::time::Duration::from_nanos(ns)));
    let mut cells = common(task);
    cells.extend([
        delay.map_or_else(|| none(app), |delay| Cell(delay, Tone::Plain)),
        Cell(units::clock(app.shown().since_began(end.at_ns)), Tone::Plain),
        Cell(end.ending.word().to_owned(), ending_tone(end.ending)),
        end.reason.map_or_else(|| Cell(String::new(), Tone::Dim), |reason| Cell(reason.word().to_owned(), Tone::Plain)),
        end.step.as_deref().map_or_else(|| none(app), |step| Cell(step.to_owned(), Tone::Plain)),
    ]);
    cells
}

fn none(app: &App) -> Cell {
    Cell(app.theme.glyphs().none.to_owned(), Tone::Dim)
}

/// A share in six columns.
pub(super) fn share(share: f64) -> Cell {
    match share {
        0.0 => Cell("0 %".to_owned(), Tone::Dim),
        share => Cell(units::percent(share), Tone::Plain),
    }
}

/// How an ending of a late task looks.
pub(super) const fn ending_tone(ending: Ending) -> Tone {
    match ending {
        Ending::Done => Tone::Late,
        Ending::Failed => Tone::Failed,
        Ending::Panicked => Tone::Panicked,
        Ending::Cancelled => Tone::Cancelled,
    }
}

/// Who asked for a task's end, in words.
fn asked_by(reason: CancelReason) -> &'static str {
    match reason {
        CancelReason::Deadline => "its deadline",
        CancelReason::GatherDeadline => "the deadline of its gather",
        CancelReason::Sibling => "its gather, which had its outcome",
        CancelReason::User => "you",
        CancelReason::Shutdown => "the end of the run",
        CancelReason::Dropped => "nobody: it dropped itself",
    }
}

/// In which state a task is, in words.
fn state(task: Task<'_>, snapshot: &Snapshot) -> (String, Tone) {
    match task.ending() {
        Some(ending) => (format!("{ending}, late"), ending_tone(ending)),
        None if snapshot.is_finished() => ("unfinished when the books closed".to_owned(), Tone::Cancelled),
        None => ("overdue: in flight past its deadline".to_owned(), Tone::Late),
    }
}

#[cfg(test)]
mod tests;
