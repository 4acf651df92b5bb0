//! The clock thread: lets arrivals come, holds tasks to their deadlines, obeys commands, and ticks.
//!
//! `warm-up → running → draining → over`. It never waits for the measured runtime and takes no lock a
//! task could hold for longer than a record takes.

mod obey;

use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::awaits::Budget;
use super::control::Command;
use super::core::{Core, Whom};
use super::deadlines::Deadlines;
use super::load::Load;
use super::local::Local;
use super::recorder::{At, Recorder, View};
use super::runtime::Measured;
use crate::ledger::{Doing, Event, InFlight, LaneKey, Live, Totals};
use crate::outcome::{CancelReason, Policy};
use crate::scenario::Plan;
use crate::snapshot::{EndedBy, RunInfo, Snapshot, State};
use crate::units::nanos;

/// Time between two snapshots.
const TICK: u64 = 50_000_000;

/// The shortest sleep worth its wake-up: a thread that sleeps is 50 to 110 µs late anyway.
const SHORTEST_SLEEP: u64 = 20_000;

/// How often the clock looks for new tasks at the least, however short their deadline.
const SHORTEST_LOOK: u64 = 100_000;

/// Turns in which what came due in a phase may still be spawned once it is over. The clock may have been held up, and what
/// arrives is not to depend on that; where it never catches up, what is left counts as queued.
const LAST_TURNS: u32 = 500;

/// How long a run that is over waits for the lines of what was captured last.
const NAMING: Duration = Duration::from_secs(1);

/// Where a run is in its life. Times are nanoseconds since the run's epoch.
#[derive(Debug, Clone, Copy)]
enum Phase {
    Warmup { since: u64, until: u64 },
    Running { since: u64 },
    Draining { since: u64, until: u64, ended_by: EndedBy },
    Over { since: u64, ended_by: EndedBy },
}

/// What the clock thread owns.
#[derive(Debug)]
pub(super) struct Driver {
    core: Arc<Core>,
    measured: Option<Measured>,
    commands: Receiver<Command>,
    latest: Arc<Mutex<Arc<Snapshot>>>,
    info: Arc<RunInfo>,
    drain: Duration,
    totals: Totals,
    inflight: InFlight,
    deadlines: Deadlines,
    load: Load,
    recorder: Recorder,
    current: LaneKey,
    phase: Phase,
    /// Turns the phase has left once its time is over.
    turns: u32,
    next_tick: u64,
    captures: Budget,
    /// How long its end waits for the lines of what was captured; not at all once it is aborted.
    naming: Duration,
    /// When the drain began.
    stopped_at: Option<u64>,
}

impl Driver {
    pub(super) fn new(
        core: Arc<Core>,
        measured: Measured,
        plan: &Plan,
        info: Arc<RunInfo>,
        channel: (Receiver<Command>, Arc<Mutex<Arc<Snapshot>>>),
    ) -> Self {
        let now = core.clock.now();
        let (commands, latest) = channel;
        let on_time = !core.rules.delayed;
        let mut driver = Self {
            recorder: Recorder::new(Arc::clone(&core), now),
            load: Load::new(plan.load.clone(), plan.run.seed, core.rules.shard, now),
            core,
            measured: Some(measured),
            commands,
            latest,
            info,
            drain: plan.run.drain,
            totals: Totals::new(on_time),
            inflight: InFlight::default(),
            deadlines: Deadlines::default(),
            current: LaneKey { policy: plan.deadline.policy, deadline: plan.deadline.after },
            phase: Phase::Warmup { since: now, until: now.saturating_add(nanos(plan.run.warmup)) },
            turns: LAST_TURNS,
            next_tick: now + TICK,
            captures: Budget::new(now),
            naming: NAMING,
            stopped_at: None,
        };
        driver.enter_lane(driver.current, now);
        if plan.run.warmup.is_zero() {
            driver.begin(now);
        }
        driver
    }

    /// Drives the run to its end and leaves the runtime behind; the last snapshot has the books closed.
    pub(super) fn run(mut self) {
        self.core.set_clock_thread(thread::current());
        self.core.ledger.set_reader(thread::current());
        let core = Arc::clone(&self.core);
        let Some(local) = Local::of(core.run) else { return };
        self.publish(core.clock.now(), None);
        loop {
            let now = core.clock.now();
            let is_asked_more = self.obey(now);
            // What comes due after a phase belongs to the next one, however late the clock looks.
            let until = self.phase_end().map_or(now, |end| end.min(now));
            let (totals, ledger) = (&mut self.totals, &core.ledger);
            totals.count(ledger, &mut self.inflight);
            if self.inflight.is_due_a_sweep() {
                self.inflight.recycle(ledger);
            }
            let more = self.load.fire(&local, until, || totals.in_flight_now(ledger));
            self.hold_to_deadlines(&local);
            // By the time that arrivals were looked for: one that came due since is still of this phase.
            self.advance(now, more);
            // A run that is over is shown once its books are closed, and not before.
            if let Phase::Over { .. } = self.phase {
                break;
            }
            if core.clock.now() >= self.next_tick {
                self.tick();
            }
            if !more && !is_asked_more {
                self.sleep();
            }
        }
        self.close();
    }

