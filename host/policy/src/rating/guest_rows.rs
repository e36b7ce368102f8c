//! Writes that are about guests, after the parameters of the 9.2 API; what is
//! said of VMs holds for containers.

use jarvis_domain::Risk::{Change, Destructive};
use jarvis_domain::Role::{Admin, Operator};
use jarvis_domain::Verb::{Create, Delete, Set};
use jarvis_domain::{Risk, Role};

use super::api::Row;
use super::fields::{FORCE_STOP, OVERRULE_SHUTDOWN, Raise, SKIPLOCK, When};

/// A backup in any mode but `snapshot` suspends or stops the guest.
const BACKUP_MODE: Raise = Raise {
    field: "mode",
    when: When::Not(&["snapshot"]),
    risk: Risk::Destructive,
    role: Role::Operator,
    cost: Some("suspends or stops it meanwhile"),
};

/// A container that is migrated while it runs is stopped and started again.
const RESTART: Raise = Raise {
    field: "restart",
    when: When::On,
    risk: Risk::Destructive,
    role: Role::Operator,
    cost: Some("stops it meanwhile"),
};

/// Protection keeps a guest from being deleted.
const PROTECTION_OFF: Raise = Raise {
    field: "protection",
    when: When::Off,
    risk: Risk::Destructive,
    role: Role::Admin,
    cost: Some("takes away its protection against deletion"),
};

const UNSAVED: &str = "unsaved work is lost";

