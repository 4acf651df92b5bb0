//! `histogram.csv`, read back: the buckets of every lane, metric and cell.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::ImportError;
use super::file::{File, Row, quoted};
use super::rows::{LARGEST_COUNT, LaneCells, count, ending};
use crate::export::format::HISTOGRAM;
use crate::histogram::Bucket;
use crate::ledger::{LaneKey, Metric};
use crate::outcome::{Lateness, Outcome};

/// What a block of rows belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Block {
    /// A metric of the tasks that ended in a cell.
    Ended(Metric, Outcome),
    /// Ages of the tasks that never ended.
    Unfinished,
    /// Latencies of gathers.
    Gathers,
    /// Latencies of those that were complete.
    CompleteGathers,
}

/// The buckets of each block of each lane.
#[derive(Debug, Default)]
pub(super) struct Buckets(BTreeMap<(LaneKey, Block), Vec<Bucket>>);

#[derive(Debug, Deserialize)]
struct Cells {
    on_timeout: String,
    deadline_ns: Option<u64>,
    metric: String,
    ending: String,
    late: Option<bool>,
    low_ns: u64,
    high_ns: u64,
    count: u64,
}

impl Buckets {
    /// Reads the table.
    pub(super) fn read(directory: &Path) -> Result<Self, ImportError> {
        let file = File::read(directory, "histogram.csv")?;
        let mut buckets = Self::default();
        let mut all = 0;
        for row in file.rows::<Cells>(&HISTOGRAM)? {
            let (key, bucket) = (key(&file, &row)?, bucket(&file, &row)?);
            all += bucket.count;
            if all > LARGEST_COUNT {
                return Err(file.wrong(row.line, "the counts add up to more than any run counts"));
            }
            buckets.0.entry(key).or_default().push(bucket);
        }
        Ok(buckets)
    }

    /// Takes the buckets of one block.
    pub(super) fn take(&mut self, lane: LaneKey, block: Block) -> Vec<Bucket> {
        self.0.remove(&(lane, block)).unwrap_or_default()
    }
}

fn key(file: &File, row: &Row<Cells>) -> Result<(LaneKey, Block), ImportError> {
    let cells = &row.cells;
    let lane = LaneCells { on_timeout: cells.on_timeout.clone(), deadline_ns: cells.deadline_ns };
    let lane = lane.key(file, row.line)?.ok_or_else(|| file.wrong(row.line, "`on_timeout` is empty"))?;
    let wrong = |column: &str, value: &str| {
        file.wrong(row.line, format!("`{column}` is `{}`, which is none of ours", quoted(value)))
    };
    let metric = || Metric::ALL.into_iter().find(|metric| metric.word() == cells.metric);
    let block = match (cells.metric.as_str(), cells.ending.as_str(), cells.late) {
        ("gather", "all", None) => Block::Gathers,
        ("gather", "complete", None) => Block::CompleteGathers,
        ("censored", "unfinished", None) => Block::Unfinished,
        (_, _, Some(is_late)) => {
            let metric = metric().ok_or_else(|| wrong("metric", &cells.metric))?;
            let ending = ending(&cells.ending).ok_or_else(|| wrong("ending", &cells.ending))?;
            let lateness = if is_late { Lateness::Late } else { Lateness::OnTime };
            Block::Ended(metric, Outcome { ending, lateness })
        }
        (_, _, None) => return Err(file.wrong(row.line, "`late` is empty, expected `true` or `false`")),
    };
    Ok((lane, block))
}

fn bucket(file: &File, row: &Row<Cells>) -> Result<Bucket, ImportError> {
    let cells = &row.cells;
    if cells.low_ns > cells.high_ns {
        let message = format!("`low_ns` is `{}`, more than its `high_ns` of {}", cells.low_ns, cells.high_ns);
        return Err(file.wrong(row.line, message));
    }
    Ok(Bucket {
        low: Duration::from_nanos(cells.low_ns),
        high: Duration::from_nanos(cells.high_ns),
        count: count(file, row, "count", cells.count)?,
    })
}
