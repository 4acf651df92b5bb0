//! The application's end: a thread that lets clients in, and one for each of them.

use std::collections::VecDeque;
use std::fmt;
use std::fs;
use std::io;
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};

use super::stream::Stream;
use super::wire::{Answer, Greeting, LONGEST_WORD, Request, Standing, TOKEN, receive, send, send_bytes};
use super::{Address, AddressError};
use crate::engine::Handle;
use crate::snapshot::Snapshot;

/// Clients at a time; as many more may be about to greet.
pub(super) const MAX_CLIENTS: usize = 8;

/// Between two commands of a client: more than a user's keys send, and less than the clock can carry out.
const BETWEEN_COMMANDS: Duration = Duration::from_millis(5);

/// How long a client may take for its greeting, and to read an answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a client may ask nothing.
const IDLE: Duration = Duration::from_secs(30);

/// How long the clients of an application that ends have to fetch its last snapshot.
const LAST: Duration = Duration::from_millis(600);

/// Who may do what. Its token is in no log: [`fmt::Debug`] says whether there is one.
#[derive(Clone, Default)]
pub struct Access {
    /// What a client has to know; without one, whoever reaches the socket file.
    pub token: Option<String>,
    /// Whether clients may send commands.
    pub control: bool,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = self.token.as_ref().map(|_| format_args!("…"));
        f.debug_struct("Access").field("token", &token).field("control", &self.control).finish()
    }
}

/// Why an application cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address is none, or not of this machine.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// A token that is easily guessed, or too long.
    #[error("a token of {0} bytes: expected {min} to {max}", min = TOKEN.start(), max = TOKEN.end())]
    Token(usize),
    /// Something else is at the place of the socket file.
    #[error("`{0}` is no socket: it is not replaced")]
    NoSocket(PathBuf),
    /// Another application has it.
    #[error("`{0}` is served by another application")]
    Taken(PathBuf),
    /// The operating system refuses.
    #[error("cannot serve at {address}")]
    Io {
        /// Where.
        address: Address,
        /// What it said.
        source: io::Error,
    },
}

/// Serves one application until it is dropped.
#[derive(Debug)]
pub struct Server {
    address: Address,
    shared: Arc<Shared>,
    /// The thread that lets clients in, and what ends it: its other end is gone.
    letting_in: Option<(JoinHandle<()>, UnixStream)>,
    /// Removed when the server ends.
    file: Option<SocketFile>,
}

#[derive(Debug)]
struct Shared {
    handle: Handle,
    scenario: Arc<str>,
    access: Access,
    clients: Mutex<Clients>,
    left: Condvar,
}

#[derive(Debug, Default)]
struct Clients {
    /// Those that are served.
    served: Vec<Arc<Stream>>,
    /// Those that have not said yet who they are, in the order they came.
    greeting: VecDeque<Arc<Stream>>,
}

#[derive(Debug)]
enum Listener {
    Unix(UnixListener),
    Tcp(TcpListener),
}

/// A socket file, as it was made.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    id: (u64, u64),
}

impl Server {
    /// Serves the run of `scenario` behind `handle` at `address`. On TCP there is always a token, a new one where `access` has none.
    ///
    /// # Errors
    /// The address is taken, or the operating system refuses.
    pub fn start(
        address: &Address,
        mut access: Access,
        handle: Handle,
        scenario: Arc<str>,
    ) -> Result<Self, ServeError> {
        if let (Address::Tcp(_), None) = (address, &access.token) {
            access.token = Some(format!("{:032x}", rand::random::<u128>()));
        }
        if let Some(token) = access.token.as_ref().filter(|token| !TOKEN.contains(&token.len())) {
            return Err(ServeError::Token(token.len()));
        }
        let refused = |source| ServeError::Io { address: address.clone(), source };
        let (listener, address, file) = match address {
            Address::Unix(path) => {
                let (listener, file) = listen(path)?;
                (Listener::Unix(listener), address.clone(), Some(file))
            }
            Address::Tcp(at) => {
                let listener = TcpListener::bind(at).map_err(refused)?;
                let at = listener.local_addr().map_err(refused)?;
                (Listener::Tcp(listener), Address::Tcp(at), None)
            }
        };
        let shared = Arc::new(Shared { handle, scenario, access, clients: Mutex::default(), left: Condvar::new() });
        let (end, ended) = UnixStream::pair().map_err(refused)?;
        let letting_in = Arc::clone(&shared);
        let spawned = listener.set_nonblocking().and_then(|()| {
            let name = thread::Builder::new().name("tardy-serve".to_owned());
            name.spawn(move || let_in(&letting_in, &listener, &ended))
        });
        let mut server = Self { address, shared, letting_in: None, file };
        match spawned {
            Ok(thread) => {
                server.letting_in = Some((thread, end));
                Ok(server)
            }
            Err(source) => Err(ServeError::Io { address: server.address.clone(), source }),
        }
    }

