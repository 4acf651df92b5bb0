//! Where events come from: keys, the terminal's size, signals.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ratatui::crossterm::event::{self, Event as Input, KeyEventKind};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::flag::register_conditional_default;
use signal_hook::iterator::Signals;

use super::error::TuiError;
use super::frame::Limit;
use super::keymap;
use super::update::Event;

/// Signals whose default comes back when the screen is gone.
const DEADLY: [i32; 3] = [SIGTERM, SIGHUP, SIGINT];

/// Set while no screen listens, so that the signals do again what they always do.
static DEAF: AtomicBool = AtomicBool::new(true);

/// Keys and signals, for as long as the screen is there.
#[derive(Debug)]
pub(super) struct Sources {
    /// Where keys come from; `None` once it has hung up.
    tty: Option<OwnedFd>,
    signals: Signals,
    /// What was read and not handed out yet.
    kept: Option<Event>,
    /// Until when a signal to stop is taken for the one we sent ourselves.
    echo: Limit,
}

/// Adds everything crossterm has.
fn read(events: &mut Vec<Event>) -> Result<(), TuiError> {
    while event::poll(Duration::ZERO).map_err(TuiError::Terminal)? {
        events.extend(translate(&event::read().map_err(TuiError::Terminal)?));
    }
    Ok(())
}

/// How late another thread may still hand on the signal that stopped us.
const ECHO: Duration = Duration::from_millis(500);

impl Sources {
    /// Starts listening.
    pub(super) fn open() -> Result<Self, TuiError> {
        restore_defaults_when_deaf().map_err(TuiError::Signals)?;
        let tty = keyboard().map_err(TuiError::Terminal)?;
        let others = [SIGTSTP, SIGCONT, SIGWINCH];
        let signals = Signals::new(DEADLY.into_iter().chain(others)).map_err(TuiError::Signals)?;
        DEAF.store(false, Ordering::SeqCst);
        Ok(Self { tty: Some(tty), signals, kept: None, echo: Limit::after(Duration::ZERO) })
    }

    /// Everything that happened, after waiting at most `patience` for the first input.
    pub(super) fn wait(&mut self, patience: Duration) -> Result<Vec<Event>, TuiError> {
        let mut events: Vec<Event> = self.kept.take().into_iter().collect();
        match self.listen(patience).map_err(TuiError::Terminal)? {
            Heard::Nothing => {}
            Heard::HangUp => {
                self.tty = None;
                events.push(Event::Terminated);
            }
            Heard::Input => read(&mut events)?,
        }
        events.extend(self.signals());
        if self.tty.is_some() && events.iter().any(|event| matches!(event, Event::Resized)) {
            // crossterm hears of it too. Left with it, the news would come before the next key, which then
            // stays unread until yet another one.
            read(&mut events)?;
        }
        Ok(events)
    }

    /// Whether the terminal is gone.
    pub(super) fn has_hung_up(&self) -> bool {
        self.tty.is_none() || matches!(self.listen(Duration::ZERO), Ok(Heard::HangUp))
    }

    /// Waits for the terminal, without reading from it: crossterm reads a terminal that has hung up for ever.
    fn listen(&self, patience: Duration) -> io::Result<Heard> {
        let mut fds: Vec<PollFd<'_>> = self.tty.iter().map(|tty| PollFd::new(tty, PollFlags::IN)).collect();
        match poll(&mut fds, Timespec::try_from(patience).ok().as_ref()) {
            // A signal.
            Err(Errno::INTR) => return Ok(Heard::Nothing),
            Err(error) => return Err(error.into()),
            Ok(_) => {}
        }
        let heard = fds.first().map_or(PollFlags::empty(), PollFd::revents);
        Ok(if heard.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
            Heard::HangUp
        } else if heard.contains(PollFlags::IN) {
            Heard::Input
        } else {
            Heard::Nothing
        })
    }

    /// Forgets the signals that only said we were stopped and went on, which the caller knows.
    pub(super) fn forget_stop(&mut self) {
        // All are taken, or a stop behind the first would still be waiting.
        let terminated = self.signals().filter(|event| matches!(event, Event::Terminated)).last();
        self.kept = terminated;
        // The one we sent to our own group may be with a thread that has not got round to it.
        self.echo = Limit::after(ECHO);
    }

    /// The signals that came since the last time.
    fn signals(&mut self) -> impl Iterator<Item = Event> {
        let echo = !self.echo.is_over();
        self.signals.pending().filter(move |&signal| signal != SIGTSTP || !echo).map(|signal| match signal {
            SIGTSTP => Event::Stopped,
            SIGCONT => Event::Continued,
            SIGWINCH => Event::Resized,
            _ => Event::Terminated,
        })
    }
}

/// What the terminal had to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    Nothing,
    Input,
    HangUp,
}

/// Where crossterm reads keys from.
fn keyboard() -> io::Result<OwnedFd> {
    let stdin = io::stdin();
    if stdin.is_terminal() { stdin.as_fd().try_clone_to_owned() } else { Ok(File::open("/dev/tty")?.into()) }
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
