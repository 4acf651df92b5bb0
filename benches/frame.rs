//! What a frame costs: 200×50 with two lanes, both of them growing, and the share of a core at 30 a second.

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

use cpu::thread_cpu;
use dashboard::{Dashboard, Drawn, Screen};
use rand::RngExt;
use report::{Effort, Spread, Table, verdict};
use tardy::engine::{Clock, Command, Run};
use tardy::histogram::{Histogram, Precision};
use tardy::outcome::Policy;
use tardy::snapshot::{EndedBy, Snapshot};

const SIZE: (u16, u16) = (200, 50);
const P99_GOAL: Duration = Duration::from_millis(5);
const PERCENT_GOAL: f64 = 4.0;

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

/// Lets the run go on for `length`, toggling so that tasks of both lanes end all the time, and returns the
/// snapshots it came by.
fn toggle(run: &Run, length: Duration) -> Vec<Arc<Snapshot>> {
    let (clock, mut snapshots) = (Clock::new(), Vec::<Arc<Snapshot>>::new());
    for policy in [Policy::Cancel, Policy::Observe].into_iter().cycle() {
        run.handle().send(Command::Policy(policy));
        thread::sleep(TICK);
        let newest = run.handle().snapshot();
        if snapshots.last().is_none_or(|last| !Arc::ptr_eq(last, &newest)) {
            snapshots.push(newest);
        }
        if clock.elapsed() >= length {
            break;
        }
    }
    snapshots
}

/// Time for each of `frames` frames, every one of which shows another snapshot; and of that, on a core.
fn frames(snapshots: &[Arc<Snapshot>], frames: usize) -> (Histogram, Histogram) {
    let (clock, mut times) = (Clock::new(), Histogram::new(Precision::Fine));
    let mut on_core = times.clone();
    let mut screen = Screen::new(SIZE, Arc::clone(&snapshots[0]));
    for snapshot in snapshots.iter().cycle().skip(1).take(frames) {
        let (from, cpu) = (clock.now(), thread_cpu());
        screen.frame(snapshot);
        on_core.record(u64::try_from(thread_cpu().saturating_sub(cpu).as_nanos()).unwrap_or(u64::MAX));
        times.record(clock.now() - from);
    }
    (times, on_core)
}

fn main() {
    let effort = Effort::from_args();
    let length = effort.pick(Duration::from_secs(3), Duration::from_millis(300));
    let mut rounds: Vec<((Histogram, Histogram), Drawn)> = Vec::new();
    for _ in 0..effort.pick(5, 1) {
        let run = run();
        let board = Dashboard::show(run.handle().clone(), SIZE);
        let snapshots = toggle(&run, length);
        let drawn = board.close();
        run.handle().send(Command::Abort(EndedBy::User));
        let report = run.wait().expect("the clock holds");
        assert_eq!(report.snapshot.lanes.len(), 2, "a toggle opens a second lane");
        rounds.push((frames(&snapshots, effort.pick(1_000, 20)), drawn));
    }
    let quantile = |times: &Histogram, q| times.quantile(q).as_secs_f64() * 1e3;
    let ms = |q| Spread::of(rounds.iter().map(|((times, _), _)| quantile(times, q)));
    let on_core = |q| Spread::of(rounds.iter().map(|((_, on_core), _)| quantile(on_core, q)));
    let share = Spread::of(rounds.iter().map(|(_, drawn)| drawn.cpu_percent));
    let p99 = ms(0.99);
    let mut table = Table::new(
        "a frame at 200×50, two lanes, another snapshot each: median (min–max) of the rounds",
        &["what", "figure", "goal", ""],
    );
    table.row(["frame p50".to_owned(), format!("{:.2} ms", ms(0.5)), String::new(), String::new()]);
    let goal = P99_GOAL.as_secs_f64() * 1e3;
    let reached = verdict(p99.median <= goal);
    table.row(["frame p99".to_owned(), format!("{p99:.2} ms"), format!("≤ {goal} ms"), reached.to_owned()]);
    let goal = String::new;
    table.row(["frame p50, time on a core".to_owned(), format!("{:.2} ms", on_core(0.5)), goal(), goal()]);
    table.row(["frame p99, time on a core".to_owned(), format!("{:.2} ms", on_core(0.99)), goal(), goal()]);
    let fps = Spread::of(rounds.iter().map(|(_, drawn)| drawn.frames_per_s));
    table.row(["frames a second".to_owned(), format!("{fps:.1}"), String::new(), String::new()]);
    let reached = verdict(share.median <= PERCENT_GOAL);
    table.row(["of one core".to_owned(), format!("{share:.1} %"), format!("≤ {PERCENT_GOAL} %"), reached.to_owned()]);
    table.print();
}
