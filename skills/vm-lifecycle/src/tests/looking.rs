//! `list` and `status`.

use jarvis_skill::mock::MockHost;
use jarvis_skill::{Error, Request};
use serde_json::json;

use super::{lab, on, said};
use crate::invoke;

#[test]
fn lists_what_is_asked_for() {
    for (arguments, speech) in [
        (
            &[][..],
            "There are 8 guests: 2 running, 4 stopped, 1 suspended and 1 unknown. Also 1 template.",
        ),
        (&[("state", "running")], "2 guests are running: mediaserver and pihole."),
        (&[("state", "suspended")], "1 guest is suspended: database."),
        (&[("only", "container")], "There are 2 containers: 1 running and 1 stopped."),
        (&[("only", "container"), ("state", "suspended")], "No containers are suspended."),
        (&[("node", "pve4")], "There is 1 guest on pve4: far-away."),
        (&[("node", "home"), ("state", "stopped")], "1 guest on home is stopped: jellyfin."),
        (&[("tag", "web")], "There is 1 guest tagged web: webserver-01."),
        (&[("tag", "absent")], "There are no guests tagged absent."),
        (&[("node", "ghost")], "There are no guests on ghost."),
    ] {
        let host = lab();
        let request = arguments
            .iter()
            .fold(Request::new("list"), |request, (name, value)| request.with(*name, *value));
        assert_eq!(said(&host, &request), ("done", speech.to_owned()), "{arguments:?}");
        assert!(host.written().is_empty());
    }
}

#[test]
fn a_list_has_a_table_and_data() {
    let reply = invoke(&lab(), &Request::new("list")).unwrap();
    let detail = reply.detail.unwrap();
    assert!(detail.contains("| 102 | webserver-01 | VM | pve2 | stopped | web |"), "{detail}");
    assert!(detail.contains("| 110 | debian-12 | VM | pve2 | template | media |"), "{detail}");
    let data = reply.data.unwrap();
    assert_eq!(data["guests"].as_array().unwrap().len(), 9);
    assert_eq!(data["guests"][0]["state"], "running");
    assert_eq!(data["as_of"], MockHost::BEGAN_MS);
}

#[test]
fn names_in_a_table_are_not_markup() {
    let host = MockHost::new().vm(120, "a|b\n<script>", "home", "running");
    let detail = invoke(&host, &Request::new("list")).unwrap().detail.unwrap();
    assert!(detail.contains("| a\\|b \\<script\\> |"), "{detail}");
}

#[test]
fn many_guests_are_counted() {
    let host = (200..220)
        .fold(MockHost::new(), |host, vmid| host.vm(vmid, &format!("vm{vmid}"), "home", "running"));
    let (_, speech) = said(&host.paged(7), &Request::new("list").with("state", "running"));
    assert!(speech.starts_with("20 guests are running: vm200, vm201,"), "{speech}");
    assert!(speech.ends_with("vm207 and 12 more."), "{speech}");
}

#[test]
fn a_bad_filter_is_refused() {
    for (name, value) in [("state", json!("dead")), ("only", json!("qemu")), ("state", json!(1))] {
        let answer = invoke(&lab(), &Request::new("list").with(name, value));
        assert!(matches!(answer, Err(Error::Invalid(_))), "{answer:?}");
    }
}

#[test]
fn a_status_names_the_guest_and_what_holds_it() {
    for (vmid, speech) in [
        (101, "mediaserver is running."),
        (102, "webserver-01 is stopped."),
        (103, "database is suspended."),
        (105, "pihole is running."),
        (107, "nextcloud is stopped. It is locked by a backup."),
        (108, "sleeper is stopped. It is suspended to disk."),
        (110, "debian-12 is a template."),
        (111, "The state of far-away is not known; does its node pve4 answer?"),
    ] {
        let host = lab();
        assert_eq!(said(&host, &on("status", vmid)), ("done", speech.to_owned()));
        assert!(host.written().is_empty());
    }
    assert_eq!(said(&lab(), &on("status", 999)).0, "error");
}

#[test]
fn a_status_has_a_table_and_data() {
    let reply = invoke(&lab(), &on("status", 101)).unwrap();
    let detail = reply.detail.unwrap();
    assert!(detail.contains("| Up for | 3 days |"), "{detail}");
    assert_eq!(reply.data.unwrap()["uptime_seconds"], 259_200);
}
