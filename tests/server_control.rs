//! The skill server-control: from the sentence through the built component and
//! the `pvesh` program to the simulator's changed state. Simulated nodes are
//! back some seconds after a reboot.

#[cfg(test)]
mod support;

use std::time::Instant;

use support::{Demo, until};

/// `online` or `offline`, as `/nodes` has it.
#[cfg(test)]
fn state_of(demo: &Demo, name: &str) -> String {
    node(demo, name)["status"].as_str().unwrap().to_owned()
}

/// Seconds since a node booted.
#[cfg(test)]
fn uptime_of(demo: &Demo, name: &str) -> u64 {
    node(demo, name)["uptime"].as_u64().unwrap()
}

/// Whether a node has booted since `begun`.
#[cfg(test)]
fn has_booted(demo: &Demo, name: &str, begun: Instant) -> bool {
    uptime_of(demo, name) <= begun.elapsed().as_secs() + 1
}

#[cfg(test)]
fn node(demo: &Demo, name: &str) -> serde_json::Value {
    let nodes = demo.pvesh("/nodes");
    nodes.as_array().unwrap().iter().find(|node| node["node"] == name).unwrap().clone()
}

#[test]
fn reads_answer_from_the_cluster() {
    let demo = Demo::serving(&[]);
    for (words, expected) in [
        ("is the cluster healthy", "all 4 nodes are online, and it has its quorum"),
        ("do we have quorum", "Yes, the cluster homelab has its quorum"),
        ("list all nodes", "There are 4 nodes, all online: home, pve2, pve3 and pve4."),
        ("how many nodes are online", "pve4"),
        ("how is node three doing", "pve3 has been up for"),
        ("what's pve2's uptime", "Kernel"),
        ("how full is the storage", "nas-backup"),
        ("how full is the storage on pve2", "The storage of pve2"),
        ("how full is the nas backup storage", "nas-backup is 64 percent full"),
        ("what tasks are running right now", "No tasks are running."),
        ("is node two up", "Yes, pve2 is up and answers."),
        ("can you reach pve4?", "Yes, pve4 is up and answers."),
    ] {
        demo.ask(words).ended(0).says(expected);
    }
    let calls = demo.fault(&["calls"]);
    assert!(!calls.contains("\"create\""), "{calls}");
}

#[test]
fn a_shared_storage_is_counted_once() {
    let demo = Demo::serving(&[]);
    let ran = demo.run(&["ask", "--demo", "--json", "how full is the storage"]).ended(0);
    let data = &ran.json()["answer"]["data"];
    let storages = data["storages"].as_array().unwrap();
    let shared = storages.iter().filter(|storage| storage["storage"] == "nas-backup").count();
    // Two of its own for each of four nodes, and the one that all share.
    assert_eq!((storages.len(), shared), (9, 1), "{data}");
    let listed = demo.pvesh("/cluster/resources");
    let listed = listed.as_array().unwrap().iter().filter(|item| item["storage"] == "nas-backup");
    assert_eq!(listed.count(), 4);
}

#[test]
fn a_node_that_is_away_is_told_in_every_answer() {
    let demo = Demo::serving(&[]);
    demo.fault(&["node", "pve3", "down"]);
    for (words, expected) in [
        ("how is the cluster", "pve3 is offline. If one more fails, the quorum is lost."),
        ("which nodes are there", "pve3 is offline."),
        ("how is pve3", "pve3 is offline."),
        ("is pve3 up", "No, pve3 is offline and does not answer."),
        ("reboot pve3", "pve3 is offline, so there is nothing to reboot."),
        ("shut down pve3", "pve3 is offline already."),
    ] {
        demo.ask(words).ended(0).says(expected);
    }
    demo.ask("how is node nine").ended(3).says("nine");
    demo.ask_yes("reboot node nine").ended(3);
    demo.fault(&["node", "pve4", "down"]);
    demo.ask("is there quorum").ended(0).says("No. The cluster homelab has no quorum");
    demo.ask_yes("reboot all nodes").ended(1).says("has no quorum");
    let calls = demo.fault(&["calls"]);
    assert!(!calls.contains("\"create\""), "{calls}");
}

#[test]
fn tasks_that_run_are_listed_and_those_that_failed_are_not() {
    let demo = Demo::serving(&[]);
    demo.fault(&["task", "102", "no space left on device"]);
    demo.ask("start the web server").ended(1);
    demo.ask("what tasks are running").ended(0).says("No tasks are running.");
    demo.fault(&["worker", "113", "hang"]);
    let mut start = demo
        .command(&["ask", "--demo", "start minecraft"])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    until("the task is seen", || {
        demo.ask("what tasks are running")
            .stdout
            .contains("1 task is running: a start of minecraft on pve4")
    });
    demo.ask("are there any jobs running on pve2").ended(0).says("No tasks are running on pve2.");
    demo.fault(&["worker", "113", "go"]);
    assert!(start.wait().unwrap().success());
}

