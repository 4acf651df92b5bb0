//! Which steps the tasks that a thread polls are in: the one whose poll goes on, and those that wait beside it.

use std::cell::Cell;

use crate::scenario::{StepEntry, StepPoll};

/// The innermost poll of a step that goes on; belongs to one thread alone.
#[derive(Debug, Default)]
pub(in crate::engine) struct Steps(Cell<StepPoll>);

impl Steps {
    /// The step of `task` that is being polled here, if it is in one.
    pub(super) fn enclosing(&self, task: u64) -> Option<u16> {
        Some(self.0.get()).filter(|poll| poll.task == task && poll.step > 0).map(|poll| poll.step)
    }

    /// A poll of a step of `task` begins; what it returns is to be handed to [`Steps::end`]. `poll` tells the polls of
    /// tasks on this thread apart, and is `None` when this one is not the task's own.
    pub(super) fn begin(&self, task: u64, poll: Option<u64>, entry: StepEntry) -> StepPoll {
        let before = self.0.get();
        let is_inside = before.step > 0;
        let is_beside = before.task == task && poll.is_some() && before.poll == poll;
        // Beside it those may wait that this poll of the task has come to before.
        let outer = if is_inside || is_beside { before } else { StepPoll { task, poll, ..StepPoll::default() } };
        self.0.set(StepPoll { task, poll, step: entry.step, waits: None });
        outer
    }

    /// It is over, and the step `goes_on` or has ended. Returns the step that its task is shown in now.
    pub(super) fn end(&self, task: u64, entry: StepEntry, mut outer: StepPoll, goes_on: bool) -> u16 {
        let inner = self.0.get().waits;
        let shown = if goes_on {
            let waits = inner.unwrap_or(entry);
            if outer.task == task {
                outer.waits = Some(waits);
            }
            waits.step
        } else {
            outer.waits = outer.waits.filter(|waits| *waits != entry);
            outer.waits.filter(|_| outer.task == task).map_or(entry.outer, |waits| waits.step)
        };
        self.0.set(outer);
        shown
    }

    /// A step of `task` was dropped.
    pub(super) fn drop_step(&self, task: u64, entry: StepEntry) {
        let poll = self.0.get();
        if poll.task == task && poll.waits == Some(entry) {
            self.0.set(StepPoll { waits: None, ..poll });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASK: u64 = 7;

    fn entry(step: u16, outer: u16) -> StepEntry {
        StepEntry { at_ns: u64::from(step), step, outer }
    }

    #[test]
    fn the_step_shown_is_the_innermost_of_those_polled_last_that_go_on() {
        let steps = Steps::default();
        let [outer, a, in_a, b] = [entry(1, 0), entry(2, 1), entry(3, 2), entry(4, 1)];
        // outer { join!(a { in a }, b) }, where all wait first.
        let of_outer = steps.begin(TASK, Some(0), outer);
        let of_a = steps.begin(TASK, Some(0), a);
        assert_eq!(steps.enclosing(TASK), Some(2));
        let of_in_a = steps.begin(TASK, Some(0), in_a);
        assert_eq!(steps.end(TASK, in_a, of_in_a, true), 3);
        assert_eq!(steps.end(TASK, a, of_a, true), 3);
        assert_eq!(steps.enclosing(TASK), Some(1));
        let of_b = steps.begin(TASK, Some(0), b);
        assert_eq!(steps.end(TASK, b, of_b, true), 4);
        assert_eq!(steps.end(TASK, outer, of_outer, true), 4);
        assert_eq!(steps.enclosing(TASK), None);
        // Then b ends after a has been polled, and a before.
        let of_outer = steps.begin(TASK, Some(1), outer);
        let of_a = steps.begin(TASK, Some(1), a);
        assert_eq!(steps.end(TASK, a, of_a, true), 2);
        let of_b = steps.begin(TASK, Some(1), b);
        assert_eq!(steps.end(TASK, b, of_b, false), 2);
        let of_a = steps.begin(TASK, Some(1), a);
        assert_eq!(steps.end(TASK, a, of_a, false), 1);
        assert_eq!(steps.end(TASK, outer, of_outer, true), 1);
    }

    #[test]
    fn steps_of_no_step_stand_beside_each_other_within_one_poll_of_their_task() {
        let steps = Steps::default();
        let [a, b] = [entry(1, 0), entry(2, 0)];
        let of_a = steps.begin(TASK, Some(5), a);
        assert_eq!(steps.end(TASK, a, of_a, true), 1);
        let of_b = steps.begin(TASK, Some(5), b);
        assert_eq!(steps.end(TASK, b, of_b, false), 1);
        steps.drop_step(TASK, a);
        let of_b = steps.begin(TASK, Some(5), b);
        assert_eq!(steps.end(TASK, b, of_b, false), 0);
        // In the next poll of the task, a may be over without having been polled here.
        let of_a = steps.begin(TASK, Some(5), a);
        assert_eq!(steps.end(TASK, a, of_a, true), 1);
        let of_b = steps.begin(TASK, Some(6), b);
        assert_eq!(steps.end(TASK, b, of_b, false), 0);
    }

    #[test]
    fn a_task_polled_within_a_step_of_another_leaves_that_one_as_it_was() {
        let steps = Steps::default();
        let [outer, other] = [entry(1, 0), entry(2, 0)];
        let of_outer = steps.begin(TASK, Some(0), outer);
        assert_eq!(steps.enclosing(8), None);
        let of_other = steps.begin(8, Some(0), other);
        assert_eq!(steps.end(8, other, of_other, true), 2);
        assert_eq!(steps.enclosing(TASK), Some(1));
        assert_eq!(steps.end(TASK, outer, of_outer, true), 1);
    }
}
