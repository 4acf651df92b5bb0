//! What errors and panics said, by state and size.

use std::sync::Arc;

use crate::ledger::{Event as Counted, OTHER};
use crate::outcome::{Ending, Lateness, Outcome};
use crate::snapshot::{Snapshot, fixture};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::key::Key;
use crate::tui::tabs::Tab;
use crate::tui::update::{Event, act, update};
use crate::tui::view::tests::{COLOR, SIZES, app, assert_screen, screen, text};

/// The live run, whose tasks failed for forty more reasons.
fn talkative() -> Snapshot {
    let mut live = fixture::live();
    let outcome = Outcome { ending: Ending::Failed, lateness: Lateness::OnTime };
    let book = Arc::make_mut(&mut live.lanes[0].book);
    for n in 0..600u64 {
        let text = format!("upstream {} answered with status 503: the circuit breaker is open", n % 40);
        book.fold(&Counted::Message { outcome, text: &text, at: (10 + n / 20) * 1_000_000_000 });
    }
    live
}

fn failures(snapshot: Snapshot, actions: &[Action], size: (u16, u16)) -> App {
    let mut app = app(snapshot, COLOR);
    for action in [&[Action::Show(Tab::Failures)], actions].concat() {
        act(&mut app, action);
        update(&mut app, Event::Size(size.into()));
    }
    app
}

#[test]
fn every_state_of_the_failures_looks_as_it_was_approved() {
    for size in SIZES {
        assert_screen("failures_empty", &failures(fixture::empty(), &[], size), size);
        assert_screen("failures_live", &failures(fixture::live(), &[], size), size);
        assert_screen("failures_many", &failures(talkative(), &[Action::Sort, Action::PageDown], size), size);
        let mut filtered = failures(talkative(), &[Action::Filter], size);
        "STREAM 1".chars().for_each(|c| drop(update(&mut filtered, Event::Key(Key::Char(c)))));
        assert_screen("failures_filtered", &filtered, size);
        assert_screen("failures_details", &failures(talkative(), &[Action::Down, Action::Details], size), size);
    }
}

#[test]
fn the_row_for_all_other_texts_is_explained() {
    let size = (120, 34);
    for (snapshot, explained) in [(talkative(), true), (fixture::live(), false)] {
        let seen = text(&screen(&failures(snapshot, &[], size), size));
        assert_eq!(seen.contains("counts all others here"), explained, "{seen}");
        assert_eq!(seen.contains(OTHER), explained);
    }
}

#[test]
fn a_text_of_several_lines_is_one_row_and_whole_in_the_details() {
    let mut live = fixture::live();
    let outcome = Outcome { ending: Ending::Panicked, lateness: Lateness::OnTime };
    let said = Counted::Message { outcome, text: "left: 1\n\u{1b}[31mright: 2\ta tab", at: 0 };
    Arc::make_mut(&mut live.lanes[1].book).fold(&said);
    let seen = text(&screen(&failures(live.clone(), &[], (120, 34)), (120, 34)));
    assert!(seen.contains("left: 1 [31mright: 2 a tab"), "{seen}");
    let details = failures(live, &[Action::Last, Action::Details], (80, 24));
    let seen = text(&screen(&details, (80, 24)));
    assert!(seen.contains("cancel 50.0 ms: 1") && seen.contains("right: 2"), "{seen}");
}
