//! The command lines of `ssh`. Nobody's settings but jarvis's count: no file
//! of the user's or the system's is read (`-F none`), so that neither a
//! forgotten `ProxyCommand` nor a `StrictHostKeyChecking no` has a say.
//! Neither holds a secret.

use std::path::Path;
use std::time::Duration;

use jarvis_domain::NodeName;

use super::known::Known;
use super::settings::{SshSettings, Verify};
use crate::launcher::Line;

/// Whom to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) node: NodeName,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) known: Known,
}

/// Programs have none, save those that a person talks with.
const NO_TERMINAL: &str = "RequestTTY=no";

/// What holds for every connection (ssh_config(5)).
const ALWAYS: [&str; 18] = [
    // Nobody is there to answer a question.
    "BatchMode=yes",
    "PreferredAuthentications=publickey",
    "IdentityAgent=none",
    "ForwardAgent=no",
    "ForwardX11=no",
    "ClearAllForwardings=yes",
    "Tunnel=no",
    "EscapeChar=none",
    NO_TERMINAL,
    "CanonicalizeHostname=no",
    "ConnectionAttempts=1",
    // A node that is gone is noticed after 15 s.
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
    "GlobalKnownHostsFile=none",
    "CheckHostIP=no",
    "UpdateHostKeys=no",
    "HashKnownHosts=no",
    "LogLevel=ERROR",
];

/// The line that `ssh` prints on its standard output once it is signed in and
/// its control socket is there; its local command prints it.
pub(super) const READY: &str = "ready";

/// The connection that is kept: no program, and a control socket at `control`.
pub(super) fn master(settings: &SshSettings, target: &Target, control: &Path) -> Line {
    let mut args = common(settings, target, settings.connect);
    args.extend(["-M", "-N", "-T"].map(str::to_owned));
    for option in [
        format!("ControlPath={}", path(control)),
        "ControlPersist=no".to_owned(),
        "PermitLocalCommand=yes".to_owned(),
        format!("LocalCommand=echo {READY}"),
    ] {
        args.extend(["-o".to_owned(), option]);
    }
    finish(settings, target, args, None)
}

/// A connection for `command` alone.
pub(super) fn alone(settings: &SshSettings, target: &Target, command: &str) -> Line {
    let mut args = common(settings, target, settings.long_connect);
    args.extend(["-T", "-o", "ControlPath=none"].map(str::to_owned));
    finish(settings, target, args, Some(command))
}

/// A connection with a terminal, for `command` or a login shell.
pub(super) fn terminal(settings: &SshSettings, target: &Target, command: Option<&str>) -> Line {
    let mut args = common(settings, target, settings.connect);
    for arg in &mut args {
        if arg == NO_TERMINAL {
            "RequestTTY=force".clone_into(arg);
        }
    }
    args.extend(["-o", "ControlPath=none"].map(str::to_owned));
    finish(settings, target, args, command)
}

fn common(settings: &SshSettings, target: &Target, connect: Duration) -> Vec<String> {
    let known = &target.known;
    let check = match known.verify {
        Verify::Strict => "yes",
        Verify::FirstUse => "accept-new",
    };
    let mut options: Vec<String> = ALWAYS.iter().map(|option| (*option).to_owned()).collect();
    options.extend([
        // A second more than our own clock allows, whose word is clearer.
        format!("ConnectTimeout={}", connect.as_secs() + 1),
        format!("StrictHostKeyChecking={check}"),
        format!("UserKnownHostsFile={}", path(&known.file)),
    ]);
    if let Some(alias) = &known.alias {
        options.push(format!("HostKeyAlias={alias}"));
    }
    if let Some(key) = &settings.key {
        options.push(format!("IdentityFile={}", path(key)));
        options.push("IdentitiesOnly=yes".to_owned());
    }
    let options = options.into_iter().flat_map(|option| ["-o".to_owned(), option]);
    ["-F", "none"].map(str::to_owned).into_iter().chain(options).collect()
}

fn finish(
    settings: &SshSettings,
    target: &Target,
    mut args: Vec<String>,
    command: Option<&str>,
) -> Line {
    let port = target.port.to_string();
    args.extend(["-l", &settings.user, "-p", &port, "--", &target.host].map(str::to_owned));
    args.extend(command.map(str::to_owned));
    Line { program: settings.program.clone(), args }
}