pub(super) const ROWS: &[Row] = &[
    // Power.
    Row::write(
        Create,
        "/nodes/{node}/qemu|lxc/{vmid}/status/start",
        Change,
        Operator,
        ("start {guest}", "starting {guest}"),
    )
    .plain(&["timeout"])
    .raises(&[SKIPLOCK]),
    Row::write(
        Create,
        "/nodes/{node}/qemu|lxc/{vmid}/status/resume",
        Change,
        Operator,
        ("resume {guest}", "resuming {guest}"),
    )
    .raises(&[SKIPLOCK]),
    Row::write(
        Create,
        "/nodes/{node}/qemu|lxc/{vmid}/status/shutdown",
        Destructive,
        Operator,
        ("shut down {guest}", "shutting down {guest}"),
    )
    .plain(&["timeout", "keepActive"])
    .raises(&[FORCE_STOP, SKIPLOCK]),
    Row::write(
        Create,
        "/nodes/{node}/qemu|lxc/{vmid}/status/stop",
        Destructive,
        Operator,
        ("force-stop {guest}", "force-stopping {guest}"),
    )
    .cost(UNSAVED)
    .plain(&["timeout", "keepActive"])
    .raises(&[OVERRULE_SHUTDOWN, SKIPLOCK]),
    Row::write(
        Create,
        "/nodes/{node}/qemu|lxc/{vmid}/status/reboot",
        Destructive,
        Operator,
        ("reboot {guest}", "rebooting {guest}"),
    )
    .plain(&["timeout"]),
    Row::write(
        Create,
        "/nodes/{node}/qemu/{vmid}/status/reset",
        Destructive,
        Operator,
        ("reset {guest}", "resetting {guest}"),
    )
    .cost(UNSAVED)
    .raises(&[SKIPLOCK]),
    Row::write(
        Create,
        "/nodes/{node}/qemu|lxc/{vmid}/status/suspend",
        Destructive,
        Operator,
        ("suspend {guest}", "suspending {guest}"),
    )
    .plain(&["todisk", "statestorage"])
    .raises(&[SKIPLOCK]),
    // Snapshots.
    Row::write(
        Create,
        "/nodes/{node}/qemu|lxc/{vmid}/snapshot",
        Change,
        Operator,
        ("take the snapshot {snapname} of {guest}", "taking the snapshot {snapname} of {guest}"),
    )
    .plain(&["snapname", "description", "vmstate"]),
    Row::write(
        Create,
        "/nodes/{node}/qemu|lxc/{vmid}/snapshot/{snapname}/rollback",
        Destructive,
        Operator,
        (
            "roll {guest} back to the snapshot {snapname}",
            "rolling {guest} back to the snapshot {snapname}",
        ),
    )
    .cost("everything since then is lost")
    .plain(&["start"]),
    Row::write(
        Delete,
        "/nodes/{node}/qemu|lxc/{vmid}/snapshot/{snapname}",
        Destructive,
        Operator,
        (
            "delete the snapshot {snapname} of {guest}",
            "deleting the snapshot {snapname} of {guest}",
        ),
    )
    .plain(&["force"]),
    Row::write(
        Set,
        "/nodes/{node}/qemu|lxc/{vmid}/snapshot/{snapname}/config",
        Change,
        Operator,
        (
            "describe the snapshot {snapname} of {guest}",
            "describing the snapshot {snapname} of {guest}",
        ),
    )
    .plain(&["description"])
    .at_once(),
    // Copies, moves, sizes.
    Row::write(
        Create,
        "/nodes/{node}/qemu|lxc/{vmid}/clone",
        Change,
        Operator,
        ("clone {guest} as {newid}", "cloning {guest} as {newid}"),
    )
    .plain(&[
        "newid",
        "name",
        "hostname",
        "description",
        "full",
        "pool",
        "snapname",
        "storage",
        "format",
        "target",
        "bwlimit",
    ]),
    Row::write(
        Create,
        "/nodes/{node}/qemu|lxc/{vmid}/migrate",
        Destructive,
        Operator,
        ("move {guest} to node {target}", "moving {guest} to node {target}"),
    )
    .plain(&[
        "target",
        "online",
        "with-local-disks",
        "targetstorage",
        "target-storage",
        "timeout",
        "bwlimit",
        "with-conntrack-state",
    ])
    .raises(&[RESTART]),
    Row::write(
        Set,
        "/nodes/{node}/qemu|lxc/{vmid}/resize",
        Change,
        Operator,
        ("enlarge {disk} of {guest} to {size}", "enlarging {disk} of {guest} to {size}"),
    )
    .cost("a disk cannot be made smaller again")
    .plain(&["disk", "size", "digest"])
    .raises(&[SKIPLOCK]),
    Row::write(
        Create,
        "/nodes/{node}/qemu/{vmid}/move_disk",
        Destructive,
        Admin,
        ("move {disk} of {guest}", "moving {disk} of {guest}"),
    )
    .plain(&["disk", "storage", "format", "bwlimit", "digest"]),
    Row::write(
        Create,
        "/nodes/{node}/lxc/{vmid}/move_volume",
        Destructive,
        Admin,
        ("move {volume} of {guest}", "moving {volume} of {guest}"),
    )
    .plain(&["volume", "storage", "bwlimit", "digest"]),
    Row::write(
        Set,
        "/nodes/{node}/qemu/{vmid}/unlink",
        Destructive,
        Admin,
        ("detach {idlist} from {guest}", "detaching {idlist} from {guest}"),
    ),
    Row::write(
        Create,
        "/nodes/{node}/vzdump",
        Change,
        Operator,
        ("back up guest {vmid} of node {node}", "backing up guest {vmid} of node {node}"),
    )
    .plain(&["vmid", "storage", "compress", "notes-template", "protected", "bwlimit"])
    .raises(&[BACKUP_MODE]),
    // Settings.
    Row::write(
        Set,
        "/nodes/{node}/qemu|lxc/{vmid}/config",
        Change,
        Operator,
        ("change the settings of {guest}", "changing the settings of {guest}"),
    )
    .plain(&["name", "hostname", "description", "tags", "onboot", "startup", "digest"])
    .raises(&[PROTECTION_OFF])
    .at_once(),
    Row::write(
        Create,
        "/nodes/{node}/qemu/{vmid}/config",
        Change,
        Operator,
        ("change the settings of {guest}", "changing the settings of {guest}"),
    )
    .plain(&["name", "description", "tags", "onboot", "startup", "digest"])
    .raises(&[PROTECTION_OFF]),
    Row::write(
        Set,
        "/nodes/{node}/qemu/{vmid}/cloudinit",
        Change,
        Operator,
        (
            "make the cloud-init drive of {guest} anew",
            "making the cloud-init drive of {guest} anew",
        ),
    )
    .at_once(),
    Row::write(
        Set,
        "/nodes/{node}/qemu/{vmid}/sendkey",
        Destructive,
        Admin,
        ("press {key} on the keyboard of {guest}", "pressing {key} on the keyboard of {guest}"),
    )
    .plain(&["key"])
    .raises(&[SKIPLOCK])
    .at_once(),
    // Beginning and end.
    Row::write(
        Create,
        "/nodes/{node}/qemu",
        Destructive,
        Admin,
        ("create VM {vmid} on node {node}", "creating VM {vmid} on node {node}"),
    )
    .cost("with force or an archive it replaces what is there"),
    Row::write(
        Create,
        "/nodes/{node}/lxc",
        Destructive,
        Admin,
        ("create container {vmid} on node {node}", "creating container {vmid} on node {node}"),
    )
    .cost("with force or restore it replaces what is there"),
    Row::write(
        Create,
        "/nodes/{node}/qemu|lxc/{vmid}/template",
        Destructive,
        Admin,
        ("turn {guest} into a template", "turning {guest} into a template"),
    )
    .cost("there is no way back")
    .plain(&["disk"]),
    Row::write(
        Delete,
        "/nodes/{node}/qemu|lxc/{vmid}",
        Destructive,
        Admin,
        ("delete {guest}", "deleting {guest}"),
    )
    .cost("its disks and snapshots are lost")
    .plain(&["purge", "destroy-unreferenced-disks", "force"])
    .raises(&[SKIPLOCK]),
    // The guest agent. Programs and files of the guest are never granted.
    Row::write(
        Create,
        "/nodes/{node}/qemu/{vmid}/agent/ping|fsfreeze-status",
        Change,
        Operator,
        ("ask the agent of {guest}", "asking the agent of {guest}"),
    )
    .at_once(),
    Row::write(
        Create,
        "/nodes/{node}/qemu/{vmid}/agent/fsfreeze-thaw",
        Change,
        Operator,
        ("let {guest} write to its disks again", "letting {guest} write to its disks again"),
    )
    .at_once(),
    Row::write(
        Create,
        "/nodes/{node}/qemu/{vmid}/agent/fstrim",
        Change,
        Operator,
        ("trim the disks of {guest}", "trimming the disks of {guest}"),
    )
    .at_once(),
    Row::write(
        Create,
        "/nodes/{node}/qemu/{vmid}/agent/fsfreeze-freeze",
        Destructive,
        Operator,
        ("freeze the disks of {guest}", "freezing the disks of {guest}"),
    )
    .cost("it hangs until they are thawed")
    .at_once(),
    Row::write(
        Create,
        "/nodes/{node}/qemu/{vmid}/agent/shutdown",
        Destructive,
        Operator,
        ("shut down {guest} by its agent", "shutting down {guest} by its agent"),
    )
    .at_once(),
    Row::write(
        Create,
        "/nodes/{node}/qemu/{vmid}/agent/suspend-disk|suspend-ram|suspend-hybrid",
        Destructive,
        Operator,
        ("suspend {guest} by its agent", "suspending {guest} by its agent"),
    )
    .at_once(),
];
