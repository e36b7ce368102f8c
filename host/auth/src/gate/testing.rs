//! What a gate is made of, in memory, for this room's tests.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::audit::{AuditEntry, AuditEvent, AuditLine, AuditLog};
use jarvis_domain::identity::{
    Account, AccountEntry, Attempt, Checked, Directory, Identity, Passwords, Secret, SignedIn,
};
use jarvis_domain::kv::StoreError;
use jarvis_domain::read::{CallError, CallErrorKind};
use jarvis_domain::registry::{Kind, Record, Registry};
use jarvis_domain::{Explain, Fault, ManualClock, Role, RunId, Timestamp};

use super::{Gate, GateParts, Padding};
use crate::error::AuthError;
use crate::keyring::Keyring;
use crate::roles::Roles;

pub(crate) const NOW: Timestamp = Timestamp(1_795_468_823_000);
pub(crate) const SECRET: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
pub(crate) const PASSWORD: &str = "right";

/// A registry that forgets nothing by itself.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    records: Mutex<BTreeMap<(Kind, String), Record>>,
    writes: AtomicU64,
    broken: Mutex<bool>,
}

impl Memory {
    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    pub(crate) fn count(&self, kind: Kind) -> usize {
        self.records.lock().unwrap().keys().filter(|(its, _)| *its == kind).count()
    }

    /// From now on nothing is written.
    pub(crate) fn break_down(&self) {
        *self.broken.lock().unwrap() = true;
    }

    /// Everything that it holds, as text.
    pub(crate) fn text(&self) -> String {
        let records = self.records.lock().unwrap();
        records
            .values()
            .map(|of| format!("{} {}\n", of.id, String::from_utf8_lossy(&of.value)))
            .collect()
    }

    fn write(&self) -> Result<(), StoreError> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        if *self.broken.lock().unwrap() {
            let source = Box::new(std::io::Error::other("the disk is full"));
            return Err(StoreError { doing: "writing".to_owned(), source });
        }
        Ok(())
    }
}

#[async_trait]
impl Registry for Memory {
    async fn all(&self, kind: Kind) -> Result<Vec<Record>, StoreError> {
        let records = self.records.lock().unwrap();
        Ok(records.iter().filter(|((its, _), _)| *its == kind).map(|(_, of)| of.clone()).collect())
    }

    async fn get(&self, kind: Kind, id: &str) -> Result<Option<Record>, StoreError> {
        Ok(self.records.lock().unwrap().get(&(kind, id.to_owned())).cloned())
    }

    async fn put(&self, kind: Kind, record: Record) -> Result<(), StoreError> {
        self.write()?;
        self.records.lock().unwrap().insert((kind, record.id.clone()), record);
        Ok(())
    }

    async fn claim(&self, kind: Kind, record: Record) -> Result<bool, StoreError> {
        self.put(kind, record).await.map(|()| true)
    }

    async fn delete(&self, kind: Kind, id: &str) -> Result<bool, StoreError> {
        self.write()?;
        Ok(self.records.lock().unwrap().remove(&(kind, id.to_owned())).is_some())
    }
}

/// An audit log that is read back as lines.
#[derive(Debug, Default)]
pub(crate) struct Log(Mutex<Vec<String>>);

impl Log {
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

#[async_trait]
impl AuditLog for Log {
    async fn record(&self, entry: AuditEntry) -> Result<u64, StoreError> {
        let AuditEvent::Access { what } = entry.event else { panic!("{entry:?}") };
        let by = entry.caller.map_or_else(|| "nobody".to_owned(), |by| by.principal.0);
        self.0.lock().unwrap().push(format!("{by}: {what}"));
        Ok(0)
    }

    async fn recent(&self, _: Option<RunId>, _: usize) -> Result<Vec<AuditLine>, StoreError> {
        Ok(Vec::new())
    }
}

/// Everybody's password is [`PASSWORD`]; of `tfa@pam` a code is asked for, and
/// nobody knows about `broken@pam`.
#[derive(Debug, Default)]
pub(crate) struct Accounts(Mutex<BTreeMap<String, AccountEntry>>, Mutex<Option<Slow>>);

/// So long a look takes, by this clock.
type Slow = (Arc<ManualClock>, Duration);

impl Accounts {
    /// From now on each look takes so long.
    pub(crate) fn slow(&self, clock: &Arc<ManualClock>, takes: Duration) {
        *self.1.lock().unwrap() = Some((clock.clone(), takes));
    }

