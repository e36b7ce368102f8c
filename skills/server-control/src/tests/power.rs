//! Reboot, shut down, wake; one and all.

use std::time::Duration;

use super::*;

const ALL: [u8; 4] = [1; 4];

fn cluster(online: [u8; 4], quorate: u8) -> MockHost {
    lab().reads("/cluster/status", status(online, quorate))
}

#[test]
fn each_form_makes_its_call_or_says_why_not() {
    for (command, node, online, outcome, speech, writes) in [
        (
            "reboot",
            "pve2",
            ALL,
            "done",
            "Rebooted pve2.",
            &["create /nodes/pve2/status command=reboot"][..],
        ),
        (
            "shut-down",
            "pve3",
            ALL,
            "done",
            "Shut down pve3.",
            &["create /nodes/pve3/status command=shutdown"],
        ),
        ("wake", "pve4", [1, 1, 1, 0], "done", "Woke pve4.", &["create /nodes/pve4/wakeonlan"]),
        (
            "reboot",
            "pve4",
            [1, 1, 1, 0],
            "nothing-changed",
            "pve4 is offline, so there is nothing to reboot.",
            &[],
        ),
        ("shut-down", "pve4", [1, 1, 1, 0], "nothing-changed", "pve4 is offline already.", &[]),
        ("wake", "pve2", ALL, "nothing-changed", "pve2 is online already.", &[]),
        ("wake", "home", ALL, "nothing-changed", "home is online already.", &[]),
    ] {
        let host = cluster(online, 1);
        assert_eq!(said(&host, &on(command, node)), (outcome, speech.to_owned()), "{command}");
        assert_eq!(host.written(), writes, "{command} {node}");
    }
}

#[test]
fn what_became_of_it_is_told_in_proxmoxs_words() {
    for (command, path, end, outcome, speech) in [
        (
            "reboot",
            "status",
            Scripted::never_ends(),
            "started",
            "pve2 is rebooting and not back yet.",
        ),
        ("shut-down", "status", Scripted::never_ends(), "started", "pve2 is still shutting down."),
        (
            "reboot",
            "status",
            Scripted::ends("unverified: node pve2 is still online, 903 s after the request"),
            "unknown",
            "It is not certain that pve2 was rebooted: node pve2 is still online, 903 s after the request.",
        ),
        (
            "reboot",
            "status",
            Scripted::ends("proxy handler failed: ssh: No route to host"),
            "error",
            "pve2 was not rebooted: proxy handler failed: ssh: No route to host.",
        ),
        (
            "shut-down",
            "status",
            Scripted::Refused(Error::Timeout),
            "unknown",
            "It is not certain that pve2 was shut down: it took too long.",
        ),
    ] {
        let host = cluster(ALL, 1).writes(&format!("/nodes/pve2/{path}"), end.clone());
        assert_eq!(said(&host, &on(command, "pve2")), (outcome, speech.to_owned()), "{end:?}");
    }
    let missing = Scripted::ends("No wake on LAN MAC address defined for 'pve2'!");
    let host = cluster([1, 0, 1, 1], 1).writes("/nodes/pve2/wakeonlan", missing);
    let (outcome, speech) = said(&host, &on("wake", "pve2"));
    assert_eq!(outcome, "error");
    assert!(speech.ends_with("enter its MAC address for Wake-on-LAN."), "{speech}");
    let host = cluster([1, 0, 1, 1], 1).writes("/nodes/pve2/wakeonlan", Scripted::never_ends());
    assert_eq!(said(&host, &on("wake", "pve2")), ("started", "pve2 is not up yet.".to_owned()));
}

#[test]
fn its_own_node_is_not_waited_for() {
    for (command, speech) in [
        (
            "reboot",
            "home is rebooting and not back yet. I run on it, so you do not hear from me until it is back.",
        ),
        (
            "shut-down",
            "home is still shutting down. I run on it, so you do not hear from me until somebody turns it on.",
        ),
    ] {
        let minute = Scripted::Ends(Duration::from_secs(50), "ok".to_owned());
        let host = cluster(ALL, 1).writes("/nodes/home/status", minute);
        assert_eq!(said(&host, &on(command, "home")), ("started", speech.to_owned()));
        let refused = cluster(ALL, 1).writes("/nodes/home/status", Scripted::ends("no"));
        assert_eq!(said(&refused, &on(command, "home")).0, "error");
    }
}

