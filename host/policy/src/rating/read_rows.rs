//! Reads, by path. Exact, so that a path which a later Proxmox adds is
//! nothing a skill gets by chance. `rrd` is no read: it writes a picture to the
//! node's disk; `rrddata` has the same numbers.

use jarvis_domain::Role::{Admin, Operator};

use super::api::Row;

pub(super) const ROWS: &[Row] = &[
    Row::read("/version"),
    // The cluster.
    Row::read("/cluster"),
    Row::read("/cluster/resources"),
    Row::read("/cluster/status"),
    Row::read("/cluster/tasks"),
    Row::read("/cluster/log"),
    Row::read("/cluster/nextid"),
    Row::read("/cluster/options"),
    Row::read("/cluster/bulk-action/guest"),
    Row::read("/cluster/backup"),
    Row::read("/cluster/backup/{id}"),
    Row::read("/cluster/backup/{id}/included_volumes"),
    Row::read("/cluster/backup-info/not-backed-up"),
    Row::read("/cluster/replication"),
    Row::read("/cluster/replication/{id}"),
    Row::read("/cluster/ha"),
    Row::read("/cluster/ha/status/current|manager_status"),
    Row::read("/cluster/ha/resources|groups|rules"),
    Row::read("/cluster/ha/resources|groups|rules/{id}"),
    Row::read("/cluster/ceph/status|flags|metadata"),
    Row::read("/cluster/config/nodes"),
    Row::read("/cluster/metrics/export").by(Operator),
    Row::read("/cluster/firewall/options|rules|groups|ipset|aliases").by(Operator),
    Row::read("/cluster/mapping/pci|usb|dir"),
    Row::read("/cluster/sdn/zones|vnets"),
    Row::read("/pools"),
    Row::read("/pools/{poolid}"),
    Row::read("/storage"),
    Row::read("/storage/{storage}"),
    // Nodes.
    Row::read("/nodes"),
    Row::read("/nodes/{node}"),
    Row::read("/nodes/{node}/status"),
    Row::read("/nodes/{node}/version|time|dns|hosts|netstat|subscription|rrddata|aplinfo"),
    Row::read("/nodes/{node}/apt"),
    Row::read("/nodes/{node}/apt/update|versions|repositories"),
    Row::read("/nodes/{node}/services"),
    Row::read("/nodes/{node}/services/{service}"),
    Row::read("/nodes/{node}/services/{service}/state"),
    Row::read("/nodes/{node}/network"),
    Row::read("/nodes/{node}/network/{iface}"),
    Row::read("/nodes/{node}/disks/list|zfs|lvm|lvmthin|directory"),
    Row::read("/nodes/{node}/disks/smart").plain(&["disk", "healthonly"]),
    Row::read("/nodes/{node}/disks/zfs/{name}"),
    Row::read("/nodes/{node}/hardware/pci|usb"),
    Row::read("/nodes/{node}/ceph/status|osd|mon|mgr|pool|df"),
    Row::read("/nodes/{node}/replication"),
    Row::read("/nodes/{node}/replication/{id}"),
    Row::read("/nodes/{node}/replication/{id}/status|log"),
    Row::read("/nodes/{node}/certificates/info"),
    Row::read("/nodes/{node}/config"),
    Row::read("/nodes/{node}/firewall/options|rules|log").by(Operator),
    // Logs hold what programs and people wrote, secrets sometimes included.
    Row::read("/nodes/{node}/syslog|report").by(Operator),
    Row::read("/nodes/{node}/journal").by(Operator).plain(&["identifiers", "structured", "units"]),
    // Tasks.
    Row::read("/nodes/{node}/tasks"),
    Row::read("/nodes/{node}/tasks/{upid}"),
    Row::read("/nodes/{node}/tasks/{upid}/status|log"),
    // Storage.
    Row::read("/nodes/{node}/storage"),
    Row::read("/nodes/{node}/storage/{storage}"),
    Row::read("/nodes/{node}/storage/{storage}/status|content|rrddata"),
    Row::read("/nodes/{node}/storage/{storage}/prunebackups").plain(&["prune-backups"]),
    // Guests.
    Row::read("/nodes/{node}/qemu|lxc"),
    Row::read("/nodes/{node}/qemu|lxc/{vmid}"),
    Row::read("/nodes/{node}/qemu|lxc/{vmid}/status"),
    Row::read("/nodes/{node}/qemu|lxc/{vmid}/status/current"),
    Row::read("/nodes/{node}/qemu|lxc/{vmid}/config|pending|feature|migrate|rrddata"),
    Row::read("/nodes/{node}/qemu|lxc/{vmid}/snapshot"),
    Row::read("/nodes/{node}/qemu|lxc/{vmid}/snapshot/{snapname}"),
    Row::read("/nodes/{node}/qemu|lxc/{vmid}/snapshot/{snapname}/config"),
    Row::read("/nodes/{node}/lxc/{vmid}/interfaces"),
    Row::read("/nodes/{node}/qemu|lxc/{vmid}/firewall/options|rules|log").by(Operator),
    Row::read("/nodes/{node}/qemu/{vmid}/cloudinit"),
    // Holds the hash of the guest's password.
    Row::read("/nodes/{node}/qemu/{vmid}/cloudinit/dump").by(Admin),
    Row::read("/nodes/{node}/qemu/{vmid}/agent"),
    Row::read(
        "/nodes/{node}/qemu/{vmid}/agent/info|network-get-interfaces|get-osinfo|get-fsinfo|get-time|get-timezone|get-host-name|get-vcpus|get-memory-blocks|get-memory-block-info",
    ),
    Row::read("/nodes/{node}/qemu/{vmid}/agent/get-users").by(Operator),
];
