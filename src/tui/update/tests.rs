//! (state, action) → (state, effects), row by row.

use std::time::Duration;

use ratatui::layout::Position;

use super::*;
use crate::outcome::Policy;
use crate::snapshot::{RunInfo, fixture};
use crate::tui::app::Cursor;
use crate::tui::key::Named;
use crate::tui::keyboard::Gesture;
use crate::tui::overlay::Overlay;
use crate::tui::tabs::Tab;
use crate::tui::theme::{Colors, Ground, Theme};
use crate::tui::view;
use crate::units::LoadMode;

const THEME: Theme = Theme::new(Colors::Indexed, Ground::Dark);

fn app(snapshot: Snapshot) -> App {
    App::new(Arc::new(snapshot), THEME)
}

fn in_state(state: State) -> App {
    app(Snapshot { state, ..fixture::live() })
}

/// What was asked of the world, and what the status line says.
fn press(app: &mut App, action: Action) -> (Vec<String>, String) {
    let effects = act(app, action);
    (effects.iter().map(name).collect(), app.status.as_ref().map(|s| s.text.clone()).unwrap_or_default())
}

fn name(effect: &Effect) -> String {
    match effect {
        Effect::Engine(command) => format!("{command:?}"),
        Effect::Export(Wanted::Run(snapshot)) => format!("export at {} s", snapshot.elapsed.as_secs()),
        Effect::Export(Wanted::Screen { file, contents }) => {
            assert!(contents.contains("p99.9"), "{contents}");
            format!("save {file}")
        }
        Effect::Copy(text) => format!("copy {text}"),
        Effect::Suspend(stop) => format!("suspend {stop:?}"),
        Effect::Repaint => "repaint".to_owned(),
        Effect::Redraw => "redraw".to_owned(),
        Effect::Ask(ask) => format!("{ask:?}"),
        Effect::Home => "home".to_owned(),
        Effect::Quit => "quit".to_owned(),
        Effect::Interrupt => "interrupt".to_owned(),
    }
}

#[test]
fn every_control_tells_the_engine_and_answers() {
    for (action, effect, answer) in [
        (Action::TogglePolicy, "Policy(Observe)", "cancel → observe for new tasks"),
        (Action::ShortenDeadline, "Deadline(40ms)", "deadline 50.0 ms → 40.0 ms for new tasks"),
        (Action::LengthenDeadline, "Deadline(60ms)", "deadline 50.0 ms → 60.0 ms for new tasks"),
        (Action::LowerLoad, "Load(400.0)", "load 500/s → 400/s"),
        (Action::RaiseLoad, "Load(600.0)", "load 500/s → 600/s"),
        (Action::PauseLoad, "Pause(true)", "arrivals are held back; p lets them come again"),
        (Action::Reset, "Reset", "counts forgotten, measuring 60.0 s afresh; tasks in flight are not counted any more"),
        (Action::Export, "export at 42 s", "writing files …"),
        (Action::SavePicture, "save overview.svg", "writing files …"),
        (Action::SaveText, "save overview.txt", "writing files …"),
    ] {
        let said = press(&mut app(fixture::live()), action);
        assert_eq!(said, (vec![effect.to_owned()], answer.to_owned()), "{action:?}");
    }
}

#[test]
fn a_run_whose_gate_is_broken_for_good_is_stopped_until_it_drains() {
    let lost = |state| fixture::with_gates(Snapshot { state, ..fixture::live() }, &["spawned > 0"], true);
    let mut app = app(fixture::live());
    let mut told =
        |snapshot| update(&mut app, Event::Snapshot(Arc::new(snapshot))).iter().map(name).collect::<Vec<_>>();
    assert_eq!(told(lost(State::Running)), ["Stop(Gate)"]);
    assert_eq!(told(lost(State::Draining)), [""; 0]);
    assert_eq!(told(fixture::with_gates(fixture::live(), &["spawned > 0"], false)), [""; 0]);
    assert_eq!(told(lost(State::Finished(EndedBy::Gate))), [""; 0]);
    assert!(app.status.is_some_and(|status| status.text.starts_with("the run is over (gate)")));
}

