//! Looking at an application from outside: who may, what comes, and what strangers cannot do.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::convert::Infallible;
use std::fs;
use std::future::{pending, ready};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use tardy::Probe;
use tardy::attach::{Address, AddressError, AttachError, Remote, ServeError};
use tardy::engine::Command;
use tardy::outcome::Policy;
use tardy::probe::{ProbeError, Watch};
use tardy::snapshot::{EndedBy, LaneView, Snapshot};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const TOKEN: &str = "the token of this test";

/// An application, and the directory of its socket file.
struct App {
    runtime: Runtime,
    directory: TempDir,
}

impl App {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Self { runtime, directory: tempfile::tempdir().unwrap() }
    }

    fn socket(&self) -> std::path::PathBuf {
        self.directory.path().join("app.tardy")
    }

    fn probe(&self) -> Probe {
        Probe::new("app").deadline(Duration::from_millis(20)).runtime(self.runtime.handle().clone())
    }

    fn at_socket(&self) -> Probe {
        self.probe().serve(&format!("unix:{}", self.socket().display()))
    }

    fn at_port(&self) -> Watch {
        self.probe().serve("tcp:127.0.0.1:0").token(TOKEN).start().unwrap()
    }
}

fn done(watch: &Watch, runtime: &Runtime, times: usize) {
    for _ in 0..times {
        runtime.block_on(watch.track(ready(Ok::<_, Infallible>(())))).unwrap();
    }
}

fn attach(watch: &Watch) -> Remote {
    Remote::connect(watch.address().unwrap(), watch.token()).unwrap()
}

fn port(watch: &Watch) -> SocketAddr {
    match watch.address() {
        Some(Address::Tcp(at)) => *at,
        other => panic!("{other:?}"),
    }
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..800 {
        if is_so() {
            return;
        }
        sleep(Duration::from_millis(10));
    }
    panic!("never: {what}");
}

fn spawned(snapshot: &Snapshot) -> u64 {
    snapshot.total(|lane| lane.spawned)
}

/// What a client says first.
fn greeting(token: &str, version: &str) -> Vec<u8> {
    let mut greeting = b"tardy\0a1".to_vec();
    greeting.extend(token.bytes().chain(std::iter::repeat(0)).take(64));
    greeting.extend(version.bytes().chain(std::iter::repeat(0)).take(16));
    greeting
}

fn welcomed(watch: &Watch) -> TcpStream {
    let mut stream = TcpStream::connect(port(watch)).unwrap();
    stream.write_all(&greeting(TOKEN, env!("CARGO_PKG_VERSION"))).unwrap();
    let mut welcome = [9; 25];
    stream.read_exact(&mut welcome).unwrap();
    assert!(welcome[8] <= 1, "let in");
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    stream.read_exact(&mut vec![0; u32::from_le_bytes(length) as usize]).unwrap();
    stream
}

/// Whether the other end closes, and says no more.
fn is_closed(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(Duration::from_secs(8))).unwrap();
    match stream.read(&mut [0; 1]) {
        Ok(said) => said == 0,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    }
}

#[test]
fn a_socket_file_is_its_owners_alone_and_shows_what_goes_on() {
    let app = App::new();
    let watch = app.at_socket().start().unwrap();
    assert_eq!(fs::metadata(app.socket()).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(app.directory.path()).unwrap().count(), 1, "nothing beside it");
    done(&watch, &app.runtime, 3);
    let remote = attach(&watch);
    until("three", || spawned(&remote.snapshot()) == 3);
    done(&watch, &app.runtime, 2);
    until("five", || spawned(&remote.snapshot()) == 5);
    assert_eq!(remote.snapshot().info.scenario, "app");
    drop(watch);
    assert!(!app.socket().exists());
}

#[test]
fn an_application_that_ends_its_run_leaves_its_last_snapshot_with_whoever_looks() {
    let app = App::new();
    let watch = app.at_socket().start().unwrap();
    let remote = attach(&watch);
    drop(watch.spawn(pending::<Result<(), Infallible>>()));
    done(&watch, &app.runtime, 4);
    let report = watch.shutdown().unwrap();
    until("it to be gone", || remote.gone().is_some());
    let last = remote.snapshot();
    assert_eq!((last.balanced, spawned(&last), last.total(LaneView::unfinished)), (Some(true), 5, 1));
    assert_eq!(last.elapsed, report.snapshot.elapsed);

    let watch = app.at_socket().start().unwrap();
    let remote = attach(&watch);
    drop(watch);
    until("it to be gone", || remote.gone().is_some());
    assert!(!remote.snapshot().is_finished());
}

