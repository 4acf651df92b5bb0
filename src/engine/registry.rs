//! Which plugins there are: `kind` in a scenario file to a workload ready to run.

use std::collections::BTreeMap;
use std::fmt;

use super::launch::{Launcher, Typed};
use crate::scenario::{Plan, ScenarioError, Setup, Workload, WorkloadTable};

type Prepare = fn(&WorkloadTable, &Setup) -> Result<Prepared, ScenarioError>;

/// The workloads a scenario file may name.
#[derive(Clone, Default)]
pub struct Registry {
    kinds: BTreeMap<String, Prepare>,
}

/// A workload that is ready to run.
#[derive(Debug)]
pub struct Prepared(pub(super) Box<dyn Launcher>);

impl Prepared {
    /// A workload made without a scenario file.
    #[must_use]
    pub fn new<W: Workload>(workload: W) -> Self {
        Self(Box::new(Typed(workload)))
    }
}

impl Registry {
    /// No workloads.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a workload under the name a scenario file gives as `kind`.
    #[must_use]
    pub fn with<W: Workload>(mut self, kind: &str) -> Self {
        self.kinds.insert(kind.to_owned(), prepare::<W>);
        self
    }

    /// Makes the workload of a plan.
    ///
    /// # Errors
    /// An unknown kind, or everything that is wrong with its parameters.
    pub fn prepare(&self, plan: &Plan) -> Result<Prepared, ScenarioError> {
        let table = &plan.workload;
        let Some(prepare) = self.kinds.get(&table.kind) else {
            let known = self.kinds.keys().map(String::as_str);
            return Err(table.unknown_kind(known));
        };
        prepare(table, &Setup { base: table.base.clone(), seed: plan.run.seed })
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.kinds.keys()).finish()
    }
}

fn prepare<W: Workload>(table: &WorkloadTable, setup: &Setup) -> Result<Prepared, ScenarioError> {
    let params = table.read::<W::Params>()?;
    W::new(params, setup).map(Prepared::new).map_err(|errors| table.invalid(errors))
}