    fn mark(&mut self, now: u64, what: String) {
        self.recorder.mark(now.saturating_sub(self.since()), what);
    }

    fn enter_lane(&mut self, key: LaneKey, now: u64) -> bool {
        let Some(lane) = self.totals.lane(key) else { return false };
        if self.stopped_at.is_none() {
            self.totals.turn_to(Some(lane), now);
        }
        self.core.switch_lane(lane, key, None);
        self.current = key;
        true
    }

    /// Starts to count afresh: after the warm-up, and after a reset.
    fn begin(&mut self, now: u64) {
        self.totals.forget();
        let Some(lane) = self.totals.lane(self.current) else { return };
        self.totals.turn_to(Some(lane), now);
        self.core.switch_lane(lane, self.current, self.info.tasks);
        self.load.forget();
        self.load.begin_stages(now);
        self.core.awaits.forget();
        self.core.figures.forget();
        self.recorder.restart(now);
        (self.phase, self.turns) = (Phase::Running { since: now }, LAST_TURNS);
    }

    fn since(&self) -> u64 {
        match self.phase {
            Phase::Warmup { since, .. }
            | Phase::Running { since }
            | Phase::Draining { since, .. }
            | Phase::Over { since, .. } => since,
        }
    }

    /// When the phase is over by itself.
    fn phase_end(&self) -> Option<u64> {
        match self.phase {
            Phase::Warmup { until, .. } | Phase::Draining { until, .. } => Some(until),
            Phase::Running { since } => self.info.duration.map(|duration| since.saturating_add(nanos(duration))),
            Phase::Over { .. } => None,
        }
    }

    /// How long new tasks came, or might have, since measuring began.
    fn loaded(&self, now: u64) -> u64 {
        let until = self.stopped_at.unwrap_or_else(|| self.phase_end().map_or(now, |end| end.min(now)));
        until.saturating_sub(self.since())
    }

    fn stop(&mut self, ended_by: EndedBy, now: u64) {
        if let Phase::Warmup { .. } | Phase::Running { .. } = self.phase {
            let since = self.since();
            self.load.stop(&self.core, now, ended_by == EndedBy::Tasks);
            self.core.want_wake(true);
            self.stopped_at = Some(now);
            self.totals.turn_to(None, now);
            self.phase = Phase::Draining { since, until: now.saturating_add(nanos(self.drain)), ended_by };
        }
    }

    /// Goes on to the next phase once this one is over; there may be `more` arrivals that have come due in it.
    fn advance(&mut self, now: u64, more: bool) {
        let end = self.phase_end().filter(|&end| now >= end);
        if end.is_some() && more && self.core.rules.delayed && self.turns > 0 {
            self.turns -= 1;
            return;
        }
        match (self.phase, end) {
            (Phase::Warmup { .. }, Some(end)) => self.begin(end),
            (Phase::Running { .. }, Some(end)) => self.stop(EndedBy::Duration, end),
            _ => self.end_early(now),
        }
    }

    /// Goes on to the next phase where there is nothing left to do in this one.
    fn end_early(&mut self, now: u64) {
        match self.phase {
            Phase::Running { .. } if self.core.is_exhausted() => self.stop(EndedBy::Tasks, now),
            Phase::Draining { since, until, ended_by } => {
                // A chain may hold the number of a task that is not in flight yet.
                let (totals, ledger) = (&mut self.totals, &self.core.ledger);
                let mut is_empty = || {
                    self.core.is_idle() && {
                        totals.count(ledger, &mut self.inflight);
                        totals.in_flight_now(ledger) == 0
                    }
                };
                if now >= until || is_empty() {
                    self.phase = Phase::Over { since, ended_by };
                }
            }
            Phase::Warmup { .. } | Phase::Running { .. } | Phase::Over { .. } => {}
        }
    }

