//! Who may do what, from the settings: roles of accounts, groups and uids.

use std::collections::{BTreeMap, BTreeSet};

use jarvis_domain::Role;
use jarvis_domain::identity::Account;
use serde::Serialize;

/// Nobody has a role that is not named here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Roles {
    /// Of accounts.
    pub users: BTreeMap<Account, Role>,
    /// Of Proxmox's groups.
    pub groups: BTreeMap<String, Role>,
    /// Of users of this machine, who ask at the control socket.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub uids: BTreeMap<u32, Role>,
}

impl Roles {
    /// The highest of what `account` and its groups have.
    #[must_use]
    pub fn of(&self, account: &Account, groups: &BTreeSet<String>) -> Option<Role> {
        let of_groups = groups.iter().filter_map(|group| self.groups.get(group));
        self.users.get(account).into_iter().chain(of_groups).max().copied()
    }

    /// What a user of this machine has.
    #[must_use]
    pub fn of_uid(&self, uid: u32) -> Option<Role> {
        self.uids.get(&uid).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_counts_and_nobody_has_one_by_default() {
        let roles = Roles {
            uids: [(0, Role::Admin)].into(),
            users: [("alice@pam".parse().unwrap(), Role::Operator)].into(),
            groups: [("ops".to_owned(), Role::Viewer), ("root".to_owned(), Role::Admin)].into(),
        };
        let of = |account: &str, groups: &[&str]| {
            let groups = groups.iter().map(|group| (*group).to_owned()).collect();
            roles.of(&account.parse().unwrap(), &groups)
        };
        assert_eq!(of("alice@pam", &[]), Some(Role::Operator));
        assert_eq!(of("alice@pam", &["ops"]), Some(Role::Operator));
        assert_eq!(of("alice@pam", &["ops", "root"]), Some(Role::Admin));
        assert_eq!(of("bob@pam", &["ops", "others"]), Some(Role::Viewer));
        for nobody in ["alice@pve", "root@pam", "Alice@pam"] {
            assert_eq!(of(nobody, &[]), None, "{nobody}");
        }
        assert_eq!((roles.of_uid(0), roles.of_uid(1000)), (Some(Role::Admin), None));
    }
}
