//! What a snapshot says in the words of Prometheus: families of counters, gauges and histograms, in seconds.
//!
//! Owns names, labels, help and the widths of buckets. It must not know in which format they are written.
//!
//! A histogram has two kinds of buckets. Those of a native histogram are 2.2 % wide, so that a quantile read off one lies at most 2.2 % from ours.
//! Those of the text format, 1, 2 and 5 of each tenfold, are as wide as they are in any application.

use std::collections::HashMap;
use std::fmt::Result;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeGaugeValue, MetricEncoder, NativeHistogram, NativeHistogramBuckets, NoLabelSet,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;

use super::native::{Native, SCHEMA};
use crate::histogram::Histogram;
use crate::ledger::{GatherBook, LaneKey, Metric};
use crate::outcome::{GatherOutcome, Outcome};
use crate::snapshot::{LaneView, Snapshot, State};
use crate::units::exact;

/// The bounds of the text format, in seconds; `+Inf` comes by itself.
const BOUNDS: [f64; 28] = [
    1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0,
    5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0,
];

type Labels = Vec<(&'static str, String)>;

/// One snapshot, to be told.
#[derive(Debug)]
pub(super) struct Families {
    pub(super) run: Arc<Snapshot>,
    /// The deadlines missed by the tasks of each lane, and by its gathers.
    pub(super) missed: Vec<[u64; 2]>,
}

impl Collector for Families {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> Result {
        let mut out = Out(encoder);
        about(&self.run, &mut out)?;
        load(&self.run, &mut out)?;
        runtime(&self.run, &mut out)?;
        // What a warm-up counts is forgotten at its end.
        if self.run.state == State::Warmup {
            return Ok(());
        }
        self.tasks(&mut out)?;
        self.gathers(&mut out)?;
        self.times(&mut out)
    }
}

impl Families {
    fn tasks(&self, out: &mut Out<'_>) -> Result {
        let each = |count: fn(&LaneView) -> u64| self.lanes(move |lane| vec![(labels(&lane.key), count(lane))]);
        out.counters("tasks_spawned", "Tasks spawned", each(|lane| lane.spawned))?;
        let ended =
            self.lanes(|lane| Outcome::all().map(|o| (with_outcome(&lane.key, o), lane.book.ended(o))).collect());
        out.counters("tasks_ended", "Tasks that ended, by ending and lateness", ended)?;
        let missed = self.lanes_with_missed(|lane, [missed, _]| Some((labels(&lane.key), missed)));
        out.counters("timeouts", "Deadlines missed by tasks, whether these have ended or not", missed)?;
        out.gauges("tasks_in_flight", "Tasks spawned and not ended", each(LaneView::in_flight))?;
        out.gauges("tasks_overdue", "Tasks in flight past their deadline", each(|lane| lane.overdue))
    }

    fn gathers(&self, out: &mut Out<'_>) -> Result {
        let each = |count: fn(&LaneView, &GatherBook) -> u64| {
            self.lanes(move |lane| {
                lane.book.gathers().map(|book| (labels(&lane.key), count(lane, book))).into_iter().collect()
            })
        };
        let outcomes = |book: &GatherBook, key: &LaneKey| {
            let labelled =
                |o: GatherOutcome| ([labels(key), vec![("outcome", o.word().to_owned())]].concat(), book.decided(o));
            GatherOutcome::ALL.map(labelled).to_vec()
        };
        out.counters("gathers_started", "Gathers started", each(|_, book| book.started))?;
        let ended = self.lanes(|lane| lane.book.gathers().map_or_else(Vec::new, |book| outcomes(book, &lane.key)));
        out.counters("gathers_ended", "Gathers that have their outcome, by outcome", ended)?;
        let missed =
            self.lanes_with_missed(|lane, [_, missed]| lane.book.gathers().map(|_| (labels(&lane.key), missed)));
        out.counters("gather_timeouts", "Gathers whose deadline has passed before their outcome", missed)?;
        out.gauges("gathers_open", "Gathers without an outcome", each(|_, book| book.open()))?;
        out.gauges(
            "gathers_overdue",
            "Gathers without an outcome past their deadline",
            each(|lane, _| lane.gathers_overdue),
        )
    }

    fn times(&self, out: &mut Out<'_>) -> Result {
        let since = self.run.info.started_at + self.run.began;
        for metric in Metric::ALL {
            let (name, help) = told(metric);
            let of = |lane: &LaneView| {
                let histogram = lane.book.histogram(metric, |_| true);
                (!histogram.is_empty()).then(|| (labels(&lane.key), histogram))
            };
            out.histograms(name, help, since, self.run.lanes.iter().filter_map(of))?;
        }
        let gathers = |lane: &LaneView| Some((labels(&lane.key), lane.book.gathers()?.latency.clone()));
        out.histograms(
            "gather_latency",
            "Start to outcome of a gather",
            since,
            self.run.lanes.iter().filter_map(gathers),
        )
    }

    fn lanes<T>(&self, of: impl Fn(&LaneView) -> Vec<T>) -> impl Iterator<Item = T> {
        self.run.lanes.iter().flat_map(of)
    }

    fn lanes_with_missed<T>(&self, of: impl Fn(&LaneView, [u64; 2]) -> Option<T>) -> impl Iterator<Item = T> {
        self.run.lanes.iter().zip(&self.missed).filter_map(move |(lane, &missed)| of(lane, missed))
    }
}

/// What is run, and by what.
fn about(run: &Snapshot, out: &mut Out<'_>) -> Result {
    let version = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
    out.gauges("build_info", "The version of tardy", [(version, 1_u64)].into_iter())?;
    let what = vec![("scenario", run.info.scenario.clone()), ("seed", run.info.seed.to_string())];
    out.gauges("run_info", "What is run", [(what, 1_u64)].into_iter())?;
    out.gauge("run_elapsed_seconds", "Time measured so far", run.elapsed.as_secs_f64())
}

fn load(run: &Snapshot, out: &mut Out<'_>) -> Result {
    let load = &run.load;
    let arrivals =
        [("spawned", load.spawned), ("shed", load.shed)].map(|(fate, n)| (vec![("fate", fate.to_owned())], n));
    out.counters(
        "arrivals",
        "Arrivals that were spawned, or given up because too much was in flight",
        arrivals.into_iter(),
    )?;
    out.gauge("arrivals_queued", "Arrivals whose time has come and that wait for room", load.queued)?;
    let since = run.info.started_at + run.began;
    let lag = [(Labels::new(), Histogram::clone(&load.arrival_lag))].into_iter();
    out.histograms("arrival_lag", "Intended arrival to spawn", since, lag)
}

fn runtime(run: &Snapshot, out: &mut Out<'_>) -> Result {
    out.gauge("workers", "Worker threads of the measured runtime", run.info.workers)?;
    out.gauge(
        "workers_busy_ratio",
        "Share of the workers' time spent busy over the last second",
        run.runtime.busy_share,
    )?;
    out.gauge("runtime_tasks", "Tasks alive on the measured runtime", run.runtime.live_tasks)?;
    out.gauge(
        "clock_lag_seconds",
        "How late tardy's own clock was for its ticks, at most in the last second",
        run.cost.tick_lag.as_secs_f64(),
    )
}

/// The name of the family of a metric, and what it is.
fn told(metric: Metric) -> (&'static str, &'static str) {
    match metric {
        Metric::Service => ("task_service", "Spawn to end of tasks that came to an end of their own"),
        Metric::Response => ("task_response", "Intended arrival to end of tasks that came to an end of their own"),
        Metric::StartDelay => ("task_start_delay", "Spawn to first poll"),
        Metric::Busy => ("task_busy", "Time inside polls"),
        Metric::Overrun => ("task_overrun", "Time past the deadline, of late tasks that came to an end of their own"),
        Metric::CancelLag => ("task_cancel_lag", "Cancel requested to future dropped"),
        Metric::Censored => ("task_censored", "Age of cancelled tasks, which would have taken longer"),
    }
}

fn labels(key: &LaneKey) -> Labels {
    let deadline = key.deadline.map_or_else(|| "none".to_owned(), exact);
    vec![("policy", key.policy.word().to_owned()), ("deadline", deadline)]
}

fn with_outcome(key: &LaneKey, outcome: Outcome) -> Labels {
    let ending = ("ending", outcome.ending.word().to_owned());
    [labels(key), vec![ending, ("lateness", outcome.lateness.word().to_owned())]].concat()
}

/// Where families go.
struct Out<'a>(DescriptorEncoder<'a>);

