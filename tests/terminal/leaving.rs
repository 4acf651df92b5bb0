//! Every way out of the dashboard gives the terminal back, and closes the books.

use std::fs;
use std::path::Path;

use rustix::process::Signal;
use serde_json::Value;

use crate::support::{SLOW_TENTH, TARDY, Terminal, command, field};

/// Tasks that outlast any drain.
fn stuck() -> String {
    SLOW_TENTH.replace("300ms", "1h").replace("drain = \"2s\"", "drain = \"1h\"")
}

fn summary(directory: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(directory.join("out/summary.json")).unwrap()).unwrap()
}

#[test]
fn q_and_ctrl_c_drain_leave_and_print_the_summary() {
    for key in ["q", "\u{3}"] {
        let directory = tempfile::tempdir().unwrap();
        let scenario = SLOW_TENTH.replace("300ms", "1500ms");
        let mut terminal = Terminal::run(&scenario, directory.path(), &["--out", "out"]);
        terminal.shows("LIVE");
        assert_ne!(&terminal.modes(), terminal.untouched(), "the keys are read one by one");
        terminal.until("slow tasks are in flight", |screen| field(screen, "overdue") > Some(0));
        terminal.press(key, "DRAINING");
        assert!(terminal.end().success());
        assert!(terminal.is_given_back());
        assert_eq!(&terminal.modes(), terminal.untouched());
        terminal.shows("books balanced ✓");
        terminal.shows("missed deadlines");
        let summary = summary(directory.path());
        assert_eq!((&summary["ended_by"], &summary["balanced"]), (&"user".into(), &true.into()));
        assert_eq!(summary["lanes"][0]["unfinished"], 0, "they were let to end");
    }
}

#[test]
fn a_second_q_leaves_at_once_even_with_stuck_tasks() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run(&stuck(), directory.path(), &["--out", "out"]);
    terminal.until("a task is overdue", |screen| field(screen, "overdue") > Some(0));
    terminal.press("q", "DRAINING");
    terminal.keys("q");
    assert!(terminal.end().success());
    assert!(terminal.is_given_back());
    assert_eq!(&terminal.modes(), terminal.untouched());
    assert!(summary(directory.path())["lanes"][0]["unfinished"].as_u64() > Some(0));
}

#[test]
fn a_signal_gives_the_terminal_back_and_closes_the_books() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let directory = tempfile::tempdir().unwrap();
        let mut terminal = Terminal::run(&stuck(), directory.path(), &["--out", "out"]);
        terminal.until("a task is overdue", |screen| field(screen, "overdue") > Some(0));
        terminal.signal(signal);
        assert_eq!(terminal.end().exit_code(), 130, "{signal:?}\n{}", terminal.screen());
        assert!(terminal.is_given_back(), "{signal:?}");
        assert_eq!(&terminal.modes(), terminal.untouched(), "{signal:?}");
        let summary = summary(directory.path());
        assert_eq!((&summary["ended_by"], &summary["balanced"]), (&"signal".into(), &true.into()));
    }
}

#[test]
fn a_pipe_among_the_runs_keeps_nobody_from_leaving() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir_all(directory.path().join("runs/x")).unwrap();
    let pipe = directory.path().join("runs/x/summary.json");
    assert!(std::process::Command::new("mkfifo").arg(pipe).status().unwrap().success());
    let mut terminal = Terminal::run(SLOW_TENTH, directory.path(), &["--duration", "300ms"]);
    terminal.shows("the run is over (duration)");
    terminal.press("\u{1b}", "not exported");
    terminal.press("\u{1b}", "none in runs/ yet");
    terminal.keys("\u{3}");
    assert!(terminal.end().success());
    terminal.shows("books balanced ✓");
}

/// The form of a scenario that has run once and that now waits for a pipe nobody writes to.
fn starting_from_a_pipe(directory: &Path) -> Terminal {
    let trace = directory.join("trace.csv");
    fs::write(&trace, "latency\n5ms\n").unwrap();
    let scenario = SLOW_TENTH.split_once("[[workload.step]]").unwrap().0.to_owned()
        + "workload.step = [{ name = 'call', sleep = { dist = 'replay', file = 'trace.csv' } }]\n"
        + "[load]\nmode = 'closed'\nconcurrency = 2\n[run]\nduration = '300ms'\n";
    let mut terminal = Terminal::run(&scenario, directory, &[]);
    terminal.shows("the run is over (duration)");
    fs::remove_file(&trace).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&trace).status().unwrap().success());
    terminal.press("\u{1b}", "not exported");
    terminal.press("\u{1b}", "tardy ▸ home");
    terminal.shows("scenario.toml");
    terminal.press("\r", "before scenario.toml starts");
    terminal.keys("\r");
    terminal
}

