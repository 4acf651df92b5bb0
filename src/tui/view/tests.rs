//! The screen by state and size, with its styles, and what must hold at every size.

mod findings;
mod gates;
mod mouse;
mod pictures;
mod random;

use std::fmt::Write;
use std::sync::Arc;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};

use super::{Target, draw, target};
use crate::ledger::{Book, Event as Counted};
use crate::outcome::{Ending, Policy};
use crate::snapshot::{Snapshot, State, fixture};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::keyboard::{Gesture, Mouse};
use crate::tui::keymap::Keymap;
use crate::tui::overlay::Overlay;
use crate::tui::tabs::Tab;
use crate::tui::theme::{Colors, Ground, Theme};
use crate::tui::update::{Event, act, update};

pub(super) const COLOR: Theme = Theme::new(Colors::Indexed, Ground::Dark);
pub(super) const PLAIN: Theme = Theme::new(Colors::None, Ground::Dark);
pub(super) const SIZES: [(u16, u16); 4] = [(60, 15), (80, 24), (120, 34), (200, 50)];

/// What the header, the tabs and the footer leave of them.
pub(super) const BODIES: [(u16, u16); 4] = [(60, 12), (80, 20), (120, 30), (200, 46)];

pub(super) fn app(snapshot: Snapshot, theme: Theme) -> App {
    App::new(Arc::new(snapshot), theme)
}

fn frozen() -> App {
    let mut app = app(fixture::live(), COLOR);
    act(&mut app, Action::Freeze);
    let mut later = fixture::live();
    later.elapsed += std::time::Duration::from_secs(12);
    update(&mut app, Event::Snapshot(Arc::new(later)));
    app
}

fn states() -> [(&'static str, App); 5] {
    [
        ("empty", app(fixture::empty(), COLOR)),
        ("live", app(fixture::live(), COLOR)),
        ("overload", app(fixture::overload(), COLOR)),
        ("frozen", frozen()),
        ("finished", app(fixture::finished(), COLOR)),
    ]
}

pub(super) fn screen(app: &App, (width, height): (u16, u16)) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, app)).unwrap();
    terminal.backend().buffer().clone()
}

fn rows(buffer: &Buffer) -> impl Iterator<Item = &[Cell]> {
    buffer.content.chunks(usize::from(buffer.area.width).max(1))
}

pub(super) fn text(buffer: &Buffer) -> String {
    rows(buffer).map(|row| row.iter().map(Cell::symbol).collect::<String>().trim_end().to_owned() + "\n").collect()
}

/// Every run of cells that is not plain, by row: `3: 8-13 late bold`.
pub(super) fn styles(buffer: &Buffer) -> String {
    let mut out = String::new();
    for (y, row) in rows(buffer).enumerate() {
        let mut x = 0;
        let mut line = String::new();
        for run in row.chunk_by(|a, b| (a.fg, a.bg, a.modifier) == (b.fg, b.bg, b.modifier)) {
            let name = style_name(&run[0]);
            if !name.is_empty()
                && run.iter().any(|cell| {
                    cell.symbol() != " " || cell.modifier.contains(Modifier::REVERSED) || cell.bg != Color::Reset
                })
            {
                write!(line, " {x}-{}{name}", x + run.len() - 1).unwrap();
            }
            x += run.len();
        }
        if !line.is_empty() {
            writeln!(out, "{y}:{line}").unwrap();
        }
    }
    out
}

fn style_name(cell: &Cell) -> String {
    let mut name = String::new();
    match cell.fg {
        Color::Reset => {}
        Color::Indexed(n) => write!(name, " {n}").unwrap(),
        other => write!(name, " {other}").unwrap(),
    }
    match cell.bg {
        Color::Reset => {}
        Color::Indexed(n) => write!(name, " on {n}").unwrap(),
        other => write!(name, " on {other}").unwrap(),
    }
    for (modifier, word) in [
        (Modifier::BOLD, " bold"),
        (Modifier::DIM, " dim"),
        (Modifier::REVERSED, " reversed"),
        (Modifier::UNDERLINED, " underlined"),
    ] {
        if cell.modifier.contains(modifier) {
            name += word;
        }
    }
    name
}

pub(super) fn assert_screen(name: &str, app: &App, size: (u16, u16)) {
    let buffer = screen(app, size);
    insta::assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), described(&buffer));
}

/// What a buffer says, and how.
pub(super) fn described(buffer: &Buffer) -> String {
    format!("{}\n{}", text(buffer), styles(buffer))
}

#[test]
fn every_state_at_every_size_looks_as_it_was_approved() {
    for (name, app) in states() {
        for size in SIZES {
            assert_screen(name, &app, size);
        }
    }
}

