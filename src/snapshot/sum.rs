//! Several shards of one run as the whole: what was counted is added up, and what cannot be added is a maximum or absent.
//!
//! Owns what becomes of each part of a snapshot. It must not know whether the snapshots are shards of one run, nor where they
//! come from.

mod blocks;
mod machine;
mod timeline;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::{Awaits, EndedBy, LaneView, LoadView, MAX_OVERDUE, OverdueTask, Recent, RunInfo, Snapshot, State};
use crate::ledger::LaneKey;

impl Snapshot {
    /// The run `info` of which these are the shards, all of them over; `None` of no shards.
    ///
    /// Counts and buckets are exactly those of all shards together. Times since the start are those of the longest shard.
    #[must_use]
    pub fn sum(info: RunInfo, shards: &[Arc<Self>]) -> Option<Self> {
        let (first, rest) = shards.split_first()?;
        let longest = |of: fn(&Self) -> Duration| shards.iter().map(|shard| of(shard)).max().unwrap_or_default();
        // One that has all its tasks does not wait for another's.
        let ran_out = |shard: &&Arc<Self>| shard.state == State::Finished(EndedBy::Duration);
        Some(Self {
            info: Arc::new(info),
            state: shards.iter().find(ran_out).unwrap_or(first).state,
            elapsed: longest(|shard| shard.elapsed),
            loaded: longest(|shard| shard.loaded),
            load: load(&first.load, rest),
            lanes: lanes(shards),
            timeline: Arc::new(timeline::sum(shards)),
            recent: Arc::new(Recent::default()),
            blocks: Arc::new(blocks::sum(shards)),
            overdue: overdue(shards),
            awaits: Arc::new(awaits(shards)),
            runtime: machine::runtime(shards),
            cost: machine::cost(shards),
            workload: Arc::new(machine::workload(shards)),
            from_files: true,
            balanced: shards.iter().try_fold(true, |all, shard| shard.balanced.map(|is| all && is)),
            ..Self::clone(first)
        })
    }
}

fn load(first: &LoadView, rest: &[Arc<Snapshot>]) -> LoadView {
    let mut all = first.clone();
    for load in rest.iter().map(|shard| &shard.load) {
        all.due += load.due;
        all.spawned += load.spawned;
        all.shed += load.shed;
        all.queued += load.queued;
        Arc::make_mut(&mut all.arrival_lag).merge(&load.arrival_lag);
    }
    all
}

/// Every lane of any shard, in the order in which they were opened.
fn lanes(shards: &[Arc<Snapshot>]) -> Vec<LaneView> {
    let mut all: Vec<LaneView> = Vec::new();
    for lane in shards.iter().flat_map(|shard| &shard.lanes) {
        match all.iter_mut().find(|known| known.key == lane.key) {
            Some(known) => {
                known.spawned += lane.spawned;
                known.open = known.open.max(lane.open);
                known.overdue += lane.overdue;
                known.gathers_overdue += lane.gathers_overdue;
                Arc::make_mut(&mut known.book).merge(&lane.book);
            }
            None => all.push(lane.clone()),
        }
    }
    all
}

fn overdue(shards: &[Arc<Snapshot>]) -> Vec<OverdueTask> {
    let mut all: Vec<OverdueTask> = shards.iter().flat_map(|shard| &shard.overdue).cloned().collect();
    all.sort_by_key(|task| std::cmp::Reverse(task.age));
    all.truncate(MAX_OVERDUE);
    all
}

fn awaits(shards: &[Arc<Snapshot>]) -> Awaits {
    let mut places: BTreeMap<_, u64> = BTreeMap::new();
    let mut all = Awaits::default();
    for awaits in shards.iter().map(|shard| &shard.awaits) {
        all.supported |= awaits.supported;
        all.captured = all.captured.saturating_add(awaits.captured);
        all.cost = all.cost.saturating_add(awaits.cost);
        for row in &awaits.rows {
            *places.entry((row.lane, row.step.clone(), Arc::clone(&row.frames))).or_default() += row.count;
        }
    }
    let row = |((lane, step, frames), count): ((LaneKey, _, _), _)| super::AwaitedAt { lane, step, frames, count };
    all.rows = places.into_iter().map(row).collect();
    all.rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    all
}

#[cfg(test)]
mod tests;
