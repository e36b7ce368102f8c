//! The built skills on the fake cluster: reads and changes.

use std::sync::Arc;

use jarvis_domain::audit::AuditEvent;
use jarvis_domain::invocation::{Answer, Notice, Watcher};
use jarvis_domain::read::CallErrorKind;
use jarvis_domain::run::RunEnd;
use jarvis_domain::{OperationEnd, Outcome, Role, Verified};
use serde_json::json;

use crate::testing::Seen;
use crate::testing::stage::{Stage, invocation, reply};

#[tokio::test]
async fn a_read_is_answered_from_the_sensors() {
    let stage = Stage::shipped().await;
    let reply = stage.reply("temperatures.node", json!({"node": "home"})).await;
    assert_eq!(reply.outcome, Outcome::Done);
    assert!(reply.speech.contains("54"), "{}", reply.speech);
    assert!(reply.as_of.is_some());
}

#[tokio::test]
async fn a_change_is_waited_for_written_down_and_shown() {
    let stage = Stage::shipped().await;
    let reply = stage.reply("vm-lifecycle.start", json!({"guest": "webserver"})).await;
    assert_eq!(reply.outcome, Outcome::Done, "{reply:?}");
    assert_eq!(stage.fakes.cluster.started(), ["create /nodes/home/qemu/102/status/start"]);

    let writes: Vec<AuditEvent> = stage.fakes.store.events();
    let ended = writes.iter().any(|event| {
        matches!(event, AuditEvent::Outcome { operation: Some(_), result, .. } if result == "ok")
    });
    assert!(ended, "{writes:?}");
    let notices = stage.watcher.notices();
    let [Notice::Run { run }, Notice::Started { what, .. }, Notice::Ended { how, .. }] =
        &notices[..]
    else {
        panic!("{notices:?}")
    };
    assert_eq!(*run, reply.run);
    assert!(what.contains("102 webserver-01"), "{what}");
    assert_eq!(how, "ok");

    let runs = stage.fakes.store.all_runs();
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].id, reply.run);
    assert!(matches!(&runs[0].end, Some(RunEnd::Answered(Answer::Reply(_)))));
    assert!(runs[0].revision.is_some());
    assert!(runs[0].calls.iter().any(|call| call.operation.is_some()), "{:?}", runs[0].calls);
}

#[tokio::test]
async fn what_is_so_already_is_not_done_again() {
    let stage = Stage::shipped().await;
    let reply = stage.reply("vm-lifecycle.start", json!({"guest": 101})).await;
    assert_eq!(reply.outcome, Outcome::NothingChanged);
    assert!(stage.fakes.cluster.started().is_empty());
}

#[tokio::test]
async fn the_end_that_proxmox_tells_is_the_end_that_is_told() {
    let failed = OperationEnd::Failed { message: "no space left on device".to_owned() };
    let unseen = OperationEnd::Succeeded {
        warnings: 0,
        verified: Verified::No { why: "the HA manager has not started it".to_owned() },
    };
    let lost = OperationEnd::Unknown { why: "node home went away".to_owned() };
    for (end, outcome, words) in [
        (failed, Outcome::Failed, "no space left"),
        (unseen, Outcome::Unknown, "HA manager"),
        (lost, Outcome::Unknown, "went away"),
    ] {
        let stage = Stage::shipped().await;
        stage.fakes.cluster.ends(Some(end));
        let reply = stage.reply("vm-lifecycle.start", json!({"guest": 102})).await;
        assert_eq!(reply.outcome, outcome, "{reply:?}");
        assert!(reply.speech.contains(words), "{}", reply.speech);
    }
}

