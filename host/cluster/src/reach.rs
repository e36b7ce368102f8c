//! Which doors of a node answer: its API, its shell, and the network itself.
//! That one is closed is an answer, not an error.

mod probe;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jarvis_domain::sensors::Reach;
use jarvis_domain::{Clock, NodeName, ShellCall};

use crate::ClusterError;
use crate::access::Access;
use crate::inventory::Contents;
use crate::shell::Shell;

pub(crate) use probe::Probe;

/// How long each door may take; `wit/sensors.wit` promises five seconds.
const AT_MOST: Duration = Duration::from_secs(5);
/// How long a bare packet may take. A node at home answers within a
/// millisecond, one behind a tunnel within some hundred.
const PACKET: Duration = Duration::from_secs(2);
/// How old the cluster's word about addresses may be; they hardly change.
const OLD: Duration = Duration::from_secs(600);

/// Tries the doors of nodes.
#[derive(Debug)]
pub(crate) struct Doors {
    pub(crate) access: Arc<Access>,
    pub(crate) shell: Arc<Shell>,
    pub(crate) contents: Arc<Contents>,
    pub(crate) probe: Probe,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Doors {
    /// Which doors of `node` answer. A node that rests is asked as well.
    pub(crate) async fn reach(&self, node: &NodeName) -> Reach {
        let network = async {
            let address = self.address(node).await;
            let Some(address) = address else { return (None, None) };
            let ssh = timed(self.probe.ssh(address, PACKET, &*self.clock));
            tokio::join!(ssh, self.probe.ping(address, PACKET))
        };
        let (api, shell, (ssh, ping)) =
            tokio::join!(timed(self.api(node)), timed(self.run(node)), network);
        let took = [api, shell, ssh, ping.flatten()].into_iter().flatten();
        Reach {
            api: api.is_some(),
            shell: shell.is_some() || ssh.is_some(),
            ping: ping.map(|took| took.is_some()),
            round_trip_ms: took.min().map(|took| took.as_secs_f64() * 1000.0),
        }
    }

    async fn api(&self, node: &NodeName) -> bool {
        let path = format!("/nodes/{node}/status");
        self.within(self.access.read(&path, &[])).await.is_some_and(|read| read.is_ok())
    }

    async fn run(&self, node: &NodeName) -> bool {
        let call = ShellCall { node: node.clone(), argv: vec!["true".to_owned()] };
        match self.within(self.shell.run(&call, AT_MOST)).await {
            // A shell that has no such program has answered.
            Some(Ok(_) | Err(ClusterError::NoProgram { .. })) => true,
            Some(Err(_)) | None => false,
        }
    }

    async fn within<T>(&self, asking: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            answer = asking => Some(answer),
            () = self.clock.sleep(AT_MOST) => None,
        }
    }

    /// As the cluster says; none where it is silent or does not know.
    async fn address(&self, node: &NodeName) -> Option<IpAddr> {
        let snapshot = match self.contents.newest() {
            Some(newest) => newest,
            None => self.within(self.contents.snapshot(OLD)).await?.ok()?,
        };
        let known = snapshot.nodes.iter().find(|known| known.name == *node)?;
        known.address.as_ref()?.parse().ok()
    }
}

/// How long it took to be true.
async fn timed(asking: impl Future<Output = bool>) -> Option<Duration> {
    let start = Instant::now();
    asking.await.then(|| start.elapsed())
}

#[cfg(test)]
mod tests;
