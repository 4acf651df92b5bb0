//! What the other builds do: nothing is captured.

use super::Stack;

/// Whether this build can capture.
pub(in super::super) const SUPPORTED: bool = false;

/// Polls.
pub(in super::super) fn capture<R>(poll: impl FnOnce() -> R) -> (R, Option<Stack>) {
    (poll(), None)
}
