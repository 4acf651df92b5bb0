//! What keys do to the lists: which row is selected, in which order, with which text, and its end.

use std::sync::Arc;
use std::time::Duration;

use super::Effect;
use crate::engine::Command;
use crate::snapshot::MAX_OVERDUE;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::blame::{BlameRows, Folding};
use crate::tui::entry::Entry;
use crate::tui::failures::FailureRows;
use crate::tui::late::{Late, LateRows};
use crate::tui::list::{Order, Step};
use crate::tui::overlay::Overlay;
use crate::tui::tabs::Tab;
use crate::tui::theme::Tone;
use crate::tui::view;
use crate::units;

/// Rows the wheel goes at once.
const NOTCH: usize = 3;

/// How long a task may be in no list before it counts as gone: its end is told a moment after it is not in flight.
const BETWEEN: Duration = Duration::from_millis(500);

/// Carries out what is about the list on the screen; everything else is nothing here.
pub(super) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::Up => go(app, Step::Up(1)),
        Action::Down => go(app, Step::Down(1)),
        Action::PageUp => go(app, Step::Up(view::page(app))),
        Action::PageDown => go(app, Step::Down(view::page(app))),
        Action::First => go(app, Step::First),
        Action::Last => go(app, Step::Last),
        Action::Sort => sort(app),
        Action::Filter => open_filter(app),
        Action::Details => toggle_details(app),
        Action::Fold => fold(app, Folding::Fold),
        Action::Unfold => fold(app, Folding::Unfold),
        Action::ToggleFold => fold(app, Folding::Toggle),
        Action::CancelTask => return cancel(app),
        _ => {}
    }
    Vec::new()
}

/// Selects the row at this place; in a tree, one that is selected folds or unfolds.
pub(super) fn select(app: &mut App, row: usize) {
    let list = &app.blame.list;
    if app.tab == Tab::Blame && list.is_picked() && list.at(&blame_rows(app).keys()) == Some(row) {
        return fold(app, Folding::Toggle);
    }
    go(app, Step::To(row));
}

fn blame_rows(app: &App) -> BlameRows {
    BlameRows::of(app.why(), &app.blame)
}

fn fold(app: &mut App, folding: Folding) {
    let rows = blame_rows(app);
    app.blame.fold(folding, &rows);
}

/// One notch of the wheel.
pub(super) fn scroll(app: &mut App, down: bool) {
    go(app, if down { Step::Down(NOTCH) } else { Step::Up(NOTCH) });
}

fn go(app: &mut App, step: Step) {
    let shown = Arc::clone(app.shown_arc());
    match app.tab {
        Tab::Late => {
            let keys = LateRows::of(&shown, &app.late).keys();
            app.late.go(step, &keys);
        }
        Tab::Failures => {
            let keys = FailureRows::of(&shown, &app.failures).keys();
            app.failures.go(step, &keys);
        }
        Tab::Blame => {
            let keys = blame_rows(app).keys();
            app.blame.list.go(step, &keys);
        }
        _ => {}
    }
}

fn sort(app: &mut App) {
    match app.tab {
        Tab::Late => app.late.order = app.late.order.next(),
        Tab::Failures => app.failures.order = app.failures.order.next(),
        _ => {}
    }
}

/// The text the rows of the list on the screen must hold; `None` where there is no list.
pub(super) const fn filter_mut(app: &mut App) -> Option<&mut String> {
    match app.tab {
        Tab::Late => Some(&mut app.late.filter),
        Tab::Failures => Some(&mut app.failures.filter),
        Tab::Blame => Some(&mut app.blame.list.filter),
        _ => None,
    }
}

fn open_filter(app: &mut App) {
    if let Some(filter) = filter_mut(app) {
        app.entry = Some(Entry::new("/", filter));
        app.overlay = Overlay::None;
    }
}

/// Shows the rows that hold what has been typed so far.
pub(super) fn filter(app: &mut App, text: String) {
    if let Some(filter) = filter_mut(app) {
        *filter = text;
    }
}

fn toggle_details(app: &mut App) {
    if app.overlay == Overlay::Details {
        app.overlay = Overlay::None;
        return;
    }
    let has_row = match app.tab {
        Tab::Late => selected(app).is_some(),
        Tab::Failures => !FailureRows::of(app.shown(), &app.failures).rows.is_empty(),
        _ => false,
    };
    // What is read about must not be another row with the next snapshot.
    pick(app);
    if has_row {
        app.overlay = Overlay::Details;
    } else {
        app.say(Tone::Late, "there is no row to tell more about");
    }
}

