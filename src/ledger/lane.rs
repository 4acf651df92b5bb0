//! What tells lanes apart.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::outcome::Policy;
use crate::units;

/// The policy and the deadline a task was spawned under; it belongs to that lane for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LaneKey {
    /// What a missed deadline does.
    pub policy: Policy,
    /// The time a task has; `None` for as long as it takes.
    pub deadline: Option<Duration>,
}

impl fmt::Display for LaneKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.deadline {
            Some(deadline) => f.pad(&format!("{} {}", self.policy, units::human(deadline))),
            None => f.pad(&format!("{} no deadline", self.policy)),
        }
    }
}