#[test]
fn a_node_is_rebooted_once_it_is_back() {
    let demo = Demo::serving(&[]);
    let (before, begun) = (uptime_of(&demo, "pve2"), Instant::now());
    let question = demo.ask("reboot node two").ended(4);
    let text = question.stdout;
    assert!(
        text.contains("Shall I reboot node pve2 (the 6 guests that run on it are interrupted)"),
        "{text}"
    );
    assert!(uptime_of(&demo, "pve2") >= before);
    demo.ask_yes("reboot node two").ended(0).says("Rebooted pve2.");
    assert_eq!(state_of(&demo, "pve2"), "online");
    assert!(has_booted(&demo, "pve2", begun));
    assert_eq!(demo.state_of(105), "running");
    let pve3 = uptime_of(&demo, "pve3");
    assert!(pve3 > 1000, "{pve3}");
}

#[test]
fn a_node_is_shut_down_and_woken() {
    let demo = Demo::serving(&[]);
    demo.ask("power off node three").ended(4).says("shut down node pve3");
    demo.ask_yes("power off node three").ended(0).says("Shut down pve3.");
    assert_eq!(state_of(&demo, "pve3"), "offline");
    demo.ask("turn on pve3").ended(0).says("Woke pve3.");
    assert_eq!(state_of(&demo, "pve3"), "online");
    demo.ask("turn on pve3").ended(0).says("pve3 is online already.");
    demo.fault(&["node", "pve2", "down"]);
    demo.ask("wake all nodes").ended(0).says("Woke pve2.");
    demo.run(&["ask", "--demo", "--as", "operator", "wake pve2"]).ended(0);
    demo.run(&["ask", "--demo", "--as", "operator", "--yes", "shut down pve2"]).ended(5);
    assert_eq!(state_of(&demo, "pve2"), "online");
}

#[test]
fn a_node_that_ignores_its_reboot_is_no_done() {
    let demo = Demo::serving(&[]);
    demo.fault(&["node", "pve4", "deaf"]);
    let ran = demo.run(&["ask", "--demo", "--yes", "--json", "reboot pve4"]).ended(1);
    let answer = &ran.json()["answer"];
    assert_eq!(answer["outcome"], "unknown", "{answer}");
    ran.says("pve4 is still online");
}

#[test]
fn all_nodes_are_rebooted_one_after_another_and_the_first_failure_ends_it() {
    let demo = Demo::serving(&[]);
    let begun = Instant::now();
    let question = demo.ask("reboot every node").ended(4).stdout;
    let at = |name: &str| question.find(&format!("reboot node {name}")).unwrap();
    assert!(at("pve2") < at("pve3") && at("pve3") < at("pve4") && at("pve4") < at("home"));
    assert!(question.contains("jarvis itself runs on it"), "{question}");
    demo.fault(&["node", "pve4", "deaf"]);
    let ran = demo.ask_yes("reboot every node").ended(1);
    assert!(
        ran.stdout.starts_with("Rebooted pve2 and pve3. It is not certain that pve4 was rebooted"),
        "{ran:?}"
    );
    ran.says("home was not touched.");
    assert!(has_booted(&demo, "pve2", begun) && has_booted(&demo, "pve3", begun));
    assert!(uptime_of(&demo, "home") > 1000);
}

#[test]
fn to_shut_down_too_many_is_said_to_cost_the_quorum() {
    let demo = Demo::serving(&[]);
    let question = demo.ask("shut down all nodes").ended(4).stdout;
    for part in ["too few for a quorum", "the last node that is online", "jarvis itself runs on it"]
    {
        assert!(question.contains(part), "{part}: {question}");
    }
    let own = demo.ask("reboot home").ended(4).stdout;
    assert!(own.contains("jarvis itself runs on it and is gone until it is back"), "{own}");
}

#[test]
fn a_question_whose_cost_has_changed_is_asked_again() {
    let demo = Demo::serving(&[]);
    let asked = demo.run(&["ask", "--demo", "--json", "reboot pve2"]).ended(4).json();
    demo.fault(&["node", "pve3", "down"]);
    let id = asked["question"]["id"].as_str().unwrap();
    demo.run(&["confirm", "--demo", id]).ended(1).says("plan-changed");
    demo.ask("reboot pve2").ended(4).says("too few for a quorum until it is back");
    assert!(uptime_of(&demo, "pve2") > 1000);
}

#[test]
fn its_own_node_goes_down_with_a_word_of_warning() {
    let demo = Demo::serving(&[]);
    let ran = demo.run(&["ask", "--demo", "--yes", "--json", "shut down home"]).ended(0);
    assert_eq!(ran.json()["answer"]["outcome"], "started", "{ran:?}");
    ran.says("until somebody turns it on");
    until("the node is gone", || demo.ask("how is the cluster").code != 0);
    demo.fault(&["node", "home", "up"]);
    demo.ask("how is the cluster").ended(0).says("all 4 nodes are online");
}
