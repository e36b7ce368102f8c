//! Which certificate is the cluster's. Whatever the way, the far side has to
//! prove that it holds the certificate's key, and nothing here accepts
//! "anything".

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore,
    SignatureScheme,
};
use sha2::{Digest, Sha256};

use super::error::ApiError;
use super::settings::{Fingerprint, Trust};

/// Takes exactly the certificates that it knows. Their names and dates do not
/// count, since the owner has seen these very ones.
#[derive(Debug)]
struct Pinned {
    known: Vec<Fingerprint>,
    provider: Arc<CryptoProvider>,
}

/// The certificate is another than the known ones.
#[derive(Debug, thiserror::Error)]
#[error("the certificate has the fingerprint {seen}")]
pub(super) struct Changed {
    /// What the far side showed.
    pub(super) seen: Fingerprint,
}

/// The TLS settings of a client that trusts `trust`.
pub(super) fn config(trust: &Trust) -> Result<ClientConfig, ApiError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable("the TLS library", &error))?;
    let mut config = match trust {
        Trust::Pinned(known) => {
            let verifier = Pinned { known: known.clone(), provider };
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
                .with_no_client_auth()
        }
        Trust::Authority(path) => {
            builder.with_root_certificates(authorities(path)?).with_no_client_auth()
        }
        Trust::System => builder.with_root_certificates(of_system()?).with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// The fingerprint of a certificate.
pub(super) fn fingerprint(certificate: &CertificateDer<'_>) -> Fingerprint {
    Fingerprint(Sha256::digest(certificate.as_ref()).into())
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let seen = fingerprint(end_entity);
        if self.known.contains(&seen) {
            return Ok(ServerCertVerified::assertion());
        }
        let error = CertificateError::Other(OtherError(Arc::new(Changed { seen })));
        Err(rustls::Error::InvalidCertificate(error))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn authorities(path: &Path) -> Result<RootCertStore, ApiError> {
    let shown = path.display().to_string();
    let mut roots = RootCertStore::empty();
    let certificates =
        CertificateDer::pem_file_iter(path).map_err(|error| unusable(&shown, &error))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| unusable(&shown, &error))?;
        roots.add(certificate).map_err(|error| unusable(&shown, &error))?;
    }
    if roots.is_empty() {
        return Err(ApiError::NoAuthority { from: shown, why: "it holds none".to_owned() });
    }
    Ok(roots)
}

fn of_system() -> Result<RootCertStore, ApiError> {
    let from = "this machine";
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // Old authorities in odd forms are common; the rest does.
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        let why = found.errors.first().map_or("it has none".to_owned(), ToString::to_string);
        return Err(ApiError::NoAuthority { from: from.to_owned(), why });
    }
    Ok(roots)
}

fn unusable(from: &str, error: &dyn std::error::Error) -> ApiError {
    ApiError::NoAuthority { from: from.to_owned(), why: error.to_string() }
}
