use std::time::Duration;

use jarvis_skill::mock::MockHost;
use jarvis_skill::{Error, Outcome, Request};
use serde_json::json;

use crate::invoke;

const CORE: &str = "coretemp-isa-0000";
const NVME: &str = "nvme-pci-0100";

fn lab() -> MockHost {
    MockHost::new()
        .node("home", "online")
        .node("pve2", "online")
        .node("pve3", "online")
        .node("pve4", "offline")
        .sensors("home", &[(CORE, "Package id 0", 48.0), (CORE, "Core 0", 47.0)])
        .sensors("pve2", &[("k10temp-pci-00c3", "Tctl", 52.4)])
        .sensors("pve3", &[(CORE, "Package id 0", 61.0), (NVME, "Composite", 44.8)])
}

fn speech(host: &MockHost, request: &Request) -> String {
    let reply = invoke(host, request).unwrap();
    assert_eq!(reply.outcome, Outcome::Done);
    reply.speech
}

fn node(name: &str) -> Request {
    Request::new("node").with("node", name)
}

#[test]
fn one_node_and_its_disk() {
    let host = lab();
    assert_eq!(speech(&host, &node("home")), "home is at 48 degrees.");
    let pve3 = "pve3 is at 61 degrees, its warmest disk at 45 degrees.";
    assert_eq!(speech(&host, &node("pve3")), pve3);
    assert!(host.written().is_empty());
}

#[test]
fn all_nodes_with_those_that_are_silent() {
    let told = "home is at 48 degrees, pve2 at 52 and pve3 at 61. pve4 is offline.";
    assert_eq!(speech(&lab(), &Request::new("all")), told);
}

#[test]
fn the_hottest() {
    let hottest = Request::new("hottest");
    let told = "pve3 is the hottest, at 61 degrees. pve4 is offline.";
    assert_eq!(speech(&lab(), &hottest), told);
    let tied = lab().sensors("home", &[(CORE, "Package id 0", 61.2)]);
    let told = "home and pve3 are the hottest, at 61 degrees. pve4 is offline.";
    assert_eq!(speech(&tied, &hottest), told);
}

#[test]
fn many_nodes_are_told_as_a_range() {
    let host = (1..=9).fold(MockHost::new(), |host, n| {
        let name = format!("pve{n}");
        host.node(&name, "online").sensors(&name, &[(CORE, "Package id 0", 40.0 + f64::from(n))])
    });
    let told = "9 nodes are between 41 and 49 degrees; the hottest is pve9.";
    assert_eq!(speech(&host, &Request::new("all")), told);
}

#[test]
fn a_sensor_near_its_limit_is_pointed_out() {
    let host = MockHost::new()
        .node("pve1", "online")
        .sensors("pve1", &[(CORE, "Package id 0", 93.0), (CORE, "Core 2", 97.0)]);
    let told = "pve1 is at 93 degrees. Core 2 is close to its limit of 100 degrees.";
    assert_eq!(speech(&host, &node("pve1")), told);
}

#[test]
fn a_node_that_cannot_be_read_is_said_not_hidden() {
    for (error, why) in [
        (Error::Timeout, "pve2 did not answer in time"),
        (
            Error::Unavailable("ssh: No route to host".into()),
            "pve2 could not be read (ssh: No route to host)",
        ),
        (Error::Busy(100), "pve2 could not be read (there is too much to do at the moment)"),
    ] {
        let host = lab().no_sensors("pve2", error);
        assert_eq!(invoke(&host, &node("pve2")), Err(Error::Unavailable(format!("{why}."))));
        let told = speech(&host, &Request::new("all"));
        assert!(told.ends_with(&format!(" {why} and pve4 is offline.")), "{told}");
    }
    let host = lab().sensors("pve2", &[]).sensors("pve3", &[]);
    let told = speech(&host, &Request::new("hottest"));
    assert_eq!(
        told,
        "home is the hottest, at 48 degrees. pve2 and pve3 have no temperature sensors that can be read and pve4 is offline."
    );
}

#[test]
fn nothing_to_tell_is_an_error() {
    let down = MockHost::new().node("pve1", "offline");
    let none = Error::Unavailable("No temperature could be read. pve1 is offline.".to_owned());
    for command in ["all", "hottest"] {
        assert_eq!(invoke(&down, &Request::new(command)), Err(none.clone()));
        let empty = invoke(&MockHost::new(), &Request::new(command));
        assert!(matches!(empty, Err(Error::NotFound(_))), "{empty:?}");
    }
    assert_eq!(invoke(&down, &node("pve1")), Err(Error::Unavailable("pve1 is offline.".into())));
}

