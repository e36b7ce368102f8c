//! A Proxmox API for this room's tests: real TLS on 127.0.0.1, and beyond it
//! exactly the bytes that a test wants said.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::settings::{ApiSettings, Credential, Endpoint, Fingerprint, SecretText, Trust};
use super::trust;

/// The secrets that tests use; none may be seen anywhere.
pub(crate) const SECRETS: [&str; 3] = ["read-secret-1", "act-secret-2", "password-3"];

/// What is said to a request.
#[derive(Debug, Clone)]
pub(crate) enum Says {
    /// Status line, further headers, body; the connection stays open.
    Answer { status: u16, reason: String, headers: String, body: String },
    /// The same, and then the connection is closed, unannounced.
    Leaves(String),
    /// These bytes, and then the end of the connection.
    Bytes(Vec<u8>),
    /// These bytes, and then nothing any more.
    Hangs(Vec<u8>),
    /// A body without an end.
    Endless,
}

/// A request as it came in.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    /// Method and target.
    pub(crate) line: String,
    /// Headers, in lower case but for their values.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// A certificate, its key, and who signed it.
#[derive(Clone)]
pub(crate) struct Identity {
    certificate: CertificateDer<'static>,
    key: Arc<PrivateKeyDer<'static>>,
    pub(crate) authority_pem: String,
}

/// A running server; it ends with this.
pub(crate) struct Fake {
    pub(crate) port: u16,
    pub(crate) identity: Identity,
    script: Arc<Script>,
    listening: tokio::task::JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Script {
    says: Mutex<BTreeMap<String, VecDeque<Says>>>,
    heard: watch::Sender<Vec<Heard>>,
    connections: watch::Sender<usize>,
}

#[derive(Debug)]
struct Shows(Arc<CertifiedKey>);

impl Identity {
    /// One for these names, from an authority of its own.
    pub(crate) fn of(names: &[&str]) -> Self {
        Self::signed(names, |_| {})
    }

    /// The same with a change to what is signed.
    pub(crate) fn signed(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Self {
        let authority_key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_pem = authority.self_signed(&authority_key).unwrap().pem();
        let issuer = Issuer::new(authority, authority_key);
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        let certificate = params.signed_by(&key, &issuer).unwrap().der().clone();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        Self { certificate, key: Arc::new(key), authority_pem }
    }

    /// This certificate with another's key: what a thief of the certificate
    /// alone could show.
    pub(crate) fn without_its_key(&self) -> Self {
        Self { key: Self::of(&["x"]).key, ..self.clone() }
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        trust::fingerprint(&self.certificate)
    }
}

impl Fake {
    pub(crate) async fn new() -> Self {
        Self::with(Identity::of(&["localhost", "127.0.0.1"])).await
    }

