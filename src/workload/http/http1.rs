//! Requests by HTTP/1.1: each has a connection of its own for as long as it takes, which is then kept for another.
//!
//! Owns the connections, their idle ones and the steps `send`, `wait` and `receive`. It must not know what is requested.
//!
//! A connection is driven by the task that uses it, and so closed by dropping that task; idle ones are driven by nobody.
//! The one who takes one finds out whether the server has closed it, before anything is sent.

use std::future::poll_fn;
use std::mem;
use std::pin::{Pin, pin};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;

use super::dial::Dialer;
use super::fault;
use super::stream::{Sent, Stream};
use super::underway::Underway;
use crate::figure::Counter;
use crate::scenario::{TaskContext, TaskError};

/// Sends requests, and keeps their connections.
#[derive(Debug)]
pub(super) struct Client {
    dialer: Dialer,
    /// The one used last is at the end.
    #[expect(clippy::vec_box, reason = "a task that takes one keeps it in its future, which is moved")]
    idle: Mutex<Vec<Box<Connection>>>,
    most_idle: usize,
    reused: Counter,
    cancelled: Counter,
}

#[derive(Debug)]
struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: Driver,
    sent: Sent,
}

/// What reads and writes a connection.
#[derive(Debug)]
struct Driver {
    /// Nothing once it is over: dropping it gives back a request that was not sent.
    connection: Option<http1::Connection<TokioIo<Stream>, Full<Bytes>>>,
}

/// The answer to a request, to be read from its connection.
type Answer = (StatusCode, Incoming);

/// What came of a request on a connection: nothing when it was closed before anything was sent.
type Sending = Result<Option<Answer>, hyper::Error>;

impl Client {
    /// Keeps `most_idle` connections at the most while they are not used.
    pub(super) fn new(dialer: Dialer, most_idle: usize, reused: Counter, cancelled: Counter) -> Self {
        Self { dialer, idle: Mutex::default(), most_idle, reused, cancelled }
    }

    pub(super) const fn dialer(&self) -> &Dialer {
        &self.dialer
    }

    /// Closes the idle connections.
    pub(super) fn close(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Sends a request and reads the response to its end. The request is taken from where it is.
    ///
    /// # Errors
    /// What is wrong, with the name of the step.
    pub(super) async fn exchange(
        &self,
        cx: &TaskContext,
        request: &mut Request<Full<Bytes>>,
    ) -> Result<StatusCode, TaskError> {
        let mut underway = Underway::new(&self.cancelled);
        let result = self.exchange_underway(cx, request, &mut underway).await;
        underway.end();
        result
    }

    async fn exchange_underway(
        &self,
        cx: &TaskContext,
        request: &mut Request<Full<Bytes>>,
        underway: &mut Underway<'_>,
    ) -> Result<StatusCode, TaskError> {
        loop {
            let idle = self.take();
            let is_reused = idle.is_some();
            let mut connection = match idle {
                Some(connection) => {
                    underway.begin();
                    connection
                }
                None => Box::pin(self.open(cx, || underway.begin())).await?,
            };
            if let Some((status, body)) = connection.send(cx, request).await? {
                self.reused.add(u64::from(is_reused));
                connection.receive(cx, body).await?;
                self.keep(connection).await;
                return Ok(status);
            }
            if !is_reused {
                return Err("send: closed before a request".into());
            }
            underway.end();
        }
    }

    async fn open(&self, cx: &TaskContext, is_up: impl FnOnce()) -> Result<Box<Connection>, TaskError> {
        let stream = self.dialer.open(cx, is_up).await?;
        let sent = stream.sent();
        let (sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| format!("connect: {}", fault::of_hyper(&error)))?;
        Ok(Box::new(Connection { sender, driver: Driver { connection: Some(connection) }, sent }))
    }

    /// The connection that was kept last: the one that is closed by the server for its idleness last.
    fn take(&self) -> Option<Box<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Keeps a connection if the server does, too.
    async fn keep(&self, mut connection: Box<Connection>) {
        if !connection.sender.is_ready() {
            poll_fn(|context| {
                connection.driver.poll(context);
                Poll::Ready(())
            })
            .await;
        }
        if connection.sender.is_ready() && connection.driver.connection.is_some() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < self.most_idle {
                idle.push(connection);
            }
        }
    }
}

impl Connection {
    async fn send(
        &mut self,
        cx: &TaskContext,
        request: &mut Request<Full<Bytes>>,
    ) -> Result<Option<Answer>, TaskError> {
        self.sent.begin();
        let mut response = pin!(self.sender.try_send_request(mem::take(request)));
        let (driver, sent) = (&mut self.driver, &self.sent);
        let early = poll_fn(|context| match driver.drive(context, response.as_mut(), request) {
            Poll::Ready(sending) => Poll::Ready(Some(sending)),
            Poll::Pending if sent.is_all() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        });
        let (step, sending) = if let Some(sending) = cx.step("send", early).await {
            ("send", sending)
        } else {
            let late = poll_fn(|context| driver.drive(context, response.as_mut(), request));
            ("wait", cx.step("wait", late).await)
        };
        sending.map_err(|error| format!("{step}: {}", fault::of_hyper(&error)).into())
    }

    /// Reads a body to its end, and lets it go.
    async fn receive(&mut self, cx: &TaskContext, mut body: Incoming) -> Result<(), TaskError> {
        if body.is_end_stream() {
            return Ok(());
        }
        let driver = &mut self.driver;
        let mut read = |context: &mut Context<'_>| {
            let mut is_driven = false;
            loop {
                match Pin::new(&mut body).poll_frame(context) {
                    Poll::Ready(Some(Ok(_))) => is_driven = false,
                    Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error)),
                    Poll::Ready(None) => return Poll::Ready(Ok(())),
                    Poll::Pending if is_driven => return Poll::Pending,
                    Poll::Pending => {
                        driver.poll(context);
                        is_driven = true;
                    }
                }
            }
        };
        let read = cx.step("receive", poll_fn(&mut read)).await;
        read.map_err(|error| format!("receive: {}", fault::of_hyper(&error)).into())
    }
}

impl Driver {
    /// Reads and writes what there is to be.
    fn poll(&mut self, context: &mut Context<'_>) {
        // What befalls it is told to the one who waits for an answer.
        if self.connection.as_mut().is_some_and(|connection| Pin::new(connection).poll(context).is_ready()) {
            self.connection = None;
        }
    }

    /// Looks for an answer, and for what there is to be read and written until it comes. A request that was not sent is
    /// put back.
    fn drive(
        &mut self,
        context: &mut Context<'_>,
        response: Pin<&mut impl Future<Output = Result<Response<Incoming>, TrySendError<Request<Full<Bytes>>>>>>,
        request: &mut Request<Full<Bytes>>,
    ) -> Poll<Sending> {
        self.poll(context);
        response.poll(context).map(|response| match response {
            Ok(response) => Ok(Some((response.status(), response.into_body()))),
            Err(mut error) => match error.take_message() {
                Some(unsent) => {
                    *request = unsent;
                    Ok(None)
                }
                None => Err(error.into_error()),
            },
        })
    }
}
