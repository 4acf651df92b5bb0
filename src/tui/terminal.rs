//! The terminal while it is ours: raw mode and the alternate screen, given back whatever happens.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use ratatui::crossterm::{execute, queue};
use signal_hook::consts::SIGTSTP;

use super::app::App;
use super::error::TuiError;
use super::update::Stop;
use super::view;

/// Room for one frame, so that it reaches the terminal in one write.
const FRAME_BYTES: usize = 64 * 1024;

/// The terminal in our hands; dropping it gives it back.
#[derive(Debug)]
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    _guard: Guard,
}

/// Gives the terminal back when dropped, panic or not. Errors are ignored: there is no one left to tell.
#[derive(Debug)]
struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        leave().ok();
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, Hide)
}

fn leave() -> io::Result<()> {
    let mut stdout = io::stdout();
    let screen = queue!(stdout, LeaveAlternateScreen, Show).and_then(|()| stdout.flush());
    disable_raw_mode().and(screen)
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// [`TuiError::NoTerminal`] when stdout is none, [`TuiError::Terminal`] when it cannot be set up.
    pub(super) fn open() -> Result<Self, TuiError> {
        if !io::stdout().is_terminal() {
            return Err(TuiError::NoTerminal);
        }
        let guard = Guard;
        enter().map_err(TuiError::Terminal)?;
        let out = BufWriter::with_capacity(FRAME_BYTES, io::stdout());
        let terminal = Terminal::new(CrosstermBackend::new(out)).map_err(TuiError::Terminal)?;
        Ok(Self { terminal, _guard: guard })
    }

    /// Draws one frame.
    pub(super) fn draw(&mut self, app: &App) -> Result<(), TuiError> {
        self.terminal.draw(|frame| view::draw(frame, app)).map_err(TuiError::Terminal)?;
        Ok(())
    }

    /// Takes the terminal again after somebody else had it; the next frame draws every cell.
    pub(super) fn repaint(&mut self) -> Result<(), TuiError> {
        // Raw mode is entered from whatever mode the shell left, which is then the one to go back to.
        leave().and_then(|()| enter()).and_then(|()| self.terminal.clear()).map_err(TuiError::Terminal)
    }

    /// Gives the terminal back, stops, and takes it again when continued.
    pub(super) fn suspend(&mut self, stop: Stop) -> Result<(), TuiError> {
        leave().map_err(TuiError::Terminal)?;
        let stopped = match stop {
            Stop::Job => rustix::process::kill_current_process_group(rustix::process::Signal::STOP).map_err(Into::into),
            Stop::Process => signal_hook::low_level::emulate_default_handler(SIGTSTP),
        };
        let entered = enter().and_then(|()| self.terminal.clear());
        stopped.and(entered).map_err(TuiError::Terminal)
    }
}

/// Whether a shell is there to come back from: the first process of a session has none.
pub(super) fn has_shell() -> bool {
    rustix::process::getsid(None).is_ok_and(|session| session != rustix::process::getpid())
}
