//! The run that another is held against.

use std::sync::{Arc, OnceLock};

use super::comparison::{Comparison, Settings, compare};
use super::{RunInfo, Snapshot};

/// A run that went before, and how the one that is held against it compares once that is over.
#[derive(Debug)]
pub struct Baseline {
    /// What it is called.
    pub name: String,
    /// The run and how to compare with it; `None` where only the outcome is known.
    run: Option<(Arc<Snapshot>, Settings)>,
    compared: OnceLock<Comparison>,
}

impl Baseline {
    /// `run` as a baseline, compared by these settings.
    #[must_use]
    pub const fn new(name: String, run: Arc<Snapshot>, settings: Settings) -> Self {
        Self { name, run: Some((run, settings)), compared: OnceLock::new() }
    }

    /// A baseline that the run it belongs to was compared with when it was measured.
    #[must_use]
    pub fn compared(name: String, comparison: Comparison) -> Self {
        Self { name, run: None, compared: OnceLock::from(comparison) }
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
        let Baseline { run, compared, .. } = &**self.info.baseline.as_ref().filter(|_| self.is_finished())?;
        match run {
            Some((run, settings)) => Some(compared.get_or_init(|| compare(run, self, settings))),
            None => compared.get(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::State;
    use crate::snapshot::fixture::held;
    use crate::snapshot::fixture::simulated::STEADY;

    #[test]
    fn the_comparison_is_worked_out_once_the_run_is_over_and_only_once() {
        let run = held(STEADY.run(2), &STEADY.run(1));
        let live = Snapshot { state: State::Running, ..run.clone() };
        assert_eq!(live.regression(), None);
        assert!(run.info.baseline.as_ref().unwrap().compared.get().is_none());
        let others = [run.clone(), run.clone()];
        let compared = |run: &Snapshot| run.regression().map(std::ptr::from_ref).map(<*const Comparison>::addr);
        let all: Vec<_> = std::thread::scope(|scope| {
            let threads = others.each_ref().map(|run| scope.spawn(move || compared(run)));
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(all, [compared(&run), compared(&run)]);
    }
}
