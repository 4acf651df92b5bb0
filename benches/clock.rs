//! How precise the clock is: how late arrivals come and how late a missed deadline is known, beside what
//! tokio's own timers reach.
//!
//! A missed deadline is *known* when the clock asks for the task's cancellation; tokio knows it when the
//! timeout drops the future, for nothing in it says so earlier. While both workers are blocked nobody can
//! drop anything, so for tardy the drop is shown beside it. On idle workers the drop is the figure for both.

#[path = "support/report.rs"]
mod report;
#[path = "support/scene.rs"]
mod scene;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use report::{Effort, Spread, Table, verdict};
use tardy::engine::{Clock, Command};
use tardy::histogram::{Histogram, Precision};
use tardy::scenario::TaskContext;
use tardy::snapshot::EndedBy;
use tokio::runtime::{Builder, Handle, Runtime};

const DEADLINE: Duration = Duration::from_millis(20);

/// One task for each of these.
const PERIOD: Duration = Duration::from_millis(2);

/// How long a hog keeps its worker from everybody else.
const HOGGED: Duration = Duration::from_millis(20);

/// How often the watcher looks who has been asked to end; its figures are too long by up to this.
const LOOK: Duration = Duration::from_micros(50);

const TIGHTER_GOAL: f64 = 5.0;
const BLOCKED_GOAL: Duration = Duration::from_millis(2);

/// What the workers do beside the tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Workers {
    Idle,
    /// Both block in a system call, so that the cores are free.
    Blocked,
    /// Both burn, so that the clock must also win its core from them.
    Burning,
}

impl Workers {
    const ALL: [Self; 3] = [Self::Idle, Self::Blocked, Self::Burning];

    const fn text(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Blocked => "both blocked, 20 ms",
            Self::Burning => "both burning, 20 ms",
        }
    }
}

/// Keeps the workers of a runtime from polling anything else until dropped.
struct Hogs(Arc<AtomicBool>);

impl Hogs {
    fn on(runtime: &Handle, workers: Workers) -> Self {
        let over = Arc::new(AtomicBool::new(workers == Workers::Idle));
        for _ in 0..2 {
            let over = Arc::clone(&over);
            runtime.spawn(async move {
                let clock = Clock::new();
                while !over.load(Ordering::Relaxed) {
                    if workers == Workers::Blocked {
                        thread::sleep(HOGGED);
                    } else {
                        let until = clock.elapsed() + HOGGED;
                        while clock.elapsed() < until {
                            std::hint::spin_loop();
                        }
                    }
                    tokio::task::yield_now().await;
                }
            });
        }
        Self(over)
    }
}

impl Drop for Hogs {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How late things were; shared by all who see them.
#[derive(Clone)]
struct Lateness {
    clock: Clock,
    times: Arc<Mutex<Histogram>>,
}

/// Lives in a future that never ends and notes how long after its deadline it is dropped.
struct Held {
    since: Duration,
    lateness: Lateness,
}

impl Lateness {
    fn new() -> Self {
        Self { clock: Clock::new(), times: Arc::new(Mutex::new(Histogram::new(Precision::Fine))) }
    }

    fn hold(&self) -> Held {
        Held { since: self.clock.elapsed(), lateness: self.clone() }
    }

    /// Notes that a deadline that counts from `since` shows to be missed; what ends before it was not.
    fn note(&self, since: Duration) {
        if let Some(late) = self.clock.elapsed().checked_sub(since + DEADLINE) {
            let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
            times.record(u64::try_from(late.as_nanos()).unwrap_or(u64::MAX));
        }
    }

