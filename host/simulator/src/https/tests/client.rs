//! A small HTTPS client: a connection for each request, the certificate
//! pinned by its fingerprint, status and reason phrase as they were sent.

use std::net::SocketAddr;
use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::ext::ReasonPhrase;
use hyper::header::{HeaderName, HeaderValue};
use hyper_util::rt::TokioIo;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{
    CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, tungstenite};

use crate::access::PASSWORD;
use crate::https::identity::fingerprint;

/// A client of one door.
#[derive(Debug, Clone)]
pub(super) struct Client {
    address: SocketAddr,
    config: Arc<ClientConfig>,
    headers: Vec<(String, String)>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// The reason phrase; the usual one of the status where it was sent.
    pub(super) reason: String,
    pub(super) body: String,
}

/// A WebSocket over TLS.
pub(super) type Socket = WebSocketStream<TlsStream<TcpStream>>;

/// How a request may fail before there is an answer.
pub(super) type Failed = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug)]
struct Pinned {
    print: String,
    provider: CryptoProvider,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The result, where there is one.
    pub(super) fn data(&self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()["data"].clone()
    }
}

impl Client {
    pub(super) fn new(address: SocketAddr, print: &str) -> Self {
        let provider = ring::default_provider();
        let verifier = Pinned { print: print.to_owned(), provider: provider.clone() };
        let config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Self { address, config: Arc::new(config), headers: Vec::new() }
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn token(self, token: &str) -> Self {
        self.with("Authorization", &format!("PVEAPIToken={token}"))
    }

    /// Carries a ticket, and a token against forged requests.
    pub(super) fn ticket(self, ticket: &str, csrf: &str) -> Self {
        self.with("Cookie", &format!("PVEAuthCookie={}", encode(ticket)))
            .with("CSRFPreventionToken", csrf)
    }

    /// Signs in with the password, and carries the ticket.
    pub(super) async fn user(self, user: &str) -> Self {
        let form = format!("username={}&password={PASSWORD}", encode(user));
        let signed = self.post("/access/ticket", &form).await.data();
        let text = |key: &str| signed[key].as_str().unwrap().to_owned();
        self.ticket(&text("ticket"), &text("CSRFPreventionToken"))
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "").await.unwrap()
    }

    pub(super) async fn post(&self, path: &str, form: &str) -> Answer {
        self.ask("POST", path, form).await.unwrap()
    }

    /// Sends a form below `/api2/json`, or at `path` as it is when that begins
    /// with `=`.
    pub(super) async fn ask(&self, method: &str, path: &str, form: &str) -> Result<Answer, Failed> {
        let path = match path.strip_prefix('=') {
            Some(whole) => whole.to_owned(),
            None => format!("/api2/json{path}"),
        };
        let mut request = Request::builder().method(method).uri(path).header("Host", "simulated");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if !form.is_empty() && !self.headers.iter().any(|(name, _)| name == "Content-Type") {
            request = request.header("Content-Type", "application/x-www-form-urlencoded");
        }
        self.send(request.body(Full::new(Bytes::from(form.to_owned())))?).await
    }

    pub(super) async fn send(&self, request: Request<Full<Bytes>>) -> Result<Answer, Failed> {
        let stream = TokioIo::new(self.connect().await?);
        let (mut sender, connection) = http1::handshake(stream).await?;
        let connection = tokio::spawn(connection);
        let answer = sender.send_request(request).await?;
        let status = answer.status();
        let reason = match answer.extensions().get::<ReasonPhrase>() {
            Some(reason) => String::from_utf8_lossy(reason.as_bytes()).into_owned(),
            None => status.canonical_reason().unwrap_or_default().to_owned(),
        };
        let body = answer.into_body().collect().await?.to_bytes();
        drop(sender);
        // It may end early, as long as the answer is whole.
        let _ = connection.await?;
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Answer { status: status.as_u16(), reason, body })
    }

    /// A connection, for what no client library would send.
    pub(super) async fn connect(&self) -> Result<TlsStream<TcpStream>, Failed> {
        let stream = TcpStream::connect(self.address).await?;
        let name = ServerName::try_from("localhost")?;
        Ok(TlsConnector::from(Arc::clone(&self.config)).connect(name, stream).await?)
    }

    /// Opens a WebSocket below `/api2/json`, with its subprotocol.
    pub(super) async fn websocket(&self, path: &str) -> Result<Socket, tungstenite::Error> {
        let stream = self.connect().await.unwrap();
        let mut request = format!("ws://localhost/api2/json{path}").into_client_request()?;
        request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("binary"));
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let (socket, response) = tokio_tungstenite::client_async(request, stream).await?;
        assert_eq!(response.headers()["Sec-WebSocket-Protocol"], "binary");
        Ok(socket)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// As a form and a cookie need it.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if fingerprint(end_entity) == self.print {
            return Ok(ServerCertVerified::assertion());
        }
        Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
