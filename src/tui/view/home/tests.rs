//! Home by state and size, with its styles, and what must hold at every size.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;
use ratatui::style::Color;

use proptest::prelude::*;

use super::fixture::{self, COLOR, home, of, past};
use super::*;
use crate::tui::key::{Key, Named};
use crate::tui::keyboard::{Gesture, Mouse};
use crate::tui::keymap::Keymap;
use crate::tui::launcher::{Change, Complaint, Field};
use crate::tui::theme::{Colors, Ground, Theme};
use crate::tui::update::Event;
use crate::tui::update::home::{News, update};
use crate::tui::view::tests::{styles, text};

const SIZES: [(u16, u16); 4] = [(60, 15), (80, 24), (120, 34), (200, 50)];

pub(in crate::tui::view) fn screen(home: &Home, (width, height): (u16, u16)) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, home)).unwrap();
    terminal.backend().buffer().clone()
}

fn keys(home: &mut Home, keys: &[Key]) {
    for &key in keys {
        update(home, Event::Key(key));
    }
}

fn typed(home: &mut Home, text: &str) {
    text.chars().for_each(|c| keys(home, &[Key::Char(c)]));
}

fn filtered(filter: &str) -> Home {
    let mut home = home();
    typed(&mut home, filter);
    home
}

fn form() -> Home {
    let mut home = home();
    keys(&mut home, &[Key::Named(Named::Enter), Key::Ctrl('u')]);
    typed(&mut home, "80ms");
    keys(&mut home, &[Key::Named(Named::Down)]);
    let file = home.file().replace("50ms", "80ms");
    let changes = vec![Change { field: Field::Deadline, value: "80ms".to_owned() }];
    update(&mut home, Event::Home(News::Resolved(changes, Ok(file))));
    home
}

fn complaint() -> Home {
    let mut home = form();
    keys(&mut home, &[Key::Named(Named::Down)]);
    typed(&mut home, "econd");
    keys(&mut home, &[Key::Named(Named::Enter)]);
    let change = |field, value: &str| Change { field, value: value.to_owned() };
    let changes = vec![change(Field::Deadline, "80ms"), change(Field::Load, "500/second")];
    let message = "`500/second` is no rate; expected a number per time, such as `500/s`, `30/m` or `0.5/s`".to_owned();
    update(&mut home, Event::Home(News::NotStarted(changes, vec![Complaint { change: Some(1), message }])));
    home
}

fn on_a_past_run() -> Home {
    let mut home = home();
    home.select(8);
    home
}

fn states() -> [(&'static str, Home); 7] {
    [
        ("home", home()),
        ("filtered", filtered("late")),
        ("nothing_found", filtered("xyz")),
        ("form", form()),
        ("form_with_a_bad_value", complaint()),
        ("no_past_runs", of(COLOR, Vec::new())),
        ("past_run", on_a_past_run()),
    ]
}

#[test]
fn every_state_at_every_size_looks_as_it_was_approved() {
    for (name, home) in states() {
        for size in SIZES {
            let buffer = screen(&home, size);
            let shown = format!("{}\n{}", text(&buffer), styles(&buffer));
            insta::assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), shown);
        }
    }
}

#[test]
fn no_size_makes_it_panic_and_every_place_can_be_clicked() {
    let mut help = home();
    keys(&mut help, &[Key::Char('?')]);
    let homes: Vec<Home> =
        states().into_iter().map(|(_, home)| home).chain([Home::new(COLOR, Keymap::default()), help]).collect();
    let small = (0..=40).step_by(7).flat_map(|width| (0..=22).step_by(2).map(move |height| (width, height)));
    let large = (40..=260).step_by(43).flat_map(|width| (0..=90).step_by(17).map(move |height| (width, height)));
    for mut home in homes {
        for size in small.clone().chain(large.clone()) {
            screen(&home, size);
            home.size = Size::new(size.0, size.1);
            for (x, y) in (0..size.0).step_by(23).flat_map(|x| (0..=size.1).map(move |y| (x, y))) {
                target(&home, Position::new(x, y));
            }
            page(&home, true);
        }
    }
}

