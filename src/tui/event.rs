//! Where events come from: keys, the terminal's size, signals.

use std::io;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ratatui::crossterm::event::{self, Event as Input, KeyEventKind};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use signal_hook::flag::register_conditional_default;
use signal_hook::iterator::Signals;

use super::error::TuiError;
use super::keymap;
use super::update::Event;

/// Signals whose default comes back when the screen is gone.
const DEADLY: [i32; 3] = [SIGTERM, SIGHUP, SIGINT];

/// Set while no screen listens, so that the signals do again what they always do.
static DEAF: AtomicBool = AtomicBool::new(true);

/// Keys and signals, for as long as the screen is there.
#[derive(Debug)]
pub(super) struct Sources {
    signals: Signals,
    /// What was read and not handed out yet.
    kept: Option<Event>,
}

impl Sources {
    /// Starts listening.
    pub(super) fn open() -> Result<Self, TuiError> {
        restore_defaults_when_deaf().map_err(TuiError::Signals)?;
        let signals = Signals::new(DEADLY.into_iter().chain([SIGTSTP, SIGCONT])).map_err(TuiError::Signals)?;
        DEAF.store(false, Ordering::SeqCst);
        Ok(Self { signals, kept: None })
    }

    /// Everything that happened, after waiting at most `patience` for the first input.
    pub(super) fn wait(&mut self, patience: Duration) -> Result<Vec<Event>, TuiError> {
        let mut events: Vec<Event> = self.kept.take().into_iter().collect();
        let mut patience = patience;
        while event::poll(patience).map_err(TuiError::Terminal)? {
            events.extend(translate(&event::read().map_err(TuiError::Terminal)?));
            patience = Duration::ZERO;
        }
        events.extend(self.signals());
        Ok(events)
    }

    /// Forgets the signals that only said we were stopped and went on, which the caller knows.
    pub(super) fn forget_stop(&mut self) {
        let terminated = self.signals().find(|event| matches!(event, Event::Terminated));
        self.kept = terminated;
    }

    /// The signals alone, when the terminal has nothing more to say.
    pub(super) fn signals(&mut self) -> impl Iterator<Item = Event> {
        self.signals.pending().map(|signal| match signal {
            SIGTSTP => Event::Stopped,
            SIGCONT => Event::Continued,
            _ => Event::Terminated,
        })
    }
}

impl Drop for Sources {
    fn drop(&mut self) {
        DEAF.store(true, Ordering::SeqCst);
    }
}

fn restore_defaults_when_deaf() -> io::Result<()> {
    static ONCE: Once = Once::new();
    let mut result = Ok(());
    ONCE.call_once(|| {
        result = DEADLY.into_iter().try_for_each(|signal| register_conditional_default(signal, &DEAF).map(drop));
    });
    result
}

fn translate(input: &Input) -> Option<Event> {
    match input {
        Input::Key(key) if key.kind != KeyEventKind::Release => keymap::action(*key).map(Event::Do),
        Input::Resize(..) => Some(Event::Resized),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::action::Action;
    use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    #[test]
    fn a_key_counts_when_it_is_pressed_and_not_when_it_is_released() {
        let key = |kind| Input::Key(KeyEvent::new_with_kind(KeyCode::Char('t'), KeyModifiers::NONE, kind));
        assert!(matches!(translate(&key(KeyEventKind::Press)), Some(Event::Do(Action::TogglePolicy))));
        assert!(translate(&key(KeyEventKind::Release)).is_none());
    }
}
