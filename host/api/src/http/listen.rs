//! Where the server listens, and that it does not do so carelessly.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::error::HttpError;
use super::names::Names;
use super::tls;

/// Where to listen, and how.
#[derive(Debug, Clone)]
pub struct Listen {
    /// The address.
    pub address: IpAddr,
    /// The port; 0 takes one that is free.
    pub port: u16,
    /// TLS; none speaks plain HTTP.
    pub tls: Option<Tls>,
    /// What the server is called, and whose pages may act.
    pub names: Names,
    /// Plain HTTP is wanted also where other machines can reach it: behind a
    /// proxy that speaks TLS, or in a network of its own.
    pub plain_elsewhere: bool,
}

/// Where certificate and key come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// PEM files.
    Given {
        /// The certificate with its chain.
        certificate: PathBuf,
        /// Its key.
        key: PathBuf,
    },
    /// Made by jarvis, and kept.
    SelfMade {
        /// The folder that they are kept in.
        folder: PathBuf,
    },
}

/// A server that has its address, and does not serve yet.
pub struct Bound {
    pub(crate) listener: TcpListener,
    pub(crate) names: Names,
    pub(crate) tls: Option<TlsAcceptor>,
    address: SocketAddr,
    fingerprint: Option<String>,
}

impl Listen {
    /// Takes the address. Blocks while a certificate is read or made.
    ///
    /// # Errors
    /// It is taken or unknown, the certificate cannot be used, or passwords
    /// would go over a network in the clear.
    pub async fn bind(self) -> Result<Bound, HttpError> {
        let address = SocketAddr::new(self.address, self.port);
        if !self.address.is_loopback() && self.tls.is_none() && !self.plain_elsewhere {
            return Err(HttpError::Exposed { address });
        }
        let prepared = match &self.tls {
            Some(tls) => Some(tls::prepare(tls, &self.names.hosts, self.address)?),
            None => None,
        };
        let listen = |source| HttpError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let (tls, fingerprint) = prepared.unzip();
        Ok(Bound { listener, names: self.names, tls, address, fingerprint })
    }
}

impl std::fmt::Debug for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bound").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Bound {
    /// The address, with the port that it got.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The SHA-256 of the certificate, as browsers show it.
    #[must_use]
    pub fn fingerprint(&self) -> Option<&str> {
        self.fingerprint.as_deref()
    }

    /// Where a browser finds it.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listen(address: [u8; 4]) -> Listen {
        Listen {
            address: address.into(),
            port: 0,
            tls: None,
            names: Names::default(),
            plain_elsewhere: false,
        }
    }

    #[tokio::test]
    async fn passwords_do_not_go_over_a_network_in_the_clear() {
        let refused = listen([0, 0, 0, 0]).bind().await.unwrap_err();
        assert!(matches!(refused, HttpError::Exposed { .. }), "{refused}");
        let here = listen([127, 0, 0, 1]).bind().await.unwrap();
        assert!(here.url().starts_with("http://127.0.0.1:"), "{}", here.url());
        let taken = Listen { port: here.address().port(), ..listen([127, 0, 0, 1]) };
        let taken = taken.bind().await.unwrap_err();
        assert!(matches!(taken, HttpError::Listen { .. }), "{taken}");
    }
}
