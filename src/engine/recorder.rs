//! Makes snapshots: the sums as they stand, and the timeline row by row.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::awaits::SUPPORTED;
use super::core::Core;
use super::deadlines::Deadlines;
use super::load::Load;
use super::sampler::{Sampler, resident_memory};
use crate::histogram::{Histogram, Precision};
use crate::ledger::{InFlight, Lane, LaneKey, Lately, Metric, Totals};
use crate::scenario::Plan;
use crate::shard::Shard;
use crate::snapshot::{
    AwaitedAt, Awaits, Blocks, Counts, Heat, LaneView, MAX_OVERDUE, Marker, OverdueTask, OwnCost, Recent, RunInfo,
    RuntimeView, Snapshot, State, Timeline, TimelineRow,
};
use crate::units::nanos;

/// Length of a timeline row.
const ROW: u64 = 1_000_000_000;

/// Half the time between two ticks.
const HALF_A_TICK: u64 = 25_000_000;

/// Ticks in a second.
const LAGS: usize = 20;

/// What is remembered from tick to tick.
#[derive(Debug)]
pub(super) struct Recorder {
    timeline: Arc<Timeline>,
    /// Whether a timeline with a change was forgotten.
    changed_before: bool,
    /// When counting began, and when the row that is open did.
    since: u64,
    row_from: u64,
    /// Counts over all lanes when it did.
    before: Counts,
    lately: Lately,
    sampler: Sampler,
    recent: Arc<Recent>,
    blocks: Arc<Blocks>,
    awaits: Arc<Awaits>,
    core: Arc<Core>,
    /// Median and 99th percentile of the last second.
    start_delay: [Option<Duration>; 2],
    cost: OwnCost,
    /// How late the latest ticks were, a second of them.
    lags: VecDeque<Duration>,
}

/// Counts over all lanes at one instant.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    counts: Counts,
    in_flight: u64,
    overdue: u64,
}

impl Sums {
    fn of(totals: &Totals) -> Self {
        totals.counted().map(|lane| lane_view(lane, (0, false))).fold(Self::default(), |sum, lane| Self {
            counts: sum.counts + Counts::of(&lane),
            in_flight: sum.in_flight + lane.in_flight(),
            overdue: sum.overdue + lane.overdue,
        })
    }
}

fn lane_view(lane: &Lane, (now, closed): (u64, bool)) -> LaneView {
    LaneView {
        key: lane.key,
        spawned: lane.spawned,
        open: Duration::from_nanos(lane.open(now)),
        overdue: lane.overdue(),
        gathers_overdue: lane.gathers_overdue(),
        book: Arc::clone(&lane.book),
        ages: None,
        gather_ages: None,
        closed,
    }
}

/// When something is recorded, nanoseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct At {
    /// Since the run's epoch.
    pub(super) now: u64,
    /// How long new tasks came, since measuring began.
    pub(super) loaded: u64,
}

/// What a snapshot is made of, beside what the recorder remembers.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) info: &'a Arc<RunInfo>,
    pub(super) state: State,
    pub(super) elapsed: u64,
    pub(super) loaded: u64,
    pub(super) warmup: Option<Duration>,
    pub(super) now: u64,
    pub(super) current: LaneKey,
    pub(super) balanced: Option<bool>,
    pub(super) core: &'a Core,
    pub(super) totals: &'a Totals,
    pub(super) inflight: &'a InFlight,
    pub(super) deadlines: &'a Deadlines,
    pub(super) load: &'a Load,
}

impl Recorder {
    pub(super) fn new(core: Arc<Core>, now: u64) -> Self {
        Self {
            timeline: Arc::default(),
            since: now,
            row_from: now,
            before: Counts::default(),
            lately: Lately::new(if core.rules.delayed { Metric::Response } else { Metric::Service }),
            sampler: Sampler::new(Arc::clone(&core), now),
            changed_before: false,
            recent: Arc::new(Recent::new(now)),
            blocks: Arc::default(),
            awaits: Arc::new(Awaits { supported: SUPPORTED, ..Awaits::default() }),
            core,
            start_delay: [None; 2],
            cost: OwnCost { memory_bytes: resident_memory(), ..OwnCost::default() },
            lags: VecDeque::with_capacity(LAGS),
        }
    }

    /// Where merges tell what has ended.
    pub(super) const fn lately(&mut self) -> &mut Lately {
        &mut self.lately
    }

