//! The books of each lane, put together again from the tables and the summary.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::ImportError;
use super::failures::{self, Failures};
use super::gathers::{self, Slowest};
use super::histograms::{Block, Buckets};
use super::late::LateRows;
use super::summary::{Lane, Summary};
use super::why::{Reasons, Why};
use crate::export::format::Statistics;
use crate::histogram::{Exact, Histogram, Precision};
use crate::ledger::{Book, GatherBook, LaneKey, Messages, Metric, Misses, Parts, StepBook};
use crate::outcome::{Ending, GatherOutcome, Lateness, Outcome};
use crate::snapshot::{AwaitedAt, LaneView, OverdueTask};

/// The samples of one metric of the tasks that ended in one cell.
type Cell = (Metric, Outcome, Histogram);

/// What the tables hold of all lanes.
#[derive(Debug)]
pub(super) struct Samples {
    directory: PathBuf,
    buckets: Buckets,
    slowest: Slowest,
    late: LateRows,
    failures: Failures,
    reasons: Reasons,
    is_closed: bool,
}

impl Samples {
    /// Reads the tables in `directory`.
    pub(super) fn read(directory: &Path, summary: &Summary) -> Result<Self, ImportError> {
        Ok(Self {
            directory: directory.to_owned(),
            buckets: Buckets::read(directory)?,
            slowest: gathers::read(directory)?,
            late: LateRows::read(directory)?,
            failures: failures::read(directory)?,
            reasons: Reasons::read(directory)?,
            is_closed: summary.is_closed,
        })
    }

    /// What was overdue at the end, and where a sample of the late tasks awaited.
    pub(super) fn into_rest(self) -> (Vec<OverdueTask>, Vec<AwaitedAt>) {
        (self.late.overdue, self.reasons.awaits)
    }

    /// The lane of the summary with its books.
    pub(super) fn lane(&mut self, lane: &Lane) -> Result<LaneView, ImportError> {
        let key = lane.key().ok_or_else(|| self.foreign("a lane of the summary has no policy"))?;
        let mut histograms = Vec::new();
        for (metric, of_all) in lane.metrics() {
            // Under closed load response times are service times, and the book keeps them once.
            if metric != Metric::Response || !self.is_closed {
                let mut cells = self.cells(key, metric, of_all);
                settle_total(cells.iter_mut().map(|(.., samples)| samples), of_all);
                histograms.extend(cells);
            }
        }
        let (censored, unfinished) = self.censored(key, &lane.censored_ns);
        histograms.extend(censored);
        self.check(lane, &histograms, unfinished.as_ref())?;
        let (gathers, gathers_overdue) = self.gathers(key, lane).unzip();
        let why = self.reasons.lanes.remove(&key).unwrap_or_default();
        let parts = Parts {
            ended: lane.ended(),
            cancelled_at_deadline: lane.cancelled_at_deadline,
            histograms,
            unfinished,
            steps: lane.steps.iter().map(|step| self::step(step, &why)).collect(),
            followed: why.followed,
            unstarted_ns: why.unstarted_ns,
            misses: Misses::restored(why.misses),
            cancels: why.cancels,
            gathers,
            late: self.late.take(key),
            messages: Messages::restored(&self.failures.remove(&key).unwrap_or_default()),
        };
        Ok(LaneView {
            key,
            spawned: lane.spawned,
            open: Duration::ZERO,
            overdue: lane.overdue_at_end,
            gathers_overdue: gathers_overdue.unwrap_or_default(),
            book: Arc::new(Book::restored(self.is_closed, parts)),
            ages: None,
            gather_ages: None,
            closed: true,
        })
    }

    /// The histograms of one metric by cell: buckets from the table, the exact numbers of all cells from the summary.
    fn cells(&mut self, lane: LaneKey, metric: Metric, all: &Statistics) -> Vec<Cell> {
        let cell = |outcome| {
            let buckets = self.buckets.take(lane, Block::Ended(metric, outcome));
            let samples = Histogram::from_buckets(metric.precision(), buckets);
            (!samples.is_empty()).then(|| (metric, outcome, with_extremes(samples, all)))
        };
        Outcome::all().filter_map(cell).collect()
    }

    /// The ages of cancelled tasks by cell and those of unfinished ones, of which the summary has numbers together.
    fn censored(&mut self, lane: LaneKey, all: &Statistics) -> (Vec<Cell>, Option<Histogram>) {
        let mut cells = self.cells(lane, Metric::Censored, all);
        let unfinished = Histogram::from_buckets(Precision::Fine, self.buckets.take(lane, Block::Unfinished));
        let mut unfinished = (!unfinished.is_empty()).then(|| with_extremes(unfinished, all));
        settle_total(cells.iter_mut().map(|(.., samples)| samples).chain(&mut unfinished), all);
        (cells, unfinished)
    }

