//! What changes how the run is looked at, and nothing about the run.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Effect, lists, replay};
use crate::ledger::Metric;
use crate::tui::action::Action;
use crate::tui::app::{App, Export, Files, View, WayOut};
use crate::tui::entry::Entry;
use crate::tui::keyboard::{Gesture, Mouse};
use crate::tui::overlay::Overlay;
use crate::tui::tabs::Tab;
use crate::tui::theme::Tone;
use crate::tui::view::{self, Target};
use crate::tui::{Wanted, screen_to_svg, screen_to_text};

/// Carries out what changes the view; everything else is nothing here.
pub(super) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::Freeze => return freeze(app),
        Action::Export => return export(app, |app| Wanted::Run(Arc::clone(app.shown_arc()))),
        Action::SavePicture => {
            return export(app, |app| screen(app, "svg", |buffer| screen_to_svg(buffer, app.theme.ground)));
        }
        Action::SaveText => return export(app, |app| screen(app, "txt", screen_to_text)),
        Action::Close => return close(app),
        Action::Help => {
            app.overlay = if app.overlay.is_help() { Overlay::None } else { Overlay::Help(0) };
        }
        Action::Findings => app.overlay = Overlay::Findings(0),
        Action::Show(tab) => show(app, tab),
        Action::NextTab => show(app, app.tab.turned(1)),
        Action::PreviousTab => show(app, app.tab.turned(Tab::ALL.len() - 1)),
        Action::Left | Action::Right | Action::Up | Action::Down | Action::First | Action::Last
            if app.tab == Tab::Time =>
        {
            app.cursor.spot = view::time::moved(app, action).or(app.cursor.spot);
        }
        Action::Window if app.shown().from_files => {
            app.say(Tone::Late, "a run's files keep the whole run alone, not its last minute");
        }
        Action::Window => {
            app.show.window = app.show.next_window();
            app.prepare();
            app.say(Tone::Plain, format!("latencies of the {}", app.show.window.label()));
        }
        Action::Metric => metric(app),
        Action::Counts => {
            app.show.counts = app.show.counts.next();
            app.say(Tone::Plain, format!("height = {}", app.show.counts.label()));
        }
        Action::OwnShare => open_share(app),
        Action::Left => step(app, -1),
        Action::Right => step(app, 1),
        Action::First if !app.tab.is_list() => jump(app, -1),
        Action::Last if !app.tab.is_list() => jump(app, 1),
        Action::Copy => return copy(app),
        _ => return lists::act(app, action),
    }
    Vec::new()
}

/// Service time and response time take turns; where every task is spawned when it is due they are the same.
fn metric(app: &mut App) {
    let (to, text) = match app.metric() {
        Metric::Response => (Metric::Service, "service time: from the spawn to the end"),
        _ => (Metric::Response, "response time: from the intended arrival to the end"),
    };
    app.show.metric = Some(to);
    app.prepare();
    let same = app.shown().load.headline() == Metric::Service;
    let note = if same { " (the same here: a closed load spawns a task when it is due)" } else { "" };
    app.say(Tone::Plain, format!("{text}{note}"));
}

fn open_share(app: &mut App) {
    app.entry = Some(Entry::new("% missed at the most: ", ""));
    app.overlay = Overlay::None;
}

/// Takes a share that was typed on the what-if screen; an empty text takes it away.
pub(super) fn keep_share(app: &mut App, text: &str) {
    if app.tab != Tab::WhatIf {
        return;
    }
    let number = text.trim().trim_end_matches('%').trim_end().replace(',', ".");
    let percent = number.parse().ok().filter(|percent: &f64| *percent > 0.0 && *percent < 100.0);
    if number.is_empty() {
        app.own_share = None;
    } else if percent.is_none() {
        app.say(
            Tone::Late,
            format!("`{}` is no share; expected a percentage between 0 and 100, such as 0.5", text.trim()),
        );
    } else {
        app.own_share = percent.map(|percent| percent / 100.0);
    }
}

fn step(app: &mut App, by: i32) {
    if let Some(cursor) = view::stepped(app, by) {
        app.cursor = cursor;
    }
}

/// As far as it goes: charts are no wider than this many steps.
fn jump(app: &mut App, towards: i32) {
    for _ in 0..u16::MAX {
        match view::stepped(app, towards) {
            Some(cursor) if cursor != app.cursor => app.cursor = cursor,
            _ => break,
        }
    }
}

