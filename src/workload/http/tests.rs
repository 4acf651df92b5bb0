//! What requests come to: connections that are kept, shared and lost, and what is sent on them.

mod faults;
mod parameters;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::*;
use crate::engine::{Registry, Run, workload};
use crate::figure::Value;
use crate::scenario::{Overrides, Plan, Source};
use crate::snapshot::Report;

fn plan(text: &str) -> Plan {
    let text = format!("name = \"test\"\nworkload.kind = \"http\"\n{text}");
    Plan::new(Source::new("test.toml", text), &Overrides::default()).unwrap_or_else(|error| panic!("{error:?}"))
}

fn run(text: &str) -> Report {
    let plan = plan(text);
    let workload = Registry::new().with(workload::<Http>("http")).prepare(&plan).unwrap();
    let report = Run::start(&plan, workload).unwrap().wait().unwrap();
    assert_eq!(report.snapshot.balanced, Some(true));
    report
}

/// What the failures of a run are told by, and how often.
fn messages(report: &Report) -> BTreeMap<String, u64> {
    let messages = report.snapshot.lanes.iter().flat_map(|lane| lane.book.messages().rows());
    messages.map(|message| (message.text.to_string(), message.count)).collect()
}

/// What the workload counted under this name.
#[track_caller]
fn counted(report: &Report, name: &str) -> u64 {
    let figures = &report.snapshot.workload.figures;
    match figures.iter().find(|figure| figure.name == name).map(|figure| figure.value) {
        Some(Value::Count(count)) => count,
        other => panic!("{name}: {other:?}"),
    }
}

/// A server that does the same to the first `peers` that connect, each on a thread of its own.
struct Peer {
    url: String,
    thread: thread::JoinHandle<()>,
}

impl Peer {
    fn start(peers: usize, does: impl Fn(TcpStream) + Clone + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let thread = thread::spawn(move || {
            let each: Vec<_> = listener
                .incoming()
                .take(peers)
                .map(|peer| {
                    let does = does.clone();
                    thread::spawn(move || does(peer.unwrap()))
                })
                .collect();
            for peer in each {
                peer.join().unwrap();
            }
        });
        Self { url, thread }
    }

    /// Waits until all have connected and none is connected any more.
    fn join(self) {
        self.thread.join().unwrap();
    }
}

/// Reads a request, by its length where it has a body; nothing when the peer sends no more.
fn request(peer: &mut TcpStream) -> Option<String> {
    let (mut text, mut chunk) = (String::new(), [0; 1024]);
    loop {
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Some(text);
            }
        }
        match peer.read(&mut chunk) {
            Ok(read @ 1..) => text.push_str(std::str::from_utf8(&chunk[..read]).unwrap()),
            _ => return None,
        }
    }
}

/// Waits until the peer is gone.
fn until_left(peer: &mut TcpStream) {
    while let Ok(1..) = peer.read(&mut [0; 64]) {}
}

const FIFTY: &str = "load = { mode = 'closed', concurrency = 5 }\nrun = { tasks = 50, drain = '20s', workers = 2 }\n";

#[test]
fn its_own_server_answers_over_connections_that_are_kept() {
    let report = run(&format!("workload.server = {{ delay = '1ms', body = 100000 }}\n{FIFTY}"));
    let lane = &report.snapshot.lanes[0];
    assert_eq!(lane.done(), 50, "{:?}", messages(&report));
    let opened = counted(&report, "connections opened");
    assert!((1..=5).contains(&opened), "{opened}");
    assert_eq!(
        (counted(&report, "connections reused"), counted(&report, "connections lost to cancellation")),
        (50 - opened, 0)
    );
    let steps: BTreeMap<_, _> = lane.book.steps().iter().map(|step| (&*step.name, step.service.count())).collect();
    assert_eq!(steps, BTreeMap::from([("connect", opened), ("send", 50), ("wait", 50), ("receive", 50)]));
}

#[test]
fn no_more_connections_are_kept_than_the_pool_has_places() {
    let none = run(&format!("workload.pool = 0\n{FIFTY}"));
    assert_eq!((counted(&none, "connections opened"), counted(&none, "connections reused")), (50, 0));
    // Five at once leave one connection behind, four are closed; the five after them find one.
    let one = run("workload.pool = 1\nworkload.server.delay = '100ms'\ngather.width = 5\n\
         load = { mode = 'closed', concurrency = 1 }\nrun = { tasks = 10, drain = '20s', workers = 1 }");
    assert_eq!(one.snapshot.lanes[0].done(), 10, "{:?}", messages(&one));
    assert_eq!((counted(&one, "connections opened"), counted(&one, "connections reused")), (9, 1));
}

