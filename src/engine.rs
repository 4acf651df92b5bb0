//! Runs a plan: the measured runtime, the clock that owns arrivals, deadlines and ticks, and live control.
//!
//! Owns every thread but the user interface's. It must not know how a snapshot is shown or written.

mod control;

pub use control::{Command, Handle};
