use super::*;
use serde_json::json;

fn parsed(resources: &Value, status: &Value) -> Snapshot {
    snapshot(&"home".parse().unwrap(), Timestamp(7), resources, status).unwrap()
}

fn cluster_of_two() -> Value {
    json!([
        {"type": "cluster", "id": "cluster", "name": "home", "nodes": 2, "quorate": 1, "version": 4},
        {"type": "node", "id": "node/pve1", "name": "pve1", "nodeid": 1, "ip": "192.0.2.11", "local": 1, "online": 1},
        {"type": "node", "id": "node/pve3", "name": "pve3", "nodeid": "3", "local": 0, "online": 0},
    ])
}

#[test]
fn a_guest_is_judged_with_its_node() {
    let resources = json!([
        {"type": "qemu", "vmid": 1000, "node": "pve1", "status": "running", "name": "late"},
        {"type": "qemu", "vmid": 101, "node": "pve3", "status": "running", "name": "ghost"},
        {"type": "lxc", "vmid": 102, "node": "pve1", "status": "stopped", "name": "web"},
        {"type": "qemu", "vmid": 103, "node": "pve1", "status": "paused"},
        {"type": "qemu", "vmid": 104, "node": "pve1", "status": "unknown"},
        {"type": "qemu", "vmid": 105, "node": "nowhere", "status": "running"},
        {"type": "node", "node": "pve1", "status": "online"},
        {"type": "node", "node": "pve3", "status": "online"},
    ]);
    let snapshot = parsed(&resources, &cluster_of_two());
    let states: Vec<_> =
        snapshot.guests.iter().map(|guest| (guest.vmid.get(), guest.state)).collect();
    assert_eq!(
        states,
        [
            (101, GuestState::Unknown),
            (102, GuestState::Stopped),
            (103, GuestState::Paused),
            (104, GuestState::Unknown),
            (105, GuestState::Unknown),
            (1000, GuestState::Running),
        ]
    );
    let [own, dead] = snapshot.nodes.as_slice() else { panic!("{:?}", snapshot.nodes) };
    assert_eq!(
        (own.id, own.state, own.address.as_deref()),
        (Some(1), NodeState::Online, Some("192.0.2.11"))
    );
    assert_eq!((dead.id, dead.state, dead.address.as_deref()), (Some(3), NodeState::Offline, None));
    assert!(own.local && !dead.local);
    assert_eq!((snapshot.quorate, snapshot.as_of), (Some(true), Timestamp(7)));
}

#[test]
fn a_machine_without_a_cluster_has_neither_quorum_nor_node_ids() {
    let status = json!([{"type": "node", "name": "solo", "nodeid": 0, "online": 1, "local": 1}]);
    let snapshot = parsed(&json!([]), &status);
    assert_eq!(snapshot.quorate, None);
    assert_eq!((snapshot.nodes[0].id, snapshot.nodes[0].state), (None, NodeState::Online));
}

#[test]
fn numbers_as_text_flags_and_tags_are_read() {
    let resources = json!([{
        "type": "lxc", "vmid": "110", "node": "pve1", "status": "running", "name": "x",
        "template": "1", "tags": "prod;web, old  lan", "lock": "backup", "hastate": "started",
        "cpu": -5.75e-05, "mem": "1024", "maxmem": 2048.0, "uptime": "99"
    }]);
    let guest = &parsed(&resources, &cluster_of_two()).guests[0];
    assert_eq!(guest.vmid.get(), 110);
    assert_eq!(guest.tags, ["prod", "web", "old", "lan"]);
    assert!(guest.template);
    assert_eq!((guest.lock.as_deref(), guest.ha.as_deref()), (Some("backup"), Some("started")));
    assert_eq!(guest.cpu, Some(0.0));
    assert_eq!(
        (guest.memory, guest.memory_total, guest.uptime),
        (Some(1024), Some(2048), Some(99))
    );
}

#[test]
fn a_shared_storage_stands_once_and_as_the_node_that_sees_it_says() {
    let resources = json!([
        {"type": "storage", "storage": "nas", "node": "pve3", "shared": 1, "plugintype": "nfs", "status": "unknown"},
        {"type": "storage", "storage": "nas", "node": "pve1", "shared": 1, "plugintype": "nfs", "status": "available", "disk": 5, "maxdisk": 10},
        {"type": "storage", "storage": "local", "node": "pve3", "shared": 0, "plugintype": "dir", "status": "unknown"},
        {"type": "storage", "storage": "local", "node": "pve1", "shared": 0, "plugintype": "dir", "status": "available", "disk": 1, "maxdisk": 2},
    ]);
    let snapshot = parsed(&resources, &cluster_of_two());
    let seen: Vec<_> = snapshot
        .storages
        .iter()
        .map(|storage| {
            let node = storage.node.as_ref().map_or("-", NodeName::as_str);
            (storage.name.as_str(), node, storage.available, storage.used)
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("local", "pve1", true, Some(1)),
            ("local", "pve3", false, None),
            ("nas", "-", true, Some(5)),
        ]
    );
}

#[test]
fn entries_that_cannot_be_read_are_left_out_and_the_rest_stays() {
    let resources = json!([
        null, 7, "text", [],
        {"type": "qemu", "vmid": 5, "node": "pve1"},
        {"type": "qemu", "vmid": 101, "node": "--evil"},
        {"type": "qemu", "node": "pve1"},
        {"type": "network", "id": "network/pve/zone/localnetwork"},
        {"type": "storage", "node": "pve1"},
        {"type": "qemu", "vmid": 101, "node": "pve1", "status": "running", "name": "a\n\"b\" --c"},
    ]);
    let snapshot = parsed(&resources, &cluster_of_two());
    assert_eq!(snapshot.guests.len(), 1);
    assert_eq!(snapshot.guests[0].name, "a\n\"b\" --c", "a name is data and stays as it is");
    assert!(snapshot.storages.is_empty());
}

#[test]
fn an_answer_that_is_no_list_is_garbled() {
    for (resources, status) in [(json!({}), json!([])), (json!([]), json!(null))] {
        let error = snapshot(&"home".parse().unwrap(), Timestamp(0), &resources, &status);
        assert!(matches!(error, Err(ClusterError::Garbled { .. })), "{error:?}");
    }
}
