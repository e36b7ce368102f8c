//! The commands that only read.

use super::*;

fn sample() -> Value {
    json!({
        "boot-info": {"mode": "efi", "secureboot": 0},
        "cpu": 0,
        "cpuinfo": {"cores": 6, "cpus": 12, "model": "12th Gen Intel(R) Core(TM) i5-12500T"},
        "current-kernel": {"release": "7.0.2-6-pve", "sysname": "Linux"},
        "kversion": "Linux 7.0.2-6-pve #1 SMP",
        "loadavg": ["0.04", "0.10", 0.2],
        "memory": {"total": 16_423_432_192_u64, "used": 2_721_751_040_u64, "free": 1},
        "pveversion": "pve-manager/9.2.2/b9984c6d90a4bd80",
        "rootfs": {"avail": 1, "free": 1, "total": "72722055168", "used": 5_477_756_928_u64},
        "swap": {"total": 0, "used": 0, "free": 0},
        "uptime": 199_252,
    })
}

#[test]
fn the_cluster_is_told_with_what_it_can_still_lose() {
    for (online, quorate, cluster, quorum) in [
        (
            [1, 1, 1, 1],
            1,
            "The cluster homelab is healthy: all 4 nodes are online, and it has its quorum.",
            "Yes, the cluster homelab has its quorum: all 4 nodes are online, and 3 are needed. One node may fail before the quorum is lost.",
        ),
        (
            [1, 1, 1, 0],
            1,
            "The cluster homelab has its quorum, but 3 of 4 nodes are online. pve4 is offline. If one more fails, the quorum is lost.",
            "Yes, the cluster homelab has its quorum: 3 of 4 nodes are online, and 3 are needed. pve4 is offline. If one more fails, the quorum is lost.",
        ),
        (
            [1, 0, 0, 0],
            0,
            "The cluster homelab has no quorum: only 1 of 4 nodes is online, and 3 are needed. Nothing can be started or changed until it is back. pve2, pve3 and pve4 are offline.",
            "No. The cluster homelab has no quorum: only 1 of 4 nodes is online, and 3 are needed. Nothing can be started or changed until it is back. pve2, pve3 and pve4 are offline.",
        ),
        (
            [1, 1, 1, 1],
            0,
            "The cluster homelab has no quorum, though all 4 nodes are online, and 3 are needed. Nothing can be started or changed until it is back.",
            "No. The cluster homelab has no quorum, though all 4 nodes are online, and 3 are needed. Nothing can be started or changed until it is back.",
        ),
    ] {
        let host = lab().reads("/cluster/status", status(online, quorate));
        assert_eq!(said(&host, &Request::new("cluster")), ("done", cluster.to_owned()));
        assert_eq!(said(&host, &Request::new("quorum")), ("done", quorum.to_owned()));
    }
    let alone = json!([{"type": "node", "name": "solo", "nodeid": 0, "local": "1", "online": "1"}]);
    let host = MockHost::new().reads("/cluster/status", alone);
    let reply = invoke(&host, &Request::new("cluster")).unwrap();
    assert!(reply.speech.starts_with("solo is a single machine"), "{}", reply.speech);
    assert_eq!(reply.data.unwrap()["quorate"], json!(null));
}

#[test]
fn a_cluster_that_says_nothing_is_an_error() {
    for answer in [json!(null), json!([]), json!({}), json!([{"type": "cluster", "quorate": 1}])] {
        let host = MockHost::new().reads("/cluster/status", answer);
        for command in ["cluster", "quorum", "reboot-all", "wake-all"] {
            assert_eq!(said(&host, &Request::new(command)).0, "error", "{command}");
        }
    }
}

