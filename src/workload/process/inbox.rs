//! What a program says of one task, on its way to the future of that task.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::message::End;

/// Steps that may wait for the task to be polled. One more takes the place of the last: the task is never in that.
const MOST_STEPS: usize = 64;

/// What comes of a task next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum News {
    /// It goes on to this step, or to none.
    Step(Option<Arc<str>>),
    /// It has ended.
    End(End),
    /// The program is lost, for this reason.
    Lost(Arc<str>),
}

/// News for one task, in their order.
#[derive(Debug, Default)]
pub(super) struct Inbox(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    news: VecDeque<News>,
    waker: Option<Waker>,
}

impl Inbox {
    /// Adds news and wakes the task.
    pub(super) fn put(&self, news: News) {
        let waker = {
            let mut kept = self.kept();
            if kept.news.len() >= MOST_STEPS && matches!(news, News::Step(_)) {
                kept.news.pop_back();
            }
            kept.news.push_back(news);
            kept.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The oldest news.
    pub(super) fn poll(&self, cx: &Context<'_>) -> Poll<News> {
        let mut kept = self.kept();
        if let Some(news) = kept.news.pop_front() {
            return Poll::Ready(news);
        }
        if !kept.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            kept.waker = Some(cx.waker().clone());
        }
        Poll::Pending
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_steps_leaves_the_first_and_the_last_and_the_end() {
        let inbox = Inbox::default();
        for step in 0..1_000 {
            inbox.put(News::Step(Some(step.to_string().into())));
        }
        inbox.put(News::End(End::Done));
        let mut news = Vec::new();
        while let Poll::Ready(next) = inbox.poll(&Context::from_waker(Waker::noop())) {
            news.push(next);
        }
        let step = |step: &str| News::Step(Some(step.into()));
        assert_eq!((news.len(), &news[0]), (MOST_STEPS + 1, &step("0")));
        assert_eq!(news[MOST_STEPS - 1..], [step("999"), News::End(End::Done)]);
    }
}
