//! Every command against the mock host: what is said, and what is started.

use std::time::Duration;

use jarvis_skill::mock::{MockHost, Scripted};
use jarvis_skill::{Error, Output, Request};
use serde_json::{Value, json};

use crate::install::ARGV;
use crate::invoke;

mod installing;
mod looking;

/// What `apt-get -s` prints for the packages of [`lab`].
const PLAN: &str = "Inst openssl [3.5.1-1] (3.5.4-1 Debian-Security:13/stable-security [amd64])\nInst pve-manager [9.2.11] (9.2.12 Proxmox Debian Repository:stable [all])\nInst proxmox-kernel-7.0 [7.0.2-6] (7.0.2-8 Proxmox Debian Repository:stable [all])\nInst proxmox-kernel-7.0.2-8-pve-signed (7.0.2-8 Proxmox Debian Repository:stable [amd64])\n";

fn package(name: &str, old: Option<&str>, new: &str, origin: &str) -> Value {
    let mut package = json!({"Package": name, "Version": new, "Origin": origin, "Title": name});
    if let Some(old) = old {
        package["OldVersion"] = json!(old);
    }
    package
}

/// Four updates.
fn four() -> Value {
    json!([
        package("pve-manager", Some("9.2.11"), "9.2.12", "Proxmox"),
        package("proxmox-kernel-7.0", Some("7.0.2-6"), "7.0.2-8", "Proxmox"),
        package("proxmox-kernel-7.0.2-8-pve-signed", None, "7.0.2-8", "Proxmox"),
        package("openssl", Some("3.5.1-1"), "3.5.4-1", "Debian"),
    ])
}

fn printed(status: i32, text: &str) -> Result<Output, Error> {
    Ok(Output { status, stdout: text.into(), stderr: Vec::new(), truncated: false })
}

fn list(node: &str) -> String {
    format!("/nodes/{node}/apt/update")
}

fn simulation(node: &str) -> String {
    format!("{node}: apt-get -s dist-upgrade")
}

fn upgrade(node: &str) -> String {
    format!("{node}: {}", ARGV.join(" "))
}

/// `home` has four updates and a shell, `pve2` one update and no shell, `pve3`
/// none, `pve4` is offline.
fn lab() -> MockHost {
    let far = Error::Unavailable("jarvis cannot run programs on pve2 yet".into());
    MockHost::new()
        .node("home", "online")
        .node("pve2", "online")
        .node("pve3", "online")
        .node("pve4", "offline")
        .reads(&list("home"), four())
        .runs(&simulation("home"), printed(0, PLAN))
        .reads(&list("pve2"), json!([package("tzdata", Some("a"), "b", "Debian")]))
        .runs(&simulation("pve2"), Err(far))
        .reads(&list("pve3"), json!([]))
}

/// What `invoke` says: the outcome's word or `error`, and the sentence.
fn said(host: &MockHost, request: &Request) -> (&'static str, String) {
    match invoke(host, request) {
        Ok(reply) => (reply.outcome.as_str(), reply.speech),
        Err(error) => ("error", error.sentence()),
    }
}

fn on(command: &str, node: &str) -> Request {
    Request::new(command).with("node", node)
}

#[test]
fn bad_requests_are_refused() {
    for bad in [
        Request::new("install"),
        Request::new("install").with("node", 3),
        Request::new("pending").with("node", 3),
        Request::new("update"),
        Request::new(""),
    ] {
        let host = lab();
        assert!(matches!(invoke(&host, &bad), Err(Error::Invalid(_))), "{bad:?}");
        assert!(host.written().is_empty());
    }
    for command in ["install", "pending", "refresh", "reboot-needed"] {
        let answer = invoke(&lab(), &on(command, "ghost"));
        assert!(matches!(answer, Err(Error::NotFound(_))), "{command}: {answer:?}");
    }
    for command in ["install-all", "pending", "refresh", "reboot-needed"] {
        let answer = invoke(&MockHost::new(), &Request::new(command));
        assert!(matches!(answer, Err(Error::NotFound(_))), "{command}: {answer:?}");
    }
}

#[test]
fn a_denial_reaches_the_host_as_it_is() {
    let denied = Error::Denied("add this grant: …".into());
    let reads = lab().fails(&list("home"), denied.clone());
    for request in [on("pending", "home"), on("install", "home"), Request::new("install-all")] {
        assert_eq!(invoke(&reads, &request), Err(denied.clone()), "{request:?}");
    }
    let writes = lab().writes(&list("home"), Scripted::Refused(denied.clone()));
    assert_eq!(invoke(&writes, &on("refresh", "home")), Err(denied.clone()));
    let installs = lab().writes(&upgrade("home"), Scripted::Refused(denied.clone()));
    assert_eq!(invoke(&installs, &on("install", "home")), Err(denied));
}

#[test]
fn a_refresh_says_what_waits_after_it() {
    let told = "Refreshed the package lists of home. home has 4 updates waiting, 1 of them for security: openssl. The others: a new kernel and pve-manager.";
    let host = lab();
    assert_eq!(said(&host, &on("refresh", "home")), ("done", told.to_owned()));
    assert_eq!(host.written(), ["create /nodes/home/apt/update"]);

    let (outcome, told) = said(&lab(), &Request::new("refresh"));
    assert_eq!(outcome, "failed");
    assert!(
        told.starts_with("Refreshed the package lists of home, pve2 and pve3. pve4 is offline."),
        "{told}"
    );
    let host = lab()
        .writes(&list("home"), Scripted::ends("command 'apt-get update' failed: exit code 100"));
    let told = "home was not refreshed: command 'apt-get update' failed: exit code 100.";
    assert_eq!(said(&host, &on("refresh", "home")), ("error", told.to_owned()));
    let host = lab().writes(&list("home"), Scripted::never_ends());
    let told = "home is still fetching package lists.";
    assert_eq!(said(&host, &on("refresh", "home")), ("started", told.to_owned()));
    let down = said(&lab(), &on("refresh", "pve4"));
    assert_eq!(down, ("error", "pve4 is offline.".to_owned()));
}

#[test]
fn refreshes_go_on_side_by_side() {
    let long = || Scripted::Ends(Duration::from_secs(40), "ok".to_owned());
    let host = lab()
        .writes(&list("home"), long())
        .writes(&list("pve2"), long())
        .writes(&list("pve3"), long());
    let (_, told) = said(&host, &Request::new("refresh"));
    assert!(told.contains("lists of home, pve2 and pve3"), "{told}");
}
