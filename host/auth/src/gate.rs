//! The gate: sign-ins, tokens, keys and tickets as one thing.
//!
//! Who is there stands in memory, so that asking is quick; each change is on
//! disk before it is answered, and is found there after a restart. Whatever
//! ends, a sign-in, a key, a role, ends at once, and with it the [`Life`] of its
//! person and all that is open or waits for them.
//!
//! A sign-in is asked for `user:<account>`, a key for `key:<name>`; names of
//! keys are unique while they live. A key may at no time do more than its
//! maker may then; it ends when its maker, an account or a user of this machine,
//! loses the last role.
//!
//! [`Life`]: jarvis_domain::identity::Life

mod keys;
mod live;
mod look;
mod pace;
mod records;
mod roles;
mod sign_in;
mod standing;
#[cfg(test)]
pub(crate) mod testing;
mod told;

use std::sync::{
    Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
};
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use jarvis_domain::audit::AuditLog;
use jarvis_domain::identity::{
    Account, ApiKey, Attempt, Directory, Identity, MadeKey, NewKey, Passwords, Person, Secret,
    Shown, SignIn, SignedIn,
};
use jarvis_domain::registry::Registry;
use jarvis_domain::schedule::Departures;
use jarvis_domain::{Caller, Clock, ClusterId, Explain, Fault, Role, Timestamp};

use crate::error::AuthError;
use crate::keyring::Keyring;
use crate::roles::Roles;
use crate::throttle::Throttle;
use crate::tickets::Tickets;
use crate::{crypto, token};
use live::{Ended, Live};
use look::LookTime;
use pace::Pace;

/// How often [`Gate::watch`] looks for what has run out.
const ROUND: Duration = Duration::from_secs(30);
/// How often the cluster is asked about its accounts.
const LOOK: Duration = Duration::from_secs(300);

/// See the module.
#[derive(Debug)]
pub struct Gate {
    passwords: Arc<dyn Passwords>,
    directory: Option<Arc<dyn Directory>>,
    registry: Arc<dyn Registry>,
    audit: Arc<dyn AuditLog>,
    cluster: ClusterId,
    clock: Arc<dyn Clock>,
    padding: Padding,
    lifetime: Duration,
    roles: ArcSwap<Roles>,
    keyring: ArcSwap<Keyring>,
    throttle: Throttle,
    tickets: Mutex<Tickets>,
    looks: LookTime,
    unslowed: Pace,
    live: RwLock<Live>,
    departures: OnceLock<Arc<dyn Departures>>,
    /// What ended by roles that changed while nobody was there: on disk until
    /// [`Gate::tell_departures`] tells of it.
    left: Mutex<Vec<Ended>>,
    /// Held by each change of `live` and of what is on disk of it, so that the
    /// two do not come apart.
    changing: tokio::sync::Mutex<()>,
}

/// What a gate is made of.
#[derive(Debug)]
pub struct GateParts {
    /// Who knows whether a password is right.
    pub passwords: Arc<dyn Passwords>,
    /// Who knows which accounts there are, and their groups. Without one, any
    /// account is good whose password is right, and has no groups.
    pub directory: Option<Arc<dyn Directory>>,
    /// Who may do what.
    pub roles: Roles,
    /// Where sign-ins, keys and wrong passwords are kept.
    pub registry: Arc<dyn Registry>,
    /// Where it is written down who came and went.
    pub audit: Arc<dyn AuditLog>,
    /// Under which cluster.
    pub cluster: ClusterId,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How refusals are made to take the same time.
    pub padding: Padding,
    /// What tokens are signed with.
    pub keyring: Keyring,
    /// How long a sign-in is good for.
    pub lifetime: Duration,
}

/// Every refusal ends at a whole multiple of a quantum after it began, so that
/// its reason cannot be told by its time.
#[derive(Debug, Clone)]
pub struct Padding {
    /// What the time is measured by: the gate's own clock, save where that is
    /// moved by hand while passwords are really checked.
    pub clock: Arc<dyn Clock>,
    /// Longer than most checks take. None at all with zero.
    pub quantum: Duration,
}

impl Padding {
    /// Half a second.
    #[must_use]
    pub fn standard(clock: Arc<dyn Clock>) -> Self {
        Self { clock, quantum: Duration::from_millis(500) }
    }

    /// Waits for the next end of a quantum after `begun`.
    async fn rest(&self, begun: Timestamp) {
        let (passed, quantum) =
            (self.clock.now().since(begun).as_millis(), self.quantum.as_millis());
        if let Some(over) = passed.checked_rem(quantum) {
            let rest = u64::try_from(quantum - over).unwrap_or_default();
            self.clock.sleep(Duration::from_millis(rest)).await;
        }
    }
}

impl Gate {
    /// A gate with the sign-ins and keys of its earlier life, save those whose
    /// role has changed since: they have ended, and [`Gate::tell_departures`] tells
    /// of it.
    ///
    /// # Errors
    /// The registry cannot be read or written.
    pub async fn open(parts: GateParts) -> Result<Self, Box<Fault>> {
        crypto::install();
        let now = parts.clock.now();
        let fault = |error: jarvis_domain::kv::StoreError| error.fault();
        let throttle = Throttle::open(Arc::clone(&parts.registry), now).await.map_err(fault)?;
        let (live, left) = records::load(&*parts.registry, &parts.roles).await?;
        Ok(Self {
            passwords: parts.passwords,
            directory: parts.directory,
            registry: parts.registry,
            audit: parts.audit,
            cluster: parts.cluster,
            clock: parts.clock,
            padding: parts.padding,
            lifetime: parts.lifetime,
            roles: ArcSwap::from_pointee(parts.roles),
            keyring: ArcSwap::from_pointee(parts.keyring),
            throttle,
            tickets: Mutex::default(),
            looks: LookTime::default(),
            unslowed: Pace::default(),
            live: RwLock::new(live),
            departures: OnceLock::new(),
            left: Mutex::new(left),
            changing: tokio::sync::Mutex::default(),
        })
    }

