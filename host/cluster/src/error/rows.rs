//! The rows of this room in the table of errors.

use jarvis_domain::Row;

use crate::api::rows as api;
use crate::console::rows as console;
use crate::ssh::rows as ssh;

/// A row.
pub(crate) const fn row(
    code: &'static str,
    meaning: &'static str,
    hint: &'static str,
    exit: u8,
    status: u16,
) -> Row {
    Row { code, meaning, hint, exit, status }
}

pub(super) const NOT_FOUND: Row = row(
    "cluster-not-found",
    "Proxmox has no such path, guest, node or task.",
    "Look at what exists with \"list all machines\"; a guest may have been moved or removed.",
    1,
    404,
);
pub(super) const PARAMETER: Row = row(
    "cluster-parameter",
    "Proxmox does not accept a parameter of the call.",
    "The text names the parameter. If a skill made the call, tell its author.",
    1,
    400,
);
pub(super) const NO_QUORUM: Row = row(
    "cluster-no-quorum",
    "Fewer than half of the nodes are there, so Proxmox accepts no changes.",
    "Bring the other nodes back, or look at `pvecm status` on this one. Nothing was changed.",
    1,
    503,
);
pub(super) const NODE_UNREACHABLE: Row = row(
    "cluster-node-unreachable",
    "A node that had to answer is off, unknown, or cut from the network.",
    "See whether the node is switched on and its name is right, and whether `ssh root@<node>` works from this node.",
    1,
    503,
);
pub(super) const NODE_RESTING: Row = row(
    "cluster-node-resting",
    "A node did not answer several times in a row, so jarvis leaves it alone for a while.",
    "Nothing to do if the node is off: jarvis tries it again by itself, and at once when the cluster has it back. A change that you ask for is sent all the same.",
    1,
    503,
);
pub(super) const SERVICE_DOWN: Row = row(
    "cluster-service-down",
    "The cluster file system (pmxcfs) of this node does not run.",
    "On this node: `systemctl status pve-cluster`, and start it again if it has stopped.",
    1,
    503,
);
pub(super) const NOT_ROOT: Row = row(
    "cluster-not-root",
    "pvesh works for root only.",
    "Run the jarvis service as root on the Proxmox node, or try jarvis with --demo.",
    1,
    403,
);
pub(super) const AUTHENTICATION: Row = row(
    "cluster-authentication",
    "Proxmox refused a user name or password.",
    "Check the account, its realm (root@pam) and its second factor.",
    5,
    401,
);
pub(super) const LOCKED: Row = row(
    "cluster-locked",
    "A backup, a migration or another change holds a lock.",
    "Wait until it has ended, then try again. Proxmox's task list shows what runs.",
    1,
    409,
);
pub(super) const REFUSED: Row = row(
    "cluster-refused",
    "Proxmox refused the call, with the text shown.",
    "The text is Proxmox's own; the task log of the node may say more.",
    1,
    502,
);
pub(super) const PVESH_DIED: Row = row(
    "cluster-pvesh-died",
    "The pvesh program was killed before it had finished.",
    "Look for the out-of-memory killer in `journalctl -k`, then try again.",
    1,
    502,
);
pub(super) const PVESH_MISSING: Row = row(
    "cluster-pvesh-missing",
    "The program that talks to Proxmox is not there.",
    "Run jarvis on a Proxmox VE node, or correct the path of pvesh in the settings, or try --demo.",
    2,
    503,
);
pub(super) const CANNOT_START: Row = row(
    "cluster-cannot-start",
    "A program that jarvis needs cannot be started.",
    "Look at the cause: its permissions, free memory, the limit of processes.",
    1,
    503,
);
pub(super) const PVESH_TIMEOUT: Row = row(
    "cluster-pvesh-timeout",
    "A read took longer than its limit and was stopped.",
    "Try again. If one node is always slow, look at its storages: a dead network share makes Proxmox hang.",
    1,
    504,
);
pub(super) const BUSY: Row = row(
    "cluster-busy",
    "More is being read from the cluster at once than jarvis allows.",
    "Try again in a moment. Reads that hang show in the log.",
    1,
    503,
);
pub(super) const TOO_LONG: Row = row(
    "cluster-answer-too-long",
    "An answer was longer than jarvis keeps.",
    "Ask for less: limit the time, the number or the node.",
    1,
    502,
);
pub(super) const GARBLED: Row = row(
    "cluster-garbled",
    "An answer cannot be understood.",
    "Try the same `pvesh get` by hand on the node; if it looks right there, report it to jarvis.",
    1,
    502,
);
pub(super) const SECRET_IN_ARGV: Row = row(
    "cluster-secret-in-argv",
    "A password would be visible in the list of processes.",
    "Passwords never go through pvesh. Set it in Proxmox's own pages.",
    5,
    400,
);
pub(super) const RESERVED_FIELD: Row = row(
    "cluster-reserved-field",
    "A field has the name of an option of pvesh itself.",
    "Leave the field out, or write its name in full. If a skill made the call, tell its author.",
    2,
    400,
);
pub(super) const NO_PROGRAM: Row = row(
    "cluster-no-program",
    "The node does not have the program.",
    "Install it on that node. For temperatures: `apt install lm-sensors`.",
    1,
    503,
);
pub(super) const NO_SENSORS: Row = row(
    "cluster-no-sensors",
    "The node has no temperature sensor that can be read.",
    "Install lm-sensors on it and run `sensors-detect`. Virtual machines have no sensors.",
    1,
    404,
);
pub(super) const WRONG_PERMIT: Row = row(
    "cluster-wrong-permit",
    "A permit was used for something that it does not allow.",
    "This is a fault of jarvis; please report it with the run record.",
    5,
    403,
);
pub(super) const NO_OPERATION: Row = row(
    "cluster-no-such-operation",
    "There is no operation of this id.",
    "See `jarvis runs` for the operations of past runs.",
    1,
    404,
);
pub(super) const RELATIVE_PATH: Row = row(
    "cluster-relative-path",
    "A program or socket has to be named by its absolute path.",
    "Write the path in the settings from the root: /usr/bin/pvesh.",
    2,
    500,
);
pub(super) const FOLDER: Row = row(
    "cluster-folder",
    "The folder for the output of operations cannot be used.",
    "Look at the cause: free disk space, and who owns the state folder.",
    1,
    503,
);

