//! What the texts on `pvesh`'s standard error mean. The exit status says only
//! "worked" or "did not"; the rows here are the texts of pve-manager 9.2.

use jarvis_domain::text;

use crate::ClusterError;

/// What a failed `pvesh` says went wrong, before any task was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// No such path, method, guest or task.
    NotFound,
    /// A parameter is not accepted, or `pvesh` was called wrongly.
    Parameter,
    /// No quorum.
    NoQuorum,
    /// The node could not be reached to begin with.
    NodeUnreachable,
    /// pmxcfs does not run.
    ServiceDown,
    /// Not root.
    NotRoot,
    /// A login was refused.
    Authentication,
    /// A lock is held.
    Locked,
    /// Refused by Proxmox before it began: `VM 100 not running`.
    Refused,
}

/// Texts and what they mean, in the order in which they are looked for.
const TEXTS: [(&str, Class); 25] = [
    ("Unknown error -1", Class::NotRoot),
    ("please run as root", Class::NotRoot),
    ("ipcc_send_rec", Class::ServiceDown),
    ("Unable to load access control list", Class::ServiceDown),
    ("no quorum", Class::NoQuorum),
    ("ssh: connect to host", Class::NodeUnreachable),
    ("ssh: Could not resolve", Class::NodeUnreachable),
    ("hostname lookup '", Class::NodeUnreachable),
    ("no such cluster node", Class::NodeUnreachable),
    ("401 authentication failure", Class::Authentication),
    ("got lock request timeout", Class::Locked),
    ("can't lock file", Class::Locked),
    (" is locked (", Class::Locked),
    ("upid: no such task", Class::NotFound),
    ("no such user ('", Class::NotFound),
    (" handler defined for '", Class::NotFound),
    (".conf' does not exist", Class::NotFound),
    ("400 Parameter verification failed.", Class::Parameter),
    ("400 unable to parse", Class::Parameter),
    ("400 not enough arguments", Class::Parameter),
    ("400 too many arguments", Class::Parameter),
    ("ERROR: unknown command 'pvesh", Class::Parameter),
    ("ERROR: no command specified", Class::Parameter),
    ("proxy loop detected", Class::Refused),
    (" not running", Class::Refused),
];

/// The most of a text that a person is shown, in characters.
const SHOWN: usize = 400;

/// What `stderr` says; none when it says nothing that the table knows, and a
/// task may have been started all the same.
pub(crate) fn classify(stderr: &str) -> Option<Class> {
    TEXTS.iter().find(|(text, _)| stderr.contains(text)).map(|(_, class)| *class)
}

/// Proxmox's own words, without usage lines, prefixes and noise, in one line.
pub(crate) fn message(stderr: &str) -> String {
    let lines: Vec<&str> = stderr
        .lines()
        .map(|line| line.trim().trim_start_matches("proxy handler failed: "))
        .filter(|line| !line.is_empty() && !is_noise(line))
        .collect();
    let chosen = match lines.iter().position(|line| line.starts_with("400 ")) {
        // The parameters and what is wrong with them stand below.
        Some(first) => lines.iter().skip(first).copied().collect::<Vec<_>>().join(" "),
        None => match lines.iter().find(|line| line.starts_with("ERROR: ")) {
            Some(line) => (*line).to_owned(),
            None => lines.last().copied().unwrap_or_default().to_owned(),
        },
    };
    let shown = text::line(&chosen, SHOWN);
    if shown.is_empty() { "no reason was given".to_owned() } else { shown }
}

/// The error of a call `what` that `pvesh` ended with `status`, not 0.
pub(crate) fn error(what: &str, status: i32, stderr: &str) -> ClusterError {
    let what = what.to_owned();
    let message = message(stderr);
    match classify(stderr) {
        Some(Class::NotFound) => ClusterError::NotFound { what, message },
        Some(Class::Parameter) => ClusterError::Parameter { what, message },
        Some(Class::NoQuorum) => ClusterError::NoQuorum { what, message },
        Some(Class::NodeUnreachable) => ClusterError::NodeUnreachable { what, message },
        Some(Class::ServiceDown) => ClusterError::ClusterServiceDown { message },
        Some(Class::NotRoot) => ClusterError::NotRoot { message },
        Some(Class::Authentication) => ClusterError::Authentication { what },
        Some(Class::Locked) => ClusterError::Locked { what, message },
        Some(Class::Refused) => ClusterError::Refused { what, message, status },
        None => match signal(status) {
            Some(signal) if stderr.trim().is_empty() => ClusterError::Died { what, signal },
            _ => ClusterError::Refused { what, message, status },
        },
    }
}