#[test]
fn a_screen_is_saved_without_the_answer_to_a_key() {
    let mut app = app(fixture::live());
    press(&mut app, Action::PauseLoad);
    for _ in 0..2 {
        let effects = act(&mut app, Action::SaveText);
        let [Effect::Export(Wanted::Screen { contents, .. })] = &effects[..] else { panic!("{effects:?}") };
        assert!(contents.contains("workers stuck"), "what there is to know is part of it: {contents}");
        update(&mut app, Event::Exported(Ok("wrote runs/overview.txt".into())));
    }
}

#[test]
fn a_reset_says_what_is_measured_afresh() {
    let answer = |state, duration, tasks| {
        let info = RunInfo { duration, tasks, ..(*fixture::live().info).clone() };
        press(&mut app(Snapshot { state, info: Arc::new(info), ..fixture::live() }), Action::Reset)
    };
    let rest = "tasks in flight are not counted any more";
    let sent = vec!["Reset".to_owned()];
    assert_eq!(answer(State::Running, None, None), (sent.clone(), format!("counts forgotten; {rest}")));
    let tasks = answer(State::Running, None, Some(10_000));
    assert_eq!(tasks, (sent, format!("counts forgotten, measuring 10,000 tasks afresh; {rest}")));
    let warmup = answer(State::Warmup, None, None);
    assert_eq!(warmup, (Vec::new(), "nothing is counted yet: the warm-up goes on".to_owned()));
}

#[test]
fn tasks_in_flight_keep_what_they_were_spawned_under_and_the_answer_says_so() {
    let mut app = app(fixture::overload());
    let (_, answer) = press(&mut app, Action::TogglePolicy);
    assert_eq!(answer, "observe → cancel for new tasks; 9,000 in flight keep observe");
}

#[test]
fn a_second_press_builds_on_the_first_before_a_snapshot_shows_it() {
    let mut app = app(fixture::live());
    assert_eq!(press(&mut app, Action::LengthenDeadline).0, ["Deadline(60ms)"]);
    assert_eq!(press(&mut app, Action::LengthenDeadline).0, ["Deadline(80ms)"]);
    assert_eq!(press(&mut app, Action::TogglePolicy).0, ["Policy(Observe)"]);
    assert_eq!(press(&mut app, Action::TogglePolicy).0, ["Policy(Cancel)"]);
    assert_eq!(press(&mut app, Action::RaiseLoad).0, ["Load(600.0)"]);
    assert_eq!(press(&mut app, Action::RaiseLoad).0, ["Load(800.0)"]);
    assert_eq!(press(&mut app, Action::PauseLoad).0, ["Pause(true)"]);
    assert_eq!(press(&mut app, Action::PauseLoad).0, ["Pause(false)"]);
}

#[test]
fn what_the_engine_did_not_do_is_not_believed_for_ever() {
    let mut app = app(fixture::live());
    press(&mut app, Action::LengthenDeadline);
    for _ in 0..10 {
        update(&mut app, Event::Snapshot(Arc::new(fixture::live())));
    }
    assert_eq!(press(&mut app, Action::LengthenDeadline).0, ["Deadline(60ms)"]);
}

#[test]
fn a_closed_load_moves_by_whole_tasks() {
    let mut live = fixture::live();
    live.load.mode = LoadMode::Closed { concurrency: 64 };
    let mut app = app(live);
    assert_eq!(press(&mut app, Action::RaiseLoad), (vec!["Load(80.0)".into()], "load 64 → 80 at once".into()));
    assert_eq!(press(&mut app, Action::RaiseLoad), (vec!["Load(100.0)".into()], "load 80 → 100 at once".into()));
}

