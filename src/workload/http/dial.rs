//! Opens connections to the one origin of a run.
//!
//! Owns where the origin is and the steps `connect` and `tls`. It must not know what is said on a connection.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::OnceLock;

use tokio::net::TcpStream;
#[cfg(feature = "tls")]
use {std::sync::Arc, tokio_rustls::TlsConnector};

use super::fault;
use super::stream::Stream;
use crate::figure::Counter;
use crate::scenario::{TaskContext, TaskError};

/// Opens connections, and counts them.
#[derive(Debug)]
pub(super) struct Dialer {
    pub(super) peer: Peer,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<Tls>,
    pub(super) opened: Counter,
}

/// Who is connected to.
#[derive(Debug)]
pub(super) enum Peer {
    At {
        host: String,
        port: u16,
    },
    /// The workload's own server, and its port once it runs.
    Own(OnceLock<u16>),
}

/// How to speak TLS with the origin.
#[cfg(feature = "tls")]
#[derive(Debug)]
pub(super) struct Tls {
    pub(super) config: Arc<rustls::ClientConfig>,
    pub(super) name: rustls::pki_types::ServerName<'static>,
}

impl Dialer {
    /// Says where the workload's own server is, if it is that which is to be connected to.
    pub(super) fn serve(&self, port: u16) {
        if let Peer::Own(own) = &self.peer {
            // It has been started once.
            let _ = own.set(port);
        }
    }

    /// A new connection, as two steps of the task; `is_up` is called between them.
    ///
    /// # Errors
    /// What is wrong, with the name of the step.
    pub(super) async fn open(&self, cx: &TaskContext, is_up: impl FnOnce()) -> Result<Stream, TaskError> {
        let stream = cx.step("connect", self.connect()).await.map_err(|error| format!("connect: {error}"))?;
        self.opened.add(1);
        is_up();
        self.secure(cx, stream).await
    }

    async fn connect(&self) -> Result<TcpStream, String> {
        let addresses: Vec<SocketAddr> = match &self.peer {
            Peer::At { host, port } => {
                tokio::net::lookup_host((host.as_str(), *port)).await.map_err(|error| unknown_host(&error))?.collect()
            }
            Peer::Own(port) => port.get().map(|&port| (Ipv4Addr::LOCALHOST, port).into()).into_iter().collect(),
        };
        let stream = TcpStream::connect(addresses.as_slice()).await.map_err(|error| fault::of_io(&error))?;
        // Only makes it faster.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }

    #[cfg(feature = "tls")]
    async fn secure(&self, cx: &TaskContext, stream: TcpStream) -> Result<Stream, TaskError> {
        let Some(tls) = &self.tls else { return Ok(Stream::plain(stream)) };
        let connecting = TlsConnector::from(Arc::clone(&tls.config)).connect(tls.name.clone(), stream);
        let stream = cx.step("tls", connecting).await.map_err(|error| format!("tls: {}", fault::of_io(&error)))?;
        let (wanted, agreed) = (&tls.config.alpn_protocols, stream.get_ref().1.alpn_protocol());
        if wanted.iter().any(|protocol| protocol == b"h2") && agreed != Some(b"h2") {
            return Err("tls: the server does not speak HTTP/2".into());
        }
        Ok(Stream::tls(stream))
    }

    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unused_async, reason = "with TLS it waits")]
    async fn secure(&self, _: &TaskContext, stream: TcpStream) -> Result<Stream, TaskError> {
        Ok(Stream::plain(stream))
    }
}

/// Why a host has no address: resolvers say that it does not exist in many ways, and all else by an error of the system.
fn unknown_host(error: &io::Error) -> String {
    if error.raw_os_error().is_some() { fault::of_io(error) } else { "no such host".to_owned() }
}
