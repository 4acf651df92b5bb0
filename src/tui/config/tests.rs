use std::fs;

use miette::{GraphicalReportHandler, GraphicalTheme};
use proptest::prelude::*;

use super::*;
use crate::lint::Lint;
use crate::tui::action::Action;
use crate::tui::key::Key;
use crate::tui::tabs::{Scope, Tab};

fn config(text: &str) -> Config {
    Config::parse("config.toml", text).unwrap_or_else(|error| panic!("{}", told(&error)))
}

/// What is printed of an error.
fn told(error: &ConfigError) -> String {
    let mut text = String::new();
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(200);
    handler.render_report(&mut text, error).unwrap();
    text
}

/// Asserts that the part between `«` and `»` is complained about, with every text of `said`, and nothing else is.
#[track_caller]
fn assert_caret(marked: &str, said: &[&str]) {
    let (before, rest) = marked.split_once('«').unwrap();
    let (wrong, after) = rest.split_once('»').unwrap();
    let text = told(&Config::parse("config.toml", &format!("{before}{wrong}{after}")).unwrap_err());
    let (row, column) = (before.matches('\n').count() + 1, before.rsplit('\n').next().map_or(0, str::len) + 1);
    for said in said.iter().chain(&["one thing is wrong", &*format!("[config.toml:{row}:{column}]")]) {
        assert!(text.contains(said), "{said} in\n{text}");
    }
}

#[test]
fn the_defaults_as_a_file_say_everything_and_change_nothing() {
    let text = Config::defaults();
    assert_eq!(config(&text), Config::default());
    assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
    let said: toml::Table = text.parse().unwrap();
    let keys = said["keys"].as_table().unwrap();
    assert!(Keymap::default().bindings().iter().all(|binding| keys.contains_key(binding.word)));
    let lints = said["lints"].as_table().unwrap();
    assert!(Lint::ALL.iter().all(|lint| lints.contains_key(lint.word())));
    assert_eq!((keys.len(), lints.len()), (Keymap::default().bindings().len(), Lint::ALL.len()));
}

#[test]
fn an_empty_file_is_the_default() {
    assert_eq!(config(""), Config::default());
    assert_eq!(config("[keys]\n[lints]\n"), Config::default());
}

#[test]
fn every_setting_is_read() {
    let config = config(
        "theme = \"light\"\nfps = 60\nascii = true\n[lints]\ntimer-floor = false\ncancel-lag = 0.25\nstart-delay = 1\nclock-behind = \"1s\"",
    );
    assert_eq!((config.ground, config.fps, config.ascii), (Some(Ground::Light), 60, true));
    let expected = Limits {
        timer_floor: None,
        cancel_lag: Some(0.25),
        start_delay: Some(1.0),
        clock_behind: Some(std::time::Duration::from_secs(1)),
        ..Limits::default()
    };
    assert_eq!(config.limits, expected);
}

#[test]
fn keys_take_the_place_of_those_a_binding_has() {
    let keymap = config("keys = { policy = \"f2\", help = [\"h\", \"?\"], counts = [] }").keymap;
    for (key, expected) in [
        (Key::Function(2), Some(Action::TogglePolicy)),
        (Key::Char('t'), None),
        (Key::Char('h'), Some(Action::Help)),
        (Key::Char('?'), Some(Action::Help)),
        (Key::Char('l'), None),
        (Key::Char('q'), Some(Action::Quit)),
    ] {
        assert_eq!(keymap.action(key, Tab::Overview), expected, "{key:?}");
    }
}

#[test]
fn ctrl_c_quits_where_text_is_typed_whatever_quits_elsewhere() {
    let keymap = config("[keys]\nquit = \"x\"\ncancel-task = []\nback = [\"b\", \"f2\"]").keymap;
    for (key, scope, expected) in [
        (Key::Ctrl('c'), Scope::Form, Some(Action::Quit)),
        (Key::Ctrl('c'), Scope::Search, Some(Action::Quit)),
        (Key::Ctrl('c'), Scope::Home, Some(Action::Quit)),
        (Key::Char('x'), Scope::Home, None),
        (Key::Char('x'), Scope::Form, None),
        (Key::Function(2), Scope::Form, Some(Action::Back)),
    ] {
        assert_eq!(keymap.action(key, scope), expected, "{key:?} on {scope:?}");
    }
    assert_caret("[keys]\nquit = \"f10\"\nback = «\"ctrl-c\"»", &["`ctrl-c` is the key of `quit` on the same screen"]);
}

#[test]
fn two_bindings_may_swap_their_keys_and_screens_that_differ_may_share_one() {
    let keymap = config("[keys]\npolicy = \"p\"\npause = \"t\"\ncounts = \"x\"").keymap;
    assert_eq!(keymap.action(Key::Char('p'), Tab::Overview), Some(Action::TogglePolicy));
    assert_eq!(keymap.action(Key::Char('t'), Tab::Overview), Some(Action::PauseLoad));
    assert_eq!(keymap.action(Key::Char('x'), Tab::Overview), Some(Action::Counts));
    assert_eq!(keymap.action(Key::Char('x'), Tab::Late), Some(Action::CancelTask));
}

