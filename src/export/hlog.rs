//! `latency.hlog`: the samples of every lane and metric, an interval a second, as `HdrHistogram` logs them.
//!
//! Intervals begin at the start of the run. A run that is recorded while it goes on has one a second; one that is written
//! when it is over has one.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use super::tagged::{metrics, tag};
use crate::histogram::{self, Histogram, Log};
use crate::ledger::LaneKey;
use crate::snapshot::Snapshot;
use crate::text::one_line;

/// As much of a scenario's name as the head of a log has.
const LONGEST_NAME: usize = 100;

/// A log, and what it has by now.
pub(super) struct Recorder<'a, W: Write> {
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

/// Writes the run that these snapshots show as it went on; nothing of no snapshot.
///
/// # Errors
/// Those of the snapshots and of `out`.
pub fn write_log(
    snapshots: impl IntoIterator<Item = io::Result<Arc<Snapshot>>>,
    mut out: &mut dyn Write,
) -> io::Result<()> {
    let mut snapshots = snapshots.into_iter();
    let Some(first) = snapshots.next().transpose()? else { return Ok(()) };
    record(&first, &mut out, |log| {
        log.interval(&first)?;
        snapshots.try_for_each(|snapshot| snapshot.and_then(|snapshot| log.interval(&snapshot)))
    })
}

/// Begins the log and lets `write` write its intervals.
pub(super) fn record<W: Write>(
    snapshot: &Snapshot,
    out: &mut W,
    write: impl FnOnce(&mut Recorder<'_, W>) -> io::Result<()>,
) -> io::Result<()> {
    let comment = format!(
        "tardy {}: {}, in nanoseconds",
        env!("CARGO_PKG_VERSION"),
        one_line(&snapshot.info.scenario, LONGEST_NAME)
    );
    histogram::write_log(out, &comment, snapshot.info.started_at, |log| {
        write(&mut Recorder { log, until: snapshot.began, began: snapshot.began, logged: Vec::new() })
    })
}

impl<W: Write> Recorder<'_, W> {
    /// Writes what came since the last interval. What warms up is not measured.
    pub(super) fn interval(&mut self, snapshot: &Snapshot) -> io::Result<()> {
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
                let tag = tag(lane.key, metric);
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