    pub(crate) fn set(&self, account: &str, enabled: bool, groups: &[&str]) {
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        self.0.lock().unwrap().insert(account.to_owned(), AccountEntry { enabled, groups });
    }
}

#[async_trait]
impl Passwords for Accounts {
    async fn check(
        &self,
        account: &Account,
        password: &Secret,
        code: Option<&Secret>,
    ) -> Result<Checked, Box<Fault>> {
        if account.as_str() == "broken@pam" {
            return Err(AuthError::Unavailable("PAM crashed".to_owned()).fault());
        }
        let right = password.reveal() == PASSWORD;
        Ok(match (right, account.as_str(), code.map(Secret::reveal)) {
            (true, "tfa@pam", None) => Checked::NeedsCode,
            (true, "tfa@pam", Some("123456")) => Checked::Right,
            (true, "tfa@pam", _) | (false, ..) => Checked::Wrong,
            (true, ..) => Checked::Right,
        })
    }
}

#[async_trait]
impl Directory for Accounts {
    async fn look_up(&self, account: &Account) -> Result<Option<AccountEntry>, CallError> {
        if let Some((clock, takes)) = &*self.1.lock().unwrap() {
            clock.advance(*takes);
        }
        if account.as_str() == "lost@pam" {
            let fault = *AuthError::Unavailable("the node is silent".to_owned()).fault();
            return Err(CallError { kind: CallErrorKind::Unavailable, fault });
        }
        Ok(self.0.lock().unwrap().get(account.as_str()).cloned())
    }
}

/// A gate, and all that stands behind it.
pub(crate) struct Scene {
    pub(crate) gate: Arc<Gate>,
    pub(crate) memory: Arc<Memory>,
    pub(crate) log: Arc<Log>,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) clock: Arc<ManualClock>,
}

pub(crate) fn roles() -> Roles {
    let user = |account: &str, role| (account.parse::<Account>().unwrap(), role);
    Roles {
        users: [user("root@pam", Role::Admin), user("alice@pam", Role::Operator)].into(),
        groups: [("ops".to_owned(), Role::Operator), ("all".to_owned(), Role::Viewer)].into(),
        uids: [(0, Role::Admin)].into(),
    }
}

impl Scene {
    pub(crate) async fn new() -> Self {
        Self::with(Duration::ZERO).await
    }

    pub(crate) async fn with(quantum: Duration) -> Self {
        let accounts = Arc::new(Accounts::default());
        for (account, enabled, groups) in [
            ("root@pam", true, &[][..]),
            ("alice@pam", true, &[]),
            ("bob@pve", true, &["ops", "all"]),
            ("nobody@pam", true, &["others"]),
            ("retired@pam", false, &["ops"]),
            ("tfa@pam", true, &["all"]),
        ] {
            accounts.set(account, enabled, groups);
        }
        let (memory, log) = (Arc::new(Memory::default()), Arc::new(Log::default()));
        let clock = Arc::new(ManualClock::at(NOW));
        let gate = open(&memory, &log, &accounts, &clock, roles(), quantum).await;
        Self { gate, memory, log, accounts, clock }
    }

    /// The same after a restart, with other roles.
    pub(crate) async fn restart(&mut self, roles: Roles) {
        let Self { memory, log, accounts, clock, .. } = self;
        self.gate = open(memory, log, accounts, clock, roles, Duration::ZERO).await;
    }

    pub(crate) async fn sign_in(&self, account: &str) -> SignedIn {
        self.gate.sign_in(attempt(account, PASSWORD)).await.unwrap()
    }

    pub(crate) async fn refused(&self, attempt: Attempt) -> Box<Fault> {
        self.gate.sign_in(attempt).await.unwrap_err()
    }
}

async fn open(
    memory: &Arc<Memory>,
    log: &Arc<Log>,
    accounts: &Arc<Accounts>,
    clock: &Arc<ManualClock>,
    roles: Roles,
    quantum: Duration,
) -> Arc<Gate> {
    let parts = GateParts {
        passwords: accounts.clone(),
        directory: Some(accounts.clone()),
        roles,
        registry: memory.clone(),
        audit: log.clone(),
        cluster: "home".parse().unwrap(),
        clock: clock.clone(),
        padding: Padding { clock: clock.clone(), quantum },
        keyring: Keyring::from_secret(&Secret::new(SECRET)).unwrap(),
        lifetime: Duration::from_secs(8 * 3600),
    };
    Arc::new(Gate::open(parts).await.unwrap())
}

pub(crate) fn attempt(account: &str, password: &str) -> Attempt {
    Attempt {
        account: account.parse().unwrap(),
        password: Secret::new(password),
        code: None,
        address: [192, 0, 2, 7].into(),
    }
}
