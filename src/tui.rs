//! The dashboard: a screen that follows a run and steers it.
//!
//! Owns the terminal, the keys and every pixel. It must not know how anything is measured or written to
//! a file: it reads immutable snapshots, sends [`Command`](crate::engine::Command)s, and hands a snapshot
//! to the export it was given.
//!
//! ```text
//! key, signal, snapshot ─► Event ─► update(&mut App) ─► Effect ─► engine, export, terminal
//!                                        │
//!                                        └─► view: one panel a file, drawn from &App
//! ```

mod action;
mod app;
mod axis;
mod digest;
mod entry;
mod error;
mod event;
mod exporter;
mod frame;
mod key;
mod keyboard;
mod keymap;
mod panic;
mod run;
mod step;
mod svg;
mod tabs;
mod terminal;
mod theme;
mod update;
mod view;

use std::fmt;
use std::thread::Builder;

pub use app::App;
pub use error::TuiError;
pub use svg::screen_to_svg;
pub use theme::Theme;
pub use view::draw;

use crate::engine::Handle;
use crate::snapshot::Snapshot;

/// Writes a snapshot's files and says in one line what it wrote, or why it could not.
pub type Export = Box<dyn Fn(&Snapshot) -> Result<String, String> + Send>;

/// How to show a run.
pub struct Options {
    /// Colours and glyphs.
    pub theme: Theme,
    /// What the export key does; called on a thread of its own.
    pub export: Export,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("theme", &self.theme).finish_non_exhaustive()
    }
}

/// Shows a run until the user leaves it, on a thread of its own.
///
/// It leaves a finished run at a key, and one that goes on only after asking it to close its books; the
/// terminal is then as it was before.
///
/// # Errors
/// When stdout is no terminal, when it fails, or when the dashboard itself panics; the run is not touched by it.
pub fn run(handle: &Handle, options: Options) -> Result<(), TuiError> {
    terminal::require()?;
    panic::install_hook();
    let handle = handle.clone();
    let show = move || run::run(&handle, options.theme, options.export);
    let thread = Builder::new().name(panic::THREAD.to_owned()).spawn(show).map_err(TuiError::Thread)?;
    thread.join().unwrap_or_else(|_| Err(TuiError::Panicked { message: panic::take_message() }))
}
