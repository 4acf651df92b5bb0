//! (Home, event) → (Home, effects), step by step.

use ratatui::layout::{Position, Size};

use super::*;
use crate::tui::key::Named;
use crate::tui::keymap::Keymap;
use crate::tui::launcher::Field;
use crate::tui::view::home::fixture::{self, home};

const fn named(key: Named) -> Key {
    Key::Named(key)
}

fn press(home: &mut Home, keys: &[Key]) -> Vec<Effect> {
    keys.iter().flat_map(|&key| update(home, Event::Key(key))).collect()
}

fn type_text(home: &mut Home, text: &str) -> Vec<Effect> {
    text.chars().flat_map(|c| update(home, Event::Key(Key::Char(c)))).collect()
}

fn names(home: &Home) -> Vec<String> {
    let name = |row: &Choice<'_>| match row {
        Choice::Scenario(listing) => listing.name.clone(),
        Choice::Past(run) => run.directory.display().to_string(),
    };
    home.rows().iter().map(name).collect()
}

fn change(field: Field, value: &str) -> Change {
    Change { field, value: value.to_owned() }
}

#[test]
fn what_is_typed_is_a_filter_over_both_lists() {
    let mut home = home();
    type_text(&mut home, "late slowest");
    assert_eq!(names(&home), ["fanout"]);
    press(&mut home, &[named(Named::Esc)]);
    type_text(&mut home, "fan");
    assert_eq!(names(&home), ["fanout", "runs/fanout-2", "runs/fanout-1"]);
    type_text(&mut home, "xyz");
    assert_eq!((names(&home).len(), home.selected().is_none()), (0, true));
    press(&mut home, &[named(Named::Backspace), named(Named::Backspace), named(Named::Backspace)]);
    assert_eq!(names(&home).len(), 3);
}

#[test]
fn the_cursor_in_the_filter_leaves_the_selection_where_it_is() {
    let mut home = home();
    type_text(&mut home, "fan");
    press(&mut home, &[named(Named::Down), named(Named::Left), named(Named::Right)]);
    assert_eq!(home.at, 1);
    press(&mut home, &[named(Named::Backspace)]);
    assert_eq!(home.at, 0, "other rows");
}

#[test]
fn every_letter_begins_the_filter_and_escape_takes_it_away_before_it_leaves() {
    for typed in ["quorum", "/quorum"] {
        let mut home = home();
        assert!(type_text(&mut home, typed).is_empty());
        assert_eq!(names(&home), ["quorum"]);
        assert!(press(&mut home, &[named(Named::Esc)]).is_empty() && home.search.is_none());
        assert!(matches!(press(&mut home, &[named(Named::Esc)])[..], [Effect::Quit]));
    }
    let mut typing = home();
    type_text(&mut typing, "q");
    for home in [&mut typing, &mut home()] {
        assert!(matches!(press(home, &[Key::Ctrl('c')])[..], [Effect::Quit]));
    }
}

#[test]
fn a_selection_stays_within_the_rows() {
    let mut home = home();
    press(&mut home, &[named(Named::Up)]);
    assert_eq!(home.at, 0);
    press(&mut home, &[named(Named::PageDown); 9]);
    assert_eq!(home.at, names(&home).len() - 1);
    press(&mut home, &[named(Named::Up)]);
    assert_eq!(home.at, names(&home).len() - 2);
    update(&mut home, Event::Home(News::Listed(Vec::new(), Vec::new())));
    assert_eq!((home.at, home.selected().is_none()), (0, true));
    assert!(press(&mut home, &[named(Named::Enter), named(Named::Down), named(Named::PageUp)]).is_empty());
}

#[test]
fn home_and_end_go_to_the_first_and_the_last_row_and_the_selection_outlives_other_rows() {
    let mut home = home();
    press(&mut home, &[named(Named::End)]);
    assert_eq!(home.at, names(&home).len() - 1);
    press(&mut home, &[named(Named::Home)]);
    assert_eq!(home.at, 0);
    type_text(&mut home, "quorum");
    press(&mut home, &[named(Named::Esc)]);
    let selected = |home: &Home| names(home).get(home.at).cloned();
    assert_eq!(selected(&home).as_deref(), Some("quorum"), "no filter is needed to have found it");
    let mut more = fixture::listings();
    more.rotate_right(2);
    update(&mut home, Event::Home(News::Listed(more, fixture::past())));
    assert_eq!(selected(&home).as_deref(), Some("quorum"));
    home.select_scenario("hello");
    assert_eq!(selected(&home).as_deref(), Some("hello"));
}

