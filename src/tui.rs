//! The dashboard: a screen that follows a run and steers it.
//!
//! Owns the terminal, the keys and every pixel. It must not know how anything is measured or written to
//! a file: it reads immutable snapshots, sends [`Command`](crate::engine::Command)s, and hands a snapshot
//! to the export it was given. What can be started or reopened it asks a [`Launcher`].
//!
//! ```text
//! key, signal, snapshot ─► Event ─► update(&mut App) ─► Effect ─► engine, export, terminal
//!                                        │
//!                                        └─► view: one panel a file, drawn from &App
//! ```

mod action;
mod app;
mod axis;
mod background;
mod blame;
mod config;
mod digest;
mod entry;
mod error;
mod event;
mod failures;
mod farewell;
mod findings;
mod frame;
mod hold;
mod home;
mod key;
mod keyboard;
mod keymap;
mod late;
mod launcher;
mod leave;
mod list;
mod overlay;
mod panic;
mod replay;
mod run;
mod show;
mod step;
mod svg;
mod tabs;
mod terminal;
mod theme;
mod update;
mod view;

use std::fmt;
use std::sync::Arc;
use std::thread::Builder;

pub use app::App;
pub use config::{Config, ConfigError};
pub use error::TuiError;
pub use launcher::{Change, Complaint, Field, Launcher, Listing, Past, PastKind, PastRun, Source, Subject};
pub use svg::{screen_to_svg, screen_to_text};
pub use theme::{Colors, Ground, Theme};
pub use view::draw;

use crate::attach::Remote;
use crate::engine::Handle;
use crate::snapshot::Snapshot;

/// Writes something and says in one line what it wrote, or why it could not.
pub type Export = Box<dyn Fn(&Wanted) -> Result<String, String> + Send + Sync>;

/// Something to be written.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// The files of a run as this snapshot has it.
    Run(Arc<Snapshot>),
    /// A picture of the screen, or its text.
    Screen {
        /// The screen's name with the ending of its format: `overview.svg`.
        file: String,
        /// What the file is to hold.
        contents: String,
    },
}

/// How to show a run.
pub struct Options {
    /// What the user set for all runs.
    pub config: Config,
    /// What the export key and the keys that save the screen do; called on a thread of its own.
    pub export: Export,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("config", &self.config).finish_non_exhaustive()
    }
}

/// How a session on the screen ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// The user left it, or the run on the screen was over when a signal came.
    ByUser,
    /// A signal came while Home was shown.
    BySignal,
}

/// Shows a run until the user leaves it, on a thread of its own.
///
/// It leaves a finished run at a key, and one that goes on only after asking it to close its books; the
/// terminal is then as it was before.
///
/// # Errors
/// When stdout is no terminal, when it fails, when an export that was asked for last failed, or when the dashboard itself
/// panics; the run is not touched by it.
pub fn run(handle: &Handle, options: Options) -> Result<(), TuiError> {
    let subject = Subject { run: Source::Live(handle.clone()), export: options.export, is_kept: false };
    show(options.config, Some(subject), None).map(drop)
}

/// Shows an application until the user leaves it, on a thread of its own; the application goes on.
///
/// # Errors
/// As [`run`] does.
pub fn attach(remote: &Remote, options: Options) -> Result<(), TuiError> {
    let subject = Subject { run: Source::Remote(remote.clone()), export: options.export, is_kept: false };
    show(options.config, Some(subject), None).map(drop)
}

/// Shows a recorded run until the user leaves, on a thread of its own.
///
/// # Errors
/// As [`run`] does.
pub fn open(past: Past, options: Options) -> Result<(), TuiError> {
    let subject = Subject { run: Source::Past(past), export: options.export, is_kept: true };
    show(options.config, Some(subject), None).map(drop)
}

/// Shows one run after the other until the user leaves, on a thread of its own: Home, or `first` when there is one,
/// and Home again once that is over and left for it. The terminal stays taken all the while.
///
/// # Errors
/// As [`run`] does; what was started by the launcher is its own to end.
pub fn session(launcher: Arc<dyn Launcher>, first: Option<Subject>, config: Config) -> Result<Left, TuiError> {
    show(config, first, Some(launcher))
}

fn show(config: Config, first: Option<Subject>, launcher: Option<Arc<dyn Launcher>>) -> Result<Left, TuiError> {
    terminal::require()?;
    panic::install_hook();
    let show = move || run::run(config, first, launcher);
    let thread = Builder::new().name(panic::THREAD.to_owned()).spawn(show).map_err(TuiError::Thread)?;
    thread.join().unwrap_or_else(|_| Err(TuiError::Panicked { message: panic::take_message() }))
}