    /// Where: the port that was chosen for one that was asked for by zero.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// What a client has to know.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.shared.access.token.as_deref()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // From now on nobody is let in, and a port is free again.
        if let Some((thread, end)) = self.letting_in.take() {
            drop(end);
            // It ends whatever became of it.
            let _ = thread.join();
        }
        if let Some(SocketFile { path, id }) = &self.file
            && fs::symlink_metadata(path).is_ok_and(|found| (found.dev(), found.ino()) == *id)
        {
            // Somebody may have taken it away just now.
            let _ = fs::remove_file(path);
        }
        let mut clients = self.shared.clients();
        clients.greeting.drain(..).for_each(|client| client.close());
        let limit = if self.shared.handle.snapshot().is_finished() { LAST } else { Duration::ZERO };
        let waited = self.shared.left.wait_timeout_while(clients, limit, |clients| !clients.served.is_empty());
        waited.unwrap_or_else(PoisonError::into_inner).0.served.iter().for_each(|client| client.close());
    }
}

/// Listens at a socket file that nobody else can open, in the place of one that a killed application has left.
fn listen(path: &Path) -> Result<(UnixListener, SocketFile), ServeError> {
    let refused = |source| ServeError::Io { address: Address::Unix(path.to_owned()), source };
    match fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => return Err(ServeError::NoSocket(path.to_owned())),
        Ok(_) => match UnixStream::connect(path) {
            Ok(_) => return Err(ServeError::Taken(path.to_owned())),
            Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound) => {}
            // Another user's, say: it may well be served.
            Err(error) => return Err(refused(error)),
        },
        Err(_) => {}
    }
    // Made where nobody else looks, and moved once it is nobody else's: between binding and closing it off anyone could connect.
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let hidden = tempfile::Builder::new()
        .prefix(".")
        .rand_bytes(4)
        .permissions(fs::Permissions::from_mode(0o700))
        .tempdir_in(parent)
        .map_err(refused)?;
    let bound = hidden.path().join("s");
    let listener = UnixListener::bind(&bound).map_err(refused)?;
    fs::set_permissions(&bound, fs::Permissions::from_mode(0o600)).map_err(refused)?;
    let made = fs::symlink_metadata(&bound).map_err(refused)?;
    fs::rename(&bound, path).map_err(refused)?;
    Ok((listener, SocketFile { path: path.to_owned(), id: (made.dev(), made.ino()) }))
}

impl Listener {
    fn set_nonblocking(&self) -> io::Result<()> {
        match self {
            Self::Unix(listener) => listener.set_nonblocking(true),
            Self::Tcp(listener) => listener.set_nonblocking(true),
        }
    }

    /// The next client; `None` when `ended` has lost its other end.
    fn next(&self, ended: &UnixStream) -> io::Result<Option<Stream>> {
        let fd = match self {
            Self::Unix(listener) => listener.as_fd(),
            Self::Tcp(listener) => listener.as_fd(),
        };
        let mut waits = [PollFd::from_borrowed_fd(fd, PollFlags::IN), PollFd::new(ended, PollFlags::IN)];
        poll(&mut waits, None)?;
        if !waits[1].revents().is_empty() {
            return Ok(None);
        }
        let next = match self {
            Self::Unix(listener) => listener.accept().map(|(stream, _)| Stream::Unix(stream)),
            Self::Tcp(listener) => listener.accept().and_then(|(stream, _)| Stream::tcp(stream)),
        };
        next.map(Some)
    }
}

