//! The Time screen by state and size, and what its cursor does.

use std::sync::Arc;

use ratatui::layout::Size;

use super::*;
use crate::histogram::{Histogram, Precision};
use crate::ledger::LaneKey;
use crate::outcome::Policy;
use crate::snapshot::{Heat, Marker, Snapshot, Timeline, TimelineRow, fixture};
use crate::tui::tabs::Tab;
use crate::tui::theme::Theme;
use crate::tui::update::{Event, act, update};
use crate::tui::view::tests::{COLOR, SIZES, screen};

fn app(snapshot: Snapshot, theme: Theme) -> App {
    let mut app = super::super::tests::app(snapshot, theme);
    act(&mut app, Action::Show(Tab::Time));
    update(&mut app, Event::Size(Size::new(120, 34)));
    app
}

/// Ten minutes with a slow spell, a toggle, another deadline, and latencies as they are found: most round 12 ms, some
/// round 1 s.
fn eventful() -> Snapshot {
    let ms = |ms: f64| Duration::from_secs_f64(ms / 1e3);
    let (mut timeline, mut random) = (Timeline::default(), 1u64);
    let mut next = || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(random >> 33).unwrap()) / f64::from(1u32 << 31)
    };
    for second in 0..280u64 {
        let policy = if second < 150 { Policy::Observe } else { Policy::Cancel };
        let deadline = ms(if second < 220 { 50.0 } else { 80.0 });
        let slow = 1.0 + 4.0 * (-(second as f64 - 90.0).powi(2) / 300.0).exp();
        let (mut observed, mut censored) = (Histogram::new(Precision::Coarse), Histogram::new(Precision::Coarse));
        let (mut missed, mut all) = (0, Vec::new());
        for _ in 0..400 {
            let normal = (0..6).map(|_| next()).sum::<f64>() - 3.0;
            let latency =
                if next() < 0.02 { ms(1000.0 * (0.3 * normal).exp()) } else { ms(slow * 12.0 * (0.9 * normal).exp()) };
            missed += u64::from(latency > deadline);
            if latency > deadline && policy == Policy::Cancel {
                censored.record(units::nanos(deadline + ms(0.1)));
            } else {
                observed.record(units::nanos(latency));
                all.push(latency);
            }
        }
        all.sort_unstable();
        let at = |q: f64| Some(all[(q * all.len() as f64) as usize]);
        timeline.push(TimelineRow {
            at: Duration::from_secs(second),
            length: Duration::from_secs(1),
            done: observed.count(),
            cancelled: censored.count(),
            on_time: 400 - missed,
            missed,
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            heat: Heat::of(&observed, &censored),
            lane: Some(LaneKey { policy, deadline: Some(deadline) }),
            ..TimelineRow::default()
        });
    }
    for (at, what) in [(150, "observe → cancel"), (220, "deadline 50.0 ms → 80.0 ms")] {
        timeline.mark(Marker { at: Duration::from_secs(at), what: what.into() });
    }
    let mut live = fixture::live();
    Arc::make_mut(&mut live.info).duration = Some(Duration::from_secs(300));
    Snapshot { timeline: Arc::new(timeline), elapsed: Duration::from_secs(280), deadline: Some(ms(80.0)), ..live }
}

#[test]
fn picture() {
    for (name, snapshot) in
        [("empty", fixture::empty()), ("live", fixture::live()), ("long", fixture::long()), ("eventful", eventful())]
    {
        for (t, theme) in
            [("c", COLOR), ("n", Theme { color: false, ascii: false }), ("a", Theme { color: true, ascii: true })]
        {
            let mut app = app(snapshot.clone(), theme);
            act(&mut app, Action::Left);
            act(&mut app, Action::Left);
            for size in SIZES {
                let svg = crate::tui::screen_to_svg(&screen(&app, size));
                std::fs::write(format!("/tmp/timepics/time-{name}-{t}-{}.svg", size.0), svg).unwrap();
            }
        }
    }
}
