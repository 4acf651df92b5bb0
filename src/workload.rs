//! The workloads that come with tardy, one module each, on the same public interface as a user's own.
//!
//! Owns nothing but the plugins. It must not know how a task is spawned, counted or shown: a plugin
//! sees its [`TaskContext`](crate::scenario::TaskContext) and nothing else of the run.

mod synthetic;

pub use synthetic::{Params as SyntheticParams, Synthetic};
