//! The room as one thing: it implements every port that others use.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::inventory::{Inventory, Snapshot};
use jarvis_domain::operation::{LogPage, OperationRecord, Operations};
use jarvis_domain::read::ClusterReader;
use jarvis_domain::sensors::{Reach, Readings, Sample, Sensors};
use jarvis_domain::{
    ApiPath, Call, CallError, ClusterId, ConsoleSize, ConsoleTarget, Fields, NodeName,
    OperationEnd, OperationId, Timestamp,
};
use jarvis_policy::port::{Actuator, Console, Consoles, NodeShell, ShellOutput};
use jarvis_policy::{ConsolePermit, Permit};
use serde_json::Value;

use crate::access::{Access, Door};
use crate::api::Api;
use crate::console::Opener;
use crate::error::wrong_cluster;
use crate::inventory::{Contents, RESOURCES};
use crate::launch::{Launch, Starter};
use crate::operations::{Known, Supervisor};
use crate::pvesh::Pvesh;
use crate::reach::{Doors, Probe};
use crate::sensors::{Rounds, Thermometer};
use crate::shell::Shell;
use crate::slots::Slots;
use crate::ssh::{self, Ssh, private_folder};
use crate::updates::Updates;
use crate::{ClusterError, ClusterSettings, sensors, settings, slots, updates};

/// How old the cluster's word about addresses may be; they hardly change.
const OLD: Duration = Duration::from_secs(600);
/// The port of SSH where the settings have no word about it.
const SSH: u16 = 22;

/// One Proxmox cluster. Cheap to clone: all clones are the same one.
#[derive(Debug, Clone)]
pub struct Cluster {
    id: ClusterId,
    pub(crate) access: Arc<Access>,
    shell: Arc<Shell>,
    contents: Arc<Contents>,
    thermometer: Arc<Thermometer>,
    rounds: Arc<Rounds>,
    updates: Arc<Updates>,
    pub(crate) doors: Arc<Doors>,
    supervisor: Arc<Supervisor>,
    consoles: Arc<Opener>,
}

impl Cluster {
    /// Puts the room together and makes `<state_folder>/operations`, for this
    /// user only. It asks the cluster nothing yet. Call [`Cluster::recover`]
    /// before the first operation is started.
    pub fn open(settings: ClusterSettings) -> Result<Self, ClusterError> {
        let launcher = settings.launcher.clone();
        let launcher = match settings.access {
            settings::Access::Pvesh => launcher,
            settings::Access::Api(_) => launcher.away(),
        };
        let folder = settings.state_folder.join("ssh");
        let clock = Arc::clone(&settings.clock);
        let ssh = settings.ssh.clone().map(|ssh| Ssh::new(ssh, folder, clock)).transpose()?;
        let ssh = ssh.map(Arc::new);
        let launch: Arc<dyn Launch> = Arc::new(Starter { launcher, ssh: ssh.clone() });
        let cluster = Self::assemble(settings, launch)?;
        if let Some(ssh) = ssh {
            let inventory: Arc<dyn ssh::Inventory> = Arc::clone(&cluster.contents) as _;
            ssh.ask(&inventory);
        }
        Ok(cluster)
    }

    /// Takes up the operations that an earlier life of this host left
    /// unfinished, and returns them as they stood in the journal. They are
    /// followed from here on; [`Operations::wait`] tells their ends. To be
    /// called within a tokio runtime, once.
    pub async fn recover(&self) -> Result<Vec<OperationRecord>, CallError> {
        Ok(self.supervisor.recover().await?)
    }

    /// Keeps the inventory and the history of temperatures, and looks for what
    /// others want to be told of, for as long as it is polled. Without it the
    /// cluster is looked at when somebody asks.
    pub async fn watch(&self) {
        tokio::join!(self.contents.watch(), self.rounds.watch(), self.updates.watch());
    }

    /// This cluster's id.
    #[must_use]
    pub fn id(&self) -> &ClusterId {
        &self.id
    }

