//! What a snapshot says as counters, gauges and histograms.
//!
//! Owns names, labels and help. It must not know in which format they are written.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use crate::histogram::Histogram;
use crate::ledger::{GatherBook, LaneKey, Metric};
use crate::outcome::{GatherOutcome, Outcome};
use crate::shard::Shard;
use crate::snapshot::{LaneView, Snapshot, State};
use crate::units::exact;

/// What a sample is of.
pub(super) type Labels = Vec<(&'static str, String)>;

/// Samples of one kind.
#[derive(Debug)]
pub(super) struct Family {
    /// Words with dots between them, as OpenTelemetry names what it measures.
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) samples: Samples,
}

/// The samples of a family.
#[derive(Debug)]
pub(super) enum Samples {
    /// What only grows.
    Counters(Vec<(Labels, u64)>),
    /// What comes and goes.
    Gauges(Vec<(Labels, f64)>),
    /// A time that comes and goes, in seconds.
    Time(f64),
    /// Times that were measured.
    Histograms(Vec<(Labels, Histogram)>),
}

/// The families of a run that have samples.
pub(super) fn families(run: &Snapshot, misses: &mut Misses) -> Vec<Family> {
    let told = misses.of(run);
    let mut families = about(run);
    families.extend(runtime(run));
    // What a warm-up counts is forgotten at its end.
    if run.state != State::Warmup {
        families.push(time("run.elapsed", "Time measured so far", run.elapsed));
        families.extend(load(run));
        families.extend(tasks(run, &told));
        families.extend(gathers(run, &told));
        families.extend(times(run));
    }
    families.retain(|family| match &family.samples {
        Samples::Counters(samples) => !samples.is_empty(),
        Samples::Gauges(samples) => !samples.is_empty(),
        Samples::Histograms(samples) => !samples.is_empty(),
        Samples::Time(_) => true,
    });
    families
}

/// When what is counted began to be.
pub(super) fn since(run: &Snapshot) -> SystemTime {
    run.info.started_at + run.began
}

/// Which part of its scenario's run this is.
pub(super) fn shard(run: &Snapshot) -> String {
    run.info.part.shard().unwrap_or(Shard::WHOLE).to_string()
}

/// What is run, and by what.
fn about(run: &Snapshot) -> Vec<Family> {
    let version = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
    let what = [("scenario", run.info.scenario.clone()), ("seed", run.info.seed.to_string()), ("shard", shard(run))];
    vec![
        gauges("build.info", "The version of tardy", vec![(version, 1)]),
        gauges("run.info", "What is run", vec![(what.into(), 1)]),
    ]
}

fn load(run: &Snapshot) -> Vec<Family> {
    let load = &run.load;
    let fate = |fate: &str, count| (vec![("fate", fate.to_owned())], count);
    let arrivals = vec![fate("spawned", load.spawned), fate("shed", load.shed)];
    let lag = vec![(Labels::new(), Histogram::clone(&load.arrival_lag))];
    vec![
        counters("arrivals", "Arrivals that were spawned, or given up because too much was in flight", arrivals),
        gauges(
            "arrivals.queued",
            "Arrivals whose time has come and that wait for room",
            vec![(Labels::new(), load.queued)],
        ),
        histograms("arrival.lag", "Intended arrival to spawn", lag),
    ]
}

fn runtime(run: &Snapshot) -> Vec<Family> {
    let one = |count: usize| vec![(Labels::new(), count as u64)];
    let busy = Samples::Gauges(vec![(Labels::new(), run.runtime.busy_share)]);
    vec![
        gauges("workers", "Worker threads of the measured runtime", one(run.info.workers)),
        Family {
            name: "workers.busy.ratio",
            help: "Share of the workers' time spent busy over the last second",
            samples: busy,
        },
        gauges("runtime.tasks", "Tasks alive on the measured runtime", one(run.runtime.live_tasks)),
        time(
            "clock.lag",
            "How late tardy's own clock was for its ticks, at most in the last second",
            run.cost.tick_lag,
        ),
    ]
}

