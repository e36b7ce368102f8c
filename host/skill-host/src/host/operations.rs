//! `operations`: what was started, waited for and followed. The skill holds a
//! handle; the operation belongs to the host and goes on without it.

use std::time::Duration;

use jarvis_domain::{OperationEnd, OperationId, Verified, text};
use wasmtime::component::Resource;

use super::{Refusal, Stop, page};
use crate::bindings::operations::{Host, HostOperation, Lines};
use crate::bindings::types::Page;
use crate::guest::Guest;
use crate::record::Rated;
use crate::session::Session;

/// The longest line of a log, bytes.
const MAX_LINE: usize = 4 << 10;

/// What a skill holds of an operation.
#[allow(unreachable_pub, reason = "the generated bindings re-export it")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handle {
    /// One that was started.
    Started(OperationId),
    /// The write of this number in a dry run.
    Planned(usize),
}

impl Session {
    async fn wait(&self, handle: Handle, at_most: Duration) -> Result<Option<String>, Refusal> {
        let Handle::Started(id) = handle else { return Ok(Some("ok".to_owned())) };
        let at_most = at_most.min(self.left());
        let Some(end) = self.scope.ports.operations.wait(id, at_most).await? else {
            return Ok(None);
        };
        self.scope.settle(id, &end).await;
        Ok(Some(words(&end)))
    }

    async fn lines(&self, handle: Handle, page: &Page) -> Result<Lines, Refusal> {
        let Handle::Started(id) = handle else {
            return Ok(Lines { lines: Vec::new(), next: None });
        };
        let (start, limit) = (page::start(page)?, page::limit(page));
        let log = self.scope.ports.operations.log(id, start, limit).await?;
        let lines = log.lines.iter().map(|line| text::block(&line.replace('\n', " "), MAX_LINE));
        Ok(Lines { lines: lines.collect(), next: log.next.map(|next| next.to_string()) })
    }
}

/// How an operation ended, as `wit/operations.wit` spells it.
pub(crate) fn words(end: &OperationEnd) -> String {
    match end {
        OperationEnd::Succeeded { warnings: 0, verified: Verified::Yes } => "ok".to_owned(),
        OperationEnd::Succeeded { warnings, verified: Verified::Yes } => {
            format!("warnings: {warnings}")
        }
        OperationEnd::Succeeded { verified: Verified::No { why }, .. } => {
            format!("unverified: {why}")
        }
        OperationEnd::Unknown { why } => format!("unknown: {why}"),
        OperationEnd::Failed { message } => {
            // Proxmox's own words must not read like one of the others.
            let taken = ["ok", "warnings:", "unverified:", "unknown:"];
            if message.is_empty() || taken.iter().any(|word| message.starts_with(word)) {
                format!("failed: {message}")
            } else {
                message.clone()
            }
        }
    }
}

impl Host for Guest {}

impl HostOperation for Guest {
    async fn id(&mut self, operation: Resource<Handle>) -> wasmtime::Result<String> {
        self.session.count()?;
        Ok(match self.table.get(&operation)? {
            Handle::Started(id) => id.to_string(),
            Handle::Planned(number) => format!("planned-{number}"),
        })
    }

    async fn wait(
        &mut self,
        operation: Resource<Handle>,
        timeout_ms: u32,
    ) -> Result<Option<String>, Refusal> {
        let handle = held(self, &operation)?;
        let timed = self.session.begin(format!("wait {timeout_ms} ms"))?;
        let end = self.session.wait(handle, Duration::from_millis(timeout_ms.into())).await;
        self.session.end(timed, rated(&self.session, handle), end)
    }

    async fn log(&mut self, operation: Resource<Handle>, page: Page) -> Result<Lines, Refusal> {
        let handle = held(self, &operation)?;
        let timed = self.session.begin("log of an operation")?;
        let lines = self.session.lines(handle, &page).await;
        let lines = self.session.end(timed, rated(&self.session, handle), lines)?;
        self.session.count_bytes(lines.lines.iter().map(String::len).sum())?;
        Ok(lines)
    }

    async fn drop(&mut self, operation: Resource<Handle>) -> wasmtime::Result<()> {
        self.table.delete(operation)?;
        Ok(())
    }
}

fn held(guest: &Guest, operation: &Resource<Handle>) -> Result<Handle, Refusal> {
    let handle = guest.table.get(operation);
    handle.copied().map_err(|error| Stop::Host(error.to_string()).into())
}

fn rated(session: &Session, handle: Handle) -> Rated {
    let operation = match handle {
        Handle::Started(id) => Some(id),
        Handle::Planned(_) => None,
    };
    Rated { dry: session.is_dry(), operation, ..Rated::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_has_one_spelling() {
        let ok = |warnings, verified| OperationEnd::Succeeded { warnings, verified };
        let failed = |message: &str| OperationEnd::Failed { message: message.to_owned() };
        let no = Verified::No { why: "VM 105 never ran".to_owned() };
        for (end, expected) in [
            (ok(0, Verified::Yes), "ok"),
            (ok(2, Verified::Yes), "warnings: 2"),
            (ok(0, no), "unverified: VM 105 never ran"),
            (
                OperationEnd::Unknown { why: "the node went away".to_owned() },
                "unknown: the node went away",
            ),
            (failed("can't lock file"), "can't lock file"),
            (failed("ok"), "failed: ok"),
            (failed("warnings: 3"), "failed: warnings: 3"),
            (failed(""), "failed: "),
        ] {
            assert_eq!(words(&end), expected);
        }
    }
}
