//! (state, key) → (state, effects) of the lists, and what holds after any keys at any size.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Position;

use super::super::{Event, update};
use super::*;
use crate::ledger::{Book, Doing, Event as Counted};
use crate::outcome::Ending;
use crate::snapshot::{EndedBy, OverdueTask, Snapshot, State, fixture};
use crate::tui::failures::FailureOrder;
use crate::tui::key::{Key, Named};
use crate::tui::keyboard::{Gesture, Mouse};
use crate::tui::late::LateOrder;
use crate::tui::theme::{Colors, Ground, Theme};

const THEME: Theme = Theme::new(Colors::Indexed, Ground::Dark);

fn app(snapshot: Snapshot, tab: Tab) -> App {
    let mut app = App::new(Arc::new(snapshot), THEME);
    update(&mut app, Event::Size((80, 24).into()));
    super::super::act(&mut app, Action::Show(tab));
    app
}

/// Types keys by their names in the configuration, separated by spaces.
fn keys(app: &mut App, keys: &str) -> Vec<Effect> {
    let keys = keys.split(' ').map(|key| key.parse().unwrap());
    keys.flat_map(|key| update(app, Event::Key(key))).collect()
}

fn selected_task(app: &App) -> Option<u64> {
    selected(app).map(|(task, _)| task)
}

fn said(app: &App) -> &str {
    app.status.as_ref().map_or("", |status| &status.text)
}

#[test]
fn keys_move_the_selection_through_both_parts() {
    let live = fixture::live();
    let mut app = app(live, Tab::Late);
    for (typed, task) in [
        ("down", 7_001),
        ("j j", 7_003),
        ("k", 7_002),
        ("up up up", 7_000),
        ("page-down", 7_007),
        ("ctrl-d", 7_014),
        ("ctrl-u page-up", 7_000),
        ("end", 3_150),
        ("home", 7_000),
        ("G g", 7_000),
    ] {
        keys(&mut app, typed);
        assert_eq!(selected_task(&app), Some(task), "{typed}");
    }
    (0..40).for_each(|_| drop(keys(&mut app, "j")));
    assert_eq!(selected_task(&app), Some(350), "the worst ended one follows the last overdue one");
}

#[test]
fn the_selection_sticks_to_its_task_while_the_list_changes() {
    let mut app = app(fixture::live(), Tab::Late);
    keys(&mut app, "j j j");
    let mut later = fixture::live();
    later.overdue.drain(..2);
    update(&mut app, Event::Snapshot(Arc::new(later.clone())));
    assert_eq!((selected_task(&app), app.late.at(&[7_002, 7_003])), (Some(7_003), Some(1)));
    keys(&mut app, "s s s");
    assert_eq!((app.late.order, selected_task(&app)), (LateOrder::Task, Some(7_003)));
    keys(&mut app, "s");
    later.overdue.remove(1);
    update(&mut app, Event::Snapshot(Arc::new(later)));
    assert_eq!(selected_task(&app), Some(7_004), "the nearest one");
    assert_eq!(said(&app), "");
}

#[test]
fn the_overdue_task_that_is_selected_is_asked_to_end() {
    let mut app = app(fixture::live(), Tab::Late);
    let effects = keys(&mut app, "x x");
    assert!(matches!(effects[..], [Effect::Engine(Command::Cancel(7_000))]), "{effects:?}");
    let effects = keys(&mut app, "j x");
    assert!(matches!(effects[..], [Effect::Engine(Command::Cancel(7_001))]), "{effects:?}");
    assert_eq!(said(&app), "asked task 7,001 to end; it is dropped at its next poll");
}

#[test]
fn what_cannot_be_cancelled_is_said_and_not_sent() {
    let finished = Snapshot { state: State::Finished(EndedBy::User), ..fixture::live() };
    for (snapshot, typed, answer) in [
        (fixture::live(), "G x", "task 3,150 has ended already: cancelled"),
        (fixture::live(), "x", "task 7,000 is selected; x again asks it to end"),
        (fixture::empty(), "x", "there is no task to cancel"),
        (finished, "x", "the run is over: task 7,000 stays unfinished"),
    ] {
        let mut app = app(snapshot, Tab::Late);
        assert!(keys(&mut app, typed).is_empty());
        assert_eq!(said(&app), answer);
    }
}

