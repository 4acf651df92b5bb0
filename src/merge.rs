//! The shards of a run, added up to the whole.
//!
//! Owns whether runs are all the shards of one run, each once and each to its end, and what is wrong where they are not. It must not
//! know how counts are added up ([`Snapshot::sum`] does), nor where the sum goes.

mod error;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub use error::MergeError;

use crate::compare::words;
use crate::import;
use crate::scenario::{Overrides, Plan, ScenarioError, Source};
use crate::shard::{Part, Shard};
use crate::snapshot::{Baseline, EndedBy, Report, RunInfo, Snapshot, State};

/// One shard of a run, read back.
#[derive(Debug, Clone)]
struct Piece {
    directory: PathBuf,
    shard: Shard,
    report: Report,
}

/// All shards of one run.
#[derive(Debug)]
pub struct Shards {
    pieces: Vec<Piece>,
    plan: Plan,
}

impl Shards {
    /// Reads the shards in these directories.
    ///
    /// # Errors
    /// One of them is no shard or did not come to its end, or they are not all the shards of one run.
    pub fn read(directories: &[PathBuf]) -> Result<Self, MergeError> {
        let mut pieces = directories.iter().map(|directory| piece(directory)).collect::<Result<Vec<_>, _>>()?;
        pieces.sort_by_key(|piece| piece.shard);
        let Some((first, rest)) = pieces.split_first() else { return Err(MergeError::None) };
        for piece in rest {
            alike(first, piece)?;
        }
        complete(&pieces)?;
        let plan = plan(first)?;
        Ok(Self { pieces, plan })
    }

    /// The whole that they are shards of.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// How far apart the first and the last of them started.
    #[must_use]
    pub fn apart(&self) -> Duration {
        let [first, last] = self.starts();
        last.duration_since(first).unwrap_or_default()
    }

    /// The run that they are shards of, held against `baseline`.
    #[must_use]
    pub fn sum(&self, baseline: Option<Arc<Baseline>>) -> Report {
        let snapshots: Vec<Arc<Snapshot>> =
            self.pieces.iter().map(|piece| Arc::clone(&piece.report.snapshot)).collect();
        let first = &self.pieces[0].report;
        let info = RunInfo {
            started_at: self.starts()[0],
            start_at: self.start_at(),
            workers: snapshots.iter().map(|shard| shard.info.workers).sum(),
            unstable: snapshots.iter().all(|shard| shard.info.unstable),
            tasks: self.plan.tasks(),
            part: Part::Merged(first.snapshot.info.part.shard().map_or(1, Shard::of)),
            gates: self.plan.gates.clone(),
            baseline,
            ..RunInfo::clone(&first.snapshot.info)
        };
        let snapshot = Snapshot::sum(info, &snapshots).expect("there is a first shard");
        Report { snapshot: Arc::new(snapshot), scenario: Arc::clone(&first.scenario) }
    }

    /// When all of them were to be started, where that is one time.
    fn start_at(&self) -> Option<SystemTime> {
        let mut times = self.pieces.iter().map(|piece| piece.report.snapshot.info.start_at);
        let first = times.next()?;
        first.filter(|_| times.all(|time| time == first))
    }

    /// When the first and the last of them started.
    fn starts(&self) -> [SystemTime; 2] {
        let starts = || self.pieces.iter().map(|piece| piece.report.snapshot.info.started_at);
        [starts().min(), starts().max()].map(|start| start.unwrap_or(SystemTime::UNIX_EPOCH))
    }
}

/// The shard in a directory, which has come to its end.
fn piece(directory: &Path) -> Result<Piece, MergeError> {
    let report = import::open_exactly(directory)?;
    let (snapshot, directory) = (&report.snapshot, directory.to_owned());
    let Some(shard) = snapshot.info.part.shard() else {
        return Err(MergeError::NoShard { run: directory, part: snapshot.info.part });
    };
    match snapshot.state {
        State::Finished(EndedBy::Duration | EndedBy::Tasks) => {}
        State::Finished(by) => return Err(MergeError::EndedEarly { run: directory, shard, by: words(by) }),
        _ => return Err(MergeError::EndedEarly { run: directory, shard, by: "what wrote its files while it went on" }),
    }
    if snapshot.balanced != Some(true) {
        return Err(MergeError::Unbalanced { run: directory, shard });
    }
    if snapshot.changed_before {
        return Err(MergeError::ChangedBefore { run: directory, shard });
    }
    Ok(Piece { directory, shard, report })
}

/// Refuses two runs that are no two shards of one run.
fn alike(a: &Piece, b: &Piece) -> Result<(), MergeError> {
    let runs = [a, b].map(|piece| piece.directory.clone());
    if a.shard.of() != b.shard.of() {
        return Err(MergeError::Numbers { runs, of: [a, b].map(|piece| piece.shard.of()) });
    }
    if let Some(differing) = error::differing(&a.report, &b.report) {
        return Err(MergeError::Unlike { runs, differing });
    }
    let changes = |piece: &Piece| -> Vec<String> {
        piece.report.snapshot.timeline.markers().iter().map(|marker| marker.what.clone()).collect()
    };
    let (of_a, of_b) = (changes(a), changes(b));
    if of_a == of_b { Ok(()) } else { Err(MergeError::changed(runs, &of_a, &of_b)) }
}

/// Refuses what has a shard twice, or lacks one; they are in order.
fn complete(pieces: &[Piece]) -> Result<(), MergeError> {
    if let Some([a, b]) = pieces.windows(2).find(|pair| pair[0].shard == pair[1].shard) {
        return Err(MergeError::Twice { runs: [a, b].map(|piece| piece.directory.clone()), shard: a.shard });
    }
    let of = pieces.first().map_or(0, |piece| piece.shard.of());
    let has = |shard: &Shard| pieces.binary_search_by_key(shard, |piece| piece.shard).is_ok();
    let missing: Vec<Shard> =
        (1..=of).filter_map(|number| Shard::new(number, of)).filter(|shard| !has(shard)).collect();
    if missing.is_empty() { Ok(()) } else { Err(MergeError::missing(&missing)) }
}

/// The plan of the whole.
fn plan(first: &Piece) -> Result<Plan, ScenarioError> {
    let origin = first.directory.join("scenario.toml").display().to_string();
    Plan::new(Source::new(origin, &*first.report.scenario), &Overrides::default())
}

#[cfg(test)]
mod tests;