    fn take(&self) -> Histogram {
        self.times.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.lateness.note(self.since);
    }
}

/// Notes when each of the tasks that come by is asked to end, from outside the runtime.
fn watch(tasks: &Receiver<(TaskContext, Duration)>, lateness: &Lateness, over: &AtomicBool) {
    let mut waiting = Vec::new();
    while !over.load(Ordering::Relaxed) {
        waiting.extend(tasks.try_iter());
        waiting.retain(|(task, since): &(TaskContext, Duration)| {
            let asked = task.is_cancelled();
            if asked {
                lateness.note(*since);
            }
            !asked
        });
        thread::sleep(LOOK);
    }
}

/// How late tardy knows of missed deadlines, and how late the futures are dropped.
fn tardy_deadlines(workers: Workers, length: Duration) -> (Histogram, Histogram) {
    let (known, dropped, over) = (Lateness::new(), Lateness::new(), AtomicBool::new(false));
    let (sender, tasks) = channel();
    let text = format!(
        "load = {{ mode = 'open', rate = '{}/s', arrivals = 'constant' }}
         deadline = {{ after = '{}ms', on_timeout = 'cancel' }}
         run = {{ duration = '1h', workers = 2 }}",
        1_000 / PERIOD.as_millis(),
        DEADLINE.as_millis(),
    );
    let (held, clock) = (dropped.clone(), known.clock.clone());
    let run = scene::start(&text, move |cx| {
        let _ = sender.send((cx, clock.elapsed()));
        let held = held.hold();
        async move {
            let _held = held;
            std::future::pending().await
        }
    });
    let hogs = Hogs::on(run.spawner().runtime(), workers);
    thread::scope(|scope| {
        // On idle workers the drop says it all, and a thread that looks on would only be in the way.
        if workers != Workers::Idle {
            let (known, over) = (&known, &over);
            scope.spawn(move || watch(&tasks, known, over));
        }
        thread::sleep(length);
        over.store(true, Ordering::Relaxed);
    });
    let figures = (known.take(), dropped.take());
    drop(hogs);
    run.handle().send(Command::Abort(EndedBy::User));
    let _ = run.wait();
    figures
}

/// How late `tokio::time::timeout` drops futures.
fn tokio_deadlines(workers: Workers, length: Duration) -> Histogram {
    let (runtime, dropped) = (runtime(), Lateness::new());
    let hogs = Hogs::on(runtime.handle(), workers);
    let entered = runtime.enter();
    let mut next = Duration::ZERO;
    while next < length {
        let held = dropped.hold();
        drop(runtime.spawn(tokio::time::timeout(DEADLINE, async move {
            let _held = held;
            std::future::pending::<()>().await;
        })));
        next += PERIOD;
        thread::sleep(next.saturating_sub(dropped.clock.elapsed()));
    }
    let figures = dropped.take();
    drop((hogs, entered));
    runtime.shutdown_background();
    figures
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads to spare")
}

/// How late the arrivals of a constant open load are spawned.
fn tardy_arrivals(per_s: u32, length: Duration) -> Histogram {
    let text = format!(
        "load = {{ mode = 'open', rate = '{per_s}/s', arrivals = 'constant' }}
         deadline = {{ after = '1s', on_timeout = 'observe' }}
         run = {{ duration = '{}ms', workers = 2 }}",
        length.as_millis()
    );
    let report = scene::start(&text, |_| async { Ok(()) }).wait().expect("the clock holds");
    (*report.snapshot.load.arrival_lag).clone()
}

/// How late a tokio interval on an idle runtime spawns as many.
fn tokio_arrivals(per_s: u32, length: Duration) -> Histogram {
    let runtime = runtime();
    let (handle, spawner) = (runtime.handle().clone(), runtime.handle().clone());
    runtime.block_on(async move {
        let arrivals = handle.spawn(async move {
            let (clock, mut lags) = (Clock::new(), Histogram::new(Precision::Fine));
            let mut ticks = tokio::time::interval(Duration::from_secs(1) / per_s);
            while clock.elapsed() < length {
                let intended = ticks.tick().await;
                drop(spawner.spawn(async {}));
                lags.record(u64::try_from(intended.elapsed().as_nanos()).unwrap_or(u64::MAX));
            }
            lags
        });
        arrivals.await.expect("nothing panics here")
    })
}

/// One quantile over all rounds, in microseconds.
fn micros<'a>(rounds: impl Iterator<Item = &'a Histogram>, quantile: f64) -> Spread {
    Spread::of(rounds.map(|times| times.quantile(quantile).as_secs_f64() * 1e6))
}

