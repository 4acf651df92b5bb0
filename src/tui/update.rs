//! What every event does to the screen's state, and what it asks of the world: pure, no input or output.

pub(super) mod home;
mod lists;
mod look;
mod replay;
mod steer;

use std::sync::Arc;

use ratatui::layout::Size;

use super::Wanted;
use super::action::Action;
use super::app::{App, Export, Files, Leaving};
use super::entry::Typed;
use super::frame::FrameCost;
use super::hold::Hold;
use super::key::Key;
use super::keyboard::Mouse;
use super::theme::Tone;
use super::view;
use crate::engine::Command;
use crate::gate::is_lost;
use crate::snapshot::{EndedBy, Snapshot, State};

/// Something that happened to the screen.
#[derive(Debug, Clone)]
pub(super) enum Event {
    /// A key was pressed.
    Key(Key),
    /// A text was pasted.
    Pasted(String),
    /// The mouse did something.
    Mouse(Mouse),
    /// The run has a newer snapshot.
    Snapshot(Arc<Snapshot>),
    /// The next frame of a recorded run is due, which plays.
    Played,
    /// The application is gone, and why.
    Gone(Arc<str>),
    /// What the launcher answers.
    Home(home::News),
    /// What became of an export.
    Exported(Result<String, String>),
    /// Why an effect could not be had.
    Refused(&'static str),
    /// A signal, or a terminal that hung up, asks for the end.
    Terminated,
    /// Another process asks us to stop for a while.
    Stopped,
    /// We were stopped and go on; what the terminal shows is unknown.
    Continued,
    /// The terminal has another size.
    Resized,
    /// This is the size the next frame will have.
    Size(Size),
    /// A frame was drawn, and this is what the latest ones took.
    Drawn(FrameCost),
}

/// Something to be done to the world.
#[derive(Debug, Clone)]
pub(super) enum Effect {
    /// Tell the engine.
    Engine(Command),
    /// Write this; answered by [`Event::Exported`].
    Export(Wanted),
    /// Show this frame of a recorded run.
    Seek(usize),
    /// Put this on the clipboard.
    Copy(String),
    /// Give the terminal back and stop, until somebody continues us.
    Suspend(Stop),
    /// Take the terminal again and draw all of it.
    Repaint,
    /// Draw all of it, at the size it has now.
    Redraw,
    /// Ask the launcher.
    Ask(home::Ask),
    /// Show Home in place of the run, which is over.
    Home,
    /// Leave.
    Quit,
    /// Leave, because a signal asks for it and no run is there to say so.
    Interrupt,
}

/// Who stops when the screen is suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The whole job, as the terminal's own Ctrl-Z does it; what started us, such as cargo, stops with us.
    Job,
    /// This process alone.
    Process,
}

/// Applies one event.
pub(super) fn update(app: &mut App, event: Event) -> Vec<Effect> {
    let effects = apply(app, event);
    lists::settle(app);
    effects
}

fn apply(app: &mut App, event: Event) -> Vec<Effect> {
    match event {
        Event::Key(key) => on_key(app, key),
        // Where no text is asked for, what is pasted is nothing; least of all is it keys.
        Event::Pasted(text) => {
            if let Some(entry) = &mut app.entry {
                entry.paste(&text);
                let text = entry.text();
                lists::filter(app, text);
            }
            Vec::new()
        }
        Event::Mouse(mouse) => look::mouse(app, mouse),
        Event::Snapshot(snapshot) => on_snapshot(app, snapshot),
        Event::Played => replay::play(app),
        Event::Gone(why) => {
            app.hold = Hold::Gone;
            let quit = app.key(Action::Quit);
            app.say(Tone::Late, format!("{why}: this is the last that was seen of it, {quit} leaves"));
            Vec::new()
        }
        Event::Exported(answer) => on_exported(app, answer),
        Event::Refused(why) => {
            app.say(Tone::Late, why);
            Vec::new()
        }
        // What was asked for by Home has come too late.
        Event::Home(_) => Vec::new(),
        Event::Terminated => terminated(app),
        Event::Stopped => vec![Effect::Suspend(Stop::Process)],
        // With a terminal that hangs up comes a SIGCONT too, and nothing to repaint.
        Event::Continued if app.leaving == Leaving::Closing => Vec::new(),
        Event::Continued => vec![Effect::Repaint],
        // There and back again may look like the size it had, with cells lost on the way.
        Event::Resized => vec![Effect::Redraw],
        Event::Size(size) => {
            app.size = size;
            Vec::new()
        }
        Event::Drawn(cost) => {
            app.frames = cost;
            Vec::new()
        }
    }
}