#[test]
fn a_frozen_screen_asks_no_task_to_end_that_has_ended_meanwhile() {
    let mut app = app(fixture::live(), Tab::Late);
    keys(&mut app, "j space");
    let mut later = fixture::live();
    later.overdue.remove(1);
    update(&mut app, Event::Snapshot(Arc::new(later)));
    assert!(keys(&mut app, "x").is_empty());
    assert_eq!(said(&app), "task 7,001 has ended since the screen was frozen");
    assert_eq!(keys(&mut app, "k x").len(), 1);
}

#[test]
fn each_list_has_its_own_order_and_filter() {
    let mut app = app(fixture::live(), Tab::Late);
    keys(&mut app, "s / q u e enter 6 s s / R e s e t enter");
    assert_eq!((app.late.order, app.late.filter.as_str()), (LateOrder::Age, "que"));
    assert_eq!((app.failures.order, app.failures.filter.as_str()), (FailureOrder::First, "Reset"));
    assert!(app.entry.is_none());
}

#[test]
fn a_filter_is_typed_kept_taken_up_again_and_given_up() {
    let mut app = app(fixture::live(), Tab::Late);
    keys(&mut app, "/ r e n x q backspace backspace");
    assert_eq!((app.late.filter.as_str(), selected_task(&app)), ("ren", Some(7_009)));
    keys(&mut app, "down");
    assert_eq!(selected_task(&app), Some(7_014), "what is no text goes to the list");
    keys(&mut app, "enter / d");
    assert_eq!(app.late.filter, "rend");
    keys(&mut app, "esc");
    assert_eq!((app.late.filter.as_str(), app.entry.is_none()), ("", true));
    keys(&mut app, "/ z enter esc");
    assert_eq!(app.late.filter, "", "escape shows all again");
}

#[test]
fn what_is_pasted_is_a_text_where_one_is_typed_and_else_nothing() {
    let mut app = app(fixture::live(), Tab::Late);
    assert!(update(&mut app, Event::Pasted("xqt".to_owned())).is_empty());
    assert_eq!((app.late.filter.as_str(), said(&app)), ("", ""));
    keys(&mut app, "/");
    update(&mut app, Event::Pasted("ren\u{1b}der\n".to_owned()));
    assert_eq!((app.late.filter.as_str(), app.tab), ("render", Tab::Late));
}

#[test]
fn another_screen_ends_the_typing_and_quitting_is_always_possible() {
    let mut app = app(fixture::live(), Tab::Late);
    keys(&mut app, "/ r tab");
    assert_eq!((app.tab, app.entry.is_none(), app.late.filter.as_str()), (Tab::Failures, true, "r"));
    let effects = keys(&mut app, "/ ctrl-c");
    assert!(matches!(effects[..], [Effect::Engine(Command::Stop(EndedBy::User))]), "{effects:?}");
}

#[test]
fn details_follow_the_selection_and_close_when_their_task_is_gone() {
    let mut app = app(fixture::live(), Tab::Late);
    keys(&mut app, "enter j");
    assert_eq!((app.overlay, selected_task(&app)), (Overlay::Details, Some(7_001)));
    let mut later = fixture::live();
    later.overdue.remove(0);
    update(&mut app, Event::Snapshot(Arc::new(later.clone())));
    assert_eq!(app.overlay, Overlay::Details);
    later.overdue.remove(0);
    update(&mut app, Event::Snapshot(Arc::new(later.clone())));
    assert_eq!(app.overlay, Overlay::Details, "its end may not be told yet");
    draws(&app);
    later.elapsed += Duration::from_secs(1);
    update(&mut app, Event::Snapshot(Arc::new(later)));
    assert_eq!((app.overlay, said(&app)), (Overlay::None, "task 7,001 has ended and is not kept among the worst"));
    keys(&mut app, "enter esc");
    assert_eq!(app.overlay, Overlay::None);
}

