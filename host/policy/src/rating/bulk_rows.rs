//! Writes that are about several guests at once, after the parameters of the
//! 9.2 API.

use jarvis_domain::Risk::{Change, Destructive};
use jarvis_domain::Role::Operator;
use jarvis_domain::Verb::Create;

use super::api::Row;
use super::fields::FORCE_STOP_ALL;

pub(super) const ROWS: &[Row] = &[
    Row::write(
        Create,
        "/cluster/bulk-action/guest/start",
        Change,
        Operator,
        ("start the guests {vms}", "starting the guests {vms}"),
    )
    .plain(&["vms", "timeout", "max-workers", "maxworkers"]),
    Row::write(
        Create,
        "/cluster/bulk-action/guest/shutdown",
        Destructive,
        Operator,
        ("shut down the guests {vms}", "shutting down the guests {vms}"),
    )
    .plain(&["vms", "timeout", "max-workers", "maxworkers"])
    .raises(&[FORCE_STOP_ALL]),
    Row::write(
        Create,
        "/cluster/bulk-action/guest/suspend",
        Destructive,
        Operator,
        ("suspend the guests {vms}", "suspending the guests {vms}"),
    )
    .plain(&["vms", "to-disk", "statestorage", "max-workers", "maxworkers"]),
    Row::write(
        Create,
        "/cluster/bulk-action/guest/migrate",
        Destructive,
        Operator,
        ("move the guests {vms} to node {target}", "moving the guests {vms} to node {target}"),
    )
    .plain(&["vms", "target", "online", "with-local-disks", "max-workers", "maxworkers"]),
    Row::write(
        Create,
        "/nodes/{node}/startall",
        Change,
        Operator,
        ("start guests of node {node}", "starting guests of node {node}"),
    )
    .plain(&["vms", "force", "max-workers"]),
    Row::write(
        Create,
        "/nodes/{node}/stopall",
        Destructive,
        Operator,
        ("stop guests of node {node}", "stopping guests of node {node}"),
    )
    .plain(&["vms", "timeout", "max-workers"])
    .raises(&[FORCE_STOP_ALL]),
    Row::write(
        Create,
        "/nodes/{node}/suspendall",
        Destructive,
        Operator,
        ("suspend guests of node {node}", "suspending guests of node {node}"),
    )
    .plain(&["vms", "max-workers"]),
    Row::write(
        Create,
        "/nodes/{node}/migrateall",
        Destructive,
        Operator,
        (
            "move guests of node {node} to node {target}",
            "moving guests of node {node} to node {target}",
        ),
    )
    .plain(&["vms", "target", "with-local-disks", "max-workers", "maxworkers"]),
];
