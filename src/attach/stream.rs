//! One connection, of either kind.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::Address;
use crate::engine::Clock;

/// A connection whose ends wait for each other for a limited time.
#[derive(Debug)]
pub(super) enum Stream {
    Unix(UnixStream),
    Tcp(TcpStream),
}

/// Does the same to either kind.
macro_rules! either {
    ($stream:expr, $inner:ident => $do:expr) => {
        match $stream {
            Stream::Unix($inner) => $do,
            Stream::Tcp($inner) => $do,
        }
    };
}

impl Stream {
    /// Connects to `address`, waiting for `limit` at the most.
    pub(super) fn connect(address: &Address, limit: Duration) -> io::Result<Self> {
        match address {
            Address::Unix(path) => UnixStream::connect(path).map(Self::Unix),
            Address::Tcp(at) => TcpStream::connect_timeout(at, limit).and_then(Self::tcp),
        }
    }

    /// One over TCP, where nothing waits to be sent together with what comes later.
    pub(super) fn tcp(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self::Tcp(stream))
    }

    /// Gives the other end so long for each read, and for each write.
    pub(super) fn set_limits(&self, read: Duration, write: Duration) -> io::Result<()> {
        either!(self, stream => {
            stream.set_nonblocking(false)?;
            stream.set_read_timeout(Some(read))?;
            stream.set_write_timeout(Some(write))
        })
    }

    /// Reads for so long altogether, however little comes at a time.
    pub(super) fn within(&mut self, limit: Duration) -> Within<'_> {
        Within { stream: self, clock: Clock::new(), limit }
    }

    /// The same connection, to be closed by somebody else.
    pub(super) fn try_clone(&self) -> io::Result<Self> {
        Ok(match self {
            Self::Unix(stream) => Self::Unix(stream.try_clone()?),
            Self::Tcp(stream) => Self::Tcp(stream.try_clone()?),
        })
    }

    /// Ends it in both directions, whoever waits.
    pub(super) fn close(&self) {
        // The other end may have done so before.
        let _ = either!(self, stream => stream.shutdown(Shutdown::Both));
    }
}

/// What comes over a connection within a time.
#[derive(Debug)]
pub(super) struct Within<'a> {
    stream: &'a mut Stream,
    clock: Clock,
    limit: Duration,
}

impl Read for Within<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.limit.saturating_sub(self.clock.elapsed());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        either!(&*self.stream, stream => stream.set_read_timeout(Some(left)))?;
        self.stream.read(buffer)
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        either!(self, stream => stream.read(buffer))
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        either!(self, stream => stream.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        either!(self, stream => stream.flush())
    }
}
