use super::*;
use crate::testing::{Act, Bench, FOREVER, NOW};
use jarvis_domain::inventory::Inventory;
use jarvis_domain::operation::Operations;
use jarvis_domain::{ApiCall, EventId, Field, Fields, ShellCall, Topic, Verb, Verified};

mod api;
mod recovery;

pub(super) const UPID: &str = "UPID:pve1:000076A4:000258FF:6B04ADE7:qmstart:102:root@pam:";
const HA: &str = "UPID:pve1:000076A4:000258FF:6B04ADE7:hastart:102:root@pam:";

pub(super) fn start_102() -> Call {
    create("/nodes/pve1/qemu/102/status/start")
}

fn create(path: &str) -> Call {
    let path = path.parse().unwrap();
    Call::Api(ApiCall { verb: Verb::Create, path, fields: Fields::none() })
}

/// The task's status, as `pvesh` tells it.
pub(super) fn task(upid: &str, exitstatus: &str) -> (String, Act) {
    let path = format!("get /nodes/pve1/tasks/{upid}/status");
    let json = format!(r#"{{"status":"stopped","exitstatus":"{exitstatus}"}}"#);
    (path, Act::prints(&json))
}

pub(super) fn guest(status: &str) -> (String, Act) {
    let json = format!(r#"{{"status":"{status}","qmpstatus":"{status}"}}"#);
    ("get /nodes/pve1/qemu/102/status/current".to_owned(), Act::prints(&json))
}

fn tasks(upids: &[&str]) -> (String, Act) {
    let entries: Vec<String> = upids.iter().map(|upid| format!(r#"{{"upid":"{upid}"}}"#)).collect();
    ("get /nodes/pve1/tasks --".to_owned(), Act::prints(&format!("[{}]", entries.join(","))))
}

fn named(upid: &str) -> Act {
    Act::prints(&format!("generating cloud-init ISO\n\"{upid}\"\n"))
}

async fn end_of(call: Call, started: Act, others: Vec<(String, Act)>) -> (OperationEnd, Bench) {
    let bench = Bench::new();
    let words = match &call {
        Call::Api(call) => format!("{} {}", call.verb, call.path),
        Call::Shell(call) => format!("{}: {}", call.node, call.argv.join(" ")),
    };
    bench.script.on(&words, started);
    for (words, act) in others {
        bench.script.on(&words, act);
    }
    let id = begin(&bench, call).await.unwrap();
    let end = bench.cluster.wait(id, FOREVER).await.unwrap().unwrap();
    let journaled = bench.journal.records.lock().unwrap()[&id].clone();
    assert!(matches!(journaled.state, OperationState::Ended { end: kept, .. } if kept == end));
    assert_eq!(bench.cluster.wait(id, FOREVER).await.unwrap(), Some(end.clone()));
    assert_eq!(bench.script.count(&words), 1, "started once");
    let [told] = &bench.events.all()[..] else { panic!("told once: {:?}", bench.events.all()) };
    assert_eq!((told.id, told.topic), (EventId::from(id), Topic::OperationEnded));
    assert_eq!(told.subject, format!("home/operation/{id}"));
    assert_eq!(told.data["ended"], word_of(&end));
    (end, bench)
}

fn word_of(end: &OperationEnd) -> &'static str {
    match end {
        OperationEnd::Succeeded { verified: Verified::No { .. }, .. } => "unverified",
        OperationEnd::Succeeded { warnings: 0, .. } => "ok",
        OperationEnd::Succeeded { .. } => "warnings",
        OperationEnd::Failed { .. } => "failed",
        OperationEnd::Unknown { .. } => "unknown",
    }
}

pub(super) async fn begin(bench: &Bench, call: Call) -> Result<OperationId, ClusterError> {
    bench.cluster.supervisor().begin(call, RunId::new()).await
}

fn done(warnings: u32) -> OperationEnd {
    OperationEnd::Succeeded { warnings, verified: Verified::Yes }
}

fn is_unknown(end: &OperationEnd, needle: &str) -> bool {
    matches!(end, OperationEnd::Unknown { why } if why.contains(needle))
}

fn is_failed(end: &OperationEnd, needle: &str) -> bool {
    matches!(end, OperationEnd::Failed { message } if message.contains(needle))
}

fn is_unverified(end: &OperationEnd, needle: &str) -> bool {
    matches!(end, OperationEnd::Succeeded { verified: Verified::No { why }, .. } if why.contains(needle))
}

#[tokio::test]
async fn done_is_what_the_task_says_and_the_guest_shows() {
    for (result, warnings) in [("OK", 0), ("WARNINGS: 2", 2)] {
        let others = vec![task(UPID, result), guest("running")];
        let (end, bench) = end_of(start_102(), named(UPID), others).await;
        assert_eq!(end, done(warnings));
        let records = bench.journal.records.lock().unwrap();
        let record = records.values().next().unwrap();
        assert_eq!(record.upid.as_ref().unwrap().as_str(), UPID);
    }
}

#[tokio::test]
async fn what_is_told_of_an_end_has_no_parameters_and_no_words_of_proxmox() {
    let call = Call::Shell(ShellCall {
        node: "pve1".parse().unwrap(),
        argv: vec!["apt-get".to_owned(), "--secret=1".to_owned()],
    });
    let failed = Act::fails(100, "E: secret\n");
    let (_, bench) = end_of(call, failed, Vec::new()).await;
    let told = &bench.events.all()[0];
    let keys: Vec<&str> = told.data.keys().map(String::as_str).collect();
    assert_eq!(keys, ["action", "ended", "guest", "node", "operation", "run"]);
    assert_eq!((&told.data["action"], &told.data["node"]), (&"apt-get".into(), &"pve1".into()));
    assert!(!serde_json::to_string(&told.data).unwrap().contains("secret"));

    let others = vec![task(UPID, "OK"), guest("running")];
    let (_, bench) = end_of(start_102(), named(UPID), others).await;
    let told = &bench.events.all()[0];
    assert_eq!(told.data["action"], "create /nodes/pve1/qemu/102/status/start");
    assert_eq!((&told.data["guest"], &told.data["node"]), (&102.into(), &"pve1".into()));
}

#[tokio::test]
async fn an_end_that_cannot_be_told_is_an_end_all_the_same() {
    let bench = Bench::new();
    bench.events.fail(true);
    bench.script.on("create", named(UPID));
    for (words, act) in [task(UPID, "OK"), guest("running")] {
        bench.script.on(&words, act);
    }
    let id = begin(&bench, start_102()).await.unwrap();
    assert_eq!(bench.cluster.wait(id, FOREVER).await.unwrap(), Some(done(0)));
}

#[tokio::test]
async fn what_was_known_before_a_write_is_stale_after_it() {
    let bench = Bench::new();
    let resources = "get /cluster/resources";
    bench.script.on(resources, Act::prints("[]")).on("get /cluster/status", Act::prints("[]"));
    bench.script.on("create", named(UPID));
    for (words, act) in [task(UPID, "OK"), guest("running")] {
        bench.script.on(&words, act);
    }
    bench.cluster.snapshot(FOREVER).await.unwrap();
    let id = begin(&bench, start_102()).await.unwrap();
    bench.cluster.wait(id, FOREVER).await.unwrap();
    bench.cluster.snapshot(FOREVER).await.unwrap();
    bench.cluster.snapshot(FOREVER).await.unwrap();
    assert_eq!(bench.script.count(resources), 2);
}

#[tokio::test]
async fn after_a_write_the_cluster_is_watched_closely() {
    let bench = Bench::new();
    bench.script.on("create", named(UPID));
    for (words, act) in [task(UPID, "OK"), guest("running")] {
        bench.script.on(&words, act);
    }
    let contents = bench.cluster.contents();
    assert!(!contents.is_lively());
    let id = begin(&bench, start_102()).await.unwrap();
    bench.cluster.wait(id, FOREVER).await.unwrap();
    assert!(contents.is_lively(), "the listing lags behind the guest");
}

#[tokio::test]
async fn a_task_that_fails_with_exit_status_0_has_failed() {
    let others = vec![task(UPID, "VM 102 already running"), guest("running")];
    let (end, _) = end_of(start_102(), named(UPID), others).await;
    assert!(is_failed(&end, "already running"), "{end:?}");
}

#[tokio::test]
async fn an_ha_guest_that_never_runs_is_not_done() {
    let others = vec![task(HA, "OK"), guest("stopped")];
    let (end, _) = end_of(start_102(), named(HA), others).await;
    assert!(is_unverified(&end, "VM 102 is stopped, 60 s"), "{end:?}");
}

#[tokio::test]
async fn an_ha_guest_is_waited_for() {
    let others = vec![task(HA, "OK"), guest("stopped"), guest("stopped"), guest("running")];
    let (end, _) = end_of(start_102(), named(HA), others).await;
    assert_eq!(end, done(0));
}

#[tokio::test]
async fn an_ha_guest_is_found_on_the_node_that_ha_chose() {
    let moved = r#"[{"type":"qemu","vmid":102,"node":"pve2","status":"running"}]"#;
    let gone = "Configuration file 'nodes/pve1/qemu-server/102.conf' does not exist\n";
    let others = vec![
        task(HA, "OK"),
        ("get /nodes/pve1/qemu/102".to_owned(), Act::fails(2, gone)),
        ("get /nodes/pve2/qemu/102".to_owned(), Act::prints(r#"{"status":"running"}"#)),
        ("get /cluster/resources".to_owned(), Act::prints(moved)),
    ];
    let (end, _) = end_of(start_102(), named(HA), others).await;
    assert_eq!(end, done(0));
}

#[tokio::test]
async fn a_task_that_still_runs_is_looked_at_again() {
    let path = format!("get /nodes/pve1/tasks/{UPID}/status");
    let running = || (path.clone(), Act::prints(r#"{"status":"running"}"#));
    let broken = (path.clone(), Act::fails(255, "ssh: connect to host x\n"));
    let others = vec![running(), broken, running(), task(UPID, "OK"), guest("running")];
    let (end, bench) = end_of(start_102(), named(UPID), others).await;
    assert_eq!((end, bench.script.count(&path)), (done(0), 4));
}

#[tokio::test]
async fn a_lost_task_id_is_looked_for() {
    let other = "UPID:pve1:000076A4:000258FF:6B04ADE7:qmstop:102:root@pam:";
    let others = vec![tasks(&[other, UPID]), task(UPID, "OK"), guest("running")];
    let (end, bench) = end_of(start_102(), Act::prints("no id here\n"), others).await;
    assert_eq!(end, done(0));
    let asked = bench.script.started();
    let listed = asked.iter().find(|words| words.starts_with("get /nodes/pve1/tasks --")).unwrap();
    assert!(listed.contains("--vmid=102") && listed.contains("--source=all"), "{listed}");
}

#[tokio::test]
async fn the_task_of_another_person_is_not_taken_for_a_lost_one() {
    let reboot = create("/nodes/pve1/qemu/102/status/reboot");
    for user in ["operator@pve", "root@pam!backup", "root@pve"] {
        let theirs = format!("UPID:pve1:000076CA:00025960:6B04ADE8:qmreboot:102:{user}:");
        let others = vec![tasks(&[&theirs]), task(&theirs, "OK"), guest("running")];
        let (end, _) = end_of(reboot.clone(), Act::prints(""), others).await;
        assert!(is_unknown(&end, "none can be found"), "{user}: {end:?}");
    }
}

#[tokio::test]
async fn without_a_task_the_guest_itself_tells_or_nobody_does() {
    for (state, seen) in [("running", true), ("stopped", false)] {
        let others = vec![tasks(&[]), guest(state)];
        let (end, _) = end_of(start_102(), Act::prints(""), others).await;
        assert!(if seen { end == done(0) } else { is_unknown(&end, "is stopped") }, "{end:?}");
    }
}

#[tokio::test]
async fn two_tasks_that_could_be_it_are_one_too_many() {
    let others = vec![tasks(&[UPID, HA]), guest("stopped")];
    let (end, _) = end_of(start_102(), Act::prints(""), others).await;
    assert!(is_unknown(&end, "2 tasks"), "{end:?}");
}

#[tokio::test]
async fn the_task_of_another_operation_is_not_taken_for_a_lost_one() {
    let bench = Bench::new();
    bench.script.on("create", named(UPID)).on("create", Act::prints(""));
    for (words, act) in [tasks(&[UPID]), task(UPID, "OK"), guest("running"), guest("stopped")] {
        bench.script.on(&words, act);
    }
    let first = begin(&bench, start_102()).await.unwrap();
    assert_eq!(bench.cluster.wait(first, FOREVER).await.unwrap(), Some(done(0)));
    let second = begin(&bench, start_102()).await.unwrap();
    let end = bench.cluster.wait(second, FOREVER).await.unwrap().unwrap();
    assert!(is_unknown(&end, "none can be found"), "{end:?}");
}

#[tokio::test]
async fn a_task_that_another_operation_may_have_started_is_not_taken_for_a_lost_one() {
    const NEXT: &str = "UPID:pve1:000076B5:00025900:6B04ADE8:qmstart:102:root@pam:";
    // The first one still runs, and its task is the only one there is; or it
    // has told another one by the second look.
    let other = "create /nodes/pve1/qemu/102/status/start";
    for (listed, end) in [(&[UPID][..], None), (&[NEXT], Some(done(0)))] {
        let bench = Bench::new();
        bench.script.on(other, Act::Hangs).on(other, Act::prints(""));
        for (words, act) in [tasks(listed), task(NEXT, "OK"), guest("stopped")] {
            bench.script.on(&words, act);
        }
        let first = begin(&bench, start_102()).await.unwrap();
        if end.is_some() {
            let mut records = bench.journal.records.lock().unwrap();
            records.get_mut(&first).unwrap().upid = Some(UPID.parse().unwrap());
            bench.script.replace("get /nodes/pve1/qemu/102/status/current", guest("running").1);
        }
        let second = begin(&bench, start_102()).await.unwrap();
        let found = bench.cluster.wait(second, FOREVER).await.unwrap().unwrap();
        match end {
            Some(end) => assert_eq!(found, end),
            None => assert!(is_unknown(&found, "may be another operation's"), "{found:?}"),
        }
    }
}

#[tokio::test]
async fn nor_is_one_that_another_operation_has_started_and_never_knew() {
    let bench = Bench::new();
    bench.script.on("create", Act::prints(""));
    let listed = "get /nodes/pve1/tasks --";
    for (words, act) in [task(UPID, "OK"), guest("stopped")] {
        bench.script.on(&words, act);
    }
    for listing in [Act::prints("garbage"), tasks(&[UPID]).1] {
        bench.script.replace(listed, listing);
        let id = begin(&bench, start_102()).await.unwrap();
        let end = bench.cluster.wait(id, FOREVER).await.unwrap().unwrap();
        assert!(is_unknown(&end, "it named no task"), "{end:?}");
    }
}

#[tokio::test]
async fn what_proxmox_refuses_before_a_task_has_failed() {
    for (stderr, said) in [
        ("cluster not ready - no quorum?\n", "no quorum"),
        ("VM 102 not running\n", "VM 102 not running"),
        (
            "proxy handler failed: ssh: connect to host 192.0.2.13 port 22: No route to host\n",
            "No route",
        ),
    ] {
        let (end, bench) = end_of(start_102(), Act::fails(255, stderr), Vec::new()).await;
        assert!(is_failed(&end, said), "{end:?}");
        assert_eq!(bench.script.started().len(), 1, "nothing to look for");
    }
    let odd = Act::fails(255, "something new\n");
    let (end, _) = end_of(start_102(), odd, vec![tasks(&[])]).await;
    assert!(is_failed(&end, "something new"), "{end:?}");
}

#[tokio::test]
async fn pvesh_that_dies_half_way_leaves_a_task_or_a_question() {
    let (end, _) = end_of(start_102(), Act::fails(137, ""), vec![tasks(&[])]).await;
    assert!(is_unknown(&end, "killed"), "{end:?}");
    let others = vec![tasks(&[UPID]), task(UPID, "unexpected status"), guest("stopped")];
    let (end, _) = end_of(start_102(), Act::fails(137, ""), others).await;
    assert!(is_unknown(&end, "without saying how"), "{end:?}");
    let (end, _) = end_of(start_102(), Act::fails(137, ""), Vec::new()).await;
    assert!(is_unknown(&end, "cannot be listed"), "{end:?}");
}

#[tokio::test]
async fn output_glued_to_the_task_id_is_judged_by_the_guest() {
    let glued = Act::prints(&format!("partial without newline\"{UPID}\"\n"));
    let others = vec![task(UPID, "unexpected status"), guest("running")];
    let (end, _) = end_of(start_102(), glued, others).await;
    assert_eq!(end, done(0));
}

#[tokio::test]
async fn a_snapshot_that_was_left_half_made_is_none() {
    let upid = "UPID:pve1:000076A4:000258FF:6B04ADE7:qmsnapshot:102:root@pam:";
    let name = Field { name: "snapname".to_owned(), value: "before".to_owned() };
    let take = || {
        let Call::Api(call) = create("/nodes/pve1/qemu/102/snapshot") else { unreachable!() };
        Call::Api(ApiCall { fields: Fields::new([name.clone()]).unwrap(), ..call })
    };
    let listed = "get /nodes/pve1/qemu/102/snapshot".to_owned();
    let (half, whole) =
        (r#"[{"name":"before","snapstate":"prepare"}]"#, r#"[{"name":"before","snaptime":1}]"#);
    for (result, shown, expected) in [
        ("unexpected status", half, "unknown"),
        ("unexpected status", whole, "ok"),
        ("OK", half, "unverified"),
        ("OK", whole, "ok"),
        ("OK", "[]", "unverified"),
    ] {
        let others = vec![task(upid, result), (listed.clone(), Act::prints(shown))];
        let (end, _) = end_of(take(), named(upid), others).await;
        assert_eq!(word_of(&end), expected, "{result} {shown}: {end:?}");
        let says = end.to_string();
        assert!(expected == "ok" || shown == "[]" || says.contains("half a snapshot"), "{says}");
    }
}

#[tokio::test]
async fn a_task_that_can_never_be_read_is_given_up_as_unknown() {
    let (end, _) = end_of(start_102(), named(UPID), vec![guest("stopped")]).await;
    assert!(is_unknown(&end, "its task cannot be read"), "{end:?}");
}

#[tokio::test]
async fn a_call_without_a_task_ends_with_pvesh() {
    let reboot = || create("/nodes/pve1/status");
    let (end, _) = end_of(reboot(), Act::prints(""), Vec::new()).await;
    assert!(is_unverified(&end, "did not look"), "{end:?}");
    let (end, _) = end_of(reboot(), Act::fails(255, "something new\n"), Vec::new()).await;
    assert!(is_failed(&end, "something new"), "{end:?}");
    let (end, _) = end_of(reboot(), Act::fails(143, ""), Vec::new()).await;
    assert!(is_unknown(&end, "signal 15"), "{end:?}");
}

#[tokio::test]
async fn a_long_command_ends_with_its_own_status() {
    let argv = vec!["apt-get".to_owned(), "update".to_owned()];
    let call = || Call::Shell(ShellCall { node: "pve1".parse().unwrap(), argv: argv.clone() });
    let (end, bench) = end_of(call(), Act::prints("one\ntwo\n"), Vec::new()).await;
    assert_eq!(end, done(0));
    let id = *bench.journal.records.lock().unwrap().keys().next().unwrap();
    let page = bench.cluster.log(id, 1, 1).await.unwrap();
    assert_eq!((page.lines, page.next), (vec!["two".to_owned()], Some(2)));
    let page = bench.cluster.log(id, 2, 10).await.unwrap();
    assert_eq!((page.lines, page.next), (Vec::new(), None));
    let (end, _) = end_of(call(), Act::fails(100, "E: no lock\n"), Vec::new()).await;
    assert!(is_failed(&end, "exit status 100: E: no lock"), "{end:?}");
}

#[tokio::test]
async fn the_log_of_a_task_is_proxmox_own() {
    let others = vec![task(UPID, "OK"), guest("running")];
    let (_, bench) = end_of(start_102(), named(UPID), others).await;
    let id = *bench.journal.records.lock().unwrap().keys().next().unwrap();
    let log = format!("get /nodes/pve1/tasks/{UPID}/log");
    bench.script.on(&log, Act::prints(r#"[{"n":1,"t":"TASK OK"}]"#));
    bench.script.on(&log, Act::prints(r#"[{"n":1,"t":"no content"}]"#));
    assert_eq!(bench.cluster.log(id, 0, 50).await.unwrap().lines, ["TASK OK"]);
    assert!(bench.cluster.log(id, 1, 50).await.unwrap().lines.is_empty());
}

#[tokio::test]
async fn what_cannot_be_journaled_is_not_started() {
    let bench = Bench::new();
    *bench.journal.takes.lock().unwrap() = Some(0);
    let error = begin(&bench, start_102()).await.unwrap_err();
    assert!(matches!(error, ClusterError::Store(_)), "{error}");
    assert!(bench.script.started().is_empty());
}

#[tokio::test]
async fn a_journal_that_breaks_later_does_not_lose_the_end() {
    let bench = Bench::new();
    *bench.journal.takes.lock().unwrap() = Some(1);
    bench.script.on("create", named(UPID));
    for (words, act) in [task(UPID, "OK"), guest("running")] {
        bench.script.on(&words, act);
    }
    let id = begin(&bench, start_102()).await.unwrap();
    assert_eq!(bench.cluster.wait(id, FOREVER).await.unwrap(), Some(done(0)));
    assert_eq!(bench.cluster.wait(id, FOREVER).await.unwrap(), Some(done(0)), "told again");
}

#[tokio::test]
async fn pvesh_that_is_missing_is_an_error_and_an_end() {
    let bench = Bench::new();
    bench.script.on("create", Act::IsMissing);
    let error = begin(&bench, start_102()).await.unwrap_err();
    assert!(matches!(error, ClusterError::PveshMissing { .. }), "{error}");
    let record = bench.journal.records.lock().unwrap().values().next().unwrap().clone();
    assert!(matches!(record.state, OperationState::Ended { end: OperationEnd::Failed { .. }, .. }));
}

#[tokio::test]
async fn a_write_that_hangs_is_never_killed() {
    let bench = Bench::new();
    bench.script.on("create", Act::Hangs);
    let id = begin(&bench, start_102()).await.unwrap();
    assert_eq!(bench.cluster.wait(id, Duration::from_secs(300)).await.unwrap(), None);
    let record = bench.journal.records.lock().unwrap()[&id].clone();
    assert_eq!(record.state, OperationState::Running { pid: 4711, pid_start: 1 });
    assert_eq!(record.at, NOW);
    std::fs::write(Output::of(&bench.folder.path().join("operations"), id).out, "so far\n")
        .unwrap();
    let page = bench.cluster.log(id, 0, 10).await.unwrap();
    assert_eq!((page.lines, page.next), (vec!["so far".to_owned()], Some(1)));
}

#[tokio::test]
async fn a_caller_who_goes_away_stops_nothing() {
    let bench = Bench::new();
    bench.script.on("create", named(UPID));
    for (words, act) in [task(UPID, "OK"), guest("running")] {
        bench.script.on(&words, act);
    }
    let mut asked = Box::pin(begin(&bench, start_102()));
    tokio::select! { biased; _ = &mut asked => {}, () = std::future::ready(()) => {} }
    drop(asked);
    while bench.journal.records.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    let id = *bench.journal.records.lock().unwrap().keys().next().unwrap();
    while bench.cluster.wait(id, Duration::from_secs(1)).await.unwrap() != Some(done(0)) {}
}

#[tokio::test]
async fn an_operation_that_never_was_is_said_so() {
    let bench = Bench::new();
    let error = bench.cluster.wait(OperationId::new(), FOREVER).await.unwrap_err();
    assert_eq!(error.fault.code, "cluster-no-such-operation");
    assert!(bench.cluster.log(OperationId::new(), 0, 1).await.is_err());
}