#[test]
fn details_of_a_task_that_ends_become_those_of_its_end() {
    let mut app = app(with_tasks(&BTreeSet::from([1_005, 1_006]), &BTreeSet::new()), Tab::Late);
    keys(&mut app, "down enter");
    assert_eq!(selected(&app), Some((1_006, None)));
    let between = with_tasks(&BTreeSet::from([1_005]), &BTreeSet::new());
    update(&mut app, Event::Snapshot(Arc::new(between)));
    assert!(keys(&mut app, "x").is_empty(), "it is no other task that is asked to end");
    let ended = with_tasks(&BTreeSet::from([1_005]), &BTreeSet::from([6]));
    update(&mut app, Event::Snapshot(Arc::new(ended)));
    let word = Ending::ALL[2].word();
    assert_eq!((app.overlay, selected(&app)), (Overlay::Details, Some((1_006, Some(word)))));
    keys(&mut app, "esc");
    assert_eq!((app.overlay, selected(&app)), (Overlay::None, Some((1_006, Some(word)))));
}

#[test]
fn there_are_no_details_of_nothing() {
    for tab in [Tab::Late, Tab::Failures] {
        let mut app = app(fixture::empty(), tab);
        keys(&mut app, "enter");
        assert_eq!((app.overlay, said(&app)), (Overlay::None, "there is no row to tell more about"));
    }
}

#[test]
fn the_lines_of_a_step_are_unfolded_and_folded_again_and_looked_for() {
    let mut app = app(Snapshot { policy: crate::outcome::Policy::Observe, ..fixture::live() }, Tab::Blame);
    for (typed, name, rows) in [
        ("j", "query/sleep", 4),
        ("right", "query/sleep", 5),
        ("j", "db.rs:24 ← checkout.rs:43 ← main.rs:12", 5),
        ("right", "db.rs:24 ← checkout.rs:43 ← main.rs:12", 5),
        ("left", "query/sleep", 4),
        ("enter", "query/sleep", 5),
        ("enter G enter", "render (in a poll)", 4),
        ("/ r e f u n d enter", "pool.rs:88 ← refund.rs:17 ← main.rs:14", 2),
        ("esc", "query/sleep", 4),
    ] {
        keys(&mut app, typed);
        let shown = blame_rows(&app).rows;
        let at = app.blame.list.at(&blame_rows(&app).keys()).unwrap();
        assert_eq!((shown[at].name.as_str(), shown.len()), (name, rows), "{typed}");
    }
}

#[test]
fn the_wheel_goes_through_the_list() {
    let mut app = app(fixture::live(), Tab::Late);
    let wheel = |gesture| Event::Mouse(Mouse { gesture, at: Position::new(40, 8) });
    update(&mut app, wheel(Gesture::ScrollDown));
    update(&mut app, wheel(Gesture::ScrollDown));
    update(&mut app, wheel(Gesture::ScrollUp));
    assert_eq!(selected_task(&app), Some(7_003));
}

/// What may happen to a list.
#[derive(Debug, Clone)]
enum Happening {
    Key(Key),
    Mouse(Gesture, u16, u16),
    Size(u16, u16),
    Tasks(BTreeSet<u64>, BTreeSet<u64>),
}

