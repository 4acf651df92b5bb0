//! `blocks.csv` and `block_histogram.csv`, read back. Runs of an early tardy have neither.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::ImportError;
use super::file::{File, Row};
use super::rows::{LARGEST_COUNT, LaneCells, count};
use crate::export::format::{BLOCK_HISTOGRAM, BLOCKS};
use crate::histogram::{Bucket, Histogram, Precision, Sparse};
use crate::ledger::LaneKey;
use crate::snapshot::{Block, Blocks, Counts, LaneBlock, MAX_BLOCKS};
use crate::units;

#[derive(Debug, Deserialize)]
struct Cells {
    on_timeout: String,
    deadline_ns: Option<u64>,
    at_ns: u64,
    length_ns: u64,
    spawned: u64,
    done: u64,
    failed: u64,
    panicked: u64,
    cancelled: u64,
    on_time: u64,
    missed: u64,
    observed_total_ns: Option<u64>,
    observed_min_ns: Option<u64>,
    observed_max_ns: Option<u64>,
    censored_total_ns: Option<u64>,
    censored_min_ns: Option<u64>,
    censored_max_ns: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct BucketCells {
    on_timeout: String,
    deadline_ns: Option<u64>,
    at_ns: u64,
    low_ns: u64,
    observed: u64,
    censored: u64,
}

/// The latencies of one lane in one block: observed ones and ages.
type Latencies = [Vec<Bucket>; 2];

/// The latencies that were not asked for yet.
#[derive(Debug)]
struct Unclaimed {
    file: File,
    /// By block and lane, with the first of their lines.
    by_place: BTreeMap<(u64, LaneKey), (u64, Latencies)>,
}

/// Reads the blocks, where there are any; they may name these lanes.
pub(super) fn read(directory: &Path, lanes: &[LaneKey]) -> Result<Blocks, ImportError> {
    let Some(file) = File::read_if_there(directory, "blocks.csv")? else { return Ok(Blocks::default()) };
    let mut latencies = Unclaimed::read(directory)?;
    let mut blocks = Vec::<Block>::new();
    let mut all = 0;
    for row in file.rows::<Cells>(&BLOCKS)? {
        let (at, length) = (Duration::from_nanos(row.cells.at_ns), Duration::from_nanos(row.cells.length_ns));
        let end = blocks.last().map_or(Duration::ZERO, Block::end);
        let is_new = blocks.last().is_none_or(|last| (last.at, last.length) != (at, length));
        if is_new && at != end {
            let (found, expected) = (row.cells.at_ns, units::nanos(end));
            return Err(file.wrong(row.line, format!("`at_ns` is `{found}`, and the block before ends at {expected}")));
        }
        if is_new && blocks.len() == MAX_BLOCKS {
            return Err(file.wrong(row.line, format!("there are more than {MAX_BLOCKS} blocks, and no run has")));
        }
        if is_new {
            blocks.push(Block { at, length, lanes: Vec::new() });
        }
        let (Some(lane), Some(block)) = (key(&file, &row, lanes)?, blocks.last_mut()) else { continue };
        if block.lanes.iter().any(|known| known.lane == lane) {
            return Err(file.wrong(row.line, "the block has this lane already"));
        }
        let lane = of_lane(&file, &row, lane, &mut latencies)?;
        all += lane.counts.spawned + lane.counts.ended() + lane.counts.missed;
        if all > LARGEST_COUNT {
            return Err(file.wrong(row.line, "the counts add up to more than any run counts"));
        }
        block.lanes.push(lane);
    }
    latencies.finish()?;
    Ok(blocks.into_iter().collect())
}

/// The lane a row is of; `None` where it is of none.
fn key(file: &File, row: &Row<Cells>, lanes: &[LaneKey]) -> Result<Option<LaneKey>, ImportError> {
    let lane = LaneCells { on_timeout: row.cells.on_timeout.clone(), deadline_ns: row.cells.deadline_ns };
    let lane = lane.key(file, row.line)?;
    if lane.is_some_and(|lane| !lanes.contains(&lane)) {
        return Err(file.wrong(row.line, "there is no such lane in `summary.json`"));
    }
    Ok(lane)
}

/// What one row says.
fn of_lane(file: &File, row: &Row<Cells>, lane: LaneKey, latencies: &mut Unclaimed) -> Result<LaneBlock, ImportError> {
    let cells = &row.cells;
    let counted = |column, number| count(file, row, column, number);
    let counts = Counts {
        spawned: counted("spawned", cells.spawned)?,
        done: counted("done", cells.done)?,
        failed: counted("failed", cells.failed)?,
        panicked: counted("panicked", cells.panicked)?,
        cancelled: counted("cancelled", cells.cancelled)?,
        on_time: counted("on_time", cells.on_time)?,
        missed: counted("missed", cells.missed)?,
    };
    let [observed, censored] = latencies.take(cells.at_ns, lane);
    let of_observed = [cells.observed_total_ns, cells.observed_min_ns, cells.observed_max_ns];
    let of_censored = [cells.censored_total_ns, cells.censored_min_ns, cells.censored_max_ns];
    Ok(LaneBlock {
        lane,
        observed: samples(file, row.line, "observed", observed, of_observed)?,
        censored: samples(file, row.line, "censored", censored, of_censored)?,
        counts,
    })
}

/// The samples in these buckets, with their exact sum, minimum and maximum.
fn samples(
    file: &File,
    line: u64,
    what: &str,
    buckets: Vec<Bucket>,
    numbers: [Option<u64>; 3],
) -> Result<Sparse, ImportError> {
    let samples = Histogram::from_buckets(Precision::Coarse, buckets);
    let [total, min, max] = match numbers {
        [Some(total), Some(min), Some(max)] if !samples.is_empty() => [total, min, max],
        [None, None, None] if samples.is_empty() => return Ok(samples.to_sparse()),
        _ => {
            let count = samples.count();
            let message = format!("the `{what}_` columns do not fit the {count} samples in `block_histogram.csv`");
            return Err(file.wrong(line, message));
        }
    };
    let between = [min, max].map(|edge| u128::from(edge) * u128::from(samples.count()));
    if !(between[0]..=between[1]).contains(&total.into()) {
        let message = format!("`{what}_total_ns` is `{total}`, no sum of latencies from {min} to {max}");
        return Err(file.wrong(line, message));
    }
    let [min, max] = [min, max].map(Duration::from_nanos);
    Ok(samples.with_exact(min, max).with_total_ns(total.into()).to_sparse())
}

impl Unclaimed {
    fn read(directory: &Path) -> Result<Self, ImportError> {
        let file = File::read(directory, "block_histogram.csv")?;
        let mut by_place = BTreeMap::<_, (u64, Latencies)>::new();
        let mut all = 0;
        for row in file.rows::<BucketCells>(&BLOCK_HISTOGRAM)? {
            let cells = &row.cells;
            let lane = LaneCells { on_timeout: cells.on_timeout.clone(), deadline_ns: cells.deadline_ns };
            let lane = lane.key(&file, row.line)?.ok_or_else(|| file.wrong(row.line, "`on_timeout` is empty"))?;
            let (_, latencies) =
                by_place.entry((cells.at_ns, lane)).or_insert_with(|| (row.line, Latencies::default()));
            let counts = [("observed", cells.observed), ("censored", cells.censored)];
            for (buckets, (column, number)) in latencies.iter_mut().zip(counts) {
                let number = count(&file, &row, column, number)?;
                all += number;
                let bucket = Bucket::coarse(Duration::from_nanos(cells.low_ns), number).ok_or_else(|| {
                    file.wrong(row.line, format!("`low_ns` is `{}`, where no bucket begins", cells.low_ns))
                })?;
                buckets.extend((number > 0).then_some(bucket));
            }
            if all > LARGEST_COUNT {
                return Err(file.wrong(row.line, "the counts add up to more than any run counts"));
            }
        }
        Ok(Self { file, by_place })
    }

    fn take(&mut self, at_ns: u64, lane: LaneKey) -> Latencies {
        self.by_place.remove(&(at_ns, lane)).map(|(_, latencies)| latencies).unwrap_or_default()
    }

    /// Refuses what belongs to no block.
    fn finish(self) -> Result<(), ImportError> {
        let first = self.by_place.iter().map(|((at, _), (line, _))| (*line, *at)).min();
        first.map_or(Ok(()), |(line, at)| {
            Err(self.file.wrong(line, format!("`at_ns` is `{at}`, and no block of this lane begins there")))
        })
    }
}
