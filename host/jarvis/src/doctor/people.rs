//! Who may sign in, and through which door.

use std::path::Path;

use jarvis_domain::identity::Directory;

use super::{Finding, Patient};
use crate::settings::Access;

const PAM: &str = "pam";
const ROLES: &str = "roles";
const DOOR: &str = "door";
/// Where PAM looks for the rules of a service, the first that is there.
const RULES: [&str; 2] = ["/etc/pam.d/jarvis", "/usr/lib/pam.d/jarvis"];

/// Looks at what a sign-in needs.
pub(super) async fn look(patient: &Patient<'_>) -> Vec<Finding> {
    vec![pam(patient.settings.cluster.access, &RULES), roles(patient).await]
}

fn pam(access: Access, rules: &[&str]) -> Finding {
    if access == Access::Api {
        return Finding::well(PAM, "passwords are Proxmox's to check, over its API");
    }
    match rules.iter().find(|rules| Path::new(rules).is_file()) {
        Some(rules) => Finding::well(PAM, format!("{rules} says how passwords are checked")),
        None => Finding::ill(
            PAM,
            format!("there are no rules for the PAM service jarvis ({})", rules.join(", ")),
            "Install the package, or copy config/pam.d/jarvis to /etc/pam.d/jarvis.",
        ),
    }
}

async fn roles(patient: &Patient<'_>) -> Finding {
    let roles = &patient.settings.server.roles;
    if roles.users.is_empty() && roles.groups.is_empty() {
        return Finding::without(
            ROLES,
            "nobody may sign in: no account has a role",
            "Give one in the settings: server: {roles: {users: {root@pam: admin}}}",
        );
    }
    let mut strays = Vec::new();
    // Without a cluster nobody signs in either, and that is told already.
    if let Ok(cluster) = &patient.cluster {
        for account in roles.users.keys() {
            match cluster.look_up(account).await {
                Ok(Some(entry)) if entry.enabled => {}
                Ok(Some(_)) => strays.push(format!("{account} is disabled there")),
                Ok(None) => strays.push(format!("{account} is not there")),
                Err(error) => return Finding::of(ROLES, &error.fault),
            }
        }
    }
    if !strays.is_empty() {
        return Finding::ill(
            ROLES,
            format!("accounts with a role cannot sign in to the cluster: {}", strays.join(", ")),
            "Correct their names under server: roles: users: in the settings, or add or enable them: pveum user list",
        );
    }
    let (users, groups) = (roles.users.len(), roles.groups.len());
    Finding::well(ROLES, format!("{users} accounts and {groups} groups have a role"))
}

/// Whether the HTTP API can listen where it should.
pub(super) async fn door(patient: &Patient<'_>) -> Finding {
    let server = &patient.settings.server;
    let address = std::net::SocketAddr::new(server.listen, server.port);
    match tokio::net::TcpListener::bind(address).await {
        Ok(_) => Finding::well(DOOR, format!("{address} is free to listen on")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Finding::without(
            DOOR,
            format!("something listens on {address} already"),
            "If that is not jarvis itself, choose another one: server.port, or PORT.",
        ),
        Err(error) => Finding::ill(
            DOOR,
            format!("jarvis cannot listen on {address}: {error}"),
            "Set server.listen to an address of this machine, and server.port above 1024 unless jarvis is root.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Health;
    use super::*;

    #[test]
    fn passwords_are_checked_by_rules_or_by_proxmox() {
        let folder = tempfile::tempdir().unwrap();
        let rules = folder.path().join("jarvis");
        let named = [rules.to_str().unwrap()];
        let missing = pam(Access::Pvesh, &named);
        assert_eq!(missing.state, Health::Ill);
        assert!(missing.hint.unwrap().contains("/etc/pam.d/jarvis"));
        assert_eq!(pam(Access::Api, &named).state, Health::Well);
        std::fs::write(&rules, "").unwrap();
        assert_eq!(pam(Access::Pvesh, &named).state, Health::Well);
    }
}
