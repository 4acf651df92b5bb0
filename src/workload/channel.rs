//! The `channel` workload: a task puts a message into a bounded channel and waits until a consumer has handled it.
//!
//! ```toml
//! [workload]
//! kind = "channel"
//! capacity = 100                     # messages that wait in the channel; beyond it a task waits for room
//! consumers = 4                      # tasks that take messages out, one after the other
//! handle = "20ms"                    # how long a consumer takes for one
//! ```
//! The steps are `send`, until there is room, `queue`, until a consumer takes the message, and `handle`.
//!
//! # Cancellation
//! A task that is cancelled while it sends gives up its place. Once its message is in the channel it cannot be taken back: a
//! consumer handles it, for nobody. That is what cancelling leaves behind in many a service.
//!
//! Consumers run on the measured runtime, as they would in a service; they are no tasks of the run, and are not counted.
//!
//! Owns the parameters, the channel and its consumers. It must not know how tasks are counted.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex as Lock, PoisonError};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::sleep;
use toml::Spanned;

use crate::document::DurationText;
use crate::scenario::{ParamError, Setup, TaskContext, TaskError, Workload};
use crate::units::parse_duration;

/// The most messages a channel holds, and the most consumers.
const MOST: u32 = 1 << 20;

/// The parameters of [`Channel`].
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(description = "A task puts a message into a bounded channel and waits until a consumer has handled it.")]
pub struct Params {
    /// Messages that wait in the channel; beyond it a task waits for room.
    #[schemars(with = "u32", range(min = 1, max = MOST))]
    capacity: Spanned<u32>,
    /// Tasks that take messages out, one after the other.
    #[schemars(with = "u32", range(min = 1, max = MOST))]
    consumers: Spanned<u32>,
    /// How long a consumer takes for one.
    #[schemars(with = "DurationText")]
    handle: Spanned<String>,
}

/// The workload of `kind = "channel"`.
#[derive(Debug)]
pub struct Channel(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    send: mpsc::Sender<Message>,
    /// Taken by the consumers, which the first task starts: before it there is no runtime.
    receive: Lock<Option<mpsc::Receiver<Message>>>,
    consumers: u32,
    handle: Duration,
    /// Messages that a consumer spent its time on.
    handled: AtomicU64,
    is_over: AtomicBool,
}

/// Something to handle, and the ends by which its sender is told.
#[derive(Debug)]
struct Message {
    taken: oneshot::Sender<()>,
    handled: oneshot::Sender<()>,
}

impl Workload for Channel {
    type Params = Params;

    fn new(params: Params, setup: &Setup) -> Result<Self, Vec<ParamError>> {
        let mut errors = Vec::new();
        let mut share = |name, number: &Spanned<u32>| {
            let value = *number.get_ref();
            let share = if (1..=MOST).contains(&value) {
                setup.share(name, number)
            } else {
                Err(ParamError::at(number.span(), format!("`{name}` is {value}; expected 1 to {MOST}")))
            };
            share.map_err(|error| errors.push(error)).unwrap_or_default()
        };
        let (capacity, consumers) = (share("capacity", &params.capacity), share("consumers", &params.consumers));
        let handle = parse_duration(params.handle.get_ref());
        let handle = handle.map_err(|error| errors.push(ParamError::at(params.handle.span(), error.to_string())));
        match handle {
            Ok(handle) if errors.is_empty() => {
                let (send, receive) = mpsc::channel(capacity as usize);
                Ok(Self(Arc::new(Shared {
                    send,
                    receive: Lock::new(Some(receive)),
                    consumers,
                    handle,
                    handled: AtomicU64::new(0),
                    is_over: AtomicBool::new(false),
                })))
            }
            _ => Err(errors),
        }
    }

