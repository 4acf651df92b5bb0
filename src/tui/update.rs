//! What every event does to the screen's state, and what it asks of the world: pure, no input or output.

use std::sync::Arc;
use std::time::Duration;

use super::action::Action;
use super::app::{App, Export, Leaving, Overlay, View};
use super::step::{self, Direction};
use super::theme::Tone;
use crate::engine::Command;
use crate::ledger::LaneKey;
use crate::snapshot::{EndedBy, LaneView, Latency, Snapshot, State};
use crate::units::{self, LoadMode, Rate};

/// Something that happened to the screen.
#[derive(Debug, Clone)]
pub(super) enum Event {
    /// The user asks for something.
    Do(Action),
    /// The run has a newer snapshot.
    Snapshot(Arc<Snapshot>),
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
}

/// Something to be done to the world.
#[derive(Debug, Clone)]
pub(super) enum Effect {
    /// Tell the engine.
    Engine(Command),
    /// Write this snapshot's files; answered by [`Event::Exported`].
    Export(Arc<Snapshot>),
    /// Give the terminal back and stop, until somebody continues us.
    Suspend(Stop),
    /// Take the terminal again and draw all of it.
    Repaint,
    /// Leave.
    Quit,
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
    match event {
        Event::Do(action) => act(app, action),
        Event::Snapshot(snapshot) => on_snapshot(app, snapshot),
        Event::Exported(answer) => {
            app.export = Export::Idle;
            match answer {
                Ok(text) => app.say(Tone::Plain, text),
                Err(text) => app.say(Tone::Late, text),
            }
            Vec::new()
        }
        Event::Refused(why) => {
            app.say(Tone::Late, why);
            Vec::new()
        }
        Event::Terminated => terminated(app),
        Event::Stopped => vec![Effect::Suspend(Stop::Process)],
        // With a terminal that hangs up comes a SIGCONT too, and nothing to repaint.
        Event::Continued if app.leaving == Leaving::Closing => Vec::new(),
        Event::Continued => vec![Effect::Repaint],
        Event::Resized => Vec::new(),
    }
}

fn act(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::TogglePolicy => while_arriving(app, toggle_policy),
        Action::ShortenDeadline => while_arriving(app, |app| move_deadline(app, Direction::Down)),
        Action::LengthenDeadline => while_arriving(app, |app| move_deadline(app, Direction::Up)),
        Action::LowerLoad => while_arriving(app, |app| move_load(app, Direction::Down)),
        Action::RaiseLoad => while_arriving(app, |app| move_load(app, Direction::Up)),
        Action::PauseLoad => while_arriving(app, pause),
        Action::Reset => while_arriving(app, |app| {
            app.say(Tone::Plain, "counts forgotten; tasks in flight are not counted any more");
            vec![Effect::Engine(Command::Reset)]
        }),
        Action::Freeze => freeze(app),
        Action::Export => export(app),
        Action::Help => {
            app.overlay = if app.overlay == Overlay::Help { Overlay::None } else { Overlay::Help };
            Vec::new()
        }
        Action::Close => {
            if app.overlay == Overlay::Help {
                app.overlay = Overlay::None;
            } else if app.frozen_for().is_some() {
                return freeze(app);
            }
            Vec::new()
        }
        Action::Quit => quit(app),
        Action::Suspend => vec![Effect::Suspend(Stop::Job)],
    }
}

/// Does what only makes sense while tasks arrive, or says why not.
fn while_arriving(app: &mut App, change: impl FnOnce(&mut App) -> Vec<Effect>) -> Vec<Effect> {
    match app.newest.state {
        State::Warmup | State::Running => change(app),
        State::Draining => {
            app.say(Tone::Late, "arrivals are over: there is no new task to change anything for");
            Vec::new()
        }
        State::Finished(_) => {
            app.say(Tone::Late, "the run is over: e writes its files, q leaves");
            Vec::new()
        }
    }
}

fn toggle_policy(app: &mut App) -> Vec<Effect> {
    let from = app.asked.policy.unwrap_or(app.newest.policy);
    let to = from.toggled();
    app.asked.policy = Some(to);
    app.asked.renew();
    let text = if app.newest.deadline.is_none() {
        format!("{from} → {to}; without a deadline nothing is missed: ] sets one")
    } else {
        format!("{from} → {to} for new tasks{}", keeping(app, &from.to_string()))
    };
    app.say(Tone::Plain, text);
    vec![Effect::Engine(Command::Policy(to))]
}

