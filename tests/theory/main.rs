//! Runs whose outcome theory knows: queues before a pool, gathers of independent children, deadlines asked for afterwards.
//!
//! A tolerance is four standard deviations of what one run's figure varies by: of a share of independent tasks the
//! binomial one, of a queue, whose tasks depend on each other, that of 200 simulated runs of the same length. A right
//! program fails one such check in 16,000.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts and times of a test are small"
)]

mod queue;

use std::time::Duration;

use queue::{Queue, RUNS, mean_wait, share};
use tardy::engine::{Registry, Run};
use tardy::histogram::Histogram;
use tardy::ledger::Metric;
use tardy::outcome::GatherOutcome;
use tardy::scenario::{Overrides, Plan};
use tardy::snapshot::{LaneView, Report};
use tardy::workload::Synthetic;

/// How many standard deviations a figure may be off.
const TOLERANCE: f64 = 4.0;

/// Starts a shipped scenario with these changes; its books balance.
fn start(scenario: &str, changes: &[String]) -> Run {
    let overrides = changes.iter().try_fold(Overrides::default(), |overrides, change| overrides.with_set(change));
    let plan = Plan::load(scenario, &overrides.unwrap()).unwrap();
    Run::start(&plan, Registry::new().with(tardy::workload::<Synthetic>("synthetic")).prepare(&plan).unwrap()).unwrap()
}

fn finish(run: Run) -> Report {
    let report = run.wait().unwrap();
    assert_eq!(report.snapshot.balanced, Some(true));
    report
}

/// The only lane.
fn lane(report: &Report) -> &LaneView {
    assert_eq!(report.snapshot.lanes.len(), 1);
    &report.snapshot.lanes[0]
}

