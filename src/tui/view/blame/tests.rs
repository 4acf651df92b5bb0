//! Why tasks were late, by state and size.

use std::sync::Arc;

use ratatui::layout::Position;

use crate::outcome::Policy;
use crate::snapshot::{Awaits, Snapshot, fixture};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::blame::BlameRows;
use crate::tui::key::Key;
use crate::tui::keyboard::{Gesture, Mouse};
use crate::tui::tabs::Tab;
use crate::tui::update::{Event, act, update};
use crate::tui::view::tests::{COLOR, PLAIN, SIZES, app, assert_screen, screen, text};
use crate::tui::view::{Target, read_out, target};

/// The lane of which lines are known.
fn observed() -> Snapshot {
    let mut live = fixture::live();
    (live.policy, live.lanes[1].book) = (Policy::Observe, Arc::clone(&fixture::live().lanes[1].book));
    live
}

fn blame(snapshot: Snapshot, actions: &[Action], size: (u16, u16)) -> App {
    let mut app = app(snapshot, COLOR);
    update(&mut app, Event::Size(size.into()));
    for action in [&[Action::Show(Tab::Blame)], actions].concat() {
        act(&mut app, action);
        update(&mut app, Event::Size(size.into()));
    }
    app
}

fn typed(mut app: App, text: &str) -> App {
    text.chars().for_each(|c| drop(update(&mut app, Event::Key(Key::Char(c)))));
    app
}

fn seen(app: &App, size: (u16, u16)) -> String {
    text(&screen(app, size))
}

#[test]
fn every_state_of_the_blame_looks_as_it_was_approved() {
    for size in SIZES {
        assert_screen("blame_empty", &blame(fixture::empty(), &[], size), size);
        assert_screen("blame_live", &blame(fixture::live(), &[], size), size);
        assert_screen("blame_unfolded", &blame(observed(), &[Action::Unfold, Action::Down], size), size);
        assert_screen("blame_filtered", &typed(blame(observed(), &[Action::Filter], size), "refund"), size);
        assert_screen("blame_finished", &blame(fixture::finished(), &[Action::Last], size), size);
    }
}

#[test]
fn an_empty_screen_says_what_would_fill_it() {
    let without = Snapshot { deadline: None, ..fixture::empty() };
    for size in SIZES {
        let seen_of = |snapshot: &Snapshot| seen(&blame(snapshot.clone(), &[], size), size);
        assert!(seen_of(&fixture::empty()).contains("no task has missed its deadline so far"));
        assert!(seen_of(&without).contains("] sets one"));
    }
    let seen = seen(&typed(blame(observed(), &[Action::Filter], (80, 24)), "no such place"), (80, 24));
    assert!(seen.contains("no step, file or line holds this text"), "{seen}");
}

#[test]
fn a_build_without_lines_says_how_to_get_them_and_one_with_them_what_they_cost() {
    for (supported, captured, files, said) in [
        (true, 96, false, "sampled 96 of all lanes · 18.0 µs each"),
        (true, 0, false, "as soon as a waiting task is sampled"),
        (false, 0, false, "RUSTFLAGS=\"--cfg tokio_unstable\""),
        (false, 0, true, "no lines of source were sampled in this run"),
    ] {
        let awaits = Awaits { supported, captured, ..(*observed().awaits).clone() };
        let cost = awaits.cost * u32::from(captured > 0);
        let snapshot = Snapshot { awaits: Arc::new(Awaits { cost, ..awaits }), from_files: files, ..observed() };
        for size in SIZES {
            let seen = seen(&blame(snapshot.clone(), &[], size), size);
            assert!(seen.contains(said), "{seen}");
        }
    }
}

#[test]
fn what_is_clicked_is_the_row_that_is_drawn_there_and_a_second_click_unfolds_it() {
    for size in SIZES {
        let mut app = blame(observed(), &[], size);
        let mut click = |y| {
            update(&mut app, Event::Mouse(Mouse { gesture: Gesture::Press, at: Position::new(10, y) }));
            let rows = BlameRows::of(app.why(), &app.blame);
            let at = app.blame.list.at(&rows.keys()).unwrap();
            (at, rows.rows[at].name.clone(), rows.rows.len(), seen(&app, size))
        };
        let is_row = |y: &u16| target(&blame(observed(), &[], size), Position::new(10, *y)) == Some(Target::Row(1));
        let second = (0..size.1).find(is_row).unwrap();
        let (at, name, rows, drawn) = click(second);
        assert!(at == 1 && drawn.lines().nth(second.into()).unwrap().contains(&name), "{drawn}");
        assert_eq!(click(second).2, rows + 1, "{drawn}");
        assert_eq!(click(second).2, rows);
    }
}

#[test]
fn the_selected_row_is_read_out() {
    let size = (120, 34);
    let of = |actions: &[Action]| read_out(&blame(observed(), actions, size)).unwrap();
    assert!(of(&[]).ends_with("late tasks · query/acquire db"), "{}", of(&[]));
    let line = of(&[Action::Unfold, Action::Down]);
    assert!(line.ends_with("query/acquire db: pool.rs:88 ← checkout.rs:41 ← main.rs:12"), "{line}");
    assert_eq!(read_out(&blame(fixture::empty(), &[], size)), None);
}

#[test]
fn what_is_not_on_the_screen_is_not_worked_out() {
    let mut app = blame(fixture::live(), &[], (80, 24));
    assert!(app.why().is_some());
    app.turn_to(Tab::Late);
    assert!(app.why().is_none());
}

#[test]
fn no_size_makes_the_blame_panic() {
    let mut ascii = app(fixture::long(), PLAIN.with_ascii(true));
    ascii.turn_to(Tab::Blame);
    let unfolded = blame(observed(), &[Action::Unfold, Action::Last], (120, 34));
    let apps = [blame(fixture::empty(), &[], (80, 24)), unfolded, ascii];
    let small = (0..=130).step_by(3).flat_map(|width| (0..=40).map(move |height| (width, height)));
    let large = (130..=500).step_by(61).flat_map(|width| (0..=200).step_by(19).map(move |height| (width, height)));
    for size in small.chain(large) {
        for app in &apps {
            screen(app, size);
        }
    }
}
