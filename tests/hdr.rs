//! The log of latencies is read by others: by the crate's own reader here, and by HdrHistogram's package for Python.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![expect(clippy::cast_precision_loss, reason = "a test has few samples")]
#![expect(clippy::disallowed_methods, reason = "waits for another process")]

mod interop;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};
use serde_json::Value;

use interop::{has, python};

/// Reads a log as others do, and prints what there is of each tag.
const READER: &str = r#"
import json, sys
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
tags, reader = {}, HistogramLogReader(sys.argv[1], HdrHistogram(1, 3600 * 10 ** 9, 3))
while (interval := reader.get_next_interval_histogram()) is not None:
    of_tag = tags.setdefault(interval.get_tag(), [0, interval])
    if of_tag[0] > 0:
        of_tag[1].add(interval)
    of_tag[0] += 1
def seen(samples):
    steps = samples.get_recorded_iterator()
    return {step.value_iterated_to: step.total_count_to_this_value for step in steps}
print(json.dumps({tag: {
    "intervals": intervals, "count": all.get_total_count(), "p50": all.get_value_at_percentile(50),
    "p999": all.get_value_at_percentile(99.9), "max": all.get_max_value(), "seen": seen(all),
} for tag, (intervals, all) in tags.items()}))
"#;

/// Two lanes, gathers, tasks of every ending, some of them late.
const SCENARIO: &str = r#"
name = "logged"
about = "tasks of every ending"
lesson = "none"
[workload]
kind = "synthetic"
[[workload.step]]
name = "call"
fail = 0.1
sleep = { dist = "lognormal", p50 = "5ms", p99 = "60ms" }
[load]
mode = "open"
rate = "100/s"
[gather]
width = 3
[deadline]
after = "20ms"
on_timeout = "cancel"
[run]
duration = "3s"
drain = "2s"
seed = 7
"#;

