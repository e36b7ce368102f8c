//! Actions: the UPID at once, the work behind it.

use super::*;
use crate::access::{ACT_TOKEN, READ_TOKEN, ROOT_TOKEN};
use crate::https::tests::client::encode;

#[tokio::test]
async fn an_action_answers_at_once_and_its_worker_goes_on() {
    let bench = Bench::new().await;
    bench.make("worker 102 hang");
    let act = bench.home().token(ACT_TOKEN);
    let upid = act.post("/nodes/home/qemu/102/status/start", "").await.data();
    let upid = upid.as_str().unwrap().to_owned();
    assert!(
        upid.starts_with("UPID:home:") && upid.ends_with(":qmstart:102:jarvis@pve!act:"),
        "{upid}"
    );
    let path = format!("/nodes/home/tasks/{}/status", encode(&upid));
    let status = act.get(&path).await.data();
    assert_eq!((&status["status"], &status["tokenid"]), (&"running".into(), &"act".into()));
    assert_eq!(status["user"], "jarvis@pve");
    assert!(status.get("exitstatus").is_none());
    bench.make("worker 102 go");
    bench.until(|cluster| cluster.tasks.iter().all(|task| task.ended.is_some())).await;
    let status = act.get(&path).await.data();
    assert_eq!((&status["status"], &status["exitstatus"]), (&"stopped".into(), &"OK".into()));
    let current = act.get("/nodes/home/qemu/102/status/current").await.data();
    assert_eq!(current["status"], "running");
    let log = act.get(&format!("/nodes/home/tasks/{upid}/log")).await.json();
    assert_eq!((&log["data"][0]["t"], &log["total"]), (&"TASK OK".into(), &1.into()));
}

#[tokio::test]
async fn what_a_worker_prints_is_only_in_its_log() {
    let bench = Bench::new().await;
    let root = bench.home().token(ROOT_TOKEN);
    let upid = root.post("/nodes/pve4/qemu/112/status/start", "").await.data();
    bench.until(|cluster| cluster.tasks.iter().all(|task| task.ended.is_some())).await;
    let upid = upid.as_str().unwrap();
    let log = root.get(&format!("/nodes/pve4/tasks/{upid}/log?limit=1")).await.json();
    assert_eq!(log["data"][0]["t"], "generating cloud-init ISO");
    assert_eq!((log["data"].as_array().unwrap().len(), &log["total"]), (1, &2.into()));
    let list = root.get("/nodes/pve4/tasks?limit=0").await.json();
    assert_eq!(list["total"], 1);
}

#[tokio::test]
async fn a_task_is_its_owners_and_the_auditors() {
    let bench = Bench::new().await;
    bench.make("worker 101 hang");
    let operator = bench.home().user("operator@pve").await;
    let upid = operator.post("/nodes/home/qemu/101/status/reboot", "").await.data();
    let path = format!("/nodes/home/tasks/{}", encode(upid.as_str().unwrap()));
    let read = bench.home().token(READ_TOKEN);
    assert_eq!(operator.get(&format!("{path}/status")).await.status, 200);
    assert_eq!(read.get(&format!("{path}/log")).await.status, 200);
    let guest = bench.home().user("guest@pve").await;
    let answer = guest.get(&format!("{path}/status")).await;
    assert_eq!(answer.reason, "Permission check failed (/nodes/home, Sys.Audit)");
    let answer = read.ask("DELETE", &path, "").await.unwrap();
    assert_eq!(answer.reason, "Permission check failed (/nodes/home, Sys.Modify)");
    assert_eq!(operator.ask("DELETE", &path, "").await.unwrap().status, 200);
    bench.until(|cluster| cluster.tasks.iter().all(|task| task.ended.is_some())).await;
    let status = operator.get(&format!("{path}/status")).await.data();
    assert_eq!(status["exitstatus"], "received interrupt");
}

#[tokio::test]
async fn without_quorum_a_start_is_refused_before_there_is_a_task() {
    let bench = Bench::new().await;
    bench.make("quorum lost");
    let act = bench.home().token(ACT_TOKEN);
    let answer = act.post("/nodes/home/qemu/102/status/start", "").await;
    assert_eq!((answer.status, answer.reason.as_str()), (500, "cluster not ready - no quorum?"));
    assert_eq!(act.get("/cluster/status").await.data()[0]["quorate"], 0);
    assert!(bench.simulator.look(|cluster, _| cluster.tasks.is_empty()));
}

#[tokio::test]
async fn a_failing_task_is_still_a_upid() {
    let bench = Bench::new().await;
    let act = bench.home().token(ACT_TOKEN);
    let upid = act.post("/nodes/home/qemu/101/status/start", "").await.data();
    bench.until(|cluster| cluster.tasks.iter().all(|task| task.ended.is_some())).await;
    let status = act.get(&format!("/nodes/home/tasks/{}/status", upid.as_str().unwrap())).await;
    assert_eq!(status.data()["exitstatus"], "VM 101 already running");
}
