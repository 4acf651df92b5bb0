//! The `process` workload: a program in any language runs the tasks, and tells of them line by line.
//!
//! ```toml
//! [workload]
//! kind = "process"
//! command = ["python3", "work.py"]    # started as it is, without a shell, once
//! dir = "."                           # where it runs; relative to the scenario file
//! env = { PYTHONOPTIMIZE = "1" }
//! copies = 4                          # or so often; a task goes to the one that has the fewest
//! ready = "10s"                       # how long it may take to begin
//! parameters = { rows = 100 }         # the program's own: it gets them with every task
//! ```
//! The program is started once, before the first task, and reads one JSON object a line from stdin: `task`, `cancel`. It
//! writes one a line to stdout: `step`, `end`. `scenarios/process/PROTOCOL.md` says all of it. What it writes to stderr is its
//! own; the last lines are told when it is lost. The steps are the program's; a task is in `send` while the program reads
//! too slowly to take it.
//!
//! # Cancellation
//! With `deadline.grace` the program is asked to `cancel` the task, which ends when the program says so, as `cancelled` or as
//! whatever it came to, or when the grace is over. Without, the task ends at once, and the program is asked as well. A task that
//! is late under observe runs on.
//!
//! # Failures
//! A program that exits, writes what the protocol has not, or closes its stdin or stdout is at fault: it is killed, with its
//! process group, its tasks fail with what is wrong, and later tasks go to the other copies or fail, too. One that hangs has late
//! tasks, and no more. At the end of the run it is told `bye`; what runs 2 s later is asked to end by `SIGTERM`, and 1 s
//! after that killed.
//!
//! # Threads
//! All copies are talked to on one thread of their own, outside the measured runtime.
//!
//! Owns what a task does. It must not know how lines travel nor how a process ends.

mod copy;
mod decode;
mod fault;
mod inbox;
mod keeper;
mod link;
mod message;
mod params;
mod session;

use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

pub use self::decode::Decoder;
pub use self::fault::{Excerpt, Fault};
use self::inbox::News;
use self::keeper::Keeper;
use self::link::{Fleet, Followed};
pub use self::message::{End, LONGEST_LINE, Level, Message, PROTOCOL};
pub use self::params::Params;
use self::params::Program;
use crate::scenario::{Cancelled, ParamError, Setup, TaskContext, TaskError, Workload};

/// The workload of `kind = "process"`.
#[derive(Debug)]
pub struct Process {
    program: Arc<Program>,
    setup: Setup,
    fleet: Arc<OnceLock<Fleet>>,
    keeper: Mutex<Option<Keeper>>,
}

impl Workload for Process {
    type Params = Params;

    fn new(params: Params, setup: &Setup) -> Result<Self, Vec<ParamError>> {
        let program = Arc::new(Program::of(params, setup)?);
        Ok(Self { program, setup: setup.clone(), fleet: Arc::default(), keeper: Mutex::default() })
    }

    fn start(&self) -> Result<(), TaskError> {
        let (keeper, fleet) = Keeper::start(&self.program, &self.setup)?;
        *self.keeper.lock().unwrap_or_else(PoisonError::into_inner) = Some(keeper);
        self.fleet.set(fleet).map_err(|_second| "the workload runs already".into())
    }

    fn run(&self, cx: TaskContext) -> impl Future<Output = Result<(), TaskError>> + Send + 'static {
        let (program, fleet) = (Arc::clone(&self.program), Arc::clone(&self.fleet));
        async move {
            let link = fleet.get().ok_or("the workload was not started")?.choose();
            let task = link.send(cx, &program.parameters_json).await?;
            follow(cx, task).await
        }
    }

    fn finish(&self) {
        let keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(keeper) = keeper {
            keeper.finish();
        }
    }
}

/// Goes through the steps of a task until its end.
async fn follow(cx: TaskContext, mut task: Followed) -> Result<(), TaskError> {
    let mut news = next(&mut task).await;
    loop {
        match news {
            News::Step(None) => news = next(&mut task).await,
            News::Step(Some(name)) => news = cx.step(name, next(&mut task)).await,
            News::End(End::Done) => return Ok(()),
            News::End(End::Cancelled) => return Err(Cancelled.into()),
            News::End(End::Failed(message) | End::Panicked(message)) => return Err(message.into()),
            News::Lost(why) => return Err(why.to_string().into()),
        }
    }
}

/// What comes of a task next; a panic of the program's is one here, in the step that it was in.
async fn next(task: &mut Followed) -> News {
    match task.next().await {
        // Nobody is to be told but who catches it.
        News::End(End::Panicked(message)) => resume_unwind(Box::new(message)),
        news => news,
    }
}

#[cfg(test)]
mod tests;
