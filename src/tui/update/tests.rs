//! (state, action) → (state, effects), row by row.

mod leaving;
mod looking;
mod replaying;
mod steering;

use std::time::Duration;

use ratatui::layout::Position;

use super::*;
use crate::outcome::Policy;
use crate::snapshot::{RunInfo, fixture};
use crate::tui::app::Cursor;
use crate::tui::key::Named;
use crate::tui::keyboard::Gesture;
use crate::tui::overlay::Overlay;
use crate::tui::tabs::Tab;
use crate::tui::theme::{Colors, Ground, Theme};
use crate::tui::view;
use crate::units::LoadMode;

const THEME: Theme = Theme::new(Colors::Indexed, Ground::Dark);

fn app(snapshot: Snapshot) -> App {
    App::new(Arc::new(snapshot), THEME)
}

fn in_state(state: State) -> App {
    app(Snapshot { state, ..fixture::live() })
}

/// What was asked of the world, and what the status line says.
fn press(app: &mut App, action: Action) -> (Vec<String>, String) {
    let effects = act(app, action);
    (effects.iter().map(name).collect(), app.status.as_ref().map(|s| s.text.clone()).unwrap_or_default())
}

fn name(effect: &Effect) -> String {
    match effect {
        Effect::Engine(command) => format!("{command:?}"),
        Effect::Export(Wanted::Run(snapshot)) => format!("export at {} s", snapshot.elapsed.as_secs()),
        Effect::Export(Wanted::Screen { file, contents }) => {
            assert!(contents.contains("p99.9"), "{contents}");
            format!("save {file}")
        }
        Effect::Seek(frame) => format!("seek {frame}"),
        Effect::Copy(text) => format!("copy {text}"),
        Effect::Suspend(stop) => format!("suspend {stop:?}"),
        Effect::Repaint => "repaint".to_owned(),
        Effect::Redraw => "redraw".to_owned(),
        Effect::Ask(ask) => format!("{ask:?}"),
        Effect::Home => "home".to_owned(),
        Effect::Quit => "quit".to_owned(),
        Effect::Interrupt => "interrupt".to_owned(),
    }
}