    fn gathers(&mut self, lane_key: LaneKey, lane: &Lane) -> Option<(GatherBook, u64)> {
        let numbers = &lane.gathers;
        let buckets = self.buckets.take(lane_key, Block::Gathers);
        let complete = Histogram::from_buckets(Precision::Fine, self.buckets.take(lane_key, Block::CompleteGathers));
        let slowest = self.slowest.remove(&lane_key).unwrap_or_default();
        if numbers.started == 0 {
            return None;
        }
        let decided = numbers.started - numbers.open;
        let missed = numbers.timed_out.min(decided);
        let latency = with_extremes(Histogram::from_buckets(Precision::Fine, buckets), &numbers.latency_ns);
        let total = u128::from(numbers.latency_ns.mean) * u128::from(latency.count());
        let mut book = GatherBook::default();
        (book.started, book.late, book.wasted_ns) = (numbers.started, missed, numbers.wasted_ns.into());
        (book.spoilt_ns, book.spoilt_busy_ns) = (lane.waste.spoilt_ns.into(), lane.waste.spoilt_busy_ns.into());
        book.latency = latency.with_total_ns(total);
        book.complete = with_extremes(complete, &numbers.latency_ns);
        book.straggler_gap = of_statistics(&numbers.straggler_gap_ns);
        book.slowest = slowest;
        let book = [
            (GatherOutcome::Complete, numbers.complete),
            (GatherOutcome::Partial, numbers.partial),
            (GatherOutcome::Failed, numbers.failed),
            (GatherOutcome::Cancelled, numbers.cancelled),
        ]
        .into_iter()
        .fold(book, |book, (outcome, count)| book.with_decided(outcome, count));
        Some((book, numbers.timed_out - missed))
    }

    /// Refuses tables that count other tasks than the summary does.
    fn check(&self, lane: &Lane, histograms: &[Cell], unfinished: Option<&Histogram>) -> Result<(), ImportError> {
        for (outcome, count) in lane.ended() {
            let metric = if outcome.ending == Ending::Cancelled { Metric::Censored } else { Metric::Service };
            let of_cell = histograms.iter().find(|(m, o, _)| (*m, *o) == (metric, outcome));
            let found = of_cell.map_or(0, |(.., samples)| samples.count());
            if found != count {
                let when = if outcome.is_late() { "late" } else { "on time" };
                let message =
                    format!("has {found} samples of tasks {} {when}, and `summary.json` {count}", outcome.ending);
                return Err(self.foreign(&message));
            }
        }
        match unfinished.map_or(0, Histogram::count) {
            found if found == lane.unfinished || found == 0 => Ok(()),
            found => {
                let message =
                    format!("has {found} samples of unfinished tasks, and `summary.json` {}", lane.unfinished);
                Err(self.foreign(&message))
            }
        }
    }

    fn foreign(&self, message: &str) -> ImportError {
        ImportError {
            path: self.directory.join("histogram.csv"),
            line: None,
            message: message.to_owned(),
            help: "these files are not of one run: write the run's files again into a directory of their own"
                .to_owned(),
        }
    }
}

impl Lane {
    /// What the summary says of each metric but the censored ages.
    fn metrics(&self) -> [(Metric, &Statistics); 6] {
        [
            (Metric::Service, &self.service_ns),
            (Metric::Response, &self.response_ns),
            (Metric::StartDelay, &self.start_delay_ns),
            (Metric::Busy, &self.busy_ns),
            (Metric::Overrun, &self.overrun_ns),
            (Metric::CancelLag, &self.cancel_lag_ns),
        ]
    }
}

fn with_extremes(samples: Histogram, all: &Statistics) -> Histogram {
    samples.with_exact(Duration::from_nanos(all.min), Duration::from_nanos(all.max))
}

/// Makes the samples add up to the mean of all, by what the largest histogram is off.
fn settle_total<'a>(samples: impl Iterator<Item = &'a mut Histogram>, all: &Statistics) {
    let mut samples: Vec<&mut Histogram> = samples.collect();
    let sum: u128 = samples.iter().map(|samples| samples.total_ns()).sum();
    let count: u64 = samples.iter().map(|samples| samples.count()).sum();
    let exact = u128::from(all.mean) * u128::from(count);
    if let Some(largest) = samples.iter_mut().max_by_key(|samples| samples.total_ns()) {
        let settled = (largest.total_ns() + exact).saturating_sub(sum);
        **largest = largest.clone().with_total_ns(settled);
    }
}

fn step(step: &super::summary::Step, why: &Why) -> StepBook {
    let mut book = StepBook::new(&step.name);
    book.service = of_statistics(&step.service_ns);
    if let Some([on_time, late]) = why.steps.get(&step.name) {
        book.spend(Lateness::OnTime, u128::from(*on_time));
        book.spend(Lateness::Late, u128::from(*late));
    }
    book
}

/// The histogram the summary has only numbers of.
pub(super) fn of_statistics(numbers: &Statistics) -> Histogram {
    let Statistics { count, min, mean, p50, p75, p90, p95, p99, p999, p9999, max, .. } = *numbers;
    let [min, mean, max] = [min, mean, max].map(Duration::from_nanos);
    let quantiles = [p50, p75, p90, p95, p99, p999, p9999].map(Duration::from_nanos);
    Histogram::from_quantiles(Precision::Coarse, Exact { count, min, max, mean }, quantiles)
}
