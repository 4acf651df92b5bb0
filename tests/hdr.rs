//! The log of latencies is read by others: by the crate's own reader here, and by HdrHistogram's package for Python.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
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
largest = 3600 * 10 ** 9
tags, reader = {}, HistogramLogReader(sys.argv[1], HdrHistogram(1, largest, 3))
while (interval := reader.get_next_interval_histogram()) is not None:
    sum_of = tags.setdefault(interval.get_tag(), [0, HdrHistogram(1, largest, 3)])
    sum_of[0] += 1
    sum_of[1].add(interval)
print(json.dumps({tag: {
    "intervals": intervals, "count": all.get_total_count(), "p50": all.get_value_at_percentile(50),
    "p999": all.get_value_at_percentile(99.9), "max": all.get_max_value(),
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
        let logged = tags.entry(tag).or_insert_with(|| Logged {
            intervals: 0,
            all: Histogram::new_with_bounds(1, 3_600_000_000_000, 3).unwrap(),
        });
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
}

#[test]
fn the_package_for_python_reads_the_same() {
    if !has("hdrhistogram of Python", python().args(["-c", "import hdrh.log"])) {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    tardy(directory.path(), &[]).status().unwrap();
    let path = directory.path().join("out/latency.hlog");
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
            assert_eq!(theirs[name], logged.all.value_at_quantile(share), "{tag} {name}");
        }
    }
}
