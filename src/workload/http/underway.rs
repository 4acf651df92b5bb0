//! Counts the requests that are dropped before their end.

use crate::figure::Counter;

/// A request under way. It counts when it is dropped while it costs something.
#[derive(Debug)]
pub(super) struct Underway<'a> {
    cancelled: &'a Counter,
    costs: bool,
}

impl<'a> Underway<'a> {
    pub(super) const fn new(cancelled: &'a Counter) -> Self {
        Self { cancelled, costs: false }
    }

    /// From now on there is something to lose.
    pub(super) const fn begin(&mut self) {
        self.costs = true;
    }

    /// It came to its end, whatever that was.
    pub(super) const fn end(&mut self) {
        self.costs = false;
    }
}

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        if self.costs {
            self.cancelled.add(1);
        }
    }
}
