//! Waiting for the outcome of a gather that an application has spawned.
//!
//! The children tell their ends to the gather's own books as well; what is decided here is what the one who awaits gets.

use std::fmt::Display;

use tokio::task::{JoinError, JoinSet};

use super::answer::NotDone;
use super::gather::{Tally, Verdict};
use crate::outcome::{GatherMode, GatherOutcome};

/// What came of an application's gather.
#[derive(Debug)]
#[non_exhaustive]
pub struct Gathered<T, E> {
    /// Its outcome.
    pub outcome: GatherOutcome,
    /// What each child came to, in the order they were given; `None` of one that had not ended when the gather had its
    /// outcome, or that panicked.
    pub children: Vec<Option<Result<T, NotDone<E>>>>,
}

/// What each child comes to, and which it is.
type Children<T, E> = JoinSet<(usize, Result<T, NotDone<E>>)>;

/// Waits until the outcome is certain. The engine cancels whom the mode wants cancelled if it `cancels` by then: the
/// children are measured, and the run is not over.
pub(super) async fn gathered<T, E>(
    mut children: Children<T, E>,
    mode: GatherMode,
    cancels: impl FnOnce() -> bool,
) -> Gathered<T, E>
where
    T: Send + 'static,
    E: Display + Send + 'static,
{
    let width = children.len();
    let mut results: Vec<_> = std::iter::repeat_with(|| None).take(width).collect();
    let mut tally = Tally::new(u32::try_from(width).unwrap_or(u32::MAX));
    let mut outcome = (width == 0).then_some(GatherOutcome::Complete);
    while outcome.is_none() {
        let Some(joined) = children.join_next().await else { break };
        let verdict = verdict(&joined);
        if let Ok((child, result)) = joined {
            results[child] = Some(result);
        }
        outcome = tally.add(mode, verdict);
    }
    let outcome = outcome.unwrap_or(GatherOutcome::Partial);
    if mode != GatherMode::CancelSiblings || outcome != GatherOutcome::Failed || cancels() {
        children.detach_all();
    }
    Gathered { outcome, children: results }
}

fn verdict<T, E>(joined: &Result<(usize, Result<T, NotDone<E>>), JoinError>) -> Verdict {
    match joined {
        Ok((_, Ok(_))) => Verdict::Done,
        Ok((_, Err(NotDone::Cancelled))) => Verdict::Quit,
        Err(error) if error.is_cancelled() => Verdict::Quit,
        Ok((_, Err(NotDone::Failed(_) | NotDone::TimedOut))) | Err(_) => Verdict::Error,
    }
}
