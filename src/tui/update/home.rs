//! What every event does to Home, and what it asks of the world.

use std::path::PathBuf;

use super::{Effect, Event, Stop};
use crate::tui::action::Action;
use crate::tui::entry::{Entry, Typed};
use crate::tui::home::{Choice, Home, Page, Pane, Waiting};
use crate::tui::key::Key;
use crate::tui::keyboard::{Gesture, Mouse};
use crate::tui::launcher::{Change, Complaint, Listing, PastKind, PastRun};
use crate::tui::overlay::Overlay;
use crate::tui::theme::Tone;
use crate::tui::view::Help;
use crate::tui::view::home::{self, Target};

/// Lines the wheel moves a file by.
const WHEEL: isize = 3;

/// Something Home wants of the launcher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) enum Ask {
    /// What there is to start and to reopen; answered by [`News::Listed`].
    List,
    /// The file of a scenario with changes; answered by [`News::Resolved`].
    Resolve(String, Vec<Change>),
    /// A run of a scenario with changes; answered by the run, or by [`News::NotStarted`].
    Start(String, Vec<Change>),
    /// The run in a directory; answered by the run, or by [`News::NotOpened`].
    Open(PathBuf),
}

/// What the launcher answers.
#[derive(Debug, Clone)]
pub(in crate::tui) enum News {
    /// What there is.
    Listed(Vec<Listing>, Vec<PastRun>),
    /// The file with these changes, or what is wrong with them.
    Resolved(Vec<Change>, Result<String, Vec<Complaint>>),
    /// What is wrong with these changes, so that nothing was started.
    NotStarted(Vec<Change>, Vec<Complaint>),
    /// Why a run cannot be reopened.
    NotOpened(String),
}

/// Applies one event.
pub(in crate::tui) fn update(home: &mut Home, event: Event) -> Vec<Effect> {
    match event {
        Event::Key(key) => return on_key(home, key),
        Event::Pasted(text) => paste(home, &text),
        Event::Mouse(mouse) => return on_mouse(home, mouse),
        Event::Home(news) => on_news(home, news),
        Event::Exported(Ok(text)) => home.say(Tone::Plain, text),
        Event::Exported(Err(text)) => home.say(Tone::Late, text),
        Event::Refused(why) => home.say(Tone::Late, why),
        Event::Terminated => return vec![Effect::Interrupt],
        Event::Stopped => return vec![Effect::Suspend(Stop::Process)],
        Event::Continued => return vec![Effect::Repaint],
        Event::Resized => return vec![Effect::Redraw],
        Event::Size(size) => home.size = size,
        Event::Snapshot(_) | Event::Played | Event::Gone(_) | Event::Drawn(_) => {}
    }
    Vec::new()
}

fn on_news(home: &mut Home, news: News) {
    match news {
        News::Listed(scenarios, past) => {
            home.change_rows(|home| (home.scenarios, home.past) = (scenarios, Some(past)));
        }
        News::Resolved(changes, answer) => {
            if let Page::Form(form) = &mut home.page {
                form.answer(&changes, answer);
                home.scroll_to_change();
            }
        }
        News::NotStarted(changes, complaints) => {
            home.waiting = Waiting::Nothing;
            if let Page::Form(form) = &mut home.page {
                form.answer(&changes, Err(complaints));
            } else if let Some(first) = complaints.into_iter().next() {
                home.say(Tone::Late, first.message);
            }
        }
        News::NotOpened(why) => {
            home.waiting = Waiting::Nothing;
            home.say(Tone::Late, why);
        }
    }
}

fn on_key(home: &mut Home, key: Key) -> Vec<Effect> {
    if home.overlay.is_help()
        && let Some(overlay) = home.overlay.after(key, Help::of_home(home).reach(home.size))
    {
        home.overlay = overlay;
        return Vec::new();
    }
    if let Some(action) = home.keymap.action(key, home.scope()) {
        return act(home, action);
    }
    if let Page::Form(form) = &mut home.page {
        form.key(key);
    } else if let Some(search) = &mut home.search {
        let before = search.text();
        // The cursor alone leaves the rows as they are.
        if search.key(key) == Typed::Edited && search.text() != before {
            filtered(home);
        }
    } else if let Key::Char(_) = key {
        let mut search = Entry::new("/", "");
        search.key(key);
        home.search = Some(search);
        filtered(home);
    }
    Vec::new()
}

/// The rows are others: the first one is selected.
fn filtered(home: &mut Home) {
    home.pane = Pane::List;
    home.status = None;
    home.select(0);
}

fn paste(home: &mut Home, text: &str) {
    if let Page::Form(form) = &mut home.page {
        form.paste(text);
    } else {
        home.search.get_or_insert_with(|| Entry::new("/", "")).paste(text);
        filtered(home);
    }
}

