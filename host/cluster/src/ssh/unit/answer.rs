//! What a node answers to questions about a unit.

use jarvis_domain::text;

use crate::launch::Captured;
use crate::pvesh::classify;

/// What came of starting one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Begun {
    /// It has begun, now or before.
    Yes,
    /// There is no systemd, or it is not what the node was booted with.
    NoSystemd,
    /// There is no such program.
    NoProgram,
    /// It has not, in systemd's words.
    No(String),
}

/// How a unit is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Look {
    Runs,
    /// Its exit status, 128 + n for signal n.
    Ended(i32),
    /// Nothing is known of it.
    Nothing,
    /// The answer is none, in its own words.
    Strange(String),
}

/// The most of an answer that nobody understands, characters.
const SHOWN: usize = 200;

/// The line that journalctl ends with.
const CURSOR: &str = "-- cursor: ";

/// From the end of systemd-run. A unit that is there already was started by
/// an earlier try whose answer was lost.
pub(super) fn begun(captured: &Captured) -> Begun {
    let said = String::from_utf8_lossy(&captured.stderr);
    let says = |texts: &[&str]| texts.iter().any(|text| said.contains(text));
    if captured.status == 0 || says(&["already loaded", "already exists"]) {
        Begun::Yes
    } else if captured.status == 127 || says(&["has not been booted with systemd"]) {
        Begun::NoSystemd
    } else if says(&["Failed to find executable"]) {
        Begun::NoProgram
    } else {
        Begun::No(classify::message(&said))
    }
}

/// From the properties of a unit. Its main process has a code of wait(2) once
/// it has ended: 1 with a status, 2 and 3 with a signal's number.
pub(super) fn look(captured: &Captured) -> Look {
    let text = String::from_utf8_lossy(&captured.stdout);
    let of = |name: &str| {
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).map(str::trim)
    };
    let status = of("ExecMainStatus").and_then(|status| status.parse::<i32>().ok());
    match (of("LoadState"), of("ExecMainCode"), status) {
        (Some("not-found"), ..) => Look::Nothing,
        (Some(_), Some("0"), _) => Look::Runs,
        (Some(_), Some("1"), Some(status)) => Look::Ended(status),
        (Some(_), Some("2" | "3"), Some(signal)) => Look::Ended(128_i32.saturating_add(signal)),
        _ => {
            let said = String::from_utf8_lossy(&captured.stderr);
            let answer = if text.trim().is_empty() { said } else { text };
            let answer = text::line(&answer, SHOWN);
            Look::Strange(format!("systemctl answered \"{answer}\" there"))
        }
    }
}

/// From journalctl: what was printed, and the cursor, which is missing where
/// nothing was.
pub(super) fn printed(captured: &Captured) -> (&[u8], Option<String>) {
    let bytes = captured.stdout.as_slice();
    let trimmed = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let start = trimmed.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let (printed, last) = trimmed.split_at_checked(start).unwrap_or((trimmed, &[]));
    let cursor =
        last.strip_prefix(CURSOR.as_bytes()).and_then(|cursor| str::from_utf8(cursor).ok());
    match cursor {
        Some(cursor) => (printed, Some(cursor.to_owned())),
        None => (bytes, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: i32, stdout: &str, stderr: &str) -> Captured {
        Captured { status, stdout: stdout.into(), stderr: stderr.into(), truncated: false }
    }

    #[test]
    fn a_start_is_told_from_what_is_none() {
        let refused = "Failed to start transient service unit: Access denied\n";
        for (status, stderr, expected) in [
            (0, "", Begun::Yes),
            (
                1,
                "Failed to start transient service unit: Unit jarvis-operation-7.service was already loaded or has a fragment file.\n",
                Begun::Yes,
            ),
            (127, "bash: line 1: systemd-run: command not found\n", Begun::NoSystemd),
            (
                1,
                "System has not been booted with systemd as init system (PID 1). Can't operate.\nFailed to connect to bus: Host is down\n",
                Begun::NoSystemd,
            ),
            (1, "Failed to find executable apt-got: No such file or directory\n", Begun::NoProgram),
            (1, refused, Begun::No(refused.trim().to_owned())),
        ] {
            assert_eq!(begun(&said(status, "", stderr)), expected, "{stderr}");
        }
    }

    #[test]
    fn a_unit_runs_has_ended_or_is_not_known() {
        for (text, expected) in [
            ("LoadState=loaded\nExecMainCode=0\nExecMainStatus=0\n", Look::Runs),
            ("LoadState=loaded\nExecMainCode=1\nExecMainStatus=0\n", Look::Ended(0)),
            ("ExecMainStatus=100\nExecMainCode=1\nLoadState=loaded\n", Look::Ended(100)),
            ("LoadState=loaded\nExecMainCode=2\nExecMainStatus=9\n", Look::Ended(137)),
            ("LoadState=not-found\nExecMainCode=0\nExecMainStatus=0\n", Look::Nothing),
        ] {
            assert_eq!(look(&said(0, text, "")), expected, "{text}");
        }
        for strange in [
            "",
            "{\"coretemp-isa-0000\":{}}",
            "LoadState=loaded\n",
            "LoadState=loaded\nExecMainCode=9\nExecMainStatus=0\n",
            "LoadState=loaded\nExecMainCode=1\nExecMainStatus=x\n",
        ] {
            assert!(matches!(look(&said(0, strange, "no")), Look::Strange(_)), "{strange}");
        }
        let Look::Strange(message) = look(&said(1, "", "Failed to connect\u{1b}[2J\n")) else {
            panic!("an empty answer is none");
        };
        assert!(message.contains("Failed to connect") && !message.contains('\u{1b}'), "{message}");
    }

    #[test]
    fn what_was_printed_ends_before_the_cursor() {
        for (text, expected, cursor) in [
            ("one\ntwo\n-- cursor: s=1;i=2\n", "one\ntwo\n", Some("s=1;i=2")),
            ("-- cursor: s=1\n", "", Some("s=1")),
            ("one\ntwo\n", "one\ntwo\n", None),
            ("-- cursor: s=1\none\n", "-- cursor: s=1\none\n", None),
            ("", "", None),
        ] {
            let captured = said(0, text, "");
            let (printed, found) = printed(&captured);
            assert_eq!((printed, found.as_deref()), (expected.as_bytes(), cursor), "{text}");
        }
    }
}
