use jsonschema::Validator;
use serde_json::Value;

use super::*;
use crate::snapshot::fixture::simulated::{Model, STEADY};
use crate::snapshot::fixture::{held, with_gates};
use crate::snapshot::{EndedBy, fixture};
use crate::units::LoadMode;

fn schema() -> Validator {
    let schema: Value = serde_json::from_str(include_str!("../../../assets/summary.schema.json")).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

fn exported(snapshot: &Snapshot) -> Value {
    let mut out = Vec::new();
    write(snapshot, &mut out).unwrap();
    assert!(out.ends_with(b"}\n"));
    serde_json::from_slice(&out).unwrap()
}

fn number(value: &Value, key: &str) -> u64 {
    value[key].as_u64().unwrap_or_else(|| panic!("{key} is a count"))
}

fn sum(value: &Value, keys: &[&str]) -> u64 {
    keys.iter().map(|key| number(value, key)).sum()
}

fn without_deadline() -> Snapshot {
    let mut snapshot = with_gates(fixture::finished(), &["p99 > 1s"], false);
    snapshot.lanes.truncate(1);
    snapshot.lanes[0].key.deadline = None;
    snapshot
}

#[test]
fn what_is_written_is_what_the_schema_says() {
    let schema = schema();
    for snapshot in [fixture::empty(), fixture::live(), fixture::overload(), fixture::finished(), without_deadline()] {
        let summary = exported(&snapshot);
        let wrong: Vec<_> = schema.iter_errors(&summary).map(|error| error.to_string()).collect();
        assert_eq!(wrong, Vec::<String>::new());
    }
}

/// Every object in a value, by its JSON pointer.
fn objects(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            found.push(at.to_owned());
            map.iter().for_each(|(key, value)| objects(value, &format!("{at}/{key}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, value)| objects(value, &format!("{at}/{i}"), found));
        }
        _ => {}
    }
}

#[test]
fn a_missing_a_foreign_and_a_mistyped_key_are_refused_at_every_level() {
    let schema = schema();
    let good = exported(&without_deadline());
    let mut places = Vec::new();
    objects(&good, "", &mut places);
    assert!(places.len() > 15);
    for place in places {
        let keys: Vec<String> = good.pointer(&place).unwrap().as_object().unwrap().keys().cloned().collect();
        let refused = |change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
            let mut broken = good.clone();
            change(broken.pointer_mut(&place).unwrap().as_object_mut().unwrap());
            !schema.is_valid(&broken)
        };
        assert!(refused(&|map| drop(map.insert("foreign".to_owned(), Value::Null))), "{place}");
        for key in keys {
            assert!(refused(&|map| drop(map.shift_remove(&key))), "{place} without {key}");
            assert!(refused(&|map| drop(map.insert(key.clone(), (-1.5).into()))), "{place}/{key} of a wrong type");
        }
    }
}

#[test]
fn the_books_balance_in_the_file_whenever_it_is_written() {
    for snapshot in [fixture::live(), fixture::overload(), fixture::finished()] {
        let summary = exported(&snapshot);
        for lane in summary["lanes"].as_array().unwrap() {
            let ended = sum(lane, &["done", "failed", "panicked", "cancelled", "unfinished"]);
            assert_eq!(number(lane, "spawned"), ended);
            let late = ["late_done", "late_failed", "late_panicked", "late_cancelled"];
            let missed = sum(lane, &late) + sum(lane, &["cancelled_at_deadline", "overdue_at_end"]);
            assert_eq!(number(lane, "timed_out"), missed);
            let gathers = &lane["gathers"];
            let outcomes = sum(gathers, &["complete", "partial", "failed", "cancelled", "open"]);
            assert_eq!(number(gathers, "started"), outcomes);
        }
        let load = &summary["load"];
        assert_eq!(number(load, "due"), sum(load, &["spawned", "shed", "queued_at_end"]));
    }
}

#[test]
fn every_task_is_in_the_statistics_of_its_own_end_or_of_its_age() {
    for lane in exported(&fixture::finished())["lanes"].as_array().unwrap() {
        let (own, censored) = (number(&lane["service_ns"], "count"), number(&lane["censored_ns"], "count"));
        assert_eq!(own, sum(lane, &["done", "failed", "panicked"]));
        assert_eq!(censored, sum(lane, &["cancelled", "unfinished"]));
        assert_eq!(own, number(&lane["response_ns"], "count"));
        assert_eq!(number(&lane["overrun_ns"], "count"), sum(lane, &["late_done", "late_failed", "late_panicked"]));
    }
}

#[test]
fn a_gate_is_written_with_its_unit_and_what_was_measured_in_it() {
    let gates = ["failed > 0", "timed_out < 1%", "goodput >= 2/s", "p99.9 > 30s", "max(service) <= 1ms", "shed > 0"];
    for run in [fixture::finished(), fixture::empty()] {
        let summary = exported(&with_gates(run, &gates, false));
        let wrong: Vec<_> = schema().iter_errors(&summary).map(|error| error.to_string()).collect();
        assert_eq!(wrong, Vec::<String>::new());
        let of =
            |key: &str| summary["gates"].as_array().unwrap().iter().map(|gate| gate[key].clone()).collect::<Vec<_>>();
        assert_eq!(of("fail_if"), gates);
        assert_eq!(of("unit"), ["count", "share", "per_s", "ns", "ns", "count"]);
        assert_eq!(
            of("limit"),
            [0.into(), 0.01.into(), 2.0.into(), 30_000_000_000_u64.into(), 1_000_000.into(), Value::from(0)]
        );
        assert!(
            of("measured")
                .iter()
                .zip(of("verdict"))
                .all(|(measured, verdict)| measured.is_null() == (verdict == "unmeasured"))
        );
    }
    let summary = exported(&with_gates(fixture::finished(), &gates, false));
    let bound = &summary["gates"][3];
    assert_eq!((&bound["lower_bound"], &bound["verdict"]), (&true.into(), &"unknown".into()), "{bound}");
}

/// A slower run held against a steady one, some of which is not known.
fn slower() -> Snapshot {
    held(Model { slower: 1.5, ..STEADY }.run(2), &STEADY.run(1))
}

#[test]
fn what_regressed_is_written_as_a_change_and_beside_it_all_that_was_compared() {
    let gates = ["regressed(p50) > 5%", "regressed(p99.9) > 5%", "regressed(p90) > 90%"];
    let summary = exported(&with_gates(slower(), &gates, false));
    let wrong: Vec<_> = schema().iter_errors(&summary).map(|error| error.to_string()).collect();
    assert_eq!(wrong, Vec::<String>::new());
    let of = |key: &str| [0, 1, 2].map(|at: usize| summary["gates"][at][key].clone());
    assert_eq!(of("verdict"), ["broken", "unknown", "passed"].map(Value::from));
    assert_eq!(of("unit"), ["change"; 3].map(Value::from));
    assert_eq!(of("measured")[1], Value::Null);
    let baseline = &summary["baseline"];
    assert_eq!((&baseline["name"], &baseline["verdict"]), (&"main".into(), &"worse".into()));
    let differences = baseline["lanes"][0]["differences"].as_array().unwrap();
    assert_eq!((&differences[0]["of"], &differences[0]["relative"]), (&"p50".into(), &of("measured")[0]));
    assert_eq!((&differences[3]["reason"], &differences[3]["found"]), (&"too few tasks".into(), &3.0.into()));

    let faster = exported(&with_gates(held(STEADY.run(1), &slower()), &["regressed(p50) > 5%"], false));
    assert!(faster["gates"][0]["measured"].as_f64().unwrap() < 0.0 && schema().is_valid(&faster));
    assert_eq!(exported(&Snapshot { state: State::Running, ..slower() })["baseline"], Value::Null);
}

#[test]
fn the_headline_is_response_time_when_open_and_service_time_when_closed() {
    let mut snapshot = fixture::finished();
    assert_eq!(exported(&snapshot)["headline"], "response");
    snapshot.load.mode = LoadMode::Closed { concurrency: 8 };
    assert_eq!(exported(&snapshot)["headline"], "service");
}

#[test]
fn a_run_says_how_it_ended_and_one_that_goes_on_does_not() {
    let of = |snapshot| {
        let summary = exported(&snapshot);
        (summary["ended_by"].clone(), summary["balanced"].clone())
    };
    assert_eq!(of(fixture::live()), (Value::Null, Value::Null));
    for by in [EndedBy::Duration, EndedBy::Tasks, EndedBy::User, EndedBy::Signal, EndedBy::Gate] {
        let snapshot = Snapshot { state: State::Finished(by), ..fixture::finished() };
        assert_eq!(of(snapshot), (by.word().into(), true.into()));
    }
}

#[test]
fn the_start_is_utc_and_a_clock_before_1970_does_no_harm() {
    assert_eq!(exported(&fixture::empty())["started_at"], "2023-11-14T22:13:20.000Z");
    assert_eq!(rfc3339(SystemTime::UNIX_EPOCH - std::time::Duration::from_secs(1)), "1970-01-01T00:00:00.000Z");
}
