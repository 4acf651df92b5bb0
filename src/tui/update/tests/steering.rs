//! What steers the run, and what is answered.

use super::*;

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
