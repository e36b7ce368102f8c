//! The rows of consoles in the table of errors.

use jarvis_domain::Row;

use crate::error::row;

pub(crate) const NODE_OFFLINE: Row = row(
    "cluster-console-node-offline",
    "A terminal was asked for on a node that is not online, or on a guest of one.",
    "Turn the node on, or see why the cluster does not reach it.",
    1,
    503,
);
pub(crate) const GUEST_OFF: Row = row(
    "cluster-console-guest-off",
    "A terminal was asked for on a guest that does not run.",
    "Start the guest first.",
    1,
    409,
);
pub(crate) const NO_SERIAL: Row = row(
    "cluster-console-no-serial",
    "A VM's terminal is its serial port, and this VM has none.",
    "Give it one and start it anew: qm set VMID --serial0 socket. Its system has to offer a login there.",
    1,
    409,
);
pub(crate) const NOT_CONNECTED: Row = row(
    "cluster-console-not-connected",
    "Proxmox opened a console and then did not connect it.",
    "Try again; the task's log in Proxmox may say more.",
    1,
    502,
);
pub(crate) const LOST: Row = row(
    "cluster-console-lost",
    "The connection to a console broke off.",
    "Open a new one. What ran in it may have ended with it.",
    1,
    502,
);
