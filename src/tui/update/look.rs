//! What changes how the run is looked at, and nothing about the run.

use std::sync::Arc;

use super::Effect;
use crate::tui::action::Action;
use crate::tui::app::{App, Export, Overlay, View, WayOut};
use crate::tui::entry::Entry;
use crate::tui::keyboard::{Gesture, Mouse};
use crate::tui::tabs::Tab;
use crate::tui::theme::Tone;
use crate::tui::view::{self, Target};

/// Carries out what changes the view; everything else is nothing here.
pub(super) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::Freeze => return freeze(app),
        Action::Export => return export(app),
        Action::Close => return close(app),
        Action::Help => {
            app.overlay = if app.overlay == Overlay::Help { Overlay::None } else { Overlay::Help };
        }
        Action::Filter => app.entry = Some(Entry::new("/", "")),
        Action::Show(tab) => show(app, tab),
        Action::NextTab => show(app, app.tab.turned(1)),
        Action::PreviousTab => show(app, app.tab.turned(Tab::ALL.len() - 1)),
        _ => {}
    }
    Vec::new()
}

/// What a click or the wheel does depends on what is there.
pub(super) fn mouse(app: &mut App, mouse: Mouse) -> Vec<Effect> {
    let Some(target) = view::target(app, mouse.at) else { return Vec::new() };
    match (mouse.gesture, target) {
        (Gesture::Press, Target::Tab(tab)) => show(app, tab),
        (Gesture::Press, Target::Key(action)) => return super::act(app, action),
        _ => {}
    }
    Vec::new()
}

fn show(app: &mut App, tab: Tab) {
    app.tab = tab;
    app.overlay = Overlay::None;
    app.status = None;
    app.entry = None;
}

/// Takes away whatever was put on top last.
fn close(app: &mut App) -> Vec<Effect> {
    if app.overlay == Overlay::Help {
        app.overlay = Overlay::None;
    } else if app.frozen_for().is_some() {
        return freeze(app);
    } else if app.newest.is_finished() && app.way_out == WayOut::Home {
        return vec![Effect::Home];
    }
    Vec::new()
}

fn freeze(app: &mut App) -> Vec<Effect> {
    if app.frozen_for().is_some() {
        app.view = View::Live;
        app.prepare();
        app.say(Tone::Plain, "following the run again");
    } else {
        app.view = View::Frozen(Arc::clone(&app.newest));
        app.say(Tone::Plain, "screen frozen, the run goes on; space follows it again");
    }
    Vec::new()
}

fn export(app: &mut App) -> Vec<Effect> {
    if app.export == Export::Writing {
        app.say(Tone::Late, "still writing the files asked for before");
        return Vec::new();
    }
    app.export = Export::Writing;
    app.say(Tone::Plain, "writing files …");
    vec![Effect::Export(Arc::clone(app.shown_arc()))]
}