fn tasks(run: &Snapshot, missed: &[[u64; 2]]) -> Vec<Family> {
    let each = |count: fn(&LaneView) -> u64| run.lanes.iter().map(|lane| (labels(&lane.key), count(lane))).collect();
    let outcomes = |lane: &LaneView| {
        let book = lane.book.clone();
        let key = lane.key;
        Outcome::all().map(move |outcome| (with_outcome(&key, outcome), book.ended(outcome)))
    };
    let ended = run.lanes.iter().flat_map(outcomes).collect();
    let missed = run.lanes.iter().zip(missed).map(|(lane, missed)| (labels(&lane.key), missed[0])).collect();
    vec![
        counters("tasks.spawned", "Tasks spawned", each(|lane| lane.spawned)),
        counters("tasks.ended", "Tasks that ended, by ending and lateness", ended),
        counters("timeouts", "Deadlines missed by tasks, whether these have ended or not", missed),
        gauges("tasks.in_flight", "Tasks spawned and not ended", each(LaneView::in_flight)),
        gauges("tasks.overdue", "Tasks in flight past their deadline", each(|lane| lane.overdue)),
    ]
}

fn gathers(run: &Snapshot, missed: &[[u64; 2]]) -> Vec<Family> {
    let lanes = || run.lanes.iter().filter_map(|lane| Some((lane, lane.book.gathers()?)));
    let each = |count: fn(&LaneView, &GatherBook) -> u64| {
        lanes().map(|(lane, book)| (labels(&lane.key), count(lane, book))).collect()
    };
    let outcome = |lane: &LaneView, outcome: GatherOutcome| {
        [labels(&lane.key), vec![("outcome", outcome.word().to_owned())]].concat()
    };
    let ended = lanes().flat_map(|(lane, book)| GatherOutcome::ALL.map(|o| (outcome(lane, o), book.decided(o))));
    let ended = ended.collect();
    let missed = run.lanes.iter().zip(missed).filter(|(lane, _)| lane.book.gathers().is_some());
    let missed = missed.map(|(lane, missed)| (labels(&lane.key), missed[1])).collect();
    vec![
        counters("gathers.started", "Gathers started", each(|_, book| book.started)),
        counters("gathers.ended", "Gathers that have their outcome, by outcome", ended),
        counters("gather.timeouts", "Gathers whose deadline has passed before their outcome", missed),
        gauges("gathers.open", "Gathers without an outcome", each(|_, book| book.open())),
        gauges("gathers.overdue", "Gathers without an outcome past their deadline", each(|l, _| l.gathers_overdue)),
    ]
}

fn times(run: &Snapshot) -> Vec<Family> {
    let of = |metric| {
        let merged = |lane: &LaneView| (labels(&lane.key), lane.book.histogram(metric, |_| true));
        run.lanes.iter().map(merged).filter(|(_, histogram)| !histogram.is_empty()).collect()
    };
    let mut families: Vec<Family> = Metric::ALL
        .into_iter()
        .map(|metric| {
            let (name, help) = told(metric);
            histograms(name, help, of(metric))
        })
        .collect();
    let gathers = run.lanes.iter().filter_map(|lane| Some((labels(&lane.key), lane.book.gathers()?.latency.clone())));
    families.push(histograms("gather.latency", "Start to outcome of a gather", gathers.collect()));
    families
}

/// The name of the family of a metric, and what it is.
const fn told(metric: Metric) -> (&'static str, &'static str) {
    match metric {
        Metric::Service => ("task.service", "Spawn to end of tasks that came to an end of their own"),
        Metric::Response => ("task.response", "Intended arrival to end of tasks that came to an end of their own"),
        Metric::StartDelay => ("task.start_delay", "Spawn to first poll"),
        Metric::Busy => ("task.busy", "Time inside polls"),
        Metric::Overrun => ("task.overrun", "Time past the deadline, of late tasks that came to an end of their own"),
        Metric::CancelLag => ("task.cancel_lag", "Cancel requested to future dropped"),
        Metric::Censored => ("task.censored", "Age of cancelled tasks, which would have taken longer"),
    }
}

/// What was to be sent and was not, so that who gets the rest knows.
#[cfg(feature = "otlp")]
pub(super) fn dropped(messages: u64) -> Family {
    counters("otlp.dropped", "Messages that were not sent", vec![(Labels::new(), messages)])
}

fn labels(key: &LaneKey) -> Labels {
    let deadline = key.deadline.map_or_else(|| "none".to_owned(), exact);
    vec![("policy", key.policy.word().to_owned()), ("deadline", deadline)]
}