fn tardy(directory: &Path, args: &[&str]) -> Command {
    fs::write(directory.join("logged.toml"), SCENARIO).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tardy"));
    command.args(["run", "logged.toml", "--headless", "--quiet", "--out", "out"]).args(args);
    command.current_dir(directory).stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// What a log has of one tag.
struct Logged {
    intervals: usize,
    all: Histogram<u64>,
}

/// A log by tag; its last line may be half of one.
fn read(log: &[u8]) -> BTreeMap<String, Logged> {
    let whole = log.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    let mut tags = BTreeMap::new();
    let mut until = Duration::ZERO;
    for entry in IntervalLogIterator::new(&log[..whole]) {
        let LogEntry::Interval(interval) = entry.unwrap() else { continue };
        assert!(interval.start_timestamp() + interval.duration() >= until, "intervals follow each other");
        until = interval.start_timestamp() + interval.duration();
        let bytes = BASE64.decode(interval.encoded_histogram()).unwrap();
        let more: Histogram<u64> = Deserializer::new().deserialize(&mut &bytes[..]).unwrap();
        let tag = interval.tag().unwrap().as_str().to_owned();
        let logged = tags.entry(tag).or_insert_with(|| Logged { intervals: 0, all: Histogram::new_from(&more) });
        logged.intervals += 1;
        logged.all.add(more).unwrap();
    }
    tags
}

/// The samples of `histogram.csv` by tag.
fn of_table(out: &Path) -> BTreeMap<String, Histogram<u64>> {
    let mut tags = BTreeMap::new();
    for row in csv::Reader::from_path(out.join("histogram.csv")).unwrap().deserialize() {
        let row: BTreeMap<String, String> = row.unwrap();
        let number = |column: &str| row[column].parse::<u64>().unwrap();
        if row["ending"] == "complete" {
            // A part of those of all.
            continue;
        }
        let tag = format!("{}-{}ms/{}", row["on_timeout"], number("deadline_ns") / 1_000_000, row["metric"]);
        let all = tags.entry(tag).or_insert_with(|| Histogram::new_with_bounds(1, 3_600_000_000_000, 3).unwrap());
        all.record_n(number("low_ns").max(1), number("count")).unwrap();
    }
    tags
}

#[test]
fn a_log_that_is_written_live_has_what_the_table_has() {
    let directory = tempfile::tempdir().unwrap();
    tardy(directory.path(), &[]).status().unwrap();
    let out = directory.path().join("out");
    let (log, table) = (read(&fs::read(out.join("latency.hlog")).unwrap()), of_table(&out));
    assert_eq!(log.keys().collect::<Vec<_>>(), table.keys().collect::<Vec<_>>());
    assert!(log["cancel-20ms/response"].intervals >= 2 && log.contains_key("cancel-20ms/gather"));
    for (tag, logged) in &log {
        let of_table = &table[tag];
        assert_eq!(logged.all.len(), of_table.len(), "{tag}");
        for share in [0.0, 0.5, 0.9, 0.999, 1.0] {
            let [read, true_one] = [&logged.all, of_table].map(|all| all.value_at_quantile(share));
            assert!(read.abs_diff(true_one) * 100 <= true_one, "{tag} {share}: {read} for {true_one}");
        }
    }
}

#[test]
fn a_run_that_is_killed_leaves_a_log_up_to_its_last_second() {
    let directory = tempfile::tempdir().unwrap();
    let mut run = tardy(directory.path(), &["--duration", "60s"]).spawn().unwrap();
    let log = directory.path().join("out/latency.hlog");
    let begin = Instant::now();
    let intervals = || {
        let read = read(&fs::read(&log).unwrap_or_default());
        read.get("cancel-20ms/response").map_or(0, |logged| logged.intervals)
    };
    while intervals() < 2 {
        assert!(begin.elapsed() < Duration::from_secs(30), "nothing is logged");
        thread::sleep(Duration::from_millis(50));
    }
    run.kill().unwrap();
    run.wait().unwrap();
    assert!(intervals() >= 2);
    assert!(!directory.path().join("out/summary.json").exists());

    let (shown, said) = asked(directory.path(), &["open", "out", "--json"]);
    let summary: Value = serde_json::from_slice(&shown).unwrap();
    assert!(summary["elapsed_ns"].as_u64().unwrap() > 1_500_000_000 && summary["ended_by"].is_null());
    assert_eq!(said, "it was killed: this is the last that was written of it\n");
    asked(directory.path(), &["export", "out", "--format", "csv", "--out", "tables"]);
    assert!(!of_table(&directory.path().join("tables")).is_empty());
    let (log, _) = asked(directory.path(), &["open", "out/latency.hlog", "--headless"]);
    let log = String::from_utf8(log).unwrap();
    assert!(log.contains("of a log of latencies") && !log.contains("books") && !log.contains("seed"), "{log}");

    let mut compare = Command::new(env!("CARGO_BIN_EXE_tardy"));
    let refused = compare.args(["compare", "out", "out"]).current_dir(directory.path()).output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.status.code() == Some(2) && said.contains("does not say how its run went"), "{said}");
}

/// What tardy prints and says.
fn asked(directory: &Path, args: &[&str]) -> (Vec<u8>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tardy"));
    let output = command.args(args).current_dir(directory).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{args:?}: {said}");
    (output.stdout, said)
}