#[test]
fn nodes_are_listed_with_their_figures() {
    let reply = invoke(&lab(), &Request::new("nodes")).unwrap();
    let speech = "There are 4 nodes: home, pve2 and pve3 are online. pve4 is offline.";
    assert_eq!(reply.speech, speech);
    let detail = reply.detail.unwrap();
    assert!(detail.contains("| home | online | 12 % | 25 % of 32 GiB | 1 | 3 days |"), "{detail}");
    assert!(detail.contains("| pve4 | offline |  |  |  |  |"), "{detail}");
    let data = reply.data.unwrap();
    assert_eq!(
        (&data["nodes"][2]["running_guests"], &data["nodes"][3]["running_guests"]),
        (&json!(1), &json!(null))
    );
    for (host, speech) in [
        (MockHost::new().node("solo", "online"), "There is 1 node, solo, and it is online."),
        (
            MockHost::new().node("a", "online").node("b", "online"),
            "There are 2 nodes, all online: a and b.",
        ),
        (
            MockHost::new().node("a", "online").node("b", "unknown"),
            "There are 2 nodes: a is online. Of 1 the state is not known.",
        ),
    ] {
        assert_eq!(said(&host, &Request::new("nodes")), ("done", speech.to_owned()));
    }
    assert_eq!(said(&MockHost::new(), &Request::new("nodes")).0, "error");
}

#[test]
fn a_node_tells_how_it_is() {
    let host = lab().reads("/nodes/home/status", sample());
    let reply = invoke(&host, &on("node", "home")).unwrap();
    let speech = "home has been up for 2 days; its processor is at 12 percent, its memory at 17 percent and its disk 8 percent full.";
    assert_eq!(reply.speech, speech);
    let detail = reply.detail.unwrap();
    for row in [
        "| Processor | 12 % of 12 threads |",
        "| Load | 0.04, 0.10, 0.2 |",
        "| Memory | 17 % (2.5 GiB of 15.3 GiB) |",
        "| System disk | 8 % (5.1 GiB of 67.7 GiB) |",
        "| Guests running | 1 |",
        "| Proxmox VE | 9.2.2 |",
        "| Kernel | 7.0.2-6-pve |",
    ] {
        assert!(detail.contains(row), "{row} is not in {detail}");
    }
    assert!(!detail.contains("Swap"), "{detail}");
    assert_eq!(reply.data.unwrap()["memory"]["used_bytes"], 2_721_751_040_u64);
}

#[test]
fn a_node_that_says_little_is_told_with_what_there_is() {
    for (status, speech) in [
        (json!({}), "home is up; its processor is at 12 percent."),
        (
            json!({"uptime": "60", "memory": {"used": 99, "total": 100}, "rootfs": {"used": 1, "total": 0}}),
            "home has been up for 60 seconds; its processor is at 12 percent and its memory at 99 percent. The memory is nearly used up.",
        ),
    ] {
        let host = lab().reads("/nodes/home/status", status);
        assert_eq!(said(&host, &on("node", "home")), ("done", speech.to_owned()));
    }
    for (answer, error) in [
        (Err(Error::Timeout), "home did not answer in time."),
        (
            Err(Error::Unavailable("no route".into())),
            "home is online, but does not answer: no route",
        ),
        (
            Err(Error::failure("pve cluster filesystem not online")),
            "pve cluster filesystem not online",
        ),
        (Ok(json!(null)), "home did not say how it is."),
    ] {
        let path = "/nodes/home/status";
        let host = match answer {
            Ok(value) => lab().reads(path, value),
            Err(error) => lab().fails(path, error),
        };
        assert_eq!(said(&host, &on("node", "home")), ("error", error.to_owned()));
    }
    // One that is away is not asked: it would only be waited for.
    let host = lab();
    assert_eq!(said(&host, &on("node", "pve4")), ("done", "pve4 is offline.".to_owned()));
    assert!(!host.calls().iter().any(|call| call.starts_with("get")));
}

fn storage(name: &str, node: Option<&str>, used: u64) -> impl Fn(MockHost) -> MockHost {
    let item = jarvis_skill::Item {
        kind: "storage".to_owned(),
        id: name.to_owned(),
        name: name.to_owned(),
        parent: node.map(str::to_owned),
        state: "available".to_owned(),
        tags: Vec::new(),
        extra: Vec::new(),
    };
    move |host| {
        let gigabyte = 1_000_000_000;
        host.item(item.clone())
            .with("plugin", "dir")
            .with("used", &(used * gigabyte).to_string())
            .with("total", &(1000 * gigabyte).to_string())
    }
}

