//! The updates skill: from the sentence through the built component, `pvesh`
//! and the node's shell to what is installed on the simulated nodes.

#[cfg(test)]
mod support;

use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Demo, Ran, copy};

/// The packages that wait on a node, as the simulator has them.
#[cfg(test)]
fn waiting(demo: &Demo, node: &str) -> Vec<String> {
    let list = demo.pvesh(&format!("/nodes/{node}/apt/update"));
    let name = |package: &Value| package["Package"].as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(name).collect()
}

#[cfg(test)]
fn counts(demo: &Demo) -> [usize; 4] {
    ["home", "pve2", "pve3", "pve4"].map(|node| waiting(demo, node).len())
}

/// How often apt-get was started to install.
#[cfg(test)]
fn installations(demo: &Demo) -> usize {
    demo.fault(&["calls"]).lines().filter(|call| call.contains("DEBIAN_FRONTEND")).count()
}

#[cfg(test)]
fn outcome(ran: &Ran) -> String {
    ran.json()["answer"]["outcome"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn what_waits_is_told_with_security_first() {
    let demo = Demo::serving(&[]);
    for (words, expected) in [
        (
            "are there any updates",
            "12 updates wait: 5 on home, 4 on pve2, 2 on pve3 and 1 on pve4.",
        ),
        ("are there any updates", "3 of them are for security: openssl."),
        (
            "what updates are waiting on node two",
            "pve2 has 4 updates waiting, 1 of them for security: openssl.",
        ),
        ("what updates are waiting on node two", "a new kernel"),
        ("is pve4 up to date?", "pve4 has 1 update waiting: tzdata."),
        ("list the pending updates for home", "pve-manager"),
        ("which nodes need updates", "12 updates wait"),
        ("check for updates", "12 updates wait"),
    ] {
        demo.ask(words).ended(0).says(expected);
    }
    let ran = demo.run(&["ask", "--demo", "--json", "show me the updates for pve3"]).ended(0);
    let first = ran.json()["answer"]["data"]["nodes"][0]["updates"][0].clone();
    assert_eq!(
        (first["name"].as_str(), first["security"].as_bool()),
        (Some("openssl"), Some(true))
    );
    assert_eq!(
        (first["old"].as_str(), first["origin"].as_str()),
        (Some("3.5.1-1"), Some("Debian"))
    );
    // A viewer may look.
    demo.run(&["ask", "--demo", "--as", "viewer", "are there any updates"]).ended(0);
    assert_eq!(installations(&demo), 0);
}

#[test]
fn a_refresh_finds_more() {
    let demo = Demo::serving(&[]);
    let told = demo.ask("check for new packages on pve4").ended(0);
    told.says("Refreshed the package lists of pve4.").says("curl");
    assert_eq!(waiting(&demo, "pve4"), ["tzdata", "curl"]);
    demo.ask("refresh the package lists").ended(0).says("home, pve2, pve3 and pve4");
    assert_eq!(counts(&demo), [6, 5, 3, 2]);
    demo.run(&["ask", "--demo", "--as", "viewer", "refresh the package lists"]).ended(5);
    demo.fault(&["node", "pve2", "apt", "locked"]);
    demo.ask("refresh the package lists of pve2").ended(1).says("pve2 was not refreshed");
}

#[test]
fn one_node_is_updated_and_then_needs_a_reboot() {
    let demo = Demo::serving(&[]);
    demo.ask("does node two need a reboot").ended(0).says("pve2 needs no reboot.");
    let question = demo.ask("install the updates on pve2").ended(4);
    let question = question.says("install all updates on node pve2 without further questions");
    question.says("4 updates for pve2 (1 for security)");
    assert_eq!(counts(&demo), [5, 4, 2, 1]);

    let told = demo.ask_yes("install the updates on pve2").ended(0);
    let told = told.says("Installed 4 updates on pve2.");
    told.says("pve2 needs a reboot for the new kernel 7.0.2-8-pve.");
    assert_eq!(counts(&demo), [5, 0, 2, 1]);
    demo.ask("do any nodes need a reboot").ended(0).says("pve2 needs a reboot");
    let again = demo.run(&["ask", "--demo", "--yes", "--json", "update pve2"]).ended(0);
    assert_eq!(outcome(&again), "nothing-changed", "{again:?}");
    again.says("pve2 is up to date.");
    assert_eq!(installations(&demo), 1);

    demo.fault(&["node", "pve2", "down"]);
    demo.fault(&["node", "pve2", "up"]);
    demo.ask("do any nodes need a reboot").ended(0).says("None of home, pve2, pve3 and pve4");
}

#[test]
fn every_node_is_asked_about_once_and_updated_in_turn() {
    let demo = Demo::serving(&[]);
    let asked = demo.run(&["ask", "--demo", "--json", "update every node"]).ended(4);
    let question = &asked.json()["question"];
    assert_eq!(question["plan"].as_array().unwrap().len(), 4, "{asked:?}");
    let note = question["note"].as_str().unwrap();
    for part in ["5 updates for home", "4 updates for pve2", "1 update for pve4", "a new kernel"] {
        assert!(note.contains(part), "{part}: {note}");
    }
    let id = question["id"].as_str().unwrap();
    let told = demo.run(&["confirm", "--demo", id]).ended(0);
    let told = told.says("Installed 5 updates on home, 4 updates on pve2, 2 updates on pve3 and");
    told.says("home and pve2 need a reboot for the new kernel");
    assert_eq!(counts(&demo), [0, 0, 0, 0]);
    assert_eq!(installations(&demo), 4);
    demo.ask("are there any updates").ended(0).says("are up to date.");
    demo.run(&["audit", "verify", "--demo"]).ended(0);
}

#[test]
fn the_first_failure_stops_it_and_the_rest_is_named() {
    let demo = Demo::serving(&[]);
    demo.fault(&["node", "pve2", "apt", "broken"]);
    let ran = demo.run(&["ask", "--demo", "--yes", "--json", "update every node"]).ended(1);
    assert_eq!(outcome(&ran), "failed", "{ran:?}");
    let ran = ran.says("Installed 5 updates on home.").says("pve2 got only 3 of its 4 updates");
    ran.says("pve3 and pve4 were not begun.").says("error processing package tzdata");
    assert_eq!(counts(&demo), [0, 1, 2, 1]);
    // Once it is mended, the same sentence does what is left.
    demo.fault(&["node", "pve2", "apt", "ok"]);
    let ran = demo.ask_yes("update every node").ended(0).says("home is up to date.");
    ran.says("Installed 1 update on pve2, 2 updates on pve3 and 1 update on pve4.");
    assert_eq!(counts(&demo), [0, 0, 0, 0]);
}

#[test]
fn a_locked_dpkg_is_left_alone() {
    let demo = Demo::serving(&[]);
    demo.fault(&["node", "pve3", "apt", "locked"]);
    let ran = demo.ask_yes("install the updates on pve3").ended(1);
    ran.says("pve3 was not updated: another installation is running there already.");
    assert_eq!(counts(&demo), [5, 4, 2, 1]);
}

#[test]
fn a_node_that_is_down_is_left_out_and_said() {
    let demo = Demo::serving(&[]);
    demo.fault(&["node", "pve3", "down"]);
    demo.ask("are there any updates").ended(0).says("pve3 is offline.");
    demo.ask_yes("update pve3").ended(1).says("pve3 is offline.");
    let asked = demo.ask("update all nodes").ended(4);
    let asked = asked.says("Left out: pve3 is offline.");
    assert!(!asked.stdout.contains("on node pve3"), "{asked:?}");
    demo.ask_yes("update all nodes").ended(1).says("Installed").says("pve3 is offline.");
    demo.fault(&["node", "pve3", "up"]);
    assert_eq!(counts(&demo), [0, 0, 2, 0]);
}

/// The skills, with a budget of the updates skill that is soon over, and long enough to
/// begin on a busy machine.
#[cfg(test)]
fn hasty(demo: &Demo) -> String {
    let folder = demo.root().join("skills");
    let built = support::jarvis().with_file_name("skills").join("updates");
    copy(&built, &folder.join("updates"));
    let manifest = folder.join("updates/skill.yaml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    assert!(text.contains("time: 2h"));
    std::fs::write(&manifest, text.replace("time: 2h", "time: 12s")).unwrap();
    folder.to_str().unwrap().to_owned()
}

#[test]
fn what_outlasts_the_call_goes_on_and_is_found_in_the_runs() {
    let mut demo = Demo::alone();
    let skills = hasty(&demo);
    demo.start(&["--skills", &skills]);
    demo.fault(&["node", "home", "apt", "hang"]);
    let ran = demo.run(&["ask", "--demo", "--yes", "--json", "update every node"]).ended(0);
    assert_eq!(outcome(&ran), "started", "{ran:?}");
    let ran = ran.says("home is still installing its updates");
    let ran = ran.says("pve2, pve3 and pve4 were not begun.");
    // What is left of the plan is told in the host's own words.
    let runs = demo.run(&["runs", "--demo"]).ended(0);
    runs.says(
        "node home: still running. Planned and not done: installing all updates on node pve2",
    );
    // A second one meets the first one's lock.
    demo.ask_yes("install the updates on home").ended(1).says("another installation");
    let run = ran.json()["answer"]["run"].as_str().unwrap().to_owned();
    demo.run(&["runs", "--demo", &run]).ended(0).says("DEBIAN_FRONTEND=noninteractive");

    // Nobody waits any more, and yet it comes to its end.
    demo.fault(&["node", "home", "apt", "ok"]);
    let patience = Instant::now() + Duration::from_secs(120);
    let mut left = waiting(&demo, "home").len();
    while left > 0 && Instant::now() < patience {
        left = waiting(&demo, "home").len();
    }
    assert_eq!(left, 0);
    let told = demo.ask("does home need a reboot").ended(0);
    told.says("home needs a reboot for the new kernel");
}

#[test]
fn nobody_below_an_admin_installs() {
    let demo = Demo::serving(&[]);
    for role in ["viewer", "operator"] {
        let ran = demo.run(&["ask", "--demo", "--yes", "--as", role, "update pve2"]);
        assert_eq!(ran.code, 5, "{role}: {ran:?}");
    }
    assert_eq!(installations(&demo), 0);
}
