//! The application's end: a thread that lets clients in, and one for each of them.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::stream::Stream;
use super::wire::{Answer, Greeting, LONGEST_WORD, Request, Standing, TOKEN, receive, send, send_bytes};
use super::{Address, AddressError};
use crate::engine::Handle;
use crate::snapshot::Snapshot;

/// Clients at a time.
pub(super) const MAX_CLIENTS: usize = 8;

/// How long a client may take for its greeting, and to read an answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a client may ask nothing.
const IDLE: Duration = Duration::from_secs(30);

/// How often the thread that lets clients in looks whether it is to end.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

/// How long the clients of an application that ends have to fetch its last snapshot.
const LAST: Duration = Duration::from_millis(600);

/// Who may do what.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// What a client has to know; without one, whoever reaches the socket file.
    pub token: Option<String>,
    /// Whether clients may send commands.
    pub control: bool,
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
    token: Option<String>,
    shared: Arc<Shared>,
    /// Removed when the server ends.
    file: Option<SocketFile>,
}

#[derive(Debug)]
struct Shared {
    handle: Handle,
    scenario: Arc<str>,
    access: Access,
    stops: AtomicBool,
    /// One for each client that is served.
    clients: Mutex<Vec<Arc<Stream>>>,
    left: Condvar,
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
        let token = access.token.clone();
        let (stops, clients, left) = (AtomicBool::new(false), Mutex::default(), Condvar::new());
        let shared = Arc::new(Shared { handle, scenario, access, stops, clients, left });
        let letting_in = Arc::clone(&shared);
        let spawned = listener.set_nonblocking().and_then(|()| {
            thread::Builder::new().name("tardy-serve".to_owned()).spawn(move || let_in(&letting_in, &listener))
        });
        let server = Self { address, token, shared, file };
        match spawned {
            Ok(_) => Ok(server),
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
        self.token.as_deref()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stops.store(true, Ordering::Release);
        if let Some(SocketFile { path, id }) = &self.file
            && fs::symlink_metadata(path).is_ok_and(|found| (found.dev(), found.ino()) == *id)
        {
            // Somebody may have taken it away just now.
            let _ = fs::remove_file(path);
        }
        let clients = self.shared.clients();
        let limit = if self.shared.handle.snapshot().is_finished() { LAST } else { Duration::ZERO };
        let waited = self.shared.left.wait_timeout_while(clients, limit, |clients| !clients.is_empty());
        waited.unwrap_or_else(PoisonError::into_inner).0.iter().for_each(|client| client.close());
    }
}

/// Listens at a socket file that nobody else can open, in the place of one that a killed application has left.
fn listen(path: &Path) -> Result<(UnixListener, SocketFile), ServeError> {
    let refused = |source| ServeError::Io { address: Address::Unix(path.to_owned()), source };
    match fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => return Err(ServeError::NoSocket(path.to_owned())),
        Ok(_) if UnixStream::connect(path).is_ok() => return Err(ServeError::Taken(path.to_owned())),
        _ => {}
    }
    // Made where nobody else looks, and moved once it is nobody else's: between binding and closing it off anyone could connect.
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let hidden = tempfile::Builder::new().prefix(".").rand_bytes(4).tempdir_in(parent).map_err(refused)?;
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

    /// The next client, if one comes soon.
    fn next(&self) -> io::Result<Stream> {
        let fd = match self {
            Self::Unix(listener) => listener.as_fd(),
            Self::Tcp(listener) => listener.as_fd(),
        };
        poll(&mut [PollFd::from_borrowed_fd(fd, PollFlags::IN)], Some(&LOOK))?;
        match self {
            Self::Unix(listener) => listener.accept().map(|(stream, _)| Stream::Unix(stream)),
            Self::Tcp(listener) => listener.accept().and_then(|(stream, _)| Stream::tcp(stream)),
        }
    }
}

/// Lets clients in until the server ends.
fn let_in(shared: &Arc<Shared>, listener: &Listener) {
    while !shared.stops.load(Ordering::Acquire) {
        match listener.next() {
            Ok(stream) => shared.welcome(stream),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            // Out of files, say: it may pass.
            Err(_) => thread::sleep(Duration::from_millis(100)),
        }
    }
}

impl Shared {
    fn clients(&self) -> MutexGuard<'_, Vec<Arc<Stream>>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a client a thread of its own. One too many is let go unheard, as what it says first may never come.
    fn welcome(self: &Arc<Self>, mut stream: Stream) {
        if stream.set_limits(PATIENCE, PATIENCE).is_err() {
            return;
        }
        let Ok(known) = stream.try_clone().map(Arc::new) else { return };
        let mut clients = self.clients();
        if clients.len() >= MAX_CLIENTS {
            drop(clients);
            // It may not even listen.
            let _ = Standing::Crowded.write(&mut stream);
            return;
        }
        clients.push(Arc::clone(&known));
        drop(clients);
        let (shared, of) = (Arc::clone(self), Arc::clone(&known));
        let spawned = thread::Builder::new().name("tardy-client".to_owned()).spawn(move || {
            // Whatever went wrong, this client is gone.
            let _ = shared.serve(&mut stream);
            shared.part(&of);
        });
        if spawned.is_err() {
            self.part(&known);
        }
    }

    fn part(&self, client: &Arc<Stream>) {
        client.close();
        self.clients().retain(|known| !Arc::ptr_eq(known, client));
        self.left.notify_all();
    }

    /// Answers a client until it leaves, or has the last snapshot there is.
    fn serve(&self, stream: &mut Stream) -> io::Result<()> {
        let standing = match Greeting::read(&mut stream.within(PATIENCE))? {
            None => return Ok(()),
            Some(greeting) if self.access.token.as_ref().is_some_and(|token| !greeting.has_token(token)) => {
                Standing::WrongToken
            }
            Some(greeting) if !greeting.has_this_version() => Standing::OtherVersion,
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
