//! What waits, and whether a reboot is due.

use std::time::Duration;

use jarvis_skill::mock::MockHost;
use jarvis_skill::{Error, Failure};
use serde_json::json;

use super::*;

const FLAG: &str = "test -e /var/run/reboot-required";

#[test]
fn what_waits_on_one_node_is_told_with_security_first() {
    for (node, told) in [
        (
            "home",
            "home has 4 updates waiting, 1 of them for security: openssl. The others: a new kernel and pve-manager.",
        ),
        ("pve2", "pve2 has 1 update waiting: tzdata."),
        ("pve3", "pve3 is up to date."),
    ] {
        let host = lab();
        assert_eq!(said(&host, &on("pending", node)), ("done", told.to_owned()));
        assert!(host.written().is_empty());
    }
    let plan = PLAN.replace("Debian-Security:13/stable-security", "Debian:13.4/stable");
    let host = lab().runs(&simulation("home"), printed(0, &plan));
    let told =
        "home has 4 updates waiting: openssl, a new kernel and pve-manager. None is for security.";
    assert_eq!(said(&host, &on("pending", "home")).1, told);
}

#[test]
fn what_waits_on_all_nodes_is_counted() {
    let told = "5 updates wait: 4 on home and 1 on pve2. 1 of them is for security: openssl. pve4 is offline.";
    assert_eq!(said(&lab(), &Request::new("pending")), ("done", told.to_owned()));
    let host = lab().reads(&list("home"), json!([])).reads(&list("pve2"), json!([]));
    let told = "home, pve2 and pve3 are up to date. pve4 is offline.";
    assert_eq!(said(&host, &Request::new("pending")).1, told);
}

#[test]
fn programs_get_every_package_and_screens_a_table() {
    let reply = invoke(&lab(), &Request::new("pending")).unwrap();
    let data = reply.data.unwrap();
    assert_eq!(
        data["nodes"][0]["updates"][0],
        json!({"name": "openssl", "old": "3.5.1-1", "new": "3.5.4-1", "origin": "Debian", "security": true, "kept_back": false})
    );
    assert_eq!(data["nodes"][0]["security"], 1);
    // Without a look into the node's shell nobody can tell.
    assert_eq!(data["nodes"][1]["security"], json!(null));
    assert_eq!(data["nodes"][3], json!({"node": "pve4", "error": "pve4 is offline"}));
    let detail = reply.detail.unwrap();
    assert!(
        detail.contains("| home | openssl | 3.5.1-1 | 3.5.4-1 | Debian, security |"),
        "{detail}"
    );
    assert!(
        detail.contains("| home | proxmox-kernel-7.0.2-8-pve-signed | new | 7.0.2-8 | Proxmox |"),
        "{detail}"
    );
}

#[test]
fn hundreds_of_updates_fit_into_a_reply() {
    let many = (0..3000).map(|n| package(&format!("package-{n}"), Some("1"), "2", "Debian"));
    let host = lab().reads(&list("pve2"), many.collect());
    let reply = invoke(&host, &on("pending", "pve2")).unwrap();
    assert!(reply.speech.starts_with("pve2 has 3000 updates waiting: "), "{}", reply.speech);
    assert!(reply.detail.unwrap().len() < 64 << 10);
    let data = reply.data.unwrap();
    assert!(data.to_string().len() < 256 << 10);
    assert_eq!(data["nodes"][0]["truncated"], true);
}

