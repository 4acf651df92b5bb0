//! A server that sends back what it gets, on a thread and a runtime of its own: what it costs is not measured.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// The server; it ends when it is dropped, with all of its connections.
#[derive(Debug)]
pub(super) struct Echo {
    address: SocketAddr,
    /// Taken when it is to end.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Echo {
    /// Starts it at a free port of this machine; it takes `delay` for each answer.
    ///
    /// # Errors
    /// The system refuses a port or a thread.
    pub(super) fn start(delay: Duration) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let thread = thread::Builder::new().name("tardy-echo".into()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, delay) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        drop(self.stop.take());
        // It only ever waits for what is dropped now.
        if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join) {
            drop(panic);
        }
    }
}

/// Answers whoever connects.
async fn serve(listener: std::net::TcpListener, delay: Duration) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    let mut peers = JoinSet::new();
    loop {
        tokio::select! {
            peer = listener.accept() => match peer {
                Ok((peer, _)) => drop(peers.spawn(answer(peer, delay))),
                // Too many open files, mostly: some are closed soon.
                Err(_) => sleep(Duration::from_millis(10)).await,
            },
            Some(_) = peers.join_next() => {}
        }
    }
}

/// Sends back what comes until the peer sends no more, or is gone.
async fn answer(mut peer: TcpStream, delay: Duration) {
    let mut chunk = vec![0; 4096];
    while let Ok(read @ 1..) = peer.read(&mut chunk).await {
        if !delay.is_zero() {
            sleep(delay).await;
        }
        if peer.write_all(&chunk[..read]).await.is_err() {
            return;
        }
    }
}
