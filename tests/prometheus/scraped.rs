//! Debian's Prometheus scrapes runs, one server native histograms and another the text, and is asked what it knows.

use std::fmt::Write;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::http::{escaped, get};
use crate::interop::has;
use crate::server::{Tardy, until};

/// How wide a bucket of a native histogram is, and ours on top of it.
const BUCKET: f64 = 1.0219 * 1.001;

/// A Prometheus that scrapes these, five times a second.
struct Prometheus {
    child: Child,
    at: SocketAddr,
    /// What it is asked about: a time by which the runs were at rest, since what is gone has no value any more.
    when: Option<f64>,
}

impl Prometheus {
    fn start(directory: &Path, runs: &[Tardy], flags: &[&str]) -> Self {
        fs::create_dir(directory).unwrap();
        let mut config = String::from("global: { scrape_interval: 200ms, scrape_timeout: 200ms }\nscrape_configs:\n");
        let targets = runs.iter().map(|run| format!("'{}'", run.at)).collect::<Vec<_>>().join(", ");
        writeln!(config, "  - {{ job_name: tardy, static_configs: [{{ targets: [{targets}] }}] }}").unwrap();
        fs::write(directory.join("prometheus.yml"), config).unwrap();
        // It takes no port 0; one that was free a moment ago mostly still is.
        let at = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let log = fs::File::create(directory.join("log")).unwrap();
        let mut command = Command::new("prometheus");
        let command = command.current_dir(directory).args(flags).arg(format!("--web.listen-address={at}"));
        let command = command.args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let prometheus = Self { child, at, when: None };
        until("Prometheus does not begin", || {
            get(at, "/-/ready", "*/*").filter(|answer| answer.head.contains(" 200 "))
        });
        prometheus
    }

    /// The samples that answer a query, each with its labels.
    fn ask(&self, query: &str) -> Vec<Value> {
        let when = self.when.map_or_else(String::new, |when| format!("&time={when}"));
        let answer = get(self.at, &format!("/api/v1/query?query={}{when}", escaped(query)), "*/*").unwrap();
        let answer: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(answer["status"], "success", "{query}: {answer}");
        answer["data"]["result"].as_array().unwrap().clone()
    }

    /// The one number that answers a query.
    fn number(&self, query: &str) -> Option<f64> {
        match &self.ask(query)[..] {
            [] => None,
            [one] => one["value"][1].as_str().unwrap().parse().ok(),
            several => panic!("{query}: {several:?}"),
        }
    }

