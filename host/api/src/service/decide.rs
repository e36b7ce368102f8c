//! What people decide by hand, about skills and keys: one at a time, so that who says
//! what they looked at (`If-Match`) changes that and nothing else.

use std::sync::Arc;

use jarvis_domain::{Caller, Explain, Fault, Revision, Role, SkillId};
use tokio::sync::OwnedMutexGuard;

use super::{Service, needs};
use crate::wire::{Response, SkillGrants};

/// An administrator's decision about a skill.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SkillDecision {
    /// It gets all that it asks for.
    Approve {
        /// What was looked at.
        revision: Revision,
    },
    /// It gets nothing.
    Revoke {
        /// Forget what was granted by hand instead.
        to_settings: bool,
    },
    /// It serves, or does not.
    Enable {
        /// Serves.
        enabled: bool,
    },
}

/// Refuses where the grants are not those that a decision rests on.
type Holds<'a> = &'a (dyn Fn(&SkillGrants) -> Result<(), Box<Fault>> + Send + Sync);

impl Service {
    /// Held by whoever changes keys or grants, from the look on that the change rests
    /// on, so that nobody else changes them between the two.
    pub(crate) async fn changing(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.changing).lock_owned().await
    }

    /// Carries out a decision about the skill `id`, unless `holds` refuses what there is.
    pub(crate) async fn decide(
        &self,
        id: &SkillId,
        decision: SkillDecision,
        caller: &Caller,
        holds: Option<Holds<'_>>,
    ) -> Result<SkillGrants, Box<Fault>> {
        needs(caller, Role::Admin, decision.what())?;
        let _changing = self.changing().await;
        if let Some(holds) = holds {
            holds(&self.grants(id).await?)?;
        }
        let reloader = &self.parts.reloader;
        match decision {
            SkillDecision::Approve { revision } => {
                let approved = reloader.approve(id, revision, caller).await;
                approved.map_err(|error| self.undecided(id, &error))?;
            }
            SkillDecision::Revoke { to_settings } => {
                self.known(id)?;
                let revoked = reloader.revoke(id, to_settings, caller).await;
                revoked.map_err(|error| error.fault())?;
            }
            SkillDecision::Enable { enabled } => {
                self.known(id)?;
                let decided = reloader.enable(id, enabled, caller).await;
                decided.map_err(|error| error.fault())?;
                if enabled {
                    // Whoever enables a skill that gets no events wants it to.
                    let resumed = self.parts.events.pause(id, None).await;
                    resumed.map_err(|error| error.fault())?;
                }
            }
        }
        self.grants(id).await
    }

    /// As [`Service::decide`], for a door that has no `If-Match`.
    pub(super) async fn decided(
        &self,
        id: &SkillId,
        decision: SkillDecision,
        caller: &Caller,
    ) -> Result<Response, Box<Fault>> {
        Ok(Response::Grants(Box::new(self.decide(id, decision, caller, None).await?)))
    }
}

impl SkillDecision {
    fn what(self) -> &'static str {
        match self {
            Self::Approve { .. } => "approving a skill",
            Self::Revoke { .. } => "revoking a skill's grants",
            Self::Enable { .. } => "enabling and disabling a skill",
        }
    }
}
