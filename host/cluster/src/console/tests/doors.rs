//! Consoles by the HTTPS API, from the simulated cluster's real door.

use std::time::Duration;

use jarvis_domain::{CallError, ConsoleSize, ConsoleTarget, NodeName};
use jarvis_policy::port::{Console, Consoles, FarConsole};
use jarvis_simulator::{Fault, ROOT_TOKEN, ServeOptions};
use tokio::net::TcpListener;

use super::{guest, node, permit};
use crate::testing::Bench;
use crate::{Access, ApiSettings, Credential, Endpoint, SecretText, Trust};

/// A simulated cluster with an HTTPS door, and a client of it.
struct Rig {
    folder: tempfile::TempDir,
    bench: Bench,
    serving: tokio::task::JoinHandle<()>,
}

impl Rig {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Free now; whoever takes it in between makes the test fail, not pass.
        let free = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let socket = folder.path().join("simulator.sock");
        let authority = folder.path().join("ca.pem");
        let options = ServeOptions {
            https: Some(address),
            authority: Some(authority.clone()),
            ..ServeOptions::at(socket)
        };
        let serving = tokio::spawn(async move { jarvis_simulator::serve(options).await.unwrap() });
        while !authority.exists() || tokio::net::TcpStream::connect(address).await.is_err() {
            assert!(!serving.is_finished());
            tokio::task::yield_now().await;
        }
        let (id, secret) = ROOT_TOKEN.split_once('=').unwrap();
        let secret = SecretText::new(secret.to_owned());
        let token = Credential::Token { id: id.parse().unwrap(), secret };
        let api = ApiSettings {
            endpoints: vec![Endpoint { host: "127.0.0.1".to_owned(), port: address.port() }],
            trust: Trust::Authority(authority),
            read: token.clone(),
            act: Some(token),
            elsewhere: true,
        };
        Self { folder, bench: Bench::over(Access::Api(api)), serving }
    }

    async fn make(&self, words: &str) {
        let words: Vec<&str> = words.split(' ').collect();
        let socket = self.folder.path().join("simulator.sock");
        jarvis_simulator::fault(&socket, Fault::parse(&words).unwrap()).await.unwrap();
    }

    async fn open(&self, target: ConsoleTarget) -> Result<Box<dyn FarConsole>, CallError> {
        match self.bench.cluster.open(permit(target, false), ConsoleSize::USUAL).await? {
            Console::Far(far) => Ok(far),
            Console::Program(program) => panic!("{program:?}"),
        }
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn hear(far: &dyn FarConsole, text: &str) -> String {
    let mut heard = String::new();
    while !heard.contains(text) {
        match far.read().await.unwrap() {
            Some(bytes) => heard.push_str(&String::from_utf8_lossy(&bytes)),
            None => panic!("{text:?} never came, the end did after {heard:?}"),
        }
    }
    heard
}

#[tokio::test]
async fn a_nodes_shell_is_talked_with_to_its_end() {
    let rig = Rig::new().await;
    let far = rig.open(node("pve2")).await.unwrap();
    let begun = hear(&*far, "pve2").await;
    if begun.contains("login: ") {
        far.write(b"root\r").await.unwrap();
        hear(&*far, "Password: ").await;
        far.write(b"simulated\r").await.unwrap();
    }
    hear(&*far, "root@pve2:~# ").await;
    far.resize(ConsoleSize::new(120, 40).unwrap()).await.unwrap();
    far.write(b"hostname\r").await.unwrap();
    hear(&*far, "\r\npve2\r\nroot@pve2:~# ").await;
    far.write(b"exit\r").await.unwrap();
    hear(&*far, "logout\r\n").await;
    assert_eq!(far.read().await.unwrap(), None);
}

#[tokio::test]
async fn guests_are_reached_where_they_are_or_it_is_said_why_not() {
    let rig = Rig::new().await;
    let snapshot = rig.bench.cluster.contents().snapshot(Duration::ZERO).await.unwrap();
    let mut codes = std::collections::BTreeSet::new();
    for known in &snapshot.guests {
        match rig.open(guest(known.vmid.get())).await {
            Ok(far) => {
                hear(&*far, "login: ").await;
                codes.insert("opened".to_owned());
            }
            Err(error) => {
                codes.insert(error.fault.code);
            }
        }
    }
    let expected = ["cluster-console-guest-off", "cluster-console-no-serial", "opened"];
    assert_eq!(codes.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_connection_that_breaks_is_an_end_or_an_error_and_a_node_that_is_off_is_told() {
    let rig = Rig::new().await;
    let far = rig.open(node("pve2")).await.unwrap();
    rig.make("https lose home").await;
    far.write(b"x").await.ok();
    while let Ok(Some(_)) = far.read().await {}
    rig.make("https ok home").await;
    rig.make("node pve3 down").await;
    let pve3: NodeName = "pve3".parse().unwrap();
    loop {
        let snapshot = rig.bench.cluster.contents().snapshot(Duration::ZERO).await.unwrap();
        if snapshot.node(&pve3).is_some_and(|node| !node.is_online()) {
            break;
        }
    }
    let off = rig.open(node("pve3")).await.unwrap_err();
    assert_eq!(off.fault.code, "cluster-console-node-offline");
}