/// A path as the value of an option: quoted, and with its `%` kept as they
/// are. What cannot be quoted the settings have refused.
fn path(path: &Path) -> String {
    format!("\"{}\"", path.to_string_lossy().replace('%', "%%"))
}

#[cfg(test)]
mod tests {
    use super::super::settings::tests::settings;
    use super::*;

    fn target(alias: Option<&str>, verify: Verify) -> Target {
        let file = "/etc/pve/nodes/pve1/ssh_known_hosts".into();
        Target {
            node: "pve1".parse().unwrap(),
            host: "192.0.2.1".to_owned(),
            port: 2222,
            known: Known { file, alias: alias.map(str::to_owned), verify },
        }
    }

    #[test]
    fn proxmox_convention_is_followed_and_nothing_else_is_read() {
        let control = Path::new("/run/50%/c");
        let line = master(&settings(), &target(Some("pve1"), Verify::Strict), control);
        let text = line.args.join(" ");
        assert_eq!(line.program, Path::new("/usr/bin/ssh"));
        for expected in [
            "-F none ",
            "-o BatchMode=yes",
            "-o HostKeyAlias=pve1",
            "-o UserKnownHostsFile=\"/etc/pve/nodes/pve1/ssh_known_hosts\"",
            "-o GlobalKnownHostsFile=none",
            "-o StrictHostKeyChecking=yes",
            "-o ConnectTimeout=6",
            "-o ServerAliveInterval=5 -o ServerAliveCountMax=3",
            "-o IdentityFile=\"/etc/jarvis/key\" -o IdentitiesOnly=yes",
            "-o ControlPath=\"/run/50%%/c\"",
            "-M -N -T",
        ] {
            assert!(text.contains(expected), "{expected} is not in {text}");
        }
        assert!(text.ends_with("-l root -p 2222 -- 192.0.2.1"), "{text}");
        // Host keys are of whatever kind the file has: Proxmox's are RSA.
        for never in ["SendEnv", "HostKeyAlgorithms", "StrictHostKeyChecking=no", "ProxyCommand"] {
            assert!(!text.contains(never), "{never} is in {text}");
        }
    }

    #[test]
    fn a_long_run_has_a_connection_and_a_patience_of_its_own() {
        let target = target(None, Verify::FirstUse);
        let line = alone(&settings(), &target, "LC_ALL=C.UTF-8 'a b'");
        let text = line.args.join(" ");
        assert!(text.contains("-o ConnectTimeout=11") && text.contains("ControlPath=none"));
        assert!(text.contains("StrictHostKeyChecking=accept-new"), "{text}");
        assert!(!text.contains("HostKeyAlias") && !text.contains("LocalCommand"), "{text}");
        assert_eq!(line.args.last().unwrap(), "LC_ALL=C.UTF-8 'a b'");
    }

    #[test]
    fn a_terminal_is_asked_for_where_a_person_talks() {
        let target = target(Some("pve1"), Verify::Strict);
        let line = terminal(&settings(), &target, None);
        let text = line.args.join(" ");
        assert!(text.contains("-o RequestTTY=force") && !text.contains("RequestTTY=no"), "{text}");
        assert!(text.contains("-o ControlPath=none") && text.contains("EscapeChar=none"), "{text}");
        assert!(text.contains("StrictHostKeyChecking=yes") && text.contains("-F none"), "{text}");
        assert!(!text.contains("-T ") && text.ends_with("-- 192.0.2.1"), "{text}");
        let line = terminal(&settings(), &target, Some("'pct' 'enter' '105'"));
        assert_eq!(line.args.last().unwrap(), "'pct' 'enter' '105'");
    }

    #[test]
    fn without_a_key_of_its_own_ssh_looks_for_one() {
        let settings = SshSettings { key: None, ..settings() };
        let line = alone(&settings, &target(None, Verify::Strict), "x");
        assert!(!line.args.iter().any(|arg| arg.contains("Identit") && !arg.contains("Agent")));
    }
}
