//! `tardy` without a command: from Home to a run, back, and out again.

use std::fs;
use std::path::Path;

use rustix::process::Signal;

use crate::support::{SLOW_TENTH, Terminal, tardy, wrote};

const ENTER: &str = "\r";
const ESC: &str = "\u{1b}";
const DOWN: &str = "\u{1b}[B";
const CLEAR: &str = "\u{15}";

/// Home on a terminal, its rows there.
fn home(directory: &Path) -> Terminal {
    let terminal = Terminal::start(&mut tardy(directory, &[]), (120, 34));
    terminal.shows("tardy ▸ home");
    terminal.shows("one at a time at 5 ms each");
    terminal
}

/// Types a filter until one scenario is left.
fn filter(terminal: &mut Terminal, text: &str) {
    terminal.keys(text);
    terminal.until("one row is left", |screen| screen.contains(&format!("/{text}")) && !screen.contains("│ quorum"));
}

/// How often the terminal was taken and given back.
fn switches(terminal: &Terminal) -> (usize, usize) {
    let bytes = terminal.bytes();
    let count = |what: &[u8]| bytes.windows(what.len()).filter(|window| *window == what).count();
    (count(b"\x1b[?1049h"), count(b"\x1b[?1049l"))
}

#[test]
fn a_scenario_is_found_changed_run_left_run_again_and_reopened_on_one_terminal() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = home(directory.path());
    terminal.shows("none in runs/ yet");
    filter(&mut terminal, "hello");
    terminal.press(ENTER, "before hello starts");
    // Down to the duration, which becomes another.
    terminal.keys(&DOWN.repeat(3));
    terminal.keys(&format!("{CLEAR}300ms"));
    terminal.press(ENTER, "FINISHED");
    terminal.shows("tardy ▸ hello");
    terminal.shows("the run is over (duration): e writes its files, Esc picks another, q leaves");
    terminal.press("e", &wrote("runs/hello-"));
    terminal.press(ESC, "tardy ▸ home");
    terminal.shows("1 past run");
    // The same again: what was changed is kept.
    terminal.press(ENTER, "before hello starts");
    terminal.shows("300ms");
    terminal.press(ENTER, "the run is over (duration)");
    terminal.press(ESC, "not exported: e writes its files, Esc again leaves without them");
    terminal.press(ESC, "tardy ▸ home");
    terminal.press(DOWN, "began 20");
    terminal.press(ENTER, "a past run, as it ended");
    terminal.shows("tardy ▸ hello");
    terminal.shows("■ PAST RUN");
    terminal.shows("balanced ✓");
    terminal.press("e", "its files are in runs/hello-");
    terminal.press("t", "a past run: nothing of it can be changed any more");
    terminal.press(ESC, "tardy ▸ home");
    assert_eq!(switches(&terminal), (1, 0), "the terminal stays taken all the while");
    terminal.press(ESC, "type to filter");
    terminal.keys(ESC);
    assert!(terminal.end().success());
    assert!(terminal.is_given_back());
    assert_eq!(&terminal.modes(), terminal.untouched());
    terminal.shows("books balanced ✓");
    assert_eq!(fs::read_dir(directory.path().join("runs")).unwrap().count(), 1);
}

#[test]
fn a_bad_value_is_said_under_its_field_and_nothing_is_started() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = home(directory.path());
    filter(&mut terminal, "fanout");
    terminal.press(ENTER, "before fanout starts");
    terminal.keys(&format!("{CLEAR}soon"));
    terminal.press(ENTER, "`soon` is no duration");
    terminal.keys(&format!("{CLEAR}80ms{DOWN}"));
    // What would run is shown as it was changed.
    terminal.shows("after = \"80ms\"");
    terminal.press(ESC, "/fanout");
    terminal.keys("\u{3}");
    assert!(terminal.end().success());
    assert!(terminal.is_given_back());
    assert_eq!(&terminal.modes(), terminal.untouched());
}

