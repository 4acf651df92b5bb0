//! How a run on the screen is left, and what becomes of its files.

/// How far the user is on the way out: `Staying → Draining → Closing`, or straight to `Closing` on a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaving {
    /// Not at all; a finished run stays on the screen.
    Staying,
    /// The user asked for the end and lets tasks in flight end first.
    Draining,
    /// The books are asked to close, and the screen with them.
    Closing,
}

/// Where a run that is over can be left for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WayOut {
    /// Back to the shell alone.
    Shell,
    /// Home, where another can be started.
    Home,
}

/// Whether files are being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Export {
    /// No.
    Idle,
    /// Yes; the answer comes as an event.
    Writing {
        /// Whether they are those of a run that is over.
        is_whole: bool,
    },
}

/// What becomes of the files of a run once it is over: `Due → Written`, or `Unasked → Told → gone` and `Written` by a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Files {
    /// They are written without being asked for.
    Due,
    /// Nobody asked for them; whoever leaves is told once.
    Unasked,
    /// Whoever leaves was told.
    Told,
    /// They are where they belong.
    Written,
}
