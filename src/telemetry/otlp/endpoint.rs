//! Where a collector is.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use hyper::Uri;

/// The URL that metrics are sent to. One without a path gets that of metrics, as OTLP's specification has it for a base URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(Uri);

/// Why there is nowhere to send metrics to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadEndpoint {
    /// It is no URL, or one of something else.
    #[error("expected the URL of a collector, such as `http://127.0.0.1:4318`")]
    NoUrl,
    /// It has a user's name or a password.
    #[error("expected a URL without a name or a password, since it is shown")]
    Secret,
    /// This build cannot reach it.
    #[error("this tardy is built without `tls`: expected `http://…`, or a build with that feature")]
    NoTls,
}

impl FromStr for Endpoint {
    type Err = BadEndpoint;

    fn from_str(text: &str) -> Result<Self, BadEndpoint> {
        let uri: Uri = text.parse().map_err(|_what| BadEndpoint::NoUrl)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(BadEndpoint::NoUrl);
        };
        match scheme {
            "http" => {}
            "https" if cfg!(feature = "tls") => {}
            "https" => return Err(BadEndpoint::NoTls),
            _ => return Err(BadEndpoint::NoUrl),
        }
        if authority.as_str().contains('@') {
            return Err(BadEndpoint::Secret);
        }
        if !matches!(uri.path(), "" | "/") {
            return Ok(Self(uri));
        }
        let query = uri.query().map_or_else(String::new, |query| format!("?{query}"));
        let whole = format!("{scheme}://{authority}/v1/metrics{query}");
        whole.parse().map(Self).map_err(|_what| BadEndpoint::NoUrl)
    }
}

impl Endpoint {
    /// Whether it is this machine.
    pub(super) fn is_local(&self) -> bool {
        let host = self.0.host().unwrap_or_default().trim_matches(['[', ']']);
        host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_gets_the_path_of_metrics_and_any_other_stays_as_it_is() {
        for (text, whole) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/metrics"),
            ("http://collector/", "http://collector/v1/metrics"),
            ("http://collector/otlp/v1/metrics", "http://collector/otlp/v1/metrics"),
            ("http://[::1]:4318/?key=1", "http://[::1]:4318/v1/metrics?key=1"),
        ] {
            assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), whole);
        }
        #[cfg(feature = "tls")]
        assert!("https://collector".parse::<Endpoint>().is_ok());
        #[cfg(not(feature = "tls"))]
        assert_eq!("https://collector".parse::<Endpoint>(), Err(BadEndpoint::NoTls));
    }

    #[test]
    fn this_machine_is_known_by_its_addresses_and_its_name() {
        let is_local = |url: &str| url.parse::<Endpoint>().unwrap().is_local();
        let local = ["http://127.0.0.1:4318", "http://[::1]:4318/a", "http://LocalHost", "http://127.9.9.9"];
        assert_eq!(local.map(is_local), [true; 4]);
        assert_eq!(
            ["http://10.0.0.1", "http://localhost.example", "http://[2001:db8::1]:4318"].map(is_local),
            [false; 3]
        );
    }

    #[test]
    fn what_is_no_url_of_a_collector_is_refused() {
        for text in ["", "4318", "127.0.0.1:4318", "/v1/metrics", "grpc://collector:4317", "http://", "http://a b"] {
            assert_eq!(text.parse::<Endpoint>(), Err(BadEndpoint::NoUrl), "{text}");
        }
        assert_eq!("http://me:secret@collector".parse::<Endpoint>(), Err(BadEndpoint::Secret));
    }
}