/// The signal that an exit status of 128 + n stands for. Proxmox's own 255 is
/// not one.
pub(crate) fn signal(status: i32) -> Option<i32> {
    (129..=192).contains(&status).then(|| status - 128)
}

/// Lines that come with good and bad calls alike.
fn is_noise(line: &str) -> bool {
    line.starts_with("pvesh ")
        || line.starts_with("USAGE: ")
        || line.starts_with("perl: warning: ")
        || line.starts_with("Plugin \"")
        || line.starts_with("trying to acquire cfs lock")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_their_meaning() {
        let usage = "pvesh get <api_path> [OPTIONS] [FORMAT_OPTIONS]";
        for (stderr, class, said) in [
            (
                "No 'get' handler defined for '/nope'\n",
                Some(Class::NotFound),
                "No 'get' handler defined for '/nope'",
            ),
            (
                "400 Parameter verification failed.\nupid: no such task\n{usage}\n",
                Some(Class::NotFound),
                "400 Parameter verification failed. upid: no such task",
            ),
            (
                "400 Parameter verification failed.\ncommand: property is missing and it is not optional\n{usage}\n",
                Some(Class::Parameter),
                "400 Parameter verification failed. command: property is missing and it is not optional",
            ),
            (
                "Unknown option: foo\n400 unable to parse option\n{usage}\n",
                Some(Class::Parameter),
                "400 unable to parse option",
            ),
            ("400 too many arguments\n{usage}\n", Some(Class::Parameter), "400 too many arguments"),
            (
                "ERROR: unknown command 'pvesh foo'\nUSAGE: pvesh <COMMAND>\n",
                Some(Class::Parameter),
                "ERROR: unknown command 'pvesh foo'",
            ),
            (
                "cluster not ready - no quorum?\n",
                Some(Class::NoQuorum),
                "cluster not ready - no quorum?",
            ),
            (
                "trying to acquire cfs lock 'file-x' ...\ncfs-lock 'file-x' error: no quorum!\n",
                Some(Class::NoQuorum),
                "cfs-lock 'file-x' error: no quorum!",
            ),
            (
                "proxy handler failed: ssh: connect to host 192.0.2.13 port 22: No route to host\n",
                Some(Class::NodeUnreachable),
                "ssh: connect to host 192.0.2.13 port 22: No route to host",
            ),
            (
                "hostname lookup 'ghost' failed - failed to get address info for: ghost: Name or service not known\n",
                Some(Class::NodeUnreachable),
                "hostname lookup 'ghost' failed - failed to get address info for: ghost: Name or service not known",
            ),
            (
                "ipcc_send_rec[1] failed: Connection refused\nUnable to load access control list: Connection refused\n",
                Some(Class::ServiceDown),
                "Unable to load access control list: Connection refused",
            ),
            (
                "ipcc_send_rec[1] failed: Unknown error -1\nUnable to load access control list: Unknown error -1\n",
                Some(Class::NotRoot),
                "Unable to load access control list: Unknown error -1",
            ),
            ("please run as root\n", Some(Class::NotRoot), "please run as root"),
            (
                "401 authentication failure\n",
                Some(Class::Authentication),
                "401 authentication failure",
            ),
            (
                "can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout\n",
                Some(Class::Locked),
                "can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout",
            ),
            ("VM is locked (backup)\n", Some(Class::Locked), "VM is locked (backup)"),
            (
                "proxy loop detected - aborting\n",
                Some(Class::Refused),
                "proxy loop detected - aborting",
            ),
            ("VM 100 not running\n", Some(Class::Refused), "VM 100 not running"),
            ("something new\n", None, "something new"),
            ("", None, "no reason was given"),
        ] {
            let stderr = stderr.replace("{usage}", usage);
            assert_eq!((classify(&stderr), message(&stderr).as_str()), (class, said), "{stderr}");
        }
    }

    #[test]
    fn noise_is_not_taken_for_the_reason() {
        let stderr = "perl: warning: Setting locale failed.\nVM 100 not running\nPlugin \"PVE::Storage::Custom::X\" is implementing an older storage API, an upgrade is recommended\n";
        assert_eq!(message(stderr), "VM 100 not running");
    }

    #[test]
    fn only_a_signal_is_a_signal() {
        assert_eq!((signal(137), signal(255), signal(1), signal(128)), (Some(9), None, None, None));
        assert!(matches!(error("x", 137, ""), ClusterError::Died { signal: 9, .. }));
        assert!(matches!(error("x", 255, "odd\n"), ClusterError::Refused { .. }));
    }

    #[test]
    fn what_is_shown_is_short_and_plain() {
        let shown = message(&format!("\u{1b}[31m{}\n", "x".repeat(10_000)));
        assert_eq!(shown.chars().count(), SHOWN);
        assert!(!shown.contains('\u{1b}'));
    }
}
