//! Export → import: what files hold comes back, and what is no run's directory is said to be none.

use std::ffi::OsString;
use std::fs;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::export::Directory;
use crate::gate::judge;
use crate::histogram::Histogram;
use crate::ledger::{Book, Event, LateTask, Message, Metric};
use crate::outcome::{Ending, GatherOutcome, Lateness, Outcome};
use crate::snapshot::fixture::simulated::{Model, STEADY};
use crate::snapshot::{Cause, OverdueTask, OwnCost, RuntimeView, fixture};

const SCENARIO: &str = r#"
name = "fanout"
about = "20 leaves awaited together"
lesson = "one slow leaf makes the whole gather late"
workload = { kind = "synthetic", step = [{ name = "call", sleep = "1ms" }] }
load = { mode = "open", rate = "500/s" }
gather = { width = 20 }
deadline = { after = "50ms" }
"#;

fn exported(snapshot: Snapshot) -> tempfile::TempDir {
    let scratch = tempfile::tempdir().unwrap();
    let plan = Plan::new(Source::new("fanout.toml", SCENARIO), &Overrides::default()).unwrap();
    let report = Report { snapshot: Arc::new(snapshot), scenario: plan.resolved };
    Directory::open(scratch.path()).unwrap().write(&report).unwrap();
    scratch
}

/// The files of the finished fixture, which are made once.
fn finished_files() -> tempfile::TempDir {
    static FILES: LazyLock<Vec<(OsString, Vec<u8>)>> = LazyLock::new(|| {
        let scratch = exported(fixture::finished());
        let entries = fs::read_dir(scratch.path()).unwrap().map(Result::unwrap);
        entries.map(|entry| (entry.file_name(), fs::read(entry.path()).unwrap())).collect()
    });
    let scratch = tempfile::tempdir().unwrap();
    for (name, content) in &*FILES {
        fs::write(scratch.path().join(name), content).unwrap();
    }
    scratch
}

fn there_and_back(snapshot: Snapshot) -> Snapshot {
    let read = Snapshot::clone(&open(exported(snapshot).path()).unwrap().snapshot);
    assert!(read.from_files && read.is_finished());
    read
}

type Read = (u64, Duration, Duration, Duration, Vec<crate::histogram::Bucket>);

/// What files hold of a histogram exactly.
fn whole(h: &Histogram) -> Read {
    (h.count(), h.min(), h.max(), h.mean(), h.buckets().collect())
}

/// What they hold of one they have only numbers of.
fn numbers(h: &Histogram) -> (u64, Duration, Duration, Duration, [Duration; 4]) {
    (h.count(), h.min(), h.max(), h.mean(), [0.5, 0.9, 0.99, 0.9999].map(|q| h.quantile(q)))
}

fn cells(book: &Book, metric: Metric) -> Vec<(Outcome, Vec<crate::histogram::Bucket>)> {
    book.cells(metric).map(|(outcome, h)| (outcome, h.buckets().collect())).collect()
}

fn sorted(tasks: impl Iterator<Item = LateTask>) -> Vec<LateTask> {
    let mut tasks: Vec<_> = tasks.collect();
    tasks.sort_by_key(|task| (task.at_ns, task.task));
    tasks
}

fn messages(book: &Book) -> Vec<Message> {
    book.messages().rows().to_vec()
}

