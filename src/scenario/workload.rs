//! The plugin interface: the code one task runs.

use std::ops::Range;
use std::path::PathBuf;

use serde::de::DeserializeOwned;

use super::{TaskContext, TaskError};

/// A workload: typed parameters from the scenario file, and the future one task runs.
///
/// One value serves the whole run and is shared by all of its tasks. The future must not borrow from
/// it: share what tasks need by `Arc`.
pub trait Workload: Sized + Send + Sync + 'static {
    /// The `[workload]` table without `kind`. Deny unknown fields, and use [`toml::Spanned`] where
    /// [`Workload::new`] checks a value, so that its complaint points at it.
    type Params: DeserializeOwned;

    /// Checks the parameters and prepares what the tasks share; runs once, before anything is started.
    ///
    /// # Errors
    /// Everything that is wrong, all at once.
    fn new(params: Self::Params, setup: &Setup) -> Result<Self, Vec<ParamError>>;

    /// The work of one task. An error ends it as failed, [`super::Cancelled`] as cancelled; it may panic.
    fn run(&self, cx: TaskContext) -> impl Future<Output = Result<(), TaskError>> + Send + 'static;
}

/// What a workload may know when it is prepared.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The directory relative file names start from; `None` for a scenario shipped in the binary.
    pub base: Option<PathBuf>,
    /// Seed of all randomness.
    pub seed: u64,
}

/// One thing that is wrong with a workload's parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamError {
    /// Where, as byte range in the scenario file; `None` when no single place is to blame.
    pub span: Option<Range<usize>>,
    /// What is wrong, naming key and value.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl ParamError {
    /// A complaint about the value at `span`.
    #[must_use]
    pub fn at(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span: Some(span), message: message.into(), help: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