#[test]
fn what_is_no_setting_is_shown_with_what_was_meant() {
    assert_caret("«them» = \"dark\"", &["unknown key `them` in the file", "did you mean `theme`?"]);
    assert_caret("theme = «\"drak\"»", &["unknown word `drak`", "did you mean `dark`?"]);
    assert_caret("fps = «61»", &["61 is out of range, expected a whole number from 1 to 60"]);
    assert_caret("fps = «\"fast\"»", &["`fps` is text, expected a whole number from 1 to 60"]);
    assert_caret("ascii = «1»", &["`ascii` is a whole number, expected `true` or `false`"]);
    assert_caret("keys = «\"vi\"»", &["expected a table [keys]"]);
    assert_caret("fps = 30\ntheme = «dark»", &[]);
}

#[test]
fn a_wrong_binding_is_shown_where_it_stands() {
    assert_caret("[keys]\n«polcy» = \"t\"", &["unknown key `polcy` in [keys]", "did you mean `policy`?"]);
    assert_caret("[keys]\npolicy = «\"crtl-x\"»", &["`crtl-x` is no key"]);
    assert_caret("[keys]\npolicy = [\"t\", «7»]", &["`policy` is a whole number, expected a key such as `\"t\"`"]);
    assert_caret("[keys]\nquit = «[]»", &["`quit` needs a key"]);
    assert_caret("[keys]\nback = «[]»", &["`back` needs a key"]);
    assert_caret("[keys]\nback = «\"b\"»", &["`back` needs a key that is no character", "for example `\"esc\"`"]);
    assert_caret("[keys]\nstart = «[\"b\", \"c\"]»", &["`start` needs a key that is no character"]);
    assert_caret("[keys]\npolicy = [\"t\", «\"t\"»]", &["`t` is there twice"]);
}

#[test]
fn a_key_that_would_mean_two_things_on_one_screen_is_refused_once() {
    assert_caret(
        "[keys]\npolicy = «\"x\"»",
        &["`x` is the key of `cancel-task` on the same screen", "cancel-task = []"],
    );
    assert_caret("[keys]\nhelp = \"t\"\npolicy = «\"t\"»", &["`t` is the key of `help` on the same screen"]);
    assert_caret("[keys]\npolicy = \"h\"\nhelp = «\"h\"»", &["`h` is the key of `policy` on the same screen"]);
}

#[test]
fn a_wrong_limit_is_shown_with_what_was_expected() {
    assert_caret(
        "[lints]\n«timer-flor» = false",
        &["unknown key `timer-flor` in [lints]", "did you mean `timer-floor`?"],
    );
    assert_caret("[lints]\ntimer-floor = «true»", &["is `true`, expected a duration such as `\"50ms\"`, or `false`"]);
    assert_caret("[lints]\ntimer-floor = «\"0s\"»", &["expected a duration above zero"]);
    assert_caret("[lints]\ncancel-lag = «\"1ms\"»", &["is text, expected a share such as `0.5`, or `false`"]);
    assert_caret("[lints]\ncancel-lag = «1.5»", &["expected a share above 0, up to 1"]);
    assert_caret("[lints]\ncancel-lag = «nan»", &["expected a share above 0, up to 1"]);
}

#[test]
fn everything_wrong_is_told_at_once() {
    let error = Config::parse("config.toml", "fps = 0\n[keys]\nquit = []\n[lints]\nx = 1").unwrap_err();
    assert!(told(&error).contains("`config.toml` is no valid configuration: 3 things are wrong"), "{}", told(&error));
}

#[test]
fn a_file_that_is_missing_is_none_and_one_that_cannot_be_read_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.toml");
    assert_eq!(Config::read(&path).unwrap(), None);
    assert_eq!(Config::read(&path.join("below")).unwrap(), None);
    fs::write(&path, "fps = 10").unwrap();
    assert_eq!(Config::read(&path).unwrap().map(|config| config.fps), Some(10));
    assert_eq!(Config::read(&path.join("below")).unwrap(), None, "its directory is a file");
    fs::write(&path, [0xff]).unwrap();
    assert!(told(&Config::read(&path).unwrap_err()).contains("0xff is no UTF-8"));
    fs::write(&path, vec![b'#'; 1 << 21]).unwrap();
    assert!(matches!(Config::read(&path), Err(ConfigError::TooLarge { .. })));
    assert!(matches!(Config::read(directory.path()), Err(ConfigError::Unreadable { .. })));
}

#[test]
fn the_file_is_where_the_environment_says() {
    for (xdg, home, expected) in [
        (Some("/x"), Some("/h"), Some("/x/tardy/config.toml")),
        (None, Some("/h"), Some("/h/.config/tardy/config.toml")),
        (Some(""), Some("/h"), Some("/h/.config/tardy/config.toml")),
        (Some("relative"), Some("/h"), Some("/h/.config/tardy/config.toml")),
        (None, Some("relative"), None),
        (None, None, None),
    ] {
        let variable = |name: &str| match name {
            "XDG_CONFIG_HOME" => xdg.map(OsString::from),
            _ => home.map(OsString::from),
        };
        assert_eq!(path_of(variable), expected.map(PathBuf::from), "{xdg:?} {home:?}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(cut in 0..3_000usize, length in 0..12usize, put in "[\\PC\\n]{0,6}|\"(ctrl-)?.\"|\\[\\]|false|-?[0-9.]{1,5}") {
        let text: Vec<char> = Config::defaults().chars().collect();
        let (before, rest) = text.split_at(cut.min(text.len()));
        let after = &rest[length.min(rest.len())..];
        let text: String = before.iter().copied().chain(put.chars()).chain(after.iter().copied()).collect();
        if let Err(error) = Config::parse("config.toml", &text) {
            prop_assert!(told(&error).contains("config.toml"));
        }
    }
}
