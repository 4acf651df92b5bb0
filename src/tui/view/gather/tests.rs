//! The gathers by state and size.

use crate::snapshot::{Snapshot, fixture};
use crate::tui::app::App;
use crate::tui::tabs::Tab;
use crate::tui::view::tests::{COLOR, PLAIN, SIZES, app, assert_screen, screen, text};

fn gather(snapshot: Snapshot) -> App {
    let mut app = app(snapshot, COLOR);
    app.turn_to(Tab::Gather);
    app
}

fn without_gathers() -> Snapshot {
    let mut live = fixture::empty();
    let info = std::sync::Arc::make_mut(&mut live.info);
    (info.gather, info.width) = (None, 1);
    live
}

#[test]
fn every_state_of_the_gathers_looks_as_it_was_approved() {
    for size in SIZES {
        assert_screen("gather_empty", &gather(without_gathers()), size);
        assert_screen("gather_live", &gather(fixture::live()), size);
        assert_screen("gather_long", &gather(fixture::long()), size);
    }
}

#[test]
fn an_empty_screen_says_what_a_gather_is_and_what_makes_some() {
    for size in SIZES {
        let seen = text(&screen(&gather(without_gathers()), size));
        assert!(seen.contains("tasks awaited together") && seen.contains("[gather] width = 10"), "{seen}");
        let seen = text(&screen(&gather(fixture::empty()), size));
        assert!(seen.contains("as soon as the first one is started"), "{seen}");
    }
}

#[test]
fn a_gather_that_is_open_is_counted_before_there_is_any_outcome() {
    use crate::ledger::{Book, Event};
    let mut live = fixture::live();
    for lane in &mut live.lanes {
        let mut book = Book::new(false);
        book.fold(&Event::GatherStarted);
        (lane.book, lane.gathers_overdue) = (std::sync::Arc::new(book), 0);
    }
    for size in SIZES {
        let seen = text(&screen(&gather(live.clone()), size));
        assert!(seen.contains("open") && seen.contains("appear with outcomes"), "{seen}");
    }
}

#[test]
fn what_is_not_on_the_screen_is_not_worked_out() {
    let mut app = gather(fixture::live());
    assert!(app.gather().is_some());
    app.turn_to(Tab::Late);
    assert!(app.gather().is_none());
}

#[test]
fn no_size_makes_the_gathers_panic() {
    let mut ascii = app(fixture::long(), PLAIN.with_ascii(true));
    ascii.turn_to(Tab::Gather);
    let apps = [gather(fixture::empty()), gather(fixture::long()), ascii];
    let small = (0..=90).step_by(3).flat_map(|width| (0..=26).map(move |height| (width, height)));
    let large = (90..=500).step_by(41).flat_map(|width| (0..=200).step_by(19).map(move |height| (width, height)));
    for size in small.chain(large) {
        for app in &apps {
            screen(app, size);
        }
    }
}