#[test]
fn a_run_without_a_deadline_gets_one_where_nine_in_ten_tasks_would_meet_it() {
    let mut live = fixture::live();
    live.deadline = None;
    for lane in &mut live.lanes {
        lane.key.deadline = None;
    }
    live.lanes.remove(0);
    let (effects, answer) = press(&mut app(live), Action::LengthenDeadline);
    assert_eq!(effects, ["Deadline(40ms)"]);
    assert!(answer.starts_with("deadline none → 40.0 ms"), "{answer}");
}

#[test]
fn what_cannot_be_changed_any_more_is_said_and_not_sent() {
    for state in [State::Draining, State::Finished(EndedBy::Duration)] {
        for action in [
            Action::TogglePolicy,
            Action::ShortenDeadline,
            Action::LengthenDeadline,
            Action::LowerLoad,
            Action::RaiseLoad,
            Action::PauseLoad,
            Action::Reset,
        ] {
            let (effects, answer) = press(&mut in_state(state), action);
            assert!(effects.is_empty() && answer.contains("over"), "{action:?}: {answer}");
        }
    }
}

#[test]
fn quitting_drains_first_then_closes_the_books_then_leaves() {
    for (state, steps) in [
        (State::Running, ["Stop(User)", "Abort(User)", "quit"].as_slice()),
        (State::Warmup, &["Stop(User)", "Abort(User)", "quit"]),
        (State::Draining, &["Abort(User)", "quit"]),
    ] {
        let mut app = in_state(state);
        for step in steps {
            assert_eq!(press(&mut app, Action::Quit).0, [*step], "{state:?}");
        }
    }
}

#[test]
fn whoever_leaves_a_run_nobody_exported_is_told_once() {
    let finished = || App::new(Arc::new(fixture::finished()), THEME).with_home();
    let told = "not exported: e writes its files, ";
    for (action, effect, key) in [(Action::Close, "home", "Esc"), (Action::Quit, "quit", "q")] {
        let mut app = finished();
        assert_eq!(press(&mut app, action), (vec![], format!("{told}{key} again leaves without them")));
        assert_eq!(press(&mut app, action).0, [effect]);
        let mut written = finished();
        press(&mut written, Action::Export);
        assert_eq!(press(&mut written, action).0, [effect], "what is being written is waited for");
        update(&mut written, Event::Exported(Ok("wrote 9 files to runs/fanout".into())));
        assert_eq!(press(&mut written, action).0, [effect]);
        let mut failed = finished();
        press(&mut failed, Action::Export);
        update(&mut failed, Event::Exported(Err("disk full".into())));
        assert!(press(&mut failed, action).1.starts_with(told));
        assert_eq!(press(&mut App::new(Arc::new(fixture::past()), THEME).with_home().with_kept(), action).0, [effect]);
    }
    let mut before_its_end = app(fixture::live());
    press(&mut before_its_end, Action::Export);
    update(&mut before_its_end, Event::Snapshot(Arc::new(fixture::finished())));
    update(&mut before_its_end, Event::Exported(Ok("wrote 9 files to runs/fanout".into())));
    assert!(press(&mut before_its_end, Action::Quit).1.starts_with(told), "those were of another moment");
}

#[test]
fn files_that_are_due_are_written_as_soon_as_the_run_is_over() {
    let finished = || Event::Snapshot(Arc::new(fixture::finished()));
    let mut app = app(fixture::live()).with_kept();
    let effects = update(&mut app, finished());
    assert_eq!(effects.iter().map(name).collect::<Vec<_>>(), ["export at 60 s"]);
    assert_eq!(app.status.as_ref().unwrap().text, "the run is over (duration): writing its files …");
    assert!(update(&mut app, Event::Exported(Ok("wrote 9 files to out".into()))).is_empty());
    assert_eq!(app.status.as_ref().unwrap().text, "the run is over: wrote 9 files to out; q leaves");
    assert_eq!(press(&mut app, Action::Quit).0, ["quit"]);

    let mut busy = App::new(Arc::new(fixture::live()), THEME).with_kept();
    press(&mut busy, Action::SaveText);
    assert!(update(&mut busy, finished()).is_empty(), "one export at a time");
    let effects = update(&mut busy, Event::Exported(Ok("wrote runs/overview.txt".into())));
    assert_eq!(effects.iter().map(name).collect::<Vec<_>>(), ["export at 60 s"]);
    assert!(update(&mut busy, Event::Exported(Err("disk full".into()))).is_empty(), "it is not tried again");
}

