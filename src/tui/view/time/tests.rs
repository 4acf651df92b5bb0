//! The Time screen by state and size, and what its cursor does.

use std::sync::Arc;

use proptest::prelude::*;
use ratatui::layout::Size;
use ratatui::style::Color;

use super::*;
use crate::histogram::{Histogram, Precision};
use crate::ledger::LaneKey;
use crate::outcome::Policy;
use crate::snapshot::{Counts, Heat, Marker, Snapshot, Timeline, TimelineRow, fixture};
use crate::tui::keyboard::{Gesture, Mouse};
use crate::tui::tabs::Tab;
use crate::tui::theme::{Colors, Ground, Theme};
use crate::tui::update::{Event, act, update};
use crate::tui::view::tests::{BODIES, COLOR, PLAIN, described, text};

fn app(snapshot: Snapshot, theme: Theme) -> App {
    let mut app = super::super::tests::app(snapshot, theme);
    act(&mut app, Action::Show(Tab::Time));
    update(&mut app, Event::Size(Size::new(120, 34)));
    app
}

/// Five minutes with a slow spell, a toggle, another deadline, and latencies as they are found: most round 12 ms, some
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
        let lane = LaneKey { policy, deadline: Some(deadline) };
        timeline.push(TimelineRow {
            counts: Counts {
                done: observed.count(),
                cancelled: censored.count(),
                on_time: 400 - missed,
                missed,
                ..Counts::default()
            },
            at: Duration::from_secs(second),
            length: Duration::from_secs(1),
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            heat: Heat::of(lane, &observed, &censored),
            lane: Some(lane),
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

fn body(app: &App, (width, height): (u16, u16)) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    Time(app).render(buffer.area, &mut buffer);
    buffer
}

/// The cursor on the newest column, then moved.
fn with_cursor(snapshot: Snapshot, theme: Theme) -> App {
    let mut app = app(snapshot, theme);
    for action in [Action::Last, Action::Left, Action::Left, Action::Up] {
        act(&mut app, action);
    }
    app
}

fn states() -> [(&'static str, App); 11] {
    [
        ("empty", app(fixture::empty(), COLOR)),
        ("live", app(fixture::live(), COLOR)),
        ("long", app(fixture::long(), COLOR)),
        ("finished", app(fixture::finished(), COLOR)),
        ("past", with_cursor(fixture::past(), COLOR)),
        ("early", with_cursor(fixture::early(), COLOR)),
        ("eventful", app(eventful(), COLOR)),
        ("cursor", with_cursor(eventful(), COLOR)),
        ("light", with_cursor(eventful(), Theme::new(Colors::True, Ground::Light))),
        ("no_color", with_cursor(eventful(), PLAIN)),
        ("ascii", with_cursor(eventful(), COLOR.with_ascii(true))),
    ]
}

#[test]
fn every_state_at_every_size_looks_as_it_was_approved() {
    for (name, app) in states() {
        for size in BODIES {
            insta::assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), described(&body(&app, size)));
        }
    }
}

