//! A simulated cluster with an sshd for each node, in a process of its own:
//! this very program, started again as `simulate …`, which is also all that
//! its sshd starts. And two ways to one of its nodes.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_cluster::{
    Access, ApiSettings, Cluster, ClusterSettings, Credential, Launcher, SecretText, SshSettings,
    Thermals, Timeouts, Trust, Verify,
};
use jarvis_domain::event::NobodyListens;
use jarvis_domain::kv::StoreError;
use jarvis_domain::operation::{Journal, OperationRecord};
use jarvis_domain::{OperationId, SystemClock, Timestamp};
use jarvis_simulator::{ServeOptions, SshOptions};
use tempfile::TempDir;

/// The node that is asked.
pub(crate) const NODE: &str = "pve2";

/// What [`NODE`]'s shell is asked with a fresh connection each.
const QUESTION: &str = "'sensors' '-j'";

/// A cluster that runs, and ends with this.
pub(crate) struct Node {
    child: Child,
    folder: TempDir,
    /// Where [`NODE`]'s sshd is.
    address: String,
}

/// What this program does as `simulate …`.
pub(crate) async fn play(args: &[String]) -> ExitCode {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["simulate", "serve", folder] => {
            let folder = Path::new(folder);
            let options = ServeOptions {
                nodes: 2,
                ssh: Some(SshOptions {
                    address: "127.0.0.1:0".parse().unwrap(),
                    folder: folder.join("keys"),
                    jarvis: own(),
                }),
                exit_with_stdin: true,
                ..ServeOptions::at(folder.join("simulator.sock"))
            };
            jarvis_simulator::serve(options).await.unwrap();
            ExitCode::SUCCESS
        }
        ["simulate", "sh", "--over-ssh", "--socket", socket, node] => {
            let line = std::env::var("SSH_ORIGINAL_COMMAND").unwrap_or_default();
            let code = jarvis_simulator::shell_over_ssh(Path::new(socket), node, line).await;
            if code == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        _ => ExitCode::FAILURE,
    }
}

impl Node {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(own())
            .args(["simulate", "serve"])
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let lines: Vec<String> =
            lines.map(Result::unwrap).take_while(|line| line != "ready").collect();
        let prefix = format!("ssh {NODE} ");
        let mut told = lines.iter().filter_map(|line| line.strip_prefix(&prefix));
        let address = told.next().and_then(|rest| rest.split(' ').next()).unwrap().to_owned();
        Self { child, folder, address }
    }

    /// A cluster that reaches its nodes by SSH alone; nothing answers where its
    /// API has to be, and nothing of it is asked.
    pub(crate) fn client(&self) -> Cluster {
        let addresses = [(NODE.parse().unwrap(), self.address.parse().unwrap())].into();
        Cluster::open(ClusterSettings {
            id: "bench".parse().unwrap(),
            access: Access::Api(ApiSettings {
                endpoints: vec!["127.0.0.1:1".parse().unwrap()],
                trust: Trust::Pinned(Vec::new()),
                read: Credential::Token {
                    id: "nobody@pve!nothing".parse().unwrap(),
                    secret: SecretText::new(String::new()),
                },
                act: None,
                elsewhere: false,
            }),
            launcher: Launcher::real("/nowhere/pvesh".into()),
            ssh: Some(SshSettings {
                program: "/usr/bin/ssh".into(),
                user: me(),
                port: SshSettings::PORT,
                key: Some(self.key("id")),
                known_hosts: Some(self.key("known_hosts")),
                verify: Verify::Strict,
                connect: Duration::from_secs(60),
                long_connect: Duration::from_secs(60),
                addresses,
            }),
            state_folder: self.folder.path().to_owned(),
            timeouts: Timeouts::standard(),
            thermals: Thermals { history: false, ..Thermals::standard() },
            journal: Arc::new(NothingKept),
            events: Arc::new(NobodyListens),
            clock: Arc::new(SystemClock),
        })
        .unwrap()
    }

    /// The `ssh` program with a connection of its own.
    pub(crate) fn ssh(&self) -> Command {
        let (host, port) = self.address.rsplit_once(':').unwrap();
        let mut command = Command::new("/usr/bin/ssh");
        command
            .args(["-F", "none", "-T", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR"])
            .args(["-o", "IdentitiesOnly=yes", "-o", &format!("HostKeyAlias={NODE}"), "-o"])
            .arg(format!("UserKnownHostsFile={}", self.key("known_hosts").display()))
            .arg("-i")
            .arg(self.key("id"))
            .args(["-p", port, "-l", &me(), "--", host, QUESTION])
            .stdin(Stdio::null());
        command
    }

    fn key(&self, name: &str) -> PathBuf {
        self.folder.path().join("keys").join(name)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// This program.
fn own() -> PathBuf {
    std::env::current_exe().unwrap()
}

/// Who runs it, and is let in.
fn me() -> String {
    let uid = rustix::process::geteuid().as_raw().to_string();
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let mut mine = users.lines().filter(|line| line.split(':').nth(2) == Some(&uid));
    mine.next().and_then(|line| line.split(':').next()).unwrap().to_owned()
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
