//! The text frames of a terminal. Everything else, keys and what is shown, is
//! binary.

use jarvis_domain::{Fault, TerminalId};
use serde::{Deserialize, Serialize};

use crate::socket::Problem;

/// What a client says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Control {
    /// The window has this size now.
    Resize { cols: u32, rows: u32 },
    /// So many more bytes are shown. A client that never says it is sent what
    /// its connection takes.
    Ack(u64),
    /// The terminal is not wanted any more.
    End {},
}

/// What a client is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Told {
    /// The first of all frames.
    Opened(Opened),
    /// The program has ended by itself; the last of all frames.
    Exit(Exit),
    /// Something was not taken, or the terminal has ended.
    Error(Problem),
}

/// A terminal that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Opened {
    /// To find it again after a drop.
    pub(super) id: TerminalId,
    /// How much was shown before what comes now, bytes. Whoever counts on
    /// from here, and gives the sum at the next try, is shown nothing twice.
    pub(super) from: u64,
    /// It was there before.
    pub(super) resumed: bool,
    pub(super) cols: u16,
    pub(super) rows: u16,
}

/// How a program ended. Neither is known of one that ran elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Exit {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) signal: Option<String>,
}

impl Told {
    /// The frame's text.
    pub(super) fn text(&self) -> String {
        // These types have no maps with strange keys: it cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl From<&Fault> for Told {
    fn from(fault: &Fault) -> Self {
        Self::Error(Problem::from(fault))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_are_these_and_no_others() {
        let check = |text: &str, expected: Option<Control>| {
            assert_eq!(serde_json::from_str::<Control>(text).ok(), expected, "{text}");
        };
        let resize = Control::Resize { cols: 120, rows: 0 };
        check(r#"{"resize":{"cols":120,"rows":0}}"#, Some(resize));
        check(r#"{"ack":4096}"#, Some(Control::Ack(4096)));
        check(r#"{"end":{}}"#, Some(Control::End {}));
        for bad in [
            "",
            "ls\n",
            "{}",
            "[]",
            r#"{"resize":{"cols":120}}"#,
            r#"{"resize":{"cols":-1,"rows":1}}"#,
            r#"{"resize":{"cols":1.5,"rows":1}}"#,
            r#"{"resize":{"cols":1,"rows":1,"x":1}}"#,
            r#"{"resize":{"cols":4294967296,"rows":1}}"#,
            r#"{"ack":-1}"#,
            r#"{"ack":1,"end":{}}"#,
            r#"{"run":"reboot"}"#,
            &"[".repeat(100_000),
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn what_is_told_is_one_object_with_one_key() {
        let id = TerminalId::new();
        let opened = Told::Opened(Opened { id, from: 0, resumed: false, cols: 80, rows: 24 });
        let expected =
            format!(r#"{{"opened":{{"id":"{id}","from":0,"resumed":false,"cols":80,"rows":24}}}}"#);
        assert_eq!(opened.text(), expected);
        let exit = Told::Exit(Exit { status: Some(1), signal: None });
        assert_eq!(exit.text(), r#"{"exit":{"status":1}}"#);
    }
}
