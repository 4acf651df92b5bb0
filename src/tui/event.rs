//! Where events come from: the keyboard, and the signals that tell of the terminal and the process.

use std::io;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::flag::register_conditional_default;
use signal_hook::iterator::Signals;

use super::error::TuiError;
use super::frame::Limit;
use super::keyboard::{Heard, Keyboard};
use super::update::Event;

/// Signals whose default comes back when the screen is gone.
const DEADLY: [i32; 3] = [SIGTERM, SIGHUP, SIGINT];

/// Set while no screen listens, so that the signals do again what they always do.
static DEAF: AtomicBool = AtomicBool::new(true);

/// Keys and signals, for as long as the screen is there.
#[derive(Debug)]
pub(super) struct Sources {
    /// Where keys come from; `None` once it has hung up.
    keyboard: Option<Keyboard>,
    signals: Signals,
    /// What was read and not handed out yet.
    kept: Option<Event>,
    /// Until when a signal to stop is taken for the one we sent ourselves.
    echo: Limit,
}

/// How late another thread may still hand on the signal that stopped us.
const ECHO: Duration = Duration::from_millis(500);

impl Sources {
    /// Starts listening.
    pub(super) fn open() -> Result<Self, TuiError> {
        restore_defaults_when_deaf().map_err(TuiError::Signals)?;
        let keyboard = Keyboard::open().map_err(TuiError::Terminal)?;
        let others = [SIGTSTP, SIGCONT, SIGWINCH];
        let signals = Signals::new(DEADLY.into_iter().chain(others)).map_err(TuiError::Signals)?;
        DEAF.store(false, Ordering::SeqCst);
        Ok(Self { keyboard: Some(keyboard), signals, kept: None, echo: Limit::after(Duration::ZERO) })
    }

    /// Everything that happened, after waiting at most `patience` for the first input.
    pub(super) fn wait(&mut self, patience: Duration) -> Result<Vec<Event>, TuiError> {
        let mut events: Vec<Event> = self.kept.take().into_iter().collect();
        match self.listen(patience).map_err(TuiError::Terminal)? {
            Heard::Nothing => {}
            Heard::Input(input) => events.extend(input),
            Heard::HangUp => {
                self.keyboard = None;
                events.push(Event::Terminated);
            }
        }
        events.extend(self.signals());
        Ok(events)
    }

    /// Whether the terminal is gone.
    pub(super) fn has_hung_up(&self) -> bool {
        self.keyboard.as_ref().is_none_or(Keyboard::has_hung_up)
    }

    fn listen(&mut self, patience: Duration) -> io::Result<Heard> {
        if let Some(keyboard) = &mut self.keyboard {
            return keyboard.listen(patience);
        }
        std::thread::sleep(patience);
        Ok(Heard::Nothing)
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
