//! Runs a plan with a workload made of a closure.

use std::pin::Pin;
use std::time::{Duration, Instant};

use tardy::engine::{Handle, Prepared, Run};
use tardy::ledger::Metric;
use tardy::scenario::{Overrides, Plan, Source, TaskContext, TaskError};
use tardy::snapshot::{Counts, LaneView, Report, Snapshot, Window};

pub(crate) type Work = Pin<Box<dyn Future<Output = Result<(), TaskError>> + Send>>;

/// The plan this text describes; a workload table is added.
pub(crate) fn plan(text: &str) -> Plan {
    let text = format!("name = \"test\"\nworkload.kind = \"script\"\n{text}");
    Plan::new(Source::new("test.toml", text), &Overrides::default()).unwrap_or_else(|e| panic!("{e:?}"))
}

/// Starts the plan.
pub(crate) fn start(text: &str, work: impl Fn(TaskContext) -> Work + Send + Sync + 'static) -> Run {
    Run::start(&plan(text), Prepared::from_fn(work)).unwrap()
}

/// Runs the plan to its end and checks its books.
pub(crate) fn run(text: &str, work: impl Fn(TaskContext) -> Work + Send + Sync + 'static) -> Report {
    finish(start(text, work))
}

/// Waits for the end and checks the books.
pub(crate) fn finish(run: Run) -> Report {
    let report = run.wait().unwrap();
    assert_balanced(&report.snapshot);
    report
}

pub(crate) fn assert_balanced(snapshot: &Snapshot) {
    assert_eq!(snapshot.balanced, Some(true));
    assert_heat(snapshot);
    assert_blocks(snapshot);
    for lane in &snapshot.lanes {
        let ended = lane.done() + lane.failed() + lane.panicked() + lane.cancelled();
        assert_eq!(lane.spawned, ended + lane.unfinished(), "{}", lane.key);
        let late: u64 = tardy::outcome::Ending::ALL.iter().map(|&ending| lane.late(ending)).sum();
        assert_eq!(lane.timed_out(), late + lane.overdue, "{}", lane.key);
        assert_eq!(
            lane.book.unfinished().map_or(0, tardy::histogram::Histogram::count),
            lane.unfinished(),
            "{}",
            lane.key
        );
        assert_eq!(lane.dropped(), 0, "{}", lane.key);
        if snapshot.elapsed < Duration::from_secs(60) {
            let count = |window| snapshot.windowed(lane.key, Metric::Response, window).unwrap().count();
            assert_eq!((count(Window::Minute), count(Window::Run)), (lane.spawned, lane.spawned), "{}", lane.key);
        }
        if let Some(gathers) = lane.book.gathers() {
            use tardy::outcome::GatherOutcome::{Cancelled, Complete, Failed, Partial};
            let decided: u64 = [Complete, Partial, Failed, Cancelled].iter().map(|&o| gathers.decided(o)).sum();
            assert_eq!(gathers.started, decided + gathers.open(), "{}", lane.key);
        }
    }
}

/// Every latency of a row has its place in the row's heat, and under its own lane.
fn assert_heat(snapshot: &Snapshot) {
    for lane in &snapshot.lanes {
        let cells = snapshot.timeline.rows().iter().flat_map(|row| row.heat.lanes());
        let own = cells.filter(|(key, _)| *key == lane.key).map(|(_, cell)| (cell.observed, cell.censored));
        let (observed, censored) = own.fold((0, 0), |sum, cell| (sum.0 + cell.0, sum.1 + cell.1));
        assert_eq!((observed, censored), (lane.done() + lane.failed() + lane.panicked(), lane.cancelled()));
    }
    for row in snapshot.timeline.rows() {
        let (observed, censored) =
            row.heat.cells().fold((0, 0), |sum, cell| (sum.0 + cell.observed, sum.1 + cell.censored));
        assert_eq!((observed + censored, censored), (row.counts.ended(), row.counts.cancelled));
    }
}

/// The blocks follow each other through the time in which tasks came, and add up to the books.
fn assert_blocks(snapshot: &Snapshot) {
    let end = snapshot.blocks.iter().fold(Duration::ZERO, |end, block| {
        assert_eq!(block.at, end);
        block.end()
    });
    assert_eq!(end, snapshot.loaded);
    for lane in &snapshot.lanes {
        let own = || snapshot.blocks.iter().flat_map(|block| &block.lanes).filter(|of| of.lane == lane.key);
        let counts = own().fold(Counts::default(), |sum, of| sum + of.counts);
        assert_eq!(counts, Counts::of(lane), "{}", lane.key);
        let (observed, censored) =
            own().fold((0, 0), |sum, of| (sum.0 + of.observed.count(), sum.1 + of.censored.count()));
        assert_eq!(
            (observed, censored),
            (lane.spawned - lane.cancelled() - lane.unfinished(), lane.cancelled() + lane.unfinished())
        );
    }
}

/// The only lane.
pub(crate) fn lane(report: &Report) -> &LaneView {
    assert_eq!(report.snapshot.lanes.len(), 1, "{:?}", report.snapshot.lanes.iter().map(|l| l.key).collect::<Vec<_>>());
    &report.snapshot.lanes[0]
}

/// Waits until the run shows something; panics after ten seconds.
pub(crate) fn until(handle: &Handle, what: &str, shows: impl Fn(&Snapshot) -> bool) {
    let begin = Instant::now();
    while !shows(&handle.snapshot()) {
        assert!(begin.elapsed() < Duration::from_secs(10), "still not so after 10 s: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) async fn sleep_ms(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}