impl Out<'_> {
    fn counters(&mut self, name: &str, help: &str, samples: impl Iterator<Item = (Labels, u64)>) -> Result {
        self.family(name, help, MetricType::Counter, samples, |out, n| {
            out.encode_counter::<NoLabelSet, _, f64>(&n, None)
        })
    }

    fn gauges<N>(&mut self, name: &str, help: &str, samples: impl Iterator<Item = (Labels, N)>) -> Result
    where
        N: EncodeGaugeValue,
    {
        self.family(name, help, MetricType::Gauge, samples, |out, n| out.encode_gauge(&n))
    }

    fn gauge<N>(&mut self, name: &str, help: &str, value: N) -> Result
    where
        N: EncodeGaugeValue,
    {
        self.gauges(name, help, [(Labels::new(), value)].into_iter())
    }

    fn histograms(
        &mut self,
        name: &str,
        help: &str,
        since: SystemTime,
        samples: impl Iterator<Item = (Labels, Histogram)>,
    ) -> Result {
        self.family(name, help, MetricType::Histogram, samples, |out, h| histogram(out, &h, since))
    }

    /// A family, unless it has no samples.
    fn family<S>(
        &mut self,
        name: &str,
        help: &str,
        kind: MetricType,
        samples: impl Iterator<Item = (Labels, S)>,
        encode: impl Fn(&mut MetricEncoder<'_>, S) -> Result,
    ) -> Result {
        let mut samples = samples.peekable();
        if samples.peek().is_none() {
            return Ok(());
        }
        // Times are in seconds, and their names say so.
        let unit = matches!(kind, MetricType::Histogram).then_some(&Unit::Seconds);
        let mut family = self.0.encode_descriptor(name, help, unit, kind)?;
        samples.try_for_each(|(labels, sample)| encode(&mut family.encode_family(&labels)?, sample))
    }
}

