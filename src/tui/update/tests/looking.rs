//! What changes the look: overlays, screens, cursors, windows.

use super::*;

#[test]
fn a_frozen_screen_keeps_its_snapshot_while_the_run_goes_on() {
    let mut app = app(fixture::live());
    let frozen = Arc::clone(app.shown_arc());
    press(&mut app, Action::Freeze);
    let later = Snapshot { elapsed: Duration::from_secs(54), ..fixture::overload() };
    update(&mut app, Event::Snapshot(Arc::new(later)));
    assert!(Arc::ptr_eq(app.shown_arc(), &frozen));
    assert_eq!(app.frozen_for(), Some(Duration::from_secs(12)));
    assert_eq!(press(&mut app, Action::Export).0, ["export at 42 s"]);
    // Commands act on the run as it is now.
    assert_eq!(press(&mut app, Action::TogglePolicy).0, ["Policy(Cancel)"]);
    press(&mut app, Action::Freeze);
    assert_eq!((app.frozen_for(), app.shown().policy), (None, Policy::Observe));
    assert_eq!(app.shown().elapsed, Duration::from_secs(54));
}

#[test]
fn keys_scroll_the_help_or_close_it_and_do_nothing_else() {
    let mut app = app(fixture::live());
    update(&mut app, Event::Size((80, 24).into()));
    press(&mut app, Action::Help);
    let key = |app: &mut App, key: &str| update(app, Event::Key(key.parse().unwrap()));
    for (typed, first) in [("down", 1), ("j", 2), ("k", 1), ("up", 0), ("up", 0)] {
        assert!(key(&mut app, typed).is_empty());
        assert_eq!(app.overlay, Overlay::Help(first), "{typed}");
    }
    (0..9).for_each(|_| drop(key(&mut app, "page-down")));
    let last = view::reach(&app).unwrap().last;
    assert!(last > 0);
    assert_eq!(app.overlay, Overlay::Help(last));
    for typed in ["t", "q", "?", "esc", "x"] {
        app.overlay = Overlay::Help(0);
        assert!(key(&mut app, typed).is_empty(), "{typed}");
        assert_eq!((app.overlay, app.asked.policy), (Overlay::None, None), "{typed}");
    }
    app.overlay = Overlay::Help(0);
    assert_eq!(key(&mut app, "ctrl-c").len(), 1, "the way out is never out of reach");
}

#[test]
fn keys_scroll_the_findings_or_close_them_and_do_nothing_else() {
    let mut app = app(fixture::overload());
    update(&mut app, Event::Size((60, 15).into()));
    let key = |app: &mut App, key: &str| update(app, Event::Key(key.parse().unwrap()));
    assert!(key(&mut app, "f").is_empty());
    for (typed, overlay) in [
        ("up", Overlay::Findings(0)),
        ("t", Overlay::None),
        ("f", Overlay::Findings(0)),
        ("f", Overlay::None),
        ("f", Overlay::Findings(0)),
        ("esc", Overlay::None),
    ] {
        assert!(key(&mut app, typed).is_empty(), "{typed}");
        assert_eq!(app.overlay, overlay, "{typed}");
    }
    assert_eq!(app.asked.policy, None);
}

#[test]
fn escape_closes_what_lies_on_top() {
    let mut app = app(fixture::live());
    press(&mut app, Action::Freeze);
    press(&mut app, Action::Help);
    assert_eq!(app.overlay, Overlay::Help(0));
    press(&mut app, Action::Close);
    assert_eq!((app.overlay, app.frozen_for().is_some()), (Overlay::None, true));
    press(&mut app, Action::Close);
    assert_eq!(app.frozen_for(), None);
    press(&mut app, Action::Close);
    assert_eq!((app.overlay, app.frozen_for()), (Overlay::None, None));
}

/// A screen of the usual size.
fn wide(tab: Tab) -> App {
    let mut app = app(fixture::live());
    update(&mut app, Event::Size(Size::new(120, 34)));
    press(&mut app, Action::Show(tab));
    app
}

#[test]
fn tabs_are_reached_by_number_in_turn_and_with_the_mouse() {
    let mut app = wide(Tab::Overview);
    for (event, tab) in [
        (Event::Key(Key::Char('3')), Tab::Percentiles),
        (Event::Key(Key::Named(Named::Tab)), Tab::Gather),
        (Event::Key(Key::Named(Named::BackTab)), Tab::Percentiles),
        (Event::Key(Key::Char('1')), Tab::Overview),
        (Event::Key(Key::Named(Named::BackTab)), Tab::Blame),
        (Event::Key(Key::Named(Named::Tab)), Tab::Overview),
        (click(15, 1), Tab::Time),
        (click(118, 1), Tab::Time),
        (click(1, 1), Tab::Overview),
    ] {
        update(&mut app, event);
        assert_eq!(app.tab, tab);
    }
}

fn click(x: u16, y: u16) -> Event {
    Event::Mouse(Mouse { gesture: Gesture::Press, at: Position::new(x, y) })
}

#[test]
fn a_click_on_a_key_in_the_footer_is_the_key() {
    let mut app = wide(Tab::Overview);
    let effects = update(&mut app, click(1, 33));
    assert_eq!(effects.iter().map(name).collect::<Vec<_>>(), ["Policy(Observe)"]);
    assert!(update(&mut app, click(1, 32)).is_empty());
}

#[test]
fn the_cursor_reads_off_what_it_stands_on_is_copied_and_goes_away() {
    for tab in [Tab::Overview, Tab::Percentiles] {
        let mut app = wide(tab);
        assert_eq!(press(&mut app, Action::Copy).0, [""; 0]);
        press(&mut app, Action::Right);
        let first = app.cursor;
        assert_ne!(first, Cursor::default());
        press(&mut app, Action::Right);
        press(&mut app, Action::Left);
        assert_eq!(app.cursor, first);
        let (effects, _) = press(&mut app, Action::Copy);
        assert!(effects[0].starts_with("copy fanout · response time · "), "{effects:?}");
        press(&mut app, Action::First);
        assert_eq!(view::stepped(&app, -1), None);
        press(&mut app, Action::Last);
        assert_eq!(view::stepped(&app, 1), None);
        update(&mut app, click(20, 14));
        let clicked = app.cursor;
        update(&mut app, Event::Size(Size::new(200, 50)));
        assert_eq!(app.cursor, clicked);
        press(&mut app, Action::Close);
        assert_eq!(app.cursor, Cursor::default());
    }
}

#[test]
fn a_past_run_has_no_window_but_the_whole_and_says_so() {
    let mut app = app(fixture::past());
    let (_, answer) = press(&mut app, Action::Window);
    assert_eq!(answer, "a run's files keep the whole run alone, not its last minute");
    assert_eq!(app.show.window, crate::snapshot::Window::Run);
}

#[test]
fn the_window_and_the_metric_change_what_is_counted() {
    let mut app = wide(Tab::Overview);
    let count = |app: &App| app.digest().lanes.iter().map(|lane| lane.count).sum::<u64>();
    let whole = count(&app);
    let mut before = 0;
    for window in ["latencies of the last 1 s", "latencies of the last 10 s", "latencies of the last 1 m"] {
        let (_, answer) = press(&mut app, Action::Window);
        assert_eq!(answer, window);
        assert!((before..=whole).contains(&count(&app)));
        before = count(&app);
    }
    assert!(before > 0);
    press(&mut app, Action::Window);
    assert_eq!(count(&app), whole);
    assert_eq!(press(&mut app, Action::Metric).1, "service time: from the spawn to the end");
    assert_eq!(count(&app), whole);
}