    /// Forgets the timeline.
    pub(super) fn restart(&mut self, now: u64) {
        self.changed_before |= !self.timeline.markers().is_empty();
        self.timeline = Arc::default();
        (self.since, self.row_from, self.before) = (now, now, Counts::default());
        self.lately.begin_row();
        self.sampler.restart();
        self.recent = Arc::new(Recent::new(now));
        self.blocks = Arc::default();
        self.awaits = Arc::new(Awaits { supported: SUPPORTED, ..Awaits::default() });
        (self.cost.tick_lag_max, self.start_delay) = (Duration::ZERO, [None; 2]);
    }

    /// Notes a change at `at` since counting began.
    pub(super) fn mark(&mut self, at: u64, what: String) {
        Arc::make_mut(&mut self.timeline).mark(Marker { at: Duration::from_nanos(at), what });
    }

    /// Takes note of a tick that came `lag` late.
    pub(super) fn tick(&mut self, totals: &Totals, current: LaneKey, lag: Duration, at: At) {
        let now = at.now;
        if self.lags.len() == LAGS {
            self.lags.pop_front();
        }
        self.lags.push_back(lag);
        self.cost.tick_lag = self.lags.iter().copied().max().unwrap_or(lag);
        self.cost.tick_lag_max = self.cost.tick_lag_max.max(lag);
        self.take_ended(totals, at);
        // The tick that is nearest to the end of the row, or rows would come to last a tick too long.
        if now.saturating_sub(self.row_from) + HALF_A_TICK >= ROW {
            self.sample(now);
            self.close_row(totals, current, now);
            self.awaits = Arc::new(awaits(&self.core, totals));
        }
    }

    /// Closes the last row and the last block.
    pub(super) fn finish(&mut self, totals: &Totals, current: LaneKey, at: At) {
        let now = at.now;
        self.take_ended(totals, at);
        Arc::make_mut(&mut self.blocks).finish();
        self.awaits = Arc::new(awaits(&self.core, totals));
        if self.timeline.rows().is_empty() {
            // Too short a run to have been sampled.
            self.sample(now);
        }
        if now > self.row_from {
            self.close_row(totals, current, now);
        }
    }

    fn take_ended(&mut self, totals: &Totals, at: At) {
        let ended = self.lately.take_lanes();
        let counts = totals.counted().map(|lane| (lane.key, Counts::of(&lane_view(lane, (0, false)))));
        let loaded = Duration::from_nanos(at.loaded);
        Arc::make_mut(&mut self.blocks).tick(loaded, self.lately.headline(), &ended, counts);
        Arc::make_mut(&mut self.recent).tick(at.now, ended);
    }

    fn close_row(&mut self, totals: &Totals, current: LaneKey, now: u64) {
        let sums = Sums::of(totals);
        let heat: Vec<Heat> =
            self.lately.row().iter().map(|of| Heat::of(of.lane, &of.observed, &of.censored)).collect();
        let mut latencies = Histogram::new(Precision::Fine);
        self.lately.row().iter().for_each(|of| latencies.merge(&of.observed));
        let quantile = |q| (!latencies.is_empty()).then(|| latencies.quantile(q));
        let row = TimelineRow {
            at: Duration::from_nanos(self.row_from - self.since),
            length: Duration::from_nanos(now - self.row_from),
            counts: sums.counts.since(self.before),
            in_flight: sums.in_flight,
            overdue: sums.overdue,
            p50: quantile(0.5),
            p90: quantile(0.9),
            p99: quantile(0.99),
            p999: quantile(0.999),
            heat: Heat::joined(&heat),
            max: (!latencies.is_empty()).then(|| latencies.max()),
            lane: Some(current),
        };
        Arc::make_mut(&mut self.timeline).push(row);
        self.lately.begin_row();
        // A task taken for overdue that had ended in time is a miss less, which the next one makes up for.
        let missed = sums.counts.missed.max(self.before.missed);
        (self.before, self.row_from) = (Counts { missed, ..sums.counts }, now);
    }

    /// Looks at the machine, before the row that is open is closed.
    fn sample(&mut self, now: u64) {
        self.sampler.sample(now);
        let delays = self.lately.start_delay();
        self.start_delay = [0.5, 0.99].map(|q| (!delays.is_empty()).then(|| delays.quantile(q)));
        self.cost.memory_bytes = resident_memory();
    }

