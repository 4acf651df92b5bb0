//! The `fs` workload: a task writes a temporary file, reads it back and removes it, through `tokio::fs`.
//!
//! ```toml
//! [workload]
//! kind = "fs"
//! bytes = 65536                      # the size of the file
//! sync = true                        # whether its contents are on the disk before it is read
//! dir = "."                          # where the files lie, in a directory of their own; the system's temporary one by default
//! ```
//! The steps are `write`, `sync`, `read` and `remove`. Files have no readiness to wait for: each call of `tokio::fs` is one
//! to the system on a thread of the blocking pool (`run.blocking_threads`), and waits there for a thread.
//!
//! # Cancellation
//! A call that has begun goes on, on its thread, and what a cancelled task has written stays until the end of the run, when
//! the directory is removed with all that is in it.
//!
//! Owns the parameters and the directory. It must not know how tasks are counted.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use schemars::JsonSchema;
use serde::Deserialize;
use tempfile::TempDir;
use tokio::fs::{File, read, remove_file};
use tokio::io::AsyncWriteExt;
use toml::Spanned;

use crate::scenario::{LARGEST_INPUT, ParamError, Setup, TaskContext, TaskError, Workload};

/// The parameters of [`Files`].
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(description = "A task writes a temporary file, reads it back and removes it, through `tokio::fs`.")]
pub struct Params {
    /// The size of the file.
    #[schemars(with = "u64", range(max = LARGEST_INPUT))]
    bytes: Spanned<u64>,
    /// Whether its contents are on the disk before it is read.
    #[serde(default = "yes")]
    sync: bool,
    /// Where the files lie, in a directory of their own; the system's temporary one when left out.
    #[schemars(with = "Option<String>")]
    dir: Option<Spanned<PathBuf>>,
}

const fn yes() -> bool {
    true
}

/// The workload of `kind = "fs"`.
#[derive(Debug)]
pub struct Files(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    contents: Vec<u8>,
    sync: bool,
    /// Where the directory is made.
    within: PathBuf,
    directory: Mutex<State>,
}

#[derive(Debug)]
enum State {
    /// No task has needed it.
    Unmade,
    Made(TempDir),
    /// The run is over.
    Removed,
}

impl Workload for Files {
    type Params = Params;

    fn new(params: Params, setup: &Setup) -> Result<Self, Vec<ParamError>> {
        let mut errors = Vec::new();
        let bytes = *params.bytes.get_ref();
        if bytes > LARGEST_INPUT {
            let message = format!("`bytes` is {bytes}; expected at most {LARGEST_INPUT}");
            errors.push(ParamError::at(params.bytes.span(), message));
        }
        let within = params.dir.map_or_else(std::env::temp_dir, |dir| {
            let path = setup.base.clone().unwrap_or_default().join(dir.get_ref());
            if !path.is_dir() {
                errors.push(ParamError::at(dir.span(), format!("there is no directory `{}`", path.display())));
            }
            path
        });
        if !errors.is_empty() {
            return Err(errors);
        }
        let contents = (0..=u8::MAX).cycle().take(usize::try_from(bytes).unwrap_or(0)).collect();
        Ok(Self(Arc::new(Shared { contents, sync: params.sync, within, directory: Mutex::new(State::Unmade) })))
    }

    fn run(&self, cx: TaskContext) -> impl Future<Output = Result<(), TaskError>> + Send + 'static {
        let shared = Arc::clone(&self.0);
        async move {
            let path = shared.path(cx.number())?;
            let file = cx.step("write", shared.write(&path)).await?;
            if shared.sync {
                cx.step("sync", file.sync_all()).await?;
            }
            drop(file);
            let found = cx.step("read", read(&path)).await?;
            cx.step("remove", remove_file(&path)).await?;
            if found == shared.contents { Ok(()) } else { Err("what was read is not what was written".into()) }
        }
    }

    fn finish(&self) {
        *self.0.state() = State::Removed;
    }
}

impl Shared {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.directory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file of a task, in a directory that the first of them makes.
    fn path(&self, task: u64) -> io::Result<PathBuf> {
        let mut state = self.state();
        if let State::Unmade = *state {
            *state = State::Made(tempfile::Builder::new().prefix("tardy-fs-").tempdir_in(&self.within)?);
        }
        match &*state {
            State::Made(directory) => Ok(directory.path().join(task.to_string())),
            State::Unmade | State::Removed => Err(io::Error::other("the run is over")),
        }
    }

    async fn write(&self, path: &PathBuf) -> io::Result<File> {
        let mut file = File::create(path).await?;
        file.write_all(&self.contents).await?;
        file.flush().await?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Prepared, Run};
    use crate::scenario::{Overrides, Plan, Source};

    /// A plan whose files lie in this directory.
    fn plan(within: &str, text: &str) -> Plan {
        let text = format!("name = \"test\"\nworkload.kind = \"fs\"\nworkload.dir = \"{within}\"\n{text}");
        Plan::new(Source::new("test.toml", text), &Overrides::default()).unwrap_or_else(|error| panic!("{error:?}"))
    }

    fn made(plan: &Plan) -> Result<Files, Vec<ParamError>> {
        Files::new(plan.workload.read::<Params>().unwrap(), &Setup::new(None, 1))
    }

    #[test]
    fn what_is_written_is_read_and_nothing_is_left_whatever_the_policy() {
        for (policy, after) in [("observe", "20s"), ("cancel", "1ms")] {
            let within = tempfile::tempdir().unwrap();
            let text = format!(
                "workload.bytes = 100000\nload = {{ mode = 'closed', concurrency = 8 }}\n\
                 deadline = {{ after = '{after}', on_timeout = '{policy}' }}\nrun = {{ tasks = 100, drain = '20s' }}"
            );
            let plan = plan(within.path().to_str().unwrap(), &text);
            let report = Run::start(&plan, Prepared::new(made(&plan).unwrap())).unwrap().wait().unwrap();
            let lane = &report.snapshot.lanes[0];
            assert_eq!((report.snapshot.balanced, lane.done() + lane.cancelled()), (Some(true), 100), "{policy}");
            assert_eq!(lane.cancelled() > 0, policy == "cancel");
            assert_eq!(std::fs::read_dir(within.path()).unwrap().count(), 0, "{policy}");
        }
    }

    #[test]
    fn a_file_too_large_and_a_directory_that_is_not_there_are_refused() {
        let errors =
            made(&plan("/no/such/place", "workload.bytes = 99999999999\nload = { mode = 'closed', concurrency = 1 }"));
        let messages: Vec<String> = errors.unwrap_err().into_iter().map(|error| error.message).collect();
        assert_eq!(
            messages,
            [
                "`bytes` is 99999999999; expected at most 67108864".to_owned(),
                "there is no directory `/no/such/place`".to_owned()
            ]
        );
    }
}
