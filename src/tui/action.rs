//! What a key can ask for. Which key is the keymap's business, what comes of it is the update's.

/// Something the user asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Action {
    /// New tasks get the other policy.
    TogglePolicy,
    /// New tasks get a shorter deadline.
    ShortenDeadline,
    /// New tasks get a longer deadline.
    LengthenDeadline,
    /// Fewer arrivals a second, or fewer at once.
    LowerLoad,
    /// More arrivals a second, or more at once.
    RaiseLoad,
    /// Write the run's files.
    Export,
    /// Stop the screen and look, while the run goes on; or follow it again.
    Freeze,
    /// Hold arrivals back, or let them come again.
    PauseLoad,
    /// Forget what was counted so far.
    Reset,
    /// Show the keys, or hide them.
    Help,
    /// Close what lies over the screen.
    Close,
    /// End the run; once it is over, leave.
    Quit,
    /// Back to the shell, until `fg`.
    Suspend,
}

impl Action {
    /// Every action, in the order of the keymap.
    #[cfg(test)]
    pub(super) const ALL: [Self; 13] = [
        Self::TogglePolicy,
        Self::ShortenDeadline,
        Self::LengthenDeadline,
        Self::LowerLoad,
        Self::RaiseLoad,
        Self::Export,
        Self::Freeze,
        Self::PauseLoad,
        Self::Reset,
        Self::Help,
        Self::Close,
        Self::Quit,
        Self::Suspend,
    ];
}