fn with_outcome(key: &LaneKey, outcome: Outcome) -> Labels {
    let ending = ("ending", outcome.ending.word().to_owned());
    [labels(key), vec![ending, ("lateness", outcome.lateness.word().to_owned())]].concat()
}

const fn counters(name: &'static str, help: &'static str, samples: Vec<(Labels, u64)>) -> Family {
    Family { name, help, samples: Samples::Counters(samples) }
}

#[expect(clippy::cast_precision_loss, reason = "2^53 tasks are out of reach")]
fn gauges(name: &'static str, help: &'static str, samples: Vec<(Labels, u64)>) -> Family {
    let samples = samples.into_iter().map(|(labels, count)| (labels, count as f64)).collect();
    Family { name, help, samples: Samples::Gauges(samples) }
}

const fn time(name: &'static str, help: &'static str, time: Duration) -> Family {
    Family { name, help, samples: Samples::Time(time.as_secs_f64()) }
}

const fn histograms(name: &'static str, help: &'static str, samples: Vec<(Labels, Histogram)>) -> Family {
    Family { name, help, samples: Samples::Histograms(samples) }
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
    fn of(&mut self, run: &Snapshot) -> Vec<[u64; 2]> {
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fmt::Write;
    use std::sync::Arc;

    use super::*;
    use crate::outcome::Policy;
    use crate::snapshot::fixture;
    use crate::text::assert_page;

    /// All that can be told: what a run with gathers and one that cancels have, by name.
    fn all() -> BTreeMap<&'static str, Family> {
        let mut runs = [fixture::live(), fixture::overload(), fixture::finished()].to_vec();
        for run in &mut runs {
            run.state = State::Running;
        }
        let told = runs.iter().flat_map(|run| families(run, &mut Misses::default()));
        told.map(|family| (family.name, family)).collect()
    }

    #[test]
    fn the_page_of_metrics_has_every_family() {
        let mut page = "\n| Prometheus | OpenTelemetry | labels | what it is |\n|---|---|---|---|\n".to_owned();
        let mut all = all();
        #[cfg(feature = "otlp")]
        all.insert("otlp.dropped", dropped(0));
        for family in all.values() {
            let (ending, labels) = match &family.samples {
                Samples::Counters(samples) => ("_total", named(samples)),
                Samples::Gauges(samples) => ("", named(samples)),
                Samples::Time(_) => ("_seconds", String::new()),
                Samples::Histograms(samples) => ("_seconds", named(samples)),
            };
            let name = format!("`tardy_{}{ending}`", family.name.replace('.', "_"));
            let name = if family.name.starts_with("otlp") { "–".to_owned() } else { name };
            writeln!(page, "| {name} | `tardy.{}` | {labels} | {} |", family.name, family.help).unwrap();
        }
        for metric in Metric::ALL {
            assert!(all.contains_key(told(metric).0), "no fixture has {metric:?}");
        }
        #[cfg(feature = "otlp")]
        assert_page("reference/metrics.md", &page);
    }

    fn named<S>(samples: &[(Labels, S)]) -> String {
        samples[0].0.iter().map(|(key, _)| format!("`{key}`")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_warm_up_says_nothing_of_what_is_forgotten_at_its_end() {
        let run = Snapshot { state: State::Warmup, ..fixture::live() };
        let told = families(&run, &mut Misses::default());
        let names: Vec<&str> = told.iter().map(|family| family.name).collect();
        let kept = ["build.info", "run.info", "workers", "workers.busy.ratio", "runtime.tasks", "clock.lag"];
        assert_eq!(names, kept);
    }

    #[test]
    fn a_miss_that_is_taken_back_makes_no_counter_go_down_but_a_reset_does() {
        let mut misses = Misses::default();
        let with = |overdue, began| {
            let mut run = fixture::live();
            run.lanes.truncate(1);
            run.lanes[0].key = LaneKey { policy: Policy::Observe, ..run.lanes[0].key };
            (run.lanes[0].overdue, run.began) = (overdue, Duration::from_secs(began));
            Arc::new(run)
        };
        let few = with(0, 1).lanes[0].timed_out();
        let told: Vec<u64> = [(3, 1), (2, 1), (4, 1), (0, 2)].map(|(n, at)| misses.of(&with(n, at))[0][0]).into();
        assert_eq!(told, [few + 3, few + 3, few + 4, few]);
    }
}