    /// The run as it stands.
    pub(super) fn snapshot(&self, view: &View<'_>) -> Snapshot {
        let closed = view.balanced.is_some();
        let lanes = lanes(view, closed);
        let [start_delay_p50, start_delay_p99] = self.start_delay;
        let arrivals = lanes.iter().map(|lane| lane.spawned).sum::<u64>() / view.core.rules.width();
        Snapshot {
            info: Arc::clone(view.info),
            state: view.state,
            elapsed: Duration::from_nanos(view.elapsed),
            loaded: Duration::from_nanos(view.loaded),
            began: Duration::from_nanos(view.now.saturating_sub(view.elapsed)),
            changed_before: self.changed_before,
            warmup: view.warmup,
            policy: view.current.policy,
            deadline: view.current.deadline,
            load: view.load.view(view.now, arrivals),
            lanes,
            timeline: Arc::clone(&self.timeline),
            recent: Arc::clone(&self.recent),
            blocks: Arc::clone(&self.blocks),
            overdue: overdue(view),
            awaits: Arc::clone(&self.awaits),
            runtime: RuntimeView { start_delay_p50, start_delay_p99, ..self.sampler.view(closed) },
            cost: self.cost,
            workload: Arc::new(view.core.figures.read()),
            from_files: false,
            balanced: view.balanced,
        }
    }
}

/// The snapshot of a run whose clock has not started.
pub(super) fn blank(info: &Arc<RunInfo>, plan: &Plan) -> Snapshot {
    Snapshot {
        info: Arc::clone(info),
        state: if plan.run.warmup.is_zero() { State::Running } else { State::Warmup },
        elapsed: Duration::ZERO,
        loaded: Duration::ZERO,
        began: Duration::ZERO,
        changed_before: false,
        warmup: Some(plan.run.warmup).filter(|warmup| !warmup.is_zero()),
        policy: plan.deadline.policy,
        deadline: plan.deadline.after,
        load: Load::new(plan.load.clone(), plan.run.seed, plan.shard.unwrap_or(Shard::WHOLE), 0).view(0, 0),
        lanes: Vec::new(),
        timeline: Arc::default(),
        recent: Arc::default(),
        blocks: Arc::default(),
        overdue: Vec::new(),
        awaits: Arc::default(),
        runtime: RuntimeView::default(),
        cost: OwnCost::default(),
        workload: Arc::default(),
        from_files: false,
        balanced: None,
    }
}

/// The lanes that have had a task. What is in flight has its ages in the books once those are closed.
fn lanes(view: &View<'_>, closed: bool) -> Vec<LaneView> {
    let totals = view.totals;
    let by_key = |ages: BTreeMap<u16, Histogram>| -> BTreeMap<LaneKey, Arc<Histogram>> {
        let counted = ages.into_iter().filter(|&(lane, _)| totals.is_counted(lane));
        counted.map(|(lane, ages)| (totals.key(lane), Arc::new(ages))).collect()
    };
    let mut of_tasks =
        by_key(if closed { BTreeMap::new() } else { totals.ages(&view.core.ledger, view.inflight, view.now) });
    let mut of_gathers = by_key(if closed { BTreeMap::new() } else { view.deadlines.ages(view.now) });
    let spawned = totals.counted().filter(|lane| lane.spawned > 0);
    let with_ages = |lane: &Lane| LaneView {
        ages: of_tasks.remove(&lane.key),
        gather_ages: of_gathers.remove(&lane.key),
        ..lane_view(lane, (view.now, closed))
    };
    spawned.map(with_ages).collect()
}

/// Of counted lanes alone: what a reset forgot must not be told of one by one.
fn overdue(view: &View<'_>) -> Vec<OverdueTask> {
    let ledger = &view.core.ledger;
    let oldest = view.inflight.oldest_overdue(ledger, MAX_OVERDUE, |lane| view.totals.is_counted(lane));
    oldest
        .into_iter()
        .map(|task| {
            let lane = view.totals.key(task.lane);
            let (step, polls, busy) = ledger.progress(task.slot);
            let age = view.now.saturating_sub(task.start);
            OverdueTask {
                task: task.number,
                lane,
                age: Duration::from_nanos(age),
                overrun: Duration::from_nanos(age.saturating_sub(lane.deadline.map_or(age, nanos))),
                step: ledger.step_name(step),
                polls,
                busy: Duration::from_nanos(busy),
            }
        })
        .collect()
}

/// What was captured of counted lanes; addresses of the same lines are one place.
fn awaits(core: &Core, totals: &Totals) -> Awaits {
    let captured = core.awaits.captured();
    let mut rows = BTreeMap::new();
    for (place, frames, count) in captured.places.into_iter().filter(|(place, ..)| totals.is_counted(place.lane)) {
        *rows.entry((totals.key(place.lane), core.ledger.step_name(place.step), frames)).or_insert(0) += count;
    }
    let row = |((lane, step, frames), count)| AwaitedAt { lane, step, frames, count };
    let mut rows: Vec<AwaitedAt> = rows.into_iter().map(row).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    Awaits { supported: SUPPORTED, captured: captured.count, cost: captured.cost, rows }
}
