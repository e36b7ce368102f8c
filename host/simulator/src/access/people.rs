//! The users, API tokens and roles of every simulated cluster, and who holds
//! which role where: the `user.cfg` of a small lab. Nothing changes it.
//!
//! The secrets are constants on purpose. They open nothing but a cluster in
//! memory on the loopback address, and a demo or a test has to know them.

use jarvis_domain::Timestamp;

/// The password of every user of a simulated cluster.
pub const PASSWORD: &str = "simulated";

/// May read everything, as `PVEAuditor` does: what follows `PVEAPIToken=`.
pub const READ_TOKEN: &str = "jarvis@pve!read=5e1ec7ed-0000-4000-8000-000000000001";

/// May read, and do what jarvis does: power, snapshots, guests' options,
/// nodes' power and updates.
pub const ACT_TOKEN: &str = "jarvis@pve!act=5e1ec7ed-0000-4000-8000-000000000002";

/// With privilege separation and without a right of its own: the usual mistake.
pub const BARE_TOKEN: &str = "operator@pve!bare=5e1ec7ed-0000-4000-8000-000000000003";

/// Without privilege separation: all that root@pam may through a token.
pub const ROOT_TOKEN: &str = "root@pam!all=5e1ec7ed-0000-4000-8000-000000000004";

/// A user.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct User {
    /// With its realm.
    pub(crate) id: &'static str,
    pub(crate) enabled: bool,
    /// The code that its second factor shows, always the same.
    pub(crate) totp: Option<&'static str>,
    /// In seconds since the epoch; 0 is never.
    pub(crate) expire: u64,
    pub(crate) groups: &'static [&'static str],
}

/// A user's API token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// `user@realm!name=secret`.
    pub(crate) whole: &'static str,
    /// Has only those rights that its user and itself were both given.
    pub(crate) separated: bool,
}

/// A role and its privileges.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Role {
    pub(crate) privileges: &'static [&'static str],
}

/// One line of the access control list. Each propagates downwards.
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) path: &'static str,
    /// A user, or a token as `user@realm!name`.
    pub(crate) who: &'static str,
    pub(crate) role: &'static Role,
}

/// Every privilege there is in 9.2.
pub(crate) const ALL: &[&str] = &[
    "Datastore.Allocate",
    "Datastore.AllocateSpace",
    "Datastore.AllocateTemplate",
    "Datastore.Audit",
    "Group.Allocate",
    "Mapping.Audit",
    "Mapping.Modify",
    "Mapping.Use",
    "Permissions.Modify",
    "Pool.Allocate",
    "Pool.Audit",
    "Realm.Allocate",
    "Realm.AllocateUser",
    "SDN.Allocate",
    "SDN.Audit",
    "SDN.Use",
    "Sys.AccessNetwork",
    "Sys.Audit",
    "Sys.Console",
    "Sys.Incoming",
    "Sys.Modify",
    "Sys.PowerMgmt",
    "Sys.Syslog",
    "User.Modify",
    "VM.Allocate",
    "VM.Audit",
    "VM.Backup",
    "VM.Clone",
    "VM.Config.CDROM",
    "VM.Config.CPU",
    "VM.Config.Cloudinit",
    "VM.Config.Disk",
    "VM.Config.HWType",
    "VM.Config.Memory",
    "VM.Config.Network",
    "VM.Config.Options",
    "VM.Console",
    "VM.GuestAgent.Audit",
    "VM.GuestAgent.FileRead",
    "VM.GuestAgent.FileSystemMgmt",
    "VM.GuestAgent.FileWrite",
    "VM.GuestAgent.Unrestricted",
    "VM.Migrate",
    "VM.PowerMgmt",
    "VM.Replicate",
    "VM.Snapshot",
    "VM.Snapshot.Rollback",
];

/// Everything; Proxmox's own `Administrator`.
static ADMINISTRATOR: Role = Role { privileges: ALL };

/// Proxmox's own `PVEAuditor`.
static AUDITOR: Role = Role {
    privileges: &[
        "Datastore.Audit",
        "Mapping.Audit",
        "Pool.Audit",
        "SDN.Audit",
        "Sys.Audit",
        "VM.Audit",
        "VM.GuestAgent.Audit",
    ],
};

