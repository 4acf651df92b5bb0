//! What a frame of each screen costs at 200×50 with two lanes, both of them growing: time, the share of a core at 30 a
//! second, and what it writes to the terminal.

#[path = "support/cpu.rs"]
mod cpu;
#[path = "support/dashboard.rs"]
mod dashboard;
#[path = "support/report.rs"]
mod report;
#[path = "support/scene.rs"]
mod scene;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use dashboard::{Dashboard, Drawn, Screen};
use rand::RngExt;
use report::{Effort, Spread, Table, verdict};
use tardy::engine::{Clock, Command, Run};
use tardy::histogram::{Histogram, Precision};
use tardy::outcome::Policy;
use tardy::snapshot::{EndedBy, Snapshot};
use tardy::tui::App;

const SIZE: (u16, u16) = (200, 50);
const P99_GOAL: Duration = Duration::from_millis(5);
const PERCENT_GOAL: f64 = 4.0;
const KB_GOAL: f64 = 30.0;

/// A snapshot every tick of the engine.
const TICK: Duration = Duration::from_millis(50);

/// 2,000 tasks a second, latencies from 1 to 100 ms, a fifth of them past the deadline.
fn run() -> Run {
    scene::start(
        "load = { mode = 'open', rate = '2000/s' }
         deadline = { after = '40ms', on_timeout = 'observe' }
         run = { duration = '1h', workers = 2 }",
        |cx| async move {
            let decades: f64 = cx.rng().random_range(0.0..2.0);
            tokio::time::sleep(Duration::from_secs_f64(1e-3 * 10f64.powf(decades))).await;
            Ok(())
        },
    )
}

/// Lets the run go on for `length`, toggling at these times, and returns the snapshots it came by.
fn toggle(run: &Run, length: Duration, every: Duration) -> Vec<Arc<Snapshot>> {
    let (clock, mut snapshots) = (Clock::new(), Vec::<Arc<Snapshot>>::new());
    for policy in [Policy::Cancel, Policy::Observe].into_iter().cycle() {
        run.handle().send(Command::Policy(policy));
        let until = (clock.elapsed() + every).min(length);
        while clock.elapsed() < until {
            thread::sleep(TICK);
            let newest = run.handle().snapshot();
            if snapshots.last().is_none_or(|last| !Arc::ptr_eq(last, &newest)) {
                snapshots.push(newest);
            }
        }
        if until == length {
            break;
        }
    }
    snapshots
}

/// Time for each of `frames` frames of a screen, every one of which shows another snapshot.
fn frames(snapshots: &[Arc<Snapshot>], tab: usize, frames: usize) -> Histogram {
    let (clock, mut times) = (Clock::new(), Histogram::new(Precision::Fine));
    let mut screen = Screen::new(SIZE, tab, Arc::clone(&snapshots[0]));
    for snapshot in snapshots.iter().cycle().skip(1).take(frames) {
        let from = clock.now();
        screen.frame(snapshot);
        times.record(clock.now() - from);
    }
    times
}

/// One screen in one round.
struct Round {
    times: Histogram,
    drawn: Drawn,
}

fn round(tab: usize, effort: Effort) -> Round {
    let run = run();
    let board = Dashboard::show(run.handle().clone(), SIZE, tab);
    // Toggled once, and then so that tasks of both lanes end between any two frames.
    toggle(&run, effort.pick(Duration::from_secs(4), Duration::from_millis(300)), Duration::from_secs(2));
    let drawn = board.close();
    let snapshots = toggle(&run, effort.pick(Duration::from_secs(1), Duration::from_millis(300)), TICK);
    run.handle().send(Command::Abort(EndedBy::User));
    let report = run.wait().expect("the clock holds");
    assert_eq!(report.snapshot.lanes.len(), 2, "a toggle opens a second lane");
    Round { times: frames(&snapshots, tab, effort.pick(600, 20)), drawn }
}

fn main() {
    let effort = Effort::from_args();
    let mut rounds: Vec<Vec<Round>> = (0..App::tabs()).map(|_| Vec::new()).collect();
    for _ in 0..effort.pick(5, 1) {
        for (tab, rounds) in rounds.iter_mut().enumerate() {
            rounds.push(round(tab, effort));
        }
    }
    let mut table = Table::new(
        "a frame at 200×50, two lanes, another snapshot each: median (min–max) of the rounds. Goals: p99 ≤ 5 ms, \
         ≤ 4 % of a core and ≤ 30 kB/s at 30 frames a second",
        &["screen", "p50", "p99", "", "of a core", "", "kB/s", "", "frames/s"],
    );
    for (tab, rounds) in rounds.iter().enumerate() {
        let ms = |q| Spread::of(rounds.iter().map(|round| round.times.quantile(q).as_secs_f64() * 1e3));
        let drawn = |what: fn(&Drawn) -> f64| Spread::of(rounds.iter().map(|round| what(&round.drawn)));
        let (p99, share) = (ms(0.99), drawn(|drawn| drawn.cpu_percent));
        let written = drawn(|drawn| drawn.bytes_per_s / 1e3);
        table.row([
            (tab + 1).to_string(),
            format!("{:.2} ms", ms(0.5)),
            format!("{p99:.2} ms"),
            verdict(p99.median <= P99_GOAL.as_secs_f64() * 1e3).to_owned(),
            format!("{share:.1} %"),
            verdict(share.median <= PERCENT_GOAL).to_owned(),
            format!("{written:.1}"),
            verdict(written.median <= KB_GOAL).to_owned(),
            format!("{:.1}", drawn(|drawn| drawn.frames_per_s)),
        ]);
    }
    table.print();
}
