//! Captures where tasks await when their deadline passes, in builds that can: a sample, so that it costs little.
//!
//! The clock wishes for a capture, the task is woken, and its next poll notes the return addresses from the leaf it
//! awaits to its root. A thread of its own turns addresses into lines of source; it belongs to nobody's runtime.

#[cfg(all(tokio_unstable, target_os = "linux", any(target_arch = "aarch64", target_arch = "x86_64")))]
mod capture;
#[cfg(not(all(tokio_unstable, target_os = "linux", any(target_arch = "aarch64", target_arch = "x86_64"))))]
#[path = "awaits/none.rs"]
mod capture;
#[cfg(all(tokio_unstable, target_os = "linux", any(target_arch = "aarch64", target_arch = "x86_64")))]
mod names;
#[cfg(not(all(tokio_unstable, target_os = "linux", any(target_arch = "aarch64", target_arch = "x86_64"))))]
#[path = "awaits/nameless.rs"]
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

pub(super) use self::capture::{SUPPORTED, capture};
use self::names::Names;
use super::panic::catch;
use crate::snapshot::Frame;

/// Captures a second, at most.
const RATE: u64 = 200;

/// Captures at once after a while without.
const BURST: u64 = 20;

/// Different places kept apart.
const MAX_PLACES: usize = 512;

/// How often the thread that names looks whether the run is gone.
const LOOK: Duration = Duration::from_millis(500);

/// Return addresses, innermost first.
pub(super) type Stack = Box<[usize]>;

/// Where a task of a lane was, by numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) lane: u16,
    pub(super) step: u16,
    pub(super) stack: Stack,
}

/// The lines at one address.
type Lines = Arc<[Frame]>;

/// What has been captured so far.
#[derive(Debug, Default)]
struct State {
    captured: u64,
    cost_ns: u64,
    places: BTreeMap<Place, u64>,
    /// The lines at each address; several where functions were inlined.
    names: BTreeMap<usize, Lines>,
    /// Addresses whose lines are asked for.
    unnamed: BTreeSet<usize>,
    /// Whether there is a thread that looks for them.
    has_thread: bool,
}

/// What the threads of a run capture together.
#[derive(Debug, Default)]
pub(super) struct Awaits {
    state: Mutex<State>,
    /// Told when an address is asked for, and when none is any more.
    changed: Condvar,
}

/// How many captures the clock may wish for; belongs to the clock alone.
#[derive(Debug)]
pub(super) struct Budget {
    left: u64,
    at: u64,
}

impl Budget {
    pub(super) const fn new(now: u64) -> Self {
        Self { left: BURST, at: now }
    }

    /// Whether one more is allowed at `now`.
    pub(super) fn take(&mut self, now: u64) -> bool {
        let each = 1_000_000_000 / RATE;
        let earned = now.saturating_sub(self.at) / each;
        if earned > 0 {
            (self.left, self.at) = ((self.left + earned).min(BURST), now);
        }
        let allowed = SUPPORTED && self.left > 0;
        self.left -= u64::from(allowed);
        allowed
    }
}

/// All that has been captured, by place.
#[derive(Debug, Default)]
pub(super) struct Captured {
    /// How many.
    pub(super) count: u64,
    /// What they took of the workers' time.
    pub(super) cost: Duration,
    /// Where they were, and how many at each place.
    pub(super) places: Vec<(Place, Arc<[Frame]>, u64)>,
}

impl Awaits {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of a capture that took `cost_ns`.
    pub(super) fn add(self: &Arc<Self>, place: Place, cost_ns: u64) {
        let mut state = self.state();
        state.captured += 1;
        state.cost_ns += cost_ns;
        if let Some(count) = state.places.get_mut(&place) {
            *count += 1;
            return;
        }
        if state.places.len() >= MAX_PLACES {
            return;
        }
        let unnamed: Vec<usize> =
            place.stack.iter().copied().filter(|address| !state.names.contains_key(address)).collect();
        state.unnamed.extend(unnamed);
        state.places.insert(place, 1);
        let starts = !std::mem::replace(&mut state.has_thread, true);
        drop(state);
        if starts {
            self.start_naming();
        }
        self.changed.notify_all();
    }

    /// Starts the thread that turns addresses into lines.
    fn start_naming(self: &Arc<Self>) {
        let awaits = Arc::downgrade(self);
        let thread = thread::Builder::new().name("tardy-names".to_owned()).spawn(move || name_all(&awaits));
        if thread.is_err() {
            let mut state = self.state();
            state.has_thread = false;
            state.unnamed.clear();
        }
    }

    /// Waits until every place has its lines, for `limit` at the most.
    pub(super) fn settle(&self, limit: Duration) {
        let state = self.state();
        drop(self.changed.wait_timeout_while(state, limit, |state| !state.unnamed.is_empty()));
    }

    /// Forgets what was captured.
    pub(super) fn forget(&self) {
        let mut state = self.state();
        (state.captured, state.cost_ns) = (0, 0);
        state.places.clear();
    }

    /// What has been captured, where its lines are known.
    pub(super) fn captured(&self) -> Captured {
        let state = self.state();
        // Workers may wait for the lock: nothing is copied under it but numbers.
        let (count, cost) = (state.captured, Duration::from_nanos(state.cost_ns));
        let named = |(place, count): (&Place, &u64)| -> Option<(Place, Vec<Lines>, u64)> {
            let names = place.stack.iter().map(|address| state.names.get(address).cloned());
            Some((place.clone(), names.collect::<Option<_>>()?, *count))
        };
        let places: Vec<_> = state.places.iter().filter_map(named).collect();
        drop(state);
        let joined = |names: Vec<Lines>| names.iter().flat_map(|frames| frames.iter().cloned()).collect();
        let places = places.into_iter().map(|(place, names, count)| (place, joined(names), count)).collect();
        Captured { count, cost, places }
    }
}

/// Names every address there is, one at a time, so that nobody waits for the lock meanwhile; until the run is gone.
fn name_all(awaits: &Weak<Awaits>) {
    let names = Names::open();
    while let Some(awaits) = awaits.upgrade() {
        let state = awaits.state();
        let waited = awaits.changed.wait_timeout_while(state, LOOK, |state| state.unnamed.is_empty());
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let Some(address) = state.unnamed.first().copied() else { continue };
        drop(state);
        // Whatever stands in the tables of a program.
        let lines = catch(|| names.lines(address)).unwrap_or_default().into();
        let mut state = awaits.state();
        state.names.insert(address, lines);
        state.unnamed.remove(&address);
        if state.unnamed.is_empty() {
            awaits.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captures_are_bounded_by_the_second() {
        let mut budget = Budget::new(0);
        let mut taken = |at| (0..1000).filter(|_| budget.take(at)).count() as u64;
        let supported = u64::from(SUPPORTED);
        assert_eq!(taken(0), BURST * supported);
        assert_eq!(taken(4_999_999), 0);
        assert_eq!(taken(5_000_000), supported);
        assert_eq!(taken(1_000_000_000), BURST * supported);
    }

    #[test]
    fn every_capture_is_counted_and_places_are_bounded() {
        let awaits = Arc::new(Awaits::default());
        for n in 0..MAX_PLACES + 10 {
            awaits.add(Place { lane: 0, step: 0, stack: Box::new([n]) }, 3);
        }
        awaits.settle(Duration::from_secs(60));
        let captured = awaits.captured();
        assert_eq!((captured.count, captured.places.len()), (MAX_PLACES as u64 + 10, MAX_PLACES));
        awaits.forget();
        assert!(awaits.captured().places.is_empty());
    }
}