/// Proxmox's own `PVEVMUser`.
static VM_USER: Role = Role {
    privileges: &[
        "VM.Audit",
        "VM.Backup",
        "VM.Config.CDROM",
        "VM.Config.Cloudinit",
        "VM.Console",
        "VM.GuestAgent.Audit",
        "VM.PowerMgmt",
    ],
};

/// What jarvis needs to act, and no more.
static JARVIS: Role = Role {
    privileges: &[
        "Datastore.Audit",
        "SDN.Audit",
        "Sys.Audit",
        "Sys.Modify",
        "Sys.PowerMgmt",
        "VM.Audit",
        "VM.Config.Options",
        "VM.PowerMgmt",
        "VM.Snapshot",
        "VM.Snapshot.Rollback",
    ],
};

/// Takes away what was given further up; Proxmox's own `NoAccess`.
static NO_ACCESS: Role = Role { privileges: &[] };

pub(super) static ROOT: User = User::named("root@pam", &[]);

/// Who has not signed in.
pub(super) static NOBODY: User = User { enabled: false, ..User::named("", &[]) };

static USERS: &[&User] = &[
    &ROOT,
    &User { totp: Some("123456"), ..User::named("alice@pam", &["admins"]) },
    &User::named("auditor@pve", &["everybody"]),
    &User::named("operator@pve", &["everybody", "operators"]),
    &User::named("jarvis@pve", &[]),
    &User::named("guest@pve", &["everybody"]),
    &User { enabled: false, ..User::named("retired@pve", &["operators"]) },
    &User { expire: 1_000_000_000, ..User::named("former@pve", &["operators"]) },
];

static TOKENS: &[Token] = &[
    Token { whole: READ_TOKEN, separated: true },
    Token { whole: ACT_TOKEN, separated: true },
    Token { whole: BARE_TOKEN, separated: true },
    Token { whole: ROOT_TOKEN, separated: false },
    Token { whole: "retired@pve!old=5e1ec7ed-0000-4000-8000-000000000005", separated: false },
];

pub(super) static GRANTS: &[Grant] = &[
    Grant { path: "/", who: "alice@pam", role: &ADMINISTRATOR },
    Grant { path: "/", who: "auditor@pve", role: &AUDITOR },
    Grant { path: "/vms", who: "operator@pve", role: &VM_USER },
    // The firewall is not theirs.
    Grant { path: "/vms/115", who: "operator@pve", role: &NO_ACCESS },
    Grant { path: "/", who: "jarvis@pve", role: &JARVIS },
    Grant { path: "/", who: "jarvis@pve!read", role: &AUDITOR },
    Grant { path: "/", who: "jarvis@pve!act", role: &JARVIS },
];

/// The user with this id.
pub(crate) fn user(id: &str) -> Option<&'static User> {
    USERS.iter().copied().find(|user| user.id == id)
}

/// The token with this id, `user@realm!name`.
pub(crate) fn token(id: &str) -> Option<&'static Token> {
    TOKENS.iter().find(|token| token.id() == id)
}

impl User {
    const fn named(id: &'static str, groups: &'static [&'static str]) -> Self {
        Self { id, enabled: true, totp: None, expire: 0, groups }
    }

    /// Whether it may be used now.
    pub(crate) fn is_usable(&self, now: Timestamp) -> bool {
        self.enabled && (self.expire == 0 || self.expire > now.0 / 1000)
    }
}

impl Token {
    /// `user@realm!name`.
    pub(crate) fn id(&self) -> &'static str {
        self.whole.split_once('=').map_or(self.whole, |(id, _)| id)
    }

    /// The id of the user whose it is.
    pub(crate) fn user(&self) -> &'static str {
        self.whole.split_once('!').map_or(self.whole, |(user, _)| user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_nobody_who_is_not_there() {
        for token in TOKENS {
            assert!(user(token.user()).is_some(), "{}", token.whole);
            assert_eq!(super::token(token.id()), Some(token));
        }
        for grant in GRANTS {
            assert!(user(grant.who).is_some() || token(grant.who).is_some(), "{}", grant.who);
            let known = |name: &&str| ALL.contains(name);
            assert!(grant.role.privileges.iter().all(known), "{}", grant.who);
        }
        assert!(ALL.is_sorted(), "privileges are shown in order");
    }
}