#[test]
fn storages_are_summed_with_shared_ones_once() {
    let host = storage("local", Some("home"), 100)(MockHost::new());
    let host = storage("local", Some("pve2"), 300)(host);
    let host = storage("nas-backup", None, 800)(host);
    for (arguments, speech) in [
        (
            &[][..],
            "The storage is 40 percent full, with 1.8 TB free. The fullest is nas-backup, at 80 percent.",
        ),
        (
            &[("node", "pve2")],
            "The storage of pve2 is 55 percent full, with 900 GB free. The fullest is nas-backup, at 80 percent.",
        ),
        (&[("name", "NAS backup")], "nas-backup is 80 percent full, with 200 GB free."),
        (
            &[("name", "local")],
            "The storage is 20 percent full, with 1.6 TB free. The fullest is local on pve2, at 30 percent.",
        ),
    ] {
        let request = arguments
            .iter()
            .fold(Request::new("storage"), |request, (name, value)| request.with(*name, *value));
        assert_eq!(said(&host, &request), ("done", speech.to_owned()), "{arguments:?}");
    }
    let reply = invoke(&host, &Request::new("storage")).unwrap();
    let detail = reply.detail.unwrap();
    assert!(
        detail.contains("| nas-backup | all (shared) | dir | 80 % | 200 GB | 1 TB |"),
        "{detail}"
    );
    assert_eq!(reply.data.unwrap()["used_bytes"], 1_200_000_000_000_u64);
    let (outcome, speech) = said(&host, &Request::new("storage").with("name", "tape\n--x"));
    let expected = "There is no storage tape --x; there are local and nas-backup.";
    assert_eq!((outcome, speech.as_str()), ("error", expected));
}

#[test]
fn storages_that_are_nearly_full_or_away_are_pointed_out() {
    let host = storage("local", Some("home"), 950)(MockHost::new());
    let host = storage("nas", None, 10)(host);
    let away = jarvis_skill::Item {
        kind: "storage".to_owned(),
        id: "usb".to_owned(),
        name: "usb".to_owned(),
        parent: Some("pve2".to_owned()),
        state: "unknown".to_owned(),
        tags: Vec::new(),
        extra: Vec::new(),
    };
    let speech = "The storage is 48 percent full, with 1 TB free. Nearly full: local on home at 95 percent. usb on pve2 is not available.";
    assert_eq!(said(&host.item(away.clone()), &Request::new("storage")).1, speech);
    let only = MockHost::new().item(away);
    assert_eq!(said(&only, &Request::new("storage")).1, "usb on pve2 is not available.");
    assert_eq!(said(&MockHost::new(), &Request::new("storage")).0, "error");
}

#[test]
fn tasks_that_run_are_told_by_what_they_do() {
    let now = MockHost::BEGAN_MS / 1000;
    let task = |node: &str, kind: &str, id: &str, ago: u64, ended: bool| {
        let mut task = json!({
            "upid": "UPID:x", "node": node, "type": kind, "id": id, "user": "root@pam",
            "starttime": now - ago, "pid": 7,
        });
        if ended {
            // It failed, though pvesh ended with 0.
            task["endtime"] = json!(now);
            task["status"] = json!("command 'qemu' failed: exit code 1");
        }
        task
    };
    for (tasks, node, speech) in [
        (json!([]), None, "No tasks are running."),
        (json!([task("home", "qmstart", "102", 9, true)]), None, "No tasks are running."),
        (
            json!([task("home", "vzdump", "101", 300, false)]),
            Some("pve2"),
            "No tasks are running on pve2.",
        ),
        (
            json!([
                task("pve2", "aptupdate", "", 3, false),
                task("home", "vzdump", "101", 300, false)
            ]),
            None,
            "2 tasks are running: a backup of mediaserver on home for 5 minutes and a refresh of the package lists on pve2 for 3 seconds.",
        ),
        (
            json!([
                task("home", "frobnicate", "999", 1, false),
                task("pve4", "vzdump", "119", 9, false)
            ]),
            None,
            "1 task is running: a frobnicate task of guest 999 on home for 1 second. One more was running on a node that is offline now.",
        ),
        (json!([{"type": "qmstart"}, {"node": "home"}, 7, null]), None, "No tasks are running."),
    ] {
        let host = lab().reads("/cluster/tasks", tasks.clone());
        let mut request = Request::new("tasks");
        if let Some(node) = node {
            request = request.with("node", node);
        }
        assert_eq!(said(&host, &request), ("done", speech.to_owned()), "{tasks}");
    }
    let host = lab().reads("/cluster/tasks", json!({"data": []}));
    assert_eq!(said(&host, &Request::new("tasks")).0, "error");
}

