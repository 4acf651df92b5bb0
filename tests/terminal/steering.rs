//! Keys that change the run or the view of it.

use std::fs;

use crate::support::{SLOW_TENTH, Terminal, field, wrote};

/// A run on the screen that has counted something.
fn live(directory: &tempfile::TempDir) -> Terminal {
    let terminal = Terminal::run(SLOW_TENTH, directory.path(), &[]);
    terminal.shows("LIVE");
    terminal
}

#[test]
fn the_policy_the_deadline_and_the_load_are_turned_while_it_runs() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = live(&directory);
    terminal.shows(" OBSERVE ");
    terminal.shows("deadline 50.0 ms");
    for (keys, answer, header) in [
        ("t", "observe → cancel for new tasks", " CANCEL "),
        ("t", "cancel → observe for new tasks", " OBSERVE "),
        ("[", "deadline 50.0 ms → 40.0 ms for new tasks", "deadline 40.0 ms"),
        ("]", "deadline 40.0 ms → 50.0 ms for new tasks", "deadline 50.0 ms"),
        ("+", "load 100/s → 120/s", "open 120/s constant"),
        ("-", "load 120/s → 100/s", "open 100/s constant"),
        ("+", "load 100/s → 120/s", "open 120/s constant"),
    ] {
        terminal.keys(keys);
        terminal.until(&format!("{keys} answered"), |screen| screen.contains(answer) && screen.contains(header));
    }
}

#[test]
fn keys_pressed_faster_than_the_run_answers_build_on_each_other() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = live(&directory);
    terminal.press("]]]]+++ttt", "observe → cancel for new tasks");
    terminal.until("all of it has come to pass", |screen| {
        ["deadline 120 ms", "open 200/s constant", " CANCEL "].iter().all(|part| screen.contains(part))
    });
}

#[test]
fn a_pause_holds_arrivals_back_until_it_is_taken_back() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = live(&directory);
    terminal.press("p", "PAUSED");
    terminal.shows("arrivals are held back");
    terminal.until("nothing is in flight any more", |screen| field(screen, "in flight") == Some(0));
    terminal.press("p", "LIVE");
    terminal.until("tasks arrive again", |screen| field(screen, "in flight") > Some(0));
}

#[test]
fn a_frozen_screen_stands_still_while_the_run_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = live(&directory);
    terminal.until("it counts", |screen| field(screen, "spawned") > Some(10));
    terminal.press(" ", "FROZEN 0 s");
    let frozen = field(&terminal.screen(), "spawned");
    terminal.shows("FROZEN 1 s");
    assert_eq!(field(&terminal.screen(), "spawned"), frozen);
    terminal.press(" ", "LIVE");
    terminal.until("it has caught up", |screen| field(screen, "spawned") > frozen.map(|n| n + 50));
}

#[test]
fn a_reset_forgets_every_count() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = live(&directory);
    terminal.until("it has counted much", |screen| field(screen, "spawned") > Some(200));
    terminal.keys("r");
    terminal.until("it begins again", |screen| field(screen, "spawned") < Some(200));
}

#[test]
fn the_help_lies_over_the_screen_until_it_is_closed() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = live(&directory);
    for close in ["?", "\u{1b}"] {
        terminal.press("?", "switch new tasks between cancel");
        terminal.keys(close);
        terminal.until("the help is closed", |screen| !screen.contains("switch new tasks"));
        terminal.shows("LIVE");
    }
}

#[test]
fn the_export_key_writes_all_files_and_says_where() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = live(&directory);
    terminal.until("a task is done", |screen| field(screen, "done") > Some(0));
    terminal.press("e", &wrote("runs/slow-tenth-"));
    let runs: Vec<_> = fs::read_dir(directory.path().join("runs")).unwrap().map(|run| run.unwrap().path()).collect();
    let [run] = &runs[..] else { panic!("{runs:?}") };
    let name = run.file_name().unwrap().to_str().unwrap();
    assert!(terminal.screen().contains(name), "{name}\n{}", terminal.screen());
    for file in ["summary.json", "histogram.csv", "percentiles.csv", "timeline.csv", "late_tasks.csv", "scenario.toml"]
    {
        assert!(fs::metadata(run.join(file)).unwrap().len() > 0, "{file}");
    }
    assert!(run.join("gathers.csv").exists());
}

#[test]
fn an_export_that_fails_is_an_answer_and_not_an_end() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("runs"), "in the way").unwrap();
    let mut terminal = live(&directory);
    terminal.press("e", "cannot create the directory `runs/slow-tenth-");
    terminal.press("t", " CANCEL ");
}
