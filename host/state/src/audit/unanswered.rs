//! Which calls were let through and have no outcome: at the start of a host,
//! what an earlier one did not live to write down.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use jarvis_domain::OperationId;
use jarvis_domain::audit::{AuditEvent, AuditLine};

use super::files::{self, Lines};
use super::line;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Unanswered {
    /// Lines of calls that were let through, without an outcome, oldest first.
    pub lines: Vec<AuditLine>,
    /// The operations whose outcome is written down.
    pub answered: BTreeSet<OperationId>,
    /// The number of the last line that was looked at.
    pub through: u64,
}

/// Looks through the lines after number `settled` of the log in `folder`.
pub(super) fn find(folder: &Path, settled: u64) -> io::Result<Unanswered> {
    let mut open = BTreeMap::new();
    let mut found = Unanswered { through: settled, ..Unanswered::default() };
    let numbers = files::numbers(folder)?;
    for (place, number) in numbers.iter().enumerate() {
        let next = numbers.get(place + 1).map(|next| files::path(folder, *next));
        let next = next.map(|path| files::begins_with(&path)).transpose()?.flatten();
        if next.is_some_and(|next| next <= settled + 1) {
            continue;
        }
        let mut lines = Lines::open(&files::path(folder, *number))?;
        let mut text = Vec::new();
        while lines.next(&mut text)? {
            // What cannot be read is for `verify` to tell.
            let Ok(line) = line::parse(&text) else { continue };
            if line.seq <= settled {
                continue;
            }
            found.through = found.through.max(line.seq);
            match &line.entry.event {
                AuditEvent::Allowed { .. } => {
                    open.insert(line.seq, line);
                }
                AuditEvent::Outcome { of, operation, .. } => {
                    open.remove(of);
                    found.answered.extend(*operation);
                }
                _ => {}
            }
        }
    }
    found.lines = open.into_values().collect();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use jarvis_domain::audit::AuditEntry;
    use jarvis_domain::{Call, Risk, ShellCall};

    use super::*;
    use crate::State;
    use crate::audit::tests::{clock, host};

    fn allowed() -> AuditEntry {
        let argv = vec!["apt-get".to_owned(), "update".to_owned()];
        let call = Call::Shell(ShellCall { node: "home".parse().unwrap(), argv });
        AuditEntry { event: AuditEvent::Allowed { call, risk: Risk::Change }, ..host("") }
    }

    fn outcome(of: u64, operation: Option<OperationId>) -> AuditEntry {
        let result = "ok".to_owned();
        AuditEntry { event: AuditEvent::Outcome { of, operation, result }, ..host("") }
    }

    #[tokio::test]
    async fn calls_without_an_outcome_are_found() {
        let root = tempfile::tempdir().unwrap();
        let state = State::open(root.path(), clock()).unwrap();
        let operation = OperationId::new();
        // Lines 1 to 6: 2 is answered by 4, 1 and 5 are not.
        for entry in
            [allowed(), allowed(), host("x"), outcome(2, Some(operation)), allowed(), host("y")]
        {
            state.audit().record(entry).await.unwrap();
        }
        let open = |found: &Unanswered| found.lines.iter().map(|line| line.seq).collect::<Vec<_>>();
        let found = state.unanswered().await.unwrap();
        assert_eq!((open(&found), found.through), (vec![1, 5], 6));
        assert_eq!(found.answered, [operation].into());
        state.settled(4).await.unwrap();
        let found = state.unanswered().await.unwrap();
        assert_eq!((open(&found), found.through), (vec![5], 6));
        state.audit().record(outcome(5, None)).await.unwrap();
        assert_eq!(open(&state.unanswered().await.unwrap()), [] as [u64; 0]);
        state.settled(7).await.unwrap();
        drop(state);
        let state = State::open(root.path(), clock()).unwrap();
        let found = state.unanswered().await.unwrap();
        assert_eq!((found.lines.len(), found.through), (0, 7), "remembered");
    }

    #[tokio::test]
    async fn files_before_what_is_settled_are_not_read() {
        let root = tempfile::tempdir().unwrap();
        let state = State::open(root.path(), clock()).unwrap();
        for _ in 0..2 {
            state.audit().record(allowed()).await.unwrap();
        }
        drop(state);
        let folder = crate::audit::folder(root.path());
        let first = files::path(&folder, 1);
        let text = std::fs::read_to_string(&first).unwrap();
        let second = text.lines().nth(1).unwrap();
        std::fs::write(files::path(&folder, 2), format!("{second}\n")).unwrap();
        std::fs::write(&first, "not read\n").unwrap();
        assert_eq!(find(&folder, 1).unwrap().lines.len(), 1);
        assert_eq!(find(&folder, 0).unwrap().lines.len(), 1, "damage is skipped");
    }
}