fn histogram(out: &mut MetricEncoder<'_>, histogram: &Histogram, since: SystemTime) -> Result {
    let native = Native::of(histogram);
    let native = NativeHistogram {
        schema: SCHEMA.into(),
        zero_threshold: 0.0,
        zero_count: native.zero,
        negative: NativeHistogramBuckets { spans: &[], deltas: &[] },
        positive: NativeHistogramBuckets { spans: &native.spans, deltas: &native.deltas },
        created: Some(since),
    };
    let (sum, count) = (histogram.total().as_secs_f64(), histogram.count());
    out.encode_histogram_with_native::<NoLabelSet>(sum, count, &classic(histogram), None, native)
}

/// How many samples each bucket of the text format has; a bucket of ours goes where its upper end belongs.
fn classic(histogram: &Histogram) -> Vec<(f64, u64)> {
    let mut buckets: Vec<(f64, u64)> = BOUNDS.iter().chain(&[f64::INFINITY]).map(|&bound| (bound, 0)).collect();
    for bucket in histogram.buckets() {
        let seconds = bucket.high.as_secs_f64();
        let at = BOUNDS.partition_point(|&bound| bound < seconds);
        buckets[at].1 += bucket.count;
    }
    buckets
}

/// The most misses that were told of each lane. The clock takes back a miss of a task that turns out to have ended in time,
/// and a counter that goes down is taken for one that began anew.
#[derive(Debug, Default)]
pub(super) struct Misses {
    began: Duration,
    told: HashMap<LaneKey, [u64; 2]>,
}

impl Misses {
    /// The misses of each lane of `run`, by tasks and by gathers.
    pub(super) fn of(&mut self, run: &Snapshot) -> Vec<[u64; 2]> {
        if self.began != run.began {
            *self = Self { began: run.began, ..Self::default() };
        }
        let of = |lane: &LaneView| {
            let told = self.told.entry(lane.key).or_default();
            *told = [told[0].max(lane.timed_out()), told[1].max(lane.gathers_timed_out())];
            *told
        };
        run.lanes.iter().map(of).collect()
    }
}
