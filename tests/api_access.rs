//! A host that reaches its cluster by the HTTPS API, against the simulator's
//! doors: certificates, tokens and what goes wrong on the way.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use support::lab::Lab;

#[test]
fn what_is_read_and_done_goes_over_https_alone() {
    let lab = Lab::open();
    lab.ask(&lab.usual(), &["what is running"]).ended(0).says("mediaserver");
    let calls = lab.demo.fault(&["calls"]);
    assert!(calls.contains("/cluster/resources"), "{calls}");
    let healthy = lab.ask(&lab.usual(), &["is the cluster healthy"]).ended(0);
    assert!(!healthy.says("healthy").stdout.contains("jarvis runs here"), "on no node of it");
    lab.ask(&lab.usual(), &["start the web server"]).ended(0).says("Started webserver-01");
    assert_eq!(lab.demo.state_of(102), "running");
    lab.ask(&lab.usual(), &["--yes", "stop the web server"]).ended(0);
    assert_eq!(lab.demo.state_of(102), "stopped");
}

#[test]
fn several_clusters_are_told_apart_by_name() {
    let (home, lab) = (Lab::open(), Lab::open());
    let more = format!(
        "clusters:\n  - id: lab\n    names: [the lab, test bench]\n    access: api\n    api:\n    {}",
        lab.usual().replace("endpoints", "  endpoints").replace("\n    ", "\n      ")
    );
    let ask = |words: &[&str]| home.ask_beside(&home.usual(), &more, words);
    ask(&["start the web server in the lab"]).ended(0).says("In lab: Started webserver-01");
    assert_eq!(home.demo.state_of(102), "stopped");
    assert_eq!(lab.demo.state_of(102), "running");
    ask(&["is the web server running"]).ended(0).says("webserver-01 is stopped");
    ask(&["on the test bench, is the web server running"]).ended(0).says("In lab: ");
    // What would be lost is asked about by its place.
    ask(&["stop the web server in the lab"]).ended(4).says("In lab: ");
    ask(&["--cluster", "lab", "--yes", "stop the web server"]).ended(0);
    assert_eq!(lab.demo.state_of(102), "stopped");
    ask(&["--cluster", "moon", "what is running"]).ended(2).says("skill-other-cluster");
}

#[test]
fn a_node_that_is_off_is_asked_nothing() {
    let lab = Lab::open();
    lab.demo.fault(&["node", &lab.doors[0][0], "down"]);
    lab.ask(&lab.usual(), &["what is running"]).ended(0).says("nextcloud");
}

#[test]
fn only_the_pinned_certificate_will_do() {
    let lab = Lab::open();
    let [node, address, fingerprint] = &lab.doors[0];
    let pinned = |fingerprint: &str| {
        let read = lab.token("read", "jarvis@pve!read");
        format!("endpoints: [\"{address}\"]\n    fingerprint: [\"{fingerprint}\"]\n    {read}")
    };
    lab.ask(&pinned(fingerprint), &["what is running"]).ended(0).says("mediaserver");
    lab.demo.fault(&["certificate", node, "new"]);
    let refused = lab.ask(&pinned(fingerprint), &["what is running"]).ended(1);
    refused.says(fingerprint).says("hint:");
}

#[test]
fn without_a_credential_to_act_nothing_is_changed() {
    let lab = Lab::open();
    let api = lab.usual();
    let (read_only, _) = api.rsplit_once("\n    act:").unwrap();
    let ran = lab.ask(read_only, &["start the web server"]);
    ran.ended(1).says("the settings name nobody who may change things over the API");
    assert_eq!(lab.demo.state_of(102), "stopped");
}

#[test]
fn missing_rights_are_not_an_empty_cluster() {
    let lab = Lab::open();
    let api = lab
        .usual()
        .replace(&lab.token("read", "jarvis@pve!read"), &lab.token("read", "operator@pve!bare"));
    let ran = lab.ask(&api, &["what is running"]);
    assert_ne!(ran.code, 0, "{ran:?}");
    ran.says("Audit");
}

#[test]
fn whatever_a_door_does_no_answer_is_made_up() {
    let mut lab = Lab::open();
    let patience = lab.read_timeout;
    // What never comes is not waited for for long.
    lab.read_timeout = "3s";
    for trouble in ["babble", "hang", "garbage", "half", "flood"] {
        lab.demo.fault(&["https", trouble]);
        let ran = lab.ask(&lab.usual(), &["what is running"]);
        assert_eq!(ran.code, 1, "{trouble}: {ran:?}");
        ran.says("hint:");
        lab.demo.fault(&["https", "ok"]);
    }
    lab.read_timeout = patience;
    lab.ask(&lab.usual(), &["what is running"]).ended(0).says("mediaserver");
}

#[test]
fn an_action_whose_answer_is_lost_is_found_among_the_tasks() {
    let lab = Lab::open();
    // Acts, and says nothing: what began is found and followed all the same.
    lab.demo.fault(&["https", "lose"]);
    let ran = lab.ask(&lab.usual(), &["start the web server"]);
    assert!(ran.code == 0 || ran.code == 1, "{ran:?}");
    lab.demo.fault(&["https", "ok"]);
    if ran.code == 0 {
        assert_eq!(lab.demo.state_of(102), "running", "{ran:?}");
    }
}
