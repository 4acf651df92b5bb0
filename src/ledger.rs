//! The books: what is in flight, what ended and how, lane by lane.
//!
//! Owns the event vocabulary, the only fold that counts, the in-flight table and the shards that
//! worker threads record into. It must not know why a task runs, who decides on a deadline, nor how
//! anything is shown; it is told the time and never asks for it.

mod book;
mod event;
mod lane;
mod late;
mod message;

pub use book::{Book, GatherBook, MAX_STEPS, Metric, OTHER, StepBook};
pub use event::{Event, TaskEnd};
pub use lane::LaneKey;
pub use late::{KEPT, LateTask, LateTasks};
pub use message::{MAX_MESSAGES, MAX_TEXT, Message, Messages};