fn assert_same_lane(lane: &LaneView, again: &LaneView) {
    assert_eq!((lane.key, lane.open), (again.key, again.open));
    let counts = |lane: &LaneView| {
        [lane.spawned, lane.overdue, lane.in_flight(), lane.timed_out(), lane.cancelled_at_deadline(), lane.dropped()]
    };
    assert_eq!(counts(lane), counts(again));
    let (book, read) = (&lane.book, &again.book);
    assert!(Outcome::all().all(|outcome| book.ended(outcome) == read.ended(outcome)));
    for metric in Metric::ALL {
        assert_eq!(cells(book, metric), cells(read, metric), "{metric:?}");
        let [all, all_again] = [book, read].map(|book| book.histogram(metric, |_| true));
        // Censored ages are exact together with those of the unfinished.
        if metric == Metric::Censored {
            continue;
        }
        assert_eq!(whole(&all), whole(&all_again), "{metric:?}");
        for q in [0.0, 0.5, 0.9, 0.99, 0.999, 1.0] {
            assert_eq!(lane.quantile(metric, q), again.quantile(metric, q), "{metric:?} {q}");
        }
    }
    for metric in [Metric::Service, Metric::Response] {
        let [all, all_again] = [lane, again].map(|lane| lane.distribution(metric));
        assert_eq!((all.max(), all.count()), (all_again.max(), all_again.count()));
        // Two means in whole nanoseconds make this one.
        let mean = |d: &crate::snapshot::Distribution| d.mean().map_or(Duration::ZERO, crate::snapshot::Latency::bound);
        assert!(mean(&all).abs_diff(mean(&all_again)) <= Duration::from_nanos(2));
        let beyond = |d: &crate::snapshot::Distribution| d.count_above(fixture::DEADLINE);
        assert_eq!(beyond(&all), beyond(&all_again));
    }
    let steps = |book: &Book| book.steps().iter().map(|s| (s.name.clone(), numbers(&s.service))).collect::<Vec<_>>();
    assert_eq!(steps(book), steps(read));
    assert_eq!(sorted(book.late().latest().cloned()), sorted(read.late().latest().cloned()));
    assert_eq!(sorted(book.late().worst().iter().cloned()), sorted(read.late().worst().iter().cloned()));
    assert_eq!(messages(book), messages(read));
    assert_same_reasons(book, read);
    assert_same_work(lane, again);
    if lane.closed {
        let missed = |lane: &LaneView| lane.survival().longer_than(fixture::DEADLINE).map(|longer| longer.share);
        assert_eq!((lane.survival().tasks(), missed(lane)), (again.survival().tasks(), missed(again)));
    }
    assert_same_gathers(lane, again);
}

fn assert_same_reasons(book: &Book, read: &Book) {
    assert_eq!(book.misses().rows(), read.misses().rows());
    assert_eq!(book.cancels(), read.cancels());
    for lateness in [Lateness::OnTime, Lateness::Late] {
        let spent = |book: &Book| book.steps().iter().map(|step| step.spent_ns(lateness)).collect::<Vec<_>>();
        assert_eq!(spent(book), spent(read));
        let others = |book: &Book| (book.followed(lateness), book.unstarted_ns(lateness));
        assert_eq!(others(book), others(read));
    }
}

/// The time of all tasks is the same, but for what means in whole nanoseconds leave out. That of some of them is made of
/// buckets: off by no more than a thousandth of the time of all, in polls and before them by a hundredth.
fn assert_same_work(lane: &LaneView, again: &LaneView) {
    // Of what is longer than any bucket files have the count alone.
    let longest = [Metric::Service, Metric::Censored].map(|metric| lane.book.histogram(metric, |_| true).max());
    if longest.into_iter().chain(lane.book.unfinished().map(Histogram::max)).any(|max| max > Duration::from_secs(3_600))
    {
        return;
    }
    let [waste, read] = [lane, again].map(LaneView::waste);
    let unfinished = lane.book.unfinished().map_or(Duration::ZERO, Histogram::total);
    let whole = Duration::from_nanos(2 * lane.spawned);
    let start_delay = lane.book.histogram(Metric::StartDelay, |_| true).total();
    let time = (waste.all.time + unfinished) / 1_000 + whole;
    let polled = (waste.all.busy + start_delay) / 100 + whole;
    for (kind, was, is) in [
        ("all", waste.all, read.all),
        ("late", waste.late, read.late),
        ("cancelled", waste.cancelled, read.cancelled),
        ("lost", waste.lost, read.lost),
        ("spoilt", waste.spoilt, read.spoilt),
    ] {
        assert!(was.time.abs_diff(is.time) <= time, "{kind}: {was:?} {is:?}");
        assert!(was.busy.abs_diff(is.busy) <= polled, "{kind}: {was:?} {is:?}");
    }
    assert_eq!((waste.failed_gathers, waste.after_outcome), (read.failed_gathers, read.after_outcome));
    for lateness in [Lateness::OnTime, Lateness::Late] {
        let [was, is] = [lane, again].map(|lane| lane.causes(lateness));
        assert_eq!((was.tasks, was.followed, &was.steps), (is.tasks, is.followed, &is.steps));
        assert!(was.total.abs_diff(is.total) <= time, "{was:?} {is:?}");
        for cause in Cause::ALL {
            // The waiting is what the others leave of the whole.
            assert!(was.of(cause).abs_diff(is.of(cause)) <= time + 2 * polled, "{cause:?}: {was:?} {is:?}");
        }
    }
}

