//! Opens connections to the one origin of a run.
//!
//! Owns where the origin is and the steps `connect` and `tls`. It must not know what is said on a connection.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::OnceLock;

use tokio::net::TcpStream;

use super::fault;
use super::stream::Stream;
use super::tls::Tls;
use crate::figure::Counter;
use crate::scenario::{TaskContext, TaskError};

/// Opens connections, and counts them.
#[derive(Debug)]
pub(super) struct Dialer {
    pub(super) peer: Peer,
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
        match &self.tls {
            None => Ok(Stream::new(stream)),
            Some(tls) => Ok(cx.step("tls", tls.secure(stream)).await.map_err(|error| format!("tls: {error}"))?),
        }
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
}

/// Why a host has no address: resolvers say that it does not exist in many ways, and all else by an error of the system.
fn unknown_host(error: &io::Error) -> String {
    if error.raw_os_error().is_some() { fault::of_io(error) } else { "no such host".to_owned() }
}
