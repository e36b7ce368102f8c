//! The simulated clusters, each in a process of its own: this very program,
//! started again as `simulate …`, as the launcher starts jarvis. And a client
//! for one of them, with nothing behind its ports.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_cluster::{
    Access, ApiSettings, Cluster, ClusterSettings, Credential, Launcher, SecretText, Thermals,
    Timeouts, Trust,
};
use jarvis_domain::event::NobodyListens;
use jarvis_domain::kv::StoreError;
use jarvis_domain::operation::{Journal, OperationRecord};
use jarvis_domain::{OperationId, SystemClock, Timestamp};
use jarvis_simulator::{Fault, READ_TOKEN, ServeOptions, Timing};
use tempfile::TempDir;

/// A simulator that runs, and ends with this.
pub(crate) struct Simulator {
    child: Child,
    pub(crate) folder: TempDir,
    /// The first node's HTTPS door and its fingerprint.
    door: Option<(String, String)>,
}

/// How large, how slow, and with HTTPS or without.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) nodes: usize,
    pub(crate) guests: usize,
    pub(crate) latency: Duration,
    pub(crate) https: bool,
}

/// What this program does as `simulate …`.
pub(crate) async fn play(args: &[String]) -> ExitCode {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", socket, nodes, guests, latency_ms, https] => {
            let default = ServeOptions::at(PathBuf::from(socket));
            let latency = Duration::from_millis(latency_ms.parse().unwrap());
            let options = ServeOptions {
                nodes: nodes.parse().unwrap(),
                guests: guests.parse().unwrap(),
                timing: Timing { latency, ..default.timing },
                https: (*https == "https").then(|| "127.0.0.1:0".parse().unwrap()),
                exit_with_stdin: true,
                ..default
            };
            jarvis_simulator::serve(options).await.unwrap();
            ExitCode::SUCCESS
        }
        ["pvesh", "--socket", socket, "--", argv @ ..] => {
            let argv = argv.iter().map(|word| (*word).to_owned()).collect();
            let code = jarvis_simulator::pvesh(Path::new(socket), argv).await;
            if code == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        _ => ExitCode::FAILURE,
    }
}

impl Simulator {
    pub(crate) fn start(size: Size) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("simulator.sock");
        let numbers =
            [size.nodes.to_string(), size.guests.to_string(), size.latency.as_millis().to_string()];
        let mut child = Command::new(own())
            .args(["simulate", "serve"])
            .arg(&socket)
            .args(numbers)
            .arg(if size.https { "https" } else { "-" })
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut door = None;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                ["https", _, address, print] if door.is_none() => {
                    door = Some(((*address).to_owned(), (*print).to_owned()));
                }
                ["ready"] => break,
                _ => {}
            }
        }
        Self { child, folder, door }
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("simulator.sock")
    }

    /// How often `pvesh` was started so far.
    pub(crate) async fn calls(&self) -> usize {
        let told = jarvis_simulator::fault(&self.socket(), Fault::Calls).await.unwrap();
        told.lines().filter(|line| line.contains("\"pvesh\"")).count()
    }

    pub(crate) fn by_https(&self) -> Cluster {
        let (address, print) = self.door.as_ref().unwrap();
        let (id, secret) = READ_TOKEN.split_once('=').unwrap();
        self.client(Access::Api(ApiSettings {
            endpoints: vec![address.parse().unwrap()],
            trust: Trust::Pinned(vec![print.parse().unwrap()]),
            read: Credential::Token {
                id: id.parse().unwrap(),
                secret: SecretText::new(secret.to_owned()),
            },
            act: None,
            elsewhere: false,
        }))
    }

    pub(crate) fn by_pvesh(&self) -> Cluster {
        self.client(Access::Pvesh)
    }

    fn client(&self, access: Access) -> Cluster {
        Cluster::open(ClusterSettings {
            id: "bench".parse().unwrap(),
            access,
            launcher: Launcher::simulated(own(), self.socket()),
            ssh: None,
            state_folder: self.folder.path().to_owned(),
            timeouts: Timeouts { local_read: Duration::from_secs(60), ..Timeouts::standard() },
            thermals: Thermals { history: false, ..Thermals::standard() },
            journal: Arc::new(NothingKept),
            events: Arc::new(NobodyListens),
            clock: Arc::new(SystemClock),
        })
        .unwrap()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// This program.
pub(crate) fn own() -> PathBuf {
    std::env::current_exe().unwrap()
}

/// Nothing is written here.
#[derive(Debug)]
struct NothingKept;

#[async_trait]
impl Journal for NothingKept {
    async fn put(&self, _: &OperationRecord) -> Result<(), StoreError> {
        Ok(())
    }

    async fn get(&self, _: OperationId) -> Result<Option<OperationRecord>, StoreError> {
        Ok(None)
    }

    async fn unfinished(&self) -> Result<Vec<OperationRecord>, StoreError> {
        Ok(Vec::new())
    }

    async fn recent(&self, _: Timestamp) -> Result<Vec<OperationRecord>, StoreError> {
        Ok(Vec::new())
    }
}
