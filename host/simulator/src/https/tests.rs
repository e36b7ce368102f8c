//! The real door: TLS on a port of the loopback address, a client that pins
//! the certificate.

mod client;
mod faults;
mod forms;
mod hostile;
mod sign_in;
mod terminal;
mod work;

use std::sync::Arc;

use jarvis_domain::{ManualClock, Timestamp};

use self::client::{Answer, Client};
use super::Doors;
use crate::cluster::{Cluster, Timing};
use crate::engine::Simulator;
use crate::fault::Fault;

const NOW: Timestamp = Timestamp(1_795_468_823_000);

/// A home lab with its doors open, on a clock that stands still.
struct Bench {
    simulator: Simulator,
    clock: Arc<ManualClock>,
    addresses: Vec<(String, std::net::SocketAddr)>,
    serving: tokio::task::JoinHandle<()>,
}

impl Bench {
    async fn new() -> Self {
        Self::timed(Timing::INSTANT).await
    }

    async fn timed(timing: Timing) -> Self {
        Self::open(timing, 256).await
    }

    /// With a limit of connections for each door.
    async fn open(timing: Timing, most: usize) -> Self {
        let clock = Arc::new(ManualClock::at(NOW));
        let simulator = Simulator::new(Cluster::home(NOW), clock.clone(), timing);
        let doors =
            Doors::open(&simulator, "127.0.0.1:0".parse().unwrap()).await.unwrap().at_most(most);
        let addresses = doors.addresses();
        let serving = tokio::spawn({
            let simulator = simulator.clone();
            async move { doors.serve(&simulator).await }
        });
        Self { simulator, clock, addresses, serving }
    }

    /// A client of a node, with that node's present certificate pinned.
    fn client(&self, node: &str) -> Client {
        let (_, address) = self.addresses.iter().find(|(name, _)| name == node).unwrap();
        let print = self.simulator.look(|cluster, _| cluster.node(node).unwrap().fingerprint());
        Client::new(*address, &print)
    }

    fn home(&self) -> Client {
        self.client("home")
    }

    fn make(&self, words: &str) -> String {
        let words: Vec<&str> = words.split(' ').collect();
        self.simulator.fault(&Fault::parse(&words).unwrap()).unwrap()
    }

    /// Waits until `seen` is so in the cluster.
    async fn until(&self, seen: impl Fn(&Cluster) -> bool) {
        let mut changes = self.simulator.changes();
        while !self.simulator.look(|cluster, _| seen(cluster)) {
            changes.changed().await.unwrap();
        }
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
