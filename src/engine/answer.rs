//! What a measured future gives the one who awaits it, beside what is recorded of its end.
//!
//! A workload's task is awaited by nobody, an application's future by the application, which hears of panics as it
//! would without tardy. It must not know when a future ended, nor who is told of it.

use std::error::Error;
use std::fmt::{self, Display};
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::panic::{Payload, catch};
use crate::outcome::{CancelReason, Ending};
use crate::scenario::{Cancelled, TaskError};

/// How a task ended, and what its error or panic said.
pub(super) type End = (Ending, Option<String>);

/// What came of a future.
pub(super) enum Came<T> {
    /// Its output.
    Returned(T),
    /// It was dropped, because somebody had asked for that.
    Dropped(CancelReason),
    /// It panicked.
    Panicked(Payload),
}

/// Who awaits a measured future whose output is `T`.
pub(super) trait Answer<T> {
    /// What they get.
    type Output;

    /// What an output means.
    fn end(output: &T) -> End;

    /// What they get of what came.
    fn of(came: Came<T>) -> Self::Output;

    /// A poll of a future that is not measured any more; `None` of one that is over.
    fn unmeasured<F: Future<Output = T>>(future: Option<Pin<&mut F>>, cx: &mut Context<'_>) -> Poll<Self::Output>;
}

/// Nobody awaits the task of a workload: it is over with its run.
#[derive(Debug)]
pub(super) enum Unheard {}

impl Answer<Result<(), TaskError>> for Unheard {
    type Output = ();

    fn end(output: &Result<(), TaskError>) -> End {
        match output {
            Ok(()) => (Ending::Done, None),
            Err(error) if error.is::<Cancelled>() => (Ending::Cancelled, None),
            Err(error) => failed(error),
        }
    }

    fn of(_: Came<Result<(), TaskError>>) {}

    fn unmeasured<F>(_: Option<Pin<&mut F>>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

/// The application awaits its own future, which goes on without its run.
#[derive(Debug)]
pub(super) enum Heard {}

impl<T, E: Display> Answer<Result<T, E>> for Heard {
    type Output = Result<T, NotDone<E>>;

    fn end(output: &Result<T, E>) -> End {
        output.as_ref().map_or_else(failed, |_| (Ending::Done, None))
    }

    fn of(came: Came<Result<T, E>>) -> Self::Output {
        match came {
            Came::Returned(output) => output.map_err(NotDone::Failed),
            Came::Dropped(CancelReason::Deadline | CancelReason::GatherDeadline) => Err(NotDone::TimedOut),
            Came::Dropped(_) => Err(NotDone::Cancelled),
            Came::Panicked(payload) => resume_unwind(payload),
        }
    }

    fn unmeasured<F: Future<Output = Result<T, E>>>(
        future: Option<Pin<&mut F>>,
        cx: &mut Context<'_>,
    ) -> Poll<Self::Output> {
        let Some(future) = future else { return Poll::Pending };
        Poll::Ready(ready!(future.poll(cx)).map_err(NotDone::Failed))
    }
}

/// Formatting an error is foreign code too.
fn failed(error: &impl Display) -> End {
    (Ending::Failed, Some(catch(|| error.to_string()).unwrap_or_else(|said| said)))
}

/// Why a future that an application had measured is not done. A panic goes on to the one who awaits it, as it does
/// with tokio's own tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotDone<E> {
    /// It returned this error.
    Failed(E),
    /// It was cancelled at its deadline.
    TimedOut,
    /// It was cancelled by a user or for its siblings' sake.
    Cancelled,
}

impl<E: Display> Display for NotDone<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => error.fmt(f),
            Self::TimedOut => f.write_str("cancelled at its deadline"),
            Self::Cancelled => f.write_str("cancelled"),
        }
    }
}

impl<E: Error> Error for NotDone<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(error) => error.source(),
            Self::TimedOut | Self::Cancelled => None,
        }
    }
}
