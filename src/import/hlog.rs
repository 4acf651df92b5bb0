//! A log of latencies, of tardy or of another tool, as a run that a screen can go back in.
//!
//! A tag such as `observe-250ms/response` is a lane and a metric; under any other tag are service times of a step of that name
//! in the lane without a deadline. A log does not say how tasks ended: those of service times count as done, late when
//! they are among the longest, as many as have an overrun; those of ages count as cancelled.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{ImportError, file};
use crate::export::{GATHER, untag};
use crate::histogram::{Bucket, Histogram, Interval, Logged, NoLine, Precision, read_log};
use crate::ledger::{Book, GatherBook, LaneKey, MAX_LANES, Metric, Parts, StepBook};
use crate::outcome::{Ending, GatherOutcome, Lateness, Outcome, Policy};
use crate::shard::Part;
use crate::snapshot::{
    Awaits, Counts, EndedBy, Heat, LaneView, LoadView, OwnCost, Recorder, Recording, RunInfo, RuntimeView, Snapshot,
    State, Timeline, TimelineRow, Unreadable,
};
use crate::text::one_line;
use crate::units::LoadMode;

/// The most samples of one line.
const MOST_SAMPLES: u64 = 1 << 40;

/// The most frames that are made of a log.
const MOST_FRAMES: usize = 600;

/// What a lane has so far.
struct Lane {
    key: LaneKey,
    metrics: [Histogram; Metric::ALL.len()],
    gathers: Histogram,
    steps: Vec<StepBook>,
}

/// Reads a log, and says what there is to know of it.
pub(super) fn read(path: &Path) -> Result<(Recording, Option<String>), ImportError> {
    let bytes = file::read_bytes(path, file::LARGEST)?;
    let wrong = |line, message: String| ImportError {
        path: path.to_owned(),
        line,
        message,
        help: "expected a log of histograms as HdrHistogram writes it, such as a run's `latency.hlog`".to_owned(),
    };
    let logged = read_log(&bytes).map_err(|error| match error {
        NoLine::At(offset) => {
            let line = bytes[..offset.min(bytes.len())].split(|&byte| byte == b'\n').count() as u64;
            wrong(Some(line), "is no line of a log".to_owned())
        }
        NoLine::Samples(number, why) => {
            wrong(None, format!("the histogram of interval {number} cannot be read: {why}"))
        }
    })?;
    if let Some(number) = logged.intervals.iter().position(|interval| interval.samples.count() > MOST_SAMPLES) {
        return Err(wrong(None, format!("the histogram of interval {} has more samples than a run", number + 1)));
    }
    if logged.intervals.is_empty() {
        return Err(wrong(None, "has no interval".to_owned()));
    }
    let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let recording = recorded(logged, &one_line(&name, 60)).map_err(|error| wrong(None, error.to_string()))?;
    Ok((
        recording,
        Some("from a log, which does not say how tasks ended: they count as done, or as cancelled".to_owned()),
    ))
}

/// The log as a recording: a frame for all lines of one start, or for a few of these.
fn recorded(logged: Logged, name: &str) -> Result<Recording, Unreadable> {
    let Logged { epoch, mut intervals } = logged;
    intervals.sort_by_key(|interval| interval.start);
    let groups: Vec<&[Interval]> = intervals.chunk_by(|a, b| a.start == b.start).collect();
    let info = Arc::new(info(name, epoch.unwrap_or(SystemTime::UNIX_EPOCH)));
    let (mut recorder, mut bytes) = (Recorder::default(), Recorder::head("")?);
    let (mut lanes, mut timeline, mut elapsed) = (Vec::new(), Timeline::default(), Duration::ZERO);
    let stride = groups.len().div_ceil(MOST_FRAMES);
    for (number, group) in groups.iter().enumerate() {
        let row = add(&mut lanes, group)?;
        elapsed = elapsed.max(row.at + row.length);
        timeline.push(row);
        let is_last = number + 1 == groups.len();
        if is_last || number % stride == stride - 1 {
            let timeline = Arc::new(timeline.clone());
            bytes.extend(recorder.frame(&snapshot(&info, &lanes, timeline, (elapsed, is_last)))?);
        }
    }
    Recording::read(&bytes)
}

