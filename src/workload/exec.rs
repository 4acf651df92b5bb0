//! The `exec` workload: a task is a command, and ends as the command exits.
//!
//! ```toml
//! [workload]
//! kind = "exec"
//! command = ["curl", "-sf", "http://localhost:8080/item/{task}"] # started as it is, without a shell
//! # shell = "sort big.txt | head"     # instead of a command: what `sh -c` is given
//! dir = "."                           # where it runs; relative to the scenario file
//! env = { LANG = "C" }                # beside the variables of tardy itself
//! expect = [0]                        # the exit codes of a task that is done
//! ```
//! In `command`, `shell` and `env`, `{task}` stands for the number of the task and `{child}` for its index in its gather. The
//! command reads nothing: its stdin is empty. What it writes is thrown away but for the last lines, which a failure is told
//! with: `exit 3: no such item`. The steps are `start`, until the system has made the process, `run`,
//! and `end`, while it was asked to.
//!
//! # Cancellation
//! A command runs in a process group of its own. With `deadline.grace` the group is asked to end (`SIGTERM`) when its task is
//! to be cancelled, and killed (`SIGKILL`) when it still runs as the grace is over; without, it is killed at once. A task that
//! is late under observe runs on. At the end of the run everything that still runs is killed;
//! only a tardy that is killed itself leaves its commands behind. What the command itself has put
//! into the background stays when the command exits before that.
//!
//! # Threads
//! Processes are started, listened to and buried on a thread of their own, outside the measured runtime.
//!
//! Owns the parameters. It must not know how a process is looked after.

mod keeper;
mod params;

use std::sync::Arc;

use self::keeper::Keeper;
use self::params::Command;
pub use self::params::Params;
use super::program::Exit;
use crate::scenario::{Cancelled, ParamError, Setup, TaskContext, TaskError, Workload};

/// The workload of `kind = "exec"`.
#[derive(Debug)]
pub struct Exec {
    command: Arc<Command>,
    keeper: Arc<Keeper>,
}

impl Workload for Exec {
    type Params = Params;

    fn new(params: Params, setup: &Setup) -> Result<Self, Vec<ParamError>> {
        Ok(Self { command: Arc::new(Command::of(params, setup)?), keeper: Arc::default() })
    }

    fn run(&self, cx: TaskContext) -> impl Future<Output = Result<(), TaskError>> + Send + 'static {
        let (command, keeper) = (Arc::clone(&self.command), Arc::clone(&self.keeper));
        async move {
            let starting = async { keeper.start(command.for_task(&cx))?.started().await };
            let mut process = cx.step("start", starting).await?;
            let exit = cx.step("run", async {
                tokio::select! {
                    biased;
                    exit = process.exit() => Some(exit),
                    () = cx.cancelled() => None,
                }
            });
            if let Some(exit) = exit.await {
                return outcome(&exit?, &command.expect);
            }
            process.ask_to_end();
            // How it ends is no news: somebody wanted it to.
            let _ = cx.step("end", process.exit()).await;
            Err(Cancelled.into())
        }
    }

    fn finish(&self) {
        self.keeper.finish();
    }
}

/// What becomes of a task whose command exited so.
fn outcome(exit: &Exit, expect: &[i32]) -> Result<(), TaskError> {
    match exit.code() {
        Some(code) if expect.contains(&code) => Ok(()),
        _ => Err(exit.to_string().into()),
    }
}

#[cfg(test)]
mod tests;