/// Lets clients in until the server ends.
fn let_in(shared: &Arc<Shared>, listener: &Listener, ended: &UnixStream) {
    loop {
        match listener.next(ended) {
            Ok(Some(stream)) => shared.welcome(stream),
            Ok(None) => return,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            // Out of files, say: it may pass.
            Err(_) => thread::sleep(Duration::from_millis(100)),
        }
    }
}

impl Shared {
    fn clients(&self) -> MutexGuard<'_, Clients> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a client a thread of its own. When too many have not said who they are, the first of them is let go: whoever
    /// has the token is quick.
    fn welcome(self: &Arc<Self>, mut stream: Stream) {
        if stream.set_limits(PATIENCE, PATIENCE).is_err() {
            return;
        }
        let Ok(known) = stream.try_clone().map(Arc::new) else { return };
        let mut clients = self.clients();
        if clients.greeting.len() >= MAX_CLIENTS
            && let Some(first) = clients.greeting.pop_front()
        {
            first.close();
        }
        clients.greeting.push_back(Arc::clone(&known));
        drop(clients);
        let (shared, of) = (Arc::clone(self), Arc::clone(&known));
        let spawned = thread::Builder::new().name("tardy-client".to_owned()).spawn(move || {
            // Whatever went wrong, this client is gone.
            let _ = shared.serve(&mut stream, &of);
            shared.part(&of);
        });
        if spawned.is_err() {
            self.part(&known);
        }
    }

    /// Takes a client that has said who it is to those that are served; false when there is no place.
    fn seat(&self, client: &Arc<Stream>) -> bool {
        let mut clients = self.clients();
        let waiting = clients.greeting.len();
        clients.greeting.retain(|known| !Arc::ptr_eq(known, client));
        // One that was let go meanwhile hears nothing anyway.
        let is_seated = clients.greeting.len() < waiting && clients.served.len() < MAX_CLIENTS;
        if is_seated {
            clients.served.push(Arc::clone(client));
        }
        is_seated
    }

    fn part(&self, client: &Arc<Stream>) {
        client.close();
        let mut clients = self.clients();
        clients.greeting.retain(|known| !Arc::ptr_eq(known, client));
        clients.served.retain(|known| !Arc::ptr_eq(known, client));
        self.left.notify_all();
    }

    /// Answers a client until it leaves, or has the last snapshot there is.
    fn serve(&self, stream: &mut Stream, known: &Arc<Stream>) -> io::Result<()> {
        let standing = match Greeting::read(&mut stream.within(PATIENCE))? {
            None => return Ok(()),
            Some(greeting) if self.access.token.as_ref().is_some_and(|token| !greeting.has_token(token)) => {
                Standing::WrongToken
            }
            Some(greeting) if !greeting.has_this_version() => Standing::OtherVersion,
            Some(_) if !self.seat(known) => Standing::Crowded,
            Some(_) if self.access.control => Standing::Control,
            Some(_) => Standing::ReadOnly,
        };
        standing.write(stream)?;
        if !matches!(standing, Standing::Control | Standing::ReadOnly) {
            return Ok(());
        }
        stream.set_limits(IDLE, PATIENCE)?;
        send(stream, &self.scenario)?;
        let mut sent: Option<Arc<Snapshot>> = None;
        loop {
            let request: Request = receive(stream, LONGEST_WORD)?;
            let answer = match request.command() {
                Some(_) if standing == Standing::ReadOnly => Answer::ReadOnly,
                Some(command) => {
                    self.handle.send(command);
                    thread::sleep(BETWEEN_COMMANDS);
                    Answer::Obeyed
                }
                None => {
                    let newest = self.handle.snapshot();
                    if sent.as_ref().is_some_and(|sent| Arc::ptr_eq(sent, &newest)) {
                        Answer::Same
                    } else {
                        sent = Some(newest);
                        Answer::Newer
                    }
                }
            };
            send(stream, &answer)?;
            if let (Answer::Newer, Some(newer)) = (answer, &sent) {
                send_bytes(stream, &newer.to_bytes().map_err(io::Error::other)?)?;
                if newer.is_finished() {
                    return Ok(());
                }
            }
        }
    }
}
