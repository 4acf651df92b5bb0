//! What one copy of the program has been sent, and what may come back of it.
//!
//! ```text
//!  send ─► followed ──drop_task──► dropped
//!              └────────end────────────┴──────► forgotten
//! ```
//! Owns which tasks a program has, as it knows them itself. It must not know how lines travel nor who follows a task (a `T`).

use std::collections::HashMap;
use std::sync::Arc;

use super::fault::Fault;
use super::message::{End, Level, Message, PROTOCOL};

/// The most tasks that nobody follows any more and that the program has not ended.
const MOST_DROPPED: usize = 1 << 20;

/// The tasks of one copy, and whether it takes any.
#[derive(Debug)]
pub(super) struct Session<T> {
    is_ready: bool,
    tasks: HashMap<u64, Task<T>>,
    dropped: usize,
}

#[derive(Debug)]
enum Task<T> {
    Followed { by: T, is_asked: bool },
    Dropped,
}

/// What a message comes to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard<T> {
    /// The program takes tasks from now on.
    Ready,
    /// A task goes on to a step; who follows it is to know.
    Step(T, Option<Arc<str>>),
    /// A task has ended; nobody follows it when there is no one to know.
    End(Option<T>, End),
    /// The program's event loop was that late, in nanoseconds.
    Lag(u64),
    /// Something for people to read.
    Log(Level, String),
    /// Nothing that anybody is to know.
    Nothing,
}

impl<T> Default for Session<T> {
    fn default() -> Self {
        Self { is_ready: false, tasks: HashMap::new(), dropped: 0 }
    }
}

impl<T: Clone> Session<T> {
    /// The program gets a task, followed by `by`.
    pub(super) fn send(&mut self, id: u64, by: T) {
        self.tasks.insert(id, Task::Followed { by, is_asked: false });
    }

    /// Whether the program is to be asked to cancel the task: once, and while it has it.
    pub(super) fn cancel(&mut self, id: u64) -> bool {
        match self.tasks.get_mut(&id) {
            Some(Task::Followed { is_asked, .. }) => !std::mem::replace(is_asked, true),
            Some(Task::Dropped) | None => false,
        }
    }

    /// Nobody follows the task any more. Whether the program is to be asked to cancel it.
    pub(super) fn drop_task(&mut self, id: u64) -> bool {
        let asks = self.cancel(id);
        if let Some(task @ Task::Followed { .. }) = self.tasks.get_mut(&id) {
            *task = Task::Dropped;
            self.dropped += 1;
        }
        asks
    }

    /// Whether the program takes tasks.
    pub(super) const fn is_ready(&self) -> bool {
        self.is_ready
    }

    /// Says that the program ends what is cancelled.
    ///
    /// # Errors
    /// It has left too many such tasks open.
    pub(super) const fn check(&self) -> Result<(), Fault> {
        if self.dropped > MOST_DROPPED { Err(Fault::Hoards(self.dropped)) } else { Ok(()) }
    }

    /// What the message comes to.
    ///
    /// # Errors
    /// The program must not say that now.
    pub(super) fn hear(&mut self, message: Message) -> Result<Heard<T>, Fault> {
        Ok(match message {
            Message::Ready { protocol } if protocol != PROTOCOL => return Err(Fault::Protocol(protocol)),
            Message::Ready { .. } if self.is_ready => return Err(Fault::ReadyTwice),
            Message::Ready { .. } => {
                self.is_ready = true;
                Heard::Ready
            }
            Message::Step { id, name } => match self.tasks.get(&id) {
                Some(Task::Followed { by, .. }) => Heard::Step(by.clone(), name),
                Some(Task::Dropped) => Heard::Nothing,
                None => return Err(Fault::UnknownTask { word: "step", id }),
            },
            Message::End { id, end } => match self.tasks.remove(&id) {
                Some(Task::Followed { by, .. }) => Heard::End(Some(by), end),
                Some(Task::Dropped) => {
                    self.dropped -= 1;
                    Heard::End(None, end)
                }
                None => return Err(Fault::UnknownTask { word: "end", id }),
            },
            Message::Lag { ns } => Heard::Lag(ns),
            Message::Log { level, message } => Heard::Log(level, message),
        })
    }

