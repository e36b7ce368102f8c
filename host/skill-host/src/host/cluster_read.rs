//! `cluster-read`: reads of the Proxmox API.

use jarvis_domain::audit::AuditEvent;
use jarvis_domain::{ApiCall, ApiPath, Call, Field, Fields, Risk, Verb};
use jarvis_policy::Decision;

use super::Refusal;
use crate::bindings::{cluster_read, types};
use crate::guest::Guest;
use crate::record::Rated;
use crate::session::Session;

/// The longest answer, bytes.
const MAX_ANSWER: usize = 8 << 20;

impl Session {
    async fn read(&mut self, call: ApiCall) -> Result<String, Refusal> {
        let Decision::Read(call) = self.decide(Call::Api(call)).await? else {
            let text = "this GET does more than read, and skills have no way to do that";
            return Err(Refusal::Denied(text.to_owned()));
        };
        let scope = &self.scope;
        let event = AuditEvent::Allowed { call: Call::Api(call.clone()), risk: Risk::Read };
        let line = scope.audit_read(event).await;
        let answer = scope.ports.reader.get(&call.path, &call.fields).await;
        let result = answer.as_ref().map_or_else(ToString::to_string, |_| "ok".to_owned());
        scope.audit_read_ended(line, result).await;
        let answer = answer?.to_string();
        if answer.len() > MAX_ANSWER {
            let (long, most) = (answer.len() >> 20, MAX_ANSWER >> 20);
            let message = format!("the answer has {long} MiB; a skill gets at most {most}");
            return Err(Refusal::Failed { status: 413, message });
        }
        self.count_bytes(answer.len())?;
        Ok(answer)
    }
}

impl cluster_read::Host for Guest {
    async fn get(&mut self, path: String, query: Vec<types::Field>) -> Result<String, Refusal> {
        let timed = self.session.begin(format!("get {path}"))?;
        let answer = match call(Verb::Get, &path, query) {
            Ok(call) => self.session.read(call).await,
            Err(refusal) => Err(refusal),
        };
        let rated = Rated { risk: Some(Risk::Read), ..Rated::default() };
        self.session.end(timed, rated, answer)
    }
}

/// A call in canonical form.
pub(super) fn call(verb: Verb, path: &str, fields: Vec<types::Field>) -> Result<ApiCall, Refusal> {
    let path: ApiPath = path.parse().map_err(|bad| Refusal::Invalid(format!("path: {bad}")))?;
    let fields = fields.into_iter().map(|types::Field { name, value }| Field { name, value });
    let fields = Fields::new(fields).map_err(|bad| Refusal::Invalid(format!("fields: {bad}")))?;
    Ok(ApiCall { verb, path, fields })
}

#[cfg(test)]
mod tests {
    use jarvis_domain::Role;
    use jarvis_domain::audit::AuditEvent;

    use super::*;
    use crate::testing::Rig;

    fn field(name: &str, value: &str) -> types::Field {
        types::Field { name: name.to_owned(), value: value.to_owned() }
    }

    #[tokio::test]
    async fn a_granted_read_is_audited_before_and_after() {
        let rig = Rig::reading("/nodes/*/status");
        let mut session = rig.session();
        let get = call(Verb::Get, "/nodes/home/status", Vec::new()).unwrap();
        assert_eq!(session.read(get).await.unwrap(), "{\"path\":\"/nodes/home/status\"}");
        let lines = rig.audit_events();
        let [
            AuditEvent::Allowed { risk: Risk::Read, .. },
            AuditEvent::Outcome { of: 1, result, .. },
        ] = lines.as_slice()
        else {
            panic!("{lines:?}")
        };
        assert_eq!(result, "ok");
    }

    #[tokio::test]
    async fn what_is_not_granted_is_denied_and_the_refusal_audited() {
        let rig = Rig::reading("/nodes/*/status");
        let mut session = rig.session();
        for path in ["/nodes/home/qemu/101/config", "/access/users", "/nodes/home/status/x"] {
            let refused =
                session.read(call(Verb::Get, path, Vec::new()).unwrap()).await.unwrap_err();
            assert!(matches!(refused, Refusal::Denied(_)), "{path}: {refused:?}");
        }
        assert_eq!(rig.audit_events().len(), 3);
        assert!(rig.audit_events().iter().all(|e| matches!(e, AuditEvent::Denied { .. })));
    }

    #[tokio::test]
    async fn a_caller_without_a_role_reads_nothing() {
        let mut rig = Rig::reading("/nodes/*/status");
        rig.caller.role = None;
        let get = call(Verb::Get, "/nodes/home/status", Vec::new()).unwrap();
        assert!(matches!(rig.session().read(get).await, Err(Refusal::Denied(_))));
        rig.caller.role = Some(Role::Viewer);
        let get = call(Verb::Get, "/nodes/home/status", Vec::new()).unwrap();
        assert!(rig.session().read(get).await.is_ok());
    }

    #[test]
    fn what_is_no_canonical_call_is_invalid() {
        for (path, fields) in [
            ("nodes", vec![]),
            ("/nodes/../access/users", vec![]),
            ("/nodes/%2e%2e/status", vec![]),
            ("/nodes//home", vec![]),
            ("/nodes/--output-format", vec![]),
            ("/nodes/ho\0me", vec![]),
            ("/nodes", vec![field("--config", "1")]),
            ("/nodes", vec![field("a", "1"), field("a", "2")]),
            ("/nodes", vec![field("a", "b\0c")]),
        ] {
            let refused = call(Verb::Get, path, fields).unwrap_err();
            assert!(matches!(refused, Refusal::Invalid(_)), "{path:?}: {refused:?}");
        }
    }
}
