//! Which plugins there are: `kind` in a scenario file to a workload ready to run.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::launch::{Idle, Launcher, Typed};
use crate::figure::Figures;
use crate::scenario::{
    Describe, ParamError, Plan, ScenarioError, Setup, TaskContext, TaskError, Workload, WorkloadTable, schema,
};
use crate::shard::Shard;

type Prepare = dyn Fn(&WorkloadTable, &Setup) -> Result<Prepared, ScenarioError> + Send + Sync;

/// The workloads a scenario file may name.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    kinds: BTreeMap<String, Kind>,
}

/// A kind of workload: its name in scenario files, and how one is made of its parameters.
#[derive(Clone)]
pub struct Kind {
    name: String,
    prepare: Arc<Prepare>,
    /// The keys of its table, for editors; what a user's own are is not known.
    describe: Option<Describe>,
}

/// A workload that is ready to run.
#[derive(Debug)]
pub struct Prepared {
    pub(super) launcher: Box<dyn Launcher>,
    /// What it keeps of itself.
    pub(super) figures: Figures,
}

/// A workload by the name that scenario files give as `kind`.
#[must_use]
pub fn workload<W: Workload>(kind: &str) -> Kind {
    let prepare = |table: &WorkloadTable, setup: &Setup| {
        let params = table.read::<W::Params>()?;
        W::new(params, setup).map(Prepared::new).map_err(|errors| table.invalid(errors))
    };
    Kind { name: kind.to_owned(), prepare: Arc::new(prepare), describe: None }
}

/// A workload that is one `async fn` of the task's context and of the parameters, which are the `[workload]` table
/// without `kind`; deny unknown fields there. Parameters that must be checked, and what tasks share beside them, take a
/// [`Workload`].
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use tardy::scenario::{TaskContext, TaskError};
///
/// #[derive(serde::Deserialize)]
/// #[serde(deny_unknown_fields)]
/// struct Params {
///     usual_ms: u64,
/// }
///
/// async fn ask(cx: TaskContext, params: Arc<Params>) -> Result<(), TaskError> {
///     cx.step("backend", tokio::time::sleep(Duration::from_millis(params.usual_ms))).await;
///     Ok(())
/// }
///
/// let kind = tardy::workload_fn("ask", ask);
/// assert_eq!(kind.name(), "ask");
/// ```
#[must_use]
pub fn workload_fn<P, F, T>(kind: &str, work: F) -> Kind
where
    P: DeserializeOwned + Send + Sync + 'static,
    F: Fn(TaskContext, Arc<P>) -> T + Clone + Send + Sync + 'static,
    T: Future<Output = Result<(), TaskError>> + Send + 'static,
{
    let prepare = move |table: &WorkloadTable, _: &Setup| {
        let (params, work) = (Arc::new(table.read::<P>()?), work.clone());
        Ok(Prepared::from_fn(move |cx| work(cx, Arc::clone(&params))))
    };
    Kind { name: kind.to_owned(), prepare: Arc::new(prepare), describe: None }
}

/// A workload that nothing makes but [`Prepared::from_fn`].
struct FromFn<F>(F);

/// Parameters that no table is.
#[derive(Deserialize)]
enum Never {}

impl<F, T> Workload for FromFn<F>
where
    F: Fn(TaskContext) -> T + Send + Sync + 'static,
    T: Future<Output = Result<(), TaskError>> + Send + 'static,
{
    type Params = Never;

    fn new(params: Never, _: &Setup) -> Result<Self, Vec<ParamError>> {
        match params {}
    }

    fn run(&self, cx: TaskContext) -> impl Future<Output = Result<(), TaskError>> + Send + 'static {
        (self.0)(cx)
    }
}

impl Kind {
    /// What scenario files call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Says that its table has the keys of `P`.
    #[must_use]
    pub(crate) fn described_by<P: JsonSchema>(self) -> Self {
        Self { describe: Some(P::json_schema), ..self }
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Prepared {
    /// A workload made without a scenario file.
    #[must_use]
    pub fn new<W: Workload>(workload: W) -> Self {
        Self { launcher: Box::new(Typed(workload)), figures: Figures::default() }
    }

    /// What runs where an application spawns the tasks.
    pub(super) fn nothing() -> Self {
        Self { launcher: Box::new(Idle), figures: Figures::default() }
    }

    /// A workload whose tasks are the futures that `work` makes.
    #[must_use]
    pub fn from_fn<F, T>(work: F) -> Self
    where
        F: Fn(TaskContext) -> T + Send + Sync + 'static,
        T: Future<Output = Result<(), TaskError>> + Send + 'static,
    {
        Self::new(FromFn(work))
    }
}

impl Registry {
    /// No workloads.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a kind of workload. One of the same name is replaced.
    #[must_use]
    pub fn with(mut self, kind: Kind) -> Self {
        self.kinds.insert(kind.name.clone(), kind);
        self
    }

    /// Whether there is a kind of that name.
    #[must_use]
    pub fn has(&self, kind: &str) -> bool {
        self.kinds.contains_key(kind)
    }

    /// The JSON Schema of scenario files.
    #[must_use]
    pub(crate) fn schema(&self) -> Value {
        schema(self.kinds.iter().map(|(name, kind)| (name.as_str(), kind.describe)))
    }

    /// Makes the workload of a plan.
    ///
    /// # Errors
    /// An unknown kind, or everything that is wrong with its parameters.
    pub fn prepare(&self, plan: &Plan) -> Result<Prepared, ScenarioError> {
        let table = &plan.workload;
        let Some(kind) = self.kinds.get(&table.kind) else {
            let known = self.kinds.keys().map(String::as_str);
            return Err(table.unknown_kind(known));
        };
        let setup = Setup::new(table.base.clone(), plan.run.seed)
            .with_scenario(&plan.name)
            .with_shard(plan.shard.unwrap_or(Shard::WHOLE));
        let prepared = (kind.prepare)(table, &setup)?;
        Ok(Prepared { figures: setup.into_figures(), ..prepared })
    }
}
