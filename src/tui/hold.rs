//! What whoever looks at a run may do with it.

/// Whose run is on the screen. `Remote → Gone` when its application goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    /// It was started here, and ends with the screen.
    Own,
    /// It was recorded.
    Past,
    /// It is an application's, and goes on without the screen.
    Remote {
        /// Whether the application takes commands.
        control: bool,
    },
    /// It was an application's; what is shown is the last that was seen of it.
    Gone,
}

impl Hold {
    /// Why nothing can be changed, if that is so.
    pub(super) const fn refusal(self) -> Option<&'static str> {
        match self {
            Self::Own | Self::Remote { control: true } => None,
            Self::Remote { control: false } => Some("read-only: the application does not allow control"),
            Self::Past => Some("a past run: nothing of it can be changed any more"),
            Self::Gone => Some("the application is gone: this is the last that was seen of it"),
        }
    }
}