#[test]
fn a_node_that_cannot_be_asked_is_said_not_hidden() {
    for (error, why) in [
        (Error::Timeout, "did not answer in time"),
        (Error::Unavailable("no route".into()), "could not be asked (no route)"),
        (Error::failure("apt is broken."), "could not be asked (apt is broken)"),
    ] {
        let host = lab().fails(&list("home"), error);
        assert_eq!(said(&host, &on("pending", "home")), ("error", format!("home {why}.")));
        let (outcome, told) = said(&host, &Request::new("pending"));
        assert_eq!(outcome, "done");
        assert!(told.contains(&format!("home {why}.")), "{told}");
    }
    let garbled = lab().reads(&list("home"), json!({"a": 1}));
    assert_eq!(said(&garbled, &on("pending", "home")).1, "home gave a garbled list of updates.");
    let odd = json!([{"Package": "x\n\u{202e}y"}, {"Version": "1"}, 7, null]);
    let told = said(&lab().reads(&list("pve2"), odd), &on("pending", "pve2")).1;
    assert_eq!(told, "pve2 has 1 update waiting: x y.");
    assert_eq!(said(&lab(), &on("pending", "pve4")), ("error", "pve4 is offline.".into()));
    let host = lab();
    host.pass(Duration::from_secs(59));
    let (_, told) = said(&host, &on("pending", "home"));
    assert_eq!(told, "home was not asked, because there was no time left.");
}

#[test]
fn apt_is_asked_where_proxmox_does_not_show_its_list() {
    let forbidden = || {
        Error::Failed(Failure { status: 403, message: "jarvis@pve!read lacks Sys.Modify".into() })
    };
    let host = lab().fails(&list("home"), forbidden());
    let reply = invoke(&host, &on("pending", "home")).unwrap();
    assert_eq!(
        reply.speech,
        "home has 4 updates waiting, 1 of them for security: openssl. The others: a new kernel and pve-manager."
    );
    assert_eq!(
        reply.data.unwrap()["nodes"][0]["updates"][0],
        json!({"name": "openssl", "old": "3.5.1-1", "new": "3.5.4-1", "origin": "Debian", "security": true, "kept_back": false})
    );
    let none = "0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n";
    let nothing = host.runs(&simulation("home"), printed(0, none));
    assert_eq!(said(&nothing, &on("pending", "home")).1, "home is up to date.");
    // Where neither can be asked, what Proxmox said is the reason; nothing else
    // is a right that lacks.
    let key_of_another_command = printed(0, "{\"coretemp-isa-0000\":{}}");
    for answer in [
        printed(100, "E: broken"),
        key_of_another_command,
        Err(Error::Timeout),
        Err(Error::Denied("no".into())),
    ] {
        let host = lab().fails(&list("home"), forbidden()).runs(&simulation("home"), answer);
        let (outcome, told) = said(&host, &on("pending", "home"));
        assert_eq!(outcome, "error");
        assert!(told.contains("jarvis@pve!read lacks Sys.Modify"), "{told}");
    }
    let denied = Error::Denied("cluster-read does not cover it".into());
    let host = lab().fails(&list("home"), denied.clone());
    assert_eq!(invoke(&host, &on("pending", "home")).unwrap_err(), denied);
    let broken = Error::Failed(Failure { status: 500, message: "apt is broken".into() });
    let host = lab().fails(&list("home"), broken);
    assert_eq!(said(&host, &on("pending", "home")).0, "error");
}

#[test]
fn a_simulation_that_fails_only_leaves_the_security_open() {
    for answer in [
        printed(100, "E: broken"),
        printed(0, "{\"coretemp-isa-0000\":{}}"),
        Err(Error::Timeout),
        Err(Error::Denied("no".into())),
    ] {
        let host = lab().runs(&simulation("home"), answer);
        let reply = invoke(&host, &on("pending", "home")).unwrap();
        assert!(!reply.speech.contains("security"), "{}", reply.speech);
        assert_eq!(reply.data.unwrap()["nodes"][0]["security"], json!(null));
    }
}

