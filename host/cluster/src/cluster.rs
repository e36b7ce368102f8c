//! The room as one thing: it implements every port that others use.

use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::inventory::{Inventory, Snapshot};
use jarvis_domain::operation::{LogPage, OperationRecord, Operations};
use jarvis_domain::read::ClusterReader;
use jarvis_domain::sensors::{Reach, Readings, Sensors};
use jarvis_domain::{
    ApiPath, Call, CallError, ClusterId, Fields, NodeName, OperationEnd, OperationId,
};
use jarvis_policy::Permit;
use jarvis_policy::port::{Actuator, NodeShell, ShellOutput};
use serde_json::Value;

use crate::access::Access;
use crate::api::Api;
use crate::error::wrong_cluster;
use crate::inventory::Contents;
use crate::launch::Launch;
use crate::operations::{Known, Supervisor};
use crate::pvesh::Pvesh;
use crate::sensors::Thermometer;
use crate::shell::Shell;
use crate::slots::Slots;
use crate::{ClusterError, ClusterSettings, settings};

/// One Proxmox cluster. Cheap to clone: all clones are the same one.
#[derive(Debug, Clone)]
pub struct Cluster {
    id: ClusterId,
    access: Arc<Access>,
    shell: Arc<Shell>,
    contents: Arc<Contents>,
    thermometer: Arc<Thermometer>,
    supervisor: Arc<Supervisor>,
}

impl Cluster {
    /// Puts the room together and makes `<state_folder>/operations`, for this
    /// user only. It asks the cluster nothing yet. Call [`Cluster::recover`]
    /// before the first operation is started.
    pub fn open(settings: ClusterSettings) -> Result<Self, ClusterError> {
        let launch: Arc<dyn Launch> = Arc::new(settings.launcher.clone());
        Self::assemble(settings, launch)
    }

    /// Takes up the operations that an earlier life of this host left
    /// unfinished, and returns them as they stood in the journal. They are
    /// followed from here on; [`Operations::wait`] tells their ends. To be
    /// called within a tokio runtime, once.
    pub async fn recover(&self) -> Result<Vec<OperationRecord>, CallError> {
        Ok(self.supervisor.recover().await?)
    }

    /// Watches the cluster for those who want to be told of changes, for as long
    /// as it is polled. Without it they are told when somebody happens to look.
    pub async fn watch(&self) {
        self.contents.watch().await;
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
            launcher: _,
            state_folder,
            timeouts,
            journal,
            events,
            clock,
        } = settings;
        let folder = state_folder.join("operations");
        private_folder(&folder)
            .map_err(|source| ClusterError::Folder { path: folder.clone(), source })?;
        let slots = Arc::new(Slots::new());
        let access = Arc::new(match access {
            settings::Access::Pvesh => Access::Pvesh(Box::new(Pvesh {
                launch: Arc::clone(&launch),
                slots: Arc::clone(&slots),
                clock: Arc::clone(&clock),
                timeouts,
            })),
            settings::Access::Api(api) => Access::Api(Arc::new(Api::new(
                api,
                Arc::clone(&slots),
                Arc::clone(&clock),
                timeouts,
            )?)),
        });
        let shell =
            Arc::new(Shell { launch: Arc::clone(&launch), slots, clock: Arc::clone(&clock) });
        let contents = Arc::new(Contents::new(
            id.clone(),
            Arc::clone(&access),
            Arc::clone(&clock),
            Arc::clone(&events),
        ));
        let thermometer = Arc::new(Thermometer {
            shell: Arc::clone(&shell),
            access: Arc::clone(&access),
            clock: Arc::clone(&clock),
            timeouts,
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
        Ok(Self { id, access, shell, contents, thermometer, supervisor })
    }

    /// For tests, which cannot make a permit.
    #[cfg(test)]
    pub(crate) fn supervisor(&self) -> &Arc<Supervisor> {
        &self.supervisor
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
}

#[async_trait]
impl Sensors for Cluster {
    async fn temperatures(&self, node: &NodeName) -> Result<Readings, CallError> {
        Ok(self.thermometer.temperatures(node).await?)
    }

    async fn reach(&self, node: &NodeName) -> Result<Reach, CallError> {
        Ok(self.thermometer.reach(node).await)
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

/// Output of operations may hold what only the service may read.
fn private_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
}
