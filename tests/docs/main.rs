//! The README and the book say what is so: their commands run, their links lead somewhere, and what they say of files,
//! defaults, gates and lints is what the code says.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod commands;
mod contents;
#[path = "../languages/found.rs"]
mod found;
mod links;
mod page;
mod schema;
mod service;
