//! A sweep: one scenario run at every point of a grid of deadlines, policies and loads, to see what each costs.
//!
//! Owns the grid, the order of its runs, what is kept of each, the files to continue from, and how the points are
//! told. It must not know how a run is started or watched, nor where its text goes.
//!
//! A grid is walked once a repeat, each time in another order, so that a machine that drifts does so over all points
//! alike. All runs of a repeat have the same seed: two points differ by what the grid says and not by their work.

mod axis;
mod error;
mod files;
mod grid;
mod json;
mod measure;
mod order;
mod plot;
mod point;
mod report;
mod resume;
mod table;

use std::collections::HashSet;
use std::path::Path;

pub use axis::{Axis, AxisError, Coordinate, MOST_POINTS};
pub use error::SweepError;
pub use grid::{Grid, Level, Levels, MOST_REPEATS, MOST_RUNS, Point, Policies, Visit};
pub use json::write as write_json;
pub use measure::{Measure, Measured, Unit, Value};
pub use point::{Finished, PointResult, Spread};
pub use report::{Look, write as write_report};
pub use resume::glance;

use crate::export::Directory;
use crate::scenario::{Plan, ScenarioError, Source};
use crate::snapshot::Report;

/// A sweep with its directory: what is done, and what is left.
#[derive(Debug)]
pub struct Sweep {
    grid: Grid,
    /// What every run is a change of.
    base: Plan,
    directory: Directory,
    /// In the order they came to their end.
    finished: Vec<Finished>,
}

impl Sweep {
    /// Begins a sweep of `base` over `grid` in a directory that has none yet.
    ///
    /// # Errors
    /// The directory holds a sweep already or cannot be written, or the scenario is wrong at a point of the grid.
    pub fn begin(path: &Path, base: Plan, grid: Grid) -> Result<Self, SweepError> {
        grid.check(&base)?;
        if path.join(files::SWEEP).exists() {
            return Err(SweepError::Taken { path: path.to_owned() });
        }
        if ["summary.json", files::SCENARIO].iter().any(|name| path.join(name).exists()) {
            return Err(SweepError::HasRun { path: path.to_owned() });
        }
        let directory = Directory::open(path)?;
        directory.write_file(files::SCENARIO, base.resolved.as_bytes())?;
        directory.write_file(files::SWEEP, files::sweep(&grid).as_bytes())?;
        Ok(Self { grid, base, directory, finished: Vec::new() })
    }

    /// Continues the sweep in a directory: runs that were finished are not run again.
    ///
    /// # Errors
    /// There is no sweep, one of its files is wrong, or a finished run is none of the grid's any more.
    pub fn resume(path: &Path) -> Result<Self, SweepError> {
        let (base, grid) = resume::description(path)?;
        let finished = resume::finished(path, &base, &grid)?;
        Ok(Self { grid, base, directory: Directory::open(path)?, finished })
    }

    /// Where its files are.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The grid.
    #[must_use]
    pub const fn grid(&self) -> &Grid {
        &self.grid
    }

    /// What every run is a change of.
    #[must_use]
    pub const fn base(&self) -> &Plan {
        &self.base
    }

    /// The runs that are not finished, in the order to run them in.
    #[must_use]
    pub fn left(&self) -> Vec<Visit> {
        let measured = self.finished.iter().filter(|finished| finished.measured.is_ok());
        let done: HashSet<String> = measured.map(|finished| finished.visit.name()).collect();
        let mut all = order::visits(&self.grid, self.base.run.seed);
        all.retain(|visit| !done.contains(&visit.name()));
        all
    }

    /// The plan of one run.
    ///
    /// # Errors
    /// What is wrong with the scenario there.
    pub fn plan(&self, visit: &Visit) -> Result<Plan, ScenarioError> {
        visit.plan(&source(&self.base), self.base.run.seed)
    }

    /// Keeps a run that came to its end, or the reason why it did not: its files first, then the tables.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn keep(&mut self, visit: Visit, run: Result<(&Report, Measured), String>) -> Result<(), SweepError> {
        if let Ok((report, _)) = &run {
            Directory::open(self.path().join(files::RUNS).join(visit.name()))?.write(report)?;
        }
        self.finished.retain(|finished| finished.visit != visit);
        self.finished.push(Finished { visit, measured: run.map(|(_, measured)| measured) });
        self.directory.write_file(files::RUNS_TABLE, &table::runs(&self.finished, &self.base))?;
        self.directory.write_file(files::POINTS_TABLE, &table::points(&self.points(), &self.base))?;
        Ok(())
    }

    /// Every point of the grid with what is known of it so far.
    #[must_use]
    pub fn points(&self) -> Vec<PointResult> {
        self.grid.points().into_iter().map(|point| PointResult::new(point, &self.finished)).collect()
    }

    /// Whether some task was spawned, and each of all runs returned an error or panicked.
    #[must_use]
    pub fn has_only_failed(&self) -> bool {
        let counts = |of: fn(&Measured) -> u64| {
            self.finished.iter().flat_map(|run| &run.measured).map(of).fold(0, u64::saturating_add)
        };
        let spawned = counts(|measured| measured.spawned);
        spawned > 0 && counts(|measured| measured.failed) == spawned
    }

    /// Whether runs were tried and none of them was measured.
    #[must_use]
    pub fn has_measured_nothing(&self) -> bool {
        !self.finished.is_empty() && self.finished.iter().all(|run| run.measured.is_err())
    }
}

/// The text a run's plan is made from.
fn source(base: &Plan) -> Source {
    Source {
        base: base.workload.base.clone(),
        ..Source::new(format!("{} as resolved", base.name), base.resolved.clone())
    }
}

#[cfg(test)]
mod tests;
