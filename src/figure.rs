//! What a workload keeps of itself, beside what is measured of its tasks: connections, the lag of an event loop, what
//! a program says.
//!
//! Owns the handles a workload counts by and what is read of them. It must not know which workload counts what. The
//! clock reads them at every tick, and so no code of a workload runs there.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::histogram::{Histogram, Precision};
use crate::units::nanos;

/// Remarks that are kept, the latest.
pub const MAX_REMARKS: usize = 20;

/// The longest remark that is kept whole, in characters.
const LONGEST_REMARK: usize = 400;

/// What a workload counts of itself; starts again after the warm-up and at a reset.
#[derive(Debug, Clone, Default)]
pub struct Counter(Arc<AtomicU64>);

/// Times that a workload takes of itself; starts again after the warm-up and at a reset.
#[derive(Debug, Clone)]
pub struct Times(Arc<Mutex<Histogram>>);

/// What a workload says of the run in words. The last [`MAX_REMARKS`] are kept, and stay at a reset.
#[derive(Debug, Clone, Default)]
pub struct Remarks(Arc<Mutex<Said>>);

#[derive(Debug, Default)]
struct Said {
    last: VecDeque<String>,
    count: u64,
}

/// Every handle a workload has taken.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    kept: Arc<Mutex<Vec<(String, Kept)>>>,
    remarks: Remarks,
}

#[derive(Debug)]
enum Kept {
    Counter(Counter),
    Times(Times),
}

/// What a workload has kept of itself, at one instant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The figures, in the order in which they were asked for.
    pub figures: Vec<Figure>,
    /// The last remarks, oldest first.
    pub remarks: Vec<String>,
    /// How many there have been.
    pub remarked: u64,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// What it is of.
    pub name: String,
    /// What it is.
    pub value: Value,
}

/// What a figure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// How often something happened.
    Count(u64),
    /// How long something took, each time; all zero before the first.
    Times {
        /// How often.
        count: u64,
        /// The median.
        p50: Duration,
        /// The 99th percentile.
        p99: Duration,
        /// The longest.
        max: Duration,
    },
}

impl Counter {
    /// Counts `n` more.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }
}

impl Times {
    /// Takes note of one time.
    pub fn record(&self, time: Duration) {
        lock(&self.0).record(nanos(time));
    }
}

impl Default for Times {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Histogram::new(Precision::Coarse))))
    }
}

impl Remarks {
    /// Says something; of a long text, its beginning.
    pub fn add(&self, text: &str) {
        let text = text.chars().take(LONGEST_REMARK).collect();
        let mut said = lock(&self.0);
        if said.last.len() == MAX_REMARKS {
            said.last.pop_front();
        }
        said.last.push_back(text);
        said.count += 1;
    }
}

impl Figures {
    /// The counter of that name, which starts at zero.
    #[must_use]
    pub fn counter(&self, name: &str) -> Counter {
        let mut kept = lock(&self.kept);
        if let Some((_, Kept::Counter(counter))) = kept.iter().find(|(known, _)| known == name) {
            return counter.clone();
        }
        let counter = Counter::default();
        kept.push((name.to_owned(), Kept::Counter(counter.clone())));
        counter
    }

    /// The times of that name, of which there are none yet.
    #[must_use]
    pub fn times(&self, name: &str) -> Times {
        let mut kept = lock(&self.kept);
        if let Some((_, Kept::Times(times))) = kept.iter().find(|(known, _)| known == name) {
            return times.clone();
        }
        let times = Times::default();
        kept.push((name.to_owned(), Kept::Times(times.clone())));
        times
    }

    /// Where remarks go.
    #[must_use]
    pub fn remarks(&self) -> Remarks {
        self.remarks.clone()
    }

    /// Everything as it stands.
    #[must_use]
    pub fn read(&self) -> Reading {
        let kept = lock(&self.kept);
        let figures = kept.iter().map(|(name, kept)| Figure { name: name.clone(), value: kept.read() }).collect();
        let said = lock(&self.remarks.0);
        Reading { figures, remarks: said.last.iter().cloned().collect(), remarked: said.count }
    }

    /// Starts every figure again.
    pub fn forget(&self) {
        for (_, kept) in &*lock(&self.kept) {
            match kept {
                Kept::Counter(Counter(count)) => count.store(0, Ordering::Relaxed),
                Kept::Times(Times(times)) => lock(times).clear(),
            }
        }
    }
}

impl Kept {
    fn read(&self) -> Value {
        match self {
            Self::Counter(Counter(count)) => Value::Count(count.load(Ordering::Relaxed)),
            Self::Times(Times(times)) => {
                let times = lock(times);
                let quantile = |q| if times.is_empty() { Duration::ZERO } else { times.quantile(q) };
                Value::Times {
                    count: times.count(),
                    p50: quantile(0.5),
                    p99: quantile(0.99),
                    max: if times.is_empty() { Duration::ZERO } else { times.max() },
                }
            }
        }
    }
}

/// A panic elsewhere left nothing half done: what is guarded is changed by single steps.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_by_any_handle_of_a_name_is_read_in_the_order_of_asking_until_it_is_forgotten() {
        let figures = Figures::default();
        let (opened, lag) = (figures.counter("opened"), figures.times("lag"));
        figures.counter("opened").add(2);
        opened.add(1);
        lag.record(Duration::from_millis(3));
        let read = figures.read().figures;
        assert_eq!((read[0].name.as_str(), read[0].value), ("opened", Value::Count(3)));
        let Value::Times { count: 1, p50, p99, max } = read[1].value else { panic!("{read:?}") };
        assert_eq!((p50, p99, max), (max, max, Duration::from_millis(3)));

        figures.forget();
        let none = Value::Times { count: 0, p50: Duration::ZERO, p99: Duration::ZERO, max: Duration::ZERO };
        let values: Vec<Value> = figures.read().figures.iter().map(|figure| figure.value).collect();
        assert_eq!(values, [Value::Count(0), none]);
    }

    #[test]
    fn the_last_remarks_are_kept_short_and_all_are_counted() {
        let figures = Figures::default();
        let remarks = figures.remarks();
        (0..30).for_each(|number| remarks.add(&format!("{number}{}", "x".repeat(LONGEST_REMARK))));
        figures.forget();
        let read = figures.read();
        assert_eq!((read.remarked, read.remarks.len()), (30, MAX_REMARKS));
        assert!(read.remarks[0].starts_with("10x"));
        assert!(read.remarks.iter().all(|remark| remark.chars().count() == LONGEST_REMARK));
    }
}
