//! Writes that are about nodes, storage and tasks, and reads that are none
//! because the node reaches out for them.

use jarvis_domain::Risk::{Change, Destructive};
use jarvis_domain::Role::Admin;
use jarvis_domain::Verb::{Create, Delete, Get, Set};

use super::api::Row;
use super::{NODE_AWAY, NODE_OFF};

pub(super) const ROWS: &[Row] = &[
    // Power. Proxmox answers at once and starts no task; they are operations
    // all the same, which end when the node is seen to be away, or back.
    Row::write(
        Create,
        "/nodes/{node}/status",
        Destructive,
        Admin,
        ("reboot node {node}", "rebooting node {node}"),
    )
    .only("command", &["reboot"])
    .cost(NODE_AWAY),
    Row::write(
        Create,
        "/nodes/{node}/status",
        Destructive,
        Admin,
        ("shut down node {node}", "shutting down node {node}"),
    )
    .only("command", &["shutdown"])
    .cost(NODE_OFF),
    Row::write(
        Create,
        "/nodes/{node}/wakeonlan",
        Change,
        Admin,
        ("wake node {node}", "waking node {node}"),
    ),
    // Packages and services.
    Row::write(
        Create,
        "/nodes/{node}/apt/update",
        Change,
        Admin,
        ("refresh the package lists of node {node}", "refreshing the package lists of node {node}"),
    )
    .plain(&["quiet", "notify"]),
    Row::write(
        Create,
        "/nodes/{node}/services/{service}/start|reload",
        Change,
        Admin,
        (
            "start or reload the service {service} on node {node}",
            "starting or reloading the service {service} on node {node}",
        ),
    ),
    Row::write(
        Create,
        "/nodes/{node}/services/{service}/restart|stop",
        Destructive,
        Admin,
        (
            "stop or restart the service {service} on node {node}",
            "stopping or restarting the service {service} on node {node}",
        ),
    ),
    Row::write(
        Create,
        "/nodes/{node}/apt/repositories",
        Destructive,
        Admin,
        (
            "change the package sources of node {node}",
            "changing the package sources of node {node}",
        ),
    )
    .plain(&["digest", "enabled", "index", "path"])
    .at_once(),
    Row::write(
        Set,
        "/nodes/{node}/apt/repositories",
        Destructive,
        Admin,
        ("add a package source to node {node}", "adding a package source to node {node}"),
    )
    .plain(&["digest", "handle"])
    .at_once(),
    Row::write(
        Set,
        "/nodes/{node}/dns",
        Destructive,
        Admin,
        ("change the DNS settings of node {node}", "changing the DNS settings of node {node}"),
    )
    .plain(&["dns1", "dns2", "dns3", "search"])
    .at_once(),
    Row::write(
        Set,
        "/nodes/{node}/time",
        Destructive,
        Admin,
        ("set the time zone of node {node}", "setting the time zone of node {node}"),
    )
    .plain(&["timezone"])
    .at_once(),
    Row::write(
        Create,
        "/nodes/{node}/hosts",
        Destructive,
        Admin,
        ("rewrite /etc/hosts of node {node}", "rewriting /etc/hosts of node {node}"),
    )
    .plain(&["data", "digest"])
    .at_once(),
    Row::write(
        Set,
        "/cluster/options",
        Destructive,
        Admin,
        ("change the settings of the cluster", "changing the settings of the cluster"),
    )
    .at_once(),
    // Tasks and storage.
    Row::write(
        Delete,
        "/nodes/{node}/tasks/{upid}",
        Destructive,
        Admin,
        ("abort the task {upid}", "aborting the task {upid}"),
    )
    .cost("what it was doing stays half done")
    .at_once(),
    Row::write(
        Delete,
        "/nodes/{node}/storage/{storage}/content/{volume}",
        Destructive,
        Admin,
        (
            "delete {volume} from storage {storage} of node {node}",
            "deleting {volume} from storage {storage} of node {node}",
        ),
    )
    .cost("its data is lost")
    .plain(&["delay"]),
    Row::write(
        Delete,
        "/nodes/{node}/storage/{storage}/prunebackups",
        Destructive,
        Admin,
        (
            "prune old backups on storage {storage} of node {node}",
            "pruning old backups on storage {storage} of node {node}",
        ),
    )
    .cost("the pruned backups are lost")
    .plain(&["prune-backups", "type", "vmid"]),
    Row::write(
        Create,
        "/nodes/{node}/storage/{storage}/download-url",
        Destructive,
        Admin,
        (
            "make node {node} download {url} to storage {storage}",
            "making node {node} download {url} to storage {storage}",
        ),
    )
    .plain(&[
        "url",
        "content",
        "filename",
        "checksum",
        "checksum-algorithm",
        "verify-certificates",
        "compression",
    ]),
    Row::write(
        Create,
        "/nodes/{node}/aplinfo",
        Destructive,
        Admin,
        (
            "make node {node} download the template {template}",
            "making node {node} download the template {template}",
        ),
    )
    .plain(&["storage", "template"]),
    // Reads that reach out: the node connects to where a parameter says.
    Row::write(
        Get,
        "/nodes/{node}/query-url-metadata",
        Destructive,
        Admin,
        ("make node {node} connect to {url}", "making node {node} connect to {url}"),
    )
    .plain(&["url", "verify-certificates"])
    .at_once(),
    Row::write(
        Get,
        "/nodes/{node}/query-oci-repo-tags",
        Destructive,
        Admin,
        (
            "make node {node} ask a registry for {reference}",
            "making node {node} ask a registry for {reference}",
        ),
    )
    .plain(&["reference"])
    .at_once(),
    Row::write(
        Get,
        "/nodes/{node}/scan/{kind}",
        Destructive,
        Admin,
        ("make node {node} look for {kind} storage", "making node {node} look for {kind} storage"),
    )
    .plain(&["server", "portal", "username", "password", "fingerprint", "port", "domain", "vg"])
    .at_once(),
    // Fetched from the distribution's servers, which a skill cannot choose.
    Row::write(
        Get,
        "/nodes/{node}/apt/changelog",
        Change,
        Admin,
        (
            "fetch the changelog of {name} on node {node}",
            "fetching the changelog of {name} on node {node}",
        ),
    )
    .plain(&["name", "version"])
    .at_once(),
];
