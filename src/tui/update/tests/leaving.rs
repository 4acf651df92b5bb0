//! Every way out, and what becomes of files.

use super::*;

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
