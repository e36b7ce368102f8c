//! Somebody else at work: a person who acts on a guest of their own accord, by
//! none of the doors that a client is tried at. A client that lost its own task
//! must not take theirs for it.

use std::str::FromStr;

use jarvis_domain::Vmid;
use serde::{Deserialize, Serialize};

use crate::access::{self, Caller};
use crate::api::{self, Verb};
use crate::engine::{Began, Simulator};
use crate::error::SimulatorError;
use crate::fault::BadFault;
use crate::pvesh::Args;
use crate::sink::{Interrupts, Sink};
use crate::worker::work;

/// Whose tasks they are.
const WHO: &str = "operator@pve";

/// What somebody does to a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// Starts it.
    Start,
    /// Pulls its plug.
    Stop,
    /// Shuts it down.
    Shutdown,
    /// Reboots it.
    Reboot,
}

impl Deed {
    fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Shutdown => "shutdown",
            Self::Reboot => "reboot",
        }
    }
}

impl FromStr for Deed {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        let all = [Self::Start, Self::Stop, Self::Shutdown, Self::Reboot];
        all.into_iter().find(|deed| deed.word() == word).ok_or(())
    }
}

impl Simulator {
    /// Does `deed` to `guest` as somebody else; what a person is told.
    pub(crate) fn somebody(&self, guest: Vmid, deed: Deed) -> Result<String, SimulatorError> {
        let found = self.look(|cluster, _| {
            let found = cluster.guests.get(&guest)?;
            let here = cluster.nodes.iter().position(|node| node.name == found.node)?;
            let path = format!(
                "/nodes/{}/{}/{guest}/status/{}",
                found.node,
                found.kind.word(),
                deed.word()
            );
            Some((here, path, cluster.nodes.get(here)?.is_up()))
        });
        let unknown = || BadFault::Guest(guest.to_string());
        let (here, path, is_up) = found.ok_or_else(unknown)?;
        let (method, named) = api::find(Verb::Create, &path).ok_or_else(unknown)?;
        let user = access::user(WHO).ok_or_else(unknown)?;
        if !is_up {
            return Ok(format!("{WHO} cannot reach {guest}"));
        }
        let args = Args(named.into_iter().collect());
        match self.invoke(method, &args, Caller::user(user), here) {
            Err(die) => Ok(format!("{WHO} may not: {}", die.text.trim_end())),
            Ok(Began::Worker(upid, job)) => {
                let told = format!("{WHO} began {upid}");
                let simulator = self.clone();
                tokio::spawn(async move {
                    work(&simulator, &upid, job, &Sink::nowhere(), Interrupts::never()).await
                });
                Ok(told)
            }
            Ok(_) => Ok(format!("{WHO} did it")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jarvis_domain::{Clock, ManualClock, Timestamp};

    use super::*;
    use crate::cluster::{Cluster, Timing};
    use crate::fault::Fault;

    #[tokio::test]
    async fn what_somebody_does_is_a_task_of_theirs() {
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Timestamp(1_795_468_823_000)));
        let cluster = Cluster::home(clock.now());
        let simulator = Simulator::new(cluster, clock, Timing::INSTANT);
        let does = |words: &[&str]| simulator.fault(&Fault::parse(words).unwrap()).unwrap();
        let told = does(&["somebody", "102", "start"]);
        assert!(told.contains(":qmstart:102:operator@pve:"), "{told}");
        assert!(does(&["somebody", "103", "reboot"]).contains(":qmreboot:103:"));
        assert!(does(&["somebody", "112", "reboot"]).contains("VM 112 not running"));
        does(&["node", "pve2", "down"]);
        assert!(does(&["somebody", "105", "stop"]).contains("cannot reach"));
        let unknown = simulator.fault(&Fault::parse(&["somebody", "777", "stop"]).unwrap());
        assert!(unknown.unwrap_err().to_string().contains("no guest"));
    }
}
