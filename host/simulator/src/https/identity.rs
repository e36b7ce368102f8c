//! Certificates: one authority for the cluster, and for each node a key and a
//! certificate that it has signed, as `pvecm updatecerts` makes them. All of
//! it lives in memory and is another with each start.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use sha2::{Digest, Sha256};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::version::TLS13;

use crate::base64::base64;
use crate::error::SimulatorError;
use crate::node::Node;

/// The cluster's own certificate authority.
#[derive(Clone)]
pub(crate) struct Authority(Arc<CertifiedIssuer<'static, KeyPair>>);

/// A node's certificate and key.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    config: Arc<ServerConfig>,
    fingerprint: String,
}

impl Authority {
    /// A new one.
    pub(crate) fn new() -> Result<Self, SimulatorError> {
        let key = KeyPair::generate().map_err(failed)?;
        let mut params = CertificateParams::new(Vec::new()).map_err(failed)?;
        params.distinguished_name.push(DnType::CommonName, "Proxmox Virtual Environment");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let issuer = CertifiedIssuer::self_signed(params, key).map_err(failed)?;
        Ok(Self(Arc::new(issuer)))
    }

    /// Its certificate, as `/etc/pve/pve-root-ca.pem` holds it.
    pub(crate) fn pem(&self) -> String {
        let text = base64(self.0.der());
        let lines: Vec<&str> =
            text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    }

    /// A new key and certificate for `node`.
    pub(crate) fn identify(&self, node: &Node) -> Result<Identity, SimulatorError> {
        let key = KeyPair::generate().map_err(failed)?;
        let names = [node.name.as_str(), "localhost", "127.0.0.1", "::1", node.ip.as_str()];
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let mut params = CertificateParams::new(names).map_err(failed)?;
        params.distinguished_name.push(DnType::CommonName, node.name.as_str());
        let certificate = params.signed_by(&key, &self.0).map_err(failed)?;
        let der = certificate.der().clone();
        let fingerprint = fingerprint(&der);
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&TLS13])
            .map_err(failed)?
            .with_no_client_auth()
            .with_single_cert(vec![der], key)
            .map_err(failed)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Identity { config: Arc::new(config), fingerprint })
    }
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authority")
    }
}

impl Identity {
    /// SHA-256 in Proxmox's form, `AA:BB:…`.
    pub(crate) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }

    /// Whether both are the same certificate.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.config, &other.config)
    }
}

/// The SHA-256 of a certificate, as Proxmox shows it.
pub(crate) fn fingerprint(der: &[u8]) -> String {
    let bytes: Vec<String> = Sha256::digest(der).iter().map(|byte| format!("{byte:02X}")).collect();
    bytes.join(":")
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> SimulatorError {
    SimulatorError::Certificate(Box::new(error))
}
