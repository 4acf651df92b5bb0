//! Runs with gates, for tests of what is written of them.

use std::sync::Arc;

use crate::condition::{Condition, Gates};
use crate::snapshot::{RunInfo, Snapshot, fixture};

/// `run` with these gates.
pub(super) fn with_gates(mut run: Snapshot, conditions: &[&str]) -> Snapshot {
    let fail_if = conditions.iter().map(|text| Condition::parse(text).expect("the condition is valid")).collect();
    run.info = Arc::new(RunInfo { gates: Gates { fail_if, abort: false }, ..(*run.info).clone() });
    run
}

/// A finished run of a scenario of this name.
pub(super) fn named(name: &str) -> Snapshot {
    let mut run = fixture::finished();
    run.info = Arc::new(RunInfo { scenario: name.to_owned(), ..(*run.info).clone() });
    run
}
