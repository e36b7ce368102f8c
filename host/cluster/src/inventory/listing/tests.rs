use super::*;
use crate::ClusterError;
use crate::access::Body;
use crate::inventory::members::Members;
use serde_json::{Value, json};

fn snapshot(resources: &Value, status: &Value) -> Result<Snapshot, ClusterError> {
    let bytes = resources.to_string().into();
    let body = Body { what: "get /cluster/resources".to_owned(), bytes, wrapped: false };
    let mut listing: Listing = body.decode()?;
    let members = Members::read(status, &listing, Timestamp(7))?;
    members.complete(&mut listing);
    Ok(listing.into_snapshot("home".parse().unwrap(), Timestamp(7), members.quorate))
}

fn parsed(resources: &Value, status: &Value) -> Snapshot {
    snapshot(resources, status).unwrap()
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
        let error = snapshot(&resources, &status);
        assert!(matches!(error, Err(ClusterError::Garbled { .. })), "{error:?}");
    }
}

/// The recorded answer `name`; none where the recordings are not to be had.
fn recorded(name: &str) -> Option<Value> {
    let Some(folder) = std::env::var_os("JARVIS_PVE_SAMPLES") else {
        println!("skipped: JARVIS_PVE_SAMPLES is not set");
        return None;
    };
    let folder = std::path::PathBuf::from(folder);
    let files = [folder.join(name), folder.join("samples").join(name)];
    let text = files.iter().find_map(|path| std::fs::read_to_string(path).ok()).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

#[test]
fn recorded_answers_are_read_whole() {
    let of_type = |list: &Value, kinds: &[&str]| {
        let entries = list.as_array().unwrap().iter();
        entries.filter(|entry| kinds.contains(&entry["type"].as_str().unwrap())).count()
    };
    for name in ["api_9.2_cluster_resources.json", "SYNTH_cluster_resources_offline_guest.json"] {
        let Some(list) = recorded(name) else { return };
        let snapshot = parsed(&list, &json!([]));
        assert_eq!(snapshot.guests.len(), of_type(&list, &["qemu", "lxc"]), "{name}");
        assert_eq!(snapshot.nodes.len(), of_type(&list, &["node"]), "{name}");
        assert_eq!(snapshot.storages.len(), of_type(&list, &["storage"]), "{name}");
    }
}

#[test]
fn the_processor_is_told_by_the_list_and_kept_within_all_that_there_is() {
    let resources = json!([
        {"type": "node", "node": "pve1", "status": "online", "cpu": 0.25, "maxcpu": 8},
        {"type": "node", "node": "pve3", "status": "offline"},
        {"type": "qemu", "vmid": 101, "node": "pve1", "status": "running", "cpu": 1.02},
        {"type": "lxc", "vmid": 102, "node": "pve1", "status": "running", "cpu": "0.5"},
        {"type": "lxc", "vmid": 103, "node": "pve1", "status": "running", "cpu": "NaN"},
    ]);
    let snapshot = parsed(&resources, &cluster_of_two());
    let nodes: Vec<_> = snapshot.nodes.iter().map(|node| (node.cpu, node.cpus)).collect();
    assert_eq!(nodes, [(Some(0.25), Some(8)), (None, None)]);
    let guests: Vec<_> = snapshot.guests.iter().map(|guest| guest.cpu).collect();
    assert_eq!(guests, [Some(1.0), Some(0.5), None]);
}

#[test]
fn of_two_entries_with_one_number_the_later_counts() {
    let resources = json!([
        {"type": "qemu", "vmid": 101, "node": "pve1", "status": "running", "name": "before"},
        {"type": "qemu", "vmid": 100, "node": "pve1", "status": "running"},
        {"type": "qemu", "vmid": 101, "node": "pve1", "status": "stopped", "name": "after"},
    ]);
    let snapshot = parsed(&resources, &cluster_of_two());
    let names: Vec<&str> = snapshot.guests.iter().map(|guest| guest.name.as_str()).collect();
    assert_eq!(names, ["", "after"]);
}