#[test]
fn with_http_2_all_share_a_connection() {
    let report = run(&format!("workload.version = 2\nworkload.server = {{ delay = '1ms', body = 100000 }}\n{FIFTY}"));
    let lane = &report.snapshot.lanes[0];
    assert_eq!(lane.done(), 50, "{:?}", messages(&report));
    assert_eq!((counted(&report, "connections opened"), counted(&report, "streams reset by cancellation")), (1, 0));
}

#[test]
fn a_cancelled_request_closes_its_connection_or_with_http_2_resets_its_stream() {
    let late = "deadline = { after = '500ms', on_timeout = 'cancel' }\nload = { mode = 'closed', concurrency = 10 }\n\
        run = { tasks = 20, drain = '1s', workers = 1 }";
    // Its threads end as the last connection is closed.
    let silent = Peer::start(20, |mut peer| until_left(&mut peer));
    let report = run(&format!("workload.url = '{}'\n{late}", silent.url));
    assert_eq!(report.snapshot.lanes[0].cancelled(), 20);
    assert_eq!(
        (counted(&report, "connections opened"), counted(&report, "connections lost to cancellation")),
        (20, 20)
    );
    silent.join();

    let report = run(&format!("workload.version = 2\nworkload.server.delay = '10s'\n{late}"));
    assert_eq!(report.snapshot.lanes[0].cancelled(), 20);
    assert_eq!((counted(&report, "connections opened"), counted(&report, "streams reset by cancellation")), (1, 20));
}

#[test]
fn a_connection_that_was_closed_while_it_was_idle_is_not_used() {
    let fickle = Peer::start(5, |mut peer| {
        request(&mut peer).unwrap();
        peer.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
    });
    let report = run(&format!(
        "workload.url = '{}'\nload = {{ mode = 'open', rate = '20/s', arrivals = 'constant' }}\n\
         run = {{ tasks = 5, drain = '20s', workers = 1 }}",
        fickle.url
    ));
    assert_eq!(report.snapshot.lanes[0].done(), 5, "{:?}", messages(&report));
    assert_eq!((counted(&report, "connections opened"), counted(&report, "connections reused")), (5, 0));
    fickle.join();
}

#[test]
fn a_redirect_is_a_status_like_any_other() {
    let redirects = Peer::start(1, |mut peer| {
        while request(&mut peer).is_some() {
            peer.write_all(b"HTTP/1.1 302 Found\r\nlocation: /there\r\ncontent-length: 0\r\n\r\n").unwrap();
        }
    });
    let three = "load = { mode = 'closed', concurrency = 1 }\nrun = { tasks = 3, drain = '20s', workers = 1 }";
    let report = run(&format!("workload.url = '{}'\n{three}", redirects.url));
    assert_eq!(messages(&report), BTreeMap::from([("status 302".to_owned(), 3)]));
    redirects.join();
}

#[test]
fn what_is_sent_is_what_the_templates_say() {
    let files = tempfile::tempdir().unwrap();
    let csv = files.path().join("users.csv");
    std::fs::write(&csv, "user,path\nann,a b\nbob,c?d=1\n").unwrap();
    let (said, heard) = mpsc::channel();
    let listens = Peer::start(1, move |mut peer| {
        while let Some(text) = request(&mut peer) {
            said.send(text).unwrap();
            peer.write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\nok").unwrap();
        }
    });
    let report = run(&format!(
        "load = {{ mode = 'closed', concurrency = 1 }}\nrun = {{ tasks = 3, drain = '20s', workers = 1 }}\n\
         workload.url = '{}{{path}}&n={{task}}#top'\nworkload.method = 'PUT'\nworkload.csv = '{}'\n\
         workload.id = {{ from = 7, to = 7 }}\nworkload.body = '{{\"id\": {{id}}}}'\n\
         workload.headers = {{ X-User = '{{user}}', Accept = 'text/plain' }}",
        listens.url,
        csv.display()
    ));
    assert_eq!(report.snapshot.lanes[0].done(), 3, "{:?}", messages(&report));
    let (host, agent) =
        (listens.url.trim_start_matches("http://").trim_end_matches('/').to_owned(), env!("CARGO_PKG_VERSION"));
    listens.join();
    for (said, (target, user)) in
        heard.iter().zip([("/a%20b&n=0", "ann"), ("/c?d=1&n=1", "bob"), ("/a%20b&n=2", "ann")])
    {
        let expected = format!(
            "PUT {target} HTTP/1.1\r\naccept: text/plain\r\nhost: {host}\r\nuser-agent: tardy/{agent}\r\n\
             x-user: {user}\r\ncontent-length: 9\r\n\r\n{{\"id\": 7}}"
        );
        assert_eq!(sorted(&said), sorted(&expected));
    }
}

