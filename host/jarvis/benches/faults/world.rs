//! A simulated cluster and a real host on it, each a process of the built
//! program: a host that can be killed and started again at any moment, by
//! either way to the cluster. Nothing of it reaches beyond the loopback address
//! and its own folder.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use jarvis_api::control::Client;
use jarvis_domain::{Clock, SystemClock};
use jarvis_simulator::{ACT_TOKEN, Fault, PASSWORD};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::Mutex;

use crate::dice::Dice;

/// How long a host may take to serve, or to end when it is asked to. It stands
/// beside many others on a machine that builds.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a command may run, queries and actions alike; what still goes on
/// then is answered with "started".
pub(crate) const TIME: Duration = Duration::from_secs(12);

/// By which of Proxmox's doors the host reaches the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Pvesh,
    Api,
}

/// The two processes, and where they live.
pub(crate) struct World {
    pub(crate) way: Way,
    folder: TempDir,
    simulator: Mutex<Child>,
    host: Mutex<Option<Child>>,
}

impl Way {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pvesh => "pvesh",
            Self::Api => "api",
        }
    }
}

impl World {
    /// Starts the cluster; the host is started by [`Self::start`].
    pub(crate) async fn open(way: Way, dice: &mut Dice) -> Self {
        assert!(
            jarvis().with_file_name("skills").is_dir(),
            "the skills are not built: run script/build-skills, or script/bench, which does"
        );
        let folder = tempfile::Builder::new().prefix("jarvis-faults-").tempdir().unwrap();
        let mut command = command(folder.path());
        command.args(["simulate", "serve", "--with-stdin", "--latency", "0.02", "--socket"]);
        command.arg(folder.path().join("simulator.sock"));
        command.args(["--https", "127.0.0.1:0", "--authority"]).arg(folder.path().join("ca.pem"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut simulator = command.spawn().unwrap();
        let mut lines = BufReader::new(simulator.stdout.take().unwrap()).lines();
        let mut doors = Vec::new();
        while let Some(line) = lines.next_line().await.unwrap().filter(|line| line != "ready") {
            doors.push(line.split(' ').nth(2).unwrap().to_owned());
        }
        write_settings(folder.path(), way, &doors, dice);
        Self { way, folder, simulator: Mutex::new(simulator), host: Mutex::new(None) }
    }

    /// Starts the host and waits until it serves; why it did not.
    pub(crate) async fn start(&self) -> Result<(), String> {
        let log = std::fs::OpenOptions::new().append(true).create(true).open(self.log()).unwrap();
        let mut command = command(self.folder.path());
        command.args(["serve", "--json", "--config"]).arg(self.folder.path().join("jarvis.yaml"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        let served = tokio::select! {
            _ = reader.read_line(&mut line) => line.contains("serving"),
            () = SystemClock.sleep(PATIENCE) => false,
        };
        *self.host.lock().await = Some(child);
        if served { Ok(()) } else { Err(format!("{line:?}; {}", self.last_words())) }
    }

    /// SIGKILL, as a crash would be.
    pub(crate) async fn kill(&self) {
        if let Some(mut host) = self.host.lock().await.take() {
            host.kill().await.unwrap();
        }
    }

    /// Asks the host to end; whether it did in time.
    pub(crate) async fn stop(&self) -> bool {
        let Some(mut host) = self.host.lock().await.take() else { return true };
        let pid = host.id().and_then(|pid| Pid::from_raw(pid.try_into().ok()?)).unwrap();
        kill_process(pid, Signal::TERM).unwrap();
        let ended = tokio::select! {
            ended = host.wait() => ended.is_ok(),
            () = SystemClock.sleep(PATIENCE) => false,
        };
        if !ended {
            host.kill().await.unwrap();
        }
        ended
    }

    /// Ends the simulator, by the end of its standard input.
    pub(crate) async fn close(self) {
        let mut simulator = self.simulator.into_inner();
        drop(simulator.stdin.take());
        simulator.wait().await.unwrap();
    }

    /// A connection to the host, if there is one just now.
    pub(crate) async fn connect(&self) -> Option<Client> {
        Client::connect(&self.folder.path().join("control.sock"), None).await.ok()
    }

    /// Breaks, mends or asks something of the simulator.
    pub(crate) async fn fault(&self, words: &[&str]) -> String {
        let fault = Fault::parse(words).unwrap();
        jarvis_simulator::fault(&self.folder.path().join("simulator.sock"), fault).await.unwrap()
    }

    /// The host's state folder, which is readable once it has ended.
    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("host.log")
    }

    /// The end of what the host wrote to standard error.
    pub(crate) fn last_words(&self) -> String {
        let text = std::fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(5).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join(" | ")
    }
}

fn jarvis() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_jarvis"))
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(jarvis());
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("XDG_RUNTIME_DIR", folder)
        .env("TMPDIR", folder)
        // Whatever port is free: several hosts serve at a time.
        .env("PORT", "0")
        .current_dir(folder)
        .kill_on_drop(true);
    command
}

/// The settings of a host of either way. Only what is done to guests is granted,
/// and all of that goes to the simulator: no command of a node is started.
fn write_settings(folder: &Path, way: Way, doors: &[String], dice: &mut Dice) {
    let root = folder.display();
    let secret = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    };
    let (token, value) = ACT_TOKEN.split_once('=').unwrap();
    secret("act", value);
    secret("read", PASSWORD);
    let pvesh = format!(
        "#!/bin/sh\nexec '{}' simulate pvesh --socket '{root}/simulator.sock' -- \"$@\"\n",
        jarvis().display()
    );
    std::fs::write(folder.join("pvesh"), pvesh).unwrap();
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(folder.join("pvesh"), executable).unwrap();
    // A token, or a ticket, which can expire.
    let by_ticket = format!("{{user: root@pam, password: \"file:{root}/read\"}}");
    let by_token = format!("{{token: {token}, secret: \"file:{root}/act\"}}");
    let act = if dice.comes(50) { &by_ticket } else { &by_token };
    let access = match way {
        Way::Pvesh => format!("access: pvesh\n  pvesh: {root}/pvesh"),
        Way::Api => format!(
            "access: api\n  api:\n    endpoints: [\"{}\", \"{}\", \"{}\"]\n    ca: {root}/ca.pem\n    \
             read: {by_ticket}\n    act: {act}",
            doors[0], doors[1], doors[2]
        ),
    };
    let time = TIME.as_secs();
    let settings = format!(
        "cluster:\n  {access}\n  read_timeout: 3s\n  proxied_read_timeout: 3s\n  ha_settle: 5s\n\
state: {{folder: {root}/state}}\ncontrol: {{socket: {root}/control.sock}}\nlog: {{level: error}}
skills:
  allowed:
    vm-lifecycle:
      limits: {{time: {time}s}}
      grants:
        - capability: inventory
        - capability: cluster-read
          paths: ['/nodes/*/qemu/*/status/current', '/nodes/*/lxc/*/status/current']
        - capability: cluster-write
          verbs: [create]
          paths: ['/nodes/*/qemu/*/status/*', '/nodes/*/lxc/*/status/*']
        - capability: cluster-write
          verbs: [create]
          paths: ['/nodes/*/qemu/*/snapshot', '/nodes/*/lxc/*/snapshot']
          fields: [snapname]
"
    );
    std::fs::write(folder.join("jarvis.yaml"), settings).unwrap();
}
