//! What steers the run: policy, deadline, load.

use std::time::Duration;

use super::Effect;
use crate::engine::Command;
use crate::ledger::LaneKey;
use crate::snapshot::{LaneView, Latency, State};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::step::{self, Direction};
use crate::tui::theme::Tone;
use crate::units::{self, LoadMode};

/// Carries out what steers; everything else is nothing here.
pub(super) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::TogglePolicy => while_arriving(app, toggle_policy),
        Action::ShortenDeadline => while_arriving(app, |app| move_deadline(app, Direction::Down)),
        Action::LengthenDeadline => while_arriving(app, |app| move_deadline(app, Direction::Up)),
        Action::LowerLoad => while_arriving(app, |app| move_load(app, Direction::Down)),
        Action::RaiseLoad => while_arriving(app, |app| move_load(app, Direction::Up)),
        Action::PauseLoad => while_arriving(app, pause),
        Action::Reset => while_arriving(app, reset),
        _ => Vec::new(),
    }
}

/// Does what only makes sense while tasks arrive, or says why not.
fn while_arriving(app: &mut App, change: impl FnOnce(&mut App) -> Vec<Effect>) -> Vec<Effect> {
    if let Some(why) = app.hold.refusal() {
        app.say(Tone::Late, why);
        return Vec::new();
    }
    match app.newest.state {
        State::Warmup | State::Running => change(app),
        State::Draining => {
            app.say(Tone::Late, "arrivals are over: there is no new task to change anything for");
            Vec::new()
        }
        State::Finished(_) => {
            app.say(Tone::Late, format!("the run is over: {}", app.after_the_end()));
            Vec::new()
        }
    }
}

/// A run that ends by itself measures as much again as it was meant to.
fn reset(app: &mut App) -> Vec<Effect> {
    if app.newest.state == State::Warmup {
        app.say(Tone::Plain, "nothing is counted yet: the warm-up goes on");
        return Vec::new();
    }
    let info = &app.newest.info;
    let afresh = match (info.duration, info.tasks) {
        (Some(duration), _) => format!(", measuring {} afresh", units::human(duration)),
        (None, Some(tasks)) => format!(", measuring {} tasks afresh", units::thousands(tasks)),
        (None, None) => String::new(),
    };
    app.say(Tone::Plain, format!("counts forgotten{afresh}; tasks in flight are not counted any more"));
    vec![Effect::Engine(Command::Reset)]
}

fn toggle_policy(app: &mut App) -> Vec<Effect> {
    let from = app.asked.policy.unwrap_or(app.newest.policy);
    let to = from.toggled();
    app.asked.policy = Some(to);
    app.asked.renew();
    let text = if app.newest.deadline.is_none() {
        let key = app.key(Action::LengthenDeadline);
        format!("{from} → {to}; without a deadline nothing is missed: {key} sets one")
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
    let mode = app.newest.load.mode;
    let moved = match mode {
        LoadMode::Open { rate, .. } => {
            let from = app.asked.load.unwrap_or(rate.as_per_second());
            step::rate(from, direction).map(|to| (from, to))
        }
        LoadMode::Closed { concurrency } => {
            let from = app.asked.load.map_or(concurrency, to_concurrency);
            step::concurrency(from, direction).map(|to| (f64::from(from), f64::from(to)))
        }
        LoadMode::None => return has_no_load(app),
    };
    let Some((from, to)) = moved else {
        app.say(Tone::Late, "the load goes no further");
        return Vec::new();
    };
    app.asked.load = Some(to);
    app.asked.renew();
    app.say(Tone::Plain, mode.with_level(from).change(mode.with_level(to)));
    vec![Effect::Engine(Command::Load(to))]
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "was a concurrency before")]
const fn to_concurrency(level: f64) -> u32 {
    level as u32
}

fn has_no_load(app: &mut App) -> Vec<Effect> {
    app.say(Tone::Late, "the load is the application's own");
    Vec::new()
}

fn pause(app: &mut App) -> Vec<Effect> {
    if app.newest.load.mode == LoadMode::None {
        return has_no_load(app);
    }
    let paused = !app.asked.paused.unwrap_or(app.newest.load.paused);
    app.asked.paused = Some(paused);
    app.asked.renew();
    app.say(Tone::Plain, if paused { "arrivals are held back; p lets them come again" } else { "arrivals come again" });
    vec![Effect::Engine(Command::Pause(paused))]
}
