//! The late tasks by state and size.

use ratatui::layout::Position;

use crate::outcome::Policy;
use crate::snapshot::{Snapshot, fixture};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::key::Key;
use crate::tui::keyboard::{Gesture, Mouse};
use crate::tui::late::LateRows;
use crate::tui::tabs::Tab;
use crate::tui::update::{Event, act, update};
use crate::tui::view::tests::{COLOR, SIZES, app, assert_screen, screen, text};
use crate::tui::view::{Target, target};
use crate::units;

fn late(snapshot: Snapshot, actions: &[Action], size: (u16, u16)) -> App {
    let mut app = app(snapshot, COLOR);
    update(&mut app, Event::Size(size.into()));
    for action in [&[Action::Show(Tab::Late)], actions].concat() {
        act(&mut app, action);
        update(&mut app, Event::Size(size.into()));
    }
    app
}

fn typed(mut app: App, text: &str) -> App {
    text.chars().for_each(|c| drop(update(&mut app, Event::Key(Key::Char(c)))));
    app
}

#[test]
fn every_state_of_the_late_tasks_looks_as_it_was_approved() {
    for size in SIZES {
        assert_screen("late_empty", &late(fixture::empty(), &[], size), size);
        assert_screen("late_live", &late(fixture::live(), &[], size), size);
        assert_screen("late_sorted", &late(fixture::live(), &[Action::Last, Action::Sort, Action::Sort], size), size);
        assert_screen("late_filtered", &typed(late(fixture::live(), &[Action::Filter], size), "render"), size);
        assert_screen("late_details", &late(fixture::live(), &[Action::Down, Action::Details], size), size);
        assert_screen("late_ended_details", &late(fixture::finished(), &[Action::Last, Action::Details], size), size);
    }
}

#[test]
fn an_empty_list_says_what_would_fill_it() {
    let mut without = fixture::empty();
    without.deadline = None;
    let cancel = Snapshot { policy: Policy::Cancel, ..fixture::empty() };
    for (snapshot, words) in [
        (fixture::empty(), ["no task is overdue now", "[ ] move the deadline"]),
        (cancel, ["no task is overdue now", "tasks that missed their deadline are kept here when they end"]),
        (without, ["without a deadline no task is late", "] sets one"]),
    ] {
        for size in SIZES {
            let seen = text(&screen(&late(snapshot.clone(), &[], size), size));
            assert!(words.iter().all(|words| seen.contains(words)), "{seen}");
        }
    }
    let nothing = typed(late(fixture::live(), &[Action::Filter], (80, 24)), "no such task");
    assert!(text(&screen(&nothing, (80, 24))).contains("no task holds this text"));
}

#[test]
fn what_is_clicked_is_the_row_that_is_drawn_there() {
    for size in SIZES {
        let app = late(fixture::live(), &[Action::Down, Action::PageDown, Action::PageDown], size);
        let seen = screen(&app, size);
        let lines: Vec<String> = text(&seen).lines().map(str::to_owned).collect();
        let mut found = 0;
        for (y, line) in (0..).zip(&lines) {
            let Some(Target::Row(row)) = target(&app, Position::new(10, y)) else { continue };
            let mut clicked = late(fixture::live(), &[Action::Down, Action::PageDown, Action::PageDown], size);
            let mouse = Mouse { gesture: Gesture::Press, at: Position::new(10, y) };
            update(&mut clicked, Event::Mouse(mouse));
            let rows = LateRows::of(clicked.shown(), &clicked.late);
            assert_eq!(clicked.late.at(&rows.keys()), Some(row));
            let number = units::thousands(rows.get(row).unwrap().task());
            assert!(line.contains(&format!(" {number} ")), "{number}: {line}");
            found += 1;
        }
        assert!(found >= 8, "{size:?}: {found} rows");
    }
}
