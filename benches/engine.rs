//! What a whole run leaves of the throughput: no-op tasks a second of a closed-loop run with the dashboard
//! drawing, over a bare loop that spawns and joins with the same concurrency.

#![expect(clippy::cast_precision_loss, reason = "a bench's counts are far below 2^53")]

#[path = "support/cpu.rs"]
mod cpu;
#[path = "support/dashboard.rs"]
mod dashboard;
#[path = "support/report.rs"]
mod report;
#[path = "support/scene.rs"]
mod scene;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dashboard::{Dashboard, Drawn};
use report::{Effort, Spread, Table, verdict};
use tardy::engine::Clock;
use tardy::snapshot::LaneView;
use tokio::runtime::{Builder, Runtime};

const CONCURRENCY: usize = 64;
const SIZE: (u16, u16) = (120, 34);
const GOAL: f64 = 0.75;

/// Tasks a second of a bare loop: each of its spawners joins one task before it spawns the next.
fn bare(runtime: &Runtime, length: Duration) -> f64 {
    let (clock, over) = (Clock::new(), Arc::new(AtomicBool::new(false)));
    let spawners: Vec<_> = (0..CONCURRENCY)
        .map(|_| {
            let (handle, over) = (runtime.handle().clone(), Arc::clone(&over));
            runtime.spawn(async move {
                let mut joined = 0u64;
                while !over.load(Ordering::Relaxed) {
                    let _ = handle.spawn(async {}).await;
                    joined += 1;
                }
                joined
            })
        })
        .collect();
    std::thread::sleep(length);
    over.store(true, Ordering::Relaxed);
    let joined: u64 = spawners.into_iter().filter_map(|spawner| runtime.block_on(spawner).ok()).sum();
    joined as f64 / clock.elapsed().as_secs_f64()
}

/// Tasks a second of a run, as its own books say, and what the dashboard did meanwhile.
fn run(length: Duration) -> (f64, Drawn) {
    let text = format!(
        "load = {{ mode = 'closed', concurrency = {CONCURRENCY} }}
         deadline = {{ after = '5s', on_timeout = 'observe' }}
         run = {{ duration = '{}ms', workers = 2 }}",
        length.as_millis()
    );
    let run = scene::start(&text, |_| async { Ok(()) });
    let board = Dashboard::show(run.handle().clone(), SIZE, 0);
    let snapshot = run.wait().expect("the clock holds").snapshot;
    let drawn = board.close();
    assert_eq!(snapshot.balanced, Some(true), "the books of a bench balance too");
    (snapshot.total(LaneView::done) as f64 / snapshot.elapsed.as_secs_f64(), drawn)
}

fn main() {
    let effort = Effort::from_args();
    let length = effort.pick(Duration::from_secs(2), Duration::from_millis(100));
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads to spare");
    let rounds: Vec<(f64, (f64, Drawn))> =
        (0..effort.pick(7, 1)).map(|_| (bare(&runtime, length), run(length))).collect();
    let share = Spread::of(rounds.iter().map(|(bare, (run, _))| run / bare));
    let per_s = |pick: fn(&(f64, (f64, Drawn))) -> f64| Spread::of(rounds.iter().map(|round| pick(round) / 1e3));
    let mut table = Table::new(
        "no-op tasks a second, closed loop, concurrency 64: median (min–max) of the rounds",
        &["bare k/s", "run k/s", "run over bare", "goal", "", "frames/s", "of a core", "kB/s"],
    );
    table.row([
        format!("{:.0}", per_s(|round| round.0)),
        format!("{:.0}", per_s(|round| round.1.0)),
        share.to_string(),
        format!("≥ {GOAL:.2}"),
        verdict(share.median >= GOAL).to_owned(),
        format!("{:.0}", Spread::of(rounds.iter().map(|(_, (_, drawn))| drawn.frames_per_s))),
        format!("{:.1} %", Spread::of(rounds.iter().map(|(_, (_, drawn))| drawn.cpu_percent))),
        format!("{:.1}", Spread::of(rounds.iter().map(|(_, (_, drawn))| drawn.bytes_per_s / 1e3))),
    ]);
    table.print();
}
