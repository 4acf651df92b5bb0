//! A tardy that serves its metrics, and what it does to who asks wrongly.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::http::{ask, get};

/// Gathers of two, late ones among them, and 1 task in 50 that does not end, so that the drain lasts until it is cut short.
const SCENARIO: &str = r#"
name = "told"
about = "gathers with stragglers"
lesson = "none"
[workload]
kind = "synthetic"
[[workload.step]]
name = "call"
fail = 0.05
[workload.step.sleep]
dist = "mix"
of = [{ weight = 49, sleep = { dist = "lognormal", p50 = "10ms", p99 = "60ms" } }, { weight = 1, sleep = "1h" }]
[load]
mode = "open"
rate = "100/s"
[gather]
width = 2
mode = "collect"
[deadline]
after = "30ms"
on_timeout = "observe"
[run]
duration = "10min"
drain = "10min"
workers = 1
"#;

/// A run with its metrics at a free port.
#[derive(Debug)]
pub(crate) struct Tardy {
    child: Child,
    pub(crate) at: SocketAddr,
}

impl Tardy {
    /// Starts one with these arguments beside what it needs, and waits until it runs.
    pub(crate) fn start(directory: &Path, args: &[&str]) -> Self {
        let tardy = Self::launch(directory, args);
        until("it does not begin", || tardy.has_begun().then_some(()));
        tardy
    }

    fn has_begun(&self) -> bool {
        get(self.at, "/metrics", "*/*").is_some_and(|answer| answer.head.starts_with("HTTP/1.0 200"))
    }

    /// Starts one, which may not have begun its run.
    fn launch(directory: &Path, args: &[&str]) -> Self {
        std::fs::write(directory.join("told.toml"), SCENARIO).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_tardy"));
        let command = command.args(["run", "told.toml", "--headless", "--json", "--prometheus", "0"]).args(args);
        let command = command.current_dir(directory).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        // Progress has to go somewhere.
        thread::spawn(move || stderr.read_to_end(&mut Vec::new()));
        let at = line.trim().strip_prefix("metrics at http://").and_then(|rest| rest.strip_suffix("/metrics"));
        Self { child, at: at.unwrap_or_else(|| panic!("{line}")).parse().unwrap() }
    }

    /// Sends it a signal: the first ends its arrivals, the second what is in flight.
    pub(crate) fn signal(&self) {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
    }

    /// Sends it both; two that come at once count as one.
    pub(crate) fn abort(&self) {
        self.signal();
        thread::sleep(Duration::from_secs(1));
        self.signal();
    }

    /// Its summary, once it is over.
    pub(crate) fn summary(mut self) -> Value {
        let mut told = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut told).unwrap();
        let code = self.child.wait().unwrap().code();
        assert!(code == Some(0) || code == Some(130), "{code:?}");
        serde_json::from_str(&told).unwrap()
    }
}

impl Drop for Tardy {
    fn drop(&mut self) {
        // It is over already, unless the test has failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until there is something, for a minute.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "{what}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn an_address_that_is_none_or_taken_is_refused_before_the_run_starts() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (address, code, said) in
        [(":9464", 2, "expected a port such as `9464`"), (&taken, 3, "another program may have the port")]
    {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tardy"));
        let output = command.args(["run", "hello", "--headless", "--prometheus", address]).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains(said) && stderr.contains(address), "{stderr}");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(code), 0));
    }
}

#[test]
fn a_run_that_waits_for_its_start_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let at = humantime::format_rfc3339_seconds(SystemTime::now() + Duration::from_secs(8)).to_string();
    let tardy = Tardy::launch(directory.path(), &["--duration", "5min", "--start-at", &at]);
    let early = get(tardy.at, "/metrics", "*/*").unwrap();
    assert!(early.head.starts_with("HTTP/1.0 503") && early.text() == "the run has not begun\n", "{}", early.head);
    until("it does not begin", || tardy.has_begun().then_some(()));
    tardy.abort();
    tardy.summary();
}

#[test]
fn who_asks_wrongly_or_never_ends_holds_nobody_up() {
    let directory = tempfile::tempdir().unwrap();
    let tardy = Tardy::start(directory.path(), &["--duration", "5min"]);
    // Half a head, and nothing at all, from more than may be connected.
    let mut silent: Vec<TcpStream> = (0..40).map(|_| TcpStream::connect(tardy.at).unwrap()).collect();
    silent[0].write_all(b"GET /metrics HT").unwrap();
    // As many as may be connected ask all the time and never read.
    let greedy = b"GET /metrics HTTP/1.1\r\nHost: tardy\r\n\r\n".repeat(4_000);
    let asks = |_| {
        let mut peer = TcpStream::connect(tardy.at).unwrap();
        peer.set_write_timeout(Some(Duration::from_millis(20))).unwrap();
        // What there is no room for is not asked.
        let _ = peer.write_all(&greedy);
        peer
    };
    let deaf: Vec<TcpStream> = (0..32).map(asks).collect();
    until("nobody else is answered", || get(tardy.at, "/metrics", "*/*"));
    drop(deaf);
    assert!(ask(tardy.at, "no HTTP at all\r\n\r\n").is_none_or(|answer| answer.head.contains("400")));
    let long = format!("GET /metrics HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(1 << 20));
    assert!(ask(tardy.at, &long).is_none_or(|answer| answer.head.contains("431")));
    let other = get(tardy.at, "/", "*/*").unwrap();
    assert!(other.head.starts_with("HTTP/1.0 404") && other.text().contains("/metrics"), "{}", other.head);
    let post = ask(tardy.at, "POST /metrics HTTP/1.0\r\nContent-Length: 1000\r\n\r\n").unwrap();
    assert!(post.head.starts_with("HTTP/1.0 405"), "{}", post.head);
    let told = get(tardy.at, "/metrics", "*/*").unwrap();
    assert!(told.text().ends_with("# EOF\n"), "{}", told.text());
    // Its end does not wait for them.
    let begin = Instant::now();
    tardy.abort();
    until("it does not end", || get(tardy.at, "/metrics", "*/*").is_none().then_some(()));
    assert!(begin.elapsed() < Duration::from_secs(30));
    tardy.summary();
}
