//! What the configuration changes on a real terminal.

use std::fs;
use std::path::Path;

use crate::support::{CONFIG_HOME, SLOW_TENTH, Terminal};

/// A run on the screen, with this configuration.
fn configured(directory: &Path, config: &str, args: &[&str]) -> Terminal {
    let place = directory.join(CONFIG_HOME).join("tardy");
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join("config.toml"), config).unwrap();
    Terminal::run(SLOW_TENTH, directory, args)
}

#[test]
fn a_key_of_the_users_own_does_what_it_is_bound_to_and_is_named_everywhere() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = configured(directory.path(), "[keys]\npolicy = \"f2\"\nquit = \"x\"\ncancel-task = []", &[]);
    terminal.shows("LIVE");
    terminal.shows("F2 policy");
    terminal.shows("x quit");
    terminal.keys("tq");
    terminal.press("\u{1b}OQ", "observe → cancel for new tasks");
    terminal.keys("x");
    assert!(terminal.end().success());
}

#[test]
fn the_configuration_asks_for_ascii_and_the_light_theme() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = configured(directory.path(), "ascii = true\ntheme = \"light\"\nfps = 10", &[]);
    terminal.shows("* LIVE");
    let bytes = String::from_utf8(terminal.bytes()).unwrap();
    assert!(bytes.is_ascii() && bytes.contains("38;5;58;") && !bytes.contains("38;5;227;"), "{bytes}");
    terminal.keys("qq");
    terminal.end();
}

#[test]
fn a_wrong_configuration_is_shown_before_anything_is_started_or_drawn() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = configured(directory.path(), "fps = 0", &["--out", "out"]);
    assert_eq!(terminal.end().exit_code(), 2);
    let screen = terminal.screen();
    assert!(screen.contains("config.toml:1:7") && screen.contains("expected a whole number from 1 to 60"), "{screen}");
    assert!(!directory.path().join("out").exists());
}

#[test]
fn a_run_without_a_screen_does_not_ask_for_the_configuration() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = configured(directory.path(), "fps = 0", &["--headless", "--duration", "300ms"]);
    assert!(terminal.end().success());
    terminal.shows("books balanced");
}