/// The lines of a request: the first, then those of the headers in some order, then the body.
fn sorted(request: &str) -> Vec<&str> {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let (first, headers) = head.split_once("\r\n").unwrap();
    let mut headers: Vec<&str> = headers.lines().collect();
    headers.sort_unstable();
    [first].into_iter().chain(headers).chain([body]).collect()
}

#[test]
fn a_task_draws_the_same_number_in_every_run_of_a_seed() {
    let targets = |seed: u64| {
        let (said, heard) = mpsc::channel();
        let listens = Peer::start(1, move |mut peer| {
            while let Some(text) = request(&mut peer) {
                said.send(text.lines().next().unwrap_or_default().to_owned()).unwrap();
                peer.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
            }
        });
        run(&format!(
            "workload.url = '{}{{id}}'\nworkload.id = {{ from = 1, to = 1000000 }}\n\
             load = {{ mode = 'closed', concurrency = 1 }}\nrun = {{ tasks = 5, workers = 1, seed = {seed} }}",
            listens.url
        ));
        listens.join();
        heard.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(targets(1), targets(1));
    assert_ne!(targets(1), targets(2));
}

#[test]
fn its_own_server_fails_as_often_as_it_is_told_and_alike_in_every_run() {
    let failed = || {
        let report = run(&format!("workload.server.fail = 0.3\n{FIFTY}"));
        assert_eq!(messages(&report).keys().collect::<Vec<_>>(), ["status 500"]);
        report.snapshot.lanes[0].failed()
    };
    let first = failed();
    assert!((5..=25).contains(&first), "{first}");
    assert_eq!(first, failed());
    let expected = run(&format!("workload.server.fail = 1.0\nworkload.expect = ['2xx', 500]\n{FIFTY}"));
    assert_eq!(expected.snapshot.lanes[0].done(), 50);
}

#[test]
fn its_own_server_takes_a_long_body_and_keeps_the_connection() {
    let files = tempfile::tempdir().unwrap();
    let long = files.path().join("long");
    std::fs::write(&long, vec![b'x'; 4 << 20]).unwrap();
    for version in ["1.1", "2"] {
        let report = run(&format!(
            "workload.version = '{version}'\nworkload.method = 'POST'\nworkload.body_file = '{}'\n\
             load = {{ mode = 'closed', concurrency = 1 }}\nrun = {{ tasks = 5, drain = '20s', workers = 1 }}",
            long.display()
        ));
        assert_eq!(report.snapshot.lanes[0].done(), 5, "{version}: {:?}", messages(&report));
        assert_eq!(counted(&report, "connections opened"), 1, "{version}");
    }
}

#[test]
fn with_http_2_a_connection_is_opened_in_one_step() {
    let report = run("workload.version = 2\nload = { mode = 'closed', concurrency = 1 }\n\
         run = { tasks = 5, drain = '20s', workers = 1 }");
    let steps = report.snapshot.lanes[0].book.steps();
    let connect = steps.iter().find(|step| &*step.name == "connect").unwrap();
    assert_eq!(connect.service.count(), 1);
}

#[test]
fn a_method_that_has_a_body_says_that_it_is_empty() {
    let (said, heard) = mpsc::channel();
    let listens = Peer::start(1, move |mut peer| {
        while let Some(text) = request(&mut peer) {
            said.send(text).unwrap();
            peer.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
        }
    });
    run(&format!(
        "workload.url = '{}'\nworkload.method = 'POST'\nload = {{ mode = 'closed', concurrency = 1 }}\n\
         run = {{ tasks = 1, workers = 1 }}",
        listens.url
    ));
    listens.join();
    assert!(heard.recv().unwrap().contains("\r\ncontent-length: 0\r\n"));
}