    fn hold_to_deadlines(&mut self, local: &Local) {
        let core = &self.core;
        let (now, by_gather) = (core.clock.now(), core.rules.gather_decides());
        self.totals.miss(&core.ledger, &mut self.inflight, now, |task, key| {
            let Live { lane, slot, number, .. } = task;
            let (step, doing) = local.whereabouts(slot);
            local.writer.record(&core.ledger, lane, &Event::Missed { step: step.as_deref(), doing });
            let cancels = !by_gather && key.policy == Policy::Cancel;
            if doing == Doing::Waiting && self.captures.take(now) {
                core.ledger.table().slot(slot).wish_capture(number);
                if !cancels {
                    core.ledger.table().slot(slot).call(number, now);
                }
            }
            if cancels {
                local.cancel(Whom { lane, slot, number }, CancelReason::Deadline, now);
            }
        });
        self.deadlines.settle(local, now, |lane| self.totals.gather_marked(lane));
    }

    fn tick(&mut self) {
        let now = self.core.clock.now();
        let lag = now.saturating_sub(self.next_tick);
        // A tick that comes a whole one late is not made up for: the next would hide how late this one was.
        self.next_tick = if lag < TICK { self.next_tick + TICK } else { now + TICK };
        self.totals.merge(&self.core.ledger, &mut self.inflight, self.recorder.lately());
        self.inflight.recycle(&self.core.ledger);
        let at = At { now, loaded: self.loaded(now) };
        self.recorder.tick(&self.totals, self.current, Duration::from_nanos(lag), at);
        self.publish(now, None);
    }

    /// Closes the books: what is in flight becomes unfinished.
    fn close(&mut self) {
        let now = self.core.clock.now();
        let ledger = &self.core.ledger;
        for gather in self.deadlines.gathers() {
            if let (Some(after_outcome), Some(local)) = (gather.wasted_in_flight(now), Local::of(self.core.run)) {
                local.writer.record(ledger, gather.lane, &Event::GatherWasted { after_outcome });
            }
        }
        let local = Local::of(self.core.run);
        let place = |task: &Live| local.as_ref().map_or((None, Doing::Waiting), |local| local.whereabouts(task.slot));
        let balanced = self.totals.close(ledger, &mut self.inflight, now, self.recorder.lately(), place);
        self.core.awaits.settle(self.naming);
        self.recorder.finish(&self.totals, self.current, At { now, loaded: self.loaded(now) });
        self.publish(now, Some(balanced));
    }

    fn publish(&self, now: u64, balanced: Option<bool>) {
        let (state, warmup) = match self.phase {
            Phase::Warmup { since, until } => (State::Warmup, Some(Duration::from_nanos(until - since))),
            Phase::Running { .. } => (State::Running, None),
            Phase::Draining { .. } => (State::Draining, None),
            Phase::Over { ended_by, .. } => (State::Finished(ended_by), None),
        };
        let view = View {
            info: &self.info,
            state,
            elapsed: now.saturating_sub(self.since()),
            loaded: self.loaded(now),
            warmup,
            now,
            current: self.current,
            balanced,
            core: &self.core,
            totals: &self.totals,
            inflight: &self.inflight,
            deadlines: &self.deadlines,
            load: &self.load,
        };
        let snapshot = Arc::new(self.recorder.snapshot(&view));
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = snapshot;
    }

    /// Sleeps until something is due, or a task may have come whose deadline is.
    fn sleep(&self) {
        let core = &self.core;
        let now = core.clock.now();
        let shortest = self.current.deadline.map(|after| now.saturating_add(nanos(after).max(SHORTEST_LOOK)));
        let grace = Some(core.rules.grace).filter(|&grace| grace > 0).map(|grace| now + grace.max(SHORTEST_LOOK));
        let wake_at = [
            self.load.next_due(),
            self.totals.next_deadline(&self.inflight).map(|at| at.saturating_add(1)),
            self.deadlines.next(),
            self.phase_end(),
            shortest,
            grace,
        ];
        let wake_at = wake_at.into_iter().flatten().min().unwrap_or(u64::MAX).min(self.next_tick);
        if wake_at > now + SHORTEST_SLEEP {
            thread::park_timeout(Duration::from_nanos(wake_at - now));
        } else if wake_at > now {
            std::hint::spin_loop();
        }
    }
}

impl Drop for Driver {
    /// Whatever happens to the clock, arrivals end with it and nobody waits for the runtime.
    fn drop(&mut self) {
        // In this order: a task that is dropped with its runtime must not be followed by another.
        self.core.set_budget(0);
        self.core.set_over();
        self.core.wanted.store(0, Ordering::Release);
        if let Some(measured) = self.measured.take() {
            measured.abandon();
        }
        self.core.launcher.finish();
    }
}