#[test]
fn a_node_is_reachable_when_a_door_answers() {
    let reach = |api, ssh, ping| Reach { api, ssh, ping, round_trip_ms: Some(812.3) };
    for (node, reach, speech) in [
        ("pve2", reach(true, false, None), "Yes, pve2 is up and answers."),
        ("pve2", reach(false, true, None), "Yes, pve2 is up, but its Proxmox API does not answer."),
        (
            "pve2",
            reach(false, false, Some(true)),
            "Yes, pve2 is up, but its Proxmox API does not answer.",
        ),
        (
            "pve2",
            reach(false, false, None),
            "No, pve2 is online, says the cluster, but it does not answer.",
        ),
        ("pve4", reach(false, false, Some(false)), "No, pve4 is offline and does not answer."),
        (
            "pve4",
            reach(true, true, None),
            "Yes, pve4 answers, although the cluster counts it as offline.",
        ),
    ] {
        let host = lab().reaches(node, reach);
        assert_eq!(said(&host, &on("reachable", node)), ("done", speech.to_owned()));
    }
    let host = lab().reaches("pve2", reach(true, true, Some(true)));
    let detail = invoke(&host, &on("reachable", "pve2")).unwrap().detail.unwrap();
    assert!(
        detail.contains("| Fastest answer | 812 ms |") && detail.contains("| Ping | answers |")
    );
}

#[test]
fn no_read_writes_anything() {
    for command in ["cluster", "quorum", "nodes", "storage", "tasks"] {
        let host = lab();
        let _ = invoke(&host, &Request::new(command));
        assert!(host.written().is_empty(), "{command}");
    }
}

#[test]
fn german_is_answered_in_german() {
    let german = |command: &str| Request { locale: "de".to_owned(), ..Request::new(command) };
    for (online, quorate, told) in [
        (
            [1, 1, 1, 1],
            1,
            "Der Cluster homelab ist gesund: alle 4 Knoten sind online, und das Quorum ist da.",
        ),
        (
            [1, 1, 1, 0],
            1,
            "Der Cluster homelab hat sein Quorum, aber 3 von 4 Knoten sind online. pve4 ist offline. Fällt noch einer aus, ist das Quorum verloren.",
        ),
        (
            [1, 0, 0, 0],
            0,
            "Der Cluster homelab hat kein Quorum: nur einer von 4 Knoten ist online, und 3 werden gebraucht. Bis es wieder da ist, lässt sich nichts starten oder ändern. pve2, pve3 und pve4 sind offline.",
        ),
    ] {
        let host = lab().reads("/cluster/status", status(online, quorate));
        assert_eq!(said(&host, &german("cluster")), ("done", told.to_owned()));
    }
    let path = "/nodes/home/status";
    let host = lab().reads(path, sample());
    let node = german("node").with("node", "home");
    let (_, told) = said(&host, &node);
    assert!(told.starts_with("home läuft seit 2 Tagen; "), "{told}");
    assert!(told.contains("und die Platte zu 8 Prozent voll."), "{told}");
}
