//! Programs that run tasks, good ones and hostile ones: every fault under both policies comes to a clear failure, with the
//! books balanced and no process, file or task left.

#![expect(clippy::disallowed_methods, reason = "tests look at real time from outside")]
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod ends;
mod exec;
mod faults;
mod protocol;
mod support;
mod tasks;
