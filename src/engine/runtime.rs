//! The measured tokio runtime, and how it is left behind.

use std::io;
use std::sync::Arc;
use std::thread;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::Notify;

use super::local::Local;
use super::panic::measured_thread;
use crate::scenario::Flavor;

/// The runtime under measurement. Nothing that measures runs on it.
#[derive(Debug)]
pub(super) struct Measured {
    handle: Handle,
    keeper: Keeper,
}

#[derive(Debug)]
enum Keeper {
    Threads(Runtime),
    /// A `current_thread` runtime lives on a thread of its own until told to stop.
    EventLoop(Arc<Notify>),
    /// An application's is its own business.
    Application,
}

impl Measured {
    /// Starts the runtime.
    ///
    /// # Errors
    /// When the operating system refuses threads or an event queue.
    pub(super) fn start(flavor: Flavor, workers: usize, blocking_threads: usize) -> io::Result<Self> {
        let prepare = |builder| prepare(builder).max_blocking_threads(blocking_threads).build();
        match flavor {
            Flavor::MultiThread => {
                let runtime = prepare(Builder::new_multi_thread().worker_threads(workers))?;
                Ok(Self { handle: runtime.handle().clone(), keeper: Keeper::Threads(runtime) })
            }
            Flavor::CurrentThread => {
                let runtime = prepare(&mut Builder::new_current_thread())?;
                let (handle, stop) = (runtime.handle().clone(), Arc::new(Notify::new()));
                let stopped = Arc::clone(&stop);
                thread::Builder::new().name("tardy-worker".into()).spawn(move || {
                    measured_thread();
                    runtime.block_on(stopped.notified());
                    runtime.shutdown_background();
                    Local::leave();
                })?;
                Ok(Self { handle, keeper: Keeper::EventLoop(stop) })
            }
        }
    }

    /// The runtime that an application has already.
    pub(super) const fn of_application(handle: Handle) -> Self {
        Self { handle, keeper: Keeper::Application }
    }

    pub(super) const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Leaves the runtime behind without waiting: a task that never yields must not hold up the end of
    /// the run. Its thread goes with the process.
    pub(super) fn abandon(self) {
        match self.keeper {
            Keeper::Threads(runtime) => runtime.shutdown_background(),
            Keeper::EventLoop(stop) => stop.notify_one(),
            Keeper::Application => {}
        }
    }
}

fn prepare(builder: &mut Builder) -> &mut Builder {
    builder.thread_name("tardy-worker").enable_all().on_thread_start(measured_thread).on_thread_stop(Local::leave)
}
