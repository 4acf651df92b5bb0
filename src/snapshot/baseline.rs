//! The run that another is held against.

use std::sync::{Arc, OnceLock};

use super::comparison::{Comparison, Settings, compare};
use super::{RunInfo, Snapshot};

/// A run that went before, and how the one that is held against it compares once that is over.
#[derive(Debug)]
pub struct Baseline {
    run: Arc<Snapshot>,
    settings: Settings,
    compared: OnceLock<Comparison>,
}

impl Baseline {
    /// `run` as a baseline, compared by these settings.
    #[must_use]
    pub const fn new(run: Arc<Snapshot>, settings: Settings) -> Self {
        Self { run, settings, compared: OnceLock::new() }
    }
}

impl RunInfo {
    /// The same run, held against `baseline`.
    #[must_use]
    pub fn against(self, baseline: Arc<Baseline>) -> Self {
        Self { baseline: Some(baseline), ..self }
    }
}

impl Snapshot {
    /// How the run compares to its baseline, when it has one and is over: worked out once, for it takes a while.
    #[must_use]
    pub fn regression(&self) -> Option<&Comparison> {
        let baseline = self.info.baseline.as_ref().filter(|_| self.is_finished())?;
        Some(baseline.compared.get_or_init(|| compare(&baseline.run, self, &baseline.settings)))
    }
}
