//! Starts programs where the launcher says that they belong: on this machine,
//! or on another node over SSH.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Captured, Launch, Output, Overflow, Started, process, watch};
use crate::launcher::{Place, Program, unreachable};
use crate::ssh::Ssh;
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
            Place::There(there) => match &self.ssh {
                Some(ssh) => ssh.line(&there).await?,
                None => return Err(unreachable(&there)),
            },
        };
        process::detach(&line, self.launcher.apart(), output)
    }

    fn follow(&self, pid: u32, pid_start: u64) -> Option<Started> {
        watch::follow(pid, pid_start)
    }

    fn find(&self, output: &Output) -> Option<Started> {
        watch::find(&output.out)
    }
}
