//! The thread that answers.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ACCEPT, ALLOW, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::encoding::{prometheus_protobuf, text};
use prometheus_client::registry::Registry;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::Address;
use super::encode::Told;
use crate::snapshot::Snapshot;
use crate::telemetry::families::{Misses, families, since};

/// Connections at a time; who comes when there are as many is let go.
const MOST_PEERS: usize = 32;

/// How long a client may take for its head.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long it may take for all of it. A connection has one answer: who asks every few seconds comes again.
const LONGEST: Duration = Duration::from_secs(10);

/// What comes before the rest of the type that asks for protobuf.
const PROTOBUF: &str = "application/vnd.google.protobuf";

/// What is answered to who asks so: the only message there is, one after the other.
const DELIMITED: &str = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

/// The format of everyone else.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// An address that is taken, and not served yet: whether it can be is known before a run starts.
#[derive(Debug)]
pub struct Listener {
    listener: net::TcpListener,
    address: Address,
}

impl Listener {
    /// Takes the address; port 0 takes a free one.
    ///
    /// # Errors
    /// The operating system refuses it.
    pub fn bind(address: Address) -> io::Result<Self> {
        let listener = net::TcpListener::bind(address.0)?;
        listener.set_nonblocking(true)?;
        let address = Address(listener.local_addr()?);
        Ok(Self { listener, address })
    }

    /// The address that was taken.
    #[must_use]
    pub const fn address(&self) -> Address {
        self.address
    }

    /// Answers from what `newest` shows, and that there is nothing yet where it shows nothing, until the server is dropped.
    ///
    /// # Errors
    /// The operating system refuses a thread, or what it needs.
    pub fn serve(self, newest: impl Fn() -> Option<Arc<Snapshot>> + Send + Sync + 'static) -> io::Result<Server> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let listener = runtime.block_on(async { TcpListener::from_std(self.listener) })?;
        let shown = Arc::new(Shown { newest: Box::new(newest), misses: Mutex::default() });
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name("tardy-metrics".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve(&listener, &shown) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Server { stop: Some(stop), thread: Some(thread) })
    }
}

/// Serves the metrics of one run until it is dropped.
#[derive(Debug)]
pub struct Server {
    /// Taken when it is to end.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
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

/// What is answered.
struct Shown {
    newest: Box<dyn Fn() -> Option<Arc<Snapshot>> + Send + Sync>,
    misses: Mutex<Misses>,
}

/// Answers whoever connects.
async fn serve(listener: &TcpListener, shown: &Arc<Shown>) {
    let mut peers = JoinSet::new();
    loop {
        tokio::select! {
            peer = listener.accept() => match peer {
                Ok((peer, _)) if peers.len() < MOST_PEERS => drop(peers.spawn(talk(peer, Arc::clone(shown)))),
                Ok(_) => {}
                // Too many open files, mostly: some are closed soon.
                Err(_) => sleep(Duration::from_millis(10)).await,
            },
            Some(_) = peers.join_next() => {}
        }
    }
}

/// Answers what comes on a connection.
async fn talk(peer: TcpStream, shown: Arc<Shown>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let response = shown.answer(&request);
        async { Ok::<_, Infallible>(response) }
    });
    let mut builder = http1::Builder::new();
    let connection = builder.timer(TokioTimer::new()).header_read_timeout(PATIENCE).keep_alive(false);
    // A peer that is gone, or wrote what is no HTTP, needs no answer.
    let _ = timeout(LONGEST, connection.serve_connection(TokioIo::new(peer), service)).await;
}

impl Shown {
    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED, "expected GET\n");
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        if request.uri().path() != "/metrics" {
            return refusal(StatusCode::NOT_FOUND, "the metrics of this run are at /metrics\n");
        }
        let Some(run) = (self.newest)() else {
            return refusal(StatusCode::SERVICE_UNAVAILABLE, "the run has not begun\n");
        };
        let registry = self.registry(&run);
        let told = if asks_for_protobuf(request.headers()) {
            prometheus_protobuf::encode_to_vec(&registry).map(|bytes| (bytes, DELIMITED)).ok()
        } else {
            let mut told = String::new();
            text::encode(&mut told, &registry).map(|()| (told.into_bytes(), OPEN_METRICS)).ok()
        };
        told.map_or_else(
            || refusal(StatusCode::INTERNAL_SERVER_ERROR, "this run cannot be told\n"),
            |(bytes, kind)| answered(StatusCode::OK, bytes.into(), kind),
        )
    }

    /// The snapshot and nothing else.
    fn registry(&self, run: &Snapshot) -> Registry {
        let families = families(run, &mut self.misses.lock().unwrap_or_else(PoisonError::into_inner));
        let mut registry = Registry::with_prefix("tardy");
        registry.register_collector(Box::new(Told { families, since: since(run) }));
        registry
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown").finish_non_exhaustive()
    }
}

/// Whether protobuf is what the client likes best. Prometheus says so when it wants native histograms, and names it first.
fn asks_for_protobuf(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|accepted| accepted.to_str().ok()).unwrap_or_default();
    accepted.trim_start().starts_with(PROTOBUF)
}

fn refusal(status: StatusCode, why: &'static str) -> Response<Full<Bytes>> {
    answered(status, Bytes::from_static(why.as_bytes()), "text/plain; charset=utf-8")
}

fn answered(status: StatusCode, body: Bytes, kind: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
