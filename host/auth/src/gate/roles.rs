//! Other roles, while people are signed in.

use std::sync::Arc;

use jarvis_domain::Fault;
use jarvis_domain::identity::Shown;
use jarvis_domain::registry::Kind;

use super::Gate;
use crate::roles::Roles;

impl Gate {
    /// Puts other roles in force. Whoever has lost theirs, or has another now,
    /// is signed out; keys whose makers have none any more end, and those that
    /// may do less by it have what they had open ended. How many there were.
    ///
    /// # Errors
    /// It holds, but is not on disk. After a restart the new roles count all
    /// the same.
    pub async fn set_roles(&self, roles: Roles) -> Result<usize, Box<Fault>> {
        let _changing = self.changing.lock().await;
        let ended = self.write().take_roles(&roles);
        self.roles.store(Arc::new(roles));
        self.tell_gone(ended.clone());
        for one in &ended {
            let (kind, id) = match &one.shown {
                Shown::Token(id) => (Kind::SignIn, id),
                Shown::Key { id, .. } => (Kind::ApiKey, id),
            };
            self.delete(kind, id).await?;
            self.tell(None, format!("{} has another role now, and was signed out", one.principal))
                .await?;
        }
        Ok(ended.len())
    }
}
