//! The Runtime screen by state and size.

use super::*;
use crate::snapshot::{WorkerView, fixture};
use crate::tui::action::Action;
use crate::tui::frame::FrameCost;
use crate::tui::tabs::Tab;
use crate::tui::theme::Theme;
use crate::tui::update::{Event, act, update};
use crate::tui::view::tests::{BODIES, COLOR, PLAIN, described, text};

fn app(snapshot: Snapshot, theme: Theme) -> App {
    let mut app = super::super::tests::app(snapshot, theme);
    act(&mut app, Action::Show(Tab::Runtime));
    let ms = |tenths: u64| Some(Duration::from_micros(tenths * 100));
    update(&mut app, Event::Drawn(FrameCost { p50: ms(12), p99: ms(31), per_second: 20 }));
    app
}

/// A machine with many cores: worker n is busy for n parts of 64, and two of them are stuck.
fn many() -> Snapshot {
    let mut live = fixture::live();
    let worker = |n: u64| WorkerView {
        busy_share: n as f64 / 64.0,
        polls: n * 100,
        polling_for: (n % 40 == 7).then(|| Duration::from_millis(n * 30)),
        local_queue: None,
    };
    live.runtime.workers = (0..64).map(worker).collect();
    live
}

fn states() -> [(&'static str, App); 9] {
    let mut blind = fixture::live();
    (blind.runtime.blocking_threads, blind.runtime.blocking_queue) = (None, None);
    [
        ("empty", app(fixture::empty(), COLOR)),
        ("live", app(fixture::live(), COLOR)),
        ("past", app(fixture::past(), COLOR)),
        ("early", app(fixture::early(), COLOR)),
        ("stable", app(blind, COLOR)),
        ("many", app(many(), COLOR)),
        ("keeping", app(fixture::keeping(), COLOR)),
        ("no_color", app(fixture::live(), PLAIN)),
        ("ascii", app(many(), COLOR.with_ascii(true))),
    ]
}

fn body(app: &App, (width, height): (u16, u16)) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    Runtime(app).render(buffer.area, &mut buffer);
    buffer
}

#[test]
fn every_state_at_every_size_looks_as_it_was_approved() {
    for (name, app) in states() {
        for size in BODIES {
            insta::assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), described(&body(&app, size)));
        }
    }
}

#[test]
fn a_worker_that_is_stuck_is_said_to_be_at_every_size() {
    for snapshot in [fixture::live(), many()] {
        let app = app(snapshot, COLOR);
        for size in BODIES {
            assert!(text(&body(&app, size)).contains("stuck "), "{size:?}");
        }
    }
}

#[test]
fn no_size_makes_it_panic() {
    for (_, app) in states() {
        for width in (0..40).step_by(3).chain([75, 76, 109, 110, 500]) {
            for height in (0..34).chain([200]) {
                body(&app, (width, height));
            }
        }
    }
}
