//! A Proxmox task's id, read as `PVE::Tools::upid_decode` reads it.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{NodeName, Timestamp, text};

/// `UPID:node:pid:pstart:starttime:type:id:user:`, the last colon included.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Upid {
    text: String,
    node: NodeName,
    start: Timestamp,
    kind: std::ops::Range<usize>,
    id: std::ops::Range<usize>,
}

/// Not a UPID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a task id (UPID:node:pid:pstart:starttime:type:id:user:)")]
pub struct BadUpid(String);

impl Upid {
    /// The whole id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The node that owns the task.
    #[must_use]
    pub fn node(&self) -> &NodeName {
        &self.node
    }

    /// When the task began, to the second.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// The task's type: `qmstart`, `vzshutdown`, `hastop` …
    #[must_use]
    pub fn kind(&self) -> &str {
        self.text.get(self.kind.clone()).unwrap_or_default()
    }

    /// Who started it: `root@pam`, or a token, `root@pam!name`.
    #[must_use]
    pub fn user(&self) -> &str {
        self.text.get(self.id.end + 1..self.text.len() - 1).unwrap_or_default()
    }

    /// What the task works on; empty for some types.
    #[must_use]
    pub fn id(&self) -> &str {
        self.text.get(self.id.clone()).unwrap_or_default()
    }
}

impl FromStr for Upid {
    type Err = BadUpid;

    fn from_str(written: &str) -> Result<Self, BadUpid> {
        let bad = || BadUpid(text::cut(written, 120));
        let parts: Vec<&str> = written.split(':').collect();
        let ["UPID", node, pid, pstart, start, kind, id, user, ""] = parts.as_slice() else {
            return Err(bad());
        };
        let hex = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
            lengths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_hexdigit())
        };
        // Hidden characters, too: an id is shown in terminals and logs.
        let word = |part: &str| {
            let stray = |c: char| c.is_whitespace() || text::is_hidden(c) || "/'\"".contains(c);
            !part.contains(stray)
        };
        let sound = hex(pid, 8..=8) && hex(pstart, 8..=9) && hex(start, 8..=8);
        if !sound
            || kind.is_empty()
            || user.is_empty()
            || ![kind, id, user].into_iter().all(|p| word(p))
        {
            return Err(bad());
        }
        let seconds = u64::from_str_radix(start, 16).map_err(|_| bad())?;
        // "UPID:" and the colons between the parts before `kind`.
        let kind_at = 5 + node.len() + pid.len() + pstart.len() + start.len() + 4;
        let id_at = kind_at + kind.len() + 1;
        Ok(Self {
            node: node.parse().map_err(|_| bad())?,
            start: Timestamp(seconds * 1000),
            kind: kind_at..kind_at + kind.len(),
            id: id_at..id_at + id.len(),
            text: written.to_owned(),
        })
    }
}

impl TryFrom<String> for Upid {
    type Error = BadUpid;

    fn try_from(text: String) -> Result<Self, BadUpid> {
        text.parse()
    }
}

impl From<Upid> for String {
    fn from(upid: Upid) -> Self {
        upid.text
    }
}

impl std::fmt::Display for Upid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_parts_are_read() {
        let upid: Upid =
            "UPID:pve1:000076A4:000258FF:6B04ADE7:qmstart:100:root@pam:".parse().unwrap();
        assert_eq!((upid.node().as_str(), upid.kind(), upid.id()), ("pve1", "qmstart", "100"));
        assert_eq!((upid.user(), upid.start()), ("root@pam", Timestamp(0x6B04_ADE7 * 1000)));
        let backup: Upid =
            "UPID:a-b:000076A4:1000258FF:6B04ADE7:vzdump::root@pam!token:".parse().unwrap();
        assert_eq!((backup.kind(), backup.id(), backup.user()), ("vzdump", "", "root@pam!token"));
    }

    #[test]
    fn what_is_almost_one_is_refused() {
        for bad in [
            "",
            "UPID:pve1:000076A4:000258FF:6B04ADE7:qmstart:100:root@pam",
            "UPID:pve1:76A4:000258FF:6B04ADE7:qmstart:100:root@pam:",
            "UPID:pve1:000076A4:000258FF:6B04ADEX:qmstart:100:root@pam:",
            "UPID:-ve:000076A4:000258FF:6B04ADE7:qmstart:100:root@pam:",
            "UPID:pve1:000076A4:000258FF:6B04ADE7:qm/../start:100:root@pam:",
            "UPID:pve1:000076A4:000258FF:6B04ADE7:qmstart:100:root@pam:\n",
        ] {
            assert!(bad.parse::<Upid>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn hidden_characters_are_no_part_of_an_id() {
        for part in
            ["qm\0start:100:root@pam", "qmstart:\x1b[2J:root@pam", "qmstart:100:root@\u{202e}pam"]
        {
            let bad = format!("UPID:pve1:000076A4:000258FF:6B04ADE7:{part}:");
            assert!(bad.parse::<Upid>().is_err(), "{bad:?}");
        }
    }
}