/// The screen as it is, without what lies over it.
fn screen(app: &App, format: &str, write: impl FnOnce(&Buffer) -> String) -> Wanted {
    let mut buffer = Buffer::empty(Rect::from((Position::ORIGIN, app.size)));
    view::render(app, &mut buffer);
    Wanted::Screen { file: format!("{}.{format}", app.tab.title().to_lowercase()), contents: write(&buffer) }
}

fn copy(app: &mut App) -> Vec<Effect> {
    let Some(text) = view::read_out(app) else {
        app.say(Tone::Late, "there is nothing to copy: the arrows or the mouse put a cursor on the chart");
        return Vec::new();
    };
    app.say(Tone::Plain, format!("copied, if your terminal lets programs copy: {text}"));
    vec![Effect::Copy(text)]
}

/// What a click or the wheel does depends on what is there.
pub(super) fn mouse(app: &mut App, mouse: Mouse) -> Vec<Effect> {
    let Some(target) = view::target(app, mouse.at) else { return Vec::new() };
    match (mouse.gesture, target) {
        (Gesture::Press, Target::Tab(tab)) => show(app, tab),
        (Gesture::Press, Target::Key(action)) => return super::act(app, action),
        (Gesture::Press | Gesture::Drag, Target::Cursor(cursor)) => app.cursor = cursor,
        (Gesture::Press | Gesture::Drag, Target::Time(share)) => return replay::seek(app, share),
        (Gesture::Press, Target::Row(row)) => lists::select(app, row),
        (Gesture::ScrollUp, Target::Row(_) | Target::Body) => lists::scroll(app, false),
        (Gesture::ScrollDown, Target::Row(_) | Target::Body) => lists::scroll(app, true),
        _ => {}
    }
    Vec::new()
}

fn show(app: &mut App, tab: Tab) {
    app.turn_to(tab);
    app.overlay = Overlay::None;
    app.status = None;
    app.entry = None;
}

/// Takes away whatever was put on top last.
fn close(app: &mut App) -> Vec<Effect> {
    if app.overlay != Overlay::None {
        app.overlay = Overlay::None;
    } else if app.cursor.take(app.tab) {
    } else if let Some(filter) = lists::filter_mut(app).filter(|filter| !filter.is_empty()) {
        filter.clear();
    } else if app.frozen_for().is_some() {
        return freeze(app);
    } else if app.is_over() && app.way_out == WayOut::Home {
        return leave(app, Action::Close, Effect::Home);
    }
    Vec::new()
}

/// Leaves a run that is over; the first time only after saying that nothing of it would be kept.
pub(super) fn leave(app: &mut App, by: Action, leave: Effect) -> Vec<Effect> {
    let is_writing = matches!(app.export, Export::Writing { is_whole: true });
    if app.files != Files::Unasked || is_writing {
        return vec![leave];
    }
    app.files = Files::Told;
    let [export, key] = [Action::Export, by].map(|action| app.key(action));
    app.say(Tone::Late, format!("not exported: {export} writes its files, {key} again leaves without them"));
    Vec::new()
}

fn freeze(app: &mut App) -> Vec<Effect> {
    if app.frozen_for().is_some() {
        app.view = View::Live;
        app.prepare();
        app.say(Tone::Plain, "following the run again");
    } else if app.is_over() {
        app.say(Tone::Late, "the run is over: nothing moves any more");
    } else {
        app.view = View::Frozen(Arc::clone(&app.newest));
        app.say(Tone::Plain, "screen frozen, the run goes on; space follows it again");
    }
    Vec::new()
}

pub(super) fn export(app: &mut App, wanted: impl FnOnce(&App) -> Wanted) -> Vec<Effect> {
    if app.export != Export::Idle {
        app.say(Tone::Late, "still writing the files asked for before");
        return Vec::new();
    }
    // What the key before had to say is not part of what is saved.
    app.status = None;
    let wanted = wanted(app);
    let is_whole = matches!(&wanted, Wanted::Run(snapshot) if snapshot.is_finished());
    app.export = Export::Writing { is_whole };
    app.say(Tone::Plain, "writing files …");
    vec![Effect::Export(wanted)]
}
