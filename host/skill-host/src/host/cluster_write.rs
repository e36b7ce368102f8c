//! `cluster-write`: writes of the Proxmox API.

use jarvis_domain::{Call, Verb};
use wasmtime::component::Resource;

use super::operations::Handle;
use super::{Refusal, Stop, cluster_read};
use crate::bindings::{cluster_write, types};
use crate::error::Excess;
use crate::guest::Guest;

impl cluster_write::Host for Guest {
    async fn call(
        &mut self,
        verb: cluster_write::Verb,
        path: String,
        fields: Vec<types::Field>,
    ) -> Result<Option<Resource<Handle>>, Refusal> {
        let verb = match verb {
            cluster_write::Verb::Create => Verb::Create,
            cluster_write::Verb::Set => Verb::Set,
            cluster_write::Verb::Delete => Verb::Delete,
        };
        let call = match cluster_read::call(verb, &path, fields) {
            Ok(call) => Call::Api(call),
            Err(refusal) => return self.session.malformed(format!("{verb} {path}"), refusal),
        };
        let begun = self.session.start(call).await?;
        if begun.over { Ok(None) } else { self.hold(begun.handle).map(Some) }
    }
}

impl Guest {
    /// Hands a skill its end of an operation.
    pub(super) fn hold(&mut self, handle: Handle) -> Result<Resource<Handle>, Refusal> {
        let most = self.session.scope.limits.handles;
        self.table.push(handle).map_err(|_| Stop::TooMuch(Excess::Handles(most)).into())
    }
}
