use std::sync::Arc;

use jarvis_domain::operation::{OperationRecord, OperationState, Operations};
use jarvis_domain::{Call, Field, Fields, OperationId, RunId};

use super::*;
use crate::launch::Output;
use crate::testing::{Act, Bench, FOREVER, NOW};

fn call(path: &str, command: Option<&str>) -> ApiCall {
    let field = |value: &str| Field { name: "command".to_owned(), value: value.to_owned() };
    ApiCall {
        verb: Verb::Create,
        path: path.parse().unwrap(),
        fields: Fields::new(command.map(field)).unwrap(),
    }
}

fn reboot() -> ApiCall {
    call("/nodes/pve3/status", Some("reboot"))
}

/// What `/nodes` says: `online 7` with an uptime, `offline`.
fn nodes(says: &str) -> Act {
    let (status, uptime) = says.split_once(' ').unwrap_or((says, ""));
    let uptime = if uptime.is_empty() { String::new() } else { format!(r#","uptime":{uptime}"#) };
    let other = r#"{"node":"pve1","status":"online","uptime":9}"#;
    Act::prints(&format!(r#"[{other},{{"node":"pve3","status":"{status}"{uptime}}}]"#))
}

/// What `/cluster/status` says of the quorum, and of pve3.
fn status(quorate: u8, online: u8) -> Act {
    Act::prints(&format!(
        r#"[{{"type":"cluster","quorate":{quorate}}},{{"type":"node","name":"pve3","online":{online}}}]"#
    ))
}

/// The end of `call`, with what `/nodes` says look after look; the last is
/// said from then on.
async fn end(call: ApiCall, answer: Act, looks: &[&str]) -> OperationEnd {
    end_where(call, answer, status(1, 0), looks).await
}

/// The same, with what `/cluster/status` says all the while.
async fn end_where(call: ApiCall, answer: Act, status: Act, looks: &[&str]) -> OperationEnd {
    let bench = Bench::new();
    bench.script.on("create", answer).on("get /cluster/status", status);
    for says in looks {
        bench.script.on("get /nodes", nodes(says));
    }
    let id = bench.cluster.supervisor().begin(Call::Api(call), RunId::new()).await.unwrap();
    bench.cluster.wait(id, FOREVER).await.unwrap().unwrap()
}

fn taken() -> Act {
    Act::prints("")
}

const DONE: OperationEnd = OperationEnd::Succeeded { warnings: 0, verified: Verified::Yes };

#[test]
fn only_power_and_waking_change_a_node() {
    for (path, command, expected) in [
        ("/nodes/pve3/status", Some("reboot"), Some(Wanted::Rebooted)),
        ("/nodes/pve3/status", Some("shutdown"), Some(Wanted::Off)),
        ("/nodes/pve3/wakeonlan", None, Some(Wanted::On)),
        ("/nodes/pve3/status", None, None),
        ("/nodes/pve3/status", Some("halt"), None),
        ("/nodes/pve3/qemu/101/status/start", None, None),
        ("/nodes/pve3/status/x", Some("reboot"), None),
        ("/nodes/pve3", None, None),
        ("/cluster/status", Some("reboot"), None),
    ] {
        let change = NodeChange::of(&call(path, command));
        assert_eq!(change.map(|change| change.to), expected, "{path} {command:?}");
    }
    let get = ApiCall { verb: Verb::Get, ..reboot() };
    assert_eq!(NodeChange::of(&get), None);
}

#[tokio::test]
async fn a_node_that_was_away_and_is_back_has_rebooted() {
    let looks = ["online 90000", "online 90001", "offline", "offline", "online 2"];
    assert_eq!(end(reboot(), taken(), &looks).await, DONE);
    // What pvestatd told last is old; only a new uptime counts.
    let looks = ["online 90000", "offline", "online 90000", "online", "online 1"];
    assert_eq!(end(reboot(), taken(), &looks).await, DONE);
}

#[tokio::test]
async fn a_reboot_that_nobody_saw_is_told_by_the_uptime() {
    // Looks are 1 s and then 2.5 s apart: 20 s later it is 4 s old.
    let looks = [&["online 90000"; 8][..], &["online 4"]].concat();
    assert_eq!(end(reboot(), taken(), &looks).await, DONE);
}

#[tokio::test]
async fn a_node_that_takes_the_request_and_stays_is_no_done() {
    for (call, looks, expected) in [
        (reboot(), &["online 90000"][..], "node pve3 is still online, 9"),
        (reboot(), &["offline"], "node pve3 is offline, 9"),
        (reboot(), &["offline", "online 90000"], "online, but not known to have booted"),
        (call("/nodes/pve3/status", Some("shutdown")), &["online 90000"], "is still online"),
        (call("/nodes/pve3/wakeonlan", None), &["offline"], "is offline"),
        (call("/nodes/ghost/wakeonlan", None), &["offline"], "node ghost is offline"),
    ] {
        let ended = end(call.clone(), taken(), looks).await;
        let OperationEnd::Succeeded { verified: Verified::No { why }, .. } = &ended else {
            panic!("{call:?}: {ended:?}")
        };
        assert!(why.contains(expected), "{why}");
    }
}

#[tokio::test]
async fn off_and_on_are_seen() {
    let off = call("/nodes/pve3/status", Some("shutdown"));
    assert_eq!(end(off, taken(), &["online 90000", "offline"]).await, DONE);
    let wake = call("/nodes/pve3/wakeonlan", None);
    let mac = Act::prints("\"BC:24:11:00:00:03\"\n");
    assert_eq!(end(wake, mac, &["offline", "offline", "online"]).await, DONE);
}

/// A node that has lost its peers shows them all offline.
#[tokio::test]
async fn without_quorum_nobody_is_seen_to_be_off() {
    let off = || call("/nodes/pve3/status", Some("shutdown"));
    let single = Act::prints(r#"[{"type":"node","name":"pve1","online":1}]"#);
    let garbled = Act::fails(255, "ipcc_send_rec[1] failed: Connection refused\n");
    for (says, expected) in [
        (status(0, 0), Some("node pve3 is not seen by a node that has no quorum, 9")),
        (status(1, 1), Some("node pve3 is offline in one list of the cluster and not in")),
        (garbled, Some("node pve3 cannot be looked at")),
        (status(1, 0), None),
        (single, Some("node pve3 is not seen by a node that has no quorum")),
    ] {
        let ended = end_where(off(), taken(), says, &["online 90000", "offline"]).await;
        match (expected, &ended) {
            (None, ended) => assert_eq!(ended, &DONE),
            (Some(part), OperationEnd::Succeeded { verified: Verified::No { why }, .. }) => {
                assert!(why.contains(part), "{why}");
            }
            (Some(_), ended) => panic!("{ended:?}"),
        }
    }
    // Nor was it away meanwhile: its uptime has to be clearly younger than the
    // request, which it is not by the end, 15 minutes later.
    for (quorate, is_done) in [(0, false), (1, true)] {
        let looks = ["offline", "online 895"];
        let ended = end_where(reboot(), taken(), status(quorate, 0), &looks).await;
        assert_eq!(ended == DONE, is_done, "{ended:?}");
    }
}

#[tokio::test]
async fn a_shutdown_whose_answer_was_lost_is_not_told_by_a_node_that_is_away() {
    let off = || call("/nodes/pve3/status", Some("shutdown"));
    let ended = end(off(), Act::fails(137, ""), &["online 90000", "offline"]).await;
    let OperationEnd::Unknown { why } = &ended else { panic!("{ended:?}") };
    assert!(why.contains("signal 9") && why.contains("offline, for whichever reason"), "{why}");
    // One that is back with a new uptime was off.
    let looks = [&["online 90000"; 8][..], &["online 4"]].concat();
    assert_eq!(end(off(), Act::fails(137, ""), &looks).await, DONE);
}

#[tokio::test]
async fn a_refusal_is_a_failure_in_proxmoxs_words() {
    let wake = call("/nodes/pve3/wakeonlan", None);
    let ended = end(wake, Act::fails(255, "No wake on LAN MAC address defined for 'pve3'!\n"), &[]);
    let message = "No wake on LAN MAC address defined for 'pve3'!".to_owned();
    assert_eq!(ended.await, OperationEnd::Failed { message });
    let ended = end(reboot(), Act::fails(143, ""), &["online 90000"]).await;
    assert!(
        matches!(&ended, OperationEnd::Unknown { why } if why.contains("killed by signal")),
        "{ended:?}"
    );
}

/// Its own node went down, and jarvis with it.
#[tokio::test]
async fn after_a_restart_the_uptime_tells() {
    for (state, printed, looks, expected) in [
        (OperationState::Running { pid: 9, pid_start: 9 }, true, "online 30", Some(DONE)),
        (OperationState::Running { pid: 9, pid_start: 9 }, true, "online 90000", None),
        (OperationState::Journaled, false, "online 30", Some(never_started())),
    ] {
        let bench = Bench::new();
        let at = Timestamp(NOW.0 - 3_600_000);
        let record = OperationRecord {
            id: OperationId::new(),
            run: RunId::new(),
            cluster: "home".parse().unwrap(),
            call: Call::Api(reboot()),
            at,
            upid: None,
            state,
        };
        let id = record.id;
        if printed {
            let output = Output::of(&bench.folder.path().join("operations"), id);
            std::fs::write(output.out, "").unwrap();
        }
        bench.script.on("get /nodes", nodes(looks));
        Arc::clone(&bench.journal).records.lock().unwrap().insert(id, record);
        bench.cluster.recover().await.unwrap();
        let ended = bench.cluster.wait(id, FOREVER).await.unwrap().unwrap();
        match expected {
            Some(expected) => assert_eq!(ended, expected),
            None => assert!(
                matches!(&ended, OperationEnd::Unknown { why } if why.contains("stopped meanwhile")),
                "{ended:?}"
            ),
        }
    }
}
