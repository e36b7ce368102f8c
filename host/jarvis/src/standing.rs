//! What whoever set something may when its time comes: the gate knows accounts,
//! keys and users of this machine; what is spoken may less.

use std::sync::Arc;

use async_trait::async_trait;
use jarvis_auth::Gate;
use jarvis_domain::schedule::{Owner, Standing};
use jarvis_domain::{Door, Fault, Role};

/// The gate, and what whoever speaks may do at most.
#[derive(Debug)]
pub(crate) struct Doors {
    gate: Arc<Gate>,
    spoken: Role,
}

impl Doors {
    /// These.
    pub(crate) fn new(gate: Arc<Gate>, spoken: Role) -> Arc<Self> {
        Arc::new(Self { gate, spoken })
    }
}

#[async_trait]
impl Standing for Doors {
    async fn role_of(&self, owner: &Owner) -> Result<Option<Role>, Box<Fault>> {
        let role = self.gate.role_of(owner).await?;
        Ok(match owner.caller.door {
            // Who has shown who they are speaks with their own role.
            Door::Voice if owner.shown.is_none() => Role::lowered(role, Some(self.spoken)),
            Door::Voice | Door::Cli | Door::Api | Door::Mcp | Door::Event => role,
        })
    }
}