#[test]
fn a_row_that_is_drawn_is_the_row_that_is_clicked() {
    for size in SIZES {
        let mut home = home();
        home.size = Size::new(size.0, size.1);
        let seen = text(&screen(&home, size));
        for (row, name) in ["fanout", "hello", "timeout"].into_iter().enumerate() {
            let y = seen.lines().position(|line| line.trim_start_matches(['│', ' ']).starts_with(name)).unwrap();
            assert_eq!(target(&home, Position::new(3, y as u16)), Some(Target::Row(row)), "{name} at {size:?}");
        }
    }
}

#[test]
fn a_scenario_is_clicked_where_it_is_drawn_while_a_past_run_is_selected() {
    for size in [(120, 20), (120, 34)] {
        let mut home = home();
        home.size = Size::new(size.0, size.1);
        home.select(usize::MAX);
        let seen = text(&screen(&home, size));
        let (row, last) = home.scenarios.iter().enumerate().next_back().unwrap();
        let is_last = |line: &str| line.trim_start_matches(['│', ' ']).starts_with(&*last.name);
        let y = seen.lines().position(is_last).unwrap();
        assert_eq!(target(&home, Position::new(3, y as u16)), Some(Target::Row(row)), "{size:?}\n{seen}");
    }
}

#[test]
fn the_selected_row_is_in_sight_at_every_size() {
    for size in SIZES {
        let mut home = home();
        for at in 0..10 {
            home.select(at);
            let buffer = screen(&home, size);
            let reversed = buffer.content.iter().filter(|c| c.modifier.contains(ratatui::style::Modifier::REVERSED));
            assert!(reversed.count() > 20, "{at} at {size:?}\n{}", text(&buffer));
        }
    }
}

#[test]
fn ascii_means_ascii_and_without_colour_the_text_is_the_same() {
    for size in SIZES {
        let ascii = of(COLOR.with_ascii(true), past());
        assert!(text(&screen(&ascii, size)).is_ascii());
        let [with, without] =
            [COLOR, Theme::new(Colors::None, Ground::Dark)].map(|theme| screen(&of(theme, past()), size));
        assert_eq!(text(&with), text(&without));
        assert!(without.content.iter().all(|cell| cell.fg == Color::Reset));
    }
}

fn any_event() -> impl Strategy<Value = Event> {
    let named = [
        Named::Up,
        Named::Down,
        Named::PageUp,
        Named::PageDown,
        Named::Enter,
        Named::Esc,
        Named::Tab,
        Named::Backspace,
    ];
    prop_oneof![
        4 => prop::sample::select(named.to_vec()).prop_map(|key| Event::Key(Key::Named(key))),
        2 => prop::sample::select(vec!['q', '/', '?', ' ', 'f', '5', '=', 'ß']).prop_map(|c| Event::Key(Key::Char(c))),
        1 => ".{0,20}".prop_map(Event::Pasted),
        1 => (0u16..70, 0u16..20, any::<bool>()).prop_map(|(x, y, press)| {
            let gesture = if press { Gesture::Press } else { Gesture::ScrollDown };
            Event::Mouse(Mouse { gesture, at: Position::new(x, y) })
        }),
        1 => any::<bool>().prop_map(|some| {
            let listings = if some { fixture::listings() } else { Vec::new() };
            Event::Home(News::Listed(listings, if some { past() } else { Vec::new() }))
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_is_done_it_can_be_drawn(events in prop::collection::vec(any_event(), 0..40)) {
        let mut home = home();
        home.size = Size::new(60, 15);
        for event in events {
            update(&mut home, event);
            prop_assert!(home.rows().is_empty() || home.selected().is_some());
        }
        screen(&home, (60, 15));
    }
}
