//! One message, sent once: what the collector answers, and whether it is to be tried again.

use std::io;
#[cfg(feature = "tls")]
use std::sync::Arc;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceResponse;
use prost::Message;
#[cfg(feature = "tls")]
use rustls::crypto::ring;
use ureq::http::Response;
#[cfg(feature = "tls")]
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body};

use super::Endpoint;
use super::queue::Answer;

/// How long a collector may take for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The longest pause that a collector may ask for.
const LONGEST: Duration = Duration::from_secs(60);

/// The most bytes of an answer that are read.
const LARGEST: u64 = 64 << 10;

/// The most characters that are told of what a collector complains of.
const TOLD: usize = 200;

/// Why nothing can be sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoClient {
    /// The operating system refuses a thread.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
    /// There is nothing to believe a server by.
    #[error("the system has no root certificates: {0}")]
    NoRoots(String),
}

/// Knows one collector, and how it is reached.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    url: String,
}

impl Client {
    /// One that knows whom to believe.
    ///
    /// # Errors
    /// There are no root certificates, and it takes some.
    #[cfg_attr(not(feature = "tls"), expect(clippy::unnecessary_wraps, reason = "with TLS there may be no roots"))]
    pub fn new(endpoint: &Endpoint) -> Result<Self, NoClient> {
        let url = endpoint.to_string();
        let config = Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false);
        let config = config.max_redirects(0).max_redirects_will_error(false);
        let config = config.user_agent(concat!("tardy/", env!("CARGO_PKG_VERSION")));
        #[cfg(feature = "tls")]
        let config = if url.starts_with("https:") { config.tls_config(tls()?) } else { config };
        // None that the environment names is on the way to this machine.
        let config = if endpoint.is_local() { config.proxy(None) } else { config };
        let config = config.build();
        Ok(Self { agent: config.new_agent(), url })
    }

    /// Sends a message, and waits for its answer.
    pub(super) fn post(&self, message: &[u8]) -> Answer {
        let request = self.agent.post(&self.url).header("content-type", "application/x-protobuf");
        match request.send(message) {
            Ok(response) => answer(response),
            Err(error) => Answer::Later { after: None, why: error.to_string() },
        }
    }
}

/// TLS with the roots of the system.
#[cfg(feature = "tls")]
fn tls() -> Result<TlsConfig, NoClient> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let why = found.errors.first().map_or_else(|| "none are installed".to_owned(), ToString::to_string);
        return Err(NoClient::NoRoots(why));
    }
    let roots = found.certs.iter().map(|root| Certificate::from_der(root).to_owned());
    let tls = TlsConfig::builder().root_certs(RootCerts::from(roots));
    Ok(tls.unversioned_rustls_crypto_provider(Arc::new(ring::default_provider())).build())
}

/// What an answer means, by OTLP's specification.
fn answer(mut response: Response<Body>) -> Answer {
    let status = response.status();
    let after = response.headers().get("retry-after").and_then(|after| after.to_str().ok()?.trim().parse().ok());
    // Whatever cannot be read of it is not told.
    let body = response.body_mut().with_config().limit(LARGEST).read_to_vec().unwrap_or_default();
    match status.as_u16() {
        200..=299 => {
            let partial = ExportMetricsServiceResponse::decode(&*body).ok().and_then(|told| told.partial_success);
            let partial = partial.filter(|partial| partial.rejected_data_points > 0);
            Answer::Taken {
                refused: partial.map(|partial| format!("it refused a part: {}", excerpt(&partial.error_message))),
            }
        }
        429 | 502 | 503 | 504 => {
            let after = after.map(|seconds| Duration::from_secs(seconds).min(LONGEST));
            Answer::Later { after, why: format!("it answered {status}") }
        }
        _ => Answer::Refused { why: format!("it answered {status}: {}", excerpt(&String::from_utf8_lossy(&body))) },
    }
}

/// The begin of what a collector says, harmless for a terminal.
fn excerpt(text: &str) -> String {
    crate::text::one_line(text, TOLD)
}