fn assert_same_gathers(lane: &LaneView, again: &LaneView) {
    assert_eq!(lane.gathers_timed_out(), again.gathers_timed_out());
    let (Some(gathers), Some(read)) = (lane.book.gathers(), again.book.gathers()) else {
        assert_eq!(lane.book.gathers().is_some(), again.book.gathers().is_some());
        return;
    };
    let outcomes = [GatherOutcome::Complete, GatherOutcome::Partial, GatherOutcome::Failed, GatherOutcome::Cancelled];
    assert_eq!(outcomes.map(|o| gathers.decided(o)), outcomes.map(|o| read.decided(o)));
    assert_eq!((gathers.started, gathers.wasted_ns, &gathers.slowest), (read.started, read.wasted_ns, &read.slowest));
    let spoilt = |gathers: &crate::ledger::GatherBook| (gathers.spoilt_ns, gathers.spoilt_busy_ns);
    assert_eq!(spoilt(gathers), spoilt(read));
    assert_eq!(whole(&gathers.latency), whole(&read.latency));
    let complete = |book: &crate::ledger::GatherBook| book.complete.buckets().collect::<Vec<_>>();
    assert_eq!(complete(gathers), complete(read));
    assert_eq!(numbers(&gathers.straggler_gap), numbers(&read.straggler_gap));
}

fn assert_same(snapshot: &Snapshot, again: &Snapshot) {
    assert_eq!(snapshot.lanes.len(), again.lanes.len());
    snapshot.lanes.iter().zip(&again.lanes).for_each(|(lane, read)| assert_same_lane(lane, read));
    assert_eq!((snapshot.elapsed, snapshot.timed_out_rate()), (again.elapsed, again.timed_out_rate()));
    assert_eq!(snapshot.info.started_at, again.info.started_at);
    assert_eq!((&snapshot.info.scenario, snapshot.info.seed), (&again.info.scenario, again.info.seed));
    let load = |s: &Snapshot| (s.load.due, s.load.spawned, s.load.shed, s.load.queued, numbers(&s.load.arrival_lag));
    assert_eq!(load(snapshot), load(again));
    let overdue = |s: &Snapshot| -> Vec<OverdueTask> { s.overdue.clone() };
    assert_eq!(overdue(snapshot), overdue(again));
    let rows = |s: &Snapshot| {
        let of = |row: &TimelineRow| TimelineRow { p999: None, ..row.clone() };
        s.timeline.rows().iter().map(|row| format!("{:?}", of(row))).collect::<Vec<_>>()
    };
    assert_eq!(rows(snapshot), rows(again));
    assert!(snapshot.blocks.iter().eq(again.blocks.iter()));
    assert_eq!((&snapshot.runtime, snapshot.cost), (&again.runtime, again.cost));
    assert_eq!(snapshot.workload, again.workload);
    let awaits = |s: &Snapshot| (s.awaits.supported, s.awaits.captured, s.awaits.cost, s.awaits.rows.clone());
    assert_eq!(awaits(snapshot), awaits(again));
    let changes = |s: &Snapshot| s.timeline.markers().iter().map(|m| m.what.clone()).collect::<Vec<_>>();
    assert_eq!(changes(snapshot), changes(again));
}

#[test]
fn a_run_that_is_written_and_read_is_the_same_run() {
    for snapshot in [fixture::finished(), fixture::keeping(), fixture::overload(), fixture::empty()] {
        let again = there_and_back(snapshot.clone());
        assert!(again.is_finished());
        assert_same(&snapshot, &again);
    }
}

