//! The messages, read by `opentelemetry-proto` of `PyPI`.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use serde_json::Value;

use crate::interop::{has, python};
use crate::summary;

/// The n-th share of the samples, as the upper bound of its bucket.
fn quantile(times: &Value, share: f64) -> f64 {
    let base = (-times["scale"].as_f64().unwrap()).exp2().exp2();
    let wanted = share * times["count"].as_f64().unwrap();
    let mut seen = times["zero"].as_f64().unwrap();
    let mut bucket = times["offset"].as_i64().unwrap();
    for count in times["buckets"].as_array().unwrap() {
        seen += count.as_f64().unwrap();
        bucket += 1;
        if seen >= wanted {
            break;
        }
    }
    base.powf(bucket as f64)
}

#[test]
fn what_the_package_for_python_reads_is_what_the_run_says_of_itself() {
    let mut package = python();
    let package = package.args(["-c", "import opentelemetry.proto.collector.metrics.v1.metrics_service_pb2"]);
    if !has("opentelemetry-proto for Python", package) {
        return;
    }
    let mut receiver = python().arg("tests/otlp/receiver.py").stdout(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(receiver.stdout.take().unwrap());
    let mut port = String::new();
    told.read_line(&mut port).unwrap();
    let (summary, stderr) = summary(&format!("http://127.0.0.1:{}", port.trim()), &["--seed", "7"]);
    receiver.kill().unwrap();
    receiver.wait().unwrap();
    assert_eq!(stderr, "");
    let mut lines = String::new();
    told.read_to_string(&mut lines).unwrap();
    let messages: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(messages.len() >= 2);

    let last = &messages[messages.len() - 1];
    let resource = last["resource"].as_str().unwrap();
    assert!(
        resource.contains("service.name=tardy,")
            && resource.ends_with("tardy.scenario=sent,tardy.seed=7,tardy.shard=1/1"),
        "{resource}"
    );
    let (metrics, lane) = (&last["metrics"], &summary["lanes"][0]);
    let key = "policy=observe,deadline=15ms";
    assert_eq!(metrics["tardy.tasks.spawned"][key], lane["spawned"]);
    assert_eq!(metrics["tardy.timeouts"][key], lane["timed_out"]);
    assert_eq!(metrics["tardy.tasks.ended"][&format!("{key},ending=done,lateness=late")], lane["late_done"]);
    assert_eq!(metrics["tardy.tasks.ended"][&format!("{key},ending=failed,lateness=late")], lane["late_failed"]);
    assert_eq!(metrics["tardy.tasks.in_flight"][key], 0.0);
    assert_eq!(metrics["tardy.arrivals"]["fate=spawned"], summary["load"]["spawned"]);
    for (name, metric) in [
        ("tardy.task.service", "service_ns"),
        ("tardy.task.response", "response_ns"),
        ("tardy.task.overrun", "overrun_ns"),
    ] {
        let (times, ours) = (&metrics[name][key], &lane[metric]);
        assert_eq!(times["count"], ours["count"], "{name}");
        assert!((times["max"].as_f64().unwrap() * 1e9 - ours["max"].as_f64().unwrap()).abs() < 1.0, "{name}");
        let is_near = |theirs: &Value, ours: f64| (theirs.as_f64().unwrap() - ours).abs() <= 0.001 * ours;
        let [min, mean, count] = ["min", "mean", "count"].map(|key| ours[key].as_f64().unwrap() / 1e9);
        assert!(is_near(&times["min"], min) && is_near(&times["sum"], mean * count * 1e9), "{name}: {times}");
        // A quantile is in its bucket, to the digits of ours.
        let width = (-times["scale"].as_f64().unwrap()).exp2().exp2();
        for (named, share) in [("p50", 0.5), ("p99", 0.99)] {
            let (theirs, ours) = (quantile(times, share), ours[named].as_f64().unwrap() / 1e9);
            let is_in = ours <= theirs * 1.001 && theirs / width <= ours * 1.001;
            assert!(is_in, "{name} {named}: {theirs} for {ours}");
        }
    }
}
