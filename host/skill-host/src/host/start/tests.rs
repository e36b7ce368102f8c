use jarvis_domain::read::CallErrorKind;
use jarvis_domain::{Risk, Role, Verb};

use super::*;
use crate::bindings::types;
use crate::host::cluster_read;
use crate::manifest::Limits;
use crate::testing::Rig;

const GRANTS: &str = "[{capability: cluster-write, verbs: [create], fields: [forceStop], \
    paths: ['/nodes/*/qemu/*/status/start', '/nodes/*/qemu/*/status/stop', \
    '/nodes/*/qemu/*/status/shutdown']}]";

fn call(what: &str) -> Call {
    call_with(what, Vec::new())
}

fn call_with(what: &str, fields: Vec<types::Field>) -> Call {
    let path = format!("/nodes/home/qemu/101/status/{what}");
    Call::Api(cluster_read::call(Verb::Create, &path, fields).unwrap())
}

fn kinds(rig: &Rig) -> Vec<&'static str> {
    let kind = |event: &AuditEvent| match event {
        AuditEvent::Allowed { .. } => "allowed",
        AuditEvent::Denied { .. } => "denied",
        AuditEvent::Outcome { .. } => "outcome",
        _ => "other",
    };
    rig.audit_events().iter().map(kind).collect()
}

#[tokio::test]
async fn a_write_is_audited_before_it_leaves_and_when_it_ended() {
    let rig = Rig::with_grants(GRANTS);
    let mut session = rig.session();
    let begun = session.start(call("start")).await.unwrap();
    assert_eq!(kinds(&rig), ["allowed"]);
    let Handle::Started(id) = begun.handle else { panic!("{begun:?}") };
    assert_eq!(session.scope.record.writes()[0].effect, Effect::Running(id));
    let end = rig.fakes.ports().operations.wait(id, Duration::ZERO).await.unwrap().unwrap();
    session.scope.settle(id, &end).await;
    session.scope.settle(id, &end).await;
    assert_eq!(kinds(&rig), ["allowed", "outcome"]);
}

#[tokio::test]
async fn a_dry_run_records_and_sends_nothing() {
    let rig = Rig { declared: Risk::Destructive, ..Rig::with_grants(GRANTS) };
    let mut session = rig.dry_session();
    let begun = session.start(call("stop")).await.unwrap();
    assert_eq!(begun, Begun { handle: Handle::Planned(1), over: false });
    assert!(rig.fakes.cluster.started().is_empty());
    assert!(kinds(&rig).is_empty());
    let Mode::Dry(dry) = session.mode else { panic!("it is dry") };
    assert_eq!(dry.writes, [call("stop")]);
}

#[tokio::test]
async fn a_skill_that_declares_force_stop_as_change_is_denied() {
    let rig = Rig::with_grants(GRANTS);
    let force = types::Field { name: "forceStop".to_owned(), value: "1".to_owned() };
    for call in [call("stop"), call("shutdown"), call_with("shutdown", vec![force])] {
        let refused = rig.session().start(call).await.unwrap_err();
        assert!(matches!(refused, Refusal::Denied(_)), "{refused:?}");
    }
    assert!(rig.fakes.cluster.started().is_empty());
    assert_eq!(kinds(&rig), ["denied"; 3]);
}

#[tokio::test]
async fn a_write_outside_the_plan_is_denied_and_each_step_is_used_once() {
    let rig = Rig { declared: Risk::Destructive, ..Rig::with_grants(GRANTS) };
    let mut session = rig.planned_session(vec![call("shutdown")]);
    let refused = session.start(call("stop")).await.unwrap_err();
    assert!(matches!(refused, Refusal::Denied(_)), "{refused:?}");
    assert!(session.start(call("shutdown")).await.is_ok());
    assert!(session.start(call("shutdown")).await.is_err());
    assert_eq!(rig.fakes.cluster.started().len(), 1);
}

#[tokio::test]
async fn a_destructive_command_without_a_plan_writes_nothing() {
    let rig = Rig { declared: Risk::Destructive, ..Rig::with_grants(GRANTS) };
    assert!(rig.session().start(call("start")).await.is_err());
    assert!(rig.fakes.cluster.started().is_empty());
}

#[tokio::test]
async fn a_viewer_starts_nothing() {
    let mut rig = Rig::with_grants(GRANTS);
    rig.caller.role = Some(Role::Viewer);
    assert!(rig.session().start(call("start")).await.is_err());
    assert!(rig.fakes.cluster.started().is_empty());
}

#[tokio::test]
async fn what_cannot_be_written_down_is_not_done() {
    let rig = Rig::with_grants(GRANTS);
    rig.fakes.store.audit_fails(true);
    let mut session = rig.session();
    let refused = session.start(call("start")).await.unwrap_err();
    assert!(matches!(refused, Refusal::Unavailable(_)), "{refused:?}");
    assert!(rig.fakes.cluster.started().is_empty());
    assert!(!crate::outcome::has_effect(&session.scope.record.writes()));
}

#[tokio::test]
async fn a_write_that_could_not_start_is_told_apart() {
    let rig = Rig::with_grants(GRANTS);
    for (kind, effect) in [(CallErrorKind::Unavailable, false), (CallErrorKind::TimedOut, true)] {
        rig.fakes.cluster.refuses(Some(kind));
        let mut session = rig.session();
        assert!(session.start(call("start")).await.is_err());
        assert_eq!(crate::outcome::has_effect(&session.scope.record.writes()), effect, "{kind:?}");
    }
    assert_eq!(kinds(&rig), ["allowed", "outcome", "allowed", "outcome"]);
}

#[tokio::test]
async fn too_many_calls_stop_the_skill() {
    let rig = Rig { limits: Limits { calls: 3, ..Limits::DEFAULT }, ..Rig::new() };
    let mut session = rig.session();
    for _ in 0..3 {
        // Refused calls count too.
        assert!(matches!(session.start(call("start")).await, Err(Refusal::Denied(_))));
    }
    assert!(matches!(session.start(call("start")).await, Err(Refusal::Stop(Stop::TooMuch(_)))));
}
