//! `tardy attach`: an application on the same screens.

use std::convert::Infallible;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tardy::Probe;
use tardy::probe::Watch;
use tokio::runtime::Runtime;

use crate::support::{TARDY, Terminal, field, tardy, wrote};

/// An application that does something ten times a second, and every time too late.
fn app(runtime: &Runtime, directory: &Path, control: bool) -> Watch {
    let socket = format!("unix:{}", directory.join("app").display());
    let probe =
        Probe::new("bakery").deadline(Duration::from_millis(20)).runtime(runtime.handle().clone()).serve(&socket);
    let watch = if control { probe.allow_control() } else { probe }.start().unwrap();
    let spawner = watch.spawner();
    let _bakes = runtime.spawn(async move {
        loop {
            let bakes = spawner.spawn_with(async |cx| {
                cx.step("bake", tokio::time::sleep(Duration::from_millis(100))).await;
                Ok::<_, Infallible>(())
            });
            let _ = bakes.await;
        }
    });
    watch
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

fn attached(directory: &Path) -> Terminal {
    let terminal = Terminal::start(&mut tardy(directory, &["attach", "unix:app"]), (120, 34));
    terminal.shows("bakery");
    terminal
}

#[test]
fn an_application_that_allows_control_is_steered_and_goes_on_without_the_screen() {
    let (runtime, directory) = (runtime(), tempfile::tempdir().unwrap());
    let watch = app(&runtime, directory.path(), true);
    let mut terminal = attached(directory.path());
    terminal.until("it counts", |screen| field(screen, "spawned") > Some(2));
    for (keys, answer) in
        [("t", " CANCEL "), ("t", " OBSERVE "), ("]", "deadline 25.0 ms"), ("+", "the application's own")]
    {
        terminal.press(keys, answer);
    }
    terminal.press("p", "the load is the application's own");
    terminal.press("e", &wrote("runs/bakery-"));
    terminal.keys("q");
    assert!(terminal.end().success());
    assert!(!watch.snapshot().is_finished());
    let before = watch.snapshot().elapsed;
    std::thread::sleep(Duration::from_millis(200));
    assert!(watch.snapshot().elapsed > before);
}

#[test]
fn an_application_that_does_not_is_read_only_and_stays_on_the_screen_when_it_is_gone() {
    let (runtime, directory) = (runtime(), tempfile::tempdir().unwrap());
    let watch = app(&runtime, directory.path(), false);
    let mut terminal = attached(directory.path());
    terminal.until("it counts", |screen| field(screen, "spawned") > Some(2));
    for keys in ["t", "]", "r"] {
        terminal.press(keys, "read-only: the application does not allow control");
    }
    drop(watch);
    terminal.shows("the application is gone");
    terminal.shows("GONE");
    assert!(field(&terminal.screen(), "spawned") > Some(2), "what was seen last");
    terminal.press("t", "this is the last that was seen of it");
    terminal.keys("q");
    assert!(terminal.end().success());
}

#[test]
fn without_a_screen_one_summary_is_printed() {
    let (runtime, directory) = (runtime(), tempfile::tempdir().unwrap());
    let watch = app(&runtime, directory.path(), false);
    let attach = |args: &[&str]| {
        Command::new(TARDY).current_dir(directory.path()).args([&["attach"], args].concat()).output().unwrap()
    };
    let text = attach(&["unix:app"]);
    assert!(text.status.success() && String::from_utf8_lossy(&text.stdout).contains("bakery"), "{text:?}");
    let json = attach(&["unix:app", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["scenario"], "bakery");
    drop(watch);
    let nobody = attach(&["unix:app"]);
    assert_eq!(nobody.status.code(), Some(3));
    let nonsense = attach(&["bakery"]);
    assert_eq!(nonsense.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&nonsense.stderr).contains("expected `unix:"), "{nonsense:?}");
}