    /// Ends what has run out, asks the cluster again about accounts, at once and
    /// then every five minutes, and renews the signing keys, for as long as it is
    /// polled. What has run out is let in nowhere without it, too; but what is
    /// open for it stays open.
    pub async fn watch(&self) {
        // Beside each other: a cluster that is silent keeps nothing open.
        tokio::join!(self.keep_time(), self.keep_looking());
    }

    async fn keep_looking(&self) {
        loop {
            // First of all: what changed while nobody looked.
            self.look_again().await;
            self.clock.sleep(LOOK).await;
        }
    }

    async fn keep_time(&self) {
        loop {
            self.clock.sleep(ROUND).await;
            self.prune().await;
            if self.keyring.load().is_due(self.clock.now())
                && let Err(error) = self.rotate().await
            {
                tracing::error!(%error, "the keys that sign tokens are not renewed");
            }
        }
    }

    /// Makes a new key that signs tokens from now on. Tokens that are out stay
    /// good. Does nothing where the settings give the secret.
    ///
    /// # Errors
    /// The file of the keys cannot be written.
    pub async fn rotate(&self) -> Result<(), AuthError> {
        let _changing = self.changing.lock().await;
        let renewed = self.keyring.load().renewed(self.clock.now(), self.lifetime)?;
        if let Some(renewed) = renewed {
            self.keyring.store(Arc::new(renewed));
        }
        Ok(())
    }

    async fn prune(&self) {
        let _changing = self.changing.lock().await;
        let now = self.clock.now();
        self.throttle.prune(now);
        self.tickets().prune(now);
        // The registry forgets them by itself.
        self.write().take_over(now);
    }

    /// The role of a user of this machine.
    #[must_use]
    pub fn role_of_uid(&self, uid: u32) -> Option<Role> {
        self.roles.load().of_uid(uid)
    }

    fn person(&self, shown: &Shown) -> Option<Person> {
        self.read().person(shown, &self.roles.load(), self.clock.now())
    }

    fn read(&self) -> RwLockReadGuard<'_, Live> {
        self.live.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Live> {
        self.live.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn tickets(&self) -> MutexGuard<'_, Tickets> {
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Identity for Gate {
    async fn sign_in(&self, attempt: Attempt) -> Result<SignedIn, Box<Fault>> {
        self.padded_sign_in(attempt).await
    }

    fn who(&self, bearer: &str) -> Result<Person, Box<Fault>> {
        let shown = if bearer.starts_with(keys::PREFIX) {
            self.read().by_secret(bearer)
        } else {
            let claims = token::read(bearer, &self.keyring.load(), self.clock.now());
            let claims = claims.map_err(|error| error.fault())?;
            let is_theirs = self.read().is_of(&claims.jti, &claims.sub);
            is_theirs.then_some(Shown::Token(claims.jti))
        };
        let person = shown.and_then(|shown| self.person(&shown));
        person.ok_or_else(|| AuthError::BadToken.fault())
    }

    async fn sign_out(&self, person: &Person) -> Result<(), Box<Fault>> {
        let Shown::Token(id) = &person.shown else { return Err(AuthError::NotSignedIn.fault()) };
        self.end_sign_ins(std::slice::from_ref(id), &person.caller, "signed out").await.map(drop)
    }

    async fn sign_out_everywhere(
        &self,
        account: &Account,
        by: &Caller,
    ) -> Result<usize, Box<Fault>> {
        if by.principal != account.principal() && by.role != Some(Role::Admin) {
            return Err(AuthError::NotYours { what: "ending the sign-ins" }.fault());
        }
        let ids = self.read().ids_of(account);
        let what = format!("signed {account} out everywhere");
        let ended = self.end_sign_ins(&ids, by, &what).await;
        self.told_of_all(account).await;
        ended
    }

    fn sign_ins(&self) -> Vec<SignIn> {
        self.read().sign_ins(self.clock.now())
    }

    fn keys(&self) -> Vec<ApiKey> {
        self.read().keys(self.clock.now())
    }

    async fn make_key(&self, wanted: NewKey, by: &Caller) -> Result<MadeKey, Box<Fault>> {
        self.new_key(wanted, by).await
    }

    async fn revoke_key(&self, id: &str, by: &Caller) -> Result<(), Box<Fault>> {
        self.end_key(id, by).await
    }

    fn ticket(&self, person: &Person) -> Secret {
        self.tickets().issue(&person.shown, self.clock.now())
    }

    fn redeem(&self, ticket: &str) -> Result<Person, Box<Fault>> {
        let shown = self.tickets().redeem(ticket, self.clock.now());
        let person = shown.and_then(|shown| self.person(&shown));
        person.ok_or_else(|| AuthError::BadTicket.fault())
    }
}

#[cfg(test)]
mod tests;