/// What is only there to be read comes before a text that is being typed, and that comes before the screen.
fn on_key(app: &mut App, key: Key) -> Vec<Effect> {
    if let Some(reach) = view::reach(app)
        && let Some(overlay) = app.overlay.after(key, reach)
    {
        app.overlay = overlay;
        return Vec::new();
    }
    let typed = app.entry.as_mut().map(|entry| (entry.key(key), entry.text()));
    match typed {
        Some((Typed::Edited, text)) => lists::filter(app, text),
        Some((Typed::Kept, text)) => {
            app.entry = None;
            look::keep_share(app, &text);
        }
        Some((Typed::Dropped, _)) => {
            app.entry = None;
            lists::filter(app, String::new());
        }
        Some((Typed::Unused, _)) | None => {
            return app.keymap.action(key, app.tab).map_or_else(Vec::new, |action| act(app, action));
        }
    }
    Vec::new()
}

/// Does what the user asks for.
pub(super) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    if let Some(effects) = replay::act(app, action) {
        return effects;
    }
    match action {
        Action::TogglePolicy
        | Action::ShortenDeadline
        | Action::LengthenDeadline
        | Action::LowerLoad
        | Action::RaiseLoad
        | Action::PauseLoad
        | Action::Reset => steer::act(app, action),
        Action::Quit => quit(app),
        Action::Suspend => vec![Effect::Suspend(Stop::Job)],
        _ => look::act(app, action),
    }
}

fn quit(app: &mut App) -> Vec<Effect> {
    match (app.newest.state, app.leaving) {
        // It goes on without the screen.
        _ if app.hold != Hold::Own => vec![Effect::Quit],
        (State::Finished(_), Leaving::Staying) => look::leave(app, Action::Quit, Effect::Quit),
        (State::Finished(_), _) | (_, Leaving::Closing) => vec![Effect::Quit],
        (State::Draining, _) | (_, Leaving::Draining) => close(app, EndedBy::User),
        (State::Warmup | State::Running, Leaving::Staying) => {
            app.leaving = Leaving::Draining;
            let quit = app.key(Action::Quit);
            app.say(Tone::Plain, format!("ending: tasks in flight may still end; {quit} again to leave now"));
            vec![Effect::Engine(Command::Stop(EndedBy::User))]
        }
    }
}

fn terminated(app: &mut App) -> Vec<Effect> {
    match app.leaving {
        _ if app.newest.is_finished() || app.hold != Hold::Own => vec![Effect::Quit],
        // On its way already; a terminal that hangs up says so more than once.
        Leaving::Closing => Vec::new(),
        Leaving::Staying | Leaving::Draining => close(app, EndedBy::Signal),
    }
}

fn close(app: &mut App, by: EndedBy) -> Vec<Effect> {
    app.leaving = Leaving::Closing;
    app.say(Tone::Plain, "closing the books");
    vec![Effect::Engine(Command::Abort(by))]
}

/// What becomes of files asked for, by a key or from the start.
fn on_exported(app: &mut App, answer: Result<String, String>) -> Vec<Effect> {
    let is_whole = app.export == Export::Writing { is_whole: true };
    app.export = Export::Idle;
    match answer {
        Ok(text) if app.files == Files::Due && is_whole => {
            app.files = Files::Written;
            app.say(Tone::Plain, format!("the run is over: {text}; {}", app.after_the_end()));
        }
        Ok(text) => {
            app.files = if is_whole { Files::Written } else { app.files };
            app.say(Tone::Plain, text);
        }
        Err(text) => {
            app.files = if is_whole && app.files == Files::Due { Files::Unasked } else { app.files };
            app.say(Tone::Late, text);
        }
    }
    // An export of before its end may have been on its way when the run ended.
    write_what_is_due(app)
}

/// Asks for the files of a run that is over, where they are written without being asked for.
fn write_what_is_due(app: &mut App) -> Vec<Effect> {
    if app.files != Files::Due || app.export != Export::Idle || !app.newest.is_finished() {
        return Vec::new();
    }
    look::export(app, |app| Wanted::Run(Arc::clone(&app.newest)))
}

fn on_snapshot(app: &mut App, snapshot: Arc<Snapshot>) -> Vec<Effect> {
    let before = app.newest.state;
    app.on_snapshot(snapshot);
    if app.hold == Hold::Past {
        return Vec::new();
    }
    if is_lost(&app.newest) {
        return vec![Effect::Engine(Command::Stop(EndedBy::Gate))];
    }
    match app.newest.state {
        State::Finished(_) if app.leaving != Leaving::Staying => vec![Effect::Quit],
        State::Finished(by) if before != app.newest.state => {
            let effects = write_what_is_due(app);
            let then = if effects.is_empty() { app.after_the_end() } else { "writing its files …".to_owned() };
            app.say(Tone::Plain, format!("the run is over ({}): {then}", by.word()));
            effects
        }
        State::Draining if before != State::Draining && app.leaving == Leaving::Staying => {
            let quit = app.key(Action::Quit);
            app.say(Tone::Plain, format!("arrivals are over: tasks in flight may still end; {quit} leaves now"));
            Vec::new()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
