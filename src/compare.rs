//! Two finished runs side by side: whether they are worth comparing, and how what differs is told.
//!
//! Owns what two scenarios have to share, the table people read and the JSON that programs read. It must not know how a
//! difference is found (that is [`crate::snapshot::compare`]), nor where runs come from and texts go.

mod alike;
mod error;
mod json;
mod report;

pub use alike::{Differing, differing};
pub use error::CompareError;
pub use json::write as write_json;
pub use report::write as write_report;

use crate::shard::Shard;
use crate::snapshot::{Comparison, EndedBy, Report, Settings, State, compare};

/// A run and what it is called.
#[derive(Debug, Clone)]
pub struct Named {
    /// Its directory, as the user said it.
    pub name: String,
    /// The run.
    pub report: Report,
}

/// Two runs that were compared.
#[derive(Debug)]
pub struct Compared {
    runs: [Named; 2],
    settings: Settings,
    comparison: Comparison,
    differing: Vec<Differing>,
}

impl Compared {
    /// Compares run `b` with run `a`; with `force`, whatever they are runs of.
    ///
    /// # Errors
    /// Their work or load is not the same, one is a part of a run and the other is not, or a run has no blocks.
    pub fn new(a: Named, b: Named, settings: Settings, force: bool) -> Result<Self, CompareError> {
        let differing = differing(&a.report.scenario, &b.report.scenario);
        if !force && differing.iter().any(Differing::is_work) {
            return Err(CompareError::unlike(&a.name, &b.name, &differing));
        }
        let of = |run: &Named| run.report.snapshot.info.part.shard().map(Shard::of);
        if !force && of(&a) != of(&b) {
            let parts = [&a, &b].map(|run| run.report.snapshot.info.part);
            return Err(CompareError::Parts { runs: [a.name, b.name], parts });
        }
        if let Some(early) = [&a, &b].into_iter().find(|run| run.report.snapshot.blocks.is_empty()) {
            return Err(CompareError::NoBlocks { name: early.name.clone() });
        }
        let comparison = compare(&a.report.snapshot, &b.report.snapshot, &settings);
        Ok(Self { runs: [a, b], settings, comparison, differing })
    }

    /// What differs.
    #[must_use]
    pub const fn comparison(&self) -> &Comparison {
        &self.comparison
    }

    /// What is to be known of the runs themselves, a line each.
    fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        for (letter, run) in self.lettered() {
            let snapshot = &run.report.snapshot;
            match snapshot.state {
                State::Finished(EndedBy::Duration | EndedBy::Tasks) => {}
                State::Finished(by) if snapshot.balanced.is_some() => {
                    remarks.push(format!("{letter} was ended early, by {}", words(by)));
                }
                _ => remarks.push(format!("the files of {letter} were written while it went on")),
            }
            if let Some(shard) = snapshot.info.part.shard() {
                remarks.push(format!("{letter} is shard {shard} of its run alone"));
            }
            if snapshot.balanced == Some(false) {
                remarks.push(format!("the books of {letter} do not balance"));
            }
        }
        let [a, b] = self.runs.each_ref().map(|run| run.report.snapshot.info.unstable);
        if a != b {
            let with = if a { "A" } else { "B" };
            remarks.push(format!("only {with} was measured by a build with tokio_unstable"));
        }
        remarks
    }

    fn lettered(&self) -> impl Iterator<Item = (char, &Named)> {
        ['A', 'B'].into_iter().zip(&self.runs)
    }
}

/// Who ended a run early, in words.
pub(crate) const fn words(by: EndedBy) -> &'static str {
    match by {
        EndedBy::User => "its user",
        EndedBy::Signal => "a signal",
        EndedBy::Gate => "a gate",
        by => by.word(),
    }
}
