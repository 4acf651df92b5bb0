//! `latency.hlog`: the samples of every lane and metric, an interval a second, as `HdrHistogram` logs them.
//!
//! A tag such as `observe-250ms/response` names lane and metric, the metrics of `histogram.csv` over all endings;
//! `censored` has the unfinished tasks, too, in the last interval. Intervals begin at the start of the run. A run that
//! is recorded while it goes on has one a second; one that is written when it is over has one.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::histogram::{Histogram, Log, Precision, write_log};
use crate::ledger::{LaneKey, Metric};
use crate::snapshot::{LaneView, Snapshot};
use crate::text::one_line;
use crate::units;

/// The time from one interval to the next.
const INTERVAL: Duration = Duration::from_secs(1);

/// As much of a scenario's name as the head of a log has.
const LONGEST_NAME: usize = 100;

/// What has been logged of a run.
struct Recorder<'a, W: Write> {
    log: Log<'a, W>,
    /// The end of the last interval, since the run's epoch.
    until: Duration,
    /// When what was logged began to be measured.
    began: Duration,
    logged: Vec<(LaneKey, &'static str, Histogram)>,
}

/// Writes the run as one interval.
pub(super) fn write(snapshot: &Snapshot, mut out: &mut dyn Write) -> io::Result<()> {
    record(snapshot, &mut out, |recorder| recorder.interval(snapshot))
}

/// Writes the run that `newest` shows as it goes on, until `ended` has no sender any more.
///
/// # Errors
/// Those of `out`, which is not written to any more then.
pub(super) fn follow(newest: impl Fn() -> Arc<Snapshot>, ended: &Receiver<()>, out: &mut impl Write) -> io::Result<()> {
    record(&newest(), out, |recorder| {
        loop {
            let is_last = ended.recv_timeout(INTERVAL) != Err(RecvTimeoutError::Timeout);
            recorder.interval(&newest())?;
            if is_last {
                return Ok(());
            }
        }
    })
}

fn record<W: Write>(
    snapshot: &Snapshot,
    out: &mut W,
    write: impl FnOnce(&mut Recorder<'_, W>) -> io::Result<()>,
) -> io::Result<()> {
    let comment = format!(
        "tardy {}: {}, in nanoseconds",
        env!("CARGO_PKG_VERSION"),
        one_line(&snapshot.info.scenario, LONGEST_NAME)
    );
    write_log(out, &comment, snapshot.info.started_at, |log| {
        write(&mut Recorder { log, until: snapshot.began, began: snapshot.began, logged: Vec::new() })
    })
}

impl<W: Write> Recorder<'_, W> {
    /// Writes what came since the last interval. What warms up is not measured.
    fn interval(&mut self, snapshot: &Snapshot) -> io::Result<()> {
        if snapshot.warmup.is_some() {
            return Ok(());
        }
        if snapshot.began != self.began {
            if !self.logged.is_empty() {
                self.log.comment("reset: what is above is in no other file of the run")?;
            }
            (self.began, self.until) = (snapshot.began, snapshot.began);
            self.logged.clear();
        }
        let now = snapshot.began + snapshot.elapsed;
        let interval = (self.until, now.saturating_sub(self.until));
        for lane in &snapshot.lanes {
            for (metric, samples) in metrics(lane) {
                let tag = format!("{}/{metric}", name(lane.key));
                let before = self.logged.iter_mut().find(|logged| (logged.0, logged.1) == (lane.key, metric));
                self.log.interval(&tag, interval, &samples, before.as_ref().map(|before| &before.2))?;
                match before {
                    Some(before) => before.2 = samples,
                    None => self.logged.push((lane.key, metric, samples)),
                }
            }
        }
        self.until = now;
        Ok(())
    }
}

/// A lane, in a word.
fn name(key: LaneKey) -> String {
    let deadline = key.deadline.map_or_else(|| "none".to_owned(), |after| units::exact(after).replace(' ', ""));
    format!("{}-{deadline}", key.policy.word())
}

/// All samples of a lane, by metric.
fn metrics(lane: &LaneView) -> impl Iterator<Item = (&'static str, Histogram)> {
    let tasks = Metric::ALL.into_iter().map(|metric| {
        let unfinished = lane.book.unfinished().filter(|_| metric == Metric::Censored);
        let mut all = Histogram::new(metric.precision());
        lane.book.cells(metric).map(|(_, samples)| samples).chain(unfinished).for_each(|samples| all.merge(samples));
        (metric.word(), all)
    });
    let gathers = lane.book.gathers().map(|gathers| {
        let mut all = Histogram::new(Precision::Fine);
        all.merge(&gathers.latency);
        ("gather", all)
    });
    tasks.chain(gathers)
}
