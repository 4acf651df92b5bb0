//! The mouse on screens too small for the full layout: what is clicked is what is drawn there.

use ratatui::layout::{Position, Size};

use super::{COLOR, app, screen, text};
use crate::snapshot::fixture;
use crate::tui::app::App;
use crate::tui::keyboard::{Gesture, Mouse};
use crate::tui::tabs::Tab;
use crate::tui::update::{Event, update};
use crate::tui::view::{Target, target};

const SMALL: [(u16, u16); 2] = [(60, 15), (70, 18)];

fn on(tab: Tab, size: (u16, u16)) -> App {
    let mut app = app(fixture::live(), COLOR);
    app.size = Size::from(size);
    app.turn_to(tab);
    app
}

fn press(app: &mut App, at: Position) {
    update(app, Event::Mouse(Mouse { gesture: Gesture::Press, at }));
}

fn places((width, height): (u16, u16)) -> impl Iterator<Item = Position> {
    (0..height).flat_map(move |y| (0..width).map(move |x| Position::new(x, y)))
}

#[test]
fn every_key_that_is_drawn_can_be_clicked_and_nothing_else_in_its_row() {
    for (size, tab) in SMALL.into_iter().flat_map(|size| Tab::ALL.map(|tab| (size, tab))) {
        let app = on(tab, size);
        let seen = screen(&app, size);
        let hints = app.keymap.hints(tab);
        for at in places(size).filter(|at| at.y + 1 == size.1) {
            let drawn = seen[(at.x, at.y)].symbol() != " ";
            match target(&app, at) {
                Some(Target::Key(action)) => {
                    assert!(hints.iter().any(|hint| hint.keys.iter().any(|(_, of)| *of == action)), "{action:?}");
                }
                _ => assert!(!drawn, "{tab:?} {at} of {size:?}"),
            }
        }
    }
}

#[test]
fn the_cursor_stands_in_the_column_that_was_clicked() {
    for (size, tab) in SMALL.into_iter().flat_map(|size| [Tab::Overview, Tab::Percentiles].map(|tab| (size, tab))) {
        let mut app = on(tab, size);
        let cursor_at = |at: &Position| matches!(target(&app, *at), Some(Target::Cursor(_)));
        let chart: Vec<Position> = places(size).filter(cursor_at).collect();
        assert!(chart.len() > usize::from(size.0) * 4, "{tab:?} {size:?}");
        for &at in &chart {
            assert!((1..size.1 - 2).contains(&at.y), "neither head nor foot is a chart: {at}");
            press(&mut app, at);
            let seen = screen(&app, size);
            let below = (0..size.1).filter(|&y| seen[(at.x, y)].symbol() == "▲").count();
            assert_eq!(below, 1, "{tab:?} {at}\n{}", text(&seen));
        }
    }
}

#[test]
fn the_cursor_of_the_time_screen_reads_the_cell_that_was_clicked() {
    for size in SMALL {
        let (mut app, mut found) = (on(Tab::Time, size), 0);
        for at in places(size) {
            let Some(Target::Cursor(cursor)) = target(&app, at) else { continue };
            press(&mut app, at);
            assert_eq!(app.cursor, cursor);
            assert_eq!(target(&app, at), Some(Target::Cursor(cursor)), "{at}: a second click changes nothing");
            assert!(text(&screen(&app, size)).contains(['◆', '▲']), "{at}");
            found += 1;
        }
        assert!(found > 40, "{size:?}: {found}");
    }
}

#[test]
fn a_click_on_a_row_selects_what_is_written_there_and_beside_the_list_nothing() {
    for (size, tab) in SMALL.into_iter().flat_map(|size| [Tab::Late, Tab::Failures].map(|tab| (size, tab))) {
        let (mut app, mut found) = (on(tab, size), 0);
        for y in 0..size.1 {
            let at = Position::new(12, y);
            let Some(Target::Row(_)) = target(&app, at) else { continue };
            let row = |app: &App| text(&screen(app, size)).lines().nth(y.into()).unwrap().to_owned();
            let before = row(&app);
            press(&mut app, at);
            let after = row(&app);
            assert!(after.contains('▸'), "{tab:?} {at}: {after}");
            assert_eq!(after.replace('▸', " "), before.replace('▸', " "), "{tab:?} {at}: nothing moves");
            found += 1;
        }
        assert!(found > 1, "{tab:?} {size:?}: {found}");
    }
}

#[test]
fn where_nothing_can_be_pointed_at_a_click_is_one_on_the_body() {
    for (size, tab) in SMALL.into_iter().flat_map(|size| [Tab::Gather, Tab::Runtime].map(|tab| (size, tab))) {
        let app = on(tab, size);
        for at in places(size).filter(|at| (1..size.1 - 2).contains(&at.y)) {
            assert_eq!(target(&app, at), Some(Target::Body), "{tab:?} {at} of {size:?}");
        }
    }
}
