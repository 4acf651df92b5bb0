//! The `tcp` workload: a task connects, sends, and reads what comes back.
//!
//! ```toml
//! [workload]
//! kind = "tcp"
//! address = "localhost:6379"         # left out: a server of its own, on a thread of its own, which sends back what it gets
//! delay = "5ms"                      # how long its own server takes for that
//! send = "PING\r\n"                  # "ping\n" by default
//! receive = 7                        # how many bytes are the answer; left out: all until the peer closes
//! ```
//! The steps are `connect`, with the look-up of the name, `write` and `read`. Every task has a connection of its own, which is
//! closed at its end. Without `receive` it says that it will send no more once it has sent all.
//!
//! # Cancellation
//! A cancelled task is dropped where it waits, and its connection closed: the peer finds out when it reads or writes next. What
//! the peer does for it meanwhile goes on. A look-up of a name goes on as well, on a blocking thread.
//!
//! # Failures
//! Each is told by the step it befell: `connect: …` (refused, no such host, too many open files), `write: …`, `read: …` (reset),
//! and `read: closed after 3 of 7 bytes`.
//!
//! Owns the parameters and what a task does. It must not know how its own server works.

mod echo;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use toml::Spanned;

use self::echo::Echo;
use crate::document::DurationText;
use crate::scenario::{ParamError, Setup, TaskContext, TaskError, Workload};
use crate::units::parse_duration;

/// Bytes that are read at once; what they are is not looked at.
const CHUNK: usize = 16 << 10;

/// The parameters of [`Tcp`].
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(description = "A task connects, sends, and reads what comes back.")]
pub struct Params {
    /// The host and port to connect to; left out: a server of its own, which sends back what it gets.
    #[schemars(with = "Option<String>", extend("examples" = ["localhost:6379"]))]
    address: Option<Spanned<String>>,
    /// How long its own server takes for that.
    #[schemars(with = "Option<DurationText>")]
    delay: Option<Spanned<String>>,
    /// What is sent.
    #[serde(default = "ping")]
    send: String,
    /// How many bytes are the answer; left out: all until the peer closes.
    receive: Option<u64>,
}

fn ping() -> String {
    "ping\n".to_owned()
}

/// The workload of `kind = "tcp"`.
#[derive(Debug)]
pub struct Tcp(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    peer: Peer,
    send: String,
    receive: Option<u64>,
}

#[derive(Debug)]
enum Peer {
    At(String),
    Own { delay: Duration, server: Mutex<Server> },
}

/// The workload's own server.
#[derive(Debug)]
enum Server {
    /// No task has needed it.
    Unmade,
    Runs(Echo),
    /// The run is over.
    Ended,
}

impl Workload for Tcp {
    type Params = Params;

    fn new(params: Params, _: &Setup) -> Result<Self, Vec<ParamError>> {
        let delay = params.delay.as_ref().map_or(Ok(Duration::ZERO), |delay| {
            parse_duration(delay.get_ref()).map_err(|error| ParamError::at(delay.span(), error.to_string()))
        });
        let peer = match (params.address, params.delay) {
            (Some(address), None) => address_of(address).map(Peer::At),
            (Some(_), Some(delay)) => {
                let message = "`delay` is that of the workload's own server, and there is an `address`";
                Err(ParamError::at(delay.span(), message).with_help("leave one of them out"))
            }
            (None, _) => delay.map(|delay| Peer::Own { delay, server: Mutex::new(Server::Unmade) }),
        };
        let peer = peer.map_err(|error| vec![error])?;
        Ok(Self(Arc::new(Shared { peer, send: params.send, receive: params.receive })))
    }

    fn run(&self, cx: TaskContext) -> impl Future<Output = Result<(), TaskError>> + Send + 'static {
        let shared = Arc::clone(&self.0);
        async move {
            let mut peer = cx.step("connect", shared.connect()).await.map_err(|error| format!("connect: {error}"))?;
            cx.step("write", shared.write(&mut peer)).await.map_err(|error| format!("write: {error}"))?;
            let read = cx.step("read", shared.read(&mut peer)).await.map_err(|error| format!("read: {error}"))?;
            match shared.receive {
                Some(wanted) if read < wanted => Err(format!("read: closed after {read} of {wanted} bytes").into()),
                _ => Ok(()),
            }
        }
    }

    fn finish(&self) {
        if let Peer::Own { server, .. } = &self.0.peer {
            *server.lock().unwrap_or_else(PoisonError::into_inner) = Server::Ended;
        }
    }
}

/// An address that has a host and a port; whether there is such a host shows when it is connected to.
fn address_of(address: Spanned<String>) -> Result<String, ParamError> {
    let parts = address.get_ref().rsplit_once(':');
    if parts.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0)) {
        return Ok(address.into_inner());
    }
    let message =
        format!("`{}` is no address; expected a host and a port, such as \"localhost:6379\"", address.get_ref());
    Err(ParamError::at(address.span(), message))
}

impl Shared {
    async fn connect(&self) -> io::Result<TcpStream> {
        match &self.peer {
            Peer::At(address) => TcpStream::connect(address).await,
            Peer::Own { delay, server } => {
                let address = {
                    let mut server = server.lock().unwrap_or_else(PoisonError::into_inner);
                    if let Server::Unmade = *server {
                        *server = Server::Runs(Echo::start(*delay)?);
                    }
                    match &*server {
                        Server::Runs(echo) => echo.address(),
                        Server::Unmade | Server::Ended => return Err(io::Error::other("the run is over")),
                    }
                };
                TcpStream::connect(address).await
            }
        }
    }

    async fn write(&self, peer: &mut TcpStream) -> io::Result<()> {
        peer.write_all(self.send.as_bytes()).await?;
        if self.receive.is_none() { peer.shutdown().await } else { Ok(()) }
    }

    /// How many bytes came, no more than are wanted.
    async fn read(&self, peer: &mut TcpStream) -> io::Result<u64> {
        let (mut chunk, mut seen, wanted) = (vec![0; CHUNK], 0, self.receive.unwrap_or(u64::MAX));
        while seen < wanted {
            let room = usize::try_from(wanted - seen).unwrap_or(CHUNK).min(CHUNK);
            match peer.read(&mut chunk[..room]).await? {
                0 => break,
                read => seen += read as u64,
            }
        }
        Ok(seen)
    }
}
