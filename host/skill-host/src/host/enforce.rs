//! Where every call of the cluster is decided on, below all interfaces and all
//! their versions, and written down before and after.

use jarvis_domain::audit::{AuditEntry, AuditEvent};
use jarvis_domain::kv::StoreError;
use jarvis_domain::{Call, Explain, NodeName, text};
use jarvis_policy::{Capability, Decision, Denial, Phase, Right, admit, decide};

use super::Refusal;
use crate::session::{Mode, Scope, Session};

/// The most characters of a denied call that are written down.
const DENIED: usize = 2000;

impl Scope {
    fn right(&self) -> Right<'_> {
        Right {
            skill: &self.rights.skill,
            requested: &self.rights.requested,
            allowed: &self.rights.allowed,
            caller: &self.caller,
            declared: self.declared,
            command: &self.command,
        }
    }

    /// An audit entry of this run.
    pub(crate) fn entry(&self, event: AuditEvent) -> AuditEntry {
        AuditEntry {
            run: Some(self.run),
            cluster: self.cluster.clone(),
            caller: Some(self.caller.clone()),
            skill: Some((self.rights.skill.clone(), self.rights.revision)),
            event,
        }
    }

    /// Writes one line of the audit log; its number.
    pub(crate) async fn audit(&self, event: AuditEvent) -> Result<u64, StoreError> {
        self.ports.audit.record(self.entry(event)).await
    }

    /// Writes a line that nothing depends on any more: what it tells has
    /// happened.
    pub(crate) async fn audit_after(&self, event: AuditEvent) {
        if let Err(error) = self.audit(event).await {
            tracing::error!(run = %self.run, error = %error, "the audit log cannot be written");
        }
    }

    /// Writes that a read leaves. A read may leave unwritten, a write may not.
    pub(crate) async fn audit_read(&self, event: AuditEvent) -> Option<u64> {
        match self.audit(event).await {
            Ok(line) => Some(line),
            Err(error) => {
                tracing::error!(run = %self.run, error = %error, "the audit log cannot be written");
                None
            }
        }
    }

    /// How a read ended.
    pub(crate) async fn audit_read_ended(&self, line: Option<u64>, result: String) {
        if let Some(of) = line {
            self.audit_after(AuditEvent::Outcome { of, operation: None, result }).await;
        }
    }
}

impl Session {
    /// Whether an interface may be used that has no calls of its own.
    pub(crate) fn admit(
        &self,
        capability: Capability,
        node: Option<&NodeName>,
    ) -> Result<(), Refusal> {
        admit(&self.scope.right(), capability, node).map_err(|denial| {
            self.scope.record.denied();
            denied(&denial)
        })
    }

    /// Decides on one call; a refusal is written down.
    pub(crate) async fn decide(&mut self, call: Call) -> Result<Decision, Refusal> {
        let (cluster, run) = (&self.scope.cluster, self.scope.run);
        let phase = match &mut self.mode {
            Mode::Dry(_) => Phase::Dry { cluster, run },
            Mode::Real(plan) => Phase::Real { cluster, run, plan: plan.as_mut() },
        };
        let shown = text::cut(&call.to_string(), DENIED);
        match decide(&self.scope.right(), call, phase) {
            Ok(decision) => Ok(decision),
            Err(denial) => {
                self.scope.record.denied();
                let event = AuditEvent::Denied { call: shown, why: denial.to_string() };
                self.scope.audit_after(event).await;
                Err(denied(&denial))
            }
        }
    }
}

/// What the skill is told: why not, and what would have to be added.
pub(crate) fn denied(denial: &Denial) -> Refusal {
    Refusal::Denied(match denial.hint() {
        Some(hint) => format!("{denial}; {hint}"),
        None => denial.to_string(),
    })
}
