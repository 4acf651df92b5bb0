//! `tardy schema`: what an editor completes and checks scenario files by.

use super::{Failure, print};
use crate::engine::Registry;

/// Prints the schema, with the workloads there are.
pub(super) fn schema(registry: &Registry) -> Result<(), Failure> {
    print(&format!("{:#}\n", registry.schema()))
}
