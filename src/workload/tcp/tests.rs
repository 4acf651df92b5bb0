//! Real sockets: every way a peer can go wrong, under both policies.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream as Std};
use std::thread;

use super::*;
use crate::engine::{Registry, Run, workload};
use crate::scenario::{Overrides, Plan, ScenarioError, Source};
use crate::snapshot::Report;

fn plan(text: &str) -> Plan {
    let text = format!("name = \"test\"\nworkload.kind = \"tcp\"\n{text}");
    Plan::new(Source::new("test.toml", text), &Overrides::default()).unwrap_or_else(|error| panic!("{error:?}"))
}

fn run(text: &str) -> Report {
    let plan = plan(text);
    let workload = Registry::new().with(workload::<Tcp>("tcp")).prepare(&plan).unwrap();
    let report = Run::start(&plan, workload).unwrap().wait().unwrap();
    assert_eq!(report.snapshot.balanced, Some(true));
    report
}

/// What the failures of a run are told by, and how often.
fn messages(report: &Report) -> BTreeMap<String, u64> {
    let messages = report.snapshot.lanes.iter().flat_map(|lane| lane.book.messages().rows());
    messages.map(|message| (message.text.to_string(), message.count)).collect()
}

/// A server that does the same to the first `peers` that connect; where it is, and what came of it.
fn server(peers: usize, does: fn(Std)) -> (String, thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let thread = thread::spawn(move || {
        let each: Vec<_> =
            listener.incoming().take(peers).map(|peer| thread::spawn(move || does(peer.unwrap()))).collect();
        for peer in each {
            peer.join().unwrap();
        }
    });
    (address, thread)
}

const TWENTY: &str = "load = { mode = 'closed', concurrency = 5 }\nrun = { tasks = 20, drain = '20s', workers = 1 }\n";

#[test]
fn its_own_server_sends_back_what_it_gets_by_count_or_until_it_closes() {
    for receive in ["", "workload.receive = 5\n"] {
        for policy in ["observe", "cancel"] {
            let deadline = format!("deadline = {{ after = '20s', on_timeout = '{policy}' }}\n");
            let report = run(&format!("workload.delay = '2ms'\n{receive}{deadline}{TWENTY}"));
            let lane = &report.snapshot.lanes[0];
            assert_eq!((lane.done(), lane.failed()), (20, 0), "{:?}", messages(&report));
            let steps: BTreeMap<_, _> =
                lane.book.steps().iter().map(|step| (&*step.name, step.service.count())).collect();
            assert_eq!(steps, BTreeMap::from([("connect", 20), ("write", 20), ("read", 20)]));
        }
    }
}

#[test]
fn every_fault_of_a_peer_is_a_failure_of_its_own() {
    // A port that was free a moment ago.
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let closes = server(40, |mut peer| {
        // All of it is read first: closing on unread bytes would be a reset.
        peer.read_exact(&mut [0; 5]).unwrap();
        peer.write_all(b"abc").unwrap();
    });
    let resets = server(40, |peer| {
        // Closed with five bytes unread.
        let mut peeked = [0; 5];
        while peer.peek(&mut peeked).unwrap() < 5 {}
    });
    for policy in ["observe", "cancel"] {
        for (address, message) in [
            (&nobody, "connect: Connection refused (os error 111)"),
            (&closes.0, "read: closed after 3 of 7 bytes"),
            (&resets.0, "read: Connection reset by peer (os error 104)"),
        ] {
            let report = run(&format!(
                "workload.address = '{address}'\nworkload.receive = 7\n\
                 deadline = {{ after = '20s', on_timeout = '{policy}' }}\n{TWENTY}"
            ));
            assert_eq!(messages(&report), BTreeMap::from([(message.to_owned(), 20)]), "{policy}");
        }
    }
    closes.1.join().unwrap();
    resets.1.join().unwrap();
}

#[test]
fn a_host_that_is_not_there_fails_the_connecting() {
    let report = run(&format!("workload.address = 'no-such-host.invalid:80'\n{TWENTY}"));
    assert_eq!(report.snapshot.lanes[0].failed(), 20);
    assert!(messages(&report).keys().all(|message| message.starts_with("connect: ")), "{:?}", messages(&report));
}

#[test]
fn a_peer_that_never_answers_or_never_stops_is_late_and_no_more_than_that() {
    let silent = server(40, |mut peer| while let Ok(1..) = peer.read(&mut [0; 64]) {});
    let endless = server(40, |mut peer| while peer.write_all(&[0; 4096]).is_ok() {});
    for (address, receive) in [(&silent.0, "workload.receive = 7\n"), (&endless.0, "")] {
        for policy in ["observe", "cancel"] {
            let report = run(&format!(
                "workload.address = '{address}'\n{receive}deadline = {{ after = '100ms', on_timeout = '{policy}' }}\n\
                 load = {{ mode = 'closed', concurrency = 20 }}\nrun = {{ tasks = 20, drain = '300ms', workers = 1 }}"
            ));
            let lane = &report.snapshot.lanes[0];
            let expected = if policy == "cancel" { (20, 0) } else { (0, 20) };
            assert_eq!((lane.cancelled(), lane.unfinished(), lane.timed_out()), (expected.0, expected.1, 20));
        }
    }
    // They end as the last connection is closed: none is left open by a task that was dropped.
    silent.1.join().unwrap();
    endless.1.join().unwrap();
}

#[test]
fn what_is_no_address_is_refused_with_its_place() {
    for (text, why) in [
        (
            "workload.address = 'localhost'",
            "`localhost` is no address; expected a host and a port, such as \"localhost:6379\"",
        ),
        ("workload.address = ':80'", "`:80` is no address; expected a host and a port, such as \"localhost:6379\""),
        (
            "workload.address = 'a:99999'",
            "`a:99999` is no address; expected a host and a port, such as \"localhost:6379\"",
        ),
        (
            "workload.address = 'a:1'\nworkload.delay = '5ms'",
            "`delay` is that of the workload's own server, and there is an `address`",
        ),
    ] {
        let plan = plan(&format!("{text}\n{TWENTY}"));
        match Registry::new().with(workload::<Tcp>("tcp")).prepare(&plan) {
            Err(ScenarioError::Invalid(invalid)) => assert_eq!(invalid.complaints[0].to_string(), why),
            other => panic!("{other:?}"),
        }
    }
}
