//! tardy profiles async work against its deadline.
//!
//! It spawns a configurable workload on an instrumented tokio runtime, lets tasks run *past* their
//! deadline, and shows what a timeout would cost: how many tasks miss it, by how much, and what
//! becomes of them when they are cancelled or merely observed.
//!
//! # Layout
//! A module imports only from lower floors.
//! - floor 0: [`outcome`], [`units`]: the words and the numbers
//! - floor 1: [`histogram`]: latencies by bucket
//! - floor 2: [`ledger`]: what is in flight and what ended
//! - floor 3: [`snapshot`]: the immutable view; [`scenario`]: files, plans and the plugin interface
//! - floor 4: [`engine`]: the measured runtime and the clock beside it
//! - floor 5: [`workload`]: the plugins that come with tardy
//! - floor 5: [`export`]: a run as files
//! - floor 6: [`tui`]: the dashboard; [`headless`]: a run without a screen
//! - floor 7: [`cli`]: the command line

#![cfg_attr(
    test,
    allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "tests compare small numbers"
    )
)]

pub mod cli;
pub mod engine;
pub mod export;
pub mod headless;
pub mod histogram;
pub mod ledger;
pub mod outcome;
pub mod scenario;
pub mod snapshot;
pub mod tui;
pub mod units;
pub mod workload;
