//! The ports: one for each node, all on the loopback address.

use std::net::SocketAddr;

use jarvis_domain::NodeName;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::connection::connection;
use super::identity::Authority;
use crate::engine::Simulator;
use crate::error::SimulatorError;

/// How many connections a node takes at once; more wait in the kernel's queue.
const CONNECTIONS: usize = 256;

/// The open ports of a cluster.
#[derive(Debug)]
pub(crate) struct Doors {
    all: Vec<Door>,
    /// How many connections each takes at once.
    most: usize,
}

#[derive(Debug)]
struct Door {
    node: NodeName,
    /// The node's place in the cluster's list.
    here: usize,
    address: SocketAddr,
    listener: TcpListener,
}

impl Doors {
    /// Makes the cluster's authority and certificates and listens: the first
    /// node at `address`, the others at free ports beside it.
    pub(crate) async fn open(
        simulator: &Simulator,
        address: SocketAddr,
    ) -> Result<Self, SimulatorError> {
        if !address.ip().is_loopback() {
            return Err(SimulatorError::NotLoopback(address));
        }
        let authority = Authority::new()?;
        let names = simulator.with(|cluster, _| {
            cluster.authority = Some(authority.clone());
            for node in &mut cluster.nodes {
                node.identity = Some(authority.identify(node)?);
            }
            let names: Vec<_> = cluster.nodes.iter().map(|node| node.name.clone()).collect();
            Ok::<_, SimulatorError>(names)
        })?;
        let mut doors = Vec::new();
        for (here, node) in names.into_iter().enumerate() {
            let port = if here == 0 { address.port() } else { 0 };
            let wanted = SocketAddr::new(address.ip(), port);
            let failed = |source| SimulatorError::Door { address: wanted, source };
            let listener = TcpListener::bind(wanted).await.map_err(failed)?;
            let address = listener.local_addr().map_err(failed)?;
            doors.push(Door { node, here, address, listener });
        }
        Ok(Self { all: doors, most: CONNECTIONS })
    }

    /// The same with another limit of connections.
    #[cfg(test)]
    pub(crate) fn at_most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// Where each node's door is.
    #[cfg(test)]
    pub(crate) fn addresses(&self) -> Vec<(String, SocketAddr)> {
        self.all.iter().map(|door| (door.node.to_string(), door.address)).collect()
    }

    /// A line for each node, for programs: `https NODE ADDRESS FINGERPRINT`.
    pub(crate) fn lines(&self, simulator: &Simulator) -> String {
        let line = |door: &Door| {
            let print = simulator
                .look(|cluster, _| cluster.node(door.node.as_str()).map(|node| node.fingerprint()));
            format!("https {} {} {}\n", door.node, door.address, print.unwrap_or_default())
        };
        self.all.iter().map(line).collect()
    }

    /// Answers until the future is dropped, which also ends every connection.
    pub(crate) async fn serve(self, simulator: &Simulator) {
        let mut all = JoinSet::new();
        for door in self.all {
            all.spawn(accept(simulator.clone(), door, self.most));
        }
        while all.join_next().await.is_some() {}
    }
}

async fn accept(simulator: Simulator, door: Door, most: usize) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            taken = door.listener.accept(), if connections.len() < most => match taken {
                Ok((stream, _)) => {
                    connections.spawn(connection(simulator.clone(), door.here, stream));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::task::yield_now().await;
                }
            },
        }
    }
}
