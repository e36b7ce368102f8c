//! Who may sign in, put together from the settings: PAM or Proxmox for the
//! passwords, the cluster for accounts and groups, the state folder for what
//! has to last.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jarvis_auth::{
    DemoPasswords, Gate, GateParts, Keyring, Padding, PamPasswords, PamSettings, Roles,
};
use jarvis_cluster::Cluster;
use jarvis_domain::identity::{Account, Passwords, Secret};
use jarvis_domain::{Clock, ClusterId, Explain, Fault, Role};
use jarvis_state::State;
use rustix::process::geteuid;

use crate::settings::{Settings, SettingsError};
use crate::wiring::{self, own_binary};

/// The keys that sign tokens, below the state folder.
const KEYS: &str = "token-keys.json";
/// The account of a demo.
const DEMO: &str = "demo@pve";

/// The gate of a host for real. `main` is the cluster whose accounts sign in.
pub(crate) async fn configured(
    settings: &Settings,
    env: &dyn Fn(&str) -> Option<String>,
    state: &State,
    main: &Arc<Cluster>,
    clock: &Arc<dyn Clock>,
) -> Result<Arc<Gate>, Box<Fault>> {
    let passwords = match main.passwords() {
        Some(by_proxmox) => by_proxmox,
        None => {
            Arc::new(PamPasswords::new(PamSettings::standard(own_binary()?, Arc::clone(clock))))
        }
    };
    let keyring = match &settings.server.jwt_secret {
        Some(secret) => {
            let secret =
                secret.reveal(env).map_err(|error| SettingsError::Secret(error).fault())?;
            Keyring::from_secret(&Secret::new(secret))
        }
        None => Keyring::in_file(settings.state.folder.join(KEYS), clock.now()),
    };
    let keyring = keyring.map_err(|error| error.fault())?;
    let parts = GateParts {
        directory: Some(Arc::clone(main) as _),
        lifetime: settings.server.token_lifetime,
        ..parts(passwords, wiring::roles(settings), state, main.id(), clock, keyring)
    };
    Gate::open(parts).await.map(Arc::new)
}

/// The gate of a demo with its state in `folder`, and the one account that
/// there is, an administrator, whose password is another each time.
pub(crate) async fn demo(
    folder: &Path,
    state: &State,
    cluster: &ClusterId,
    clock: &Arc<dyn Clock>,
) -> Result<(Arc<Gate>, Arc<DemoPasswords>), Box<Fault>> {
    let passwords = DemoPasswords::new(demo_account()).map_err(|error| error.fault())?;
    let passwords = Arc::new(passwords);
    let roles = Roles {
        users: [(demo_account(), Role::Admin)].into(),
        groups: [].into(),
        uids: [(geteuid().as_raw(), Role::Admin)].into(),
    };
    let keyring =
        Keyring::in_file(folder.join(KEYS), clock.now()).map_err(|error| error.fault())?;
    let parts = parts(Arc::clone(&passwords) as _, roles, state, cluster, clock, keyring);
    Ok((Arc::new(Gate::open(parts).await?), passwords))
}

fn parts(
    passwords: Arc<dyn Passwords>,
    roles: Roles,
    state: &State,
    cluster: &ClusterId,
    clock: &Arc<dyn Clock>,
    keyring: Keyring,
) -> GateParts {
    GateParts {
        passwords,
        directory: None,
        roles,
        registry: state.registry(),
        audit: state.audit(),
        cluster: cluster.clone(),
        clock: Arc::clone(clock),
        padding: Padding::standard(Arc::clone(clock)),
        keyring,
        lifetime: Duration::from_secs(8 * 3600),
    }
}

#[allow(clippy::expect_used, reason = "the literal account of this module is checked by a test")]
fn demo_account() -> Account {
    DEMO.parse().expect("a literal account")
}

#[cfg(test)]
mod tests {
    use jarvis_domain::SystemClock;
    use jarvis_domain::identity::{Attempt, Identity};

    use super::*;
    use crate::settings::cluster_id;

    #[tokio::test]
    async fn a_demo_lets_in_whom_it_has_told_the_password() {
        let folder = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let state = State::open(&folder.path().join("state"), Arc::clone(&clock)).unwrap();
        let cluster = cluster_id("demo");
        let (gate, known) = demo(folder.path(), &state, &cluster, &clock).await.unwrap();
        let attempt = |password: Secret| Attempt {
            account: known.account().clone(),
            password,
            code: None,
            address: [127, 0, 0, 1].into(),
        };
        let signed_in = gate.sign_in(attempt(known.password().clone())).await.unwrap();
        assert_eq!(signed_in.person.caller.role, Some(Role::Admin));
        let refused = gate.sign_in(attempt(Secret::new("demo"))).await.unwrap_err();
        assert_eq!(refused.code, "auth-refused");
        let (again, other) = demo(folder.path(), &state, &cluster, &clock).await.unwrap();
        assert_ne!(known.password(), other.password());
        assert!(again.who(signed_in.token.reveal()).is_ok(), "the keys are kept");
    }
}