#[test]
fn a_run_started_on_home_is_held_against_a_baseline_and_stays_so_when_it_is_reopened() {
    let directory = tempfile::tempdir().unwrap();
    let at = |args: &[&str]| {
        let mut command = tardy(directory.path(), args);
        command.env("XDG_DATA_HOME", directory.path().join("data"));
        Terminal::start(&mut command, (120, 34))
    };
    for args in [
        &["run", "hello", "--headless", "--quiet", "--duration", "3s", "--out", "before"][..],
        &["baseline", "save", "main", "before"],
    ] {
        assert!(at(args).end().success());
    }
    let mut terminal = at(&[]);
    terminal.shows("tardy ▸ home");
    // Listed on a thread of its own: before that there is nothing to choose.
    terminal.shows("│ hello");
    filter(&mut terminal, "hello");
    terminal.press(ENTER, "before hello starts");
    terminal.keys(&DOWN.repeat(3));
    terminal.keys(&format!("{CLEAR}3s{}", DOWN.repeat(2)));
    let held = |name| format!("{CLEAR}gate = {{ fail_if = [\"regressed(p50) > 900%\"], baseline = \"{name}\" }}");
    terminal.keys(&held("none"));
    terminal.press(ENTER, "there is no baseline `none`");
    terminal.keys(&held("main"));
    terminal.press(ENTER, "LIVE");
    terminal.shows("FINISHED");
    // On a machine that is busy with other things the change may not be known: it stays what it was.
    let gate = |terminal: &Terminal| {
        let lines = terminal.screen();
        let lines = lines.lines().skip_while(|line| !line.contains("gate regressed")).take(2);
        lines.map(|line| line.chars().take(60).collect()).collect::<Vec<String>>()
    };
    terminal.press("?", "gate regressed(p50) > 900%: ");
    let judged = gate(&terminal);
    terminal.press("?", "FINISHED");
    terminal.press("e", &wrote("runs/hello-"));
    terminal.press(ESC, "tardy ▸ home");
    terminal.shows("1 past run");
    terminal.press(DOWN, "began 20");
    terminal.press(ENTER, "■ PAST RUN");
    terminal.press("?", "gate regressed(p50) > 900%: ");
    assert_eq!(gate(&terminal), judged);
    terminal.keys("\u{3}");
    let fails = judged.iter().any(|line| line.contains("FAIL"));
    assert_eq!(terminal.end().exit_code(), u32::from(fails), "{judged:?}");
    assert!(terminal.is_given_back());
}

#[test]
fn a_signal_on_home_and_one_on_a_run_started_there_give_the_terminal_back() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let directory = tempfile::tempdir().unwrap();
        let mut terminal = home(directory.path());
        terminal.signal(signal);
        assert_eq!(terminal.end().exit_code(), 130, "{signal:?}");
        assert!(terminal.is_given_back());
        assert_eq!(&terminal.modes(), terminal.untouched());
    }
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = home(directory.path());
    filter(&mut terminal, "hello");
    terminal.press(ENTER, "before hello starts");
    terminal.press(ENTER, "LIVE");
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.end().exit_code(), 130);
    assert!(terminal.is_given_back());
    terminal.shows("ended by signal");
}

#[test]
fn a_run_started_by_its_name_can_be_left_for_home_with_its_files_written() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run(SLOW_TENTH, directory.path(), &["--duration", "300ms", "--out", "out"]);
    terminal.press(ESC, "LIVE");
    terminal.shows(&format!("the run is over: {}; Esc picks another", wrote("out")));
    let summary = directory.path().join("out/summary.json");
    let written = fs::metadata(&summary).unwrap().modified().unwrap();
    terminal.press(ESC, "tardy ▸ home");
    assert_eq!(fs::metadata(&summary).unwrap().modified().unwrap(), written, "nothing has changed since");
    // Its own file is the first to be started again.
    terminal.shows("scenario.toml");
    terminal.keys("\u{3}");
    assert!(terminal.end().success());
    assert!(terminal.is_given_back());
    terminal.shows("missed deadlines");
    terminal.shows("books balanced ✓");
}

#[test]
fn a_directory_that_is_no_run_any_more_is_said_to_be_none() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run(SLOW_TENTH, directory.path(), &["--duration", "300ms", "--out", "runs/one"]);
    terminal.shows(&wrote("runs/one"));
    terminal.press(ESC, "tardy ▸ home");
    fs::remove_file(directory.path().join("runs/one/timeline.csv")).unwrap();
    terminal.shows("1 past run");
    terminal.press("runs/one", "/runs/one");
    terminal.press(ENTER, "`runs/one/timeline.csv`: cannot be read");
    terminal.keys("\u{3}");
    assert!(terminal.end().success());
    assert!(terminal.is_given_back());
}

#[test]
fn home_is_readable_at_sixty_by_fifteen_and_survives_any_size() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = home(directory.path());
    for (columns, rows, shown) in [
        (60, 15, &["tardy ▸ home", "hello", "Enter choose", "quit"][..]),
        (1, 1, &[]),
        (200, 50, &["tardy ▸ home", "past runs", "[workload]"]),
        (30, 4, &["home"]),
        (80, 24, &["tardy ▸ home", "past runs", "as it would run"]),
    ] {
        terminal.resize(columns, rows);
        terminal.until(&format!("{columns}×{rows} is drawn"), |screen| shown.iter().all(|part| screen.contains(part)));
    }
    terminal.press("q", "│ quorum");
    terminal.keys("\u{3}");
    assert!(terminal.end().success());
}

#[test]
fn a_dumb_terminal_gets_the_list_and_not_one_escape_sequence() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = tardy(directory.path(), &[]);
    command.env("TERM", "dumb");
    let mut terminal = Terminal::start(&mut command, (120, 40));
    assert!(terminal.end().success());
    terminal.shows("Run one with `tardy run hello`");
    assert!(!terminal.bytes().contains(&0x1b));
}