/// Adds the lines of one interval to their lanes, and says what came in it.
fn add(lanes: &mut Vec<Lane>, group: &[Interval]) -> Result<TimelineRow, Unreadable> {
    let at = group.first().map_or(Duration::ZERO, |interval| interval.start);
    let length = group.iter().map(|interval| interval.length).max().unwrap_or_default();
    let mut all = Histogram::new(Precision::Fine);
    let mut heat = Vec::new();
    let mut counts = Counts::default();
    for Interval { tag, samples, .. } in group {
        let (key, metric) =
            tag.as_deref().and_then(untag).unwrap_or((LaneKey { policy: Policy::Observe, deadline: None }, ""));
        let lane = lane(lanes, key)?;
        let before = lane.counts();
        match Metric::ALL.into_iter().find(|known| known.word() == metric) {
            Some(metric) => lane.metrics[metric as usize].merge(samples),
            None if metric == GATHER => lane.gathers.merge(samples),
            None => lane.step(tag.as_deref().unwrap_or("all"), samples),
        }
        counts = counts + lane.counts().since(before);
        let none = Histogram::new(Precision::Coarse);
        match metric {
            "service" | "" => {
                all.merge(samples);
                heat.push(Heat::of(key, samples, &none));
            }
            "censored" => heat.push(Heat::of(key, &none, samples)),
            _ => {}
        }
    }
    let quantile = |q| (!all.is_empty()).then(|| all.quantile(q));
    Ok(TimelineRow {
        at,
        length,
        counts,
        p50: quantile(0.5),
        p90: quantile(0.9),
        p99: quantile(0.99),
        p999: quantile(0.999),
        max: (!all.is_empty()).then(|| all.max()),
        heat: Heat::joined(&heat),
        lane: lanes.last().map(|lane| lane.key),
        ..TimelineRow::default()
    })
}

/// The lane of this key, made when it is first asked for.
fn lane(lanes: &mut Vec<Lane>, key: LaneKey) -> Result<&mut Lane, Unreadable> {
    let at = lanes.iter().position(|lane| lane.key == key).unwrap_or(lanes.len());
    if at == lanes.len() {
        if at == MAX_LANES {
            return Err(Unreadable::because(format_args!("it has more than {MAX_LANES} lanes")));
        }
        lanes.push(Lane {
            key,
            metrics: Metric::ALL.map(|metric| Histogram::new(metric.precision())),
            gathers: Histogram::new(Precision::Fine),
            steps: Vec::new(),
        });
    }
    Ok(&mut lanes[at])
}

impl Lane {
    fn of(&self, metric: Metric) -> &Histogram {
        &self.metrics[metric as usize]
    }

    /// Adds service times of a step of another tool's name.
    fn step(&mut self, name: &str, samples: &Histogram) {
        self.metrics[Metric::Service as usize].merge(samples);
        let known = self.steps.iter().position(|step| &*step.name == name);
        let at = known.unwrap_or(self.steps.len().min(crate::ledger::MAX_STEPS - 1));
        if at == self.steps.len() {
            self.steps.push(StepBook::new(&one_line(name, 60)));
        }
        self.steps[at].service.merge(samples);
    }

    /// The times of tasks that came to an end of their own, on time and late.
    fn split(&self, metric: Metric) -> [Histogram; 2] {
        let all = self.of(metric);
        let late = self.of(Metric::Overrun).count().min(all.count());
        split(all, all.count() - late)
    }

    /// The ages of cancelled tasks, on time and late.
    fn cancelled(&self) -> [Histogram; 2] {
        let all = self.of(Metric::Censored);
        let before = self.key.deadline.map_or(all.count(), |deadline| {
            all.buckets().filter(|bucket| bucket.high < deadline).map(|bucket| bucket.count).sum()
        });
        split(all, before)
    }

    fn counts(&self) -> Counts {
        let ([on_time, late], [early, expired]) = (self.split(Metric::Service), self.cancelled());
        let [on_time, late, early, expired] = [on_time, late, early, expired].map(|samples| samples.count());
        let (done, cancelled) = (on_time + late, early + expired);
        Counts { spawned: done + cancelled, done, cancelled, on_time, missed: late + expired, ..Counts::default() }
    }

