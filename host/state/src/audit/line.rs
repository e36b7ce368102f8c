//! One line of the log, as bytes.

use jarvis_domain::audit::{AuditEntry, AuditLine};
use jarvis_domain::{Digest, Timestamp};

use crate::error::Cause;
use crate::head::Head;

/// The longest line, bytes, its newline included. What a skill can put into a
/// call is bounded far below this.
pub const MAX_LINE: usize = 256 * 1024;

/// What the first line of all holds as `previous`: the digest of nothing.
#[must_use]
pub fn first_previous() -> Digest {
    Digest::of(b"")
}

/// Appends the line that follows `after` to `text`; the head that it becomes.
pub(super) fn append(
    text: &mut Vec<u8>,
    after: Head,
    at: Timestamp,
    entry: AuditEntry,
) -> Result<Head, Cause> {
    let line = AuditLine { seq: after.seq + 1, at, entry, previous: after.digest };
    let from = text.len();
    let written = serde_json::to_writer(&mut *text, &line);
    text.push(b'\n');
    let length = text.len() - from;
    let refused = match written {
        Err(error) => Some(Cause::Record(error.into())),
        Ok(()) if length > MAX_LINE => {
            Some(Cause::Large { what: "a line of the audit log", length, most: MAX_LINE })
        }
        Ok(()) => None,
    };
    if let Some(cause) = refused {
        text.truncate(from);
        return Err(cause);
    }
    Ok(Head { seq: line.seq, digest: Digest::of(text.get(from..).unwrap_or_default()) })
}

/// Reads a line, with or without its newline.
pub(super) fn parse(bytes: &[u8]) -> Result<AuditLine, serde_json::Error> {
    serde_json::from_slice(bytes)
}

#[cfg(test)]
mod tests {
    use jarvis_domain::audit::AuditEvent;
    use jarvis_domain::{
        ApiCall, Call, Caller, ConfirmationId, Door, Field, Fields, OperationId, Principal, Risk,
        Role, RunId, ShellCall, Verb,
    };

    use super::*;
    use crate::audit::tests::host;

    #[test]
    fn a_line_is_one_line_and_reads_back() {
        let start = Head { seq: 0, digest: first_previous() };
        let mut text = Vec::new();
        let entry = host("two\nlines, \"quotes\", a NUL \0 and \u{2028}");
        let head = append(&mut text, start, Timestamp(7), entry.clone()).unwrap();
        assert_eq!(text.iter().filter(|byte| **byte == b'\n').count(), 1);
        assert!(!text.contains(&0), "NUL is what a power cut leaves; no line may hold one");
        let line = parse(&text).unwrap();
        assert_eq!((line.seq, line.at, line.entry), (1, Timestamp(7), entry));
        assert_eq!(head, Head { seq: 1, digest: Digest::of(&text) });
    }

    #[test]
    fn every_kind_of_event_reads_back() {
        let caller = Caller {
            principal: Principal("user:alice@pam".to_owned()),
            door: Door::Api,
            role: Some(Role::Operator),
        };
        let shell = ShellCall { node: "pve2".parse().unwrap(), argv: vec!["sensors".to_owned()] };
        let fields = Fields::new([Field { name: "name".to_owned(), value: "a\nb".to_owned() }]);
        let api = ApiCall {
            verb: Verb::Create,
            path: "/nodes/home/qemu/101/snapshot".parse().unwrap(),
            fields: fields.unwrap(),
        };
        let (confirmation, plan) = (ConfirmationId::new(), Digest::of(b"plan"));
        let text = || "text".to_owned();
        let events = [
            AuditEvent::Allowed { call: Call::Api(api), risk: Risk::Change },
            AuditEvent::Allowed { call: Call::Shell(shell), risk: Risk::Read },
            AuditEvent::Denied { call: text(), why: text() },
            AuditEvent::Outcome {
                of: u64::MAX,
                operation: Some(OperationId::new()),
                result: text(),
            },
            AuditEvent::Asked { confirmation, plan },
            AuditEvent::Confirmed { confirmation: None, plan, by: caller.clone() },
            AuditEvent::Declined { confirmation, by: caller.clone(), why: text() },
            AuditEvent::Access { what: text() },
            AuditEvent::Host { what: text() },
        ];
        for event in events {
            let entry = AuditEntry {
                run: Some(RunId::new()),
                cluster: "home".parse().unwrap(),
                caller: Some(caller.clone()),
                skill: Some(("updates".parse().unwrap(), Digest::of(b"revision"))),
                event,
            };
            let mut text = Vec::new();
            let start = Head { seq: 0, digest: first_previous() };
            append(&mut text, start, Timestamp(7), entry.clone()).unwrap();
            assert_eq!(parse(&text).unwrap().entry, entry);
        }
    }

    #[test]
    fn a_line_that_is_too_long_leaves_no_trace() {
        let start = Head { seq: 4, digest: first_previous() };
        let mut text = b"before\n".to_vec();
        let refused = append(&mut text, start, Timestamp(7), host(&"x".repeat(MAX_LINE)));
        assert!(matches!(refused, Err(Cause::Large { most: MAX_LINE, .. })));
        assert_eq!(text, b"before\n");
    }
}
