//! Writes and long commands: decided on, written down, started, and from then
//! on the supervisor's. Neither the skill's end nor the caller's stops one
//! half-way.

use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::audit::AuditEvent;
use jarvis_domain::invocation::Notice;
use jarvis_domain::{Call, OperationEnd, OperationId};
use jarvis_policy::{Decision, Permit, Rated, describe_doing_in};

use super::operations::{Handle, words};
use super::{Refusal, Stop};
use crate::record::{self, Effect};
use crate::session::{Mode, Scope, Session};

/// How long a call that starts no task may take to be over, before the skill
/// gets an operation to wait for after all.
const AT_ONCE: Duration = Duration::from_secs(30);
/// How long the supervisor is waited for at a time; a backup may take a day.
const ONE_LOOK: Duration = Duration::from_secs(3600);

/// What was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Begun {
    /// What the skill holds of it.
    pub(crate) handle: Handle,
    /// It starts no task, is over and done.
    pub(crate) over: bool,
}

impl Session {
    /// Starts `call`, or records it in a dry run.
    pub(crate) async fn start(&mut self, call: Call) -> Result<Begun, Refusal> {
        let shown = call.to_string();
        self.count_bytes(shown.len())?;
        let timed = self.begin(shown)?;
        if let Err(stop) = self.may_begin() {
            // No write of the run: the skill is not told of it, and nothing failed.
            return self.end(timed, record::Rated::default(), Err(stop.into()));
        }
        let dry = self.is_dry();
        let what = describe_doing_in(self.scope.language, &call, Some(&self.scope.names));
        let (result, risk) = match self.decide(call.clone()).await {
            Err(refusal) => {
                self.scope.record.write(call, what, Effect::Refused(refusal.told()));
                (Err(refusal), None)
            }
            Ok(Decision::Recorded(call, rated)) => (self.plan(call, &rated), Some(rated.risk)),
            Ok(Decision::Permitted(permit, rated)) => {
                (self.send(permit, &rated, what).await, Some(rated.risk))
            }
            Ok(Decision::Read(_) | Decision::Run(..)) => {
                let text = "it only reads: cluster-read.get and node-shell.run are for that";
                (Err(Refusal::Invalid(text.to_owned())), None)
            }
        };
        let operation = match result {
            Ok(Begun { handle: Handle::Started(id), .. }) => Some(id),
            _ => None,
        };
        self.end(timed, record::Rated { risk, dry, operation }, result)
    }

    fn plan(&mut self, call: Call, rated: &Rated) -> Result<Begun, Refusal> {
        let Mode::Dry(dry) = &mut self.mode else {
            return Err(Stop::Host("a real call was only recorded".to_owned()).into());
        };
        dry.writes.push(call);
        Ok(Begun { handle: Handle::Planned(dry.writes.len()), over: !rated.task })
    }

    async fn send(&self, permit: Permit, rated: &Rated, what: String) -> Result<Begun, Refusal> {
        let place = self.scope.record.write(permit.call().clone(), what.clone(), Effect::Leaving);
        let scope = Arc::clone(&self.scope);
        // In a task of its own: if the skill is dropped now, what has begun
        // goes on to its line in the audit log.
        let sent = tokio::spawn(async move { scope.send(permit, place, what).await });
        let id = match sent.await {
            Ok(sent) => sent?,
            Err(panic) => return Err(Stop::Host(panic.to_string()).into()),
        };
        let begun = |over| Begun { handle: Handle::Started(id), over };
        if rated.task {
            return Ok(begun(false));
        }
        let at_once = AT_ONCE.min(self.left());
        match self.scope.ports.operations.wait(id, at_once).await? {
            None => Ok(begun(false)),
            Some(end) => {
                self.scope.settle(id, &end).await;
                match end {
                    OperationEnd::Failed { message } => Err(Refusal::Failed { status: 0, message }),
                    OperationEnd::Unknown { why } => Err(Refusal::Other(why)),
                    OperationEnd::Succeeded { .. } => Ok(begun(true)),
                }
            }
        }
    }
}

impl Scope {
    async fn send(
        self: &Arc<Self>,
        permit: Permit,
        place: usize,
        what: String,
    ) -> Result<OperationId, Refusal> {
        let event = AuditEvent::Allowed { call: permit.call().clone(), risk: permit.risk() };
        let line = match self.audit(event).await {
            Ok(line) => line,
            Err(error) => {
                let refusal = Refusal::from(error);
                self.record.effect(place, Effect::Refused(refusal.told()));
                return Err(refusal);
            }
        };
        match self.ports.actuator.start(permit).await {
            Ok(operation) => {
                let is_over = self.record.started(place, operation, line);
                self.watcher.notice(Notice::Started { operation, what });
                if is_over {
                    self.follow(operation);
                }
                Ok(operation)
            }
            Err(error) => {
                self.record.effect(place, Effect::NotStarted(error.clone()));
                let result = error.to_string();
                self.audit_after(AuditEvent::Outcome { of: line, operation: None, result }).await;
                Err(error.into())
            }
        }
    }

    /// Follows an operation to its end after its run is over, for the audit
    /// log and whoever watches.
    pub(crate) fn follow(self: &Arc<Self>, id: OperationId) {
        let scope = Arc::clone(self);
        tokio::spawn(async move {
            loop {
                match scope.ports.operations.wait(id, ONE_LOOK).await {
                    Ok(None) => {}
                    Ok(Some(end)) => return scope.settle(id, &end).await,
                    Err(error) => {
                        tracing::warn!(run = %scope.run, operation = %id, %error, "it is no longer followed here");
                        return;
                    }
                }
            }
        });
    }

    /// Takes down how an operation ended, the first time that it is seen.
    pub(crate) async fn settle(self: &Arc<Self>, id: OperationId, end: &OperationEnd) {
        let Some(line) = self.record.ended(id, end) else { return };
        let how = words(end);
        self.watcher.notice(Notice::Ended { operation: id, how: how.clone() });
        let scope = Arc::clone(self);
        let event = AuditEvent::Outcome { of: line, operation: Some(id), result: how };
        // In a task of its own: see `Session::send`.
        let written = tokio::spawn(async move { scope.audit_after(event).await });
        if let Err(panic) = written.await {
            tracing::error!(run = %self.run, %panic, "the end of an operation was not audited");
        }
    }
}

#[cfg(test)]
mod tests;
