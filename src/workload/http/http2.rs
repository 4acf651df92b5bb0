//! Requests by HTTP/2: one connection carries all of them, until the server closes it or says that it will.
//!
//! Owns the connection and the steps `wait` and `receive`. It must not know what is requested.
//!
//! The connection is driven by a task of its own on the measured runtime, as it is in any client: it serves all requests.
//! When a request leaves is up to it, and so sending is a part of `wait`. Nobody else keeps the connection: a request that
//! is handed to one that is just ending is given back when the last handle is dropped, and not before.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http2::{self, SendRequest};
use hyper::{Request, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::dial::Dialer;
use super::fault;
use super::underway::Underway;
use crate::figure::Counter;
use crate::scenario::{TaskContext, TaskError};

/// How often a request is sent when the server says each time that it has not looked at it.
const MOST_TRIES: u32 = 4;

/// Sends requests.
#[derive(Debug)]
pub(super) struct Client {
    dialer: Dialer,
    shared: Arc<Mutex<Shared>>,
    /// Held by the one who opens a connection; the others wait for it.
    opening: tokio::sync::Mutex<()>,
    cancelled: Counter,
}

/// The connection that all requests share.
#[derive(Debug, Default)]
struct Shared {
    /// Nothing before the first, and from the end of one to the next.
    sender: Option<SendRequest<Full<Bytes>>>,
    /// How many there have been.
    number: u64,
}

impl Shared {
    /// Lets the connection with this number take no more requests, if it still does; those under way go on.
    fn forget(&mut self, number: u64) {
        if self.number == number {
            self.sender = None;
        }
    }
}

impl Client {
    pub(super) fn new(dialer: Dialer, cancelled: Counter) -> Self {
        Self { dialer, shared: Arc::default(), opening: tokio::sync::Mutex::default(), cancelled }
    }

    pub(super) const fn dialer(&self) -> &Dialer {
        &self.dialer
    }

    /// Closes the connection once no request needs it.
    pub(super) fn close(&self) {
        lock(&self.shared).sender = None;
    }

    /// Sends a request and reads the response to its end.
    ///
    /// # Errors
    /// What is wrong, with the name of the step.
    pub(super) async fn exchange(
        &self,
        cx: &TaskContext,
        request: &Request<Full<Bytes>>,
    ) -> Result<StatusCode, TaskError> {
        let mut underway = Underway::new(&self.cancelled);
        let mut tries = 0;
        let result = async {
            loop {
                tries += 1;
                let (mut sender, number) = self.connection(cx).await?;
                underway.begin();
                let sending = sender.try_send_request(request.clone());
                drop(sender);
                let error = match cx.step("wait", sending).await {
                    Ok(response) => {
                        let status = response.status();
                        break receive(cx, response.into_body()).await.map(|()| status);
                    }
                    Err(error) => error,
                };
                let was_unsent = error.message().is_some();
                let error = error.into_error();
                if !fault::is_reset(&error) {
                    lock(&self.shared).forget(number);
                }
                if tries == MOST_TRIES || !(was_unsent || fault::is_unprocessed(&error)) {
                    break Err(format!("wait: {}", fault::of_hyper(&error)).into());
                }
                underway.end();
            }
        };
        let result = result.await;
        underway.end();
        result
    }

    /// The connection there is, or a new one, and its number.
    async fn connection(&self, cx: &TaskContext) -> Result<(SendRequest<Full<Bytes>>, u64), TaskError> {
        if let Some(live) = self.live() {
            return Ok(live);
        }
        let _turn = match self.opening.try_lock() {
            Ok(turn) => turn,
            Err(_) => cx.step("connect", self.opening.lock()).await,
        };
        // Opened by the one before.
        if let Some(live) = self.live() {
            return Ok(live);
        }
        let stream = self.dialer.open(cx, || ()).await?;
        let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .map_err(|error| format!("connect: {}", fault::of_hyper(&error)))?;
        let mut shared = lock(&self.shared);
        shared.number += 1;
        shared.sender = Some(sender.clone());
        let (number, client) = (shared.number, Arc::downgrade(&self.shared));
        drop(shared);
        let driver = async move {
            // What befalls it is told to those whose requests are under way.
            let _ = connection.await;
            if let Some(shared) = client.upgrade() {
                lock(&shared).forget(number);
            }
        };
        #[expect(clippy::disallowed_methods, reason = "what a client does for itself is a part of what is measured")]
        tokio::spawn(driver);
        Ok((sender, number))
    }

    fn live(&self) -> Option<(SendRequest<Full<Bytes>>, u64)> {
        let shared = lock(&self.shared);
        shared.sender.clone().filter(|sender| !sender.is_closed()).map(|sender| (sender, shared.number))
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads a body to its end, and lets it go.
async fn receive(cx: &TaskContext, mut body: Incoming) -> Result<(), TaskError> {
    if body.is_end_stream() {
        return Ok(());
    }
    let reading = async {
        while let Some(frame) = body.frame().await {
            frame?;
        }
        Ok::<(), hyper::Error>(())
    };
    cx.step("receive", reading).await.map_err(|error| format!("receive: {}", fault::of_hyper(&error)).into())
}