/// `pve1` runs the older of two kernels, `pve2` its only one, `pve3` was asked
/// for a reboot by a package.
fn kernels() -> MockHost {
    let status = |release: &str| json!({"current-kernel": {"release": release}});
    let image = |release: &str| json!({"Package": format!("proxmox-kernel-{release}-signed"), "CurrentState": "Installed"});
    let old = "7.0.2-6-pve";
    let mut host = MockHost::new();
    for (node, newest, flag) in [("pve1", "7.0.2-10-pve", 1), ("pve2", old, 1), ("pve3", old, 0)] {
        host = host
            .node(node, "online")
            .reads(&format!("/nodes/{node}/status"), status(old))
            .reads(&format!("/nodes/{node}/apt/versions"), json!([image(old), image(newest)]))
            .runs(&format!("{node}: {FLAG}"), printed(flag, ""));
    }
    host.node("pve4", "offline")
}

#[test]
fn a_reboot_is_due_for_a_new_kernel_or_when_a_package_asks() {
    for (node, told) in [
        ("pve1", "pve1 needs a reboot for the new kernel 7.0.2-10-pve."),
        ("pve2", "pve2 needs no reboot."),
        ("pve3", "pve3 needs a reboot, which an installed package asked for."),
    ] {
        assert_eq!(said(&kernels(), &on("reboot-needed", node)), ("done", told.to_owned()));
    }
    let told = "pve1 needs a reboot for the new kernel 7.0.2-10-pve. pve3 needs a reboot, which an installed package asked for. pve4 is offline.";
    assert_eq!(said(&kernels(), &Request::new("reboot-needed")), ("done", told.to_owned()));
    let data = invoke(&kernels(), &Request::new("reboot-needed")).unwrap().data.unwrap();
    assert_eq!(data["nodes"][0]["newest_kernel"], "7.0.2-10-pve");
    assert_eq!(data["nodes"][1]["reboot_needed"], false);
    let well = kernels()
        .reads("/nodes/pve1/apt/versions", json!([]))
        .runs(&format!("pve3: {FLAG}"), printed(1, ""));
    let told = "None of pve1, pve2 and pve3 needs a reboot. pve4 is offline.";
    assert_eq!(said(&well, &Request::new("reboot-needed")).1, told);
}

#[test]
fn what_cannot_be_told_is_not_called_well() {
    let far = Err(Error::Unavailable("far away".into()));
    let host = kernels()
        .reads("/nodes/pve2/apt/versions", json!([]))
        .runs(&format!("pve2: {FLAG}"), far.clone());
    let told = "pve2 does not tell which kernel it runs, and which it has.";
    assert_eq!(said(&host, &on("reboot-needed", "pve2")), ("error", told.to_owned()));
    // The kernels alone tell enough.
    let host = kernels().runs(&format!("pve2: {FLAG}"), far);
    assert_eq!(said(&host, &on("reboot-needed", "pve2")).1, "pve2 needs no reboot.");
    let host = kernels().fails("/nodes/pve2/status", Error::Timeout);
    let told = "pve2 did not answer in time.";
    assert_eq!(said(&host, &on("reboot-needed", "pve2")), ("error", told.to_owned()));
    let told = said(&kernels(), &on("reboot-needed", "pve4"));
    assert_eq!(told, ("error", "pve4 is offline.".to_owned()));
}

#[test]
fn german_is_answered_in_german() {
    let german = |request: Request| Request { locale: "de".to_owned(), ..request };
    for (request, told) in [
        (
            on("pending", "home"),
            "Auf home warten 4 Updates, davon 1 für die Sicherheit: openssl. Die anderen: ein neuer Kernel und pve-manager.",
        ),
        (on("pending", "pve2"), "Auf pve2 wartet ein Update: tzdata."),
        (on("pending", "pve3"), "pve3 ist auf dem neuesten Stand."),
        (
            Request::new("pending"),
            "Es warten 5 Updates: 4 auf home und 1 auf pve2. Davon für die Sicherheit: 1, nämlich openssl. pve4 ist offline.",
        ),
    ] {
        assert_eq!(said(&lab(), &german(request)), ("done", told.to_owned()));
    }
}
