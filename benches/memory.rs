//! What a task in flight costs in memory: resident bytes of a process with a million overdue tasks under
//! observe, the dashboard drawing, over one with as many plain tasks that sleep.

#![expect(clippy::cast_precision_loss, reason = "a bench's counts are far below 2^53")]

#[path = "support/cpu.rs"]
mod cpu;
#[path = "support/dashboard.rs"]
mod dashboard;
#[path = "support/report.rs"]
mod report;
#[path = "support/scene.rs"]
mod scene;

use std::io::Write;
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use dashboard::{Dashboard, Drawn};
use report::{Effort, Spread, Table, verdict};
use tokio::runtime::Builder;

const BYTES_GOAL: f64 = 250.0;
const FRAMES_GOAL: f64 = 10.0;
const SIZE: (u16, u16) = (120, 34);

/// Marks the process that holds the tasks, followed by their kind and number.
const CHILD: &str = "--child";

/// How long to look on once every task is in place.
const SETTLE: Duration = Duration::from_secs(2);

static POLLED: AtomicU64 = AtomicU64::new(0);

/// The body of a task, the same in both processes.
async fn sleeper() {
    POLLED.fetch_add(1, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(3600)).await;
}

fn until(what: impl Fn() -> bool) {
    while !what() {
        thread::sleep(Duration::from_millis(10));
    }
}

/// Resident bytes, if the system is one that says.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// Holds plain tasks; resident bytes.
fn plain(tasks: u64) -> u64 {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads to spare");
    (0..tasks).for_each(|_| drop(runtime.spawn(sleeper())));
    until(|| POLLED.load(Ordering::Relaxed) == tasks);
    thread::sleep(SETTLE);
    let bytes = resident().unwrap_or(0);
    runtime.shutdown_background();
    bytes
}

/// Holds tracked tasks past their deadline; resident bytes, and what the dashboard did all the while.
fn tracked(tasks: u64) -> (u64, Drawn) {
    let text = format!(
        "load = {{ mode = 'closed', concurrency = {tasks}, max_in_flight = {tasks} }}
         deadline = {{ after = '1s', on_timeout = 'observe' }}
         run = {{ duration = '1h', workers = 2 }}"
    );
    let run = scene::start(&text, |_| async {
        sleeper().await;
        Ok(())
    });
    let board = Dashboard::show(run.handle().clone(), SIZE, 0);
    until(|| run.handle().snapshot().lanes.iter().map(|lane| lane.overdue).sum::<u64>() == tasks);
    until(|| POLLED.load(Ordering::Relaxed) == tasks);
    thread::sleep(SETTLE);
    (resident().unwrap_or(0), board.close())
}

/// Runs this program again to hold tasks of one kind; the figures it prints.
fn child(kind: &str, tasks: u64) -> Option<Vec<f64>> {
    let program = std::env::current_exe().ok()?;
    let output =
        Command::new(program).args([CHILD, kind, &tasks.to_string()]).stderr(Stdio::inherit()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().map(|figure| figure.parse().ok()).collect()
}

fn hold(kind: &str, tasks: u64) -> ExitCode {
    let mut stdout = std::io::stdout();
    let _ = if kind == "plain" {
        writeln!(stdout, "{}", plain(tasks))
    } else {
        let (bytes, drawn) = tracked(tasks);
        writeln!(stdout, "{bytes} {} {} {}", drawn.frames_per_s, drawn.cpu_percent, drawn.bytes_per_s)
    };
    // A million tasks need not be dropped one by one.
    std::process::exit(0)
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, kind, tasks] = args.as_slice()
        && flag == CHILD
    {
        return hold(kind, tasks.parse().unwrap_or(0));
    }
    let effort = Effort::from_args();
    let tasks = effort.pick(1_000_000, 10_000);
    let mut table = Table::new(
        "resident bytes a task in flight, 1 million overdue under observe: median (min–max) of the rounds",
        &["plain B", "tracked B", "added B", "goal", "", "frames/s", "goal", "", "of a core", "kB/s"],
    );
    if resident().is_none() {
        table.row(["this system does not say how much memory a process holds".to_owned()]);
        table.print();
        return ExitCode::SUCCESS;
    }
    let rounds: Vec<[f64; 5]> = (0..effort.pick(3, 1))
        .map(|_| {
            let plain = child("plain", tasks);
            let tracked = child("tracked", tasks);
            let (Some([plain]), Some([tracked, frames_per_s, percent, bytes_per_s])) =
                (plain.as_deref(), tracked.as_deref())
            else {
                panic!("a process that holds {tasks} tasks did not say what it takes");
            };
            [plain / tasks as f64, tracked / tasks as f64, *frames_per_s, *percent, *bytes_per_s]
        })
        .collect();
    let spread = |at: usize| Spread::of(rounds.iter().map(|round| round[at]));
    let added = Spread::of(rounds.iter().map(|[plain, tracked, ..]| tracked - plain));
    let frames = spread(2);
    table.row([
        format!("{:.0}", spread(0).median),
        format!("{:.0}", spread(1).median),
        format!("{added:.0}"),
        format!("≤ {BYTES_GOAL:.0}"),
        verdict(added.median <= BYTES_GOAL).to_owned(),
        format!("{frames:.1}"),
        format!("≥ {FRAMES_GOAL:.0}"),
        verdict(frames.median >= FRAMES_GOAL).to_owned(),
        format!("{:.1} %", spread(3)),
        format!("{:.1}", spread(4).median / 1e3),
    ]);
    table.print();
    ExitCode::SUCCESS
}