    fn run(&self, cx: TaskContext) -> impl Future<Output = Result<(), TaskError>> + Send + 'static {
        let shared = Arc::clone(&self.0);
        async move {
            shared.begin();
            let ((taken, is_taken), (handled, is_handled)) = (oneshot::channel(), oneshot::channel());
            cx.step("send", shared.send.send(Message { taken, handled })).await?;
            cx.step("queue", is_taken).await?;
            cx.step("handle", is_handled).await?;
            Ok(())
        }
    }

    fn finish(&self) {
        self.0.is_over.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    /// Starts the consumers, once.
    #[expect(clippy::disallowed_methods, reason = "consumers are no tasks of the run, and end with its runtime")]
    fn begin(self: &Arc<Self>) {
        let receive = self.receive.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(receive) = receive.map(Mutex::new).map(Arc::new) else { return };
        for _ in 0..self.consumers {
            tokio::spawn(Arc::clone(self).consume(Arc::clone(&receive)));
        }
    }

    async fn consume(self: Arc<Self>, receive: Arc<Mutex<mpsc::Receiver<Message>>>) {
        while !self.is_over.load(Ordering::Relaxed) {
            let next = receive.lock().await.recv().await;
            let Some(Message { taken, handled }) = next else { return };
            // Whether anybody still waits for it makes no difference to the work.
            let _ = taken.send(());
            sleep(self.handle).await;
            self.handled.fetch_add(1, Ordering::Relaxed);
            let _ = handled.send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Prepared, Run};
    use crate::scenario::{Overrides, Plan, Source};
    use crate::snapshot::Report;

    fn plan(text: &str) -> Plan {
        let text = format!("name = \"test\"\nworkload.kind = \"channel\"\n{text}");
        Plan::new(Source::new("test.toml", text), &Overrides::default()).unwrap_or_else(|error| panic!("{error:?}"))
    }

    fn made(plan: &Plan) -> Result<Channel, Vec<ParamError>> {
        Channel::new(plan.workload.read::<Params>().unwrap(), &Setup::new(None, 1))
    }

    /// The report of a run, and how many messages were handled.
    fn run(text: &str) -> (Report, u64) {
        let plan = plan(text);
        let channel = made(&plan).unwrap();
        let shared = Arc::clone(&channel.0);
        let report = Run::start(&plan, Prepared::new(channel)).unwrap().wait().unwrap();
        assert_eq!(report.snapshot.balanced, Some(true));
        (report, shared.handled.load(Ordering::Relaxed))
    }

    #[test]
    fn every_message_is_handled_by_one_of_the_consumers() {
        let (report, handled) = run("workload.capacity = 3\nworkload.consumers = 2\nworkload.handle = '1ms'\n\
             load = { mode = 'closed', concurrency = 16 }\nrun = { tasks = 200, drain = '20s' }");
        assert_eq!((report.snapshot.lanes[0].done(), handled), (200, 200));
        let steps: Vec<_> = report.snapshot.lanes[0].book.steps().iter().map(|step| step.service.count()).collect();
        assert_eq!(steps, [200; 3], "send, queue and handle of each");
    }

    #[test]
    fn what_a_cancelled_task_has_sent_is_handled_for_nobody() {
        let (report, handled) = run("workload.capacity = 50\nworkload.consumers = 1\nworkload.handle = '20ms'\n\
             load = { mode = 'closed', concurrency = 10 }\ndeadline = { after = '100ms', on_timeout = 'cancel' }\n\
             run = { duration = '1s', drain = '5s' }");
        let lane = &report.snapshot.lanes[0];
        assert!(lane.cancelled() > 0, "one consumer needs 200 ms for ten messages");
        assert!(handled > lane.done(), "{handled} handled, {} done", lane.done());
    }

    #[test]
    fn a_shard_has_its_share_of_the_room_and_of_the_consumers() {
        let table = "workload.capacity = 8\nworkload.consumers = 3\nworkload.handle = '1ms'\n\
             load = { mode = 'closed', concurrency = 1 }";
        let of = |shard: &str| {
            let setup = Setup::new(None, 1).with_shard(shard.parse().unwrap());
            Channel::new(plan(table).workload.read::<Params>().unwrap(), &setup)
        };
        let shares = ["1/3", "2/3", "3/3"].map(|shard| {
            let shared = of(shard).unwrap().0;
            (shared.send.capacity(), shared.consumers)
        });
        assert_eq!(shares, [(3, 1), (3, 1), (2, 1)]);
        let errors = of("1/4").unwrap_err();
        let expected = "`consumers` is 3, and there are 4 shards to share it; expected at least 4";
        assert_eq!(errors.into_iter().map(|error| error.message).collect::<Vec<_>>(), [expected]);
    }

    #[test]
    fn numbers_out_of_range_are_refused_all_at_once() {
        let errors = made(&plan(
            "workload.capacity = 0\nworkload.consumers = 2000000\nworkload.handle = 'soon'\n\
             load = { mode = 'closed', concurrency = 1 }",
        ));
        let messages: Vec<String> = errors.unwrap_err().into_iter().map(|error| error.message).collect();
        assert_eq!(messages.len(), 3, "{messages:?}");
        assert!(messages[0].starts_with("`capacity` is 0;") && messages[1].starts_with("`consumers` is 2000000;"));
        assert!(messages[2].contains("soon"));
    }
}
