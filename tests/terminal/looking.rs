//! How a run is looked at: tabs, cursor, windows, saving, and a mouse.

use crate::support::{SLOW_TENTH, Terminal};

const LONG: &[&str] = &["--set", "run.duration=\"60s\""];

#[test]
fn every_tab_is_reached_by_its_number_and_in_turn() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run(SLOW_TENTH, directory.path(), LONG);
    terminal.shows("LIVE");
    terminal.press("3", "by share");
    terminal.press("1", "height = √tasks");
    terminal.press("\t\t", "by share");
    terminal.press("\u{1b}[Z\u{1b}[Z", "height = √tasks");
    for tab in ["2", "3", "4", "5", "6", "7", "8", "9", "1"] {
        terminal.press(tab, "LIVE");
    }
}

#[test]
fn a_click_shows_a_tab_puts_the_cursor_down_and_presses_a_key() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run(SLOW_TENTH, directory.path(), LONG);
    terminal.until("bars", |screen| screen.contains('█'));
    terminal.press("\u{1b}[<0;20;15M\u{1b}[<0;20;15m", "% below, ");
    terminal.press("\u{1b}[<0;26;2M", "by share");
    terminal.press("\u{1b}[<0;2;34M", "→ cancel for new tasks");
}

#[test]
fn the_cursor_reads_off_a_bucket_and_escape_takes_it_away() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run(SLOW_TENTH, directory.path(), LONG);
    terminal.until("bars", |screen| screen.contains('█'));
    terminal.press("\u{1b}[C", "% below, ");
    terminal.keys("y");
    terminal.shows("copied, if your terminal lets programs copy: slow-tenth · response time · ");
    assert!(terminal.bytes().windows(7).any(|bytes| bytes == b"\x1b]52;c;"));
    terminal.keys("\u{1b}");
    let border = |screen: &str| screen.lines().any(|line| line.starts_with('└') && line.contains("% below, "));
    terminal.until("the cursor is gone", |screen| !border(screen));
    terminal.press("y", "there is nothing to copy");
}

#[test]
fn another_deadline_and_a_share_of_ones_own_are_asked_about() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run(SLOW_TENTH, directory.path(), LONG);
    terminal.press("8", "with a deadline of 50.0 ms");
    terminal.until("bars", |screen| screen.contains('█'));
    terminal.press("\u{1b}[C\u{1b}[C", "if the deadline were ");
    terminal.press("=", "% missed at the most:");
    terminal.press("2.5\r", "≤ 2.5 % missed");
    terminal.press("+", "load ");
    terminal.keys("y");
    terminal.shows("copied, if your terminal lets programs copy: slow-tenth · observe 50.0 ms · at ");
}

#[test]
fn windows_metrics_and_heights_are_chosen_while_it_runs() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run(SLOW_TENTH, directory.path(), LONG);
    terminal.press("w", "response time · last 1 s · ");
    terminal.press("w", "response time · last 10 s · ");
    terminal.press("w", "response time · last 1 m · ");
    terminal.press("w", "response time · whole run · ");
    terminal.press("c", "service time · whole run · ");
    terminal.press("l", "height = tasks");
    terminal.press("l", "height = log tasks");
}

#[test]
fn the_screen_is_saved_as_a_picture_and_as_text() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run(SLOW_TENTH, directory.path(), LONG);
    terminal.until("bars", |screen| screen.contains('█'));
    terminal.press("F", "-overview.svg");
    terminal.press("3S", "-percentiles.txt");
    let saved: Vec<_> =
        std::fs::read_dir(directory.path().join("runs")).unwrap().map(|file| file.unwrap().path()).collect();
    let read = |ending: &str| {
        let path = saved.iter().find(|path| path.to_string_lossy().ends_with(ending));
        std::fs::read_to_string(path.unwrap()).unwrap()
    };
    assert!(roxmltree::Document::parse(&read("overview.svg")).is_ok());
    assert!(read("percentiles.txt").contains("response time by share"));
}

#[test]
fn a_flood_of_keys_is_survived_and_the_last_one_counts() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run(SLOW_TENTH, directory.path(), LONG);
    terminal.shows("LIVE");
    terminal.keys(&"\u{1b}[C\u{1b}[D2w1lc\u{1b}[<35;7;7M\u{1b}[I\u{1b}[O".repeat(2_000));
    terminal.press("3", "by share");
    terminal.press("t", "→ cancel");
}

#[test]
fn what_is_pasted_is_not_taken_for_keys() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run(SLOW_TENTH, directory.path(), LONG);
    terminal.shows("LIVE");
    terminal.keys("\u{1b}[200~qqttt\u{3}[[\u{1b}[201~");
    terminal.press("3", "by share");
    terminal.shows("OBSERVE");
    terminal.shows("deadline 50.0 ms");
}

#[test]
fn every_key_on_every_screen_is_survived_and_the_run_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run(SLOW_TENTH, directory.path(), LONG);
    terminal.shows("LIVE");
    let arrows = ["\u{1b}[A", "\u{1b}[B", "\u{1b}[C", "\u{1b}[D", "\u{1b}[5~", "\u{1b}[6~", "\u{1b}[H", "\u{1b}[F"];
    let pairs =
        ["tt", "[]", "-+", "wwww", "cc", "lll", "ss", "  ", "pp", "r", "jkgG", "y", "e", "F", "S", "??", "\r\r"];
    for tab in '1'..='9' {
        terminal.keys(&tab.to_string());
        for key in arrows.into_iter().chain(pairs) {
            terminal.keys(key);
        }
        terminal.press("?", "switch new tasks");
        // Nothing is typed behind an escape before it has been seen to do something: with another key it is a chord.
        terminal.keys("\u{1b}");
        terminal.until("the help is closed", |screen| !screen.contains("switch new tasks"));
    }
    terminal.press("1", "height = ");
    terminal.shows("LIVE");
    terminal.press("t", "→ cancel");
    assert!(terminal.is_taken());
}
