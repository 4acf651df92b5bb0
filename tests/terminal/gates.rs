//! Gates on a real terminal: seen while they fail, told once the screen is left.

use crate::support::{SLOW_TENTH, Terminal};

#[test]
fn a_gate_that_fails_is_seen_at_once_and_is_the_exit_code() {
    let directory = tempfile::tempdir().unwrap();
    let args = ["--fail-if", "timed_out > 0", "--fail-if", "panicked > 0", "--junit", "gates.xml"];
    let mut terminal = Terminal::run(SLOW_TENTH, directory.path(), &args);
    // On a busy machine there is more to be warned of, and less room to say which of how many.
    terminal.shows("FAIL");
    terminal.press("?", "gate timed_out > 0: ");
    terminal.shows("gate panicked > 0: 0");
    terminal.press("?", "LIVE");
    terminal.keys("qq");
    assert_eq!(terminal.end().exit_code(), 1);
    assert!(terminal.is_given_back());
    terminal.shows("1 of 2 gates FAILED");
    let report = std::fs::read_to_string(directory.path().join("gates.xml")).unwrap();
    assert!(report.contains("name=\"fail if timed_out &gt; 0\""), "{report}");
}

#[test]
fn a_lost_run_ends_early_and_stays_on_the_screen() {
    let directory = tempfile::tempdir().unwrap();
    let args = ["--duration", "1h", "--set", "gate.abort=true", "--fail-if", "timed_out > 0"];
    let mut terminal = Terminal::run(SLOW_TENTH, directory.path(), &args);
    terminal.shows("FINISHED");
    terminal.shows("the run is over (gate)");
    terminal.press("q", "not exported");
    terminal.keys("q");
    assert_eq!(terminal.end().exit_code(), 1);
    terminal.shows("1 of 1 gate FAILED and ended the run early");
}