    fn view(&self, open: Duration) -> LaneView {
        let cell = |ending, lateness| Outcome { ending, lateness };
        let [on_time, late] = [Lateness::OnTime, Lateness::Late].map(|lateness| cell(Ending::Done, lateness));
        let [early, expired] = [Lateness::OnTime, Lateness::Late].map(|lateness| cell(Ending::Cancelled, lateness));
        let is_closed = self.of(Metric::Response).count() != self.of(Metric::Service).count();
        let mut histograms = Vec::new();
        let mut put = |metric, outcome, samples: Histogram| {
            if !samples.is_empty() {
                histograms.push((metric, outcome, samples));
            }
        };
        for metric in [Metric::Service, Metric::Response] {
            if metric == Metric::Service || !is_closed {
                let [met, missed] = self.split(metric);
                put(metric, on_time, met);
                put(metric, late, missed);
            }
        }
        let [before, after] = self.cancelled();
        let ages = [before.count(), after.count()];
        put(Metric::Censored, early, before);
        put(Metric::Censored, expired, after);
        for (metric, outcome) in [
            (Metric::StartDelay, on_time),
            (Metric::Busy, on_time),
            (Metric::Overrun, late),
            (Metric::CancelLag, expired),
        ] {
            put(metric, outcome, self.of(metric).clone());
        }
        let [met, missed] = self.split(Metric::Service).map(|samples| samples.count());
        let gathers = (!self.gathers.is_empty()).then(|| {
            let (started, latency) = (self.gathers.count(), self.gathers.clone());
            let mut book = GatherBook::default();
            (book.started, book.complete, book.latency) = (started, latency.clone(), latency);
            book.with_decided(GatherOutcome::Complete, started)
        });
        let parts = Parts {
            ended: vec![(on_time, met), (late, missed), (early, ages[0]), (expired, ages[1])],
            cancelled_at_deadline: if self.key.policy == Policy::Cancel { ages[1] } else { 0 },
            histograms,
            steps: self.steps.clone(),
            gathers,
            ..Parts::default()
        };
        LaneView {
            key: self.key,
            spawned: met + missed + ages[0] + ages[1],
            open,
            overdue: 0,
            gathers_overdue: 0,
            book: Arc::new(Book::restored(is_closed, parts)),
            ages: None,
            gather_ages: None,
            closed: true,
        }
    }
}

/// The shortest `first` samples, and the others.
fn split(all: &Histogram, first: u64) -> [Histogram; 2] {
    let mut left = first;
    let mut parts: [Vec<Bucket>; 2] = Default::default();
    for bucket in all.buckets() {
        let count = bucket.count.min(left);
        left -= count;
        parts[0].extend((count > 0).then_some(Bucket { count, ..bucket }));
        let count = bucket.count - count;
        parts[1].extend((count > 0).then_some(Bucket { count, ..bucket }));
    }
    parts.map(|buckets| Histogram::from_buckets(Precision::Fine, buckets))
}

/// What is known of a run by its log.
fn info(name: &str, started_at: SystemTime) -> RunInfo {
    RunInfo {
        scenario: name.to_owned(),
        about: "a log of latencies".to_owned(),
        lesson: String::new(),
        started_at,
        seed: 0,
        workers: 0,
        unstable: false,
        width: 1,
        gather: None,
        duration: None,
        tasks: None,
        part: Part::Whole,
        start_at: None,
        gates: crate::condition::Gates::default(),
        baseline: None,
    }
}

fn snapshot(
    info: &Arc<RunInfo>,
    lanes: &[Lane],
    timeline: Arc<Timeline>,
    (elapsed, is_last): (Duration, bool),
) -> Snapshot {
    let latest = lanes.last().map_or(LaneKey { policy: Policy::Observe, deadline: None }, |lane| lane.key);
    Snapshot {
        info: Arc::clone(info),
        state: if is_last { State::Finished(EndedBy::User) } else { State::Running },
        elapsed,
        loaded: elapsed,
        began: Duration::ZERO,
        changed_before: false,
        warmup: None,
        policy: latest.policy,
        deadline: latest.deadline,
        load: LoadView {
            mode: LoadMode::None,
            paused: false,
            due: 0,
            spawned: 0,
            shed: 0,
            queued: 0,
            arrival_lag: Arc::new(Histogram::new(Precision::Coarse)),
        },
        lanes: lanes.iter().map(|lane| lane.view(elapsed)).collect(),
        timeline,
        recent: Arc::default(),
        blocks: Arc::default(),
        overdue: Vec::new(),
        awaits: Arc::new(Awaits::default()),
        runtime: RuntimeView::default(),
        cost: OwnCost::default(),
        workload: Arc::default(),
        from_files: true,
        balanced: None,
    }
}