#[test]
fn a_start_that_never_answers_is_waited_for_until_it_is_given_up() {
    for again in ["\u{3}", ""] {
        let directory = tempfile::tempdir().unwrap();
        let mut terminal = starting_from_a_pipe(directory.path());
        terminal.press("\u{3}", "waiting for the run that is being started, 5 s at most");
        terminal.keys(again);
        assert_eq!(terminal.end().exit_code(), 3);
        assert!(terminal.is_given_back());
        assert_eq!(&terminal.modes(), terminal.untouched());
        terminal.shows("books balanced ✓");
        terminal.shows("what it reads does not");
    }
}

#[test]
fn an_export_that_fails_after_the_screen_is_left_is_told_on_the_terminal() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("runs"), "no directory").unwrap();
    let mut terminal = Terminal::run(SLOW_TENTH, directory.path(), &["--duration", "300ms"]);
    terminal.shows("the run is over (duration)");
    terminal.keys("eq");
    assert_eq!(terminal.end().exit_code(), 2);
    assert!(terminal.is_given_back());
    terminal.shows("books balanced ✓");
    terminal.shows("could not be");
}

#[test]
fn files_that_could_not_be_written_are_not_forgotten_over_a_later_run() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run(SLOW_TENTH, directory.path(), &["--duration", "2s", "--out", "out"]);
    terminal.shows("LIVE");
    fs::remove_dir_all(directory.path().join("out")).unwrap();
    fs::write(directory.path().join("out"), "no directory").unwrap();
    terminal.shows("cannot write `out/summary.json`");
    terminal.press("\u{1b}", "not exported");
    terminal.press("\u{1b}", "one at a time at 5 ms each");
    terminal.press("hello", "/hello");
    terminal.press("\r", "before hello starts");
    terminal.press("\r", "● LIVE");
    terminal.keys("qq");
    assert_eq!(terminal.end().exit_code(), 2);
    assert!(terminal.is_given_back());
    terminal.shows("books balanced ✓");
}

#[test]
fn a_process_that_is_stopped_gives_the_terminal_back_until_it_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    // Ctrl-Z stops a job, and it takes a shell to have jobs.
    let mut terminal = shell(directory.path());
    let before = terminal.modes();
    terminal.keys(&format!("{TARDY} run scenario.toml\n"));
    for _ in 0..2 {
        terminal.shows("● LIVE");
        terminal.wait_for("the terminal is taken", || terminal.is_taken());
        terminal.keys("\u{1a}");
        terminal.until("the shell is back", |screen| screen.ends_with("$ "));
        assert!(terminal.is_given_back());
        terminal.keys("echo still $((40 + 2))\n");
        terminal.shows("still 42");
        terminal.keys("fg\n");
    }
    terminal.press("t", " CANCEL ");
    terminal.keys("q");
    terminal.wait_for("the dashboard is left", || terminal.is_given_back());
    terminal.until("the shell is back", |screen| screen.contains("balanced ✓") && screen.ends_with("$ "));
    assert_eq!(terminal.modes(), before);
    terminal.keys("exit\n");
    terminal.end();
}

#[test]
fn without_a_shell_to_go_back_to_ctrl_z_stops_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run(SLOW_TENTH, directory.path(), &[]);
    terminal.shows("LIVE");
    terminal.press("\u{1a}", "there is no shell to go back to");
    assert_ne!(terminal.process_state(), 'T');
    assert!(terminal.is_taken());
}

#[test]
fn a_stop_from_outside_gives_the_terminal_back_until_it_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run(SLOW_TENTH, directory.path(), &[]);
    terminal.shows("LIVE");
    let taken = terminal.modes();
    terminal.signal(Signal::TSTP);
    terminal.wait_for("it is stopped", || terminal.process_state() == 'T');
    terminal.wait_for("the terminal is given back", || terminal.is_given_back());
    assert_ne!(terminal.modes(), taken);
    terminal.signal(Signal::CONT);
    terminal.wait_for("the terminal is taken again", || terminal.is_taken());
    terminal.shows("LIVE");
    terminal.press("t", " CANCEL ");
    terminal.keys("qq");
    terminal.end();
    assert_eq!(&terminal.modes(), terminal.untouched());
}

/// An interactive shell with a prompt of its own.
fn shell(directory: &Path) -> Terminal {
    fs::write(directory.join("scenario.toml"), SLOW_TENTH).unwrap();
    let mut command = command(directory, "/bin/sh", &["-i"]);
    command.env("PS1", "$ ");
    let terminal = Terminal::start(&mut command, (120, 34));
    terminal.until("a prompt", |screen| screen.ends_with("$ "));
    terminal
}