/// The row of one comparison on idle workers, judged by how much tighter tardy's median is.
fn tighter(what: String, rounds: &[(Histogram, Histogram)]) -> [String; 8] {
    let (tardy, tokio) = (|| rounds.iter().map(|round| &round.0), || rounds.iter().map(|round| &round.1));
    let p50s =
        rounds.iter().map(|(tardy, tokio)| tokio.quantile(0.5).as_secs_f64() / tardy.quantile(0.5).as_secs_f64());
    let ratio = Spread::of(p50s);
    [
        what,
        format!("{:.0}", micros(tardy(), 0.5)),
        format!("{:.0}", micros(tardy(), 0.99)),
        format!("{:.0}", micros(tokio(), 0.5)),
        format!("{:.0}", micros(tokio(), 0.99)),
        format!("{ratio:.1}"),
        format!("p50 ≥ {TIGHTER_GOAL:.0} times tighter"),
        verdict(ratio.median >= TIGHTER_GOAL).to_owned(),
    ]
}

/// The row of hogged workers, judged by how late tardy knows of a miss.
fn hogged(workers: Workers, rounds: &[((Histogram, Histogram), Histogram)]) -> [String; 8] {
    let (known, tokio) = (|| rounds.iter().map(|round| &round.0.0), || rounds.iter().map(|round| &round.1));
    let p99 = micros(known(), 0.99);
    let goal = BLOCKED_GOAL.as_secs_f64() * 1e6;
    let dropped = micros(rounds.iter().map(|round| &round.0.1), 0.5);
    [
        format!("deadline known, {} (dropped p50 {:.0})", workers.text(), dropped.median),
        format!("{:.0}", micros(known(), 0.5)),
        format!("{p99:.0}"),
        format!("{:.0}", micros(tokio(), 0.5)),
        format!("{:.0}", micros(tokio(), 0.99)),
        String::new(),
        format!("p99 ≤ {goal:.0}"),
        verdict(p99.median <= goal).to_owned(),
    ]
}

fn main() {
    let effort = Effort::from_args();
    let length = effort.pick(Duration::from_secs(2), Duration::from_millis(200));
    let mut arrivals = [1_000, 10_000].map(|per_s| (per_s, Vec::new()));
    let mut deadlines = Workers::ALL.map(|workers| (workers, Vec::new()));
    for _ in 0..effort.pick(5, 1) {
        for (per_s, rounds) in &mut arrivals {
            rounds.push((tardy_arrivals(*per_s, length), tokio_arrivals(*per_s, length)));
        }
        for (workers, rounds) in &mut deadlines {
            rounds.push((tardy_deadlines(*workers, length), tokio_deadlines(*workers, length)));
        }
    }
    let mut table = Table::new(
        "lateness in µs: median (min–max) of the rounds",
        &["what", "tardy p50", "tardy p99", "tokio p50", "tokio p99", "tokio/tardy p50", "goal", ""],
    );
    for (per_s, rounds) in &arrivals {
        table.row(tighter(format!("arrival at {per_s}/s"), rounds));
    }
    for (workers, rounds) in &deadlines {
        if *workers == Workers::Idle {
            let dropped: Vec<_> = rounds.iter().map(|((_, tardy), tokio)| (tardy.clone(), tokio.clone())).collect();
            table.row(tighter(format!("deadline, workers {}", workers.text()), &dropped));
        } else {
            table.row(hogged(*workers, rounds));
        }
    }
    table.print();
}
