//! Measuring tasks that no load makes: an application's own futures under the run's current lane.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::core::Core;
use super::launch;
use super::local::Local;
use crate::scenario::TaskError;

/// Spawns futures onto the measured runtime as tasks of the run, beside those of its load.
#[derive(Debug, Clone)]
pub struct Spawner(pub(super) Arc<Core>);

impl Spawner {
    /// The measured runtime, for what is to run there without being measured.
    #[must_use]
    pub fn runtime(&self) -> &Handle {
        &self.0.runtime
    }

    /// Spawns one task; `None` once the run takes no more.
    pub fn spawn<F>(&self, future: F) -> Option<JoinHandle<()>>
    where
        F: Future<Output = Result<(), TaskError>> + Send + 'static,
    {
        let local = Local::of(self.0.run)?;
        let task = launch::open(&local)?;
        let number = self.0.ledger.table().slot(task.slot).number();
        Some(launch::spawn(&local, future, task, number))
    }
}
