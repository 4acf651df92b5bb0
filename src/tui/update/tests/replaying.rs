use super::*;
use crate::tui::hold::Hold;
use crate::tui::replay::Replay;

/// A recorded run of five seconds, at its end.
fn past() -> App {
    let mut app = app(fixture::finished());
    app.hold = Hold::Past;
    app.replay = Replay::new((0..=5).map(Duration::from_secs));
    app
}

#[test]
fn a_recorded_run_goes_back_and_on_and_says_where_it_is() {
    let mut app = past();
    app.say(Tone::Plain, "a past run");
    assert_eq!(press(&mut app, Action::Earlier), (vec!["seek 4".to_owned()], String::new()));
    assert_eq!(press(&mut app, Action::MuchEarlier).0, ["seek 3"]);
    assert_eq!(press(&mut app, Action::Later).0, ["seek 4"]);
    assert_eq!(press(&mut app, Action::MuchLater).0, ["seek 5"]);
    assert!(press(&mut app, Action::Later).0.is_empty());
}

#[test]
fn it_plays_from_its_start_to_its_end_and_stops_there() {
    let mut app = past();
    assert_eq!(press(&mut app, Action::Freeze).0, ["seek 0"]);
    for frame in 1..=5 {
        assert!(app.replay.as_ref().unwrap().wait().is_some());
        let effects = update(&mut app, Event::Played);
        assert_eq!(effects.iter().map(name).collect::<Vec<_>>(), [format!("seek {frame}")]);
    }
    assert_eq!(app.replay.as_ref().unwrap().wait(), None);
}

#[test]
fn nothing_of_a_past_run_is_changed_written_again_or_asked_about() {
    let mut app = past();
    for action in [Action::TogglePolicy, Action::RaiseLoad, Action::Reset, Action::CancelTask] {
        let (effects, said) = press(&mut app, action);
        assert_eq!((effects.len(), &*said), (0, "a past run: nothing of it can be changed any more"), "{action:?}");
    }
    let running = Arc::new(fixture::live());
    assert!(update(&mut app, Event::Snapshot(Arc::clone(&running))).is_empty());
    assert!(Arc::ptr_eq(&app.newest, &running) && !app.can(Action::Export));
    assert_eq!(press(&mut app, Action::Quit).0, ["quit"]);
}

#[test]
fn a_run_without_a_recording_has_nothing_to_play() {
    let mut app = past();
    app.replay = None;
    for action in [Action::Earlier, Action::Later, Action::Freeze] {
        assert!(press(&mut app, action).0.is_empty() && !app.can(action), "{action:?}");
    }
}

#[test]
fn a_click_on_the_row_of_the_time_goes_there() {
    let mut app = past();
    press(&mut app, Action::Earlier);
    let at = |x| Mouse { gesture: Gesture::Press, at: (x, app.size.height - 2).into() };
    let [first, last] = [at(9), at(app.size.width - 8)];
    assert_eq!(update(&mut app, Event::Mouse(first)).iter().map(name).collect::<Vec<_>>(), ["seek 0"]);
    assert_eq!(update(&mut app, Event::Mouse(last)).iter().map(name).collect::<Vec<_>>(), ["seek 5"]);
}