#[test]
fn a_run_that_is_read_and_written_is_the_same_to_the_byte_but_for_what_files_do_not_hold() {
    let first = finished_files();
    let report = open(first.path()).unwrap();
    let second = tempfile::tempdir().unwrap();
    Directory::open(second.path()).unwrap().write(&report).unwrap();
    let exact = [
        "blame.csv",
        "blame.folded",
        "blocks.csv",
        "block_histogram.csv",
        "cancellations.csv",
        "cancelled_tasks.csv",
        "failures.csv",
        "heat.csv",
        "histogram.csv",
    ];
    for name in exact.into_iter().chain(["percentiles.csv", "summary.json", "timeline.csv"]) {
        let [first, second] = [&first, &second].map(|at| fs::read_to_string(at.path().join(name)).unwrap());
        if name == "summary.json" {
            // The deviation of a histogram that was made from quantiles is another, and the time of some of the tasks,
            // of which files have buckets, is not that of all.
            let inexact =
                ["stdev", "all_ns", "all_busy_ns", "late_ns", "late_busy_ns", "cancelled_ns", "cancelled_busy"];
            let is_exact = |line: &&str| !inexact.iter().any(|key| line.contains(key));
            let without = |text: &str| text.lines().filter(is_exact).map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(without(&first), without(&second));
        } else {
            assert_eq!(first, second, "{name}");
        }
    }
}

#[test]
fn what_regressed_is_judged_as_it_was_when_the_run_was_measured() {
    let gates = ["regressed(p50) > 5%", "regressed(p99.9) > 5%", "regressed(goodput) > 5%", "regressed(failed) > 5%"];
    let gates = gates.map(str::to_owned);
    let overrides = gates.iter().fold(Overrides::default(), |all, gate| all.with_fail_if(gate));
    let plan = Plan::new(Source::new("fanout.toml", SCENARIO), &overrides).unwrap();
    for slower in [1.0, 1.5, 4.0] {
        let run = fixture::held(Model { slower, fails: 0.0, ..STEADY }.run(2), &STEADY.run(1));
        let run = fixture::with_gates(run, &gates.each_ref().map(String::as_str), false);
        let scratch = tempfile::tempdir().unwrap();
        let report = Report { snapshot: Arc::new(run), scenario: Arc::clone(&plan.resolved) };
        Directory::open(scratch.path()).unwrap().write(&report).unwrap();
        let again = open(scratch.path()).unwrap().snapshot;
        assert_eq!(judge(&again), judge(&report.snapshot));
        let [before, after] = [&report.snapshot, &again].map(|run| run.regression().unwrap());
        assert_eq!((before.headline(), before.lanes.len()), (after.headline(), after.lanes.len()));
        assert_eq!(before.lanes[0].differences, after.lanes[0].differences);
    }
}

#[test]
fn a_run_of_an_early_tardy_is_read_without_what_its_files_lack() {
    let scratch = finished_files();
    for name in ["heat.csv", "blocks.csv", "block_histogram.csv", "causes.csv", "blame.csv", "cancellations.csv"] {
        fs::remove_file(scratch.path().join(name)).unwrap();
    }
    let path = scratch.path().join("summary.json");
    let mut summary: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for key in ["captures", "runtime", "own_cost"] {
        assert!(summary.as_object_mut().unwrap().remove(key).is_some());
    }
    fs::write(&path, summary.to_string()).unwrap();
    let read = open(scratch.path()).unwrap().snapshot;
    assert_eq!((read.lanes[0].book.misses().total(), read.awaits.captured), (0, 0));
    assert!(read.timeline.rows().iter().all(|row| row.heat.is_empty() && row.p50.is_some()));
    assert!(read.blocks.is_empty());
    assert_eq!((&read.runtime, read.cost), (&RuntimeView::default(), OwnCost::default()));
}

#[test]
fn a_glance_says_what_the_whole_run_does() {
    let snapshot = fixture::finished();
    let seen = glance(exported(snapshot.clone()).path()).unwrap();
    assert_eq!((seen.scenario.as_str(), seen.missed), ("fanout", snapshot.timed_out_rate()));
    assert_eq!(glance(exported(fixture::empty()).path()).unwrap().missed, None);
}

