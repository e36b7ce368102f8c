//! Signing in for real: by the HTTPS API of a simulated cluster, by the real
//! libpam through the built program, with accounts and groups by either way to
//! the cluster.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "../host/auth/tests/pam/stage.rs"]
mod stage;
mod support;

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use jarvis_auth::{Gate, GateParts, Keyring, Padding, PamPasswords, PamSettings, Roles};
use jarvis_cluster::{
    Access, ApiSettings, Cluster, ClusterSettings, Credential, Launcher, SecretText, Thermals,
    Timeouts, Trust,
};
use jarvis_domain::identity::{
    Account, Attempt, Checked, Directory, Identity, Passwords, Secret, SignedIn,
};
use jarvis_domain::{Clock, Fault, Role, SystemClock};
use jarvis_state::State;
use tempfile::TempDir;

/// The password of every simulated user (`host/simulator/src/access/people.rs`).
const SIMULATED: &str = "simulated";
const READ: &str = "5e1ec7ed-0000-4000-8000-000000000001";

/// A simulated cluster, and what a gate needs beside it.
struct Lab {
    folder: TempDir,
    simulator: Child,
    door: [String; 2],
    state: State,
    clock: Arc<dyn Clock>,
}

impl Lab {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut simulator = Command::new(support::jarvis())
            .args(["simulate", "serve", "--with-stdin", "--https", "127.0.0.1:0", "--socket"])
            .arg(folder.path().join("simulator.sock"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(simulator.stdout.take().unwrap()).lines();
        let lines: Vec<String> =
            lines.map(Result::unwrap).take_while(|line| line != "ready").collect();
        let words: Vec<&str> = lines[0].split(' ').collect();
        let door = [words[2], words[3]].map(str::to_owned);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let state = State::open(&folder.path().join("state"), Arc::clone(&clock)).unwrap();
        Self { folder, simulator, door, state, clock }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("simulator.sock")
    }

    fn by_api(&self) -> Access {
        let secret = SecretText::new(READ.to_owned());
        Access::Api(ApiSettings {
            endpoints: vec![self.door[0].parse().unwrap()],
            trust: Trust::Pinned(vec![self.door[1].parse().unwrap()]),
            read: Credential::Token { id: "jarvis@pve!read".parse().unwrap(), secret },
            act: None,
            elsewhere: true,
        })
    }

    fn cluster(&self, access: Access) -> Arc<Cluster> {
        let cluster = Cluster::open(ClusterSettings {
            id: "lab".parse().unwrap(),
            access,
            launcher: Launcher::simulated(support::jarvis().to_owned(), self.socket()),
            ssh: None,
            state_folder: self.folder.path().to_owned(),
            timeouts: Timeouts::standard(),
            thermals: Thermals::standard(),
            journal: self.state.journal(),
            events: self.state.events(),
            clock: Arc::clone(&self.clock),
        });
        Arc::new(cluster.unwrap())
    }

    async fn gate(&self, cluster: &Arc<Cluster>) -> Gate {
        let user = |account: &str, role| (account.parse::<Account>().unwrap(), role);
        let group = |name: &str, role| (name.to_owned(), role);
        let parts = GateParts {
            passwords: cluster.passwords().unwrap(),
            directory: Some(Arc::clone(cluster) as _),
            roles: Roles {
                users: [user("root@pam", Role::Admin), user("former@pve", Role::Admin)].into(),
                groups: [group("operators", Role::Operator), group("admins", Role::Admin)].into(),
                uids: [].into(),
            },
            registry: self.state.registry(),
            audit: self.state.audit(),
            cluster: "lab".parse().unwrap(),
            clock: Arc::clone(&self.clock),
            padding: Padding { clock: Arc::clone(&self.clock), quantum: Duration::ZERO },
            keyring: Keyring::in_file(self.folder.path().join("keys.json"), self.clock.now())
                .unwrap(),
            lifetime: Duration::from_secs(3600),
        };
        Gate::open(parts).await.unwrap()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // It ends with its standard input.
        drop(self.simulator.stdin.take());
        let _ = self.simulator.wait();
    }
}

async fn sign_in(
    gate: &Gate,
    account: &str,
    password: &str,
    code: Option<&str>,
) -> Result<SignedIn, Box<Fault>> {
    let (account, password) = (account.parse().unwrap(), Secret::new(password));
    let address = [127, 0, 0, 1].into();
    gate.sign_in(Attempt { account, password, code: code.map(Secret::new), address }).await
}

#[tokio::test]
async fn proxmox_says_who_may_sign_in_and_the_settings_what_they_may() {
    let lab = Lab::open();
    let gate = lab.gate(&lab.cluster(lab.by_api())).await;
    for (account, code, role) in [
        ("root@pam", None, Role::Admin),
        ("operator@pve", None, Role::Operator),
        ("alice@pam", Some("123456"), Role::Admin),
    ] {
        let signed_in = sign_in(&gate, account, SIMULATED, code).await.unwrap();
        assert_eq!(signed_in.person.caller.role, Some(role), "{account}");
        assert!(gate.who(signed_in.token.reveal()).is_ok());
    }
    for (account, password, code, expected) in [
        ("alice@pam", SIMULATED, None, "auth-code-needed"),
        ("alice@pam", SIMULATED, Some("000000"), "auth-refused"),
        ("root@pam", "wrong", None, "auth-refused"),
        ("ghost@pam", SIMULATED, None, "auth-refused"),
        ("retired@pve", SIMULATED, None, "auth-refused"),
        ("former@pve", SIMULATED, None, "auth-refused"),
        ("guest@pve", SIMULATED, None, "auth-no-role"),
    ] {
        let fault = sign_in(&gate, account, password, code).await.unwrap_err();
        assert_eq!(fault.code, expected, "{account}: {fault}");
    }
}

#[tokio::test]
async fn accounts_are_told_alike_by_both_ways() {
    let lab = Lab::open();
    let (api, pvesh) = (lab.cluster(lab.by_api()), lab.cluster(Access::Pvesh));
    assert!(pvesh.passwords().is_none(), "its argv is no place for a password");
    for (account, enabled) in [
        ("root@pam", Some(true)),
        ("operator@pve", Some(true)),
        ("retired@pve", Some(false)),
        ("former@pve", Some(false)),
        ("ghost@pam", None),
    ] {
        let account: Account = account.parse().unwrap();
        let found = api.look_up(&account).await.unwrap();
        assert_eq!(found.as_ref().map(|entry| entry.enabled), enabled, "{account}");
        assert_eq!(pvesh.look_up(&account).await.unwrap(), found);
    }
}

#[tokio::test]
async fn the_built_program_asks_pam() {
    let Some(stage) = stage::Stage::new() else { return };
    let settings = stage.settings(Arc::new(SystemClock));
    let pam = PamPasswords::new(PamSettings { program: support::jarvis().to_owned(), ..settings });
    for (account, password, expected) in [
        ("tony@pam", stage::PASSWORD, Checked::Right),
        ("tony@pam", "wrong", Checked::Wrong),
        ("ghost@pam", stage::PASSWORD, Checked::Wrong),
        ("retired@pam", stage::PASSWORD, Checked::Wrong),
    ] {
        let account = account.parse().unwrap();
        let found = pam.check(&account, &Secret::new(password), None).await.unwrap();
        assert_eq!(found, expected, "{account}");
    }
}
