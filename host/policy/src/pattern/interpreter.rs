//! Programs whose arguments are themselves programs. An open argument after
//! one of them would allow everything, so it is no grant.

/// Why a word must not be followed by a wild card.
struct Reason {
    why: &'static str,
    /// Only where the word is the program itself; as an argument it is too
    /// common a word (`apt-get install`).
    only_first: bool,
    names: &'static [&'static str],
}

/// Names stand without a version: `python3.11` and `php8.2` are found too.
const REASONS: &[Reason] = &[
    Reason {
        why: "runs any program text it is given",
        only_first: false,
        names: &[
            "sh", "bash", "dash", "zsh", "ksh", "mksh", "fish", "ash", "csh", "tcsh", "rbash",
            "busybox", "toybox", "pwsh", "python", "pypy", "perl", "ruby", "node", "nodejs",
            "deno", "bun", "php", "lua", "luajit", "tclsh", "wish", "expect", "guile", "ghci",
            "runghc", "julia", "R", "Rscript", "java", "jshell", "awk", "gawk", "mawk", "nawk",
            "sed", "jq", "bc", "dc", "m4", "make", "gmake", "cmake", "ninja", "gdb", "lldb",
            "sqlite3", "psql", "mysql", "mariadb", "gcc", "cc", "as", "ld",
        ],
    },
    Reason {
        why: "runs another program",
        only_first: false,
        names: &[
            "env",
            "sudo",
            "sudoedit",
            "doas",
            "su",
            "runuser",
            "setpriv",
            "pkexec",
            "run0",
            "xargs",
            "parallel",
            "nice",
            "ionice",
            "chrt",
            "taskset",
            "numactl",
            "nohup",
            "setsid",
            "timeout",
            "time",
            "stdbuf",
            "unbuffer",
            "script",
            "scriptreplay",
            "watch",
            "flock",
            "strace",
            "ltrace",
            "perf",
            "chroot",
            "unshare",
            "nsenter",
            "setarch",
            "linux32",
            "linux64",
            "prlimit",
            "capsh",
            "fakeroot",
            "dbus-run-session",
            "systemd-run",
            "systemd-nspawn",
            "machinectl",
            "start-stop-daemon",
            "at",
            "batch",
            "crontab",
            "run-parts",
            "entr",
            "screen",
            "tmux",
            "exec",
            "eval",
            "command",
            "logrotate",
        ],
    },
    Reason {
        why: "runs programs on another machine or in a guest",
        only_first: false,
        names: &[
            "ssh",
            "slogin",
            "rsh",
            "telnet",
            "nc",
            "ncat",
            "netcat",
            "socat",
            "scp",
            "sftp",
            "rsync",
            "pct",
            "qm",
            "lxc-attach",
            "lxc-execute",
            "docker",
            "podman",
            "virsh",
            "ansible",
            "ansible-playbook",
            "pssh",
        ],
    },
    Reason {
        why: "calls any part of the Proxmox API past its grants",
        only_first: false,
        names: &[
            "pvesh",
            "pvesm",
            "pveum",
            "pvecm",
            "ha-manager",
            "pveceph",
            "proxmox-backup-manager",
        ],
    },
    Reason {
        why: "can be told to run a program (find -exec, tar --checkpoint-action, an editor's or pager's !)",
        only_first: true,
        names: &[
            "find",
            "fd",
            "fdfind",
            "tar",
            "bsdtar",
            "star",
            "cpio",
            "zip",
            "7z",
            "git",
            "hg",
            "svn",
            "vi",
            "vim",
            "view",
            "nvim",
            "ed",
            "ex",
            "emacs",
            "nano",
            "pico",
            "less",
            "more",
            "man",
            "mail",
            "mailx",
            "tcpdump",
            "dpkg",
            "rpm",
            "pip",
            "npm",
            "cargo",
            "gem",
            "go",
            "ip",
            "openssl",
            "wget",
            "curl",
            "apt-config",
            "debconf",
            "update-alternatives",
            "needrestart",
            "iptables-restore",
        ],
    },
    Reason {
        why: "writes any file, with it the programs of the node",
        only_first: true,
        names: &[
            "cp", "mv", "ln", "install", "dd", "tee", "truncate", "rm", "shred", "chmod", "chown",
            "chattr", "setfacl", "mount", "umount", "insmod", "modprobe", "kexec", "mkfs",
            "sysctl",
        ],
    },
];

/// Why nothing open may follow `word`, which may carry a folder and a version
/// and is the program itself if `first`.
pub(super) fn reason(word: &str, first: bool) -> Option<&'static str> {
    let name = word.rsplit('/').next().unwrap_or(word);
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    // `7z`, `linux32` and `run0` end in digits by themselves.
    REASONS
        .iter()
        .filter(|reason| first || !reason.only_first)
        .find(|reason| reason.names.contains(&name) || reason.names.contains(&bare))
        .map(|reason| reason.why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpreters_are_found_with_folder_and_version() {
        for word in [
            "sh",
            "/bin/bash",
            "python3",
            "/usr/bin/python3.11",
            "perl5.36",
            "env",
            "sudo",
            "php8.2",
            "find",
            "tar",
            "ssh",
            "pct",
            "pvesh",
            "run0",
            "/usr/local/bin/node",
        ] {
            assert!(reason(word, true).is_some(), "{word}");
        }
        for word in ["sensors", "systemctl", "apt-get", "cat", "uptime", "shutdown"] {
            assert!(reason(word, true).is_none(), "{word}");
        }
        assert!(reason("install", true).is_some() && reason("install", false).is_none());
    }
}