/// Holds on to the selected row.
fn pick(app: &mut App) {
    let shown = Arc::clone(app.shown_arc());
    match app.tab {
        Tab::Late => {
            let keys = LateRows::of(&shown, &app.late).keys();
            // What is read about is picked, though it may be in no row by now.
            if !is_read_about(app) {
                app.late.pick(&keys);
            }
        }
        Tab::Failures => {
            let keys = FailureRows::of(&shown, &app.failures).keys();
            app.failures.pick(&keys);
        }
        _ => {}
    }
}

/// Whether a late task is read about.
fn is_read_about(app: &App) -> bool {
    app.tab == Tab::Late && app.overlay == Overlay::Details
}

/// The number of the task that is read about or else selected, and how it ended if it has.
fn selected(app: &App) -> Option<(u64, Option<&'static str>)> {
    let rows = LateRows::of(app.shown(), &app.late);
    let task = if is_read_about(app) {
        Late::find(app.shown(), *app.late.picked()?)?
    } else {
        rows.get(app.late.at(&rows.keys())?)?
    };
    Some((task.task(), task.ending().map(crate::outcome::Ending::word)))
}

fn cancel(app: &mut App) -> Vec<Effect> {
    if let Some(why) = app.hold.refusal() {
        app.say(Tone::Late, why);
        return Vec::new();
    }
    let Some((number, ending)) = selected(app) else {
        app.say(Tone::Late, "there is no task to cancel");
        return Vec::new();
    };
    let task = units::thousands(number);
    let picked = app.late.is_picked();
    pick(app);
    match ending {
        Some(ending) => app.say(Tone::Late, format!("task {task} has ended already: {ending}")),
        None if app.newest.is_finished() => {
            app.say(Tone::Late, format!("the run is over: task {task} stays unfinished"));
        }
        None if has_ended_since(app, number) => {
            app.say(Tone::Late, format!("task {task} has ended since the screen was frozen"));
        }
        None if !picked => app
            .say(Tone::Plain, format!("task {task} is selected; {} again asks it to end", app.key(Action::CancelTask))),
        None => {
            app.say(Tone::Plain, format!("asked task {task} to end; it is dropped at its next poll"));
            return vec![Effect::Engine(Command::Cancel(number))];
        }
    }
    Vec::new()
}

/// Whether a task that is overdue on a frozen screen is not so any more, as far as the newest snapshot can tell.
fn has_ended_since(app: &App, number: u64) -> bool {
    let overdue = &app.newest.overdue;
    overdue.len() < MAX_OVERDUE && overdue.iter().all(|task| task.task != number)
}

/// Holds on to what is selected and to the rows that are shown, now that the rows may be others.
pub(super) fn settle(app: &mut App) {
    let shown = Arc::clone(app.shown_arc());
    let body = view::body_of(app);
    match app.tab {
        Tab::Late => {
            let rows = LateRows::of(&shown, &app.late);
            let keys = rows.keys();
            follow(app);
            if !is_read_about(app) {
                app.seen = None;
                app.late.settle(&keys);
            }
            let shown = view::late::Shown::of(app, &rows, body);
            if let Some((part, _)) = shown.selected {
                app.late.keep(&shown.windows[part]);
            }
        }
        Tab::Failures => {
            let rows = FailureRows::of(&shown, &app.failures);
            let keys = rows.keys();
            if app.overlay == Overlay::Details && app.failures.has_lost(&keys) {
                close_details(app, "what was shown is not among the rows any more");
            }
            app.failures.settle(&keys);
            let window = view::failures::Shown::of(app, &rows, body).window;
            app.failures.keep(&window);
        }
        Tab::Blame => {
            let rows = blame_rows(app);
            app.blame.list.settle(&rows.keys());
            let window = view::blame::Shown::of(app, &rows, body).window;
            app.blame.list.keep(&window);
        }
        _ => {}
    }
}

/// Stays with the task that is read about, from flight to its end, as long as it is kept.
fn follow(app: &mut App) {
    let Some(&number) = app.late.picked().filter(|_| is_read_about(app)) else { return };
    let shown = Arc::clone(app.shown_arc());
    if Late::find(&shown, number).is_some() {
        app.seen = Some(shown);
    } else if app.seen.as_ref().is_none_or(|seen| shown.elapsed.saturating_sub(seen.elapsed) > BETWEEN) {
        close_details(app, format!("task {} has ended and is not kept among the worst", units::thousands(number)));
    }
}

/// What was read is gone; the row that is selected instead was not asked about.
fn close_details(app: &mut App, why: impl Into<String>) {
    app.overlay = Overlay::None;
    app.say(Tone::Plain, why);
}

#[cfg(test)]
mod tests;
