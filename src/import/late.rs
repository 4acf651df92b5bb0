//! `late_tasks.csv`, read back: the late tasks of each lane, and what was overdue at the end.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::ImportError;
use super::file::{File, Row, quoted};
use super::rows::{LaneCells, ending};
use crate::export::format::LATE_TASKS;
use crate::ledger::{LaneKey, LateTask, LateTasks};
use crate::outcome::CancelReason;
use crate::snapshot::OverdueTask;

#[derive(Debug, Deserialize)]
struct Cells {
    on_timeout: String,
    deadline_ns: Option<u64>,
    task: u64,
    ending: String,
    cancelled_by: Option<String>,
    kept_as: String,
    ended_at_ns: Option<u64>,
    age_ns: u64,
    overrun_ns: u64,
    start_delay_ns: Option<u64>,
    busy_ns: u64,
    polls: u32,
    step: Option<String>,
    #[serde(default)]
    cancel_lag_ns: Option<u64>,
}

/// Late tasks one by one.
#[derive(Debug, Default)]
pub(super) struct LateRows {
    /// By lane: the latest, then the worst.
    ended: BTreeMap<LaneKey, (Vec<LateTask>, Vec<LateTask>)>,
    /// Overdue when the files were written.
    pub(super) overdue: Vec<OverdueTask>,
}

impl LateRows {
    /// Reads the table.
    pub(super) fn read(directory: &Path) -> Result<Self, ImportError> {
        let file = File::read(directory, "late_tasks.csv")?;
        let mut tasks = Self::default();
        // An early tardy did not write the last column.
        let is_early = !file.text().lines().next().is_some_and(|header| header.ends_with("cancel_lag_ns"));
        let columns = if is_early { &LATE_TASKS[..LATE_TASKS.len() - 1] } else { &LATE_TASKS[..] };
        for row in file.rows::<Cells>(columns)? {
            let cells = &row.cells;
            let lane = LaneCells { on_timeout: cells.on_timeout.clone(), deadline_ns: cells.deadline_ns };
            let lane = lane.key(&file, row.line)?.ok_or_else(|| file.wrong(row.line, "`on_timeout` is empty"))?;
            if cells.kept_as == "overdue" {
                tasks.overdue.push(overdue(lane, &row));
                continue;
            }
            let task = ended(&file, &row)?;
            let (latest, worst) = tasks.ended.entry(lane).or_default();
            match cells.kept_as.as_str() {
                "latest" => latest.push(task),
                "worst" => worst.push(task),
                "latest and worst" => {
                    latest.push(task.clone());
                    worst.push(task);
                }
                other => {
                    let message = format!("`kept_as` is `{}`, which is none of ours", quoted(other));
                    return Err(file.wrong(row.line, message));
                }
            }
        }
        Ok(tasks)
    }

    /// Takes the late tasks of one lane.
    pub(super) fn take(&mut self, lane: LaneKey) -> LateTasks {
        let (latest, worst) = self.ended.remove(&lane).unwrap_or_default();
        LateTasks::restored(latest, worst)
    }
}

fn overdue(lane: LaneKey, row: &Row<Cells>) -> OverdueTask {
    let cells = &row.cells;
    OverdueTask {
        task: cells.task,
        lane,
        age: Duration::from_nanos(cells.age_ns),
        overrun: Duration::from_nanos(cells.overrun_ns),
        step: cells.step.as_deref().map(Into::into),
        polls: cells.polls,
        busy: Duration::from_nanos(cells.busy_ns),
    }
}

fn ended(file: &File, row: &Row<Cells>) -> Result<LateTask, ImportError> {
    let cells = &row.cells;
    let wrong = |column: &str, value: &str| {
        file.wrong(row.line, format!("`{column}` is `{}`, which is none of ours", quoted(value)))
    };
    let reason = |word: &String| {
        let found = CancelReason::ALL.into_iter().find(|reason| reason.word() == word);
        found.ok_or_else(|| wrong("cancelled_by", word))
    };
    Ok(LateTask {
        task: cells.task,
        ending: ending(&cells.ending).ok_or_else(|| wrong("ending", &cells.ending))?,
        reason: cells.cancelled_by.as_ref().map(reason).transpose()?,
        at_ns: cells.ended_at_ns.ok_or_else(|| file.wrong(row.line, "`ended_at_ns` is empty"))?,
        service_ns: cells.age_ns,
        overrun_ns: cells.overrun_ns,
        cancel_lag_ns: cells.cancel_lag_ns,
        start_delay_ns: cells.start_delay_ns,
        busy_ns: cells.busy_ns,
        polls: cells.polls,
        step: cells.step.as_deref().map(Into::into),
    })
}
