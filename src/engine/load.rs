//! The load: lets arrivals come at their times (open) or one after the other (closed), and keeps count.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::arrivals::{BATCH, OpenArrivals};
use super::core::Core;
use super::launch;
use super::local::Local;
use crate::histogram::{Histogram, Precision};
use crate::scenario::{self, WhenFull};
use crate::shard::Shard;
use crate::snapshot::LoadView;
use crate::units::{LoadMode, nanos};

/// A stage is a straight line; it is walked in steps of this many nanoseconds.
const STAGE_STEP: u64 = 50_000_000;

/// How long arrivals may be spawned in one go before deadlines get their turn, nanoseconds.
const TURN: u64 = 200_000;

/// Steps planned ahead at the most: longer stages are walked in longer ones.
const MAX_STEPS: u64 = 100_000;

/// Keeps arrivals in flight still countable in 32-bit chains.
const MAX_CONCURRENCY: f64 = 1e9;

/// The load of a run; belongs to the clock alone. What it is told and tells of levels is of the whole run, of which a shard
/// takes its part.
#[derive(Debug)]
pub(super) struct Load {
    plan: scenario::Load,
    shard: Shard,
    /// Arrivals a second or in flight, outside stages.
    level: f64,
    /// When the stages began; `None` before, and once the user has set a level.
    staged_from: Option<u64>,
    gate: Gate,
    open: Option<OpenArrivals>,
    due: u64,
    spawned: u64,
    shed: u64,
    lag: Arc<Histogram>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gate {
    Open,
    Paused,
    Stopped,
}

impl Load {
    pub(super) fn new(plan: scenario::Load, seed: u64, shard: Shard, now: u64) -> Self {
        let (level, open) = match plan.mode {
            LoadMode::Open { rate, arrivals } => {
                (rate.as_per_second(), Some(OpenArrivals::new(seed ^ 0x6172_7269_7661_6c73, arrivals, now, shard)))
            }
            LoadMode::Closed { concurrency } => (f64::from(concurrency), None),
            LoadMode::None => (0.0, None),
        };
        let lag = Arc::new(Histogram::new(Precision::Fine));
        let mut load =
            Self { plan, shard, level, staged_from: None, gate: Gate::Open, open, due: 0, spawned: 0, shed: 0, lag };
        load.plan_rate(now);
        load
    }

    /// Begins the stages.
    pub(super) fn begin_stages(&mut self, now: u64) {
        if !self.plan.stages.is_empty() {
            self.staged_from = Some(now);
            self.plan_rate(now);
        }
    }

    /// Whether there are arrivals at all.
    pub(super) fn has_arrivals(&self) -> bool {
        self.plan.mode != LoadMode::None
    }

    /// From now on the user sets the load, and the stages are over.
    pub(super) fn set_level(&mut self, level: f64, now: u64) {
        if level.is_finite() && level > 0.0 {
            self.level = level.min(MAX_CONCURRENCY);
            self.staged_from = None;
            self.plan_rate(now);
        }
    }

    /// Holds arrivals back or lets them come again.
    pub(super) fn pause(&mut self, paused: bool, now: u64) {
        if self.gate != Gate::Stopped {
            self.gate = if paused { Gate::Paused } else { Gate::Open };
            self.plan_rate(now);
        }
    }

    /// Ends the arrivals for good. Those that wait stay counted as queued, unless `all_spawned`: then the
    /// run has had all it was to have.
    pub(super) fn stop(&mut self, core: &Core, now: u64, all_spawned: bool) {
        if let Some(open) = &mut self.open {
            self.due += open.close(now);
            if all_spawned {
                self.due -= open.give_up();
            }
        }
        self.gate = Gate::Stopped;
        self.plan_rate(now);
        core.set_budget(0);
        core.wanted.store(0, Ordering::Release);
    }

    /// Forgets what has been counted; what waits is due again.
    pub(super) fn forget(&mut self) {
        self.due = self.open.as_ref().map_or(0, OpenArrivals::waiting);
        (self.spawned, self.shed) = (0, 0);
        self.lag = Arc::new(Histogram::new(Precision::Fine));
    }

    /// The level of the load at `now`.
    fn level_at(&self, now: u64) -> f64 {
        let Some(from) = self.staged_from else { return self.level };
        let (mut at, mut level) = (from, self.level);
        for stage in &self.plan.stages {
            let length = nanos(stage.duration).max(1);
            if now < at.saturating_add(length) {
                #[expect(clippy::cast_precision_loss, reason = "a share of a stage")]
                let share = now.saturating_sub(at) as f64 / length as f64;
                return level + (stage.level - level) * share;
            }
            (at, level) = (at.saturating_add(length), stage.level);
        }
        level
    }

