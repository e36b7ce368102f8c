//! Whoever goes takes their commands with them.

use async_trait::async_trait;
use jarvis_domain::identity::Shown;
use jarvis_domain::schedule::{Departures, Scheduled};
use jarvis_domain::{Principal, TimerId};

use super::{TimerError, Timers, Why};

#[async_trait]
impl Departures for Timers {
    async fn ended(&self, principal: &Principal, shown: Option<&Shown>) {
        let theirs = |one: &Scheduled| {
            let owner = &one.owner;
            one.command().is_some()
                && owner.caller.principal == *principal
                && shown.is_none_or(|shown| owner.shown.as_ref() == Some(shown))
        };
        for id in self.ids(theirs) {
            self.drop_it(id, Why::SignedOut).await;
        }
    }

    async fn roles_changed(&self) {
        for id in self.ids(|one| one.command().is_some()) {
            let Some(one) = self.find(id) else { continue };
            match self.may_still(&one).await {
                Ok(()) => {}
                Err(TimerError::Cancelled { why }) => self.drop_it(id, why).await,
                // It is asked again when the time comes.
                Err(error) => tracing::warn!(%id, %error, "a role cannot be looked up"),
            }
        }
    }
}

impl Timers {
    /// Whether the owner may at least what they might when they set it.
    pub(crate) async fn may_still(&self, one: &Scheduled) -> Result<(), TimerError> {
        let now = self.role_now(&one.owner).await?;
        if now.is_some() && now >= one.owner.caller.role {
            return Ok(());
        }
        Err(TimerError::Cancelled { why: Why::Less })
    }

    fn ids(&self, fit: impl Fn(&Scheduled) -> bool) -> Vec<TimerId> {
        self.with(|list| list.values().filter(|one| fit(one)).map(|one| one.id).collect())
    }
}