#[test]
fn a_run_is_exported_as_it_was_written_and_a_log_is_opened_as_a_run() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    tardy(path, &["--duration", "2s"]).status().unwrap();
    let file = |name: &str| fs::read(path.join("out").join(name)).unwrap();

    let again = read(&asked(path, &["export", "out", "--format", "hlog"]).0);
    for (tag, logged) in read(&file("latency.hlog")) {
        assert_eq!(again[&tag].all, logged.all, "{tag}");
        assert!(again[&tag].intervals.abs_diff(logged.intervals) <= 1, "{tag}");
    }
    let summary = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
    let (exported, written) =
        (summary(&asked(path, &["export", "out", "--format", "json"]).0), summary(&file("summary.json")));
    for key in ["spawned", "done", "failed", "cancelled", "timed_out", "service_ns", "response_ns"] {
        assert_eq!(exported["lanes"][0][key], written["lanes"][0][key], "{key}");
    }
    asked(path, &["export", "out", "--format", "hgrm", "--out", "more"]);
    let name = "hgrm/cancel-20ms-service.hgrm";
    assert_eq!(fs::read(path.join("more").join(name)).unwrap(), file(name));

    let (shown, said) = asked(path, &["open", "out/latency.hlog", "--json"]);
    let (opened, of) = (&summary(&shown)["lanes"][0], &written["lanes"][0]);
    for count in ["spawned", "cancelled", "timed_out"] {
        assert_eq!(opened[count], of[count], "{count}");
    }
    for number in ["count", "p50", "p99"] {
        let [opened, of] = [opened, of].map(|lane| lane["service_ns"][number].as_u64().unwrap());
        assert!(opened.abs_diff(of) * 100 <= of, "{number}: {opened} for {of}");
    }
    assert!(said.starts_with("from a log"), "{said}");
}

#[test]
fn what_is_no_run_or_no_log_is_refused_by_name() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("a.hlog"), "1,2,3\nno line of a log\n").unwrap();
    fs::write(directory.path().join("empty.hlog"), "#[nothing]\n").unwrap();
    for (args, expected) in [
        (&["open", "none"][..], "`none/summary.json`: cannot be read"),
        (&["open", "a.hlog"], "`a.hlog`, line 1: is no line of a log"),
        (&["open", "empty.hlog"], "`empty.hlog`: has no interval"),
        (&["export", "empty.hlog"], "--format"),
    ] {
        let output =
            Command::new(env!("CARGO_BIN_EXE_tardy")).args(args).current_dir(directory.path()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn the_package_for_python_reads_the_same() {
    if !has("hdrhistogram of Python", python().args(["-c", "import hdrh.log"])) {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    tardy(directory.path(), &[]).status().unwrap();
    let out = directory.path().join("out");
    let path = out.join("latency.hlog");
    let output = python().args(["-c", READER]).arg(&path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs: BTreeMap<String, Value> = serde_json::from_slice(&output.stdout).unwrap();
    let ours = read(&fs::read(&path).unwrap());
    assert_eq!(theirs.keys().collect::<Vec<_>>(), ours.keys().collect::<Vec<_>>());
    for (tag, logged) in ours {
        let theirs = &theirs[&tag];
        assert_eq!(theirs["intervals"], logged.intervals, "{tag}");
        assert_eq!(theirs["count"], logged.all.len(), "{tag}");
        assert_eq!(theirs["max"], logged.all.max(), "{tag}");
        for (name, share) in [("p50", 0.5), ("p999", 0.999)] {
            // Theirs is the sample of the nearest rank, ours that of the rank that is no less.
            let count = logged.all.len() as f64;
            let rank = (share * count + 0.5).floor().max(1.0);
            assert_eq!(theirs[name], logged.all.value_at_quantile((rank - 0.1) / count), "{tag} {name}");
        }
        for row in distribution(&out.join("hgrm").join(tag.replace('/', "-") + ".hgrm")) {
            let ns = (row[0] * 1e6).round().to_string();
            assert_eq!(theirs["seen"][&ns].as_f64(), Some(row[2]), "{tag}: {row:?}");
        }
    }
}

/// The rows of a percentile distribution.
fn distribution(path: &Path) -> Vec<Vec<f64>> {
    let text = fs::read_to_string(path).unwrap();
    let rows = text.lines().skip(2).filter(|line| !line.starts_with('#'));
    rows.map(|line| line.split_whitespace().map(|cell| cell.parse().unwrap()).collect()).collect()
}
