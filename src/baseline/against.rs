//! The baseline that a plan's gates ask for, looked for before anything is started.

use std::sync::Arc;

use super::{BaselineError, Baselines};
use crate::compare::{Differing, differing};
use crate::import;
use crate::scenario::Plan;
use crate::snapshot::{Baseline, FEWEST_BLOCKS, Settings};

/// The most differing keys that are named.
const NAMED: usize = 6;

/// What runs of `plan` are held against; `None` where nothing is.
///
/// # Errors
/// A gate asks for a baseline and there is none, or it is a run of other work, a part of one, or too short to tell how much it varies.
pub fn against(plan: &Plan) -> Result<Option<Arc<Baseline>>, BaselineError> {
    let called = match (&plan.gates.baseline, plan.gates.regressed()) {
        (Some(name), _) => name,
        (None, None) => return Ok(None),
        (None, Some(gate)) => return Err(BaselineError::NotSaid { gate: gate.to_string() }),
    };
    let report = import::open(&Baselines::of_user()?.find(called)?)?;
    let differing = differing(&report.scenario, &plan.resolved);
    let work: Vec<String> =
        differing.iter().filter(|key| key.is_work()).take(NAMED).map(Differing::to_string).collect();
    if !work.is_empty() {
        return Err(BaselineError::Unlike { name: called.clone(), differing: work.join("; ") });
    }
    if let Some(shard) = report.snapshot.info.part.shard() {
        return Err(BaselineError::Shard { name: called.clone(), shard });
    }
    let blocks = report.snapshot.blocks.len();
    if blocks < FEWEST_BLOCKS {
        return Err(BaselineError::TooShort { name: called.clone(), blocks });
    }
    Ok(Some(Arc::new(Baseline::new(called.clone(), report.snapshot, Settings::default()))))
}
