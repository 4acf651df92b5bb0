//! Where an application is to be found.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// Where an application is looked at: a socket file, or a port of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Address {
    /// `unix:/run/checkout.tardy`
    Unix(PathBuf),
    /// `tcp:127.0.0.1:7000`
    Tcp(SocketAddr),
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// It begins with neither `unix:` nor `tcp:`, or what follows is none.
    #[error("`{0}` is no address: expected `unix:/run/checkout.tardy` or `tcp:127.0.0.1:7000`")]
    Form(String),
    /// Others could reach it.
    #[error("`{0}` is not of this machine: expected a loopback address such as `tcp:127.0.0.1:7000`")]
    NotLoopback(SocketAddr),
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let form = || AddressError::Form(text.to_owned());
        match text.split_once(':') {
            Some(("unix", path)) if !path.is_empty() => Ok(Self::Unix(path.into())),
            Some(("tcp", at)) => {
                let at: SocketAddr = at.parse().ok().ok_or_else(form)?;
                if at.ip().is_loopback() { Ok(Self::Tcp(at)) } else { Err(AddressError::NotLoopback(at)) }
            }
            _ => Err(form()),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp(at) => write!(f, "tcp:{at}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_socket_file_or_a_port_of_this_machine() {
        for text in ["unix:/run/checkout.tardy", "unix:here", "tcp:127.0.0.1:7000", "tcp:[::1]:0"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        for text in ["", "unix:", "tcp:", "tcp:7000", "tcp:localhost:7000", "/run/checkout.tardy", "http://127.0.0.1"] {
            assert_eq!(text.parse::<Address>(), Err(AddressError::Form(text.to_owned())));
        }
        for text in ["tcp:0.0.0.0:7000", "tcp:192.168.1.5:7000", "tcp:[::]:7000"] {
            assert!(matches!(text.parse::<Address>(), Err(AddressError::NotLoopback(_))), "{text}");
        }
    }
}