#[tokio::test]
async fn an_operation_outlives_the_call_and_its_end_is_still_written_down() {
    let stage = Stage::shipped().await;
    stage.fakes.cluster.ends(None);
    let budget = stage.host.catalog().skill(&"vm-lifecycle".parse().unwrap()).unwrap().limits.time;
    // Time passes while it waits, and none while it answers, however long that takes.
    let passes = async {
        stage.fakes.cluster.waited.notified().await;
        stage.fakes.clock.advance(budget - std::time::Duration::from_secs(1));
    };
    let start = stage.invoke("vm-lifecycle.start", json!({"guest": 102}));
    let (answered, ()) = tokio::join!(start, passes);
    let reply = reply(answered);
    assert_eq!(reply.outcome, Outcome::Started, "{reply:?}");
    let is_over = |notice: &Notice| matches!(notice, Notice::Ended { .. });
    assert!(!stage.watcher.notices().iter().any(is_over));

    let verified = Verified::Yes;
    stage.fakes.cluster.ends(Some(OperationEnd::Succeeded { warnings: 0, verified }));
    while !stage.watcher.notices().iter().any(is_over) {
        stage.fakes.clock.advance(std::time::Duration::from_secs(3600));
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_run_goes_on_when_its_caller_hangs_up() {
    let stage = Stage::shipped().await;
    stage.fakes.cluster.ends(None);
    tokio::select! {
        ended = stage.invoke("vm-lifecycle.start", json!({"guest": 102})) => panic!("{ended:?}"),
        () = stage.watcher.news.notified() => {}
    }
    stage
        .fakes
        .cluster
        .ends(Some(OperationEnd::Succeeded { warnings: 0, verified: Verified::Yes }));
    while stage.fakes.store.all_runs()[0].end.is_none() {
        stage.fakes.clock.advance(std::time::Duration::from_secs(1));
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_read_that_never_answers_ends_with_the_budget() {
    let stage = Stage::shipped().await;
    stage.fakes.cluster.hangs(true);
    let ended = stage.invoke_while_time_passes("vm-lifecycle.start", json!({"guest": 102})).await;
    let fault = ended.unwrap_err();
    assert_eq!((fault.code.as_str(), fault.exit), ("skill-timeout", 1), "{fault}");
    let figures = stage.host.figures(&"vm-lifecycle".parse().unwrap()).unwrap();
    assert!(figures.peak_memory > 64 << 10, "what a cut call took counts too: {figures:?}");
    let runs = stage.fakes.store.all_runs();
    assert!(matches!(&runs[0].end, Some(RunEnd::Failed(fault)) if fault.code == "skill-timeout"));
}

#[tokio::test]
async fn without_an_audit_log_nothing_is_changed() {
    let stage = Stage::shipped().await;
    stage.fakes.store.audit_fails(true);
    let fault = stage.fault("vm-lifecycle.start", json!({"guest": 102})).await;
    assert_eq!(fault.exit, 1, "{fault}");
    assert!(stage.fakes.cluster.started().is_empty());
    assert!(stage.fakes.store.all_runs()[0].end.is_some());

    stage.fakes.store.audit_fails(false);
    stage.fakes.store.runs_fail(true);
    let fault = stage.fault("vm-lifecycle.start", json!({"guest": 102})).await;
    assert_eq!(fault.code, "state-unusable", "{fault}");
    assert!(stage.fakes.cluster.started().is_empty());
    // A read goes on.
    assert!(stage.invoke("vm-lifecycle.list", json!({})).await.is_ok());
}

#[tokio::test]
async fn what_cannot_be_started_is_not_done() {
    let stage = Stage::shipped().await;
    stage.fakes.cluster.refuses(Some(CallErrorKind::Unavailable));
    match stage.invoke("vm-lifecycle.start", json!({"guest": 102})).await {
        Ok(Answer::Reply(reply)) => assert_eq!(reply.outcome, Outcome::Failed, "{reply:?}"),
        Err(fault) => assert_eq!(fault.exit, 1, "{fault}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_refusal_has_its_code() {
    let mut stage = Stage::shipped().await;
    for (command, arguments, code, exit) in [
        ("vm-lifecycle.strat", json!({}), "skill-unknown-command", 2),
        ("nobody.start", json!({}), "skill-unknown-command", 2),
        ("vm-lifecycle.start", json!({"guest": "nowhere"}), "skill-argument-no-such-name", 3),
        ("vm-lifecycle.start", json!({"guest": 102, "fast": true}), "skill-argument-unknown", 2),
        ("vm-lifecycle.list", json!({"state": "asleep"}), "skill-argument-invalid", 2),
    ] {
        let fault = stage.fault(command, arguments).await;
        assert_eq!((fault.code.as_str(), fault.exit), (code, exit), "{fault}");
    }
    stage.caller.role = Some(Role::Viewer);
    let fault = stage.fault("vm-lifecycle.start", json!({"guest": 102})).await;
    assert_eq!((fault.code.as_str(), fault.exit), ("skill-role", 5), "{fault}");
    stage.caller.role = None;
    let fault = stage.fault("vm-lifecycle.list", json!({})).await;
    assert_eq!((fault.code.as_str(), fault.exit), ("skill-role", 5), "{fault}");
    // Each left a run record.
    assert_eq!(stage.fakes.store.all_runs().len(), 7);
}

#[tokio::test]
async fn what_is_open_is_asked_for_and_nothing_runs() {
    let stage = Stage::shipped().await;
    let answer = stage.invoke("vm-lifecycle.start", json!({})).await.unwrap();
    assert!(matches!(answer, Answer::Missing(missing) if missing.parameter == "guest"));
    assert!(stage.fakes.cluster.started().is_empty());
}

#[tokio::test]
async fn an_invocation_is_bound_to_the_hosts_cluster() {
    let stage = Stage::shipped().await;
    let mut elsewhere = invocation("vm-lifecycle.list", json!({}));
    elsewhere.cluster = "other".parse().unwrap();
    let fault = stage.invoke_as(&stage.caller, elsewhere).await.unwrap_err();
    assert_eq!(fault.code, "skill-other-cluster");
}

#[tokio::test]
async fn a_silent_cluster_is_told_by_its_own_words() {
    let stage = Stage::shipped().await;
    stage.fakes.cluster.silent(true);
    let fault = stage.fault("vm-lifecycle.start", json!({"guest": 102})).await;
    assert_eq!(fault.sentence, "no node answers");
}

#[tokio::test]
async fn what_is_broken_off_while_it_only_reads_begins_nothing() {
    for (command, arguments) in [
        ("vm-lifecycle.start", json!({"guest": 102})),
        ("vm-lifecycle.force-stop", json!({"guest": 101})),
    ] {
        let stage = Stage::shipped().await;
        stage.fakes.cluster.hangs(true);
        let breaking = async {
            stage.fakes.cluster.hanging.notified().await;
            stage.watcher.break_off();
            stage.fakes.cluster.hangs(false);
        };
        let (ended, ()) = tokio::join!(stage.invoke(command, arguments), breaking);
        // Not even a question.
        assert_eq!(ended.unwrap_err().code, "skill-broken-off", "{command}");
        assert!(stage.fakes.cluster.started().is_empty());
        let runs = stage.fakes.store.all_runs();
        let Some(RunEnd::Failed(fault)) = &runs[0].end else { panic!("{runs:?}") };
        assert_eq!(fault.code, "skill-broken-off");
    }
    // What only reads changes nothing, and is answered.
    let stage = Stage::shipped().await;
    stage.watcher.break_off();
    assert!(stage.invoke("vm-lifecycle.list", json!({})).await.is_ok());
}

/// Wants nothing more once something has begun.
#[derive(Debug, Default)]
struct Once(Seen);

impl Watcher for Once {
    fn notice(&self, notice: Notice) {
        let begun = matches!(notice, Notice::Started { .. });
        self.0.notice(notice);
        if begun {
            self.0.break_off();
        }
    }

    fn is_wanted(&self) -> bool {
        self.0.is_wanted()
    }
}

#[tokio::test]
async fn what_has_begun_goes_on_when_the_rest_is_broken_off() {
    let stage = Stage::shipped().await;
    let watcher = Arc::new(Once::default());
    let both = invocation("vm-lifecycle.start-tagged", json!({"tag": "prod"}));
    let answered = stage.host.invoke(both, &stage.caller, watcher.clone()).await;
    let reply = reply(answered);
    assert!(reply.speech.contains("broken off"), "{reply:?}");
    assert_eq!(stage.fakes.cluster.started().len(), 1);
    while !watcher.0.notices().iter().any(|notice| matches!(notice, Notice::Ended { .. })) {
        watcher.0.news.notified().await;
    }
    let ended = stage.fakes.store.events().into_iter().any(|event| {
        matches!(event, AuditEvent::Outcome { operation: Some(_), result, .. } if result == "ok")
    });
    assert!(ended);
}
