//! Nodes that are turned off and on, and what that means for the rest.

use super::*;

#[tokio::test]
async fn the_quorum_goes_with_half_of_the_nodes() {
    let (simulator, _) = home();
    let quorate = async |simulator: &Simulator| {
        get(simulator, "/cluster/status").await[0]["quorate"].as_u64()
    };
    make(&simulator, "node pve3 down");
    assert_eq!(quorate(&simulator).await, Some(1));
    make(&simulator, "node pve4 down");
    assert_eq!(quorate(&simulator).await, Some(0));
    let ran = create(&simulator, "/nodes/home/qemu/102/status/start", &[]).await;
    assert_eq!(ran.stderr, "cluster not ready - no quorum?\n");
    create(&simulator, "/nodes/pve4/wakeonlan", &[]).await;
    assert_eq!(quorate(&simulator).await, Some(1));
}

#[tokio::test]
async fn who_has_no_quorum_sees_all_others_offline() {
    let (simulator, _) = home();
    let seen = async |simulator: &Simulator, path: &str| -> Vec<(String, bool)> {
        let list = get(simulator, path).await;
        let nodes = list.as_array().unwrap().iter().filter(|entry| entry["type"] == "node");
        let word = |entry: &serde_json::Value| {
            let name = entry["node"].as_str().or(entry["name"].as_str()).unwrap().to_owned();
            (name, entry["status"] == "online" || entry["online"] == 1)
        };
        nodes.map(word).collect()
    };
    for (fault, others) in [("quorum lost", false), ("quorum back", true)] {
        make(&simulator, fault);
        for path in ["/nodes", "/cluster/status", "/cluster/resources"] {
            for (name, online) in seen(&simulator, path).await {
                assert_eq!(online, others || name == "home", "{path} {name}");
            }
        }
    }
    // Reads still go from node to node, as over any network but corosync's.
    assert_eq!(simulator.run(&["get", "/nodes/pve2/status"]).await.code, 0);
}

#[tokio::test]
async fn a_deaf_node_takes_every_request_and_stays_as_it_is() {
    let (simulator, _) = home();
    make(&simulator, "node pve2 deaf");
    let path = "/nodes/pve2/status";
    let before = get(&simulator, path).await["uptime"].as_u64();
    for command in ["reboot", "shutdown"] {
        let ran = create(&simulator, path, &["--command", command]).await;
        assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
        assert_eq!(get(&simulator, path).await["uptime"].as_u64(), before);
    }
    make(&simulator, "node pve2 hears");
    create(&simulator, path, &["--command", "reboot"]).await;
    assert!(get(&simulator, path).await["uptime"].as_u64() < before);
}

#[tokio::test]
async fn without_its_own_node_pvesh_is_of_no_use() {
    let (simulator, _) = home();
    create(&simulator, "/nodes/home/status", &["--command", "shutdown"]).await;
    let ran = simulator.run(&["get", "/version"]).await;
    assert_eq!((ran.code, ran.stdout.as_str()), (255, ""));
    assert!(ran.stderr.contains("ipcc_send_rec[1] failed: Connection refused"), "{ran:?}");
    make(&simulator, "node home up");
    assert_eq!(simulator.run(&["get", "/version"]).await.code, 0);
}

#[tokio::test]
async fn a_task_dies_with_its_node() {
    let (simulator, _) = home();
    make(&simulator, "worker 108 hang");
    let stop = tokio::spawn({
        let simulator = simulator.clone();
        async move { create(&simulator, "/nodes/pve3/lxc/108/status/stop", &[]).await }
    });
    while get(&simulator, "/cluster/tasks").await.as_array().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    make(&simulator, "node pve3 down");
    stop.await.unwrap();
    let tasks = get(&simulator, "/cluster/tasks").await;
    assert_eq!(tasks[0]["status"], "unexpected status", "{tasks}");
}
