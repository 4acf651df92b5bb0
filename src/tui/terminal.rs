//! The terminal while it is ours: raw mode and the alternate screen, given back whatever happens.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::mem::ManuallyDrop;

use base64::prelude::{BASE64_STANDARD, Engine};
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use ratatui::crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use ratatui::crossterm::{execute, queue};
use ratatui::layout::Size;
use ratatui::{Frame, Terminal};
use signal_hook::consts::SIGTSTP;

use super::error::TuiError;
use super::update::Stop;

/// Room for one frame, so that it reaches the terminal in one write.
const FRAME_BYTES: usize = 64 * 1024;

type Canvas = Terminal<CrosstermBackend<BufWriter<Stdout>>>;

/// The terminal in our hands; dropping it gives it back.
#[derive(Debug)]
pub(super) struct Screen {
    /// Never dropped at the end: ratatui would print to a terminal that may be gone, and panic. The guard does
    /// what is to be done.
    canvas: ManuallyDrop<Canvas>,
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

fn enter() -> io::Result<Canvas> {
    enable_raw_mode()?;
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        Clear(ClearType::All),
        Hide,
        EnableMouseCapture,
        EnableBracketedPaste
    )?;
    Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(FRAME_BYTES, io::stdout())))
}

fn leave() -> io::Result<()> {
    let mut stdout = io::stdout();
    let screen =
        queue!(stdout, EndSynchronizedUpdate, DisableBracketedPaste, DisableMouseCapture, LeaveAlternateScreen, Show)
            .and_then(|()| stdout.flush());
    disable_raw_mode().and(screen)
}

impl Screen {
    /// Takes the terminal.
    pub(super) fn open() -> Result<Self, TuiError> {
        let guard = Guard;
        let canvas = enter().map_err(TuiError::Terminal)?;
        Ok(Self { canvas: ManuallyDrop::new(canvas), _guard: guard })
    }

    /// The size of the terminal.
    pub(super) fn size(&self) -> Result<Size, TuiError> {
        self.canvas.size().map_err(TuiError::Terminal)
    }

    /// Draws one frame, which a terminal that can do so shows all at once.
    pub(super) fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> Result<(), TuiError> {
        queue!(self.canvas.backend_mut(), BeginSynchronizedUpdate).map_err(TuiError::Terminal)?;
        self.canvas.draw(view).map_err(TuiError::Terminal)?;
        execute!(self.canvas.backend_mut(), EndSynchronizedUpdate).map_err(TuiError::Terminal)
    }

    /// Asks the terminal to put a text on the clipboard; one that does not let programs do so ignores it.
    pub(super) fn copy(&mut self, text: &str) -> Result<(), TuiError> {
        let sequence = format!("\x1b]52;c;{}\x07", BASE64_STANDARD.encode(text));
        self.canvas.backend_mut().write_all(sequence.as_bytes()).map_err(TuiError::Terminal)
    }

    /// Takes the terminal again after somebody else had it; the next frame draws every cell.
    pub(super) fn repaint(&mut self) -> Result<(), TuiError> {
        // Raw mode is entered from whatever mode the shell left, which is then the one to go back to. The
        // canvas is a new one: to clear the old one would be to ask the terminal where its cursor stands.
        self.replace(leave().and_then(|()| enter()).map_err(TuiError::Terminal)?);
        Ok(())
    }

    /// Forgets what the terminal shows; the next frame draws every cell.
    pub(super) fn redraw(&mut self) -> Result<(), TuiError> {
        let size = self.size()?;
        self.canvas.resize(size.into()).map_err(TuiError::Terminal)
    }

    fn replace(&mut self, canvas: Canvas) {
        drop(ManuallyDrop::into_inner(std::mem::replace(&mut self.canvas, ManuallyDrop::new(canvas))));
    }

    /// Gives the terminal back, stops, and takes it again when continued.
    pub(super) fn suspend(&mut self, stop: Stop) -> Result<(), TuiError> {
        leave().map_err(TuiError::Terminal)?;
        let others = match stop {
            // Stops what started us, such as cargo; we hear it too, but as a signal we handle.
            Stop::Job => rustix::process::kill_current_process_group(rustix::process::Signal::TSTP),
            Stop::Process => Ok(()),
        };
        // Takes effect on this very thread before the next line, as a signal to the process would not.
        let stopped = signal_hook::low_level::emulate_default_handler(SIGTSTP);
        self.replace(enter().map_err(TuiError::Terminal)?);
        others.map_err(io::Error::from).and(stopped).map_err(TuiError::Terminal)
    }
}

/// Refuses a stdout that is no terminal, before anything is touched.
pub(super) fn require() -> Result<(), TuiError> {
    if io::stdout().is_terminal() { Ok(()) } else { Err(TuiError::NoTerminal) }
}

/// Whether a shell is there to come back from: the first process of a session has none.
pub(super) fn has_shell() -> bool {
    rustix::process::getsid(None).is_ok_and(|session| session != rustix::process::getpid())
}

#[cfg(test)]
mod tests;
