//! `causes.csv`, `blame.csv`, `cancellations.csv` and `cancelled_tasks.csv`, read back by lane. Files of an early tardy lack them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use super::ImportError;
use super::file::{File, Row, quoted};
use super::rows::{LaneCells, count};
use crate::export::format::{BLAME, CANCELLATIONS, CANCELLED_TASKS, CAUSES, EARLY_CANCELLATIONS, SAMPLED, UNSEEN};
use crate::ledger::{CancelledTask, Cancels, Doing, Followed, LaneKey, MAX_STEPS, MissedAt, Requests};
use crate::outcome::{CancelReason, Lateness};
use crate::snapshot::{AwaitedAt, Frame};

/// Different places of a lane, at the most; one more for each thing a task can do takes what is beyond.
const MAX_PLACES: usize = Doing::ALL.len() * (MAX_STEPS + 1);

/// What the files say of why the tasks of one lane were late.
#[derive(Debug, Default)]
pub(super) struct Why {
    pub(super) followed: [Followed; 2],
    pub(super) unstarted_ns: [u128; 2],
    /// Time spent in each step.
    pub(super) steps: BTreeMap<String, [u64; 2]>,
    pub(super) misses: Vec<MissedAt>,
    pub(super) cancels: Cancels,
}

/// What they say of all lanes.
#[derive(Debug, Default)]
pub(super) struct Reasons {
    pub(super) lanes: BTreeMap<LaneKey, Why>,
    pub(super) awaits: Vec<AwaitedAt>,
}

#[derive(Debug, Deserialize)]
struct CauseCells {
    on_timeout: String,
    deadline_ns: Option<u64>,
    lateness: String,
    cause: String,
    step: String,
    tasks: Option<u64>,
    time_ns: u64,
}

#[derive(Debug, Deserialize)]
struct BlameCells {
    on_timeout: String,
    deadline_ns: Option<u64>,
    step: String,
    doing: String,
    tasks: u64,
    await_points: String,
}

#[derive(Debug, Deserialize)]
struct CancelCells {
    on_timeout: String,
    deadline_ns: Option<u64>,
    reason: String,
    asked: u64,
    cancelled: u64,
    too_late: u64,
    #[serde(default)]
    blocking_left: u64,
    #[serde(default)]
    blocking: u64,
    #[serde(default)]
    blocking_ns: u64,
}

#[derive(Debug, Deserialize)]
struct CancelledCells {
    on_timeout: String,
    deadline_ns: Option<u64>,
    task: u64,
    cancelled_by: String,
    lateness: String,
    requested_at_ns: Option<u64>,
    ended_at_ns: u64,
    age_ns: u64,
    step: Option<String>,
}

impl Reasons {
    /// Reads what there is of the tables.
    pub(super) fn read(directory: &Path) -> Result<Self, ImportError> {
        let mut reasons = Self::default();
        if let Some(file) = File::read_if_there(directory, "causes.csv")? {
            reasons.read_causes(&file)?;
        }
        if let Some(file) = File::read_if_there(directory, "blame.csv")? {
            reasons.read_blame(&file)?;
        }
        if let Some(file) = File::read_if_there(directory, "cancellations.csv")? {
            reasons.read_cancellations(&file)?;
        }
        if let Some(file) = File::read_if_there(directory, "cancelled_tasks.csv")? {
            reasons.read_cancelled(&file)?;
        }
        Ok(reasons)
    }

    fn lane(&mut self, file: &File, line: u64, cells: &LaneCells) -> Result<(LaneKey, &mut Why), ImportError> {
        let key = cells.key(file, line)?.ok_or_else(|| file.wrong(line, "`on_timeout` is empty"))?;
        Ok((key, self.lanes.entry(key).or_default()))
    }

    fn read_causes(&mut self, file: &File) -> Result<(), ImportError> {
        for row in file.rows::<CauseCells>(&CAUSES)? {
            let cells = &row.cells;
            let lane = LaneCells { on_timeout: cells.on_timeout.clone(), deadline_ns: cells.deadline_ns };
            let (_, why) = self.lane(file, row.line, &lane)?;
            let of = lateness(file, row.line, &cells.lateness)? as usize;
            match cells.cause.as_str() {
                "never_polled" => why.unstarted_ns[of] = cells.time_ns.into(),
                "followed" => {
                    let tasks = count(file, &row, "tasks", cells.tasks.unwrap_or(0))?;
                    why.followed[of] = Followed { tasks, scheduled_ns: cells.time_ns.into() };
                }
                "step" if why.steps.len() > MAX_STEPS && !why.steps.contains_key(&cells.step) => {
                    return Err(file.wrong(row.line, format!("there are more than {MAX_STEPS} steps in one lane")));
                }
                "step" => why.steps.entry(cells.step.clone()).or_default()[of] = cells.time_ns,
                // What follows from the rest.
                _ => {}
            }
        }
        Ok(())
    }

