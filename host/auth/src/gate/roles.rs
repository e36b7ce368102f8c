//! Other roles, while people are signed in.

use std::sync::Arc;

use jarvis_domain::Fault;

use super::Gate;
use crate::roles::Roles;

/// Why a sign-in or a key ends with its role.
pub(super) const OTHER_ROLE: &str = "has another role now, and was signed out";

impl Gate {
    /// Puts other roles in force. Whoever has lost theirs, or has another now,
    /// is signed out; keys whose makers have none any more end, and those that
    /// may do less by it have what they had open ended. How many there were.
    ///
    /// # Errors
    /// It holds, but is not on disk. After a restart the new roles count all
    /// the same.
    pub async fn set_roles(&self, roles: Roles) -> Result<usize, Box<Fault>> {
        let ended = self.take_over_roles(roles).await;
        self.told_of_roles().await;
        ended
    }

    async fn take_over_roles(&self, roles: Roles) -> Result<usize, Box<Fault>> {
        let _changing = self.changing.lock().await;
        let ended = {
            // Under the lock, so that nobody is met with the old role and a new life.
            let mut live = self.write();
            self.roles.store(Arc::new(roles));
            live.take_roles(&self.roles.load())
        };
        self.close(&ended, OTHER_ROLE).await?;
        Ok(ended.len())
    }

    /// Asks the cluster again about everybody who is signed in or has made a
    /// key: an account may have been disabled, or taken out of a group.
    pub(super) async fn look_again(&self) {
        let Some(directory) = &self.directory else { return };
        let accounts = self.read().accounts();
        for account in accounts {
            let groups = match self.look_up(&**directory, &account).await {
                Ok(entry) => entry.filter(|entry| entry.enabled).map(|entry| entry.groups),
                Err(error) => {
                    tracing::debug!(%account, %error, "an account cannot be looked up again");
                    continue;
                }
            };
            let _changing = self.changing.lock().await;
            let (ended, renewed) =
                self.write().take_groups(&account, groups.as_ref(), &self.roles.load());
            for (kind, record) in renewed {
                // Else the old groups, and the role that they gave, would be
                // back after a restart.
                if let Err(fault) = self.put(kind, record).await {
                    tracing::error!(%account, %fault, "other groups were not written down");
                }
            }
            if let Err(fault) = self.close(&ended, "is not what it was in the cluster").await {
                tracing::error!(%account, %fault, "an end of a sign-in was not written down");
            }
        }
    }
}
