//! The ports: one for each node, all on the loopback address.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use jarvis_domain::NodeName;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::connection::connection;
use super::keys::Keys;
use super::program::Sshd;
use crate::engine::Simulator;
use crate::error::SimulatorError;

/// The open ports of a cluster.
#[derive(Debug)]
pub(crate) struct SshDoors {
    all: Vec<Door>,
    keys: Keys,
    sshd: Sshd,
}

/// Where SSH is opened, and what for.
#[derive(Debug, Clone)]
pub(crate) struct Opening<'a> {
    /// Where the first node listens; the others take free ports beside it.
    pub(crate) address: SocketAddr,
    /// What becomes the folder of keys.
    pub(crate) folder: &'a Path,
    /// The program whose `simulate sh` is every node's shell.
    pub(crate) jarvis: &'a Path,
    /// The simulator's socket.
    pub(crate) socket: &'a Path,
}

#[derive(Debug)]
struct Door {
    node: NodeName,
    /// The node's place in the cluster's list.
    here: usize,
    /// The algorithm and the key, as a file of known hosts has them.
    key: String,
    address: SocketAddr,
    listener: TcpListener,
}

impl SshDoors {
    /// Makes keys and settings, and listens.
    pub(crate) async fn open(
        simulator: &Simulator,
        opening: Opening<'_>,
    ) -> Result<Self, SimulatorError> {
        let Opening { address, folder, jarvis, socket } = opening;
        if !address.ip().is_loopback() {
            return Err(SimulatorError::NotLoopback(address));
        }
        let keys = Keys::new(folder)?;
        let sshd = Sshd::find(jarvis, keys.folder())?;
        keys.client().await?;
        let names: Vec<NodeName> = simulator
            .look(|cluster, _| cluster.nodes.iter().map(|node| node.name.clone()).collect());
        let mut doors = Vec::new();
        for (here, node) in names.into_iter().enumerate() {
            let key = keys.node(&node, &command(jarvis, socket, &node)?).await?;
            let port = if here == 0 { address.port() } else { 0 };
            let wanted = SocketAddr::new(address.ip(), port);
            let failed = |source| SimulatorError::Door { address: wanted, source };
            let listener = TcpListener::bind(wanted).await.map_err(failed)?;
            let address = listener.local_addr().map_err(failed)?;
            doors.push(Door { node, here, key, address, listener });
        }
        let known: Vec<_> =
            doors.iter().map(|door| (door.node.clone(), door.key.clone())).collect();
        keys.known(&known)?;
        Ok(Self { all: doors, keys, sshd })
    }

    /// A line for each node, for programs: `ssh NODE ADDRESS ALGORITHM KEY`.
    pub(crate) fn lines(&self) -> String {
        let line = |door: &Door| format!("ssh {} {} {}\n", door.node, door.address, door.key);
        self.all.iter().map(line).collect()
    }

    /// Answers until the future is dropped, which also ends every connection.
    pub(crate) async fn serve(self, simulator: &Simulator) {
        let mut all = JoinSet::new();
        for door in self.all {
            let (simulator, keys, sshd) = (simulator.clone(), self.keys.clone(), self.sshd.clone());
            all.spawn(accept(simulator, door, keys, sshd));
        }
        while all.join_next().await.is_some() {}
    }
}

async fn accept(simulator: Simulator, door: Door, keys: Keys, sshd: Sshd) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            taken = door.listener.accept() => match taken {
                Ok((stream, _)) => {
                    let (simulator, keys, sshd) = (simulator.clone(), keys.clone(), sshd.clone());
                    let node = door.node.clone();
                    connections.spawn(async move {
                        connection(&simulator, door.here, &node, stream, &keys, &sshd).await;
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::task::yield_now().await;
                }
            },
        }
    }
}

/// The one command of a node: its simulated shell, by absolute paths. A shell
/// of this machine's reads the line, and becomes jarvis at once.
fn command(jarvis: &Path, socket: &Path, node: &NodeName) -> Result<String, SimulatorError> {
    let quoted = |path: &Path| match path.to_str() {
        Some(text) if path.is_absolute() && !text.contains(['\'', '\n', '"', '\\']) => {
            Ok(format!("'{text}'"))
        }
        _ => {
            let source = std::io::Error::other("sshd needs an absolute path without quotes");
            Err(SimulatorError::Listen { path: PathBuf::from(path), source })
        }
    };
    let (jarvis, socket) = (quoted(jarvis)?, quoted(socket)?);
    Ok(format!("exec {jarvis} simulate sh --over-ssh --socket {socket} {node}"))
}
