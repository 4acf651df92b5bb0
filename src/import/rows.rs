//! What the tables have in common: the columns that name a lane, and words.

use std::time::Duration;

use serde::Deserialize;

use super::file::{File, Row, quoted};
use super::{ImportError, policy};
use crate::ledger::LaneKey;
use crate::outcome::Ending;

/// The largest count a file may have: sums of many of these still fit.
pub(super) const LARGEST_COUNT: u64 = 1 << 53;

/// The columns of a lane.
#[derive(Debug, Deserialize)]
pub(super) struct LaneCells {
    pub(super) on_timeout: String,
    pub(super) deadline_ns: Option<u64>,
}

impl LaneCells {
    /// The lane; `None` where the row belongs to none.
    pub(super) fn key(&self, file: &File, line: u64) -> Result<Option<LaneKey>, ImportError> {
        if self.on_timeout.is_empty() {
            return Ok(None);
        }
        let policy = policy(&self.on_timeout).ok_or_else(|| {
            let found = quoted(&self.on_timeout);
            file.wrong(line, format!("`on_timeout` is `{found}`, expected `cancel` or `observe`"))
        })?;
        Ok(Some(LaneKey { policy, deadline: self.deadline_ns.map(Duration::from_nanos) }))
    }
}

/// The ending called `word`.
pub(super) fn ending(word: &str) -> Option<Ending> {
    Ending::ALL.into_iter().find(|ending| ending.word() == word)
}

/// Refuses a count that is beyond any run's.
pub(super) fn count<R>(file: &File, row: &Row<R>, column: &str, count: u64) -> Result<u64, ImportError> {
    if count <= LARGEST_COUNT {
        return Ok(count);
    }
    Err(file.wrong(row.line, format!("`{column}` is `{count}`, more than any run counts")))
}
