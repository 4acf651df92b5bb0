//! One copy of the program as its tasks see it.
//!
//! Owns the lines that wait for the program, within a bound, and who waits for what it says. It must not know how bytes come
//! and go.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, Semaphore, TryAcquireError};

use super::fault::Fault;
use super::inbox::{Inbox, News};
use super::message::{self, Message};
use super::session::{Heard, Session};
use crate::scenario::{Cancelled, TaskContext, TaskError};

/// Bytes of tasks that may wait for the program to read; about as many lie in the pipe.
const QUEUE: usize = 64 << 10;

/// One copy of the program.
#[derive(Debug)]
pub(super) struct Link {
    state: Mutex<State>,
    /// A permit for every byte of a task that may still be queued; closed when the program takes no more.
    room: Semaphore,
    /// Says that there is something to write.
    work: Notify,
    /// Tasks it has, as far as it has said, and tasks that wait to be sent.
    open: AtomicUsize,
}

#[derive(Debug, Default)]
struct State {
    session: Session<Arc<Inbox>>,
    /// What is to be written.
    out: Vec<u8>,
    /// How many permits of the room lie in that.
    charged: u32,
    /// Nothing comes after that.
    is_bye: bool,
    /// Why it takes no more tasks.
    lost: Option<Arc<str>>,
}

/// Lines on their way.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) bytes: Vec<u8>,
    charged: u32,
    pub(super) is_last: bool,
}

impl Link {
    /// A copy that is told `hello` first.
    pub(super) fn new(hello: Vec<u8>) -> Self {
        let state = State { out: hello, ..State::default() };
        Self { state: Mutex::new(state), room: Semaphore::new(QUEUE), work: Notify::new(), open: AtomicUsize::new(0) }
    }

    /// How many tasks it has.
    pub(super) fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// Whether it takes tasks no more.
    pub(super) fn is_lost(&self) -> bool {
        self.room.is_closed()
    }

    /// Why it takes tasks no more.
    pub(super) fn lost(&self) -> Arc<str> {
        self.state().lost.clone().unwrap_or_else(|| "the run is over".into())
    }

    /// Sends a task, once there is room for it; a task that is cancelled before was never sent.
    ///
    /// # Errors
    /// The program is lost, or the task was cancelled.
    pub(super) async fn send(self: &Arc<Self>, cx: TaskContext, parameters: &str) -> Result<Followed, TaskError> {
        let place = Place::take(Arc::clone(self));
        let line = message::task(cx.number(), cx.child(), parameters);
        let bytes = u32::try_from(line.len().min(QUEUE)).unwrap_or(u32::MAX);
        let permit = match self.room.try_acquire_many(bytes) {
            Err(TryAcquireError::NoPermits) => {
                let room = async {
                    tokio::select! {
                        biased;
                        () = cx.cancelled() => Err(TaskError::from(Cancelled)),
                        room = self.room.acquire_many(bytes) => Ok(room.ok()),
                    }
                };
                cx.step("send", room).await?
            }
            taken => taken.ok(),
        };
        let Some(permit) = permit else { return Err(self.lost().to_string().into()) };
        let inbox = Arc::default();
        let mut state = self.state();
        if let Some(lost) = &state.lost {
            return Err(lost.to_string().into());
        }
        permit.forget();
        state.charged += bytes;
        state.session.send(cx.number(), Arc::clone(&inbox));
        self.queue(state, &line);
        place.keep();
        Ok(Followed { link: Arc::clone(self), cx, inbox, has_ended: false })
    }

    /// Hears what the program says.
    ///
    /// # Errors
    /// It must not say that now.
    pub(super) fn hear(&self, message: Message) -> Result<Heard<()>, Fault> {
        let heard = self.state().session.hear(message)?;
        Ok(match heard {
            Heard::Step(inbox, name) => {
                inbox.put(News::Step(name));
                Heard::Nothing
            }
            Heard::End(inbox, end) => {
                self.open.fetch_sub(1, Ordering::Relaxed);
                if let Some(inbox) = inbox {
                    inbox.put(News::End(end));
                }
                Heard::Nothing
            }
            Heard::Ready => Heard::Ready,
            Heard::Lag(ns) => Heard::Lag(ns),
            Heard::Log(level, message) => Heard::Log(level, message),
            Heard::Nothing => Heard::Nothing,
        })
    }