#[test]
fn the_help_and_the_other_themes_look_as_they_were_approved() {
    let mut help = app(fixture::live(), COLOR);
    act(&mut help, Action::Help);
    assert_screen("help", &help, (80, 24));
    for (name, tab) in [("help_gather", Tab::Gather), ("help_late", Tab::Late)] {
        let mut help = app(fixture::live(), COLOR);
        act(&mut help, Action::Show(tab));
        act(&mut help, Action::Help);
        help.overlay = Overlay::Help(usize::MAX);
        assert_screen(name, &help, (80, 24));
    }
    assert_screen("help", &help, (120, 34));
    assert_screen("ascii", &app(fixture::live(), COLOR.with_ascii(true)), (80, 24));
    assert_screen("no_color", &app(fixture::live(), PLAIN), (80, 24));
}

/// Two lanes with the cursor somewhere, as the spectrum, the last ten seconds and other heights show them.
fn looks() -> [(&'static str, App); 5] {
    let on = |tab: Tab, actions: &[Action]| {
        let mut app = app(fixture::live(), COLOR);
        app.size = Size::new(120, 34);
        app.turn_to(tab);
        for action in actions {
            act(&mut app, *action);
        }
        app
    };
    [
        ("cursor", on(Tab::Overview, &[Action::Right, Action::Left, Action::Left])),
        ("window", on(Tab::Overview, &[Action::Window, Action::Window, Action::Metric])),
        ("log", on(Tab::Overview, &[Action::Counts, Action::Counts])),
        ("percentiles", on(Tab::Percentiles, &[])),
        ("percentiles_cursor", on(Tab::Percentiles, &[Action::Right, Action::Right])),
    ]
}

#[test]
fn what_the_user_chose_to_see_looks_as_it_was_approved() {
    for (name, app) in looks() {
        for size in SIZES {
            assert_screen(name, &app, size);
        }
    }
}

#[test]
fn no_size_makes_it_panic() {
    let mut help = app(fixture::live(), COLOR);
    act(&mut help, Action::Help);
    let apps: Vec<App> = states().into_iter().chain(looks()).map(|(_, app)| app).chain([help]).collect();
    let small = (0..=40).flat_map(|width| (0..=20).map(move |height| (width, height)));
    let large = (40..=260).step_by(23).flat_map(|width| (0..=90).step_by(7).map(move |height| (width, height)));
    for size in small.chain(large) {
        for app in &apps {
            screen(app, size);
        }
    }
}

#[test]
fn the_verdict_is_the_last_thing_to_go() {
    for size in [(30, 6), (30, 1), (20, 2), (60, 15)] {
        let seen = text(&screen(&app(fixture::live(), COLOR), size));
        assert!(seen.contains("missed"), "{size:?}\n{seen}");
    }
}

#[test]
fn a_screen_too_small_for_its_tab_says_so() {
    for tab in Tab::ALL.into_iter().filter(|&tab| tab != Tab::Overview) {
        let mut app = app(fixture::live(), COLOR);
        app.turn_to(tab);
        assert!(text(&screen(&app, (39, 12))).contains(&format!("too small for {}", tab.title())));
        assert!(text(&screen(&app, (20, 4))).contains("too small"));
        assert!(!text(&screen(&app, (60, 15))).contains("too small"));
    }
}

#[test]
fn ascii_means_ascii_in_every_state() {
    let ascii = COLOR.with_ascii(true);
    for snapshot in [fixture::empty(), fixture::live(), fixture::overload(), fixture::finished()] {
        let mut app = app(snapshot, ascii);
        for action in Keymap::default().actions() {
            act(&mut app, action);
            for size in SIZES {
                let seen = text(&screen(&app, size));
                assert!(seen.is_ascii(), "{}", seen.chars().filter(|c| !c.is_ascii()).collect::<String>());
            }
        }
    }
}

#[test]
fn without_colour_the_text_is_the_same() {
    for size in SIZES {
        let plain = screen(&app(fixture::live(), PLAIN), size);
        assert!(plain.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
        for colors in [Colors::Sixteen, Colors::Indexed, Colors::True] {
            for ground in [Ground::Dark, Ground::Light] {
                let colored = screen(&app(fixture::live(), Theme::new(colors, ground)), size);
                assert_eq!(text(&colored), text(&plain));
                let weight = |buffer: &Buffer| buffer.content.iter().map(|cell| cell.modifier).collect::<Vec<_>>();
                assert_eq!(weight(&colored), weight(&plain));
            }
        }
    }
}

/// A run of ten thousand tasks with these latencies in turn, and no worker stuck.
fn of_latencies(latencies_us: &[u64]) -> Snapshot {
    let mut snapshot = fixture::live();
    snapshot.runtime.workers.clear();
    let mut book = Book::new(false);
    for (n, us) in (0..10_000).zip(latencies_us.iter().cycle()) {
        book.fold(&Counted::TaskEnded(&fixture::end(n, Ending::Done, us * 1_000)));
    }
    snapshot.lanes.truncate(1);
    (snapshot.lanes[0].spawned, snapshot.lanes[0].overdue) = (10_000, 0);
    snapshot.lanes[0].book = Arc::new(book);
    snapshot.policy = Policy::Observe;
    snapshot
}

#[test]
fn a_one_second_mode_beside_a_two_millisecond_mode_is_well_visible() {
    let mut latencies = [2_000; 50];
    latencies[7] = 1_000_000;
    let run = of_latencies(&latencies);
    for size in SIZES {
        let seen = text(&screen(&app(run.clone(), COLOR), size));
        let high = |side: &str| side.contains(['▃', '▄', '▅', '▆', '▇', '█']);
        let sides = |line: &str| line.split_once('┊').is_some_and(|(left, right)| high(left) && high(right));
        assert!(seen.lines().any(sides), "{seen}");
    }
}

#[test]
fn a_median_of_the_timers_making_is_said_to_be_one() {
    let says = |us| text(&screen(&app(of_latencies(&[us]), COLOR), (80, 24))).contains("the runtime's 1 ms timer");
    assert_eq!([500, 2_200, 12_000].map(says), [false, true, false]);
}

#[test]
fn the_state_is_told_as_it_is() {
    let mut paused = fixture::live();
    paused.load.paused = true;
    let draining = Snapshot { state: State::Draining, ..fixture::live() };
    let warmup = Snapshot { state: State::Warmup, ..fixture::empty() };
    for (snapshot, words) in [
        (fixture::live(), "● LIVE"),
        (paused, "PAUSED load"),
        (draining, "DRAINING 194 left"),
        (warmup, "WARM-UP"),
        (fixture::finished(), "■ FINISHED"),
        (fixture::past(), "■ PAST RUN"),
    ] {
        let app = app(snapshot, COLOR);
        for size in SIZES {
            let seen = text(&screen(&app, size));
            assert!(seen.lines().next().unwrap().contains(words), "{words}\n{seen}");
        }
    }
    assert!(text(&screen(&frozen(), (80, 24))).contains("FROZEN 12 s"));
}

#[test]
fn what_falls_behind_is_said_in_the_header_and_what_to_do_in_the_footer() {
    for size in SIZES {
        let seen = text(&screen(&app(fixture::overload(), COLOR), size));
        let header = seen.lines().next().unwrap();
        assert!(header.contains(if size.0 < 100 { "⚠ LIVE" } else { "⚠ LIVE, arrivals behind" }), "{header}");
        assert!(seen.contains("⚠ arrivals are 86.0 s behind: lower the load"), "{seen}");
        assert!(seen.contains("f +1 more"), "{seen}");
    }
}

#[test]
fn a_lane_that_is_left_out_is_said_to_be_and_where_it_is() {
    let mut run = fixture::live();
    for ms in [20, 30] {
        let mut lane = run.lanes[0].clone();
        lane.key.deadline = Some(std::time::Duration::from_millis(ms));
        run.lanes.push(lane);
    }
    for (tab, size, says) in [
        (Tab::Overview, (80, 24), "2 of 4 lanes, e writes all"),
        (Tab::Overview, (120, 34), "3 of 4 lanes, e writes all"),
        (Tab::Percentiles, (60, 15), "2 of 4 lanes, e writes all"),
        (Tab::Percentiles, (80, 24), "2 of 4 lanes, e writes all"),
        (Tab::Gather, (80, 24), "2 of 4 lanes, e writes all"),
    ] {
        let show = |run: &Snapshot| {
            let mut app = app(run.clone(), COLOR);
            app.size = Size::from(size);
            app.turn_to(tab);
            text(&screen(&app, size))
        };
        assert!(show(&run).contains(says), "{}", show(&run));
        assert!(!show(&fixture::live()).contains("lanes, e"), "{}", show(&fixture::live()));
    }
}

#[test]
fn the_picture_of_the_screen_holds_what_the_screen_says() {
    let svg = crate::tui::screen_to_svg(&screen(&app(fixture::live(), COLOR), (120, 34)), Ground::Dark);
    assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
    for word in ["fanout", "CANCEL", "deadline 50.0 ms", "percentiles"] {
        assert!(svg.contains(word), "{word}");
    }
}
