use jarvis_domain::audit::{AuditEntry, AuditEvent};

/// A host's own entry.
pub(crate) fn host(what: &str) -> AuditEntry {
    AuditEntry {
        run: None,
        cluster: "home".parse().unwrap(),
        caller: None,
        skill: None,
        event: AuditEvent::Host { what: what.to_owned() },
    }
}
