//! What a terminal is asked for with: the query of the WebSocket's address.

use jarvis_domain::{ClusterId, ConsoleSize, ConsoleTarget, Explain, Fault, NodeName};
use jarvis_domain::{TerminalId, Vmid};
use serde::Deserialize;

use super::error::TerminalError;

/// A terminal that somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerminalRequest {
    /// On which cluster; none for the main one.
    pub cluster: Option<ClusterId>,
    /// Which.
    pub wanted: TerminalWanted,
    /// How large it is to be.
    pub size: ConsoleSize,
}

/// A new terminal, or one that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TerminalWanted {
    /// A new one on this.
    New(ConsoleTarget),
    /// The one that was lost.
    Again {
        /// Which.
        id: TerminalId,
        /// What is shown of it already, bytes from its beginning; what is kept
        /// is shown from there on, or all of it.
        from: Option<u64>,
    },
}

/// The same as it is written: `?node=pve2&cols=120&rows=40`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TerminalQuery {
    /// The cluster.
    pub cluster: Option<String>,
    /// The node whose shell it is to be.
    pub node: Option<String>,
    /// The guest's number.
    pub guest: Option<u32>,
    /// The id of a terminal that is there.
    pub session: Option<String>,
    /// With it: what is shown already.
    pub from: Option<u64>,
    /// Columns.
    pub cols: Option<u32>,
    /// Rows.
    pub rows: Option<u32>,
    /// Who asks. It is used up before this is looked at.
    pub ticket: Option<String>,
}

impl TryFrom<TerminalQuery> for TerminalRequest {
    type Error = Box<Fault>;

    fn try_from(query: TerminalQuery) -> Result<Self, Box<Fault>> {
        read(query).map_err(|error| error.fault())
    }
}

fn read(query: TerminalQuery) -> Result<TerminalRequest, TerminalError> {
    let wrong = |error: &dyn std::error::Error| TerminalError::Request(error.to_string());
    let TerminalQuery { cluster, node, guest, session, from, cols, rows, ticket: _ } = query;
    if from.is_some() && session.is_none() {
        let why = "\"from\" is for a terminal that is there, by its session".to_owned();
        return Err(TerminalError::Request(why));
    }
    let wanted = match (node, guest, session) {
        (Some(node), None, None) => {
            let node: NodeName = node.parse().map_err(|error| wrong(&error))?;
            TerminalWanted::New(ConsoleTarget::Node(node))
        }
        (None, Some(guest), None) => {
            let guest: Vmid = guest.try_into().map_err(|error| wrong(&error))?;
            TerminalWanted::New(ConsoleTarget::Guest(guest))
        }
        (None, None, Some(session)) => {
            let id = session.parse().map_err(|error| wrong(&error))?;
            TerminalWanted::Again { id, from }
        }
        _ => {
            let why = "one of node, guest and session says what the terminal is on".to_owned();
            return Err(TerminalError::Request(why));
        }
    };
    let cluster = cluster.map(|cluster| cluster.parse().map_err(|error| wrong(&error)));
    let usual = ConsoleSize::USUAL;
    let columns = cols.unwrap_or_else(|| u32::from(usual.columns()));
    let size = ConsoleSize::new(columns, rows.unwrap_or_else(|| u32::from(usual.rows())))?;
    Ok(TerminalRequest { cluster: cluster.transpose()?, wanted, size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_asked_for_on_one_thing() {
        let query = TerminalQuery::default;
        let node = |name: &str| TerminalQuery { node: Some(name.to_owned()), ..query() };
        let id = TerminalId::new();
        let session = TerminalQuery { session: Some(id.to_string()), ..query() };
        let read = |query: TerminalQuery| TerminalRequest::try_from(query);
        let request = read(node("pve2")).unwrap();
        assert_eq!(
            request.wanted,
            TerminalWanted::New(ConsoleTarget::Node("pve2".parse().unwrap()))
        );
        assert_eq!((request.cluster, request.size), (None, ConsoleSize::USUAL));
        let again = read(TerminalQuery { from: Some(7), ..session.clone() }).unwrap();
        assert_eq!(again.wanted, TerminalWanted::Again { id, from: Some(7) });
        for (bad, code) in [
            (query(), "api-terminal-request"),
            (node("a b"), "api-terminal-request"),
            (node("$(reboot)"), "api-terminal-request"),
            (TerminalQuery { guest: Some(101), ..node("pve2") }, "api-terminal-request"),
            (TerminalQuery { guest: Some(0), ..query() }, "api-terminal-request"),
            (TerminalQuery { session: Some("x".to_owned()), ..query() }, "api-terminal-request"),
            (TerminalQuery { from: Some(1), ..node("pve2") }, "api-terminal-request"),
            (TerminalQuery { cols: Some(0), ..node("pve2") }, "api-terminal-size"),
            (TerminalQuery { rows: Some(70_000), ..session }, "api-terminal-size"),
        ] {
            assert_eq!(read(bad.clone()).unwrap_err().code, code, "{bad:?}");
        }
    }
}
