//! The other end: asks an application for its newest snapshot, four times a second.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::Address;
use super::stream::Stream;
use super::wire::{
    Answer, Greeting, LONGEST_SCENARIO, LONGEST_SNAPSHOT, LONGEST_WORD, Request, Standing, VERSION, receive,
    receive_bytes, send,
};
use crate::engine::Command;
use crate::snapshot::Snapshot;

/// Between two questions: an application is to work, and not to be looked at.
const PAUSE: Duration = Duration::from_millis(250);

/// How long the application may take for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why an application cannot be looked at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AttachError {
    /// Nobody answers there, or not any more.
    #[error("nobody can be attached to at {address}")]
    Io {
        /// Where.
        address: Address,
        /// What the operating system said, or what is wrong with the answer.
        source: io::Error,
    },
    /// Somebody answers, but not as tardy does.
    #[error("what answers at {0} is no tardy")]
    NoTardy(Address),
    /// The token is wrong, or there is none.
    #[error("the application at {0} takes another token")]
    WrongToken(Address),
    /// Both ends have to be of one version.
    #[error("the application at {address} has tardy {theirs}, and this is tardy {VERSION}")]
    OtherVersion {
        /// Where.
        address: Address,
        /// The application's version.
        theirs: String,
    },
    /// As many look at it as may.
    #[error("the application at {0} is looked at by as many as may already")]
    Crowded(Address),
}

/// An application that is looked at; cheap to clone. The connection ends with the last clone.
#[derive(Debug, Clone)]
pub struct Remote {
    shared: Arc<Shared>,
    commands: Sender<Command>,
}

#[derive(Debug)]
struct Shared {
    address: Address,
    scenario: Arc<str>,
    allows_control: bool,
    seen: Mutex<Seen>,
}

#[derive(Debug)]
struct Seen {
    newest: Arc<Snapshot>,
    /// Why there will be none newer.
    gone: Option<Arc<str>>,
}

impl Remote {
    /// Connects to the application at `address` and gets a first snapshot.
    ///
    /// # Errors
    /// There is no application, or it does not want this client.
    pub fn connect(address: &Address, token: Option<&str>) -> Result<Self, AttachError> {
        let failed = |source: io::Error| {
            let is_silent = matches!(source.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut);
            let source = if is_silent { io::Error::new(io::ErrorKind::TimedOut, "it does not answer") } else { source };
            AttachError::Io { address: address.clone(), source }
        };
        let mut stream = Stream::connect(address, PATIENCE).map_err(failed)?;
        stream.set_limits(PATIENCE, PATIENCE).map_err(failed)?;
        // One that is let in no more has its answer sent before it is asked.
        let greeted = Greeting::new(token.unwrap_or_default()).write(&mut stream);
        let standing = match Standing::read(&mut stream) {
            Ok(standing) => standing,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => None,
            Err(error) => return Err(failed(error)),
        };
        let allows_control = match standing {
            Some((Standing::Control, _)) => true,
            Some((Standing::ReadOnly, _)) => false,
            Some((Standing::WrongToken, _)) => return Err(AttachError::WrongToken(address.clone())),
            Some((Standing::Crowded, _)) => return Err(AttachError::Crowded(address.clone())),
            Some((Standing::OtherVersion, theirs)) => {
                return Err(AttachError::OtherVersion { address: address.clone(), theirs });
            }
            None => return Err(AttachError::NoTardy(address.clone())),
        };
        greeted.map_err(failed)?;
        let scenario = receive(&mut stream, LONGEST_SCENARIO).map_err(failed)?;
        let first =
            ask(&mut stream).and_then(|first| first.ok_or(io::ErrorKind::InvalidData.into())).map_err(failed)?;
        let is_last = first.is_finished();
        let seen = Seen { newest: Arc::new(first), gone: is_last.then(ended) };
        let shared = Arc::new(Shared { address: address.clone(), scenario, allows_control, seen: Mutex::new(seen) });
        let (commands, receiver) = channel();
        if !is_last {
            let of = Arc::clone(&shared);
            let follow = move || of.follow(&mut stream, &receiver);
            thread::Builder::new().name("tardy-attach".to_owned()).spawn(follow).map_err(failed)?;
        }
        Ok(Self { shared, commands })
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.shared.address
    }

    /// What is measured, as a scenario says it.
    #[must_use]
    pub fn scenario(&self) -> Arc<str> {
        Arc::clone(&self.shared.scenario)
    }

    /// Whether it takes commands.
    #[must_use]
    pub fn allows_control(&self) -> bool {
        self.shared.allows_control
    }

    /// The newest snapshot, which is the last one once the application is gone.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.shared.seen().newest)
    }

    /// Why there will be no newer snapshot.
    #[must_use]
    pub fn gone(&self) -> Option<Arc<str>> {
        self.shared.seen().gone.clone()
    }

    /// Asks the application for a change; nothing happens if it takes none, is gone, or if that would end its run.
    pub fn send(&self, command: Command) {
        // Nobody listens once it is gone.
        let _ = self.commands.send(command);
    }
}

impl Shared {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks until there is nobody to ask, or to ask for.
    fn follow(&self, stream: &mut Stream, commands: &Receiver<Command>) {
        loop {
            let asked = match commands.recv_timeout(PAUSE) {
                // However fast commands come, what they do is seen.
                Ok(command) => order(stream, command).and_then(|()| ask(stream)).map(|newer| self.take(newer)),
                Err(RecvTimeoutError::Timeout) => ask(stream).map(|newer| self.take(newer)),
                Err(RecvTimeoutError::Disconnected) => return stream.close(),
            };
            let gone = asked.err().map(|error| left(&error));
            let mut seen = self.seen();
            seen.gone = gone.or_else(|| seen.newest.is_finished().then(ended));
            if seen.gone.is_some() {
                return stream.close();
            }
        }
    }

    fn take(&self, newer: Option<Snapshot>) {
        if let Some(newer) = newer {
            self.seen().newest = Arc::new(newer);
        }
    }
}

/// A snapshot, if there is a newer one.
fn ask(stream: &mut Stream) -> io::Result<Option<Snapshot>> {
    send(stream, &Request::Newest)?;
    match receive(stream, LONGEST_WORD)? {
        Answer::Newer => {
            let bytes = receive_bytes(stream, LONGEST_SNAPSHOT)?;
            let newer = Snapshot::from_bytes(&bytes);
            newer.map(Some).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
        }
        Answer::Same => Ok(None),
        Answer::Obeyed | Answer::ReadOnly => Err(io::ErrorKind::InvalidData.into()),
    }
}

fn order(stream: &mut Stream, command: Command) -> io::Result<()> {
    let Some(request) = Request::of(command) else { return Ok(()) };
    send(stream, &request)?;
    match receive(stream, LONGEST_WORD)? {
        Answer::Obeyed | Answer::ReadOnly => Ok(()),
        Answer::Newer | Answer::Same => Err(io::ErrorKind::InvalidData.into()),
    }
}

fn ended() -> Arc<str> {
    "the application has ended its run".into()
}

fn left(error: &io::Error) -> Arc<str> {
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => {
            "the application is gone".into()
        }
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "the application does not answer".into(),
        _ => format!("the application is lost: {error}").into(),
    }
}
