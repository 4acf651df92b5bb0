//! Starting a run and waiting for its end.

use std::io;
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, JoinHandle};
use std::time::SystemTime;

use tokio::runtime::Handle;

use super::control::{self, Command};
use super::core::{Core, Rules};
use super::driver::Driver;
use super::local::Local;
use super::panic::install_hook;
use super::recorder;
use super::registry::Prepared;
use super::runtime::Measured;
use super::spawner::Spawner;
use super::time::Clock;
use crate::ledger::Ledger;
use crate::scenario::{Flavor, Plan, TaskError};
use crate::shard::{Part, Shard};
use crate::snapshot::{Baseline, EndedBy, Report, RunInfo};
use crate::units::LoadMode;

/// Why a run could not be started or did not come to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The measured runtime could not be started.
    #[error("cannot start a runtime with {workers} workers")]
    Runtime {
        /// Threads asked for.
        workers: usize,
        /// What the operating system said.
        source: io::Error,
    },
    /// The workload could not start what its tasks share.
    #[error("cannot set up the workload")]
    Workload(#[source] TaskError),
    /// The clock's thread could not be started.
    #[error("cannot start the clock's thread")]
    Thread(#[source] io::Error),
    /// The clock broke down.
    #[error("the clock stopped: {message}")]
    Clock {
        /// What it said.
        message: String,
    },
}

/// A run that goes on. Dropping it ends the arrivals, and leaves the rest behind.
#[derive(Debug)]
pub struct Run {
    handle: control::Handle,
    /// Taken by [`Run::wait`].
    clock: Option<JoinHandle<()>>,
    scenario: Arc<str>,
    core: Arc<Core>,
}

impl Run {
    /// Starts `plan` with its workload.
    ///
    /// # Errors
    /// The operating system refuses a thread, or the workload cannot be set up.
    pub fn start(plan: &Plan, workload: Prepared) -> Result<Self, EngineError> {
        Self::start_against(plan, workload, None)
    }

    /// Starts `plan` with its workload; what regressed is judged against `baseline`.
    ///
    /// # Errors
    /// The operating system refuses a thread, or the workload cannot be set up.
    pub fn start_against(
        plan: &Plan,
        workload: Prepared,
        baseline: Option<Arc<Baseline>>,
    ) -> Result<Self, EngineError> {
        install_hook();
        let workers = match plan.run.flavor {
            Flavor::MultiThread => plan.run.workers,
            Flavor::CurrentThread => 1,
        };
        let measured = Measured::start(plan.run.flavor, workers, plan.run.blocking_threads)
            .map_err(|source| EngineError::Runtime { workers, source })?;
        if let Err(error) = workload.launcher.start() {
            workload.launcher.finish();
            measured.abandon();
            return Err(EngineError::Workload(error));
        }
        Self::begin(plan, workload, measured, RunInfo { baseline, ..info(plan, workers) })
    }

    /// Measures what an application spawns by [`Run::spawner`] on its own `runtime`, which goes on after the run. `plan` has no
    /// load.
    ///
    /// # Errors
    /// The operating system refuses a thread.
    pub fn beside(plan: &Plan, runtime: Handle) -> Result<Self, EngineError> {
        let workers = runtime.metrics().num_workers();
        let measured = Measured::of_application(runtime);
        Self::begin(plan, Prepared::nothing(), measured, info(plan, workers))
    }

    fn begin(plan: &Plan, workload: Prepared, measured: Measured, info: RunInfo) -> Result<Self, EngineError> {
        let rules = rules(plan);
        let ledger = Ledger::new(info.workers + 1, !rules.delayed);
        let core = Core::new(ledger, Clock::new(), rules, workload, measured.handle().clone());
        let info = Arc::new(info);
        let (sender, receiver) = mpsc::channel();
        let latest = Arc::new(Mutex::new(Arc::new(recorder::blank(&info, plan))));
        let channel = (receiver, Arc::clone(&latest));
        let driver = Driver::new(Arc::clone(&core), measured, plan, info, channel);
        let clock = thread::Builder::new()
            .name("tardy-clock".into())
            .spawn(move || {
                driver.run();
                Local::leave();
            })
            .map_err(EngineError::Thread)?;
        let handle = control::Handle::new(sender, clock.thread().clone(), latest);
        Ok(Self { handle, clock: Some(clock), scenario: Arc::clone(&plan.resolved), core })
    }

    /// The way to talk to it.
    #[must_use]
    pub const fn handle(&self) -> &control::Handle {
        &self.handle
    }

    /// Whether it has come to its end, be it by breaking down; then [`Run::wait`] returns at once.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.clock.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// A way to add tasks of the application's own.
    #[must_use]
    pub fn spawner(&self) -> Spawner {
        Spawner(Arc::clone(&self.core))
    }

    /// Waits for the end; what is still on the measured runtime is left behind.
    ///
    /// # Errors
    /// [`EngineError::Clock`] when the clock broke down; the books then end with the last snapshot.
    pub fn wait(mut self) -> Result<Report, EngineError> {
        if let Some(clock) = self.clock.take() {
            clock
                .join()
                .map_err(|payload| EngineError::Clock { message: super::panic::text(payload.as_ref()).to_owned() })?;
        }
        Ok(Report { snapshot: self.handle.snapshot(), scenario: Arc::clone(&self.scenario) })
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if self.clock.is_some() {
            self.handle.send(Command::Stop(EndedBy::User));
        }
    }
}

fn rules(plan: &Plan) -> Rules {
    let (shard, width) = (plan.shard.unwrap_or(Shard::WHOLE), plan.gather.map_or(1, |gather| gather.width.into()));
    Rules {
        seed: plan.run.seed,
        grace: crate::units::nanos(plan.deadline.grace),
        scope: plan.deadline.scope,
        gather: plan.gather,
        closed: matches!(plan.load.mode, LoadMode::Closed { .. }),
        delayed: matches!(plan.load.mode, LoadMode::Open { .. }),
        limited: plan.run.tasks.is_some(),
        max_in_flight: shard.share_of_arrivals(plan.load.max_in_flight, width),
        shard,
    }
}

fn info(plan: &Plan, workers: usize) -> RunInfo {
    RunInfo {
        scenario: plan.name.clone(),
        about: plan.about.clone(),
        lesson: plan.lesson.clone(),
        started_at: SystemTime::now(),
        seed: plan.run.seed,
        workers,
        unstable: cfg!(tokio_unstable),
        width: plan.gather.map_or(1, |gather| gather.width),
        gather: plan.gather.map(|gather| gather.mode),
        duration: plan.run.duration,
        tasks: plan.tasks(),
        part: plan.shard.map_or(Part::Whole, Part::Shard),
        start_at: plan.start_at,
        gates: plan.gates.clone(),
        baseline: None,
    }
}
