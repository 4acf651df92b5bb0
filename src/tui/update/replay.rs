//! What goes back and forth in a recorded run.

use super::Effect;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::replay::Replay;

/// Carries out what moves in time; `None` where it is something else, or where there is nothing to move in.
pub(super) fn act(app: &mut App, action: Action) -> Option<Vec<Effect>> {
    let replay = app.replay.as_mut()?;
    let tenth = replay.tenth();
    match action {
        Action::Earlier => step(app, -1),
        Action::Later => step(app, 1),
        Action::MuchEarlier => step(app, -tenth),
        Action::MuchLater => step(app, tenth),
        Action::Freeze => {
            let before = replay.frame();
            replay.toggle();
            let has_moved = replay.frame() != before;
            app.status = None;
            if has_moved { shown(app) } else { Vec::new() }
        }
        _ => return None,
    }
    .into()
}

/// Goes on to the next frame, while it plays.
pub(super) fn play(app: &mut App) -> Vec<Effect> {
    step(app, 1)
}

/// Goes to a share of the time.
pub(super) fn seek(app: &mut App, share: f64) -> Vec<Effect> {
    if let Some(replay) = &mut app.replay {
        replay.seek(share);
    }
    shown(app)
}

fn step(app: &mut App, by: isize) -> Vec<Effect> {
    if app.replay.as_mut().is_some_and(|replay| replay.step(by)) { shown(app) } else { Vec::new() }
}

fn shown(app: &mut App) -> Vec<Effect> {
    app.status = None;
    app.replay.as_ref().map(Replay::frame).map(Effect::Seek).into_iter().collect()
}
