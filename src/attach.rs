//! Looking at an application from another process: the newest snapshot for whoever asks, and commands if it lets them.
//!
//! Owns the address, the wire and both of its ends. It must not know how anything is measured, nor how it is shown.
//!
//! ```text
//! client                                   server
//!   HELLO | token | version ─────────────►   compares the token before it looks at the rest
//!   ◄───────────── HELLO | standing | version
//!   ◄──────────────────────────── the scenario   in frames from here on: their length, then that many bytes
//!   Newest, or a command ────────────────►
//!   ◄──────────── the snapshot, or that it is the one sent before
//! ```
//!
//! The client asks, so that a slow one holds nobody up but itself and always gets the newest.

mod address;
mod client;
mod server;
mod stream;
mod wire;

pub use address::{Address, AddressError};
pub use client::{AttachError, Remote};
pub use server::{Access, ServeError, Server};
pub use wire::TOKEN;
