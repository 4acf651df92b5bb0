//! What the scenarios' lessons claim, checked on the figures of a run.
//!
//! Shares of chance are compared with what follows from the scenario file, within four standard deviations of a seeded
//! run; times with a margin that a busy machine stays within.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

#[path = "languages/found.rs"]
#[expect(dead_code, reason = "shared with the tests of other languages")]
mod found;

use assert_cmd::Command;
use found::has_python;
use serde_json::Value;

/// The share of gathers of five with a child that fails, which one in ten does: 1 − 0.9⁵.
const WITH_AN_ERROR: f64 = 0.409_51;

/// What a run of a scenario with these changes prints with `--json`.
fn run(scenario: &str, changes: &[&str]) -> Value {
    let mut command = Command::cargo_bin("tardy").unwrap();
    let result = command.args(["run", scenario, "--json", "--quiet"]).args(changes).assert().success();
    serde_json::from_slice(&result.get_output().stdout).unwrap()
}

/// A number of the only lane.
fn number(summary: &Value, path: &str) -> f64 {
    summary["lanes"][0].pointer(path).unwrap().as_f64().unwrap()
}

/// Four seconds of gathers, 1,000 of them.
fn gathers(scenario: &str) -> Value {
    run(scenario, &["--set", "load.rate=250/s", "--duration", "4s", "--set", "run.drain=20s"])
}

/// The part of all decided gathers that had this outcome.
fn share(summary: &Value, outcome: &str) -> f64 {
    let count = |outcome: &str| number(summary, &format!("/gathers/{outcome}"));
    let all: f64 = ["complete", "partial", "failed", "cancelled"].map(count).iter().sum();
    count(outcome) / all
}

#[track_caller]
fn assert_is_share_with_an_error(share: f64) {
    let deviation = (WITH_AN_ERROR * (1.0 - WITH_AN_ERROR) / 900.0).sqrt();
    assert!((share - WITH_AN_ERROR).abs() < 4.0 * deviation, "{share}");
}

#[test]
fn return_exceptions_makes_four_in_ten_gathers_partial_and_each_waits_for_its_slowest() {
    let summary = gathers("return-exceptions");
    assert_is_share_with_an_error(share(&summary, "partial"));
    assert!(number(&summary, "/gathers/failed") < 1.0);
    // Only a gather whose five children all fail is over sooner: one in 100,000.
    assert!(number(&summary, "/gathers/latency_ns/min") >= 40e6);
}

#[test]
fn fail_fast_wastes_the_siblings_time_and_a_task_group_hardly_any() {
    let [fail_fast, group] = ["fail-fast", "task-group"].map(gathers);
    let wasted = |summary: &Value| number(summary, "/gathers/wasted_ns") / number(summary, "/gathers/failed");
    for summary in [&fail_fast, &group] {
        assert_is_share_with_an_error(share(summary, "failed"));
    }
    // 4 × 0.9 siblings at least ran on for 40 ms or more, on average.
    assert!(wasted(&fail_fast) > 3.6 * 40e6, "{}", wasted(&fail_fast));
    assert!(wasted(&group) < wasted(&fail_fast) / 4.0, "{} of {}", wasted(&group), wasted(&fail_fast));
    assert!(number(&group, "/cancelled") > 0.0 && number(&fail_fast, "/cancelled") < 1.0);
}

#[test]
fn an_overloaded_pool_collapses_under_observe_and_is_cured_by_cancel() {
    let on_time = |policy: &str| {
        let summary = run("pool", &["--duration", "6s", "--on-timeout", policy]);
        1.0 - number(&summary, "/timed_out") / number(&summary, "/spawned")
    };
    let (observe, cancel) = (on_time("observe"), on_time("cancel"));
    assert!(cancel > observe + 0.25, "on time: {observe} under observe, {cancel} under cancel");
}

#[test]
fn hogs_make_bystanders_late_several_times_their_own_number() {
    let summary = run("blocking", &["--duration", "6s"]);
    let (late, spawned) = (number(&summary, "/timed_out"), number(&summary, "/spawned"));
    // 4 in 100 tasks hog the loop.
    assert!(late > 2.0 * 0.04 * spawned, "{late} of {spawned}");
    // They were late before they were polled once.
    assert!(number(&summary, "/start_delay_ns/p95") > 5e6);
}

#[test]
fn a_slow_dependency_leaves_the_median_and_fails_the_gates_on_the_tail() {
    let gates = |changes: &[&str]| {
        let mut command = Command::cargo_bin("tardy").unwrap();
        let changed = command.args(["run", "gate", "--json", "--quiet", "--duration", "5s"]).args(changes);
        let result = changed.assert();
        let summary: Value = serde_json::from_slice(&result.get_output().stdout).unwrap();
        let median = number(&summary, "/service_ns/p50");
        (result.get_output().status.code(), median)
    };
    let (code, median) = gates(&["--set", "workload.step.call.sleep.p99=200ms"]);
    assert_eq!(code, Some(1));
    assert!(median < 40e6, "{median}");
    // Sleeps of a busy machine are late, but not by this much for one in a hundred.
    assert_eq!(gates(&["--set", "deadline.after=1s", "--set", "gate.fail_if=['timed_out > 1%']"]).0, Some(0));
}

#[test]
fn a_fourth_of_the_asyncio_tasks_that_are_cancelled_swallow_it_and_end_late() {
    if !has_python() {
        return;
    }
    let summary = run("asyncio-timeout", &["--set", "load.rate=400/s", "--duration", "4s"]);
    let (late, spawned) = (number(&summary, "/timed_out"), number(&summary, "/spawned"));
    assert!(late > 0.02 * spawned && late < 0.2 * spawned, "{late} of {spawned}");
    let swallowed = number(&summary, "/late_done") / late;
    assert!(swallowed > 0.05 && swallowed < 0.6, "{swallowed}");
    assert!(number(&summary, "/cancelled") > 0.0);
}

#[test]
fn a_tenth_of_failing_asyncio_tasks_makes_four_in_ten_gathers_partial() {
    if !has_python() {
        return;
    }
    let summary = gathers("asyncio-gather");
    assert_is_share_with_an_error(share(&summary, "partial"));
    assert!(number(&summary, "/gathers/failed") < 1.0);
}

#[test]
fn a_coroutine_that_blocks_makes_others_late_and_shows_as_lag_of_the_loop() {
    if !has_python() {
        return;
    }
    let summary = run("asyncio-blocking", &["--duration", "4s"]);
    let (late, spawned) = (number(&summary, "/timed_out"), number(&summary, "/spawned"));
    // 2 in 100 tasks block.
    assert!(late > 2.0 * 0.02 * spawned, "{late} of {spawned}");
    let lag = &summary["workload"]["figures"][0];
    assert_eq!(lag["name"], "loop lag");
    assert!(lag["times"]["max_ns"].as_f64().unwrap() > 5e6, "{lag}");
}
