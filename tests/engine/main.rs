//! The engine from outside: plans and workloads in, reports out. Real time, so that only orders and
//! bounds which a loaded machine keeps are asserted.

#![expect(clippy::disallowed_methods, reason = "tests look at real time from outside")]
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod blame;
mod blocking;
mod cancelling;
mod control;
mod endings;
mod gathers;
mod hostile;
mod plugin;
mod runtime;
mod shards;
mod support;
