//! `server.roles:`: who may do what that signs in.

use jarvis_auth::Roles;
use jarvis_document::{Cursor, Keys};
use jarvis_domain::Role;
use jarvis_domain::identity::Account;

use super::read::role;

pub(super) fn read(keys: Keys<'_>) -> Roles {
    let users = keys.optional("users").and_then(|c| c.mapping());
    let groups = keys.optional("groups").and_then(|c| c.mapping());
    let roles = Roles {
        users: users.map(|keys| keys.entries().filter_map(user).collect()).unwrap_or_default(),
        groups: groups.map(|keys| keys.entries().filter_map(group).collect()).unwrap_or_default(),
        // Those of the control socket have a place of their own.
        ..Roles::default()
    };
    keys.finish();
    roles
}

fn user((name, cursor): (&str, Cursor<'_>)) -> Option<(Account, Role)> {
    // Both are read, so that all mistakes are shown.
    let (account, role) = (name.parse(), role(&cursor));
    if account.is_err() {
        cursor.problem("the keys here are accounts with their realm: alice@pam");
    }
    Some((account.ok()?, role?))
}

/// A name as `verify_groupname` of pve-access-control takes it.
fn group((name, cursor): (&str, Cursor<'_>)) -> Option<(String, Role)> {
    let role = role(&cursor);
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || !name.chars().all(plain) {
        cursor.problem("the keys here are Proxmox's groups, without a realm: ops");
        return None;
    }
    Some((name.to_owned(), role?))
}
