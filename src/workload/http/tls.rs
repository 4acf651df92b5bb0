//! Speaks TLS, and knows whom to believe that it is who it says: the roots of the system, others that are named, or anyone.
//!
//! Owns the configuration of TLS and its handshake. It must not know what is said afterwards.

use std::io;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, InvalidMessage, RootCertStore, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use toml::Spanned;

use super::fault;
use super::params::{Params, Version};
use super::stream::Stream;
use crate::workload::synthetic::Check;

/// What HTTP/2 is called in a handshake.
const H2: &[u8] = b"h2";

/// How TLS is spoken with the origin.
#[derive(Debug)]
pub(super) struct Tls {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

/// Whose certificates are believed.
#[derive(Debug)]
enum Trust {
    /// What the roots of the system have signed, and what these have, a PEM file.
    Roots(Option<Vec<u8>>),
    /// Any.
    Anyone,
}

impl Tls {
    /// TLS with the host of a URL; nothing, and a complaint, when that cannot be.
    pub(super) fn new(
        check: &mut Check<'_>,
        params: &Params,
        version: Version,
        url: &Spanned<String>,
        host: &str,
    ) -> Option<Self> {
        let Ok(name) = ServerName::try_from(host.to_owned()) else {
            return check.wrong(url.span(), format!("`{host}` is no name a certificate can have"));
        };
        let pem = params.ca.as_ref().map(|file| (file, check.setup.read(file.get_ref())));
        let trust = match pem {
            Some((file, Err(error))) => {
                return check.wrong(file.span(), format!("cannot read `{}`: {error}", file.get_ref()));
            }
            _ if params.is_insecure() => {
                check.setup.remarks().add("certificates are not verified: whoever answers may be anyone");
                Trust::Anyone
            }
            Some((_, Ok(pem))) => Trust::Roots(Some(pem)),
            None => Trust::Roots(None),
        };
        match (config(trust, if version == Version::Http2 { H2 } else { b"http/1.1" }), &params.ca) {
            (Ok(config), _) => Some(Self { config: Arc::new(config), name }),
            (Err(why), Some(file)) => check.wrong(file.span(), format!("`{}` {why}", file.get_ref())),
            (Err(why), None) => check.wrong(url.span(), why),
        }
    }

    /// Shakes hands.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(super) async fn secure(&self, stream: TcpStream) -> Result<Stream, String> {
        let connector = TlsConnector::from(Arc::clone(&self.config));
        let stream = connector.connect(self.name.clone(), stream).await.map_err(|error| befell(&error))?;
        let agreed = stream.get_ref().1.alpn_protocol();
        if self.config.alpn_protocols[0] == H2 && agreed != Some(H2) {
            return Err("the server does not speak HTTP/2".to_owned());
        }
        Ok(Stream::new(stream))
    }
}

/// What befell a handshake.
fn befell(error: &io::Error) -> String {
    let of_tls = error.get_ref().and_then(|error| error.downcast_ref::<Error>());
    match of_tls {
        Some(Error::InvalidMessage(InvalidMessage::InvalidContentType)) => "the server does not speak TLS".to_owned(),
        _ => fault::of_io(error),
    }
}

/// TLS that offers one protocol to the server.
fn config(trust: Trust, protocol: &[u8]) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let mut config = match trust {
        Trust::Roots(also) => builder.with_root_certificates(roots(also.as_deref())?).with_no_client_auth(),
        Trust::Anyone => {
            let verifier = Arc::new(Gullible(provider));
            builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
        }
    };
    config.alpn_protocols = vec![protocol.to_vec()];
    Ok(config)
}

/// The roots of the system, and those of a PEM file.
fn roots(also: Option<&[u8]>) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    // Of the system's some are older than what can be read; it is those that are there that count.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(pem) = also {
        let before = roots.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| format!("is no PEM file: {error}"))?;
            roots.add(certificate).map_err(|error| format!("has a certificate that is none: {error}"))?;
        }
        if roots.len() == before {
            return Err("has no certificate; expected a PEM file".to_owned());
        }
    }
    if roots.is_empty() {
        return Err("the system has no root certificates; expected a `ca`, or the package ca-certificates".to_owned());
    }
    Ok(roots)
}

/// Believes everyone, and checks nothing.
#[derive(Debug)]
struct Gullible(Arc<CryptoProvider>);

impl ServerCertVerifier for Gullible {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
