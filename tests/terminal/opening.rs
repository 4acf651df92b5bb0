//! `tardy open`: a recorded run on the same screens, at any time of it.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::{TARDY, Terminal, field, tardy};

/// A run of three seconds that was killed after two, or came to its end.
fn recorded(directory: &Path, is_killed: bool) {
    let mut run = Command::new(TARDY);
    run.args([
        "run",
        "fanout",
        "--headless",
        "--quiet",
        "--duration",
        if is_killed { "60s" } else { "3s" },
        "--out",
        "out",
    ]);
    let mut run =
        run.current_dir(directory).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    if is_killed {
        std::thread::sleep(Duration::from_millis(3_500));
        run.kill().unwrap();
    }
    run.wait().unwrap();
}

#[test]
fn a_run_goes_back_and_on_and_plays_to_its_end() {
    let directory = tempfile::tempdir().unwrap();
    recorded(directory.path(), false);
    let mut terminal = Terminal::start(&mut tardy(directory.path(), &["open", "out"]), (120, 34));
    terminal.shows("PAST RUN");
    let spawned = field(&terminal.screen(), "spawned");
    terminal.press("<<<<<<", "■ REPLAY");
    terminal.until("less was spawned then", |screen| field(screen, "spawned") < spawned);
    terminal.press("t", "nothing of it can be changed");
    terminal.keys(" ");
    terminal.until("it came to its end", |screen| screen.contains("PAST RUN") && field(screen, "spawned") == spawned);
    terminal.keys("q");
    assert!(terminal.end().success());
}

#[test]
fn a_shard_waits_for_its_time_and_is_shown_as_one() {
    let directory = tempfile::tempdir().unwrap();
    let soon = std::time::SystemTime::now() + Duration::from_secs(4);
    let at = humantime::format_rfc3339_seconds(soon).to_string();
    let shard = ["run", "observe", "--duration", "60s", "--workers", "1", "--shard", "2/3", "--start-at", &at];
    let mut terminal = Terminal::start(&mut tardy(directory.path(), &shard), (120, 34));
    terminal.shows("starts at ");
    terminal.shows("shard 2/3");
    terminal.keys("q");
    assert!(terminal.end().success());
}

#[test]
fn a_run_that_was_killed_is_shown_as_it_stood_last() {
    let directory = tempfile::tempdir().unwrap();
    recorded(directory.path(), true);
    let mut terminal = Terminal::start(&mut tardy(directory.path(), &["open", "out"]), (80, 24));
    terminal.shows("it was killed");
    terminal.press(",", "■ REPLAY");
    terminal.keys("q");
    assert!(terminal.end().success());
}
