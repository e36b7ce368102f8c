//! The server's certificate: given, or made once and kept.

use std::io::Write;
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jarvis_domain::plan::Digest;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use super::error::HttpError;
use super::listen::Tls;

/// A certificate and its key, in files.
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

/// What accepts connections, and the certificate's fingerprint.
pub(crate) fn prepare(
    tls: &Tls,
    hosts: &[String],
    address: IpAddr,
) -> Result<(TlsAcceptor, String), HttpError> {
    let files = match tls {
        Tls::Given { certificate, key } => {
            Files { certificate: certificate.clone(), key: key.clone() }
        }
        Tls::SelfMade { folder } => kept(folder, hosts, address)?,
    };
    let unusable = |path: &Path, why: String| HttpError::Certificate { path: path.to_owned(), why };
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unusable(&files.certificate, error.to_string()))?;
    let first = chain.first();
    let first = first.ok_or_else(|| unusable(&files.certificate, "it holds none".to_owned()))?;
    let fingerprint = fingerprint(first);
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| unusable(&files.key, error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| unusable(&files.certificate, error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((TlsAcceptor::from(Arc::new(config)), fingerprint))
}

/// As browsers and `openssl x509 -fingerprint -sha256` show it.
fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let digits = Digest::of(certificate).to_string().to_ascii_uppercase();
    let pairs: Vec<&str> =
        (0..digits.len()).step_by(2).filter_map(|at| digits.get(at..at + 2)).collect();
    pairs.join(":")
}

/// The self-made certificate in `folder`: the one from before, unless the
/// server has another name now.
fn kept(folder: &Path, hosts: &[String], address: IpAddr) -> Result<Files, HttpError> {
    let files = Files { certificate: folder.join("cert.pem"), key: folder.join("key.pem") };
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    if !address.is_unspecified() && !address.is_loopback() {
        names.push(address.to_string());
    }
    names.extend(hosts.iter().cloned());
    let list = folder.join("names");
    let listed = names.join("\n");
    let is_there = files.certificate.exists() && files.key.exists();
    if is_there && std::fs::read_to_string(&list).is_ok_and(|before| before == listed) {
        return Ok(files);
    }
    let failed = |path: &Path, why: String| HttpError::Certificate { path: path.to_owned(), why };
    let made = rcgen::generate_simple_self_signed(names)
        .map_err(|error| failed(&files.certificate, error.to_string()))?;
    let key = made.signing_key.serialize_pem();
    for (path, text, mode) in [
        (&files.key, key, 0o600),
        (&files.certificate, made.cert.pem(), 0o644),
        (&list, listed, 0o644),
    ] {
        write(path, &text, mode).map_err(|error| failed(path, error.to_string()))?;
    }
    Ok(files)
}

/// Writes a file that is whole or not there, and never readable for more than
/// it should be.
fn write(path: &Path, text: &str, mode: u32) -> std::io::Result<()> {
    let beside = path.with_extension("new");
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(mode).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_self_made_certificate_is_kept_until_the_names_change() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let tls = Tls::SelfMade { folder: folder.path().to_owned() };
        let here = IpAddr::from([127, 0, 0, 1]);
        let of = |hosts: &[String]| prepare(&tls, hosts, here).unwrap().1;
        let first = of(&[]);
        assert_eq!(first.len(), 32 * 3 - 1, "{first}");
        assert_eq!(of(&[]), first);
        assert_ne!(of(&["jarvis.lan".to_owned()]), first);
        let mode = std::fs::metadata(folder.path().join("key.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_is_no_certificate_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let certificate = folder.path().join("cert.pem");
        std::fs::write(&certificate, "nothing").unwrap();
        let tls = Tls::Given { certificate, key: folder.path().join("key.pem") };
        let error = prepare(&tls, &[], IpAddr::from([127, 0, 0, 1])).err().unwrap();
        assert!(error.to_string().contains("cert.pem"), "{error}");
    }
}
