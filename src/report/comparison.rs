//! What the page says of a run against the first.

use super::chart::{Chart, spectrum};
use super::lane::axis;
use super::table::Grid;
use crate::compare::{CompareError, Compared, Named};
use crate::snapshot::{Comparison as SnapshotComparison, Settings, Snapshot};

/// One run against the first, or why they were not compared.
#[derive(Debug)]
pub(super) struct Comparison {
    pub(super) heading: String,
    pub(super) headline: String,
    /// Which runs A and B are.
    pub(super) sides: Vec<String>,
    /// What is to be known before the numbers are read.
    pub(super) warning: Option<String>,
    /// The percentiles of both in the lane that most tasks were spawned under.
    pub(super) charts: Vec<Chart>,
    pub(super) tables: Vec<Grid>,
    pub(super) notes: Vec<String>,
}

impl Comparison {
    /// Compares the `n`th run of the page with the first, whatever they are runs of: who asks for one page of both wants
    /// to see them side by side.
    pub(super) fn of(n: usize, a: &Named, b: &Named) -> Self {
        let compared = |force| Compared::new(a.clone(), b.clone(), Settings::default(), force);
        let heading = format!("{} against {}", b.name, a.name);
        let (compared, warning) = match compared(false) {
            Err(unlike @ CompareError::Unlike { .. }) => (compared(true), Some(unlike.to_string())),
            compared => (compared, None),
        };
        match compared {
            Ok(compared) => Self {
                warning,
                charts: percentiles(n, [a, b], compared.comparison()).into_iter().collect(),
                ..Self::told(heading, &compared)
            },
            Err(error) => Self {
                heading,
                headline: "not compared".to_owned(),
                sides: Vec::new(),
                warning: Some(error.to_string()),
                charts: Vec::new(),
                tables: Vec::new(),
                notes: Vec::new(),
            },
        }
    }

    fn told(heading: String, compared: &Compared) -> Self {
        let table = |(caption, part): (String, _)| Grid { caption, ..Grid::from(part) };
        Self {
            heading,
            headline: compared.headline(),
            sides: compared.sides().into(),
            warning: None,
            charts: Vec::new(),
            tables: compared.parts().into_iter().map(table).collect(),
            notes: compared.notes(),
        }
    }
}

/// The percentiles of both in the lanes that most tasks were spawned under.
fn percentiles(n: usize, runs: [&Named; 2], comparison: &SnapshotComparison) -> Option<Chart> {
    let main = comparison.lanes.first()?;
    let snapshots = runs.map(|run| &run.report.snapshot);
    let metric = snapshots[0].load.headline();
    let lane = |run: &Snapshot, key| Some(run.lanes.iter().find(|lane| lane.key == key)?.distribution(metric));
    let (a, b) = (lane(snapshots[0], main.a)?, lane(snapshots[1], main.b)?);
    let mut deadlines: Vec<_> = [main.a, main.b].into_iter().filter_map(|key| key.deadline).collect();
    deadlines.sort_unstable();
    deadlines.dedup();
    let lanes = [(format!("A, {}", main.a), &a), (format!("B, {}", main.b), &b)];
    spectrum(format!("comparison-{n}"), &lanes, &deadlines, axis([&a, &b], &deadlines))
}
