//! Where metrics are served.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

/// An address to serve metrics at; of this machine alone, unless another is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address(pub(super) SocketAddr);

/// Not an address to serve metrics at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a port such as `9464`, or an address such as `127.0.0.1:9464`, or `0.0.0.0:9464` for other machines, too"
)]
pub struct BadAddress;

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let local = |port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
        let port = text.strip_prefix("localhost:").unwrap_or(text);
        port.parse().map(local).or_else(|_no_port| text.parse()).map(Self).map_err(|_neither| BadAddress)
    }
}

impl Address {
    /// Whether no other machine can reach it.
    #[must_use]
    pub const fn is_local(self) -> bool {
        self.0.ip().is_loopback()
    }
}

/// Where the metrics are, for a browser.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}/metrics", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_is_one_of_this_machine() {
        for (text, expected, is_local) in [
            ("9464", "http://127.0.0.1:9464/metrics", true),
            ("localhost:0", "http://127.0.0.1:0/metrics", true),
            ("0.0.0.0:80", "http://0.0.0.0:80/metrics", false),
            ("[::1]:9464", "http://[::1]:9464/metrics", true),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!((address.to_string().as_str(), address.is_local()), (expected, is_local));
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in ["", ":9464", "metrics", "127.0.0.1", "host:9464", "99999", "http://127.0.0.1:9464"] {
            assert_eq!(text.parse::<Address>(), Err(BadAddress), "{text}");
        }
    }
}
