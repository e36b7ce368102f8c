//! What the `ssh` program says when no connection came about. Its exit status
//! is 255 whatever went wrong, so its words are all there is; they are those
//! of OpenSSH 9.2 to 10.0 in the locale C.

use jarvis_domain::text;

use super::SshError;
use super::options::Target;

/// The most of its words that a person is shown, in characters.
const SHOWN: usize = 300;

/// The error that `stderr` tells of, for somebody who is `user` there.
pub(super) fn error(target: &Target, user: &str, stderr: &str) -> SshError {
    let node = target.node.clone();
    let message = message(stderr);
    let has = |text: &str| stderr.contains(text);
    if has("REMOTE HOST IDENTIFICATION HAS CHANGED") || has("Offending ") {
        let known = offending(stderr).unwrap_or_else(|| target.known.file.display().to_string());
        return SshError::KeyChanged { node, seen: fingerprint(stderr), known };
    }
    if has("REVOKED HOST KEY") || has("revoked") {
        let known = target.known.file.display().to_string();
        return SshError::KeyChanged { node, seen: fingerprint(stderr), known };
    }
    if has("Host key verification failed") || has("host key is known for") {
        return SshError::KeyUnknown { node, file: target.known.file.clone() };
    }
    if has("Permission denied (") || has("Too many authentication failures") {
        return SshError::Refused { node, user: user.to_owned(), message };
    }
    if has("Bad configuration option") || has("unknown option") || has("illegal option") {
        return SshError::Program { message };
    }
    SshError::Unreachable { node, address: address(target), message }
}

/// Where the target is, for a person.
pub(super) fn address(target: &Target) -> String {
    super::SshAddress { host: target.host.clone(), port: Some(target.port) }.to_string()
}

/// The last of its words, which say why.
fn message(stderr: &str) -> String {
    let last = stderr.lines().map(str::trim).rfind(|line| !line.is_empty());
    let last = last.unwrap_or("ssh gave no reason");
    text::line(last.trim_start_matches("ssh: ").trim_end_matches('.'), SHOWN)
}

/// `SHA256:…` in a line of its own, as the warning about a changed key has it.
fn fingerprint(stderr: &str) -> Option<String> {
    let words = stderr.split_whitespace().map(|word| word.trim_end_matches('.'));
    let mut prints = words.filter(|word| {
        word.strip_prefix("SHA256:").is_some_and(|print| {
            print.len() == 43
                && print.chars().all(|c| c.is_ascii_alphanumeric() || "+/".contains(c))
        })
    });
    prints.next().map(str::to_owned)
}

/// `FILE:LINE` of `Offending ED25519 key in FILE:LINE`.
fn offending(stderr: &str) -> Option<String> {
    let line = stderr.lines().find(|line| line.starts_with("Offending "))?;
    let (_, place) = line.split_once(" in ")?;
    Some(text::line(place.trim(), SHOWN))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use jarvis_domain::Explain;

    use super::super::known::Known;
    use super::super::settings::Verify;
    use super::*;

    fn target() -> Target {
        let file = PathBuf::from("/var/lib/jarvis/ssh/known_hosts");
        Target {
            node: "pve1".parse().unwrap(),
            host: "192.0.2.1".to_owned(),
            port: 22,
            known: Known { file, alias: None, verify: Verify::Strict },
        }
    }

    const CHANGED: &str = "\
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
The fingerprint for the ED25519 key sent by the remote host is
SHA256:4Jx5mJ8xLJ0qzZ0mYyJ5o1Z8o6l6s0m4lB3gJr0m2QQ.
Please contact your system administrator.
Offending ED25519 key in /etc/pve/nodes/pve1/ssh_known_hosts:1
Host key for pve1 has changed and you have requested strict checking.
Host key verification failed.
";

    #[test]
    fn words_have_their_error() {
        for (stderr, code) in [
            (CHANGED, "cluster-ssh-key-changed"),
            (
                "No ED25519 host key is known for pve1 and you have requested strict checking.\nHost key verification failed.\n",
                "cluster-ssh-key-unknown",
            ),
            (
                "@       WARNING: REVOKED HOST KEY DETECTED!               @\nHost key verification failed.\n",
                "cluster-ssh-key-changed",
            ),
            ("root@192.0.2.1: Permission denied (publickey).\n", "cluster-ssh-refused"),
            (
                "Received disconnect from 192.0.2.1 port 22:2: Too many authentication failures\n",
                "cluster-ssh-refused",
            ),
            (
                "ssh: connect to host 192.0.2.1 port 22: Connection refused\n",
                "cluster-ssh-unreachable",
            ),
            ("ssh: connect to host x port 22: No route to host\n", "cluster-ssh-unreachable"),
            (
                "ssh: Could not resolve hostname x: Name or service not known\n",
                "cluster-ssh-unreachable",
            ),
            ("Connection timed out during banner exchange\n", "cluster-ssh-unreachable"),
            (
                "kex_exchange_identification: Connection closed by remote host\n",
                "cluster-ssh-unreachable",
            ),
            ("command-line: line 0: Bad configuration option: x\n", "cluster-ssh-program"),
            ("", "cluster-ssh-unreachable"),
        ] {
            assert_eq!(error(&target(), "root", stderr).row().code, code, "{stderr}");
        }
    }

    #[test]
    fn a_changed_key_is_told_with_its_fingerprint_and_its_place() {
        let error = error(&target(), "root", CHANGED);
        let said = format!("{error} {}", error.hint().unwrap());
        for expected in [
            "pve1",
            "SHA256:4Jx5mJ8xLJ0qzZ0mYyJ5o1Z8o6l6s0m4lB3gJr0m2QQ",
            "/etc/pve/nodes/pve1/ssh_known_hosts:1",
        ] {
            assert!(said.contains(expected), "{expected} is not in {said}");
        }
    }

    #[test]
    fn hostile_words_do_not_reach_a_terminal() {
        let error = error(&target(), "root", "\u{1b}]0;title\u{7}ssh: x\u{1b}[31m\n");
        assert!(!error.to_string().contains(['\u{1b}', '\u{7}']), "{error:?}");
    }
}
