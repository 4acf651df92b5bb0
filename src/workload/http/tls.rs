//! Whom to believe that it is who it says: the roots of the system, others that are named, or anyone.
//!
//! Owns the configuration of TLS. It must not know who is connected to.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// Whose certificates are believed.
#[derive(Debug)]
pub(super) enum Trust<'a> {
    /// What the roots of the system have signed, and what these have, a PEM file.
    Roots(Option<&'a [u8]>),
    /// Any.
    Anyone,
}

/// TLS that offers these protocols to the server.
///
/// # Errors
/// The PEM file holds no certificate, or there is no root at all; in words.
pub(super) fn config(trust: &Trust<'_>, protocols: &[&[u8]]) -> Result<Arc<ClientConfig>, String> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let mut config = match trust {
        Trust::Roots(also) => builder.with_root_certificates(roots(*also)?).with_no_client_auth(),
        Trust::Anyone => {
            let verifier = Arc::new(Gullible(provider));
            builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
        }
    };
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    Ok(Arc::new(config))
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
