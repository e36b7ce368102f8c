//! The end of an operation, as an event.

use jarvis_domain::operation::OperationRecord;
use jarvis_domain::{Call, Event, EventId, OperationEnd, Topic, Verified};
use serde_json::{Map, Value, json};

use super::Supervisor;

impl Supervisor {
    /// Tells whoever wants to know that `record` has ended.
    pub(super) async fn tell_end(&self, record: &OperationRecord, end: &OperationEnd) {
        if !self.events.wants(Topic::OperationEnded) {
            return;
        }
        let event = Event {
            id: EventId::from(record.id),
            topic: Topic::OperationEnded,
            at: self.clock.now(),
            subject: format!("{}/operation/{}", self.cluster, record.id),
            data: data(record, end),
        };
        if let Err(error) = self.events.publish(event).await {
            tracing::error!(operation = %record.id, %error, "its end is not told");
        }
    }
}

/// See `operation.ended` in `wit/events.wit`. Neither parameters nor Proxmox's
/// own words: they are for those who may read the operation itself.
fn data(record: &OperationRecord, end: &OperationEnd) -> Map<String, Value> {
    let (action, node, guest) = match &record.call {
        Call::Api(call) => {
            let guest = call.path.guest().map(|guest| guest.get());
            (format!("{} {}", call.verb, call.path), call.path.node(), guest)
        }
        Call::Shell(call) => {
            let program = call.argv.first().cloned().unwrap_or_default();
            (program, Some(call.node.clone()), None)
        }
    };
    let ended = match end {
        OperationEnd::Succeeded { verified: Verified::No { .. }, .. } => "unverified",
        OperationEnd::Succeeded { warnings: 0, .. } => "ok",
        OperationEnd::Succeeded { .. } => "warnings",
        OperationEnd::Failed { .. } => "failed",
        OperationEnd::Unknown { .. } => "unknown",
    };
    let data = json!({
        "operation": record.id.to_string(),
        "run": record.run.to_string(),
        "action": action,
        "node": node.map(|node| node.to_string()),
        "guest": guest,
        "ended": ended,
    });
    match data {
        Value::Object(data) => data,
        _ => Map::new(),
    }
}