#[test]
fn commands_are_obeyed_only_where_the_application_allows_them_and_never_end_its_run() {
    let app = App::new();
    let watch = app.at_socket().start().unwrap();
    let remote = attach(&watch);
    assert!(!remote.allows_control());
    remote.send(Command::Policy(Policy::Cancel));
    let seen = remote.snapshot();
    until("an answer", || remote.snapshot().elapsed > seen.elapsed + Duration::from_millis(300));
    assert_eq!((remote.snapshot().policy, remote.gone()), (Policy::Observe, None));
    drop((remote, watch));

    let watch = app.at_socket().allow_control().start().unwrap();
    let remote = attach(&watch);
    assert!(remote.allows_control());
    remote.send(Command::Policy(Policy::Cancel));
    remote.send(Command::Deadline(Duration::from_millis(70)));
    remote.send(Command::Stop(EndedBy::User));
    remote.send(Command::Abort(EndedBy::User));
    until("another lane", || remote.snapshot().deadline == Some(Duration::from_millis(70)));
    assert_eq!(remote.snapshot().policy, Policy::Cancel);
    done(&watch, &app.runtime, 1);
    until("it", || spawned(&remote.snapshot()) == 1);
    remote.send(Command::Reset);
    until("nothing", || spawned(&remote.snapshot()) == 0);
    assert_eq!(remote.gone(), None);
}

#[test]
fn a_port_is_for_those_who_have_the_token() {
    let app = App::new();
    let watch = app.probe().serve("tcp:127.0.0.1:0").start().unwrap();
    let token = watch.token().unwrap().to_owned();
    assert_eq!(token.len(), 32, "128 bits");
    let address = watch.address().unwrap();
    for wrong in [None, Some(""), Some("00000000000000000000000000000000"), Some(&token[1..])] {
        assert!(matches!(Remote::connect(address, wrong), Err(AttachError::WrongToken(_))), "{wrong:?}");
    }
    assert!(Remote::connect(address, Some(&token)).is_ok());
    // Whoever has no token hears of no version.
    let mut stream = TcpStream::connect(port(&watch)).unwrap();
    stream.write_all(&greeting("wrong", "0.0.0")).unwrap();
    let mut said = Vec::new();
    stream.read_to_end(&mut said).unwrap();
    assert_eq!((said[8], &said[9..]), (2, &[0; 16][..]));
}

#[test]
fn another_version_is_told_both() {
    let app = App::new();
    let watch = app.at_port();
    let mut stream = TcpStream::connect(port(&watch)).unwrap();
    stream.write_all(&greeting(TOKEN, "0.0.0")).unwrap();
    let mut said = Vec::new();
    stream.read_to_end(&mut said).unwrap();
    assert!(said[8] == 3 && said[9..].starts_with(env!("CARGO_PKG_VERSION").as_bytes()));

    let path = app.directory.path().join("older");
    let older = UnixListener::bind(&path).unwrap();
    let answers = std::thread::spawn(move || {
        let (mut stream, _) = older.accept().unwrap();
        stream.read_exact(&mut [0; 88]).unwrap();
        let version = b"0.0.7".iter().copied().chain([0; 11]);
        stream.write_all(&[&b"tardy\0a1\x03"[..], &version.collect::<Vec<_>>()].concat()).unwrap();
    });
    let refused = Remote::connect(&Address::Unix(path), None).unwrap_err().to_string();
    answers.join().unwrap();
    assert!(refused.contains("0.0.7") && refused.contains(env!("CARGO_PKG_VERSION")), "{refused}");
}

#[test]
fn strangers_and_broken_clients_are_let_go_and_nobody_else_is_held_up() {
    let app = App::new();
    let watch = app.at_port();
    let remote = attach(&watch);
    let connect = || TcpStream::connect(port(&watch)).unwrap();

    let mut garbage = connect();
    garbage.write_all(&[0xaa; 4_096]).unwrap();
    assert!(is_closed(&mut garbage));
    let mut silent = connect();
    let mut half = connect();
    half.write_all(&greeting(TOKEN, "")[..40]).unwrap();
    let mut huge = welcomed(&watch);
    huge.write_all(&u32::MAX.to_le_bytes()).unwrap();
    assert!(is_closed(&mut huge));
    let mut unknown = welcomed(&watch);
    unknown.write_all(&[1, 0, 0, 0, 99]).unwrap();
    assert!(is_closed(&mut unknown));
    let mut half_frame = welcomed(&watch);
    half_frame.write_all(&[64, 0, 0, 0, 1]).unwrap();
    drop(half_frame);
    assert!(is_closed(&mut silent) && is_closed(&mut half), "they were given two seconds");

    done(&watch, &app.runtime, 7);
    until("what goes on", || spawned(&remote.snapshot()) == 7);
    assert!(Remote::connect(watch.address().unwrap(), Some(TOKEN)).is_ok());
}