/// Every row of this room.
pub const ROWS: &[&Row] = &[
    &NOT_FOUND,
    &PARAMETER,
    &NO_QUORUM,
    &NODE_UNREACHABLE,
    &NODE_RESTING,
    &SERVICE_DOWN,
    &NOT_ROOT,
    &AUTHENTICATION,
    &LOCKED,
    &REFUSED,
    &PVESH_DIED,
    &PVESH_MISSING,
    &CANNOT_START,
    &PVESH_TIMEOUT,
    &BUSY,
    &TOO_LONG,
    &GARBLED,
    &SECRET_IN_ARGV,
    &RESERVED_FIELD,
    &NO_PROGRAM,
    &NO_SENSORS,
    &WRONG_PERMIT,
    &NO_OPERATION,
    &RELATIVE_PATH,
    &FOLDER,
    &api::UNREACHABLE,
    &api::FINGERPRINT,
    &api::UNTRUSTED,
    &api::TLS,
    &api::NO_AUTHORITY,
    &api::NO_ENDPOINT,
    &api::TOKEN,
    &api::LOGIN,
    &api::TFA,
    &api::SECRET,
    &api::FORBIDDEN,
    &api::NO_RIGHTS,
    &api::READ_ONLY,
    &api::INTERRUPTED,
    &api::TIMEOUT,
    &api::REDIRECTED,
    &api::NODE_SILENT,
    &api::SECRET_IN_URL,
    &ssh::NOT_CONFIGURED,
    &ssh::SETTING,
    &ssh::UNKNOWN_NODE,
    &ssh::KEY_CHANGED,
    &ssh::KEY_UNKNOWN,
    &ssh::REFUSED,
    &ssh::UNREACHABLE,
    &ssh::TIMEOUT,
    &ssh::LOST,
    &ssh::TOO_MANY,
    &ssh::NO_PROGRAM,
    &ssh::PROGRAM,
    &ssh::ARGV,
    &console::NODE_OFFLINE,
    &console::GUEST_OFF,
    &console::NO_SERIAL,
    &console::NOT_CONNECTED,
    &console::LOST,
];
