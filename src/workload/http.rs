//! The `http` workload: a task sends a request and reads the response to its end.
//!
//! ```toml
//! [workload]
//! kind = "http"
//! url = "https://api.example/item/{id}?by={user}" # left out: a server of its own, on a thread of its own
//! method = "POST"                    # "GET" by default
//! id = { from = 1, to = 1000 }       # what `{id}` is drawn from
//! csv = "users.csv"                  # a header and rows: `{user}` is the column `user` of the task's row
//! headers = { authorization = "Bearer {token}" }
//! body = '{"id": {id}}'              # or a `body_file`
//! expect = ["2xx", 404]              # the statuses of a task that is done, "2xx" by default
//! version = "1.1"                    # or "2": by ALPN with https, with prior knowledge with http
//! pool = 1000                        # how many connections of HTTP/1.1 are kept while they are not used; 0: none
//! ca = "ca.pem"                      # roots that are believed beside those of the system
//! insecure = false                   # whether any certificate is believed
//!
//! [workload.server]                  # what its own server does; only without `url`
//! delay = { dist = "lognormal", p50 = "5ms", p99 = "50ms" } # as in `synthetic`; none by default
//! fail = 0.01                        # the share of responses that are a 500
//! body = 2048                        # how many bytes a response has
//! ```
//! In path, query, headers and body `{task}` stands for the number of the task, `{child}` for its index in its gather,
//! `{id}` for a number that the task draws, and the name of a column for the task's value: task n takes row n, and the
//! first row follows the last. All requests go to one origin.
//! In path and query what may not stand there is percent-encoded.
//!
//! The steps are `connect`, with the look-up of the name, and `tls` where a connection is opened, `send` until all of the
//! request has left, `wait` for the head of the response, and `receive` until its end. With HTTP/2 `send` is a part of `wait`.
//! Redirects are not followed: a 302 is a status like any other.
//!
//! # Connections
//! With HTTP/1.1 a task takes the idle connection that was used last, or opens one, and leaves it to the next. When the server
//! has closed it meanwhile and nothing was sent, it takes another. With HTTP/2 all share one connection; another is
//! opened when the server closes it or goes away, and what the server says not to have looked at is sent again there.
//!
//! # Cancellation
//! A cancelled task is dropped where it waits. With HTTP/1.1 that closes its connection, since there is no other way to be rid of
//! the response, and the next task has to open one. With HTTP/2 it resets its stream, and the connection stays. Both
//! are counted. What the server does for it meanwhile goes on until the server finds out. A look-up of a name goes on as
//! well, on a blocking thread.
//!
//! # Failures
//! `status 503` for a status that is not expected, and what befell the request by the step it befell: `connect: connection
//! refused`, `connect: no such host`, `tls: invalid peer certificate: UnknownIssuer`, `send: …`, `wait: connection reset`,
//! `wait: closed before a response`, `receive: …`. Nothing of the request or the response is told. A response that
//! does not come or does not end makes a task late, and nothing else.
//!
//! Owns what a task does. It must not know how a request is made, sent and answered.

mod check;
mod data;
mod dial;
mod fault;
mod http1;
mod http2;
#[cfg(not(feature = "tls"))]
mod no_tls;
mod params;
mod request;
mod server;
mod stream;
mod template;
#[cfg(test)]
mod tests;
#[cfg(feature = "tls")]
mod tls;
mod underway;

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, StatusCode};

use self::dial::Dialer;
#[cfg(not(feature = "tls"))]
use self::no_tls as tls;
pub use self::params::Params;
use self::request::{Expect, Pattern};
use self::server::{Answers, Server};
use crate::scenario::{ParamError, Setup, TaskContext, TaskError, Workload};

/// The workload of `kind = "http"`.
#[derive(Debug)]
pub struct Http {
    shared: Arc<Shared>,
    /// What its own server answers, where it needs one.
    answers: Option<Answers>,
    server: Mutex<Option<Server>>,
}

#[derive(Debug)]
struct Shared {
    pattern: Pattern,
    expect: Expect,
    client: Client,
}

/// The client of a version of HTTP.
#[derive(Debug)]
enum Client {
    Http1(http1::Client),
    Http2(http2::Client),
}

impl Workload for Http {
    type Params = Params;

    fn new(params: Params, setup: &Setup) -> Result<Self, Vec<ParamError>> {
        let check::Checked { pattern, expect, client, answers } = check::params(&params, setup)?;
        let shared = Arc::new(Shared { pattern, expect, client });
        Ok(Self { shared, answers, server: Mutex::default() })
    }

    fn start(&self) -> Result<(), TaskError> {
        if let Some(answers) = &self.answers {
            let server = Server::start(answers.clone())?;
            self.shared.client.dialer().serve(server.port());
            *self.server.lock().unwrap_or_else(PoisonError::into_inner) = Some(server);
        }
        Ok(())
    }

    fn run(&self, cx: TaskContext) -> impl Future<Output = Result<(), TaskError>> + Send + 'static {
        let shared = Arc::clone(&self.shared);
        async move {
            let mut request = shared.pattern.request(&cx)?;
            let status = shared.client.exchange(&cx, &mut request).await?;
            if shared.expect.has(status) { Ok(()) } else { Err(format!("status {}", status.as_u16()).into()) }
        }
    }

    fn finish(&self) {
        match &self.shared.client {
            Client::Http1(client) => client.close(),
            Client::Http2(client) => client.close(),
        }
        *self.server.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Client {
    async fn exchange(&self, cx: &TaskContext, request: &mut Request<Full<Bytes>>) -> Result<StatusCode, TaskError> {
        match self {
            Self::Http1(client) => client.exchange(cx, request).await,
            // Boxed, so that a request by HTTP/1.1 is not as large.
            Self::Http2(client) => Box::pin(client.exchange(cx, request)).await,
        }
    }

    const fn dialer(&self) -> &Dialer {
        match self {
            Self::Http1(client) => client.dialer(),
            Self::Http2(client) => client.dialer(),
        }
    }
}