fn complaint(spoil: impl Fn(&Path)) -> String {
    let scratch = finished_files();
    spoil(scratch.path());
    let error = open(scratch.path()).unwrap_err();
    assert!(!error.help.is_empty());
    error.to_string().replace(&format!("{}/", scratch.path().display()), "")
}

#[test]
fn a_file_that_is_missing_empty_too_large_or_no_text_is_named() {
    let files = [
        "summary.json",
        "histogram.csv",
        "timeline.csv",
        "heat.csv",
        "blocks.csv",
        "block_histogram.csv",
        "gathers.csv",
        "failures.csv",
        "late_tasks.csv",
        "scenario.toml",
    ];
    for name in files {
        // Early runs have no heat and no blocks.
        if !["heat.csv", "blocks.csv"].contains(&name) {
            let said = complaint(|at| fs::remove_file(at.join(name)).unwrap());
            assert!(said.starts_with(&format!("`{name}`: cannot be read: ")), "{said}");
        }
        let said = complaint(|at| fs::write(at.join(name), "").unwrap());
        assert!(said.contains(name), "{said}");
        let said = complaint(|at| fs::write(at.join(name), b"\xff\xfe").unwrap());
        assert_eq!(said, format!("`{name}`: the byte 0xff at 0 is no UTF-8"));
        let said = complaint(|at| fs::File::create(at.join(name)).unwrap().set_len(file::LARGEST + 1).unwrap());
        assert_eq!(said, format!("`{name}`: has more than 67108864 bytes, and no run's file has"));
        let said = complaint(|at| {
            fs::remove_file(at.join(name)).unwrap();
            fs::create_dir(at.join(name)).unwrap();
        });
        assert!(said.starts_with(&format!("`{name}`: cannot be read: ")), "{said}");
    }
    assert!(open(Path::new("no/such/run")).unwrap_err().to_string().starts_with("`no/such/run/summary.json`: cannot"));
}

