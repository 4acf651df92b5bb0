//! The deadlines of gathers and the ends of graces, earliest first. A task's own deadline needs no
//! entry here: the in-flight table is sorted already.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use super::core::{Core, Grace};
use super::gather::{Gather, Miss};
use crate::histogram::{Histogram, Precision};

/// Gathers that a look at the ages of those without an outcome reads at the most.
const LOOKED_AT: usize = 16_384;
use super::local::Local;

#[derive(Debug)]
struct Due(Reverse<u64>, Arc<Gather>);

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

/// What is to happen at an instant; belongs to the clock alone.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    /// Gathers before their deadline.
    gathers: BinaryHeap<Due>,
    /// Gathers past it, or without one, that have children in flight.
    open: Vec<Arc<Gather>>,
    graces: BinaryHeap<Reverse<Grace>>,
    /// How many gathers were left by the last look at which are over.
    left: usize,
}

impl Deadlines {
    /// Carries out what is due at `now`. `missed` hears the lane of each gather that goes on overdue.
    pub(super) fn settle(&mut self, local: &Local, now: u64, mut missed: impl FnMut(u16)) {
        let core = &local.core;
        self.collect(core);
        let cancels = core.rules.gather_decides();
        while self.gathers.peek().is_some_and(|due| due.0.0 < now) {
            let Some(Due(_, gather)) = self.gathers.pop() else { break };
            if gather.miss(local, cancels, now) == Miss::Overdue {
                missed(gather.lane);
            }
            if !gather.is_over() {
                self.open.push(gather);
            }
        }
        self.graces.extend(core.take_graces().into_iter().map(Reverse));
        while self.graces.peek().is_some_and(|grace| grace.0.until <= now) {
            let Some(Reverse(grace)) = self.graces.pop() else { break };
            core.ledger.table().slot(grace.slot).insist(grace.number);
        }
    }

    fn collect(&mut self, core: &Core) {
        for gather in core.take_gathers() {
            match gather.deadline_at() {
                Some(at) => self.gathers.push(Due(Reverse(at), gather)),
                None => self.open.push(gather),
            }
        }
        // Most gathers are over long before a generous deadline: do not keep them until then.
        if self.gathers.len() + self.open.len() > 2 * self.left + 1024 {
            self.gathers.retain(|due| !due.1.is_over());
            self.open.retain(|gather| !gather.is_over());
            self.left = self.gathers.len() + self.open.len();
        }
    }

    /// The earliest instant at which something is to happen.
    pub(super) fn next(&self) -> Option<u64> {
        let gather = self.gathers.peek().map(|due| due.0.0.saturating_add(1));
        gather.into_iter().chain(self.graces.peek().map(|grace| grace.0.until)).min()
    }

    /// The ages at `now` of the gathers that have no outcome yet, by the number of the lane. Where there are many, each
    /// that is read stands for several.
    pub(super) fn ages(&self, now: u64) -> BTreeMap<u16, Histogram> {
        let mut ages = BTreeMap::new();
        let stride = (self.gathers.len() + self.open.len()).div_ceil(LOOKED_AT).max(1);
        for gather in self.gathers().step_by(stride) {
            if let Some(age) = gather.age(now) {
                let of_lane = ages.entry(gather.lane).or_insert_with(|| Histogram::new(Precision::Coarse));
                of_lane.record_n(age, stride as u64);
            }
        }
        ages
    }

    /// Every gather that may have children in flight.
    pub(super) fn gathers(&self) -> impl Iterator<Item = &Arc<Gather>> {
        self.gathers.iter().map(|due| &due.1).chain(&self.open)
    }
}