#[test]
fn tab_moves_in_the_file_and_another_selection_begins_it_again() {
    let mut home = home();
    press(&mut home, &[named(Named::Tab), named(Named::Down), named(Named::Down)]);
    assert_eq!((home.at, home.scroll), (0, 2));
    press(&mut home, &[named(Named::PageDown); 40]);
    assert_eq!(home.scroll, home.file().lines().count() - 1);
    press(&mut home, &[named(Named::Tab), named(Named::Down)]);
    assert_eq!((home.at, home.scroll), (1, 0));
}

#[test]
fn enter_on_a_scenario_asks_what_to_change_and_enter_starts_it() {
    let mut home = home();
    assert!(press(&mut home, &[named(Named::Enter)]).is_empty());
    press(&mut home, &[Key::Ctrl('u')]);
    type_text(&mut home, "80ms");
    let asked = press(&mut home, &[named(Named::Down)]);
    let changed = vec![change(Field::Deadline, "80ms")];
    assert!(matches!(&asked[..], [Effect::Ask(Ask::Resolve(name, asked))] if name == "fanout" && *asked == changed));
    // A policy is picked, and a field that is as it was is no change.
    press(&mut home, &[Key::Char(' ')]);
    let asked = press(&mut home, &[named(Named::Enter)]);
    let changed = vec![change(Field::Deadline, "80ms"), change(Field::Policy, "cancel")];
    assert!(matches!(&asked[..], [Effect::Ask(Ask::Start(name, asked))] if name == "fanout" && *asked == changed));
    assert!(press(&mut home, &[named(Named::Enter)]).is_empty(), "it is starting already");
}

#[test]
fn what_is_wrong_stands_under_its_field_until_it_is_changed_and_nothing_is_started() {
    let mut home = home();
    press(&mut home, &[named(Named::Enter), named(Named::Down), named(Named::Down)]);
    type_text(&mut home, "x");
    press(&mut home, &[named(Named::Enter)]);
    let changes = vec![change(Field::Load, "500/sx")];
    let complaint = Complaint { change: Some(0), message: "`500/sx` is no rate".to_owned() };
    update(&mut home, Event::Home(News::NotStarted(changes, vec![complaint])));
    assert_eq!(complaints(&home), [(2, "`500/sx` is no rate".to_owned())]);
    press(&mut home, &[named(Named::Backspace)]);
    assert!(complaints(&home).is_empty());
    assert!(
        matches!(&press(&mut home, &[named(Named::Enter)])[..], [Effect::Ask(Ask::Start(_, changes))] if changes.is_empty())
    );
}

fn complaints(home: &Home) -> Vec<(usize, String)> {
    let Page::Form(form) = &home.page else { return Vec::new() };
    (0..form.lines().len()).filter_map(|line| Some((line, form.complaint(line)?.to_owned()))).collect()
}

#[test]
fn every_wrong_field_has_its_own_complaint_and_the_file_is_an_older_one_until_all_are_right() {
    let mut home = home();
    press(&mut home, &[named(Named::Enter)]);
    press(&mut home, &[named(Named::Down); 3]);
    type_text(&mut home, "zz");
    press(&mut home, &[named(Named::Down); 2]);
    type_text(&mut home, "gather.widht = 50");
    press(&mut home, &[named(Named::Up)]);
    let outdated = |home: &Home| matches!(&home.page, Page::Form(form) if form.is_outdated());
    let told = |change, text: &str| Complaint { change: Some(change), message: text.to_owned() };
    let asked = vec![change(Field::Duration, "30szz"), change(Field::Parameter, "gather.widht = 50")];
    let wrong = vec![told(0, "no duration"), told(1, "no key")];
    update(&mut home, Event::Home(News::Resolved(asked, Err(wrong))));
    assert_eq!(complaints(&home), [(3, "no duration".to_owned()), (5, "no key".to_owned())]);
    press(&mut home, &[named(Named::Up), named(Named::Backspace), named(Named::Backspace)]);
    assert_eq!(complaints(&home), [(5, "no key".to_owned())], "the other one is as wrong as it was");
    assert!(outdated(&home));
    press(&mut home, &[named(Named::Down), named(Named::Down), Key::Ctrl('u'), named(Named::Up)]);
    update(&mut home, Event::Home(News::Resolved(Vec::new(), Ok("right".to_owned()))));
    assert!(complaints(&home).is_empty() && !outdated(&home));
}

