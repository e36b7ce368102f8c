//! One connection: bytes between a client and an sshd of its own, for as long
//! as the node is there and has the host key that it began with.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as Pair;
use std::process::Stdio;

use jarvis_domain::NodeName;
use tokio::io::{AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpStream, UnixStream};

use super::keys::Keys;
use super::program::Sshd;
use crate::engine::Simulator;
use crate::fault::SshTrouble;
use crate::node::Node;

/// No SSH, in no version.
const BABBLE: &[u8] = b"HTTP/1.1 400 Bad Request\r\n\x1b[31m\r\n\r\n";

/// Counts an open connection of a node.
struct Open<'a> {
    simulator: &'a Simulator,
    here: usize,
}

/// Serves `stream`, which came in at `node`, to its end.
pub(super) async fn connection(
    simulator: &Simulator,
    here: usize,
    node: &NodeName,
    stream: TcpStream,
    keys: &Keys,
    sshd: &Sshd,
) {
    if !simulator.look(|cluster, _| cluster.nodes.get(here).is_some_and(Node::is_up)) {
        // Nothing answers at a node without power. On the loopback address the
        // connection is there all the same, and closes without a word.
        simulator.clock().sleep(simulator.timing().dead_node).await;
        return;
    }
    let _open = Open::new(simulator, here);
    let began = cut(simulator, here);
    tokio::select! {
        served = serve(simulator, here, node, stream, keys, sshd) => {
            if let Err(error) = served {
                tracing::debug!(%error, "an SSH connection ended early");
            }
        }
        () = gone(simulator, here, began) => {}
    }
}

async fn serve(
    simulator: &Simulator,
    here: usize,
    node: &NodeName,
    mut stream: TcpStream,
    keys: &Keys,
    sshd: &Sshd,
) -> std::io::Result<()> {
    let trouble = super::command::wait_while(simulator, here, SshTrouble::Silent).await;
    if trouble == Some(SshTrouble::Babble) {
        stream.write_all(BABBLE).await?;
        return stream.shutdown().await;
    }
    let changed = simulator.look(|cluster, _| cluster.nodes.get(here).map(|node| node.host_key));
    let refuses = trouble == Some(SshTrouble::Refuse);
    let settings = keys.of(node, changed.unwrap_or_default(), refuses);
    let (ours, theirs) = Pair::pair()?;
    ours.set_nonblocking(true)?;
    let output = Stdio::from(OwnedFd::from(theirs.try_clone()?));
    let _sshd = sshd.start(&settings, OwnedFd::from(theirs), output)?;
    let mut ours = UnixStream::from_std(ours)?;
    copy_bidirectional(&mut stream, &mut ours).await.map(|_| ())
}

/// How often the node's connections were cut.
fn cut(simulator: &Simulator, here: usize) -> u64 {
    simulator.look(|cluster, _| cluster.nodes.get(here).map(|node| node.cut).unwrap_or_default())
}

/// Completes once the node has no power, or its connections are cut.
async fn gone(simulator: &Simulator, here: usize, began: u64) {
    let mut changes = simulator.changes();
    loop {
        changes.mark_unchanged();
        let up = simulator.look(|cluster, _| cluster.nodes.get(here).is_some_and(Node::is_up));
        if !up || cut(simulator, here) != began || changes.changed().await.is_err() {
            return;
        }
    }
}

impl<'a> Open<'a> {
    fn new(simulator: &'a Simulator, here: usize) -> Self {
        simulator.with(|cluster, _| {
            if let Some(node) = cluster.nodes.get_mut(here) {
                node.connections += 1;
            }
        });
        Self { simulator, here }
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.simulator.with(|cluster, _| {
            if let Some(node) = cluster.nodes.get_mut(self.here) {
                node.connections = node.connections.saturating_sub(1);
            }
        });
    }
}