/// The times of one step of the scenario `pool`, over all runs.
fn step(reports: &[Report], name: &str) -> Histogram {
    let books = reports.iter().flat_map(|report| lane(report).book.steps());
    let times = books.filter(|step| &*step.name == name).map(|step| step.service.clone());
    times
        .reduce(|mut all, times| {
            all.merge(&times);
            all
        })
        .unwrap()
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

#[track_caller]
fn assert_near(what: &str, found: f64, expected: f64, deviation: f64) {
    let off = (found - expected).abs() / deviation;
    assert!(off < TOLERANCE, "{what}: {found}, expected {expected}: {off:.1} standard deviations of {deviation} off");
}

/// The deviation of a share of so many independent tasks.
fn binomial(share: f64, tasks: f64) -> f64 {
    (share * (1.0 - share) / tasks).sqrt()
}

/// How long a run warms up, so that the queue is what it will be, and how long it measures after that; seconds.
const WARMUP: f64 = 2.0;
const MEASURED: f64 = 14.0;

/// Runs the scenario `pool` as a queue, in several runs at once, each with a seed of its own. Returns them with the queue
/// as it was: with what services took beyond their mean.
fn run_pool(queue: Queue, policy: &str, runs: u64) -> (Vec<Report>, Queue) {
    let of_seed = |seed| {
        [
            format!("workload.pools.db={}", queue.permits),
            format!("workload.step.query.sleep.mean={}us", queue.mean * 1e6),
            format!("load.rate={}/s", queue.rate),
            format!("deadline.after={}us", (queue.deadline * 1e6).min(60e6)),
            format!("deadline.on_timeout={policy}"),
            format!("run.warmup={WARMUP}s"),
            format!("run.duration={MEASURED}s"),
            format!("run.seed={seed}"),
        ]
    };
    let runs: Vec<Run> = (1..=runs).map(|seed| start("pool", &of_seed(seed))).collect();
    let reports: Vec<Report> = runs.into_iter().map(finish).collect();
    // Who is handed a permit is woken as late as who is new: the pool is not used meanwhile.
    let woken = reports.iter().map(|report| lane(report).quantile(Metric::StartDelay, 0.5).unwrap().bound());
    let woken = seconds(woken.sum::<Duration>()) / reports.len() as f64;
    (reports, Queue { more: woken, ..queue })
}

#[test]
fn the_simulation_of_a_queue_has_the_waits_of_erlang() {
    for (permits, rate, mean) in [(1, 25.0, 0.02), (8, 140.0, 0.04), (16, 340.0, 0.04)] {
        let queue = Queue { permits, rate, mean, more: 0.0, deadline: f64::INFINITY };
        let time = queue.mean_of_those_that_wait();
        for (what, expected, (found, deviation)) in [
            ("mean wait", queue.mean_wait(), queue.sampled(10.0, 60.0, mean_wait)),
            ("waits", queue.share_that_waits(), queue.sampled(10.0, 60.0, |tasks| share(tasks, |t| t.wait > 0.0))),
            (
                "waits longer",
                queue.share_that_waits_longer_than(time),
                queue.sampled(10.0, 60.0, |tasks| share(tasks, |t| t.wait > time)),
            ),
        ] {
            assert_near(what, found, expected, deviation / (RUNS as f64).sqrt());
        }
    }
}

/// Checks the waits of runs of a queue against Erlang's.
fn assert_waits(queue: Queue, runs: u64) {
    let (reports, queue) = run_pool(queue, "observe", runs);
    let (waits, sleeps) = (step(&reports, "query/acquire db"), step(&reports, "query/sleep"));
    let queue = Queue { more: queue.more + seconds(sleeps.mean()) - queue.mean, ..queue };
    let time = queue.mean_of_those_that_wait();
    let longer = waits.count_above(Duration::from_secs_f64(time)) as f64 / waits.count() as f64;
    let deviation = |figure: &dyn Fn(&[queue::Simulated]) -> f64| {
        queue.sampled(WARMUP, WARMUP + MEASURED, figure).1 / (runs as f64).sqrt()
    };
    let what = format!("{queue:?}, load {:.2}", queue.load());
    assert_near(&format!("mean wait of {what}"), seconds(waits.mean()), queue.mean_wait(), deviation(&mean_wait));
    let expected = queue.share_that_waits_longer_than(time);
    let deviation = deviation(&|tasks| share(tasks, |task| task.wait > time));
    assert_near(&format!("share that waits longer than {time:.4} s of {what}"), longer, expected, deviation);
}

#[test]
fn one_permit_makes_tasks_wait_as_long_as_erlang_says() {
    assert_waits(Queue { permits: 1, rate: 25.0, mean: 0.02, more: 0.0, deadline: f64::INFINITY }, 8);
}

#[test]
fn sixteen_permits_make_tasks_wait_as_long_as_erlang_says() {
    assert_waits(Queue { permits: 16, rate: 300.0, mean: 0.04, more: 0.0, deadline: f64::INFINITY }, 4);
}

#[test]
fn a_pool_that_cancels_misses_as_many_deadlines_as_a_simulation() {
    let queue = Queue { permits: 16, rate: 400.0, mean: 0.04, more: 0.0, deadline: 0.1 };
    let (reports, queue) = run_pool(queue, "cancel", 2);
    let (missed, spawned) =
        reports.iter().map(lane).fold((0, 0), |sum, lane| (sum.0 + lane.timed_out(), sum.1 + lane.spawned));
    // Sleeps that are cut short tell nothing of what the others take more: they end on the next tick of a 1 ms timer.
    let queue = Queue { more: queue.more + 0.001, ..queue };
    let (expected, deviation) = queue.sampled(WARMUP, WARMUP + MEASURED, |tasks| share(tasks, |task| task.missed));
    let found = missed as f64 / spawned as f64;
    assert!(expected > 0.1, "too few are missed for the check to tell anything: {expected}");
    assert_near("share missed", found, expected, deviation / (reports.len() as f64).sqrt());
}

#[test]
fn of_gathers_of_a_hundred_as_many_are_late_as_chance_makes() {
    let report = finish(start("tail-at-scale", &["run.duration=12s".to_owned()]));
    let gathers = lane(&report).book.gathers().unwrap();
    let (of, late) = (gathers.started as f64, gathers.latency.count_above(Duration::from_millis(500)) as f64);
    let expected = 1.0 - 0.99f64.powi(100);
    assert!((0.63..0.64).contains(&expected));
    assert_eq!(gathers.decided(GatherOutcome::Complete), gathers.started);
    assert_near("share of gathers with a slow child", late / of, expected, binomial(expected, of));
    // A child takes 10 ms or a second: at 500 ms the question is whether one of a hundred is slow.
    let key = lane(&report).key;
    let at = report.snapshot.what_if(key).unwrap().at(Duration::from_millis(500)).unwrap().gathers.unwrap();
    assert_near("what-if of gathers", 1.0 - at.complete, expected, binomial(expected, of));
    // The estimate from the children alone varies by a little less.
    assert_near("what-if of independent children", 1.0 - at.independent, expected, binomial(expected, of));
}

#[test]
fn a_deadline_asked_for_afterwards_says_what_a_run_that_cancels_there_does() {
    let under = |policy: &str, deadline: &str| {
        start(
            "observe",
            &[
                format!("deadline.on_timeout={policy}"),
                format!("deadline.after={deadline}"),
                "load.rate=600/s".to_owned(),
                "run.duration=10s".to_owned(),
                "run.drain=20s".to_owned(),
            ],
        )
    };
    let deadline = Duration::from_millis(60);
    let [asked, real] = [under("observe", "100ms"), under("cancel", "60ms")].map(finish);
    let answer = asked.snapshot.what_if(lane(&asked).key).unwrap().at(deadline).unwrap();
    let real = lane(&real);
    let spawned = real.spawned as f64;
    let missed = real.timed_out_rate().unwrap();
    // The same tasks with the same latencies: what differs is who of those near the deadline is woken in time.
    assert_near("share missed", answer.missed.share, missed, binomial(missed, spawned));
    let goodput = real.on_time() as f64 / seconds(asked.snapshot.loaded);
    assert_near("goodput", answer.goodput.unwrap(), goodput, goodput * binomial(missed, spawned) / (1.0 - missed));
    // Lost is all that late tasks took: their deadline, and the moment until they were dropped or had ended first.
    let wasted = seconds(real.waste().lost.time);
    let deviation = binomial(missed, spawned) * spawned * seconds(deadline);
    assert_near("time wasted", seconds(answer.wasted), wasted, deviation);
}
