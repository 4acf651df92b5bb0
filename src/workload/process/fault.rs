//! What can be wrong with a program.
//!
//! Owns the faults and their words, of which the program is the subject. It must not know what follows from one.

use std::time::Duration;

use super::message::{LONGEST_LINE, PROTOCOL};

/// How much of a line is told, in characters.
const TOLD: usize = 80;

/// What is wrong with a program; it is killed for it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A line that is no UTF-8.
    #[error("it wrote a line that is no UTF-8: `{0}`")]
    NotText(Excerpt),
    /// A line that is no JSON, or no object.
    #[error("it wrote a line that is no JSON object: `{0}`")]
    NoObject(Excerpt),
    /// A line with a field that is missing or wrong.
    #[error("{1} in its line `{0}`")]
    Wrong(Excerpt, String),
    /// A line of a type that the protocol does not have.
    #[error("it wrote a line of unknown type `{0}`")]
    UnknownType(Excerpt),
    /// A line that does not come to its end.
    #[error("it wrote a line of more than {LONGEST_LINE} bytes: `{0} …`")]
    TooLong(Excerpt),
    /// A line that the end of its output has cut off.
    #[error("it wrote half a line at its end: `{0}`")]
    HalfLine(Excerpt),
    /// Another version of the protocol.
    #[error("it speaks version {0} of the protocol, tardy version {PROTOCOL}")]
    Protocol(u64),
    /// It said more than once that it is ready.
    #[error("it said twice that it is ready")]
    ReadyTwice,
    /// It did not say so in time.
    #[error("it was not ready within {}", crate::units::exact(*.0))]
    NotReady(Duration),
    /// It speaks of a task that it never got, or that has ended.
    #[error("it wrote `{word}` for task {id}, which it does not have: it never got it, or has ended it before")]
    UnknownTask {
        /// The type of the line.
        word: &'static str,
        /// The task.
        id: u64,
    },
    /// It leaves cancelled tasks alone.
    #[error("it has not ended {0} tasks that were cancelled")]
    Hoards(usize),
    /// It closed its output and goes on.
    #[error("it closed its stdout")]
    Closed,
    /// It takes no more input.
    #[error("it closed its stdin")]
    Deaf,
    /// It has exited, or was killed.
    #[error("it ended: {0}")]
    Exited(String),
    /// The system does not start it.
    #[error("it cannot be started: {0}")]
    NotStarted(#[source] std::io::Error),
    /// The system does not say what it does.
    #[error("it cannot be talked to: {0}")]
    System(#[from] std::io::Error),
}

/// The beginning of a line, fit to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt(String);

impl From<&[u8]> for Excerpt {
    fn from(line: &[u8]) -> Self {
        // A character has at most four bytes.
        let start = String::from_utf8_lossy(&line[..line.len().min(4 * TOLD)]);
        Self(start.chars().take(TOLD).map(|c| if c.is_control() { ' ' } else { c }).collect())
    }
}

impl std::fmt::Display for Excerpt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