#[test]
fn bad_requests_are_refused() {
    assert!(matches!(invoke(&lab(), &node("ghost")), Err(Error::NotFound(_))));
    for bad in [
        Request::new("node"),
        Request::new("node").with("node", 3),
        Request::new("heat"),
        Request::new(""),
    ] {
        assert!(matches!(invoke(&lab(), &bad), Err(Error::Invalid(_))), "{bad:?}");
    }
}

#[test]
fn nodes_are_not_asked_when_the_time_is_over() {
    let host = lab();
    host.pass(Duration::from_secs(59));
    let error = invoke(&host, &Request::new("all")).unwrap_err();
    assert!(error.sentence().contains("were not asked"), "{error:?}");
    assert_eq!(host.calls(), ["find node"]);
}

#[test]
fn programs_get_numbers_and_screens_a_table() {
    let reply = invoke(&lab(), &Request::new("all")).unwrap();
    let data = reply.data.unwrap();
    assert_eq!(data["nodes"][2]["processor_celsius"], json!(61.0));
    assert_eq!(data["nodes"][2]["disk_celsius"], json!(44.8));
    assert_eq!(data["nodes"][3], json!({"node": "pve4", "error": "pve4 is offline"}));
    let detail = reply.detail.unwrap();
    assert!(detail.contains("| pve3 | 61.0 °C | 44.8 °C |"), "{detail}");
    assert!(detail.contains("| pve4 | is offline |"), "{detail}");
    let detail = invoke(&lab(), &node("pve3")).unwrap().detail.unwrap();
    assert!(detail.contains("| pve3 | nvme-pci-0100: Composite | 44.8 °C | 100 °C |"), "{detail}");
}

#[test]
fn how_hot_a_node_was_is_told_with_when() {
    let past = |name: &str| Request::new("past").with("node", name);
    for (samples, expected) in [
        (
            &[(1439, 48.0), (190, 71.4), (5, 52.0)][..],
            "In the last 23 hours pve4 was at most 71 degrees, 3 hours ago, and at least 48.",
        ),
        (
            &[(40, 50.0), (1, 60.0)],
            "In the last 40 minutes pve4 was at most 60 degrees, just now, and at least 50.",
        ),
        (
            &[(0, 50.0)],
            "In the last 60 seconds pve4 was at most 50 degrees, just now, and at least 50.",
        ),
    ] {
        assert_eq!(speech(&lab().was("pve4", samples), &past("pve4")), expected);
    }
    let reply = invoke(&lab().was("home", &[(1500, 99.0), (90, 71.4), (5, 52.0)]), &past("home"));
    let reply = reply.unwrap();
    let data = reply.data.unwrap();
    assert_eq!(data["highest"]["celsius"], json!(71.4), "what is older than a day is not told");
    assert_eq!(data["samples"].as_array().unwrap().len(), 2);
    let detail = reply.detail.unwrap();
    assert!(detail.contains("| the last hour | 52.0 °C | 52.0 °C |"), "{detail}");
    assert!(detail.contains("| 1 hour before | 71.4 °C | 71.4 °C |"), "{detail}");
}

#[test]
fn nothing_kept_is_said() {
    let past = |name: &str| Request::new("past").with("node", name);
    let error = invoke(&lab(), &past("home")).unwrap_err();
    assert!(matches!(&error, Error::Unavailable(why) if why.contains("are kept yet")), "{error:?}");
    assert!(matches!(invoke(&lab(), &past("ghost")), Err(Error::NotFound(_))));
    assert!(matches!(invoke(&lab(), &Request::new("past")), Err(Error::Invalid(_))));
}

#[test]
fn german_is_answered_in_german() {
    let german = |request: Request| Request { locale: "de-DE".to_owned(), ..request };
    for (request, told) in [
        (node("home"), "home hat 48 Grad."),
        (node("pve3"), "pve3 hat 61 Grad, die wärmste Platte 45 Grad."),
        (Request::new("all"), "home hat 48 Grad, pve2 52 und pve3 61. pve4 ist offline."),
        (Request::new("hottest"), "pve3 ist am wärmsten, mit 61 Grad. pve4 ist offline."),
    ] {
        assert_eq!(speech(&lab(), &german(request)), told);
    }
    let detail = invoke(&lab(), &german(Request::new("all"))).unwrap().detail.unwrap();
    assert!(detail.contains("| pve3 | 61,0 °C | 44,8 °C |"), "{detail}");
    let error = invoke(&lab(), &german(node("pve9"))).unwrap_err();
    assert_eq!(error.sentence(), "Den Knoten pve9 gibt es nicht.");
    // The next call may be in English again.
    assert_eq!(speech(&lab(), &node("home")), "home is at 48 degrees.");
}