#[test]
fn of_twenty_clients_eight_are_served_and_the_rest_are_told() {
    let app = App::new();
    let watch = app.at_port();
    let served: Vec<_> = (0..20).map(|_| Remote::connect(watch.address().unwrap(), Some(TOKEN))).collect();
    assert_eq!(served.iter().filter(|remote| remote.is_ok()).count(), 8);
    assert!(
        served.iter().skip(8).all(|remote| matches!(remote, Err(AttachError::Crowded(_) | AttachError::Io { .. })))
    );
    // One that reads nothing of what it asked for.
    drop(served);
    until("room again", || Remote::connect(watch.address().unwrap(), Some(TOKEN)).is_ok());
    let mut lazy = welcomed(&watch);
    for _ in 0..200 {
        lazy.write_all(&[1, 0, 0, 0, 0]).unwrap();
    }
    done(&watch, &app.runtime, 2);
    let remote = attach(&watch);
    until("two", || spawned(&remote.snapshot()) == 2);
}

#[test]
fn those_who_never_say_who_they_are_keep_nobody_out_and_a_port_is_free_at_once() {
    let app = App::new();
    let watch = app.at_port();
    let at = watch.address().unwrap().clone();
    let silent: Vec<_> = (0..40).map(|_| TcpStream::connect(port(&watch)).unwrap()).collect();
    let remotes: Vec<_> = (0..3).map(|_| Remote::connect(&at, Some(TOKEN)).unwrap()).collect();
    assert!(remotes.iter().all(|remote| remote.gone().is_none()));
    drop((silent, remotes));
    // A moment ago a client was connected: on Linux a listener may have the port all the same.
    let Address::Tcp(at) = at else { panic!("{at} is a port") };
    drop(watch);
    assert!(TcpStream::connect(at).is_err(), "nobody listens");
}

#[test]
fn what_is_told_of_an_application_has_no_token() {
    let app = App::new();
    let watch = app.at_port();
    assert_eq!(watch.token(), Some(TOKEN));
    assert!(!format!("{watch:?}").contains(TOKEN));
}

#[test]
fn a_file_left_by_an_application_that_was_killed_is_replaced_and_nothing_else_is() {
    let app = App::new();
    drop(UnixListener::bind(app.socket()).unwrap());
    assert!(app.socket().exists(), "it stays when its listener is gone");
    let watch = app.at_socket().start().unwrap();
    assert!(UnixStream::connect(app.socket()).is_ok());
    assert!(matches!(app.at_socket().start(), Err(ProbeError::Serve(ServeError::Taken(_)))));
    drop(watch);

    fs::write(app.socket(), "mine").unwrap();
    assert!(matches!(app.at_socket().start(), Err(ProbeError::Serve(ServeError::NoSocket(_)))));
    assert_eq!(fs::read(app.socket()).unwrap(), b"mine");
}

#[test]
fn nothing_is_served_to_other_machines_or_by_a_short_token() {
    let app = App::new();
    let refused = |probe: Probe| match probe.start() {
        Err(ProbeError::Serve(error)) => error,
        other => panic!("{other:?}"),
    };
    for address in ["tcp:0.0.0.0:0", "tcp:[::]:0", "tcp:10.1.2.3:7000"] {
        let error = refused(app.probe().serve(address));
        assert!(matches!(error, ServeError::Address(AddressError::NotLoopback(_))), "{error}");
    }
    assert!(matches!(refused(app.probe().serve("here")), ServeError::Address(AddressError::Form(_))));
    assert!(matches!(refused(app.probe().serve("tcp:127.0.0.1:0").token("short")), ServeError::Token(5)));
    assert!(matches!(refused(app.probe().serve("unix:/nowhere/at/all")), ServeError::Io { .. }));
    let nobody = Remote::connect(&Address::Unix(Path::new("/nowhere/at/all").into()), None);
    assert!(matches!(nobody, Err(AttachError::Io { .. })));
}
