//! How long a task has been in which step, kept until it is known whether the task ended late.
//!
//! A step that is left adds its time to itself and takes it from the step round it, so that each instant belongs
//! to the innermost. Steps that run side by side each have all of their own time, and come to more than the task's;
//! the step round them has what that leaves of its own, which may be nothing.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::local::Local;

/// Time in a step, nanoseconds; negative for what a step within it has taken.
type Span = (u16, i64);

/// The steps left by the tasks that a thread polls now; belongs to that thread alone.
#[derive(Debug, Default)]
pub(super) struct Left {
    any: Cell<bool>,
    spans: RefCell<Vec<(u32, Span)>>,
}

impl Left {
    /// The task in `slot` leaves `step`, after `ns` nanoseconds, for `outer`; zero is no step.
    pub(super) fn leave(&self, slot: u32, step: u16, outer: u16, ns: u64) {
        let ns = i64::try_from(ns).unwrap_or(i64::MAX);
        let mut spans = self.spans.borrow_mut();
        spans.push((slot, (step, ns)));
        if outer > 0 {
            spans.push((slot, (outer, -ns)));
        }
        self.any.set(true);
    }

    /// Moves what the task in `slot` has left to `kept`. Whoever polls a task within a task leaves some behind.
    fn take(&self, slot: u32, kept: &mut Vec<Span>) {
        let mut spans = self.spans.borrow_mut();
        spans.retain(|&(of, span)| {
            let mine = of == slot;
            if mine {
                add(kept, span);
            }
            !mine
        });
        self.any.set(!spans.is_empty());
    }
}

fn add(kept: &mut Vec<Span>, (step, ns): Span) {
    match kept.iter_mut().find(|(known, _)| *known == step) {
        Some((_, sum)) => *sum = sum.saturating_add(ns),
        None => kept.push((step, ns)),
    }
}

/// The steps of one task's polls so far; nothing is allocated for a task without.
#[derive(Debug, Default)]
#[expect(clippy::box_collection, reason = "every task carries it, and few have any")]
pub(super) struct Spans(Option<Box<Vec<Span>>>);

impl Spans {
    /// Keeps what the poll that is over has left.
    #[inline]
    pub(super) fn keep(&mut self, local: &Local, slot: u32) {
        if local.spans.any.get() {
            local.spans.take(slot, self.0.get_or_insert_default());
        }
    }

    /// The time in each step and in none within it, at the end of the task.
    #[inline]
    pub(super) fn settle(&mut self, local: &Local, slot: u32) -> Vec<(Arc<str>, u64)> {
        self.keep(local, slot);
        self.0.take().map_or_else(Vec::new, |spans| named(local, &spans))
    }
}

fn named(local: &Local, spans: &[Span]) -> Vec<(Arc<str>, u64)> {
    let name = |&(step, ns): &Span| Some((local.step_name(step)?, u64::try_from(ns).ok().filter(|&ns| ns > 0)?));
    spans.iter().filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_instant_belongs_to_the_innermost_step() {
        let left = Left::default();
        let mut kept = Vec::new();
        left.leave(1, 7, 3, 40);
        left.leave(2, 7, 0, 9);
        left.take(1, &mut kept);
        left.leave(1, 3, 0, 100);
        left.leave(1, 7, 0, 5);
        left.take(1, &mut kept);
        assert_eq!(kept, [(7, 45), (3, 60)]);
        assert!(left.any.get());
        left.take(2, &mut kept);
        assert!(!left.any.get());
    }
}