    /// When each scrape of the one series was, and what it found.
    fn scraped(&self, series: &str) -> Vec<(f64, f64)> {
        let found = self.ask(&format!("{series}[10m]"));
        let values = found.first().map_or(&[][..], |series| series["values"].as_array().unwrap());
        let number = |value: &Value| value.as_str().unwrap().parse::<f64>().unwrap();
        values.iter().map(|value| (value[0].as_f64().unwrap(), number(&value[1]))).collect()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Lets Prometheus see the runs grow and come to rest, and ends them: what they say is then what it has seen last.
fn to_the_end(servers: &mut [&mut Prometheus], runs: Vec<Tardy>) -> Vec<Value> {
    let all = runs.len() as f64;
    for server in &*servers {
        until("no run is seen to miss deadlines", || {
            let misses = "count(changes(tardy_timeouts_total[10m]) > 5)";
            (server.number(misses) == Some(all)).then_some(())
        });
    }
    runs.iter().for_each(Tardy::signal);
    for server in servers {
        let when = until("the runs do not come to rest", || {
            // Of what is in flight all is overdue, and over a few scrapes nothing came.
            let decided = server.number("count(tardy_tasks_in_flight == tardy_tasks_overdue)") == Some(all);
            let rests =
                "count(changes(tardy_tasks_in_flight[2s]) == 0 and changes(tardy_tasks_spawned_total[2s]) == 0)";
            if decided && server.number(rests) == Some(all) { server.number("vector(time())") } else { None }
        });
        server.when = Some(when);
    }
    runs.iter().for_each(Tardy::signal);
    runs.into_iter().map(Tardy::summary).collect()
}

fn is_here() -> bool {
    has("prometheus", Command::new("prometheus").arg("--version"))
}

fn of(summaries: &[Value], count: &str) -> f64 {
    summaries.iter().map(|summary| summary["lanes"][0][count].as_f64().unwrap()).sum()
}

fn assert_near(found: f64, expected: f64, factor: f64, what: &str) {
    assert!(found <= expected * factor && found >= expected / factor, "{what}: {found} for {expected}");
}

/// The quotient of the bounds of the text's bucket that a time of so many seconds is in.
fn classic_bucket(seconds: f64) -> f64 {
    let tenfold = 10_f64.powf(seconds.log10().floor());
    match seconds / tenfold {
        ..=2.0 => 2.0,
        ..=5.0 => 2.5,
        _ => 2.0,
    }
}

#[test]
fn what_prometheus_knows_of_a_run_is_what_the_run_says_of_itself() {
    if !is_here() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let runs = vec![Tardy::start(directory.path(), &[])];
    let mut native =
        Prometheus::start(&directory.path().join("native"), &runs, &["--enable-feature=native-histograms"]);
    let mut text = Prometheus::start(&directory.path().join("text"), &runs, &[]);
    let summaries = to_the_end(&mut [&mut native, &mut text], runs);
    let ours = |metric: &str, quantile: &str| summaries[0]["lanes"][0][metric][quantile].as_f64().unwrap() / 1e9;

    for server in [&native, &text] {
        for (query, count) in [
            ("tardy_tasks_spawned_total", "spawned"),
            ("tardy_timeouts_total", "timed_out"),
            ("tardy_tasks_overdue", "overdue_at_end"),
            ("tardy_tasks_in_flight", "unfinished"),
            ("sum(tardy_tasks_ended_total{ending='done'})", "done"),
            ("sum(tardy_tasks_ended_total{ending='failed'})", "failed"),
            ("tardy_tasks_ended_total{ending='done',lateness='late'}", "late_done"),
        ] {
            assert_eq!(server.number(query), Some(of(&summaries, count)), "{query}");
        }
        // What a rate says of the time between the first scrape and the last is what was counted then, but for the
        // halves of an interval that Prometheus adds at both ends.
        let scraped = server.scraped("tardy_timeouts_total");
        let [(from, first), .., (to, last)] = scraped[..] else { panic!("{scraped:?}") };
        assert_eq!(last, of(&summaries, "timed_out"));
        let rate = server.number("rate(tardy_timeouts_total[10m])").unwrap() * 600.0;
        let interval = (to - from) / (scraped.len() - 1) as f64;
        let most = (last - first) * (1.0 + 1.2 * interval / (to - from));
        assert!(rate >= (last - first) * 0.999 && rate <= most * 1.001, "{rate} for {first} to {last}");
    }
    for (series, metric) in
        [("tardy_task_response_seconds", "response_ns"), ("tardy_task_service_seconds", "service_ns")]
    {
        let count = summaries[0]["lanes"][0][metric]["count"].as_f64();
        assert_eq!(native.number(&format!("histogram_count({series})")), count);
        assert_eq!(text.number(&format!("{series}_count")), count);
        for (quantile, share) in [("p50", 0.5), ("p99", 0.99)] {
            let found = native.number(&format!("histogram_quantile({share}, {series})")).unwrap();
            assert_near(found, ours(metric, quantile), BUCKET, &format!("{series} {quantile}"));
            let found = text.number(&format!("histogram_quantile({share}, {series}_bucket)")).unwrap();
            assert_near(
                found,
                ours(metric, quantile),
                classic_bucket(found) * 1.001,
                &format!("{series} {quantile} of the text"),
            );
        }
    }
    every_panel_has_something_to_show(&native);
}

/// Every query of the dashboard for Grafana is one, and finds what a run under observe can have.
fn every_panel_has_something_to_show(server: &Prometheus) {
    let board: Value = serde_json::from_str(include_str!("../../assets/grafana.json")).unwrap();
    let panels = board["panels"].as_array().unwrap();
    assert!(panels.len() > 10);
    for target in panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap()) {
        let query = target["expr"].as_str().unwrap();
        let query = query.replace("$instance", ".*").replace("$__rate_interval", "10m");
        let found = server.ask(&query);
        assert!(!found.is_empty() || query.contains("cancel_lag"), "{query}");
    }
}

#[test]
fn the_shards_of_a_run_scraped_at_once_add_up() {
    if !is_here() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let shard = |n| Tardy::start(directory.path(), &["--rate", "160/s", "--shard", &format!("{n}/8")]);
    let runs: Vec<Tardy> = (1..=8).map(shard).collect();
    let mut server =
        Prometheus::start(&directory.path().join("server"), &runs, &["--enable-feature=native-histograms"]);
    let summaries = to_the_end(&mut [&mut server], runs);
    assert_eq!(server.number("count(count by (shard) (tardy_run_info))"), Some(8.0));
    for (query, count) in [
        ("sum(tardy_tasks_spawned_total)", "spawned"),
        ("sum(tardy_timeouts_total)", "timed_out"),
        ("sum(tardy_tasks_ended_total{ending='done'})", "done"),
        ("sum(tardy_tasks_in_flight)", "unfinished"),
    ] {
        assert_eq!(server.number(query), Some(of(&summaries, count)), "{query}");
    }
    let samples: f64 = summaries.iter().map(|s| s["lanes"][0]["service_ns"]["count"].as_f64().unwrap()).sum();
    assert_eq!(server.number("histogram_count(sum(tardy_task_service_seconds))"), Some(samples));
}
