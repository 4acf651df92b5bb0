//! Programs that workloads start: where they are, how they ended, and what they said last.
//!
//! Owns what the workloads that start programs have in common. It must not know what a program is started for.

mod tail;

use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Child;

pub(super) use self::tail::Tail;

/// Where a program is: relative to `base` when it is a path, or else on the PATH.
pub(super) fn program_at(program: &str, base: Option<&Path>) -> Option<PathBuf> {
    let here = env::current_dir().ok()?;
    let directories = if program.contains('/') {
        vec![here.join(base.unwrap_or(Path::new("")))]
    } else {
        env::split_paths(env::var_os("PATH").as_deref().unwrap_or(OsStr::new(""))).collect()
    };
    let is_program =
        |path: &PathBuf| path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0);
    directories.into_iter().map(|directory| directory.join(program)).find(is_program)
}

/// The process group of a program that was started as the first of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group(Option<Pid>);

impl Group {
    /// The group that `child` leads; ask before its exit is known.
    pub(super) fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(id.cast_signed())))
    }

    /// Sends `signal` to all who are left in it.
    pub(super) fn signal(self, signal: Signal) {
        // A group of which nobody is left needs no signal.
        let _ = self.0.map(|group| kill_process_group(group, signal));
    }
}

/// How a process ended.
#[derive(Debug)]
pub(super) struct Exit {
    status: ExitStatus,
    /// The last it said.
    said: String,
}

impl Exit {
    pub(super) const fn new(status: ExitStatus, said: String) -> Self {
        Self { status, said }
    }

    /// The code it exited with; `None` when a signal ended it.
    pub(super) fn code(&self) -> Option<i32> {
        self.status.code()
    }
}

/// `exit 3: what it said last`.
impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.status.code(), self.status.signal()) {
            (Some(code), _) => write!(f, "exit {code}")?,
            (None, Some(signal)) => write!(f, "killed by signal {signal}")?,
            (None, None) => f.write_str("ended")?,
        }
        if self.said.is_empty() { Ok(()) } else { write!(f, ": {}", self.said) }
    }
}
