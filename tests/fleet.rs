//! Eight shards in eight processes of one machine, merged, against the one run they are shards of; and what is no whole.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tardy::histogram::Histogram;
use tardy::import::{self, open_exactly};
use tardy::ledger::Metric;
use tardy::shard::Part;
use tardy::snapshot::Snapshot;

const SHARDS: usize = 8;

/// How tasks end is a function of the seed alone: what fails is drawn, and times are far from the deadline of three seconds.
const SCENARIO: &str = r#"
name = "fleet"

[workload]
kind = "synthetic"

[[workload.step]]
name = "call"
sleep = { dist = "uniform", min = "1ms", max = "4ms" }
fail = 0.1

[[workload.step]]
name = "answer"
sleep = { dist = "mix", of = [{ weight = 19, sleep = "5ms" }, { weight = 1, sleep = "8s" }] }

[load]
mode = "open"
rate = "150/s"

[deadline]
after = "3s"
on_timeout = "cancel"

[gather]
width = 3

[run]
duration = "4s"
warmup = "300ms"
drain = "20s"
seed = 11
workers = 1
"#;

/// Runs a command without a terminal.
fn tardy(directory: &Path, args: &[&str]) -> Output {
    command(directory, args).output().unwrap()
}

fn command(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tardy"));
    command.current_dir(directory).stdin(Stdio::null()).args(args);
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A complaint on one line, for lines break where they are long.
fn complaint(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
    text(&output.stderr).replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Shards of `scenario` into the directories `s1`, `s2`, …, started together.
fn shards(directory: &Path, scenario: &str, of: usize, more: &[&str]) {
    fs::write(directory.join("scenario.toml"), scenario).unwrap();
    let at = humantime::format_rfc3339_seconds(SystemTime::now() + Duration::from_secs(5)).to_string();
    let start = |number: usize| {
        let (shard, out) = (format!("{number}/{of}"), format!("s{number}"));
        let args = ["run", "scenario.toml", "--quiet", "--shard", &shard, "--start-at", &at, "--out", &out];
        command(directory, &[&args[..], more].concat()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let running: Vec<Child> = (1..=of).map(start).collect();
    for shard in running {
        let output = shard.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    }
}

fn merge(directory: &Path, runs: &[&str], more: &[&str]) -> Output {
    tardy(directory, &[&["merge"], runs, more].concat())
}

/// The eight shards, the one run, and the shards merged into `all`; made once, in a place that the next test run makes anew.
fn fleet() -> &'static Path {
    static FLEET: LazyLock<PathBuf> = LazyLock::new(|| {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fleet");
        let directory = place.as_path();
        if directory.exists() {
            fs::remove_dir_all(directory).unwrap();
        }
        fs::create_dir_all(directory).unwrap();
        shards(directory, SCENARIO, SHARDS, &[]);
        let one = tardy(directory, &["run", "scenario.toml", "--quiet", "--out", "one"]);
        assert_eq!(one.status.code(), Some(0), "{}", text(&one.stderr));
        let names: Vec<String> = (1..=SHARDS).rev().map(|number| format!("s{number}")).collect();
        let merged = merge(directory, &names.iter().map(String::as_str).collect::<Vec<_>>(), &["-o", "all"]);
        assert_eq!((merged.status.code(), text(&merged.stderr)), (Some(0), String::new()));
        assert!(text(&merged.stdout).contains("open 150/s poisson, merged from 8 shards, 8 workers, seed 11\n"));
        place
    });
    &FLEET
}

fn summary(directory: &Path, run: &str) -> Value {
    serde_json::from_slice(&fs::read(directory.join(run).join("summary.json")).unwrap()).unwrap()
}

/// Every number of a summary that counts something, by its path; those of times are left out.
fn counts(value: &Value, path: &str, into: &mut BTreeMap<String, u64>) {
    match value {
        Value::Object(keys) => {
            for (key, value) in keys {
                // What waits for whom, and what a worker does, is chance.
                let chance = key == "arrival_lag_ns" || key == "runtime" || key == "own_cost" || key == "captures";
                if !chance && (!key.ends_with("_ns") || value.is_object()) {
                    counts(value, &format!("{path}.{key}"), into);
                }
            }
        }
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(at, value)| counts(value, &format!("{path}.{at}"), into));
        }
        Value::Number(number) => {
            let is_of_times = path.contains("_ns.") && path.rsplit('.').next() != Some("count");
            if let Some(number) = number.as_u64().filter(|_| !is_of_times) {
                into.insert(path.to_owned(), number);
            }
        }
        _ => {}
    }
}

#[test]
fn eight_merged_shards_equal_one_run_in_every_count() {
    let directory = fleet();
    let [one, all] = ["one", "all"].map(|run| {
        let mut found = BTreeMap::new();
        counts(&summary(directory, run), "", &mut found);
        found.remove(".workers");
        found.remove(".merged_shards");
        found
    });
    assert_eq!(one, all);
    let spawned = all[".lanes.0.spawned"];
    assert!(spawned > 1_500 && all[".lanes.0.failed"] > 100 && all[".lanes.0.cancelled"] > 50, "{all:?}");
    assert_eq!(all[".lanes.0.gathers.started"] * 3, spawned);
}

/// The buckets of a histogram, and what is exact.
fn buckets(h: &Histogram) -> (BTreeMap<Duration, u64>, u64, Duration) {
    let all = h.buckets().map(|bucket| (bucket.low, bucket.count));
    (all.collect(), h.count(), h.total())
}

/// Every histogram of a run, by what it is of.
fn histograms(run: &Snapshot) -> BTreeMap<String, &Histogram> {
    let mut all = BTreeMap::from([("arrival lag".to_owned(), &*run.load.arrival_lag)]);
    for lane in &run.lanes {
        for metric in Metric::ALL {
            let cells = lane.book.cells(metric);
            all.extend(cells.map(|(outcome, h)| (format!("{} {metric:?} {outcome:?}", lane.key), h)));
        }
        all.extend(lane.book.unfinished().map(|h| (format!("{} unfinished", lane.key), h)));
        all.extend(lane.book.steps().iter().map(|step| (format!("{} step {}", lane.key, step.name), &step.service)));
        let gathers = lane.book.gathers().unwrap();
        for (name, h) in
            [("latency", &gathers.latency), ("complete", &gathers.complete), ("gap", &gathers.straggler_gap)]
        {
            all.insert(format!("{} gather {name}", lane.key), h);
        }
    }
    all
}

#[test]
fn every_bucket_of_the_sum_is_the_sum_of_the_buckets_of_the_shards() {
    let directory = fleet();
    let read = |run: &str| open_exactly(&directory.join(run)).unwrap().snapshot;
    let all = read("all");
    let shards: Vec<_> = (1..=SHARDS).map(|number| read(&format!("s{number}"))).collect();
    let mut expected = BTreeMap::<String, (BTreeMap<Duration, u64>, u64, Duration)>::new();
    for (name, h) in shards.iter().flat_map(|shard| histograms(shard)) {
        let (from, count, total) = buckets(h);
        let to = expected.entry(name).or_default();
        for (low, count) in from {
            *to.0.entry(low).or_default() += count;
        }
        (to.1, to.2) = (to.1 + count, to.2 + total);
    }
    let found: BTreeMap<_, _> = histograms(&all).into_iter().map(|(name, h)| (name, buckets(h))).collect();
    assert_eq!(found, expected);
    assert!(found.len() > 12, "{:?}", found.keys());
}

#[test]
fn a_merged_run_is_read_again_and_goes_where_any_run_goes() {
    let directory = fleet();
    let all = import::open(&directory.join("all")).unwrap().snapshot;
    assert_eq!((all.info.part, all.balanced, all.info.workers), (Part::Merged(8), Some(true), 8));
    let shard = import::open(&directory.join("s3")).unwrap().snapshot;
    assert_eq!((shard.info.part.to_string().as_str(), shard.balanced), ("shard 3/8", Some(true)));
    let rows = |run: &Snapshot| run.timeline.rows().iter().map(|row| row.counts.spawned).sum::<u64>();
    assert_eq!(rows(&all), all.total(|lane| lane.spawned));
    assert!(!all.blocks.is_empty() && summary(directory, "s3")["start_at"].is_string());

    let schema: Value = serde_json::from_str(include_str!("../assets/summary.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for run in ["one", "s3", "all"] {
        let summary = summary(directory, run);
        assert!(
            schema.is_valid(&summary),
            "{:?}",
            schema.iter_errors(&summary).map(|e| e.to_string()).collect::<Vec<_>>()
        );
    }
    for args in [
        &["open", "all", "--headless"][..],
        &["export", "all", "--format", "csv", "-o", "tables"],
        &["report", "all", "-o", "all.html"],
        &["compare", "one", "all"],
    ] {
        let output = tardy(directory, args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", text(&output.stderr));
    }
    let told = complaint(&tardy(directory, &["compare", "s1", "all"]));
    assert!(told.contains("`s1` is shard 1/8 and `all` is merged from 8 shards"), "{told}");
    let told = text(&tardy(directory, &["compare", "s1", "all", "--force"]).stdout);
    assert!(told.contains("A is shard 1/8 of its run alone\n") && !told.contains("B is shard"), "{told}");
    let told = complaint(&merge(directory, &["all"], &["-o", "again"]));
    assert!(told.contains("`all` is no shard of a run, but merged from 8 shards of one"), "{told}");
    assert!(!directory.join("again").exists());
}

#[test]
fn shards_that_are_not_all_of_one_run_are_refused_and_nothing_is_written() {
    let directory = fleet();
    let names: Vec<String> = (1..=SHARDS).map(|number| format!("s{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for (runs, expected) in [
        (&names[1..7], "shard 1/8, 8/8 is missing help: name the directories of all 8 shards"),
        (&[&names[..], &["s3"]].concat()[..], "`s3` and `s3` are both shard 3/8: their tasks would be counted twice"),
        (&["one"], "`one` is no shard of a run, but the whole of one"),
        (&["s1", "gone"], "`gone/summary.json`: "),
    ] {
        let told = complaint(&merge(directory, runs, &["-o", "refused"]));
        assert!(told.contains(expected), "{told}");
    }
    let told = complaint(&merge(directory, &names, &["-o", "s3/."]));
    assert!(told.contains("`s3/.` is one of the runs to merge"), "{told}");
    assert!(!directory.join("refused").exists());
}

#[test]
fn gates_are_judged_of_the_whole_and_not_of_its_shards() {
    let scratch = tempfile::tempdir().unwrap();
    let directory = scratch.path();
    let scenario = "name = \"gated\"\n[workload]\nkind = \"synthetic\"\nstep = [{ name = \"a\", sleep = \"1ms\" }]\n\
         [load]\nmode = \"closed\"\nconcurrency = 5\n[run]\ntasks = 31\nworkers = 1\n[gate]\nfail_if = [\"p50 > 1us\"]\n";
    shards(directory, scenario, 3, &[]);
    let tasks = |run: &str| summary(directory, run)["lanes"][0]["spawned"].as_u64().unwrap();
    assert_eq!(["s1", "s2", "s3"].map(tasks), [11, 10, 10]);
    let merged = merge(directory, &["s1", "s2", "s3"], &["-o", "all", "--json"]);
    assert_eq!(merged.status.code(), Some(1), "{}", text(&merged.stderr));
    let told: Value = serde_json::from_slice(&merged.stdout).unwrap();
    assert_eq!((&told["lanes"][0]["spawned"], &told["merged_shards"]), (&31.into(), &3.into()));
    assert_eq!(told["gates"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_shard_that_would_have_nothing_to_do_is_refused_before_anything_starts() {
    let scratch = tempfile::tempdir().unwrap();
    for (args, expected) in [
        (&["--concurrency", "4"][..], "shard 5/8 would have nothing to do: `load.concurrency` is 4"),
        (&["--tasks", "7"], "shard 5/8 would have nothing to do: `run.tasks` is 7"),
        (&["--set", "load.max_in_flight=6"], "shard 5/8 would have nothing to do: `load.max_in_flight` is 6"),
    ] {
        let run = ["run", "timeout", "--headless", "--shard", "5/8", "--out", "out"];
        let told = complaint(&tardy(scratch.path(), &[&run[..], args].concat()));
        assert!(told.contains(expected), "{told}");
    }
    let told = text(&tardy(scratch.path(), &["run", "timeout", "--shard", "9/8"]).stderr);
    assert!(told.contains("`9/8` is no shard; expected a number and how many there are"), "{told}");
    assert!(!scratch.path().join("out").exists());
}

#[test]
fn a_time_that_is_past_is_refused_by_how_much_and_one_to_come_is_waited_for_until_a_signal() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |time: SystemTime| humantime::format_rfc3339_seconds(time).to_string();
    let run = |at: &str| command(scratch.path(), &["run", "timeout", "--headless", "--start-at", at]);
    let told = complaint(&run(&at(SystemTime::now() - Duration::from_secs(7_200))).output().unwrap());
    assert!(told.contains("ago help: give a time to come: the clock of this machine says it is 20"), "{told}");
    let told = text(&run("tomorrow").output().unwrap().stderr);
    assert!(told.contains("expected a time in UTC, such as `2026-01-31T17:00:00Z`"), "{told}");

    let mut waiting = run(&at(SystemTime::now() + Duration::from_secs(600))).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(waiting.stderr.take().unwrap()).read_line(&mut said).unwrap();
    assert!(said.starts_with("starts at 20") && said.contains(", in "), "{said}");
    let pid = i32::try_from(waiting.id()).ok().and_then(rustix::process::Pid::from_raw).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(waiting.wait().unwrap().code(), Some(130));
}
