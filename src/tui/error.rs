//! What can go wrong with a screen.

use std::io;

/// Why the dashboard could not be shown, or came to an end of its own.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TuiError {
    /// There is nothing to draw on.
    #[error("stdout is no terminal, so there is no dashboard to show; `--headless` runs without one")]
    NoTerminal,
    /// The terminal could not be set up, read or drawn on.
    #[error("the terminal could not be used")]
    Terminal(#[source] io::Error),
    /// Signals could not be listened to.
    #[error("signals could not be listened to")]
    Signals(#[source] io::Error),
    /// A thread could not be started.
    #[error("a thread for the dashboard could not be started")]
    Thread(#[source] io::Error),
    /// Files were asked for, and the screen was left before they turned out not to be written.
    #[error("what was to be written when the dashboard was left could not be: {message}")]
    Unwritten {
        /// Why.
        message: String,
    },
    /// A run was asked for, and the screen was left before it had started.
    #[error("the run that was being started was given up: what it reads does not answer")]
    NotStarted,
    /// A fault of the dashboard itself; the run is not touched by it.
    #[error("the dashboard panicked: {message}")]
    Panicked {
        /// What the panic said, and where.
        message: String,
    },
}
