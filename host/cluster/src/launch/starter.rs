//! Starts programs where the launcher says that they belong: on this machine,
//! or on another node over SSH.

use std::sync::Arc;

use async_trait::async_trait;
use jarvis_domain::NodeName;

use super::{By, Captured, Launch, Output, Overflow, Started, process, watch};
use crate::launcher::{Line, Place, Program, unreachable};
use crate::ssh::{Ssh, Unit};
use crate::{ClusterError, Launcher};

/// The only thing that starts programs.
#[derive(Debug)]
pub(crate) struct Starter {
    pub(crate) launcher: Launcher,
    /// None where the settings have no word about it.
    pub(crate) ssh: Option<Arc<Ssh>>,
}

#[async_trait]
impl Launch for Starter {
    async fn capture(
        &self,
        program: &Program,
        limit: usize,
        overflow: Overflow,
    ) -> Result<Captured, ClusterError> {
        match self.launcher.place(program)? {
            Place::Here(line) => process::capture(&line, limit, overflow).await,
            Place::There(there) => match &self.ssh {
                Some(ssh) => ssh.capture(&there, limit, overflow).await,
                None => Err(unreachable(&there)),
            },
        }
    }

    async fn detach(&self, program: &Program, output: &Output) -> Result<Started, ClusterError> {
        let line = match self.launcher.place(program)? {
            Place::Here(line) => line,
            Place::There(there) => {
                let Some(ssh) = &self.ssh else { return Err(unreachable(&there)) };
                if let Some(mut unit) = Unit::of(ssh, &there.node, output.name())
                    && unit.begin(&there.argv).await?
                {
                    return Ok(started(unit, output));
                }
                // Without systemd only our end of it can be kept apart.
                ssh.line(&there).await?
            }
        };
        process::detach(&line, self.launcher.apart(), output)
    }

    fn follow(&self, pid: u32, pid_start: u64) -> Option<Started> {
        watch::follow(pid, pid_start)
    }

    fn find(&self, output: &Output) -> Option<Started> {
        watch::find(&output.out)
    }

    fn unit(&self, program: &Program, output: &Output) -> Option<Started> {
        Some(started(self.unit_of(program, output)?, output))
    }

    async fn console(
        &self,
        node: &NodeName,
        argv: Option<Vec<String>>,
    ) -> Result<Line, ClusterError> {
        match self.launcher.console(node, argv)? {
            Place::Here(line) => Ok(line),
            Place::There(there) => match &self.ssh {
                Some(ssh) => ssh.console(&there).await,
                None => Err(unreachable(&there)),
            },
        }
    }

    async fn forget(&self, program: &Program, output: &Output) {
        if let Some(unit) = self.unit_of(program, output) {
            unit.forget().await;
        }
    }
}

impl Starter {
    fn unit_of(&self, program: &Program, output: &Output) -> Option<Unit> {
        match self.launcher.place(program) {
            Ok(Place::There(there)) => Unit::of(self.ssh.as_ref()?, &there.node, output.name()),
            Ok(Place::Here(_)) | Err(_) => None,
        }
    }
}

fn started(unit: Unit, output: &Output) -> Started {
    Started { by: By::Unit, exit: Box::pin(unit.end(output.clone())) }
}