/// A file, a text in it, what it is made, and what is said of it.
const WRONG: &[[&str; 4]] = &[
    [
        "summary.json",
        "tardy-summary/1",
        "tardy-summary/9",
        "`summary.json`: `schema` is `tardy-summary/9`, expected `tardy-summary/1`",
    ],
    ["summary.json", "\"balanced\": true", "\"balanced\": tru", "`summary.json`, line "],
    ["summary.json", "\"seed\": 1", "\"seed\": -1", "`summary.json`, line "],
    [
        "summary.json",
        "\"ended_by\": \"duration\"",
        "\"ended_by\": \"boredom\"",
        "`summary.json`: `ended_by` is `boredom`, expected duration",
    ],
    ["summary.json", "\"headline\": \"response\"", "\"headline\": \"x\"", "`summary.json`: `headline` is `x`"],
    [
        "summary.json",
        "\"due\": 605",
        "\"due\": 606",
        "`summary.json`: `load.due` is `606`, and its parts add up to 605",
    ],
    [
        "summary.json",
        "\"late_panicked\": 0",
        "\"late_panicked\": 9",
        "`summary.json`: `lanes`, number 1: `timed_out` is",
    ],
    [
        "summary.json",
        "\"on_timeout\": \"cancel\"",
        "\"on_timeout\": \"observe\"",
        "`summary.json`: `lanes`, number 1: there is another",
    ],
    ["timeline.csv", "on_timeout,", "policy,", "`timeline.csv`, line 1: column 1 is `policy`, expected `on_timeout`"],
    [
        "timeline.csv",
        "1000000000,300,",
        "1000000000,many,",
        "`timeline.csv`, line 2: `spawned` is `many`: invalid digit",
    ],
    [
        "timeline.csv",
        "1000000000,300,",
        "1000000000,300,1,",
        "`timeline.csv`, line 2: the row has 19 cells, expected 18",
    ],
    [
        "timeline.csv",
        "1000000000,300,",
        "1000000000,18446744073709551615,",
        "`timeline.csv`, line 2: `spawned` is `18446744073709551615`, more than",
    ],
    [
        "histogram.csv",
        "observe,50000000,service,done,false,",
        "observe,50000000,servile,done,false,",
        "`histogram.csv`, line 2: `metric` is `servile`, which is none of ours",
    ],
    [
        "histogram.csv",
        "observe,50000000,service,done,false,",
        "maybe,50000000,service,done,false,",
        "`histogram.csv`, line 2: `on_timeout` is `maybe`, expected `cancel` or `observe`",
    ],
    [
        "histogram.csv",
        "observe,50000000,service,done,false,",
        "observe,50000000,service,done,,",
        "`histogram.csv`, line 2: `late` is empty",
    ],
    [
        "histogram.csv",
        "observe,50000000,service,done,false,",
        "observe,50000000,service,failed,false,",
        "`histogram.csv`: has ",
    ],
    [
        "gathers.csv",
        ",slowest,0,",
        ",slowest,4294967295,",
        "`gathers.csv`, line 32: `of` is `4294967295`, expected the next child, 0",
    ],
    [
        "heat.csv",
        "observe,50000000,0,",
        "observe,60000000,0,",
        "`heat.csv`, line 2: there is no such lane in `summary.json`",
    ],
    [
        "heat.csv",
        "observe,50000000,1000000000,",
        "observe,50000000,1000000001,",
        "`at_ns` is `1000000001`, and no row of `timeline.csv` begins there",
    ],
    [
        "heat.csv",
        ",4466836,5011873,",
        ",4466836,5011872,",
        "`high_ns` is `5011872`, expected `5011873`, an edge of the grid",
    ],
    ["heat.csv", ",censored", ",censured", "`heat.csv`, line 1: column 7 is `censured`, expected `censored`"],
    [
        "blocks.csv",
        "observe,50000000,1000000000,",
        "observe,50000000,1000000001,",
        "`blocks.csv`, line 3: `at_ns` is `1000000001`, and the block before ends at 1000000000",
    ],
    [
        "blocks.csv",
        "observe,50000000,1000000000,",
        "observe,60000000,1000000000,",
        "`blocks.csv`, line 3: there is no such lane in `summary.json`",
    ],
    [
        "blocks.csv",
        "observe,50000000,1000000000,1000000000,",
        "observe,50000000,0,1000000000,",
        "`blocks.csv`, line 3: the block has this lane already",
    ],
    [
        "blocks.csv",
        ",300,299,1,0,0,260,40,",
        ",300,299,1,0,0,260,40,111",
        "`blocks.csv`, line 2: `observed_total_ns` is `1",
    ],
    [
        "block_histogram.csv",
        "observe,50000000,0,",
        "cancel,50000000,0,",
        "`block_histogram.csv`, line 2: `at_ns` is `0`, and no block of this lane begins there",
    ],
    ["block_histogram.csv", "observe,50000000,0,", "observe,50000000,0,1", "where no bucket begins"],
    ["summary.json", "\"busy_share\": 0.41", "\"busy_share\": 1.5", "`busy_share` in `runtime` is `1.5`"],
    ["late_tasks.csv", ",overdue,", ",beloved,", "line "],
    ["failures.csv", ",failed,", ",bored,", "`failures.csv`, line 2: `ending` is `bored`"],
    ["scenario.toml", "name = \"fanout\"", "name = 5", "`scenario.toml`: `name` is"],
];

#[test]
fn what_is_wrong_in_a_file_is_said_with_its_line_and_its_value() {
    for &[name, from, to, expected] in WRONG {
        let said = complaint(|at| {
            let text = fs::read_to_string(at.join(name)).unwrap();
            assert!(text.contains(from), "{from} in {name}");
            fs::write(at.join(name), text.replacen(from, to, 1)).unwrap();
        });
        assert!(said.contains(expected) && said.contains(name), "{said}\n{expected}");
    }
}

#[test]
fn more_blocks_than_a_run_has_are_refused_before_anybody_counts_with_them() {
    let said = complaint(|at| {
        let path = at.join("blocks.csv");
        let mut text = fs::read_to_string(&path).unwrap();
        // The run has 42; none of these has a lane.
        let empty = |n: u64| [",,", &n.to_string(), "000000000,1000000000,0,0,0,0,0,0,0,,,,,,\n"].concat();
        text.extend((42..65).map(empty));
        fs::write(path, text).unwrap();
    });
    assert_eq!(said, "`blocks.csv`, line 66: there are more than 64 blocks, and no run has");
}

