//! Metrics sent to a collector of OpenTelemetry once a second, by OTLP over HTTP.
//!
//! Two threads of their own: one looks at the run and puts what it says in a queue, the other sends what is in it. What cannot be sent now is
//! sent again later; what finds the queue full pushes out the oldest, and is counted. All counts are since the begin, so that
//! a message that is lost costs a second of resolution and no count, and at the end the newest comes before what there is no time for.

mod endpoint;
mod message;
mod post;
mod queue;

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

pub use self::endpoint::{BadEndpoint, Endpoint};
pub use self::post::{Client, NoClient};
pub use self::queue::Delivery;

use self::message::Teller;
use self::queue::Queue;
use crate::snapshot::Snapshot;

/// From one message to the next.
const INTERVAL: Duration = Duration::from_secs(1);

/// How long the end of a run waits for what is left.
const LAST: Duration = Duration::from_secs(2);

/// Sends the metrics of one run while it goes on.
#[derive(Debug)]
pub struct Push {
    ends: Sender<()>,
    teller: JoinHandle<()>,
    queue: Arc<Queue>,
    /// Has no sender any more once everything is sent.
    sent: Receiver<()>,
}

impl Push {
    /// Begins to send what `newest` shows, by this client.
    ///
    /// # Errors
    /// The operating system refuses a thread.
    pub fn start(client: Client, newest: impl Fn() -> Arc<Snapshot> + Send + 'static) -> Result<Self, NoClient> {
        let queue = Arc::new(Queue::default());
        let ((ends, ended), (sending, sent)) = (channel(), channel());
        let told = Arc::clone(&queue);
        let teller = spawn("tardy-otlp", move || tell(&newest, &ended, &told))?;
        let delivered = Arc::clone(&queue);
        spawn("tardy-otlp-send", move || {
            delivered.deliver(|message| client.post(message));
            drop::<Sender<()>>(sending);
        })?;
        Ok(Self { ends, teller, queue, sent })
    }

    /// Sends what is left once the run is over, and says what became of all of it. Two seconds are the most it takes.
    #[must_use]
    pub fn finish(self) -> Delivery {
        let Self { ends, teller, queue, sent } = self;
        drop(ends);
        // A thread that broke down has nothing more to tell.
        let _ = teller.join();
        // Nothing is ever sent on it: either its other end is gone, or the time is over.
        let is_late = || sent.recv_timeout(LAST / 2) == Err(RecvTimeoutError::Timeout);
        if is_late() {
            queue.skip_to_newest();
            is_late();
        }
        queue.give_up()
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, NoClient> {
    Builder::new().name(name.to_owned()).spawn(work).map_err(|error: io::Error| NoClient::Thread(error))
}

/// Queues what the run says until `ended` has no sender any more; of a run that is over, how it ended, and once.
fn tell(newest: &dyn Fn() -> Arc<Snapshot>, ended: &Receiver<()>, queue: &Queue) {
    let (mut teller, mut is_over) = (Teller::default(), false);
    loop {
        let is_last = ended.recv_timeout(INTERVAL) != Err(RecvTimeoutError::Timeout);
        if !is_over {
            let run = newest();
            queue.push(teller.message(&run, queue.dropped()));
            is_over = run.is_finished();
        }
        if is_last {
            return queue.end();
        }
    }
}