fn happening() -> impl Strategy<Value = Happening> {
    let keys = "sxjkgG/r0ftz5 69".chars().map(Key::Char).collect::<Vec<_>>();
    let named = [
        Named::Enter,
        Named::Esc,
        Named::PageUp,
        Named::PageDown,
        Named::Backspace,
        Named::Left,
        Named::Right,
        Named::Tab,
    ];
    let keys: Vec<Key> = keys.into_iter().chain(named.map(Key::Named)).collect();
    let gestures = vec![Gesture::Press, Gesture::ScrollUp, Gesture::ScrollDown, Gesture::Drag];
    let tasks = || prop::collection::btree_set(0u64..60, 0..30);
    prop_oneof![
        6 => prop::sample::select(keys).prop_map(Happening::Key),
        2 => (prop::sample::select(gestures), 0u16..210, 0u16..60).prop_map(|(g, x, y)| Happening::Mouse(g, x, y)),
        1 => (0u16..210, 0u16..60).prop_map(|(width, height)| Happening::Size(width, height)),
        2 => (tasks(), tasks()).prop_map(|(overdue, ended)| Happening::Tasks(overdue, ended)),
    ]
}

/// The live run with these tasks overdue, and these ended late or failed.
fn with_tasks(overdue: &BTreeSet<u64>, ended: &BTreeSet<u64>) -> Snapshot {
    let mut snapshot = fixture::live();
    let task = |n: &u64| OverdueTask { task: *n, polls: u32::try_from(*n).unwrap(), ..snapshot.overdue[0].clone() };
    snapshot.overdue = overdue.iter().map(task).collect();
    let mut book = Book::new(false);
    for &n in ended {
        let ending = Ending::ALL[usize::try_from(n).unwrap() % 4];
        let end = fixture::end(1_000 + n, ending, 60_000_000 + n * 1_000_000);
        book.fold(&Counted::TaskEnded(&end));
        let text = format!("reason {}", n % 40);
        book.fold(&Counted::Message { outcome: end.outcome, text: &text, at: n * 1_000_000_000 });
        let kind = usize::try_from(n).unwrap() % 3;
        let step = [None, Some("render"), Some("query/acquire db")][kind];
        book.fold(&Counted::Missed { step, doing: Doing::ALL[kind] });
    }
    snapshot.lanes[0].book = Arc::new(book);
    snapshot.lanes.truncate(1);
    snapshot.elapsed = Duration::from_secs(70);
    snapshot
}

fn draws(app: &App) {
    let mut terminal = Terminal::new(TestBackend::new(app.size.width, app.size.height)).unwrap();
    terminal.draw(|frame| crate::tui::draw(frame, app)).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_keys_on_any_rows_at_any_size_keep_the_selection_on_a_row(
        happenings in prop::collection::vec(happening(), 1..40),
        tab in prop::sample::select(vec![Tab::Late, Tab::Failures, Tab::Blame]),
    ) {
        let mut app = app(fixture::live(), tab);
        for happening in happenings {
            let event = match happening {
                Happening::Key(key) => Event::Key(key),
                Happening::Mouse(gesture, x, y) => Event::Mouse(Mouse { gesture, at: Position::new(x, y) }),
                Happening::Size(width, height) => Event::Size((width, height).into()),
                Happening::Tasks(overdue, ended) => Event::Snapshot(Arc::new(with_tasks(&overdue, &ended))),
            };
            update(&mut app, event);
            let body = view::body_of(&app);
            let tasks = LateRows::of(app.shown(), &app.late);
            let shown = view::late::Shown::of(&app, &tasks, body);
            prop_assert_eq!(shown.selected.is_some(), !tasks.keys().is_empty());
            if let Some((part, at)) = shown.selected {
                prop_assert!(at < tasks.parts()[part].len());
                prop_assert!(shown.windows[part].is_empty() || shown.windows[part].contains(&at));
            }
            let failures = FailureRows::of(app.shown(), &app.failures);
            let shown = view::failures::Shown::of(&app, &failures, body);
            prop_assert_eq!(shown.selected.is_some(), !failures.rows.is_empty());
            prop_assert!(shown.selected.is_none_or(|at| at < failures.rows.len()));
            let blame = blame_rows(&app);
            let shown = view::blame::Shown::of(&app, &blame, body);
            prop_assert_eq!(shown.selected.is_some(), !blame.rows.is_empty());
            prop_assert!(shown.selected.is_none_or(|at| shown.window.is_empty() || shown.window.contains(&at)));
            draws(&app);
        }
    }
}