fn act(home: &mut Home, action: Action) -> Vec<Effect> {
    match action {
        Action::Quit | Action::Leave => return vec![Effect::Quit],
        Action::Suspend => return vec![Effect::Suspend(Stop::Job)],
        Action::Help => {
            home.overlay = if home.overlay.is_help() { Overlay::None } else { Overlay::Help(0) };
        }
        Action::Filter => {
            home.search = Some(Entry::new("/", ""));
            filtered(home);
        }
        Action::Choose => return choose(home),
        Action::Start => return start(home),
        Action::Back => back(home),
        Action::OtherPane => {
            home.pane = if home.pane == Pane::List { Pane::File } else { Pane::List };
        }
        Action::SelectPrevious | Action::PreviousField => return step(home, -1),
        Action::SelectNext | Action::NextField => return step(home, 1),
        Action::SelectFirst => edge(home, isize::MIN),
        Action::SelectLast => edge(home, isize::MAX),
        Action::SelectPageUp => page(home, -1),
        Action::SelectPageDown => page(home, 1),
        _ => {}
    }
    Vec::new()
}

fn back(home: &mut Home) {
    home.status = None;
    match home.page {
        Page::Form(_) => home.close_form(),
        Page::List => {
            home.change_rows(|home| home.search = None);
        }
    }
}

fn choose(home: &mut Home) -> Vec<Effect> {
    home.status = None;
    match home.selected() {
        Some(Choice::Scenario(_)) => {
            home.open_form();
            Vec::new()
        }
        Some(Choice::Past(_)) if home.waiting != Waiting::Nothing => Vec::new(),
        Some(Choice::Past(run)) if run.kind == PastKind::Sweep => {
            let text = home::about_sweep(run);
            home.say(Tone::Plain, text);
            Vec::new()
        }
        Some(Choice::Past(run)) => {
            let directory = run.directory.clone();
            home.waiting = Waiting::Open;
            home.say(Tone::Plain, format!("reading {} …", directory.display()));
            vec![Effect::Ask(Ask::Open(directory))]
        }
        None => Vec::new(),
    }
}

fn start(home: &mut Home) -> Vec<Effect> {
    let Page::Form(form) = &mut home.page else { return Vec::new() };
    if home.waiting != Waiting::Nothing {
        return Vec::new();
    }
    (home.waiting, home.status) = (Waiting::Start, None);
    let changes = form.ask();
    vec![Effect::Ask(Ask::Start(form.listing().name.clone(), changes))]
}

/// Goes up or down by one; a field that is left is looked at.
fn step(home: &mut Home, by: isize) -> Vec<Effect> {
    match &home.page {
        Page::Form(form) => {
            let to = form.at().saturating_add_signed(by);
            go(home, to)
        }
        Page::List if home.pane == Pane::File => {
            home.scroll(by);
            Vec::new()
        }
        Page::List => {
            home.select(home.at.saturating_add_signed(by));
            Vec::new()
        }
    }
}

fn go(home: &mut Home, line: usize) -> Vec<Effect> {
    let Page::Form(form) = &mut home.page else { return Vec::new() };
    if !form.go(line) {
        return Vec::new();
    }
    let changes = form.ask();
    vec![Effect::Ask(Ask::Resolve(form.listing().name.clone(), changes))]
}

/// Goes to the first or the last row of the list, or of the file.
fn edge(home: &mut Home, by: isize) {
    if home.pane == Pane::File {
        home.scroll(by);
    } else {
        home.select(home.at.saturating_add_signed(by));
    }
}

fn page(home: &mut Home, direction: isize) {
    let in_file = home.pane == Pane::File || matches!(home.page, Page::Form(_));
    let rows = isize::try_from(home::page(home, in_file)).unwrap_or(isize::MAX);
    if in_file {
        home.scroll(direction * rows);
    } else {
        home.select(home.at.saturating_add_signed(direction * rows));
    }
}

fn on_mouse(home: &mut Home, mouse: Mouse) -> Vec<Effect> {
    let wheel = match mouse.gesture {
        Gesture::ScrollUp => -1,
        Gesture::ScrollDown => 1,
        Gesture::Press | Gesture::Drag => 0,
    };
    match (mouse.gesture, home::target(home, mouse.at)) {
        (Gesture::Press, Some(Target::Key(action))) => act(home, action),
        (Gesture::Press, Some(Target::Field(line))) => go(home, line),
        (Gesture::Press, Some(Target::Row(row))) => {
            home.pane = Pane::List;
            // What is selected already is chosen by another click.
            if row == home.at {
                return choose(home);
            }
            home.select(row);
            Vec::new()
        }
        (_, Some(Target::File)) => {
            home.scroll(wheel * WHEEL);
            Vec::new()
        }
        (Gesture::ScrollUp | Gesture::ScrollDown, Some(Target::Row(_))) => {
            home.select(home.at.saturating_add_signed(wheel));
            Vec::new()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