#[test]
fn all_are_done_one_after_another_and_its_own_last() {
    let reboot = |name: &str| format!("create /nodes/{name}/status command=reboot");
    for (request, online, expected) in [
        (Request::new("reboot-all"), ALL, &["pve2", "pve3", "pve4", "home"][..]),
        (Request::new("reboot-all").with("which", "others"), ALL, &["pve2", "pve3", "pve4"]),
        (Request::new("reboot-all").with("except", "pve3"), ALL, &["pve2", "pve4", "home"]),
        (Request::new("reboot-all"), [1, 1, 1, 0], &["pve2", "pve3", "home"]),
    ] {
        let host = cluster(online, 1);
        assert_eq!(said(&host, &request).0, "done", "{request:?}");
        let expected: Vec<String> = expected.iter().map(|name| reboot(name)).collect();
        assert_eq!(host.written(), expected, "{request:?}");
        let dry = cluster(online, 1);
        invoke(&dry, &Request { dry_run: true, ..request }).unwrap();
        assert_eq!(dry.calls(), host.calls());
    }
    let host = cluster([1, 0, 1, 0], 1);
    let speech = "Woke pve2 and pve4. pve3 and home are online already.";
    assert_eq!(said(&host, &Request::new("wake-all")), ("done", speech.to_owned()));
    let host = cluster(ALL, 1);
    assert_eq!(said(&host, &Request::new("shut-down-all")).0, "done");
    assert_eq!(host.written().last().unwrap(), "create /nodes/home/status command=shutdown");
}

#[test]
fn the_first_failure_is_the_end_and_the_rest_is_named() {
    for (end, outcome, speech) in [
        (
            Scripted::ends("no route to host"),
            "failed",
            "Rebooted pve2. pve3 was not rebooted: no route to host. pve4 and home were not touched.",
        ),
        (
            Scripted::never_ends(),
            "started",
            "Rebooted pve2. pve3 is rebooting and not back yet. pve4 and home were not touched.",
        ),
        (
            Scripted::ends("unverified: it is still online"),
            "unknown",
            "Rebooted pve2. It is not certain that pve3 was rebooted: it is still online. pve4 and home were not touched.",
        ),
    ] {
        let host = cluster(ALL, 1).writes("/nodes/pve3/status", end);
        let reply = invoke(&host, &Request::new("reboot-all")).unwrap();
        assert_eq!((reply.outcome.as_str(), reply.speech.as_str()), (outcome, speech));
        assert_eq!(host.written().len(), 2);
        let detail = reply.detail.unwrap();
        assert!(detail.contains("| pve2 | done |") && detail.contains("| home | not touched |"));
        assert_eq!(reply.data.unwrap()["nodes"][2]["result"], "not-reached");
    }
}

#[test]
fn without_quorum_nodes_are_rebooted_only_by_name() {
    let host = cluster([1, 0, 0, 0], 0);
    let (outcome, speech) = said(&host, &Request::new("reboot-all"));
    assert_eq!(outcome, "error");
    assert!(speech.starts_with("The cluster has no quorum"), "{speech}");
    assert!(host.written().is_empty());
    assert_eq!(said(&host, &on("reboot", "home")).0, "done");
    // To wake them is what helps.
    assert_eq!(said(&host, &Request::new("wake-all")).0, "done");
}

#[test]
fn a_single_machine_has_no_other_nodes() {
    let alone = json!([{"type": "node", "name": "solo", "nodeid": 0, "local": 1, "online": 1}]);
    let host = MockHost::new().reads("/cluster/status", alone);
    let others = Request::new("reboot-all").with("which", "others");
    assert!(matches!(invoke(&host, &others), Err(Error::NotFound(_))));
    assert_eq!(said(&host, &on("reboot", "solo")).0, "done");
}
