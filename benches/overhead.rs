//! What measuring a task costs: spawn and join of a trivial one, tracked, over the same one plain.
//!
//! Beside it, on the same runtimes and in the same rounds, what people reach for today: `tokio::time::timeout`,
//! which measures nothing, and `TaskMonitor::instrument`, which knows no deadline.

#![expect(clippy::cast_precision_loss, reason = "a bench's counts are far below 2^53")]

#[path = "support/report.rs"]
mod report;
#[path = "support/scene.rs"]
mod scene;

use std::time::Duration;

use report::{Effort, Spread, Table, verdict};
use rustix::time::{ClockId, clock_gettime};
use tardy::engine::{Clock, Run, Spawner};
use tardy::scenario::TaskError;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;
use tokio_metrics::TaskMonitor;

const DEADLINE: Duration = Duration::from_secs(5);

/// How tasks are spawned.
#[derive(Debug, Clone, Copy)]
struct Shape {
    batch: usize,
    spawners: usize,
    yields: u32,
}

impl Shape {
    fn all() -> impl Iterator<Item = Self> {
        [0, 10].into_iter().flat_map(|yields| {
            [64, 10_000]
                .into_iter()
                .flat_map(move |batch| [1, 4].into_iter().map(move |spawners| Self { batch, spawners, yields }))
        })
    }

    /// Tracked over plain.
    const fn goal(self) -> f64 {
        if self.yields == 0 { 1.20 } else { 1.30 }
    }
}

/// Nanoseconds a task took, and nanoseconds of all cores it took: the first is what counts, the second
/// what other programs on the machine cannot spoil.
#[derive(Debug, Clone, Copy)]
struct Cost {
    wall: f64,
    cpu: f64,
}

/// One round.
#[derive(Debug, Clone, Copy)]
struct Round {
    plain: Cost,
    observe: Cost,
    cancel: Cost,
    timeout: Cost,
    monitor: Cost,
}

/// The runtimes under comparison: a bare one, and those of two runs that differ in their policy.
struct Bench {
    bare: Runtime,
    observe: Run,
    cancel: Run,
    monitor: TaskMonitor,
    clock: Clock,
    tasks: usize,
}

/// A run that has no load but what the bench spawns, and one task that sleeps. The load is closed: there a
/// response time is a service time and is not recorded twice.
fn idle_run(policy: &str) -> Run {
    let seconds = DEADLINE.as_secs();
    let text = format!(
        "load = {{ mode = 'closed', concurrency = 1 }}
         deadline = {{ after = '{seconds}s', on_timeout = '{policy}' }}
         run = {{ duration = '1h', workers = 2 }}"
    );
    scene::start(&text, |_| std::future::pending())
}

/// Time this process was on a core so far, all of its threads together.
fn process_cpu() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}

/// The one future all sides spawn.
async fn work(yields: u32) -> Result<(), TaskError> {
    for _ in 0..yields {
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// Spawns and joins `batches` batches.
async fn spawn_and_join<T>(batch: usize, batches: usize, spawn: impl Fn() -> JoinHandle<T>) {
    let mut handles = Vec::with_capacity(batch);
    for _ in 0..batches {
        handles.extend((0..batch).map(|_| spawn()));
        for handle in handles.drain(..) {
            let _ = handle.await;
        }
    }
}

impl Bench {
    fn new(tasks: usize) -> Self {
        Self {
            bare: Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads to spare"),
            observe: idle_run("observe"),
            cancel: idle_run("cancel"),
            monitor: TaskMonitor::new(),
            clock: Clock::new(),
            tasks,
        }
    }

    /// Nanoseconds a task when `spawn` starts them, from tasks on `runtime` as an application would.
    fn time<T: Send + 'static>(
        &self,
        shape: Shape,
        runtime: &Handle,
        spawn: impl Fn() -> JoinHandle<T> + Clone + Send + 'static,
    ) -> Cost {
        let cost = 1 + shape.yields as usize / 4;
        let batches = (self.tasks / cost / shape.spawners).div_ceil(shape.batch);
        let (from, cpu) = (self.clock.elapsed(), process_cpu());
        let spawners: Vec<_> =
            (0..shape.spawners).map(|_| runtime.spawn(spawn_and_join(shape.batch, batches, spawn.clone()))).collect();
        for spawner in spawners {
            let _ = runtime.block_on(spawner);
        }
        let tasks = (batches * shape.batch * shape.spawners) as f64;
        let a_task = |time: Duration| time.as_secs_f64() * 1e9 / tasks;
        Cost { wall: a_task(self.clock.elapsed().saturating_sub(from)), cpu: a_task(process_cpu().saturating_sub(cpu)) }
    }

    fn tracked(&self, shape: Shape, spawner: &Spawner) -> Cost {
        let own = spawner.clone();
        let spawn = move || own.spawn(work(shape.yields));
        self.time(shape, spawner.runtime(), spawn)
    }

    fn round(&self, shape: Shape) -> Round {
        let Shape { yields, .. } = shape;
        let runtime = self.bare.handle();
        let (plain, timeout) = (runtime.clone(), runtime.clone());
        let (monitored, monitor) = (runtime.clone(), self.monitor.clone());
        Round {
            plain: self.time(shape, runtime, move || plain.spawn(work(yields))),
            observe: self.tracked(shape, &self.observe.spawner()),
            timeout: self.time(shape, runtime, move || timeout.spawn(tokio::time::timeout(DEADLINE, work(yields)))),
            cancel: self.tracked(shape, &self.cancel.spawner()),
            monitor: self.time(shape, runtime, move || monitored.spawn(monitor.instrument(work(yields)))),
        }
    }
}

fn main() {
    let effort = Effort::from_args();
    let bench = Bench::new(effort.pick(100_000, 2_000));
    let mut rounds: Vec<(Shape, Vec<Round>)> = Shape::all().map(|shape| (shape, Vec::new())).collect();
    for _ in 0..effort.pick(25, 1) {
        for (shape, rounds) in &mut rounds {
            rounds.push(bench.round(*shape));
        }
    }
    let mut table = Table::new(
        "spawn + join of a task, over plain tokio::spawn of the same round: median (min–max)",
        &[
            "batch",
            "spawners",
            "yields",
            "plain ns",
            "observe",
            "cancel",
            "timeout",
            "TaskMonitor",
            "goal",
            "",
            "CPU: observe",
            "timeout",
        ],
    );
    for (shape, rounds) in &rounds {
        let over_plain =
            |pick: fn(&Round) -> Cost| Spread::of(rounds.iter().map(|round| pick(round).wall / round.plain.wall));
        let cpu = |pick: fn(&Round) -> Cost| Spread::of(rounds.iter().map(|round| pick(round).cpu / round.plain.cpu));
        let (observe, timeout) = (over_plain(|round| round.observe), over_plain(|round| round.timeout));
        let goal = shape.goal();
        table.row([
            shape.batch.to_string(),
            shape.spawners.to_string(),
            shape.yields.to_string(),
            format!("{:.0}", Spread::of(rounds.iter().map(|round| round.plain.wall)).median),
            observe.to_string(),
            over_plain(|round| round.cancel).to_string(),
            timeout.to_string(),
            over_plain(|round| round.monitor).to_string(),
            format!("≤ {goal:.2}, < timeout"),
            verdict(observe.median <= goal && observe.median < timeout.median).to_owned(),
            format!("{:.2}", cpu(|round| round.observe).median),
            format!("{:.2}", cpu(|round| round.timeout).median),
        ]);
    }
    table.print();
}