fn move_deadline(app: &mut App, direction: Direction) -> Vec<Effect> {
    let from = app.asked.deadline.or(app.newest.deadline);
    let next = match from {
        Some(from) => step::deadline(from, direction),
        None => step::deadline(first_deadline(app), Direction::Up),
    };
    let Some(to) = next else {
        app.say(Tone::Late, "the deadline goes no further");
        return Vec::new();
    };
    app.asked.deadline = Some(to);
    app.asked.renew();
    let before = from.map_or_else(|| "none".to_owned(), units::human);
    let text = format!("deadline {before} → {} for new tasks{}", units::human(to), keeping(app, &before));
    app.say(Tone::Plain, text);
    vec![Effect::Engine(Command::Deadline(to))]
}

/// Where a run without a deadline gets its first one: at what nine in ten tasks need.
fn first_deadline(app: &App) -> Duration {
    let lane = app.newest.current_lane();
    let p90 = lane.and_then(|lane| lane.quantile(app.newest.load.headline(), 0.9));
    p90.map_or(Duration::from_millis(40), Latency::bound)
}

/// `; 1,204 in flight keep observe`, when there are any.
fn keeping(app: &App, what: &str) -> String {
    let key = LaneKey { policy: app.newest.policy, deadline: app.newest.deadline };
    let in_flight = app.newest.lanes.iter().find(|lane| lane.key == key).map_or(0, LaneView::in_flight);
    match in_flight {
        0 => String::new(),
        1 => format!("; 1 in flight keeps {what}"),
        n => format!("; {} in flight keep {what}", units::thousands(n)),
    }
}

fn move_load(app: &mut App, direction: Direction) -> Vec<Effect> {
    let moved = match app.newest.load.mode {
        LoadMode::Open { rate, .. } => {
            let from = app.asked.load.unwrap_or(rate.as_per_second());
            step::rate(from, direction).map(|to| (to, format!("load {} → {}", per_second(from), per_second(to))))
        }
        LoadMode::Closed { concurrency } => {
            let from = app.asked.load.map_or(concurrency, to_concurrency);
            let text =
                |to| format!("load {} → {} at once", units::thousands(from.into()), units::thousands(u64::from(to)));
            step::concurrency(from, direction).map(|to| (f64::from(to), text(to)))
        }
    };
    let Some((to, text)) = moved else {
        app.say(Tone::Late, "the load goes no further");
        return Vec::new();
    };
    app.asked.load = Some(to);
    app.asked.renew();
    app.say(Tone::Plain, text);
    vec![Effect::Engine(Command::Load(to))]
}

fn per_second(rate: f64) -> String {
    Rate::per_second(rate).map_or_else(|| rate.to_string(), |rate| rate.to_string())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "was a concurrency before")]
const fn to_concurrency(level: f64) -> u32 {
    level as u32
}

fn pause(app: &mut App) -> Vec<Effect> {
    let paused = !app.asked.paused.unwrap_or(app.newest.load.paused);
    app.asked.paused = Some(paused);
    app.asked.renew();
    app.say(Tone::Plain, if paused { "arrivals are held back; p lets them come again" } else { "arrivals come again" });
    vec![Effect::Engine(Command::Pause(paused))]
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

fn quit(app: &mut App) -> Vec<Effect> {
    match (app.newest.state, app.leaving) {
        (State::Finished(_), _) | (_, Leaving::Closing) => vec![Effect::Quit],
        (State::Draining, _) | (_, Leaving::Draining) => close(app, EndedBy::User),
        (State::Warmup | State::Running, Leaving::Staying) => {
            app.leaving = Leaving::Draining;
            app.say(Tone::Plain, "ending: tasks in flight may still end; q again to leave now");
            vec![Effect::Engine(Command::Stop(EndedBy::User))]
        }
    }
}

fn terminated(app: &mut App) -> Vec<Effect> {
    match app.leaving {
        _ if app.newest.is_finished() => vec![Effect::Quit],
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

fn on_snapshot(app: &mut App, snapshot: Arc<Snapshot>) -> Vec<Effect> {
    let before = app.newest.state;
    app.on_snapshot(snapshot);
    match app.newest.state {
        State::Finished(_) if app.leaving == Leaving::Closing => vec![Effect::Quit],
        State::Finished(by) if before != app.newest.state => {
            app.say(Tone::Plain, format!("the run is over ({}): e writes its files, q leaves", by.word()));
            Vec::new()
        }
        State::Draining if before != State::Draining && app.leaving == Leaving::Staying => {
            app.say(Tone::Plain, "arrivals are over: tasks in flight may still end; q leaves now");
            Vec::new()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
