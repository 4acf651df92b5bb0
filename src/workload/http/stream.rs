//! The bytes of a connection, with TLS or without.
//!
//! Owns the knowledge of whether all that was written has left. It must not know what the bytes mean.

use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A connection. Dropping it closes it.
#[derive(Debug)]
pub(super) struct Stream {
    bytes: Box<dyn Bytes>,
    /// Something was written that has not been flushed.
    is_writing: bool,
    sent: Sent,
}

/// What can be read and written.
pub(super) trait Bytes: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug> Bytes for T {}

/// Whether all that was written to a stream has been handed to the system.
#[derive(Debug, Clone, Default)]
pub(super) struct Sent(Arc<AtomicBool>);

impl Sent {
    /// Says that something new is to be written.
    pub(super) fn begin(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    pub(super) fn is_all(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Stream {
    pub(super) fn new(bytes: impl Bytes + 'static) -> Self {
        Self { bytes: Box::new(bytes), is_writing: false, sent: Sent::default() }
    }

    pub(super) fn sent(&self) -> Sent {
        self.sent.clone()
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.bytes).poll_read(cx, buf)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.is_writing = true;
        Pin::new(&mut self.bytes).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // For the system one part is less work than a list of one.
        if let [only] = bufs {
            return self.poll_write(cx, only);
        }
        self.is_writing = true;
        Pin::new(&mut self.bytes).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.bytes.is_write_vectored()
    }

    /// Who writes flushes once nothing is left to be written.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.bytes).poll_flush(cx);
        if self.is_writing && matches!(flushed, Poll::Ready(Ok(()))) {
            self.is_writing = false;
            self.sent.0.store(true, Ordering::Relaxed);
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.bytes).poll_shutdown(cx)
    }
}
