//! Whatever a run has come to, whatever is typed and however large the screen is: it is drawn, and within its theme.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use proptest::prelude::*;
use ratatui::layout::{Position, Size};

use super::{rows, screen};
use crate::outcome::Policy;
use crate::snapshot::{EndedBy, Snapshot, State, Timeline, fixture};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::key::{Key, Named};
use crate::tui::keyboard::{Gesture, Mouse};
use crate::tui::tabs::Tab;
use crate::tui::theme::{Colors, Ground, Theme};
use crate::tui::update::{Event, act, update};
use crate::units::{LoadMode, Rate};

/// Runs to start from: making one takes longer than drawing it.
static RUNS: LazyLock<[Snapshot; 5]> =
    LazyLock::new(|| [fixture::empty(), fixture::live(), fixture::long(), fixture::overload(), fixture::finished()]);

fn durations() -> impl Strategy<Value = Duration> {
    prop_oneof![
        Just(Duration::ZERO),
        Just(Duration::MAX),
        (0..=19u32).prop_map(|decade| Duration::from_nanos(10u64.saturating_pow(decade))),
        any::<u64>().prop_map(Duration::from_nanos),
    ]
}

fn states() -> impl Strategy<Value = State> {
    prop_oneof![
        Just(State::Warmup),
        Just(State::Running),
        Just(State::Draining),
        Just(State::Finished(EndedBy::Signal)),
    ]
}

fn modes() -> impl Strategy<Value = LoadMode> {
    let open = (1e-3..1e7f64).prop_filter_map("a rate", Rate::per_second);
    let arrivals = match &RUNS[0].load.mode {
        LoadMode::Open { arrivals, .. } => *arrivals,
        LoadMode::Closed { .. } | LoadMode::None => unreachable!("the fixture's load is open"),
    };
    prop_oneof![
        open.prop_map(move |rate| LoadMode::Open { rate, arrivals }),
        any::<u32>().prop_map(|concurrency| LoadMode::Closed { concurrency }),
        Just(LoadMode::None),
    ]
}

/// What any of the runs may turn into.
fn snapshots() -> impl Strategy<Value = Snapshot> {
    let of = (0..RUNS.len(), states(), modes(), prop::option::of(durations()), durations(), any::<bool>());
    let cut = (0..4usize, 0..200usize, any::<[bool; 4]>(), ".{0,40}");
    (of, cut).prop_map(
        |((run, state, mode, deadline, elapsed, cancel), (lanes, overdue, [few, old, swap, known], name))| {
            let mut snapshot = RUNS[run].clone();
            (snapshot.state, snapshot.load.mode, snapshot.deadline, snapshot.elapsed) =
                (state, mode, deadline, elapsed);
            snapshot.policy = if cancel { Policy::Cancel } else { Policy::Observe };
            snapshot.lanes.truncate(lanes);
            snapshot.overdue.truncate(overdue);
            if swap {
                snapshot.lanes.reverse();
            }
            if few {
                snapshot.timeline = Arc::new(Timeline::default());
            }
            if old {
                snapshot.recent = Arc::default();
            }
            if !known {
                snapshot.cost.memory_bytes = None;
                snapshot.runtime.workers.clear();
                snapshot.runtime.split = None;
            }
            Arc::make_mut(&mut snapshot.info).scenario = name;
            snapshot
        },
    )
}

fn keys() -> impl Strategy<Value = Key> {
    let named = Named::all().collect::<Vec<_>>();
    prop_oneof![
        3 => prop::sample::select(('!'..='~').collect::<Vec<_>>()).prop_map(Key::Char),
        2 => prop::sample::select(named).prop_map(Key::Named),
        1 => prop::sample::select(vec!['c', 'd', 'u', 'z']).prop_map(Key::Ctrl),
    ]
}

fn events() -> impl Strategy<Value = Event> {
    let gestures = prop::sample::select(vec![Gesture::Press, Gesture::Drag, Gesture::ScrollUp, Gesture::ScrollDown]);
    let places = (0..210u16, 0..60u16).prop_map(|(x, y)| Position::new(x, y));
    prop_oneof![
        12 => keys().prop_map(Event::Key),
        4 => (gestures, places).prop_map(|(gesture, at)| Event::Mouse(Mouse { gesture, at })),
        1 => snapshots().prop_map(|snapshot| Event::Snapshot(Arc::new(snapshot))),
        1 => ".{0,60}".prop_map(Event::Pasted),
        1 => sizes().prop_map(Event::Size),
    ]
}

fn sizes() -> impl Strategy<Value = Size> {
    prop_oneof![(1..=500u16, 1..=200u16), (1..=130u16, 1..=40u16)].prop_map(|(width, height)| Size::new(width, height))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn any_run_is_drawn_at_any_size_after_any_events(
        snapshot in snapshots(),
        events in prop::collection::vec(events(), 0..24),
        size in sizes(),
        ascii in any::<bool>(),
    ) {
        let theme = Theme::new(Colors::None, Ground::Dark).with_ascii(ascii);
        let mut app = App::new(Arc::new(snapshot), theme);
        update(&mut app, Event::Size(size));
        for event in events {
            update(&mut app, event);
            let buffer = screen(&app, (app.size.width, app.size.height));
            let is_plain = |symbol: &str| symbol.chars().all(|c| !c.is_control() && (!ascii || c.is_ascii()));
            prop_assert!(rows(&buffer).flatten().all(|cell| is_plain(cell.symbol())));
        }
    }
}

/// What another process shows of a run, as bytes that a few changes were made to.
fn spoilt() -> impl Strategy<Value = Vec<u8>> {
    static RUNS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
        let runs = [fixture::live(), fixture::keeping(), fixture::overload(), fixture::tour(60, 30)];
        runs.iter().map(|run| run.to_bytes().unwrap()).collect()
    });
    let byte = prop_oneof![any::<u8>(), prop::sample::select(vec![0, 1, 127, 128, 255])];
    let changes = prop::collection::vec((any::<prop::sample::Index>(), byte), 1..4);
    (0..RUNS.len(), changes).prop_map(|(run, changes)| {
        let mut bytes = RUNS[run].clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn what_another_process_says_of_a_run_is_refused_or_drawn(bytes in spoilt()) {
        let Ok(snapshot) = Snapshot::from_bytes(&bytes) else { return Ok(()) };
        let theme = Theme::new(Colors::None, Ground::Dark);
        let mut app = App::new(Arc::new(snapshot), theme);
        for size in [(120, 34), (60, 15)] {
            update(&mut app, Event::Size(Size::new(size.0, size.1)));
            for tab in Tab::ALL {
                act(&mut app, Action::Show(tab));
                screen(&app, size);
            }
        }
    }
}