#[test]
fn ascii_means_ascii_and_no_colour_none() {
    for size in BODIES {
        let ascii = body(&with_cursor(eventful(), COLOR.with_ascii(true)), size);
        assert!(text(&ascii).is_ascii(), "{}", text(&ascii));
        let plain = body(&with_cursor(eventful(), PLAIN), size);
        assert!(plain.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    }
}

/// Where the cursor is, in seconds and in whole milliseconds.
fn place(app: &App) -> Option<(u64, u128)> {
    app.cursor.spot.map(|spot| (spot.time.as_secs(), spot.latency.as_millis()))
}

#[test]
fn keys_move_the_cursor_by_column_and_by_band() {
    use Action::{Close, Down, First, Last, Left, Right, Up};
    let mut app = app(fixture::live(), COLOR);
    // 42 columns of a second, and 30 bands of some 6 ms there.
    for (action, expected) in [
        (Left, Some((41, 4))),
        (Left, Some((40, 4))),
        (Right, Some((41, 4))),
        (Right, Some((41, 4))),
        (First, Some((0, 4))),
        (Left, Some((0, 4))),
        (Up, Some((0, 5))),
        (Up, Some((0, 7))),
        (Down, Some((0, 5))),
        (Last, Some((41, 5))),
        (Close, None),
        (First, Some((0, 4))),
    ] {
        assert!(act(&mut app, action).is_empty());
        assert_eq!(place(&app), expected, "{action:?}");
    }
}

#[test]
fn the_cursor_keeps_its_time_and_latency_while_the_run_goes_on_and_the_screen_changes() {
    let mut app = with_cursor(fixture::live(), COLOR);
    let (spot, before) = (app.cursor.spot, read_out(&app, body_of(&app)).unwrap());
    update(&mut app, Event::Snapshot(Arc::new(fixture::long())));
    for size in [Size::new(80, 24), Size::new(200, 50), Size::new(20, 5), Size::new(120, 34)] {
        update(&mut app, Event::Size(size));
        assert_eq!(app.cursor.spot, spot);
        assert!(read_out(&app, body_of(&app)).is_some());
    }
    update(&mut app, Event::Snapshot(Arc::new(fixture::live())));
    assert_eq!(read_out(&app, body_of(&app)).unwrap(), before);
}

#[test]
fn the_cursor_reads_what_is_there() {
    let read = read_out(&with_cursor(fixture::live(), COLOR), Rect::new(0, 0, 120, 30)).unwrap();
    assert!(read.starts_with("00:39–00:40  5."), "{read}");
    for part in [" tasks · ", " % of 312", "missed 4.41 %", "p50 ≈ ", "p99 ≥ 1.00 s"] {
        assert!(read.contains(part), "{part}: {read}");
    }
}

#[test]
fn the_cursor_reads_no_counts_of_a_run_whose_files_lack_them() {
    let read = read_out(&with_cursor(fixture::early(), COLOR), Rect::new(0, 0, 120, 30)).unwrap();
    assert_eq!(read, "00:39–00:40 · missed 4.41 % · p50 12.0 ms · p99 1.01 s");
}

#[test]
fn the_figures_say_which_column_they_are_of() {
    let screen = |app: &App| text(&body(app, (120, 30)));
    let newest = screen(&app(eventful(), COLOR));
    assert!(newest.contains("last 4 s") && newest.contains("p99    ≥ 80.0 ms"), "{newest}");
    let mut slow = with_cursor(eventful(), COLOR);
    slow.cursor.spot = slow.cursor.spot.map(|spot| Spot { time: Duration::from_secs(90), ..spot });
    let slow = screen(&slow);
    assert!(!slow.contains("last 4 s") && slow.matches("01:28–01:32").count() == 2, "{slow}");
    assert!(slow.contains("p50    ≈ 59.6 ms"), "{slow}");
}

#[test]
fn a_column_keeps_its_own_deadline_and_only_what_is_to_come_has_todays() {
    let ms = Duration::from_millis;
    let rows = (0..40u64).map(|at| row(at, &[2_000_000], Some(if at < 20 { 30_000_000 } else { 300_000_000 })));
    let mut timeline = Timeline::default();
    rows.for_each(|row| timeline.push(row));
    let app = app(Snapshot { timeline: Arc::new(timeline), deadline: Some(ms(1_000)), ..fixture::live() }, COLOR);
    let (buf, plan) = (body(&app, (120, 30)), Plan::new(&app, Rect::new(0, 0, 120, 30)));
    let across = app.theme.glyphs().across;
    for chart in [plan.heat, plan.lines] {
        let (buf, left) = (&buf, chart.x);
        let drawn = |x: u16| (chart.y..chart.bottom()).filter(move |&y| buf[(left + x, y)].symbol() == across);
        let [first, second, today] = [plan.cells(0), plan.cells(20), plan.to_come()].map(|cells| {
            let ys: Vec<_> = drawn(cells.start).collect();
            assert_eq!(ys.len(), 1);
            ys[0]
        });
        assert!(first > second && second > today);
        for column in 0..40 {
            let own = if column < 20 { first } else { second };
            assert!(plan.cells(column).all(|x| drawn(x).eq([own])));
        }
        assert!(plan.to_come().all(|x| drawn(x).eq([today])));
    }
}

#[test]
fn labels_of_the_time_axis_are_equally_far_apart() {
    for (name, app) in states() {
        for (width, height) in BODIES.into_iter().chain((60..200).map(|width| (width, 30))) {
            let plan = Plan::new(&app, Rect::new(0, 0, width, height));
            let buf = body(&app, (width, height));
            let tick = |x: &u16| buf[(*x, plan.axis.y)].symbol() == app.theme.glyphs().tick;
            let ticks: Vec<u16> = (plan.axis.x..plan.axis.right()).filter(tick).collect();
            // The cursor's sign takes the place of a label.
            let gaps: Vec<u16> = ticks.windows(2).map(|pair| pair[1] - pair[0]).collect();
            let least = gaps.iter().min().copied().unwrap_or(1);
            assert!(gaps.iter().all(|gap| gap % least == 0), "{name} {width}: {ticks:?}");
        }
    }
}

#[test]
fn the_mouse_puts_the_cursor_where_it_points_and_nowhere_else() {
    let mut app = app(fixture::live(), COLOR);
    let plan = Plan::new(&app, body_of(&app));
    for y in 0..plan.heat.height {
        for column in 0..plan.columns.len() {
            let at = Position::new(plan.heat.x + plan.cells(column).end - 1, plan.heat.y + y);
            let spot = cursor::at(&app, &plan, at).unwrap();
            assert_eq!(plan.column(spot.time), Some(column));
            let dot = usize::from(plan.heat.height - 1 - y) * 2;
            let band = plan.bands.band(Heat::place(spot.latency));
            assert!((dot..dot + 2).any(|dot| plan.bands.at_dot(dot) == band));
        }
    }
    let press = |gesture, at| Event::Mouse(Mouse { gesture, at });
    let inside = Position::new(plan.heat.x + 5, plan.heat.y + 3);
    update(&mut app, press(Gesture::Press, inside));
    let first = app.cursor.spot;
    update(&mut app, press(Gesture::Drag, Position::new(inside.x + 8, plan.missed.y)));
    assert_eq!(app.cursor.spot.map(|spot| spot.latency), first.map(|spot| spot.latency));
    assert!(app.cursor.spot > first);
    let kept = app.cursor.spot;
    update(&mut app, press(Gesture::Press, Position::new(plan.heat.right() + 3, plan.heat.y)));
    assert_eq!(app.cursor.spot, kept);
}

#[test]
fn a_run_without_a_task_yet_has_nothing_to_read() {
    let mut app = app(fixture::empty(), COLOR);
    for action in [Action::Left, Action::Up, Action::Last] {
        act(&mut app, action);
        assert_eq!(app.cursor.spot, None);
    }
    assert_eq!(read_out(&app, body_of(&app)), None);
}

/// A row with these latencies, nanoseconds, every third of them cancelled.
fn row(second: u64, latencies: &[u64], deadline: Option<u64>) -> TimelineRow {
    let (mut observed, mut censored) = (Histogram::new(Precision::Coarse), Histogram::new(Precision::Coarse));
    for (n, &ns) in latencies.iter().enumerate() {
        if n % 3 == 2 { &mut censored } else { &mut observed }.record(ns);
    }
    let deadline = deadline.map(Duration::from_nanos);
    let lane = LaneKey { policy: Policy::Cancel, deadline };
    TimelineRow {
        counts: Counts { missed: censored.count(), ..Counts::default() },
        at: Duration::from_secs(second),
        length: Duration::from_secs(1),
        heat: Heat::of(lane, &observed, &censored),
        lane: deadline.map(|_| lane),
        ..TimelineRow::default()
    }
}

fn latency() -> impl Strategy<Value = u64> {
    prop_oneof![0u64..1_000, 1_000u64..100_000_000, 1_000_000u64..8_000_000_000_000, Just(u64::MAX)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_column_lies_about_its_total_and_no_size_makes_it_panic(
        pattern in prop::collection::vec((prop::collection::vec(latency(), 0..12), prop::option::of(latency())), 0..12),
        times in prop_oneof![1u64..20, Just(100u64)],
        size in (0u16..230, 0u16..70),
        seconds in prop::option::of(0u64..10_000),
        colors in prop::sample::select(vec![Colors::True, Colors::Indexed, Colors::Sixteen, Colors::None]),
        spot in prop::option::of((0u64..3_000, latency())),
    ) {
        let mut timeline = Timeline::default();
        let seconds_of_it = (0..).zip((0..times).flat_map(|_| &pattern));
        seconds_of_it.for_each(|(at, (latencies, deadline))| timeline.push(row(at, latencies, *deadline)));
        let rows = timeline.rows().len();
        let mut live = fixture::live();
        Arc::make_mut(&mut live.info).duration = seconds.map(Duration::from_secs);
        let mut app = app(Snapshot { timeline: Arc::new(timeline), ..live }, Theme::new(colors, Ground::Light));
        app.cursor.spot = spot.map(|(at, ns)| Spot { time: Duration::from_secs(at), latency: Duration::from_nanos(ns) });
        body(&app, size);

        let plan = Plan::new(&app, Rect::new(0, 0, size.0, size.1));
        let total = |heat: &Heat| heat.cells().map(|cell| cell.observed + cell.censored).sum::<u64>();
        if plan.bands.count() > 0 {
            for column in &plan.columns {
                let counts = heatmap::counts(&plan, column);
                prop_assert_eq!(counts.iter().map(|count| count.all()).sum::<u64>(), total(&column.heat));
            }
        }
        let shown: u64 = plan.columns.iter().map(|column| total(&column.heat)).sum();
        let there: u64 = app.shown().timeline.rows().iter().map(|row| total(&row.heat)).sum();
        prop_assert_eq!(shown, there);
        prop_assert!(plan.columns.len() <= rows && plan.columns.len() <= usize::from(plan.heat.width).max(1));
        // Columns lie beside each other, and each has a place of its own.
        for column in 0..plan.columns.len().saturating_sub(1) {
            prop_assert_eq!(plan.cells(column).end, plan.cells(column + 1).start);
            prop_assert!(plan.heat.width == 0 || !plan.cells(column).is_empty());
        }
    }
}
