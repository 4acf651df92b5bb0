//! What a key can ask for. Which key is the keymap's business, what comes of it is the update's.

use super::tabs::Tab;

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
    /// Latencies of a shorter or longer time.
    Window,
    /// Service times or response times.
    Metric,
    /// Heights by count, by its root, or by its logarithm.
    Counts,
    /// The next order of the rows.
    Sort,
    /// Only rows with some text.
    Filter,
    /// All there is to know of the selected row.
    Details,
    /// Look for the deadline that a share of the user's own would miss.
    OwnShare,
    /// Put the lines of the selected step away.
    Fold,
    /// Show the lines of the selected step.
    Unfold,
    /// Show them, or put them away.
    ToggleFold,
    /// Cancel the selected task.
    CancelTask,
    /// The cursor goes left.
    Left,
    /// The cursor goes right.
    Right,
    /// The cursor goes up.
    Up,
    /// The cursor goes down.
    Down,
    /// The cursor goes up by a screenful.
    PageUp,
    /// The cursor goes down by a screenful.
    PageDown,
    /// The cursor goes to the start.
    First,
    /// The cursor goes to the end.
    Last,
    /// Copy what the cursor reads.
    Copy,
    /// Everything the lints found, in full.
    Findings,
    /// Write the run's files.
    Export,
    /// Write the screen as a picture.
    SavePicture,
    /// Write the screen as text.
    SaveText,
    /// Stop the screen and look, while the run goes on; or follow it again.
    Freeze,
    /// Go back in a recorded run.
    Earlier,
    /// Go on in it.
    Later,
    /// Go back in it by a tenth.
    MuchEarlier,
    /// Go on in it by a tenth.
    MuchLater,
    /// Hold arrivals back, or let them come again.
    PauseLoad,
    /// Forget what was counted so far.
    Reset,
    /// Show this screen.
    Show(Tab),
    /// Show the next screen.
    NextTab,
    /// Show the screen before.
    PreviousTab,
    /// What is selected: look at what can be changed before it starts, or reopen it.
    Choose,
    /// Start the scenario as it was changed.
    Start,
    /// Select the one before.
    SelectPrevious,
    /// Select the next one.
    SelectNext,
    /// Go to the field before.
    PreviousField,
    /// Go to the next field.
    NextField,
    /// Select the first one.
    SelectFirst,
    /// Select the last one.
    SelectLast,
    /// Select the one a screenful before.
    SelectPageUp,
    /// Select the one a screenful further.
    SelectPageDown,
    /// Move in the other part of the screen.
    OtherPane,
    /// Go back to where the text was not yet typed.
    Back,
    /// Leave, from where there is nothing to go back to.
    Leave,
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
    /// Whether it changes the run, or waits for it, so that there is nothing to do once it is over.
    pub(super) const fn needs_a_run(self) -> bool {
        matches!(
            self,
            Self::TogglePolicy
                | Self::ShortenDeadline
                | Self::LengthenDeadline
                | Self::LowerLoad
                | Self::RaiseLoad
                | Self::PauseLoad
                | Self::Reset
                | Self::Freeze
                | Self::CancelTask
        )
    }
}