    pub(crate) fn assemble(
        settings: ClusterSettings,
        launch: Arc<dyn Launch>,
    ) -> Result<Self, ClusterError> {
        let ClusterSettings {
            id,
            access,
            launcher,
            ssh,
            state_folder,
            timeouts,
            thermals,
            journal,
            events,
            clock,
        } = settings;
        let folder = state_folder.join("operations");
        private_folder(&folder)
            .map_err(|source| ClusterError::Folder { path: folder.clone(), source })?;
        let slots = Arc::new(Slots::new(slots::PVESH));
        let door = match access {
            settings::Access::Pvesh => Door::Pvesh(Box::new(Pvesh {
                launch: Arc::clone(&launch),
                slots: Arc::clone(&slots),
                clock: Arc::clone(&clock),
                timeouts,
            })),
            settings::Access::Api(api) => Door::Api(Arc::new(Api::new(
                api,
                Arc::new(Slots::new(slots::API)),
                Arc::clone(&clock),
                timeouts,
            )?)),
        };
        let own = match &door {
            Door::Pvesh(_) => launcher.own_node().cloned(),
            Door::Api(api) => api.here().cloned(),
        };
        let access = Arc::new(Access::new(door, Arc::clone(&clock)));
        let shell = Arc::new(Shell {
            launch: Arc::clone(&launch),
            slots,
            clock: Arc::clone(&clock),
            queue: timeouts.queue,
        });
        let contents = Arc::new(Contents::new(
            id.clone(),
            Arc::clone(&access),
            Arc::clone(&clock),
            Arc::clone(&events),
        ));
        let thermometer = Arc::new(Thermometer {
            shell: Arc::clone(&shell),
            clock: Arc::clone(&clock),
            timeouts,
        });
        let rounds = Arc::new(Rounds {
            cluster: id.clone(),
            thermometer: Arc::clone(&thermometer),
            contents: Arc::clone(&contents),
            events: Arc::clone(&events),
            clock: Arc::clone(&clock),
            thermals,
            known: sensors::Known::default(),
        });
        let updates = Arc::new(Updates {
            cluster: id.clone(),
            access: Arc::clone(&access),
            shell: Arc::clone(&shell),
            contents: Arc::clone(&contents),
            events: Arc::clone(&events),
            clock: Arc::clone(&clock),
            known: updates::Known::default(),
        });
        let doors = Arc::new(Doors {
            access: Arc::clone(&access),
            shell: Arc::clone(&shell),
            contents: Arc::clone(&contents),
            probe: Probe {
                ssh: ssh.as_ref().map_or(SSH, |ssh| ssh.port),
                loopback_only: launcher.stays_here(),
            },
            clock: Arc::clone(&clock),
        });
        let consoles = Arc::new(Opener {
            access: Arc::clone(&access),
            contents: Arc::clone(&contents),
            launch: Arc::clone(&launch),
            own,
        });
        let supervisor = Arc::new(Supervisor {
            cluster: id.clone(),
            folder,
            launch,
            access: Arc::clone(&access),
            contents: Arc::clone(&contents),
            journal,
            events,
            clock,
            timeouts,
            known: Known::default(),
        });
        Ok(Self {
            id,
            access,
            shell,
            contents,
            thermometer,
            rounds,
            updates,
            doors,
            supervisor,
            consoles,
        })
    }

    /// For tests, which cannot make a permit.
    #[cfg(test)]
    pub(crate) fn supervisor(&self) -> &Arc<Supervisor> {
        &self.supervisor
    }

    /// For tests of what goes by itself.
    #[cfg(test)]
    pub(crate) fn contents(&self) -> Arc<Contents> {
        Arc::clone(&self.contents)
    }

    /// The same.
    #[cfg(test)]
    pub(crate) fn access(&self) -> Arc<Access> {
        Arc::clone(&self.access)
    }

