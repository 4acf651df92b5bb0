//! What the threads of a run share.

use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, Weak};
use std::thread::Thread;

use super::awaits::Awaits;
use super::gather::Gather;
use super::launch::Launcher;
use super::local::NO_RUN;
use super::registry::Prepared;
use super::sampler::Sampled;
use super::stamp::Stamps;
use super::time::Clock;
use crate::figure::Figures;
use crate::ledger::{LaneKey, Ledger};
use crate::outcome::Scope;
use crate::scenario;
use crate::shard::Shard;

/// A task's lane in the upper 16 bits, its number in the lower 48: both are taken in one step, so that
/// a change of lane falls between two tasks and never inside a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket(pub(super) u64);

const NUMBER: u64 = (1 << 48) - 1;

/// Numbers a busy thread takes at once. What it has left at a change of lane, or at the end, is nobody's.
const BLOCK: u64 = 16;

/// The concurrency of a closed load from which on threads are busy enough for that.
const CROWD: u32 = 32;

impl Ticket {
    pub(super) const fn new(lane: u16, number: u64) -> Self {
        Self((lane as u64) << 48 | number)
    }

    pub(super) const fn lane(self) -> u16 {
        (self.0 >> 48) as u16
    }

    pub(super) const fn number(self) -> u64 {
        self.0 & NUMBER
    }
}

/// What the plan says and no command changes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) seed: u64,
    pub(super) grace: u64,
    pub(super) scope: Scope,
    pub(super) gather: Option<scenario::Gather>,
    /// Whether the end of an arrival lets the next one come.
    pub(super) closed: bool,
    /// Whether tasks may be spawned later than they were due, so that a response takes longer than the service.
    pub(super) delayed: bool,
    /// Whether the run is over after a number of tasks, so that each number counts.
    pub(super) limited: bool,
    /// Tasks in flight at the most; room for one arrival at the least.
    pub(super) max_in_flight: u64,
    /// The part of the whole run that this one is; tickets count its own tasks, tasks have the numbers of the whole.
    pub(super) shard: Shard,
}

impl Rules {
    /// Tasks in one arrival.
    pub(super) fn width(&self) -> u64 {
        self.gather.map_or(1, |gather| u64::from(gather.width))
    }

    /// Whether a missed deadline is the gather's business rather than the task's.
    pub(super) fn gather_decides(&self) -> bool {
        self.gather.is_some() && self.scope == Scope::Gather
    }
}

/// A task that is to end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whom {
    pub(super) lane: u16,
    pub(super) slot: u32,
    pub(super) number: u64,
}

/// A cancelled task whose grace runs; the earliest end of a grace comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Grace {
    pub(super) until: u64,
    pub(super) slot: u32,
    pub(super) number: u64,
}

/// What the threads of a run share.
pub(super) struct Core {
    pub(super) run: u32,
    pub(super) ledger: Ledger,
    pub(super) clock: Clock,
    pub(super) rules: Rules,
    pub(super) launcher: Box<dyn Launcher>,
    pub(super) figures: Figures,
    pub(super) runtime: tokio::runtime::Handle,
    pub(super) stamps: Stamps,
    pub(super) sampled: Sampled,
    pub(super) awaits: Arc<Awaits>,
    /// The next [`Ticket`]; the clock writes the lane.
    next: AtomicU64,
    /// Tasks may be spawned while their number is below.
    budget: AtomicU64,
    /// Closed load: arrivals wanted in flight, and arrivals in flight.
    pub(super) wanted: AtomicU32,
    pub(super) chains: AtomicU32,
    /// With gathers: children in flight.
    pub(super) children: AtomicU64,
    lanes: RwLock<Vec<LaneKey>>,
    gathers: Mutex<Vec<Arc<Gather>>>,
    graces: Mutex<Vec<Grace>>,
    /// Set while the clock waits for something to end.
    wants_wake: AtomicBool,
    clock_thread: OnceLock<Thread>,
    /// Set once the books are closed.
    over: AtomicBool,
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").field("run", &self.run).field("rules", &self.rules).finish_non_exhaustive()
    }
}

/// The runs of this process, so that a task finds its own by number.
static RUNS: Mutex<Vec<(u32, Weak<Core>)>> = Mutex::new(Vec::new());

impl Core {
    pub(super) fn new(
        ledger: Ledger,
        clock: Clock,
        rules: Rules,
        workload: Prepared,
        runtime: tokio::runtime::Handle,
    ) -> Arc<Self> {
        static NEXT_RUN: AtomicU32 = AtomicU32::new(NO_RUN + 1);
        let run = NEXT_RUN.fetch_add(1, Ordering::Relaxed);
        let stamps = Stamps::new(runtime.metrics().num_workers());
        let core = Arc::new(Self {
            run,
            ledger,
            clock,
            rules,
            launcher: workload.launcher,
            figures: workload.figures,
            runtime,
            stamps,
            sampled: Sampled::new(),
            awaits: Arc::default(),
            next: AtomicU64::new(0),
            budget: AtomicU64::new(NUMBER),
            wanted: AtomicU32::new(0),
            chains: AtomicU32::new(0),
            children: AtomicU64::new(0),
            lanes: RwLock::default(),
            gathers: Mutex::default(),
            graces: Mutex::default(),
            wants_wake: AtomicBool::new(false),
            clock_thread: OnceLock::new(),
            over: AtomicBool::new(false),
        });
        let mut runs = RUNS.lock().unwrap_or_else(PoisonError::into_inner);
        runs.retain(|(_, core)| core.strong_count() > 0);
        runs.push((run, Arc::downgrade(&core)));
        core
    }

