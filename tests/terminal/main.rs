//! The dashboard on a real terminal: what it shows, what its keys do, and how it leaves the terminal behind.

#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "tests look at real time from outside")]
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod attach;
mod configuration;
mod gates;
mod home;
mod leaving;
mod lists;
mod looking;
mod opening;
mod screen;
mod steering;
mod support;
