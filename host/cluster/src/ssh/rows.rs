//! The rows of SSH in the table of errors.

use jarvis_domain::Row;

use crate::error::row;

pub(crate) const NOT_CONFIGURED: Row = row(
    "cluster-ssh-not-configured",
    "Something can be done only in a node's own shell, and jarvis was not told how to get there.",
    "Add a section ssh: to cluster: in the settings (those that come with jarvis show one), or run jarvis on a Proxmox node with cluster.access: pvesh.",
    2,
    501,
);
pub(crate) const SETTING: Row = row(
    "cluster-ssh-setting",
    "A setting of SSH cannot be used.",
    "Correct what the text names, under cluster.ssh in the settings.",
    2,
    500,
);
pub(crate) const UNKNOWN_NODE: Row = row(
    "cluster-ssh-unknown-node",
    "Neither the settings nor the cluster know where the node is.",
    "Check the name with \"list all nodes\", or give its address under cluster.nodes in the settings.",
    1,
    404,
);
pub(crate) const KEY_CHANGED: Row = row(
    "cluster-ssh-key-changed",
    "A node proves who it is by another host key than the known one.",
    "Compare the new key on the node itself before the old one is taken out of the file. Nothing was sent.",
    1,
    502,
);
pub(crate) const KEY_UNKNOWN: Row = row(
    "cluster-ssh-key-unknown",
    "A node's host key stands in no file of known hosts.",
    "Put it there, or set cluster.ssh.verify: first-use. Nothing was sent.",
    1,
    502,
);
pub(crate) const REFUSED: Row = row(
    "cluster-ssh-refused",
    "A node does not accept jarvis's key.",
    "Add the public key to the authorized_keys of that user on the node.",
    5,
    401,
);
pub(crate) const UNREACHABLE: Row = row(
    "cluster-ssh-unreachable",
    "Nothing answers where the node's SSH has to be.",
    "See whether the node is switched on, whether its address and port are right, and whether a firewall stands between. Nothing was run.",
    1,
    503,
);
pub(crate) const TIMEOUT: Row = row(
    "cluster-ssh-timeout",
    "A node took no SSH connection in time.",
    "The node hangs, or a firewall swallows the packets. cluster.ssh.connect_timeout allows more time. Nothing was run.",
    1,
    504,
);
pub(crate) const LOST: Row = row(
    "cluster-ssh-lost",
    "The connection to a node broke while a program ran there.",
    "Look at the node before it is tried again: the program may have run to its end.",
    1,
    502,
);
pub(crate) const NOT_BEGUN: Row = row(
    "cluster-ssh-not-begun",
    "A node did not start what it was to do.",
    "Nothing was changed. Where jarvis's key is bound to one command (command= in authorized_keys), it can read but not act: give it a key that is not. Else try `systemd-run true` on the node.",
    1,
    502,
);
pub(crate) const TOO_MANY: Row = row(
    "cluster-ssh-too-many",
    "A node's sshd takes no further program over the same connection.",
    "Try again in a moment. jarvis uses at most eight at a time; MaxSessions in the node's sshd_config allows ten unless it was changed.",
    1,
    503,
);
pub(crate) const NO_PROGRAM: Row = row(
    "cluster-ssh-no-program",
    "The machine that jarvis runs on has no ssh program.",
    "Install it there: apt install openssh-client.",
    2,
    503,
);
pub(crate) const PROGRAM: Row = row(
    "cluster-ssh-program",
    "The ssh program of the machine that jarvis runs on does not work.",
    "Try `ssh -V` there. OpenSSH 8.4 or newer is needed.",
    1,
    503,
);
pub(crate) const ARGV: Row = row(
    "cluster-ssh-argv",
    "A command cannot be handed to a node's shell as it is.",
    "If a skill made the call, tell its author.",
    1,
    400,
);