/// Made once, for it takes a while.
static FINISHED: LazyLock<Snapshot> = LazyLock::new(fixture::finished);

/// A finished lane of any tasks, gathers and ages.
fn any_lane(ends: &[(usize, u64, bool)], ages: &[u64], closed: bool) -> Snapshot {
    let mut book = Book::new(closed);
    for (n, &(ending, service, dropped)) in (0..).zip(ends) {
        let mut end = fixture::end(n, Ending::ALL[ending], service);
        if closed {
            end.response = end.service;
        }
        if dropped {
            end.asked = None;
        }
        book.fold(&Event::TaskEnded(&end));
        book.fold(&Event::StepEnded { name: "call", service });
        book.fold(&Event::GatherStarted);
        book.fold(&Event::GatherDecided {
            outcome: GatherOutcome::Failed,
            latency: service,
            late: dropped,
            was_overdue: false,
        });
        book.fold(&Event::GatherEnded { slowest: (n % 5) as u32, straggler_gap: service / 7 });
        book.fold(&Event::GatherWasted { after_outcome: service });
        book.fold(&Event::Message { outcome: end.outcome, text: &format!("error {}", n % 40), at: n });
    }
    for &age in ages {
        book.fold(&Event::TaskUnfinished { age });
    }
    let finished = &*FINISHED;
    let spawned = (ends.len() + ages.len()) as u64;
    let lane = LaneView { spawned, overdue: 0, gathers_overdue: 0, book: Arc::new(book), ..finished.lanes[0].clone() };
    // Nothing of it is left but what the timeline has.
    let gone = LaneView {
        spawned: 0,
        overdue: 0,
        gathers_overdue: 0,
        book: Arc::new(Book::new(closed)),
        ..finished.lanes[1].clone()
    };
    let mode = if closed { crate::units::LoadMode::Closed { concurrency: 8 } } else { finished.load.mode };
    let load = LoadView { mode, ..finished.load.clone() };
    Snapshot { lanes: vec![lane, gone], load, overdue: Vec::new(), ..finished.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn every_count_bucket_percentile_and_late_task_comes_back(
        ends in prop::collection::vec((0usize..4, 0u64..7_200_000_000_000, any::<bool>()), 0..120),
        ages in prop::collection::vec(0u64..7_200_000_000_000, 0..20),
        closed in any::<bool>(),
    ) {
        let snapshot = any_lane(&ends, &ages, closed);
        assert_same(&snapshot, &there_and_back(snapshot.clone()));
        // The same within the range of histograms, so that all sums can be compared.
        let short = |&(ending, service, dropped): &(usize, u64, bool)| (ending, service / 3, dropped);
        let ages: Vec<u64> = ages.iter().map(|age| age / 3).collect();
        let snapshot = any_lane(&ends.iter().map(short).collect::<Vec<_>>(), &ages, closed);
        assert_same(&snapshot, &there_and_back(snapshot.clone()));
    }

    #[test]
    fn bytes_that_were_changed_are_refused_or_read_and_never_a_panic(
        name in prop::sample::select(vec!["summary.json", "histogram.csv", "timeline.csv", "heat.csv", "blocks.csv", "block_histogram.csv", "gathers.csv", "failures.csv", "late_tasks.csv", "cancellations.csv", "cancelled_tasks.csv", "scenario.toml"]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(b"0919-,.\"{}[]\n\0aeE ".to_vec())), 1..6),
    ) {
        let scratch = finished_files();
        let path = scratch.path().join(name);
        let mut bytes = fs::read(&path).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        fs::write(&path, bytes).unwrap();
        if let Ok(report) = open(scratch.path()) {
            for lane in &report.snapshot.lanes {
                let response = lane.distribution(Metric::Response);
                let asked = report.snapshot.what_if(lane.key).and_then(|what_if| what_if.at(fixture::DEADLINE));
                let _ = (asked, lane.timed_out_rate(), response.mean(), response.quantile(0.99), response.count_above(fixture::DEADLINE));
            }
        }
    }
}
