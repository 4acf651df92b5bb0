//! (state, action) → (state, effects), row by row.

use std::time::Duration;

use super::*;
use crate::outcome::Policy;
use crate::snapshot::fixture;
use crate::tui::app::Overlay;
use crate::tui::theme::Theme;
use crate::units::LoadMode;

const THEME: Theme = Theme { color: true, ascii: false };

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
        Effect::Export(snapshot) => format!("export at {} s", snapshot.elapsed.as_secs()),
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
        (Action::Reset, "Reset", "counts forgotten; tasks in flight are not counted any more"),
        (Action::Export, "export at 42 s", "writing files …"),
    ] {
        let said = press(&mut app(fixture::live()), action);
        assert_eq!(said, (vec![effect.to_owned()], answer.to_owned()), "{action:?}");
    }
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
        (State::Finished(EndedBy::Duration), &["quit"]),
    ] {
        let mut app = in_state(state);
        for step in steps {
            assert_eq!(press(&mut app, Action::Quit).0, [*step], "{state:?}");
        }
    }
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
    for answer in [Ok("wrote 7 files to runs/fanout"), Err("runs/fanout cannot be written")] {
        update(&mut app, Event::Exported(answer.map(str::to_owned).map_err(str::to_owned)));
        assert_eq!(app.status.as_ref().unwrap().text, answer.unwrap_or_else(|text| text));
        assert_eq!(press(&mut app, Action::Export).0.len(), 1);
    }
}

#[test]
fn escape_closes_what_lies_on_top() {
    let mut app = app(fixture::live());
    press(&mut app, Action::Freeze);
    press(&mut app, Action::Help);
    assert_eq!(app.overlay, Overlay::Help);
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
    assert_eq!(press(&mut finished().with_home(), Action::Close).0, ["home"]);
    assert!(press(&mut finished(), Action::Close).0.is_empty(), "there is no Home");
    assert!(press(&mut App::new(Arc::new(fixture::live()), THEME).with_home(), Action::Close).0.is_empty());
    let mut helped = finished().with_home();
    act(&mut helped, Action::Help);
    assert!(press(&mut helped, Action::Close).0.is_empty(), "what lies over the screen goes first");
    assert_eq!(press(&mut helped, Action::Close).0, ["home"]);
    let (_, answer) = press(&mut finished().with_home(), Action::TogglePolicy);
    assert_eq!(answer, "the run is over: e writes its files, Esc picks another, q leaves");
}