    pub(crate) async fn with(identity: Identity) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let script = Arc::new(Script::default());
        let acceptor = TlsAcceptor::from(Arc::new(server(&identity)));
        let said = Arc::clone(&script);
        let listening = tokio::spawn(async move {
            // Dropped with the listener: what hangs does not outlive its test.
            let mut serving = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, script) = (acceptor.clone(), Arc::clone(&said));
                serving.spawn(async move {
                    script.connections.send_modify(|connections| *connections += 1);
                    if let Ok(stream) = acceptor.accept(stream).await {
                        script.serve(stream).await;
                    }
                });
            }
        });
        Self { port, identity, script, listening }
    }

    /// What is said to requests that begin with `line`, one after the other;
    /// the last again and again.
    pub(crate) fn on(&self, line: &str, says: Says) -> &Self {
        let mut all = self.script.says.lock().unwrap();
        all.entry(line.to_owned()).or_default().push_back(says);
        self
    }

    /// A GET below `/api2/json` is answered with `data`.
    #[allow(clippy::needless_pass_by_value, reason = "json! is written in its place")]
    pub(crate) fn get(&self, path: &str, data: Value) -> &Self {
        self.on(&format!("GET /api2/json{path}"), Says::data(&data))
    }

    /// The requests so far.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.script.heard.borrow().clone()
    }

    /// How many requests began with `line`.
    pub(crate) fn count(&self, line: &str) -> usize {
        self.heard().iter().filter(|heard| heard.line.starts_with(line)).count()
    }

    pub(crate) fn connections(&self) -> usize {
        *self.script.connections.borrow()
    }

    /// Waits until as many requests have come in.
    pub(crate) async fn asked(&self, times: usize) {
        let mut heard = self.script.heard.subscribe();
        heard.wait_for(|heard| heard.len() >= times).await.unwrap();
    }

    /// Settings with a token for reads and one for writes.
    pub(crate) fn settings(&self) -> ApiSettings {
        let token = |id: &str, secret: &str| Credential::Token {
            id: id.parse().unwrap(),
            secret: SecretText::new(secret.to_owned()),
        };
        ApiSettings {
            endpoints: vec![Endpoint { host: "127.0.0.1".to_owned(), port: self.port }],
            trust: Trust::Pinned(vec![self.identity.fingerprint()]),
            read: token("jarvis@pve!read", SECRETS[0]),
            act: Some(token("jarvis@pve!act", SECRETS[1])),
            elsewhere: false,
        }
    }

    /// Settings with a password for both.
    pub(crate) fn with_password(&self) -> ApiSettings {
        let user = Credential::Password {
            user: "jarvis@pve".parse().unwrap(),
            password: SecretText::new(SECRETS[2].to_owned()),
        };
        ApiSettings { read: user.clone(), act: Some(user), ..self.settings() }
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Says {
    pub(crate) fn data(data: &Value) -> Self {
        let body = serde_json::json!({ "data": data }).to_string();
        Self::Answer { status: 200, reason: "OK".to_owned(), headers: String::new(), body }
    }

    /// An error as Proxmox tells it: in the reason phrase.
    pub(crate) fn error(status: u16, reason: &str) -> Self {
        let body = r#"{"data":null}"#.to_owned();
        Self::Answer { status, reason: reason.to_owned(), headers: String::new(), body }
    }
}

impl Script {
    async fn serve(&self, mut stream: TlsStream<TcpStream>) {
        while let Some(heard) = request(&mut stream).await {
            let says = self.says(&heard.line);
            self.heard.send_modify(|all| all.push(heard));
            let sent = match says {
                Says::Answer { status, reason, headers, body } => {
                    let length = body.len();
                    let head = format!(
                        "HTTP/1.1 {status} {reason}\r\nContent-Length: {length}\r\n{headers}\r\n"
                    );
                    stream.write_all(format!("{head}{body}").as_bytes()).await
                }
                Says::Leaves(body) => {
                    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
                    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
                    break;
                }
                Says::Bytes(bytes) => {
                    let _ = stream.write_all(&bytes).await;
                    break;
                }
                Says::Hangs(bytes) => {
                    let _ = stream.write_all(&bytes).await;
                    let _ = stream.flush().await;
                    std::future::pending().await
                }
                Says::Endless => endless(&mut stream).await,
            };
            if sent.is_err() {
                return;
            }
            let _ = stream.flush().await;
        }
        let _ = stream.shutdown().await;
    }

    fn says(&self, line: &str) -> Says {
        let mut all = self.says.lock().unwrap();
        // Longer beginnings come later in the map and are more exact.
        let Some((_, queue)) = all.iter_mut().rfind(|(name, _)| line.starts_with(*name)) else {
            return Says::error(501, &format!("Method '{line}' not implemented"));
        };
        if queue.len() > 1 { queue.pop_front().unwrap() } else { queue[0].clone() }
    }
}

async fn endless(stream: &mut TlsStream<TcpStream>) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await?;
    let chunk = [b"100000\r\n".as_slice(), &vec![b' '; 0x10_0000], b"\r\n"].concat();
    loop {
        stream.write_all(&chunk).await?;
    }
}

async fn request(stream: &mut TlsStream<TcpStream>) -> Option<Heard> {
    let mut read = Vec::new();
    let end = loop {
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(read[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let line = lines.next()?.trim_end_matches(" HTTP/1.1").to_owned();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = read[end + 4..].to_vec();
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Heard { line, headers, body: String::from_utf8(body).unwrap() })
}

fn server(identity: &Identity) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = provider.key_provider.load_private_key(identity.key.clone_key()).unwrap();
    // Whether key and certificate belong together is not checked here.
    let shown = CertifiedKey::new(vec![identity.certificate.clone()], key);
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Shows(Arc::new(shown))))
}

impl ResolvesServerCert for Shows {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}