    /// The run with this number, unless it is gone.
    pub(super) fn of(run: u32) -> Option<Arc<Self>> {
        let runs = RUNS.lock().unwrap_or_else(PoisonError::into_inner);
        runs.iter().find(|(known, _)| *known == run)?.1.upgrade()
    }

    /// The numbers of the next arrival's tasks, or `None` when there is to be none.
    pub(super) fn take_ticket(&self) -> Option<Ticket> {
        self.take_tickets(self.rules.width())
    }

    /// So many numbers at once, or `None` when there are to be no more tasks.
    pub(super) fn take_tickets(&self, width: u64) -> Option<Ticket> {
        let is_within = |ticket: Ticket| ticket.number() < self.budget.load(Ordering::Acquire);
        if !is_within(Ticket(self.next.load(Ordering::Relaxed))) {
            return None;
        }
        // Asked again, since a ticket of another lane than the one looked at comes with another budget.
        Some(Ticket(self.next.fetch_add(width, Ordering::AcqRel))).filter(|&ticket| is_within(ticket))
    }

    /// A number for one task that need not be the very next: threads take [`BLOCK`] at a time, so that they
    /// do not meet at every task.
    pub(super) fn take_near_ticket(&self, block: &Cell<(u64, u64)>) -> Option<Ticket> {
        if self.rules.limited || self.rules.gather.is_some() || self.budget.load(Ordering::Acquire) != NUMBER {
            return self.take_ticket();
        }
        let (mut next, mut end) = block.get();
        let lane = Ticket(self.next.load(Ordering::Acquire)).lane();
        if next == end || Ticket(next).lane() != lane {
            next = self.next.fetch_add(BLOCK, Ordering::AcqRel);
            end = next + BLOCK;
        }
        block.set((next + 1, end));
        Some(Ticket(next))
    }

    /// Whether arrivals follow each other so fast that the order of their numbers means nothing.
    pub(super) fn is_crowded(&self) -> bool {
        self.wanted.load(Ordering::Relaxed) >= CROWD
    }

    /// Makes `lane` the one new tasks go to, at most `tasks` of them when there is a limit.
    pub(super) fn switch_lane(&self, lane: u16, key: LaneKey, tasks: Option<u64>) {
        let mut lanes = self.lanes.write().unwrap_or_else(PoisonError::into_inner);
        if lanes.len() == usize::from(lane) {
            lanes.push(key);
        }
        drop(lanes);
        let mut before = self.next.load(Ordering::Acquire);
        loop {
            let first = Ticket(before).number();
            // Before the first ticket of the lane can be taken, and right for the one that is the first.
            if let Some(tasks) = tasks {
                self.set_budget(first.saturating_add(tasks));
            }
            let after = Ticket::new(lane, first).0;
            match self.next.compare_exchange(before, after, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return,
                Err(moved) => before = moved,
            }
        }
    }

    /// Lets tasks be spawned while their number is below `number`.
    pub(super) fn set_budget(&self, number: u64) {
        self.budget.store(number.min(NUMBER), Ordering::Release);
    }

    /// Whether every task that may be spawned has been.
    pub(super) fn is_exhausted(&self) -> bool {
        Ticket(self.next.load(Ordering::Acquire)).number() >= self.budget.load(Ordering::Acquire)
    }

    /// Whether no arrival of a closed load is in flight or about to be.
    pub(super) fn is_idle(&self) -> bool {
        self.chains.load(Ordering::Acquire) == 0
    }

    /// What tasks of `lane` are spawned under.
    pub(super) fn lane(&self, lane: u16) -> LaneKey {
        self.lanes.read().unwrap_or_else(PoisonError::into_inner)[usize::from(lane)]
    }

    pub(super) fn add_grace(&self, grace: Grace) {
        self.graces.lock().unwrap_or_else(PoisonError::into_inner).push(grace);
    }

    pub(super) fn take_graces(&self) -> Vec<Grace> {
        std::mem::take(&mut self.graces.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn add_gather(&self, gather: Arc<Gather>) {
        self.gathers.lock().unwrap_or_else(PoisonError::into_inner).push(gather);
    }

    pub(super) fn take_gathers(&self) -> Vec<Arc<Gather>> {
        std::mem::take(&mut self.gathers.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Declares the books closed, for good.
    pub(super) fn set_over(&self) {
        self.over.store(true, Ordering::Release);
    }

    /// Whether the books are closed.
    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    pub(super) fn set_clock_thread(&self, thread: Thread) {
        self.clock_thread.get_or_init(|| thread);
    }

    /// Whether the clock wants to be woken by the next end. Say so before looking for what has ended.
    pub(super) fn want_wake(&self, wanted: bool) {
        self.wants_wake.store(wanted, Ordering::SeqCst);
    }

    /// Tells the clock that something ended, if it waits for that.
    pub(super) fn nudge_clock(&self) {
        if self.wants_wake.load(Ordering::SeqCst) {
            self.wake_clock();
        }
    }

    /// Has the clock look at once.
    pub(super) fn wake_clock(&self) {
        if let Some(thread) = self.clock_thread.get() {
            thread.unpark();
        }
    }
}