#[test]
fn a_finished_run_stays_until_the_user_leaves_unless_they_were_leaving() {
    let finished = || Event::Snapshot(Arc::new(fixture::finished()));
    let mut staying = app(fixture::live());
    assert!(update(&mut staying, finished()).is_empty());
    assert_eq!(staying.status.as_ref().unwrap().text, "the run is over (duration): e writes its files, q leaves");

    let mut drained = app(fixture::live());
    press(&mut drained, Action::Quit);
    assert_eq!(update(&mut drained, finished()).iter().map(name).collect::<Vec<_>>(), ["quit"]);

    let mut closing = app(fixture::live());
    press(&mut closing, Action::Quit);
    press(&mut closing, Action::Quit);
    assert_eq!(update(&mut closing, finished()).iter().map(name).collect::<Vec<_>>(), ["quit"]);
}

#[test]
fn signals_end_stop_and_continue() {
    for (event, state, effects) in [
        (Event::Terminated, State::Running, "Abort(Signal)"),
        (Event::Terminated, State::Draining, "Abort(Signal)"),
        (Event::Terminated, State::Finished(EndedBy::Tasks), "quit"),
        (Event::Stopped, State::Running, "suspend Process"),
        (Event::Key(Key::Ctrl('z')), State::Running, "suspend Job"),
        (Event::Continued, State::Running, "repaint"),
        (Event::Resized, State::Running, "redraw"),
    ] {
        let said: Vec<String> = update(&mut in_state(state), event.clone()).iter().map(name).collect();
        assert_eq!(said, [effects], "{event:?} {state:?}");
    }
    let mut app = in_state(State::Running);
    update(&mut app, Event::Terminated);
    assert!(update(&mut app, Event::Terminated).is_empty(), "the books are closing already");
    assert!(update(&mut app, Event::Continued).is_empty(), "there may be no terminal to repaint");
}

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
fn files_are_written_one_run_of_the_export_at_a_time() {
    let mut app = app(fixture::live());
    assert_eq!(press(&mut app, Action::Export).0.len(), 1);
    assert_eq!(press(&mut app, Action::Export), (vec![], "still writing the files asked for before".into()));
    for answer in [Ok("wrote 8 files to runs/fanout"), Err("runs/fanout cannot be written")] {
        update(&mut app, Event::Exported(answer.map(str::to_owned).map_err(str::to_owned)));
        assert_eq!(app.status.as_ref().unwrap().text, answer.unwrap_or_else(|text| text));
        assert_eq!(press(&mut app, Action::Export).0.len(), 1);
    }
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

#[test]
fn a_run_that_is_over_is_left_for_home_and_one_that_goes_on_is_not() {
    let finished = || App::new(Arc::new(fixture::finished()), THEME);
    assert_eq!(press(&mut finished().with_home().with_kept(), Action::Close).0, ["home"]);
    assert!(press(&mut finished(), Action::Close).0.is_empty(), "there is no Home");
    assert!(press(&mut App::new(Arc::new(fixture::live()), THEME).with_home(), Action::Close).0.is_empty());
    let mut helped = finished().with_home().with_kept();
    act(&mut helped, Action::Help);
    assert!(press(&mut helped, Action::Close).0.is_empty(), "what lies over the screen goes first");
    assert_eq!(press(&mut helped, Action::Close).0, ["home"]);
    let (_, answer) = press(&mut finished().with_home(), Action::TogglePolicy);
    assert_eq!(answer, "the run is over: e writes its files, Esc picks another, q leaves");
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