    /// Writes the rate from `now` on into the schedule.
    fn plan_rate(&mut self, now: u64) {
        let level = self.level_at(now);
        let stages = self.plan.stages.iter().fold(0u64, |sum, stage| sum.saturating_add(nanos(stage.duration)));
        let end = self.staged_from.map_or(0, |from| from.saturating_add(stages));
        let step = STAGE_STEP.max(end.saturating_sub(now) / MAX_STEPS);
        let later: Vec<(u64, f64)> = match self.gate {
            Gate::Open if end > now => (1..=(end - now).div_ceil(step))
                .map(|i| now.saturating_add(i * step))
                .map(|at| (at, self.level_at(at)))
                .collect(),
            _ => Vec::new(),
        };
        if let Some(open) = &mut self.open {
            open.schedule.set(now, if self.gate == Gate::Open { level } else { 0.0 });
            for (at, level) in later {
                open.schedule.set(at, level);
            }
        }
    }

    /// Spawns what is due at `now`; true when there is more to do at once. `in_flight` counts tasks.
    pub(super) fn fire(&mut self, local: &Local, now: u64, in_flight: impl Fn() -> u64) -> bool {
        if self.open.is_some() { self.fire_open(local, now, in_flight) } else { self.fire_closed(local, now) }
    }

    fn fire_open(&mut self, local: &Local, now: u64, in_flight: impl Fn() -> u64) -> bool {
        let core = &local.core;
        let width = core.rules.width();
        let Some(open) = &mut self.open else { return false };
        if self.gate == Gate::Stopped {
            return false;
        }
        self.due += open.advance(now);
        if open.waiting() == 0 || self.gate == Gate::Paused {
            core.want_wake(false);
            return false;
        }
        core.want_wake(true);
        let begun = core.clock.now();
        let mut room = core.rules.max_in_flight.saturating_sub(in_flight()) / width;
        let mut full = false;
        for _ in 0..BATCH.min(open.waiting()) {
            if core.is_exhausted() {
                return false;
            }
            full = room == 0;
            if full && self.plan.when_full == WhenFull::Queue {
                break;
            }
            let Some(intended) = open.take() else { break };
            if full {
                self.shed += 1;
                continue;
            }
            let at = core.clock.now();
            if launch::arrival(local, at, intended) {
                room -= 1;
                self.spawned += 1;
                Arc::make_mut(&mut self.lag).record(at.saturating_sub(intended));
            }
            if at.saturating_sub(begun) > TURN {
                break;
            }
        }
        core.want_wake(full && open.waiting() > 0);
        open.is_behind(now) || (!full && open.waiting() > 0)
    }

    fn fire_closed(&self, local: &Local, now: u64) -> bool {
        let core = &local.core;
        if self.gate == Gate::Stopped || !self.has_arrivals() {
            return false;
        }
        let wanted = match self.gate {
            Gate::Open => {
                let most = core.rules.max_in_flight / core.rules.width();
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
                let level = self.level_at(now).round().clamp(0.0, MAX_CONCURRENCY) as u64;
                u32::try_from(self.shard.share(level).min(most)).unwrap_or(u32::MAX)
            }
            Gate::Paused | Gate::Stopped => 0,
        };
        core.wanted.store(wanted, Ordering::Release);
        core.want_wake(core.rules.gather.is_some());
        let has_room = || core.children.load(Ordering::Acquire) + core.rules.width() <= core.rules.max_in_flight;
        for _ in 0..BATCH / 10 {
            if core.chains.load(Ordering::Acquire) >= wanted || core.is_exhausted() {
                core.want_wake(false);
                return false;
            }
            if core.rules.gather.is_some() && !has_room() {
                return false;
            }
            core.chains.fetch_add(1, Ordering::AcqRel);
            let at = core.clock.now();
            if !launch::arrival(local, at, at) {
                core.chains.fetch_sub(1, Ordering::AcqRel);
            }
            if at.saturating_sub(now) > TURN {
                break;
            }
        }
        true
    }

    /// When the next arrival comes due.
    pub(super) fn next_due(&self) -> Option<u64> {
        match self.gate {
            Gate::Open => self.open.as_ref().and_then(OpenArrivals::next_due),
            Gate::Paused | Gate::Stopped => None,
        }
    }

    /// Whether the user holds arrivals back.
    pub(super) fn is_paused(&self) -> bool {
        self.gate == Gate::Paused
    }

    /// How arrivals come at `now`.
    pub(super) fn mode(&self, now: u64) -> LoadMode {
        self.plan.mode.with_level(self.level_at(now).min(MAX_CONCURRENCY))
    }

    /// What a snapshot shows of it; `arrivals` were spawned by a closed load.
    pub(super) fn view(&self, now: u64, arrivals: u64) -> LoadView {
        let closed = self.open.is_none();
        LoadView {
            mode: self.mode(now),
            paused: self.is_paused(),
            due: if closed { arrivals } else { self.due },
            spawned: if closed { arrivals } else { self.spawned },
            shed: self.shed,
            queued: self.open.as_ref().map_or(0, OpenArrivals::waiting),
            arrival_lag: Arc::clone(&self.lag),
        }
    }
}
