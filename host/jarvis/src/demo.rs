//! Where a demo keeps its things, and the simulator process behind it.
//!
//! Everything lies in one folder that only its user may enter; a running demo
//! host is found there by the other commands.

use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use jarvis_domain::{Explain, Row};
use rustix::process::Signal;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};

use crate::wiring::Stay;

/// The places of a demo.
#[derive(Debug, Clone)]
pub(crate) struct DemoFolder {
    root: PathBuf,
}

/// A running simulator.
#[derive(Debug)]
pub(crate) struct Simulator {
    socket: PathBuf,
    // Its standard input is held here: the simulator of a single command ends
    // when that ends, also when we are killed.
    child: Option<Child>,
}

/// How big the simulated cluster is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Size {
    pub(crate) nodes: Option<u32>,
    pub(crate) guests: Option<u32>,
    pub(crate) latency: Option<Duration>,
}

/// What can go wrong with a demo.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    /// The folder belongs to somebody else, or is open to others.
    #[error("the demo's folder {} is not yours alone", .0.display())]
    NotOurs(PathBuf),
    /// The folder cannot be made.
    #[error("the demo's folder {} cannot be made", .0.display())]
    Folder(PathBuf, #[source] std::io::Error),
    /// The simulator did not start.
    #[error("the simulated cluster did not start")]
    Simulator(#[source] std::io::Error),
}

const FOLDER: Row = Row {
    code: "demo-folder",
    meaning: "The folder of the demo cannot be used.",
    hint: "Remove the folder, or set XDG_RUNTIME_DIR to one that belongs to you alone.",
    exit: 1,
    status: 500,
};
const SIMULATOR: Row = Row {
    code: "demo-simulator",
    meaning: "The simulator of the demo did not start.",
    hint: "Try it by hand to see why: jarvis simulate serve --socket /tmp/simulator.sock",
    exit: 1,
    status: 500,
};

/// The rows of this module.
pub(crate) const ROWS: &[&Row] = &[&FOLDER, &SIMULATOR];

impl Explain for DemoError {
    fn row(&self) -> &'static Row {
        match self {
            Self::NotOurs(_) | Self::Folder(..) => &FOLDER,
            Self::Simulator(_) => &SIMULATOR,
        }
    }
}

impl DemoFolder {
    /// The folder of this user's demo host, made if it is not there.
    pub(crate) fn of_user(env: &dyn Fn(&str) -> Option<String>) -> Result<Self, DemoError> {
        let uid = rustix::process::geteuid().as_raw();
        let root = match env("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty()) {
            Some(folder) => PathBuf::from(folder).join("jarvis-demo"),
            None if uid == 0 => "/run/jarvis-demo".into(),
            None => std::env::temp_dir().join(format!("jarvis-demo-{uid}")),
        };
        Self::at(root)
    }

    /// A demo in `root`, which is made if it is not there.
    pub(crate) fn at(root: PathBuf) -> Result<Self, DemoError> {
        let made = std::fs::DirBuilder::new().mode(0o700).recursive(true).create(&root);
        let found = made.and_then(|()| std::fs::symlink_metadata(&root));
        let meta = found.map_err(|error| DemoError::Folder(root.clone(), error))?;
        let ours = meta.is_dir() && meta.uid() == rustix::process::geteuid().as_raw();
        if !ours || meta.mode() & 0o077 != 0 {
            return Err(DemoError::NotOurs(root));
        }
        Ok(Self { root })
    }

    /// The control socket of the demo host.
    pub(crate) fn control_socket(&self) -> PathBuf {
        self.root.join("control.sock")
    }

    /// The simulator's socket.
    pub(crate) fn simulator_socket(&self) -> PathBuf {
        self.root.join("simulator.sock")
    }

    /// The state folder.
    pub(crate) fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    /// Forgets what an earlier demo host left behind.
    pub(crate) fn clear_state(&self) -> Result<(), DemoError> {
        let state = self.state();
        match std::fs::remove_dir_all(&state) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(DemoError::Folder(state, error))
            }
            _ => Ok(()),
        }
    }
}

impl Simulator {
    /// Starts a simulator of our own binary and waits until it listens.
    pub(crate) async fn start(
        jarvis: &Path,
        socket: PathBuf,
        size: Size,
        stay: Stay,
    ) -> Result<Self, DemoError> {
        let mut command = Command::new(jarvis);
        command.args(["simulate", "serve", "--socket"]).arg(&socket);
        for (option, value) in [("--nodes", size.nodes), ("--guests", size.guests)] {
            if let Some(value) = value {
                command.arg(option).arg(value.to_string());
            }
        }
        if let Some(latency) = size.latency {
            command.arg("--latency").arg(latency.as_secs_f64().to_string());
        }
        if stay == Stay::OneCommand {
            command.arg("--with-stdin").stdin(Stdio::piped());
        } else {
            command.stdin(Stdio::null());
        }
        // A group of its own: Ctrl-C at our terminal is for us alone.
        command.stdout(Stdio::piped()).process_group(0);
        let mut child = command.spawn().map_err(DemoError::Simulator)?;
        let mut ready = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut ready).await.map_err(DemoError::Simulator)?;
        }
        if ready.trim() != "ready" {
            return Err(DemoError::Simulator(std::io::Error::other(
                "it ended before it was ready",
            )));
        }
        Ok(Self { socket, child: Some(child) })
    }

    /// The simulator that an earlier host left running, if it answers.
    pub(crate) async fn running(socket: PathBuf) -> Option<Self> {
        UnixStream::connect(&socket).await.ok()?;
        Some(Self { socket, child: None })
    }

    /// Where it listens.
    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }

    /// Ends it, also one that an earlier host started, and waits until it is
    /// gone: who it is, the socket's other end tells.
    pub(crate) async fn stop(mut self) {
        let Ok(mut stream) = UnixStream::connect(&self.socket).await else { return };
        let peer = stream.peer_cred().ok().and_then(|peer| peer.pid());
        if let Some(pid) = peer.and_then(rustix::process::Pid::from_raw)
            && let Err(error) = rustix::process::kill_process(pid, Signal::TERM)
        {
            tracing::debug!(%error, "the simulator was gone already");
        }
        // Its end closes the connection; what it may still say is not read.
        let _ = stream.read(&mut [0; 1]).await;
        if let Some(child) = &mut self.child
            && let Err(error) = child.wait().await
        {
            tracing::debug!(%error, "the simulator was not waited for");
        }
    }
}
