//! Everything that is known of one late task.

use std::time::Duration;

use super::{asked_by, state};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::late::Late as Task;
use crate::tui::theme::Tone;
use crate::tui::view::details::Details;
use crate::units;

/// What is known of the task that was picked, as it was last seen; `None` when there is none.
pub(in crate::tui::view) fn about(app: &App) -> Option<Details> {
    let number = *app.late.picked()?;
    let mut snapshots = [Some(app.shown()), app.seen.as_deref()].into_iter().flatten();
    let task = snapshots.find_map(|snapshot| Task::find(snapshot, number))?;
    let (state, tone) = state(task, app.shown());
    let mut lines = vec![("state", state, tone), ("lane", task.lane().to_string(), Tone::Plain)];
    let age = if task.ending().is_some() { "service time" } else { "age" };
    lines.push((age, units::human(task.age()), Tone::Strong));
    lines.push(("overrun", overrun(task), Tone::Late));
    lines.push(("step", task.step().unwrap_or("none that it named").to_owned(), Tone::Plain));
    lines.push(("polls", polls(task), Tone::Plain));
    lines.push(("busy", busy(task), Tone::Plain));
    match task {
        Task::Overdue(_) if app.shown().is_finished() => {}
        Task::Overdue(_) => lines.push(("", format!("{} asks it to end", app.key(Action::CancelTask)), Tone::Dim)),
        Task::Ended(_, end) => {
            let delay = end.start_delay_ns.map(|ns| units::human(Duration::from_nanos(ns)));
            let delay = delay.map_or_else(|| "never polled".to_owned(), |delay| format!("{delay} after its spawn"));
            lines.push(("first poll", delay, Tone::Plain));
            lines.push(("ended at", units::clock(app.shown().since_began(end.at_ns)), Tone::Plain));
            if let Some(reason) = end.reason {
                let lag = end.cancel_lag_ns.map(|ns| units::human(Duration::from_nanos(ns)));
                let lag = lag.map_or_else(String::new, |lag| format!(", {lag} before it was dropped"));
                lines.push(("asked by", format!("{}{lag}", asked_by(reason)), Tone::Cancelled));
            }
        }
    }
    Some(Details {
        title: format!("task {}", units::thousands(task.task())),
        lines,
        scroll: app.overlay.scroll(),
        close: app.key(Action::Close),
        theme: app.theme,
    })
}

fn overrun(task: Task<'_>) -> String {
    let overrun = format!("+{}", units::human(task.overrun()));
    match task.lane().deadline {
        Some(deadline) if !deadline.is_zero() => {
            let share = task.age().as_secs_f64() / deadline.as_secs_f64();
            format!("{overrun}: it took {} of the {} it had", units::percent(share), units::human(deadline))
        }
        _ => overrun,
    }
}

fn polls(task: Task<'_>) -> String {
    match (task.polls(), task.ending()) {
        (0, None) => "0: it waits for a worker, or is in its first poll".to_owned(),
        (polls, _) => units::thousands(polls.into()),
    }
}

fn busy(task: Task<'_>) -> String {
    let share = units::percent(task.busy_share());
    format!("{} inside polls, {share} of its time", units::human(task.busy()))
}
