//! What is sent to a collector is what the run says of itself, whoever reads it; and a collector that fails, in whatever way, costs
//! a run nothing but what it would have known.

#![cfg(all(unix, feature = "otlp"))]
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![expect(clippy::cast_precision_loss, reason = "a test has few samples")]

mod collector;
#[path = "../interop/mod.rs"]
mod interop;
mod python;

use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::collector::{Answer, Collector};

/// Two tasks in three are late, some fail, and all of them end.
const SCENARIO: &str = r#"
name = "sent"
about = "late tasks"
lesson = "none"
[workload]
kind = "synthetic"
[[workload.step]]
name = "call"
fail = 0.05
sleep = { dist = "lognormal", p50 = "20ms", p99 = "60ms" }
[load]
mode = "open"
rate = "100/s"
[deadline]
after = "15ms"
on_timeout = "observe"
[run]
duration = "2500ms"
drain = "5s"
workers = 1
"#;

/// A run that sends its metrics there.
fn tardy(url: &str, args: &[&str]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("sent.toml"), SCENARIO).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tardy"));
    // Of a collector on this machine no proxy knows: nobody listens there.
    command.env("ALL_PROXY", "http://127.0.0.1:9").env_remove("NO_PROXY").env_remove("no_proxy");
    let command = command.args(["run", "sent.toml", "--headless", "--json", "--quiet", "--otlp", url]).args(args);
    command.current_dir(directory.path()).stdin(Stdio::null()).output().unwrap()
}

/// The summary of a run that came to its end, and what it complained of.
fn summary(url: &str, args: &[&str]) -> (Value, String) {
    let output = tardy(url, args);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    (serde_json::from_slice(&output.stdout).unwrap(), stderr)
}

fn spawned(summary: &Value) -> i64 {
    summary["lanes"][0]["spawned"].as_i64().unwrap()
}

#[test]
fn a_collector_that_takes_everything_has_the_last_word_of_the_run() {
    let collector = Collector::start(Vec::new());
    let (summary, stderr) = summary(&collector.url(), &[]);
    let messages = collector.messages();
    assert!(messages.len() >= 2 && stderr.is_empty(), "{} {stderr}", messages.len());
    let last = &messages[messages.len() - 1];
    assert_eq!(last.sum("tardy.tasks.spawned"), spawned(&summary));
    assert_eq!(last.sum("tardy.timeouts"), summary["lanes"][0]["timed_out"].as_i64().unwrap());
    assert_eq!(last.sum("tardy.otlp.dropped"), 0);
    for pair in messages.windows(2) {
        assert!(pair[0].sum("tardy.tasks.ended") <= pair[1].sum("tardy.tasks.ended"));
    }
}

#[test]
fn what_is_refused_for_now_is_sent_again_and_nothing_is_lost() {
    let later = || Answer::Status(503, "");
    let collector = Collector::start(vec![later(), later(), Answer::Status(429, "retry-after: 1\r\n"), Answer::Cut]);
    let (summary, stderr) = summary(&collector.url(), &["--duration", "4s"]);
    assert_eq!(stderr, "");
    let messages = collector.messages();
    // The first came five times.
    assert!((0..5).all(|n| messages[n].bytes == messages[0].bytes));
    assert!(messages.windows(2).skip(4).all(|pair| pair[0].bytes != pair[1].bytes));
    let last = &messages[messages.len() - 1];
    assert_eq!((last.sum("tardy.tasks.spawned"), last.sum("tardy.otlp.dropped")), (spawned(&summary), 0));
}

#[test]
fn what_is_refused_for_good_is_counted_and_said_with_what_the_collector_complains_of() {
    let collector = Collector::start(vec![Answer::Status(400, "")]);
    let (_, stderr) = summary(&collector.url(), &[]);
    let messages = collector.messages();
    assert_eq!(messages[messages.len() - 1].sum("tardy.otlp.dropped"), 1);
    let said = format!(
        "otlp: 1 of {} messages were not delivered, the last trouble: it answered 400 Bad Request: because\n",
        messages.len()
    );
    assert_eq!(stderr, said);
}

#[test]
fn a_collector_that_takes_a_part_is_heard() {
    let collector = Collector::start(vec![Answer::Part("too old")]);
    let (_, stderr) = summary(&collector.url(), &[]);
    assert!(stderr.ends_with(" messages were delivered, not all of each: it refused a part: too old\n"), "{stderr}");
}

#[test]
fn a_collector_that_is_not_there_or_never_answers_changes_nothing_in_the_run() {
    // It accepts, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (at, why) in [(silent.local_addr().unwrap(), "it does not answer"), (gone, "connection refused")] {
        let (summary, stderr) = summary(&format!("http://{at}"), &[]);
        assert_eq!(summary["balanced"], true);
        // All that was due was spawned, and the run came to its end by itself.
        assert_eq!((&summary["load"]["due"], &summary["ended_by"]), (&summary["load"]["spawned"], &"duration".into()));
        assert!(spawned(&summary) > 150, "{}", spawned(&summary));
        assert!(stderr.starts_with("otlp: ") && stderr.contains("messages were not delivered"), "{stderr}");
        // A machine that is slow enough waits for the end of its patience.
        assert!(stderr.to_lowercase().contains(why) || stderr.contains("timeout"), "{stderr}");
    }
}

#[test]
fn a_collector_that_comes_late_gets_all_of_it() {
    let at = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let late = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(1_500));
        Collector::at(at, Vec::new())
    });
    let (summary, stderr) = summary(&format!("http://{at}"), &["--duration", "5s"]);
    assert_eq!(stderr, "");
    let messages = late.join().unwrap().messages();
    assert_eq!(messages[messages.len() - 1].sum("tardy.tasks.spawned"), spawned(&summary));
    // The first is one of before it came.
    assert!(messages[0].sum("tardy.tasks.spawned") < messages[1].sum("tardy.tasks.spawned"));
}

#[test]
fn a_url_that_is_none_is_refused_before_the_run_starts() {
    for (url, said) in [
        ("127.0.0.1:4318", "expected the URL of a collector"),
        ("grpc://127.0.0.1:4317", "expected the URL of a collector"),
        ("http://me:secret@127.0.0.1", "without a name or a password"),
    ] {
        let output = tardy(url, &[]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && stderr.contains(said), "{stderr}");
    }
}