    fn read_blame(&mut self, file: &File) -> Result<(), ImportError> {
        for row in file.rows::<BlameCells>(&BLAME)? {
            let cells = &row.cells;
            let lane = LaneCells { on_timeout: cells.on_timeout.clone(), deadline_ns: cells.deadline_ns };
            let tasks = count(file, &row, "tasks", cells.tasks)?;
            let (lane, why) = self.lane(file, row.line, &lane)?;
            let step = (!cells.step.is_empty()).then_some(&*cells.step);
            // Of an early tardy, rows of the sample say nothing there.
            if cells.doing == SAMPLED || cells.doing.is_empty() {
                let frames = frames(file, &row)?;
                self.awaits.push(AwaitedAt { lane, step: step.map(Into::into), frames, count: tasks });
                continue;
            }
            // What follows from the counts of the lane.
            if cells.doing == UNSEEN {
                continue;
            }
            let doing = Doing::ALL.into_iter().find(|doing| doing.word() == cells.doing);
            let doing = doing.ok_or_else(|| unknown(file, row.line, "doing", &cells.doing))?;
            if why.misses.len() >= MAX_PLACES {
                return Err(file.wrong(row.line, format!("there are more than {MAX_PLACES} places in one lane")));
            }
            why.misses.push(MissedAt { step: step.map(Into::into), doing, count: tasks });
        }
        Ok(())
    }

    fn read_cancellations(&mut self, file: &File) -> Result<(), ImportError> {
        let header = file.text().lines().next().unwrap_or_default();
        let is_early = header.split(',').count() <= EARLY_CANCELLATIONS;
        let columns = if is_early { &CANCELLATIONS[..EARLY_CANCELLATIONS] } else { &CANCELLATIONS[..] };
        for row in file.rows::<CancelCells>(columns)? {
            let cells = &row.cells;
            let lane = LaneCells { on_timeout: cells.on_timeout.clone(), deadline_ns: cells.deadline_ns };
            let (_, why) = self.lane(file, row.line, &lane)?;
            let reason = reason(&cells.reason).ok_or_else(|| unknown(file, row.line, "reason", &cells.reason))?;
            let left = count(file, &row, "blocking_left", cells.blocking_left)?;
            if cells.blocking > left {
                return Err(
                    file.wrong(row.line, format!("`blocking` is {}, and only {left} were left", cells.blocking))
                );
            }
            *why.cancels.by_mut(reason) = Requests {
                asked: count(file, &row, "asked", cells.asked)?,
                cancelled: count(file, &row, "cancelled", cells.cancelled)?,
                too_late: count(file, &row, "too_late", cells.too_late)?,
                blocking_left: left,
                blocking_ended: left - cells.blocking,
                blocking_ns: cells.blocking_ns.into(),
            };
        }
        Ok(())
    }

    fn read_cancelled(&mut self, file: &File) -> Result<(), ImportError> {
        for row in file.rows::<CancelledCells>(&CANCELLED_TASKS)? {
            let cells = &row.cells;
            let lane = LaneCells { on_timeout: cells.on_timeout.clone(), deadline_ns: cells.deadline_ns };
            let (_, why) = self.lane(file, row.line, &lane)?;
            let by = &cells.cancelled_by;
            why.cancels.keep(CancelledTask {
                task: cells.task,
                reason: reason(by).ok_or_else(|| unknown(file, row.line, "cancelled_by", by))?,
                lateness: lateness(file, row.line, &cells.lateness)?,
                requested_at_ns: cells.requested_at_ns,
                ended_at_ns: cells.ended_at_ns,
                age_ns: cells.age_ns,
                step: cells.step.as_deref().map(Into::into),
            });
        }
        Ok(())
    }
}

fn reason(word: &str) -> Option<CancelReason> {
    CancelReason::ALL.into_iter().find(|reason| reason.word() == word)
}

fn lateness(file: &File, line: u64, word: &str) -> Result<Lateness, ImportError> {
    let found = [Lateness::OnTime, Lateness::Late].into_iter().find(|of| of.word() == word);
    found.ok_or_else(|| unknown(file, line, "lateness", word))
}

fn unknown(file: &File, line: u64, column: &str, value: &str) -> ImportError {
    file.wrong(line, format!("`{column}` is `{}`, which is none of ours", quoted(value)))
}

fn frames(file: &File, row: &Row<BlameCells>) -> Result<Arc<[Frame]>, ImportError> {
    let points = row.cells.await_points.split(';').filter(|point| !point.is_empty());
    let frame = |point: &str| {
        let (path, line) = point.rsplit_once(':')?;
        Some(Frame { file: path.to_owned(), line: line.parse().ok()? })
    };
    points
        .map(|point| {
            let message = || format!("`await_points` has `{}`, expected a file and a line", quoted(point));
            frame(point).ok_or_else(|| file.wrong(row.line, message()))
        })
        .collect()
}
