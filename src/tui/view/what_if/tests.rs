//! The what-if screen by state and size.

use std::sync::Arc;

use ratatui::layout::Size;

use crate::outcome::Policy;
use crate::snapshot::{Snapshot, fixture};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::key::{Key, Named};
use crate::tui::tabs::Tab;
use crate::tui::update::{Event, act, update};
use crate::tui::view::tests::{COLOR, PLAIN, SIZES, app, assert_screen, screen, text};

fn what_if(snapshot: Snapshot) -> App {
    let mut app = app(snapshot, COLOR);
    app.turn_to(Tab::WhatIf);
    app
}

/// A run that has cancelled from its start.
fn only_cancel() -> Snapshot {
    let mut live = fixture::live();
    live.lanes.remove(0);
    live
}

/// A run that never cancelled, at a deadline that few miss.
fn only_observe() -> Snapshot {
    let mut finished = fixture::finished();
    finished.lanes.truncate(1);
    finished.policy = Policy::Observe;
    fixture::opened(finished)
}

fn with_cursor(snapshot: Snapshot, size: (u16, u16)) -> App {
    let mut app = what_if(snapshot);
    update(&mut app, Event::Size(Size::from(size)));
    (0..3).for_each(|_| drop(act(&mut app, Action::Right)));
    app
}

fn type_keys(app: &mut App, keys: &str) {
    for c in keys.chars() {
        let key = if c == '\n' { Key::Named(Named::Enter) } else { Key::Char(c) };
        update(app, Event::Key(key));
    }
}

#[test]
fn every_state_of_the_answers_looks_as_it_was_approved() {
    for size in SIZES {
        assert_screen("what_if_empty", &what_if(fixture::empty()), size);
        assert_screen("what_if_live", &what_if(fixture::live()), size);
        assert_screen("what_if_cancel", &what_if(only_cancel()), size);
        let mut own = with_cursor(only_observe(), size);
        type_keys(&mut own, "=2.5\n");
        assert_screen("what_if_cursor", &own, size);
    }
    let mut ascii = app(fixture::live(), PLAIN.with_ascii(true));
    ascii.turn_to(Tab::WhatIf);
    assert_screen("what_if_ascii", &ascii, (80, 24));
}

#[test]
fn the_deadline_is_the_one_of_now_until_the_cursor_asks_about_another() {
    for size in SIZES {
        let now = text(&screen(&what_if(fixture::live()), size));
        assert!(now.contains("50.0 ms") && now.contains("missed"), "{now}");
        let app = with_cursor(fixture::live(), size);
        let asked = text(&screen(&app, size));
        assert_ne!(now, asked);
        let read = crate::tui::view::read_out(&app).unwrap();
        assert!(read.starts_with("fanout · observe 50.0 ms · at ") && read.contains("missed"), "{read}");
    }
}

#[test]
fn where_all_was_cancelled_it_says_where_knowledge_ends_and_what_to_do() {
    for size in SIZES {
        let seen = text(&screen(&what_if(only_cancel()), size));
        assert!(seen.contains("observe (t) to learn what the missed") && seen.contains("> 50.0 ms"), "{seen}");
        let beyond = text(&screen(&with_cursor(only_cancel(), size), size));
        assert!(beyond.contains("nothing is known beyond 50.0 ms"), "{beyond}");
    }
}

#[test]
fn what_the_cancel_lane_missed_stands_beside_what_the_observed_one_would_have() {
    let live = fixture::live();
    let lane = &live.lanes[1];
    let missed = crate::units::percent(lane.timed_out_rate().unwrap());
    let tasks = crate::units::thousands(lane.spawned - lane.undecided());
    let seen = text(&screen(&what_if(live), (120, 34)));
    assert!(
        seen.contains(&format!("the cancel lane of this run missed {missed} of {tasks} tasks at 50.0 ms")),
        "{seen}"
    );
}

#[test]
fn a_share_of_ones_own_is_typed_kept_changed_refused_and_taken_away() {
    let mut app = what_if(fixture::live());
    type_keys(&mut app, "=0.5 %\n");
    assert_eq!((app.own_share, app.entry.is_none()), (Some(0.005), true));
    assert!(text(&screen(&app, (120, 34))).contains("≤ 0.5 % missed"));
    type_keys(&mut app, "=");
    assert_eq!(app.entry.as_ref().map(crate::tui::entry::Entry::text).as_deref(), Some(""));
    type_keys(&mut app, "x\n");
    assert_eq!(app.own_share, Some(0.005));
    assert!(app.status.as_ref().is_some_and(|status| status.text.contains("`x` is no share")));
    for refused in ["0", "100", "-1", "NaN", "inf", "1e400"] {
        update(&mut app, Event::Key(Key::Char('=')));
        update(&mut app, Event::Key(Key::Ctrl('u')));
        type_keys(&mut app, &format!("{refused}\n"));
        assert_eq!(app.own_share, Some(0.005), "{refused}");
    }
    update(&mut app, Event::Key(Key::Char('=')));
    update(&mut app, Event::Key(Key::Ctrl('u')));
    type_keys(&mut app, "\n");
    assert_eq!(app.own_share, None);
}

#[test]
fn what_is_not_on_the_screen_is_not_worked_out() {
    let mut app = what_if(fixture::live());
    assert!(app.what_if().is_some());
    app.turn_to(Tab::Late);
    assert!(app.what_if().is_none());
}

#[test]
fn no_size_makes_the_answers_panic() {
    let mut none = fixture::live();
    (none.deadline, none.lanes[0].key.deadline) = (None, None);
    let mut ascii = app(fixture::long(), PLAIN.with_ascii(true));
    ascii.turn_to(Tab::WhatIf);
    let apps = [what_if(fixture::empty()), what_if(none), what_if(only_cancel()), ascii];
    let small = (0..=90).step_by(3).flat_map(|width| (0..=26).map(move |height| (width, height)));
    let large = (90..=500).step_by(41).flat_map(|width| (0..=200).step_by(19).map(move |height| (width, height)));
    let mut cursor = with_cursor(fixture::finished(), (120, 34));
    for size in small.chain(large) {
        for app in &apps {
            screen(app, size);
        }
        update(&mut cursor, Event::Size(Size::from(size)));
        act(&mut cursor, Action::Left);
        screen(&cursor, size);
    }
    cursor.on_snapshot(Arc::new(fixture::empty()));
    screen(&cursor, (120, 34));
}