#[test]
fn an_answer_to_an_older_question_is_none() {
    let mut home = home();
    press(&mut home, &[named(Named::Enter)]);
    type_text(&mut home, "5");
    press(&mut home, &[named(Named::Down)]);
    let older = vec![change(Field::Deadline, "50ms")];
    update(&mut home, Event::Home(News::Resolved(older, Ok("older".to_owned()))));
    assert_ne!(home.file(), "older");
    let asked = vec![change(Field::Deadline, "50ms5")];
    update(&mut home, Event::Home(News::Resolved(asked, Ok("newer".to_owned()))));
    assert_eq!(home.file(), "newer");
}

#[test]
fn there_is_always_room_for_one_parameter_more_and_what_was_changed_is_kept() {
    let mut home = home();
    press(&mut home, &[named(Named::Enter)]);
    press(&mut home, &[named(Named::Down); 9]);
    type_text(&mut home, "gather.width = 5");
    press(&mut home, &[named(Named::Down)]);
    update(&mut home, Event::Pasted("run.drain = 1s\n".to_owned()));
    press(&mut home, &[named(Named::Esc)]);
    assert!(matches!(home.page, Page::List));
    press(&mut home, &[named(Named::Enter)]);
    let started = press(&mut home, &[named(Named::Enter)]);
    let changed = vec![change(Field::Parameter, "gather.width = 5"), change(Field::Parameter, "run.drain = 1s")];
    assert!(matches!(&started[..], [Effect::Ask(Ask::Start(_, asked))] if *asked == changed), "{started:?}");
}

#[test]
fn enter_on_a_past_run_reads_it_once() {
    let mut home = home();
    press(&mut home, &[named(Named::PageDown); 9]);
    let asked = press(&mut home, &[named(Named::Enter), named(Named::Enter)]);
    assert!(matches!(&asked[..], [Effect::Ask(Ask::Open(path))] if path.ends_with("fanout-1")), "{asked:?}");
    update(&mut home, Event::Home(News::NotOpened("no run".to_owned())));
    assert_eq!(home.status.as_ref().map(|status| status.text.as_str()), Some("no run"));
    assert_eq!(press(&mut home, &[named(Named::Enter)]).len(), 1);
}

#[test]
fn any_key_closes_the_help_and_does_nothing_else() {
    let mut home = home();
    press(&mut home, &[Key::Char('?')]);
    assert_eq!(home.overlay, Overlay::Help(0));
    assert!(press(&mut home, &[named(Named::Enter)]).is_empty());
    assert!(matches!((home.overlay, &home.page), (Overlay::None, Page::List)));
}

#[test]
fn the_mouse_selects_chooses_and_scrolls() {
    let mut home = home();
    update(&mut home, Event::Size(Size::new(120, 34)));
    let mouse = |home: &mut Home, gesture, x, y| update(home, Event::Mouse(Mouse { gesture, at: Position::new(x, y) }));
    mouse(&mut home, Gesture::Press, 5, 4);
    assert_eq!(home.at, 1);
    mouse(&mut home, Gesture::ScrollDown, 5, 4);
    assert_eq!(home.at, 2);
    mouse(&mut home, Gesture::ScrollDown, 90, 10);
    assert_eq!((home.at, home.scroll), (2, 3));
    mouse(&mut home, Gesture::Press, 5, 3);
    mouse(&mut home, Gesture::Press, 5, 3);
    assert!(matches!(home.page, Page::Form(_)));
    mouse(&mut home, Gesture::Press, 5, 5);
    assert!(matches!(&home.page, Page::Form(form) if form.at() == 2));
    assert!(matches!(mouse(&mut home, Gesture::Press, 200, 200)[..], []));
}

#[test]
fn a_signal_ends_it_and_a_stop_gives_the_terminal_back() {
    let mut home = Home::new(fixture::COLOR, Keymap::default());
    assert!(matches!(update(&mut home, Event::Terminated)[..], [Effect::Interrupt]));
    assert!(matches!(update(&mut home, Event::Stopped)[..], [Effect::Suspend(Stop::Process)]));
    assert!(matches!(press(&mut fixture::home(), &[Key::Ctrl('z')])[..], [Effect::Suspend(Stop::Job)]));
}
