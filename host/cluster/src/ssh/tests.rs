//! What needs no server; the rest is in `real` and `terminal`, and as a whole in
//! `tests/ssh_access.rs`.

mod real;
mod terminal;

use std::time::Duration;

use jarvis_domain::{Explain, SystemClock};

use super::*;
use crate::ssh::settings::tests::settings;

/// What is asked for at `node`, which ends it no earlier than any test does.
fn there(node: &str) -> There {
    let argv = vec!["sensors".to_owned()];
    There { node: node.parse().unwrap(), argv, at_most: Some(Duration::from_secs(600)) }
}

#[tokio::test]
async fn a_machine_without_ssh_is_told_so_and_a_strange_node_is_not_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let addresses = BTreeMap::from([("pve1".parse().unwrap(), "192.0.2.1".parse().unwrap())]);
    let settings = SshSettings { program: "/nowhere/ssh".into(), addresses, ..settings() };
    let clock = Arc::new(SystemClock);
    let ssh = Ssh::new(settings, folder.path().join("ssh"), clock).unwrap().with_pve(folder.path());
    for (node, code) in [("pve1", "cluster-ssh-no-program"), ("ghost", "cluster-ssh-unknown-node")]
    {
        let read = ssh.capture(&there(node), 10, Overflow::Fail).await.unwrap_err();
        let write = ssh.line(&there(node)).await.unwrap_err();
        assert_eq!((read.row().code, write.row().code), (code, code));
    }
}

#[tokio::test]
async fn a_state_folder_that_is_too_deep_fails_only_who_goes_to_a_node() {
    let deep = PathBuf::from(format!("/{}", "x".repeat(100)));
    let ssh = Ssh::new(settings(), deep, Arc::new(SystemClock)).unwrap();
    let error = ssh.capture(&there("pve1"), 10, Overflow::Fail).await.unwrap_err();
    assert_eq!(error.row().code, "cluster-ssh-setting");
}

#[test]
fn control_sockets_are_short_and_one_a_node() {
    let clock = Arc::new(SystemClock);
    let ssh = Ssh::new(settings(), "/var/lib/jarvis/ssh".into(), clock).unwrap();
    let one = ssh.control(&"pve1".parse().unwrap());
    let two = ssh.control(&"x".repeat(63).parse().unwrap());
    assert_ne!(one, two);
    assert_eq!(two.as_os_str().len(), "/var/lib/jarvis/ssh/".len() + 12);
}