    /// The same, by another clock.
    #[cfg(test)]
    pub(crate) fn thermometer(&self, clock: Arc<dyn jarvis_domain::Clock>) -> Thermometer {
        let Shell { launch, slots, queue, .. } = &*self.shell;
        let shell = Shell {
            launch: Arc::clone(launch),
            slots: Arc::clone(slots),
            clock: Arc::clone(&clock),
            queue: *queue,
        };
        Thermometer { shell: Arc::new(shell), clock, timeouts: self.thermometer.timeouts }
    }

    /// Refuses a permit for another cluster than this one.
    fn check(&self, permit: &Permit) -> Result<(), ClusterError> {
        if permit.cluster() == &self.id {
            Ok(())
        } else {
            Err(wrong_cluster(permit.call().to_string(), permit.cluster(), &self.id))
        }
    }
}

#[async_trait]
impl ClusterReader for Cluster {
    async fn get(&self, path: &ApiPath, query: &Fields) -> Result<Value, CallError> {
        Ok(self.access.get(path, query).await?)
    }
}

#[async_trait]
impl Inventory for Cluster {
    async fn snapshot(&self, max_age: Duration) -> Result<Arc<Snapshot>, CallError> {
        Ok(self.contents.snapshot(max_age).await?)
    }

    async fn sees_storages(&self) -> Result<(), CallError> {
        Ok(self.access.doubt(RESOURCES, &[("type", "storage".to_owned())]).await?)
    }
}

#[async_trait]
impl Sensors for Cluster {
    async fn temperatures(&self, node: &NodeName) -> Result<Readings, CallError> {
        Ok(self.thermometer.temperatures(node).await?)
    }

    async fn history(&self, node: &NodeName, since: Timestamp) -> Result<Vec<Sample>, CallError> {
        Ok(self.rounds.history(node, since))
    }

    async fn reach(&self, node: &NodeName) -> Result<Reach, CallError> {
        Ok(self.doors.reach(node).await)
    }
}

#[async_trait]
impl Actuator for Cluster {
    async fn start(&self, permit: Permit) -> Result<OperationId, CallError> {
        self.check(&permit)?;
        Ok(self.supervisor.begin(permit.call().clone(), permit.run()).await?)
    }
}

#[async_trait]
impl NodeShell for Cluster {
    async fn run(&self, permit: Permit, at_most: Duration) -> Result<ShellOutput, CallError> {
        self.check(&permit)?;
        let Call::Shell(call) = permit.call() else {
            let what = permit.call().to_string();
            let why = "it is for the API, not for a node's shell".to_owned();
            return Err(ClusterError::WrongPermit { what, why }.into());
        };
        let captured = self.shell.run(call, at_most).await?;
        Ok(ShellOutput {
            status: captured.status,
            stdout: captured.stdout,
            stderr: captured.stderr,
            truncated: captured.truncated,
        })
    }
}

#[async_trait]
impl Consoles for Cluster {
    fn is_own_node(&self, target: &ConsoleTarget) -> bool {
        self.consoles.is_own_node(target)
    }

    async fn open(&self, permit: ConsolePermit, size: ConsoleSize) -> Result<Console, CallError> {
        if permit.cluster() != &self.id {
            let what = permit.target().to_string();
            return Err(wrong_cluster(what, permit.cluster(), &self.id).into());
        }
        Ok(self.consoles.open(&permit, size).await?)
    }
}

#[async_trait]
impl Operations for Cluster {
    async fn wait(
        &self,
        id: OperationId,
        at_most: Duration,
    ) -> Result<Option<OperationEnd>, CallError> {
        Ok(self.supervisor.wait(id, at_most).await?)
    }

    async fn log(&self, id: OperationId, start: u32, limit: u32) -> Result<LogPage, CallError> {
        Ok(self.supervisor.log(id, start, limit).await?)
    }
}

#[async_trait]
impl ssh::Inventory for Contents {
    async fn nodes(&self, wanted: &NodeName) -> Result<Arc<Snapshot>, ClusterError> {
        // However old: a look may need the very place that its asker holds.
        match self.newest().filter(|known| known.node(wanted).is_some()) {
            Some(newest) => Ok(newest),
            None => self.obtain(OLD).await,
        }
    }
}
