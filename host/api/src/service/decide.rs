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
pub(crate) type Holds<'a> = &'a (dyn Fn(&SkillGrants) -> Result<(), Box<Fault>> + Send + Sync);

impl Service {
    /// Held by whoever changes keys, from the look on that the change rests on, so that
    /// nobody else changes them between the two. Who waited for it asks anew whether the
    /// caller is still signed in.
    pub(crate) async fn changing_keys(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.changing_keys).lock_owned().await
    }

    /// The same for grants, which take as long as a skill takes to be compiled.
    pub(crate) async fn changing_grants(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.changing_grants).lock_owned().await
    }

    /// Carries out a decision about the skill `id`, unless `holds` refuses what there is;
    /// `_changing` is held until then.
    pub(crate) async fn decide(
        &self,
        id: &SkillId,
        decision: SkillDecision,
        caller: &Caller,
        holds: Option<Holds<'_>>,
        _changing: OwnedMutexGuard<()>,
    ) -> Result<SkillGrants, Box<Fault>> {
        needs(caller, Role::Admin, decision.what())?;
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
        let changing = self.changing_grants().await;
        Ok(Response::Grants(Box::new(self.decide(id, decision, caller, None, changing).await?)))
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

#[cfg(test)]
impl Service {
    /// How many hold a turn to change keys or grants, or wait for one.
    pub(crate) fn in_turn(&self) -> usize {
        let turns = [&self.changing_keys, &self.changing_grants];
        turns.map(|turn| Arc::strong_count(turn) - 1).iter().sum()
    }
}
