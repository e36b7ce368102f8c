//! What people may long after they asked, and who is told that they have gone.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use jarvis_domain::identity::{Account, Shown};
use jarvis_domain::schedule::{Departures, Owner, Standing};
use jarvis_domain::{Fault, Role};

use super::Gate;
use super::live::Ended;
use super::roles::OTHER_ROLE;

#[async_trait]
impl Standing for Gate {
    /// Accounts and keys, and users of this machine. Whoever knows of others asks
    /// about those itself.
    async fn role_of(&self, owner: &Owner) -> Result<Option<Role>, Box<Fault>> {
        let principal = owner.caller.principal.0.as_str();
        match (&owner.shown, principal.split_once(':')) {
            // A key lives while it has a role; its name may be another's by now.
            (Some(shown @ Shown::Key { .. }), _) => {
                Ok(self.person(shown).and_then(|person| person.caller.role))
            }
            (_, Some(("user", account))) => match account.parse() {
                Ok(account) => self.role_of_account(&account).await,
                Err(_) => Ok(None),
            },
            (_, Some(("uid", uid))) => Ok(uid.parse().ok().and_then(|uid| self.role_of_uid(uid))),
            _ => Ok(None),
        }
    }
}

impl Gate {
    /// Who is told of those who go, beside their own lives; the first one counts. It is
    /// told at once who has lost a role since the gate's earlier life.
    ///
    /// # Errors
    /// Their end is not on disk; the next life tells of it again.
    pub async fn tell_departures(&self, told: Arc<dyn Departures>) -> Result<(), Box<Fault>> {
        if self.departures.set(told).is_err() {
            tracing::error!("the gate was told twice whom to tell of departures");
        }
        let _changing = self.changing.lock().await;
        let left = std::mem::take(&mut *self.left.lock().unwrap_or_else(PoisonError::into_inner));
        self.close(&left, OTHER_ROLE).await
    }

    /// What an account may now, signed in or not.
    async fn role_of_account(&self, account: &Account) -> Result<Option<Role>, Box<Fault>> {
        let groups = match &self.directory {
            None => Some(self.known_groups(account)),
            Some(directory) => {
                let entry = self.look_up(&**directory, account).await;
                let entry = entry.map_err(|error| Box::new(error.fault))?;
                entry.filter(|entry| entry.enabled).map(|entry| entry.groups)
            }
        };
        Ok(groups.and_then(|groups| self.roles.load().of(account, &groups)))
    }

    /// The groups that `account` had when it last signed in.
    fn known_groups(&self, account: &Account) -> BTreeSet<String> {
        let live = self.read();
        let newest = live.newest_of(account);
        newest.map(|stored| stored.sign_in.groups.clone()).unwrap_or_default()
    }

    /// Tells that all of an account's sign-ins were ended.
    pub(super) async fn told_of_all(&self, account: &Account) {
        if let Some(told) = self.departures.get() {
            told.ended(&account.principal(), None).await;
        }
    }

    /// Tells that others have roles now.
    pub(super) async fn told_of_roles(&self) {
        if let Some(told) = self.departures.get() {
            told.roles_changed().await;
        }
    }

    /// Tells of what has ended, by other than its time.
    pub(super) async fn told_of(&self, ended: &[Ended]) {
        let Some(told) = self.departures.get() else { return };
        for one in ended {
            told.ended(&one.principal, Some(&one.shown)).await;
        }
    }
}