    /// The program is lost, with its tasks: all who follow one.
    pub(super) fn lose(&mut self) -> Vec<T> {
        self.dropped = 0;
        let followed = |task| match task {
            Task::Followed { by, .. } => Some(by),
            Task::Dropped => None,
        };
        std::mem::take(&mut self.tasks).into_values().filter_map(followed).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn end(id: u64) -> Message {
        Message::End { id, end: End::Done }
    }

    fn step(id: u64) -> Message {
        Message::Step { id, name: None }
    }

    fn said<T: std::fmt::Debug>(heard: Result<Heard<T>, Fault>) -> String {
        heard.unwrap_err().to_string()
    }

    #[test]
    fn a_program_says_once_that_it_is_ready_and_speaks_this_protocol() {
        let ready = |protocol| Message::Ready { protocol };
        let mut session = Session::<()>::default();
        assert_eq!(said(session.hear(ready(2))), "it speaks version 2 of the protocol, tardy version 1");
        assert!(!session.is_ready());
        assert_eq!(session.hear(ready(1)).unwrap(), Heard::Ready);
        assert!(session.is_ready());
        assert_eq!(said(session.hear(ready(1))), "it said twice that it is ready");
    }

    #[test]
    fn a_task_ends_once_and_nothing_is_said_of_it_before_or_after() {
        let mut session = Session::default();
        let unknown = "it wrote `step` for task 7, which it does not have: it never got it, or has ended it before";
        assert_eq!(said(session.hear(step(7))), unknown);
        session.send(7, "who");
        assert_eq!(session.hear(step(7)).unwrap(), Heard::Step("who", None));
        assert_eq!(session.hear(end(7)).unwrap(), Heard::End(Some("who"), End::Done));
        assert_eq!(said(session.hear(end(7))), unknown.replace("step", "end"));
    }

    #[test]
    fn what_is_said_of_a_dropped_task_is_expected_until_its_end() {
        let mut session = Session::default();
        session.send(7, "who");
        assert!(session.drop_task(7), "the program does not know yet");
        assert!(!session.cancel(7) && !session.drop_task(7));
        assert_eq!(session.hear(step(7)).unwrap(), Heard::Nothing);
        assert_eq!(session.hear(end(7)).unwrap(), Heard::End(None, End::Done));
        assert!(session.hear(end(7)).is_err());
    }

    #[test]
    fn too_many_tasks_that_were_cancelled_and_never_end_are_a_fault() {
        let mut session = Session { dropped: MOST_DROPPED, ..Session::default() };
        assert!(session.check().is_ok());
        session.send(0, ());
        session.drop_task(0);
        assert_eq!(session.check().unwrap_err().to_string(), "it has not ended 1048577 tasks that were cancelled");
        session.hear(end(0)).unwrap();
        assert!(session.check().is_ok());
    }

    #[derive(Debug, Clone)]
    enum Act {
        Send,
        Cancel(u64),
        Drop(u64),
        Step(u64),
        End(u64),
    }

    fn act() -> impl Strategy<Value = Act> {
        let id = || 0..9u64;
        prop_oneof![
            3 => Just(Act::Send),
            1 => id().prop_map(Act::Cancel),
            1 => id().prop_map(Act::Drop),
            1 => id().prop_map(Act::Step),
            2 => id().prop_map(Act::End),
        ]
    }

    proptest! {
        /// Against a model that keeps all tasks for ever: whether each is followed, and how often it was cancelled.
        #[test]
        fn every_task_is_told_of_its_end_once_and_cancelled_at_most_once(acts in prop::collection::vec(act(), 0..60)) {
            let (mut session, mut open, mut cancels) = (Session::default(), BTreeMap::new(), BTreeMap::new());
            let mut next = 0;
            for act in acts {
                match act {
                    Act::Send => {
                        session.send(next, next);
                        open.insert(next, true);
                        next += 1;
                    }
                    Act::Cancel(id) => *cancels.entry(id).or_insert(0) += u32::from(session.cancel(id)),
                    Act::Drop(id) => {
                        *cancels.entry(id).or_insert(0) += u32::from(session.drop_task(id));
                        open.entry(id).and_modify(|followed| *followed = false);
                    }
                    Act::Step(id) => match open.get(&id) {
                        Some(true) => prop_assert_eq!(session.hear(step(id)).unwrap(), Heard::Step(id, None)),
                        Some(false) => prop_assert_eq!(session.hear(step(id)).unwrap(), Heard::Nothing),
                        None => prop_assert!(session.hear(step(id)).is_err()),
                    },
                    Act::End(id) => match open.remove(&id) {
                        Some(followed) => {
                            let who = followed.then_some(id);
                            prop_assert_eq!(session.hear(end(id)).unwrap(), Heard::End(who, End::Done));
                        }
                        None => prop_assert!(session.hear(end(id)).is_err()),
                    },
                }
            }
            prop_assert!(cancels.values().all(|&times| times <= 1));
            prop_assert_eq!(session.dropped, open.values().filter(|&&followed| !followed).count());
            let mut lost = session.lose();
            lost.sort_unstable();
            prop_assert_eq!(lost, open.into_iter().filter(|&(_, followed)| followed).map(|(id, _)| id).collect::<Vec<_>>());
        }
    }
}