    /// Waits for lines to write.
    ///
    /// # Errors
    /// The program does not end its tasks.
    pub(super) async fn batch(&self) -> Result<Batch, Fault> {
        loop {
            {
                let mut state = self.state();
                state.session.check()?;
                if state.is_bye || !state.out.is_empty() {
                    let (bytes, charged) = (std::mem::take(&mut state.out), std::mem::take(&mut state.charged));
                    return Ok(Batch { bytes, charged, is_last: state.is_bye });
                }
            }
            self.work.notified().await;
        }
    }

    /// The program has taken the lines: there is room for others.
    pub(super) fn written(&self, batch: &Batch) {
        self.room.add_permits(batch.charged as usize);
    }

    /// Says that no more tasks come.
    pub(super) fn bye(&self) {
        self.room.close();
        {
            let mut state = self.state();
            state.is_bye = true;
            state.out.extend_from_slice(message::BYE.as_bytes());
        }
        self.work.notify_one();
    }

    /// Whether the program has said that it is ready.
    pub(super) fn is_ready(&self) -> bool {
        self.state().session.is_ready()
    }

    /// Ends all of its tasks, those that come as well: the program is lost.
    pub(super) fn lose(&self, why: &Arc<str>) {
        let followed = {
            let mut state = self.state();
            state.lost = Some(Arc::clone(why));
            state.out = Vec::new();
            state.session.lose()
        };
        self.room.close();
        for inbox in followed {
            inbox.put(News::Lost(Arc::clone(why)));
        }
    }

    fn queue(&self, mut state: MutexGuard<'_, State>, line: &str) {
        if state.lost.is_some() || state.is_bye {
            return;
        }
        let is_first = state.out.is_empty();
        state.out.extend_from_slice(line.as_bytes());
        drop(state);
        if is_first {
            self.work.notify_one();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A task counted for a copy before it is sent; given back when it never is.
#[derive(Debug)]
struct Place(Option<Arc<Link>>);

impl Place {
    fn take(link: Arc<Link>) -> Self {
        link.open.fetch_add(1, Ordering::Relaxed);
        Self(Some(link))
    }

    /// It is sent.
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(link) = &self.0 {
            link.open.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// A task that the program has. Dropped before its end, the program is asked to cancel it.
#[derive(Debug)]
pub(super) struct Followed {
    link: Arc<Link>,
    cx: TaskContext,
    inbox: Arc<Inbox>,
    has_ended: bool,
}

impl Followed {
    /// Waits for what comes of it next; meanwhile the program is told when the task is to be cancelled.
    pub(super) async fn next(&mut self) -> News {
        let mut is_asked = false;
        let news = std::future::poll_fn(|cx| {
            let news = self.inbox.poll(cx);
            // Not before the look for news: without grace the task is dropped after this poll, however fast the program is.
            if news.is_pending() && !is_asked && self.cx.is_cancelled() {
                is_asked = true;
                self.ask();
            }
            news
        });
        let news = news.await;
        self.has_ended = !matches!(news, News::Step(_));
        news
    }

    /// Asks the program to cancel it, once.
    fn ask(&self) {
        let mut state = self.link.state();
        if state.session.cancel(self.cx.number()) {
            self.link.queue(state, &message::cancel(self.cx.number()));
        }
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        let mut state = self.link.state();
        if state.session.drop_task(self.cx.number()) {
            self.link.queue(state, &message::cancel(self.cx.number()));
        }
    }
}

/// All copies of the program.
#[derive(Debug)]
pub(super) struct Fleet {
    links: Vec<Arc<Link>>,
    /// Where the next search starts: of copies with as many tasks, each gets its turn.
    turn: AtomicUsize,
}

impl Fleet {
    pub(super) fn new(links: Vec<Arc<Link>>) -> Self {
        Self { links, turn: AtomicUsize::new(0) }
    }

    /// The copy with the fewest tasks of those that take any, or else one that says why it does not.
    pub(super) fn choose(&self) -> Arc<Link> {
        let (first, rest) = match self.links.as_slice() {
            [only] => return Arc::clone(only),
            links => links.split_at(self.turn.fetch_add(1, Ordering::Relaxed) % links.len()),
        };
        let in_turn = rest.iter().chain(first);
        let chosen = in_turn.min_by_key(|link| if link.is_lost() { usize::MAX } else { link.open() });
        Arc::clone(chosen.expect("there is at least one copy"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_follows_bye() {
        let link = Link::new(b"hello\n".to_vec());
        link.state().session.send(7, Arc::default());
        link.bye();
        let state = link.state();
        link.queue(state, &message::cancel(7));
        let batch = link.batch().await.unwrap();
        assert!(batch.is_last && batch.bytes.ends_with(message::BYE.as_bytes()), "{batch:?}");
    }
}
