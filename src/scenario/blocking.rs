//! Calls on blocking threads that a task waits for, and what is said of them when it is dropped meanwhile.
//!
//! A thread cannot be cancelled: the call goes on, and whoever cancelled the task is to know. `runs → ended`, or
//! `runs → left → ended` where the task stopped waiting.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::task::{JoinError, JoinHandle};

use super::task::{TaskContext, TaskHooks, TaskId};
use crate::outcome::CancelReason;

/// What the engine remembers of a call that goes on without its task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockingLeft {
    /// The lane of the task, as the engine numbers them.
    pub lane: u16,
    /// Who had asked the task to end.
    pub reason: CancelReason,
    /// When the task was dropped, nanoseconds since the run's epoch.
    pub at_ns: u64,
}

/// A call on a blocking thread; see [`TaskContext::spawn_blocking`].
#[derive(Debug)]
pub struct Blocking<T> {
    handle: JoinHandle<T>,
    call: Arc<Call>,
}

/// What the task and the thread know together.
#[derive(Debug)]
struct Call {
    id: TaskId,
    hooks: &'static dyn TaskHooks,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Runs,
    Left(BlockingLeft),
    Ended,
}

impl Call {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread's part in a call; over when dropped, also by a panic, and where it never began.
struct Running(Arc<Call>);

impl Drop for Running {
    fn drop(&mut self) {
        let state = std::mem::replace(&mut *self.0.state(), State::Ended);
        if let State::Left(left) = state {
            self.0.hooks.end_blocking(self.0.id.run, left);
        }
    }
}

impl TaskContext {
    /// Runs `call` on a thread of the runtime's blocking pool, as `tokio::task::spawn_blocking` does. A task that is
    /// dropped while it waits for it leaves it running, and that is counted: how many go on, and for how long.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn spawn_blocking<T, F>(&self, call: F) -> Blocking<T>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let known = Arc::new(Call { id: self.id(), hooks: self.hooks(), state: Mutex::new(State::Runs) });
        let running = Running(Arc::clone(&known));
        let handle = tokio::task::spawn_blocking(move || {
            let _running = running;
            call()
        });
        Blocking { handle, call: known }
    }
}

impl<T> Future for Blocking<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.handle).poll(cx)
    }
}

impl<T> Drop for Blocking<T> {
    fn drop(&mut self) {
        let mut state = self.call.state();
        if let State::Runs = *state {
            // Under the lock, so that no call is said to have ended before it is said to go on.
            *state = self.call.hooks.leave_blocking(self.call.id).map_or(State::Ended, State::Left);
        }
    }
}
