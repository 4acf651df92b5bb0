//! A server for those who have none, on a thread and a runtime of its own: what it costs is not measured.
//!
//! Owns its answers: how long each takes, whether it is an error, and how long it is. It must not know who asks; the
//! number in the path says which answer it is, so that a task is answered alike in every run.

use std::convert::Infallible;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::params::Version;
use crate::workload::synthetic::Latency;

/// What is answered.
#[derive(Debug, Clone)]
pub(super) struct Answers {
    pub(super) version: Version,
    pub(super) delay: Latency,
    /// The share of the answers that are a 500.
    pub(super) fail: f64,
    pub(super) body: Bytes,
    pub(super) seed: u64,
}

/// The server; it ends when it is dropped, with all of its connections.
#[derive(Debug)]
pub(super) struct Server {
    port: u16,
    /// Taken when it is to end.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts it at a free port of this machine.
    ///
    /// # Errors
    /// The system refuses a port or a thread.
    pub(super) fn start(answers: Answers) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let port = listener.local_addr()?.port();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name("tardy-http".into()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve(&listener, Arc::new(answers)) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { port, stop: Some(stop), thread: Some(thread) })
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        // It only ever waits for what is dropped now.
        if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join) {
            drop(panic);
        }
    }
}

/// Answers whoever connects.
async fn serve(listener: &TcpListener, answers: Arc<Answers>) {
    let mut peers = JoinSet::new();
    loop {
        tokio::select! {
            peer = listener.accept() => match peer {
                Ok((peer, _)) => drop(peers.spawn(talk(peer, Arc::clone(&answers)))),
                // Too many open files, mostly: some are closed soon.
                Err(_) => sleep(Duration::from_millis(10)).await,
            },
            Some(_) = peers.join_next() => {}
        }
    }
}

/// Answers all that comes on a connection.
async fn talk(peer: TcpStream, answers: Arc<Answers>) {
    // Only makes it faster.
    let _ = peer.set_nodelay(true);
    let (io, version) = (TokioIo::new(peer), answers.version);
    let service = service_fn(move |request: Request<Incoming>| {
        let answers = Arc::clone(&answers);
        async move {
            let (head, mut body) = request.into_parts();
            // A connection with a body that was not read cannot be used again.
            while let Some(Ok(_)) = body.frame().await {}
            Ok::<_, Infallible>(answers.to(head.uri.path()).await)
        }
    });
    // A peer that is gone needs no answer.
    let _ = match version {
        Version::Http1 => http1::Builder::new().serve_connection(io, service).await,
        Version::Http2 => http2::Builder::new(TokioExecutor::new()).serve_connection(io, service).await,
    };
}

impl Answers {
    async fn to(&self, path: &str) -> Response<Full<Bytes>> {
        let number = path.trim_start_matches('/').parse::<u64>().unwrap_or_default();
        let mut rng = SmallRng::seed_from_u64(self.seed ^ number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let delay = self.delay.draw(number, &mut rng).latency;
        let fails = rng.random_bool(self.fail);
        if !delay.is_zero() {
            sleep(delay).await;
        }
        let mut response = Response::new(Full::new(self.body.clone()));
        if fails {
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        }
        response
    }
}
