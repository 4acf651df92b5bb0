//! As much of HTTP as it takes to ask.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// Asks for a path; `None` when there is nobody to answer.
pub(crate) fn get(at: SocketAddr, path: &str, accept: &str) -> Option<Answer> {
    // HTTP/1.0, so that the answer ends with the connection.
    ask(at, &format!("GET {path} HTTP/1.0\r\nAccept: {accept}\r\n\r\n"))
}

/// Sends a request as it is.
pub(crate) fn ask(at: SocketAddr, request: &str) -> Option<Answer> {
    let mut peer = TcpStream::connect(at).ok()?;
    peer.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    peer.write_all(request.as_bytes()).ok()?;
    let mut bytes = Vec::new();
    peer.read_to_end(&mut bytes).ok()?;
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    Some(Answer { head, body: bytes.split_off(end + 4) })
}

/// A text as it may stand in a query.
pub(crate) fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
