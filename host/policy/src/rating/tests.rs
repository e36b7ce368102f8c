use jarvis_domain::Risk::{Change, Destructive, Read};
use jarvis_domain::Role::{Admin, Operator, Viewer};
use jarvis_domain::Verb;

use super::*;
use crate::sample::{api, shell};

#[test]
fn calls_of_the_api_are_rated_by_the_table() {
    const UPID: &str = "UPID:home:000076A4:000258FF:6B04ADE7:qmstart:100:root@pam:";
    for (call, risk, role) in [
        ("get /version", Read, Viewer),
        ("get /cluster/resources type=vm", Read, Viewer),
        ("get /nodes/home/qemu/101/status/current", Read, Viewer),
        ("get /nodes/home/qemu/101/rrddata timeframe=hour cf=AVERAGE", Read, Viewer),
        ("get /nodes/home/qemu/101/cloudinit/dump type=user", Read, Admin),
        ("get /nodes/home/syslog limit=10", Read, Operator),
        ("get /nodes/home/qemu/101/agent/network-get-interfaces", Read, Viewer),
        // Not in the table, or with a parameter that is not.
        ("get /nodes/home/qemu/0101/status/current", Destructive, Admin),
        ("get /nodes/home/qemu/101/status/current command=x", Destructive, Admin),
        ("get /nodes/home/qemu/101/rrd", Destructive, Admin),
        ("get /cluster/acme/meta directory=https://x", Destructive, Admin),
        // Reads that reach out.
        ("get /nodes/home/query-url-metadata url=http://169.254.169.254/", Destructive, Admin),
        ("get /nodes/home/query-oci-repo-tags reference=x", Destructive, Admin),
        ("get /nodes/home/scan/nfs server=10.0.0.1", Destructive, Admin),
        ("get /nodes/home/scan/zfs", Destructive, Admin),
        ("get /nodes/home/apt/changelog name=bash", Change, Admin),
        // Guests.
        ("create /nodes/home/qemu/101/status/start timeout=60", Change, Operator),
        ("create /nodes/home/lxc/101/status/resume", Change, Operator),
        ("create /nodes/home/lxc/101/status/shutdown", Destructive, Operator),
        ("create /nodes/home/lxc/101/status/shutdown forceStop=1", Destructive, Operator),
        ("create /nodes/home/qemu/101/status/stop overrule-shutdown=1", Destructive, Operator),
        ("create /nodes/home/qemu/101/status/reset", Destructive, Operator),
        ("create /nodes/home/qemu/101/status/suspend todisk=1", Destructive, Operator),
        ("create /nodes/home/qemu/101/snapshot snapname=a", Change, Operator),
        ("create /nodes/home/qemu/101/snapshot/a/rollback", Destructive, Operator),
        ("delete /nodes/home/qemu/101/snapshot/a", Destructive, Operator),
        ("create /nodes/home/qemu/101/migrate target=pve2", Destructive, Operator),
        ("create /nodes/home/qemu/101/clone newid=200", Change, Operator),
        ("set /nodes/home/qemu/101/resize disk=scsi0 size=+5G", Change, Operator),
        ("set /nodes/home/qemu/101/config tags=a", Change, Operator),
        ("set /nodes/home/qemu/101/config memory=512", Destructive, Admin),
        ("set /nodes/home/qemu/101/config protection=1", Change, Operator),
        ("set /nodes/home/qemu/101/config protection=0", Destructive, Admin),
        ("delete /nodes/home/qemu/101", Destructive, Admin),
        ("create /nodes/home/qemu vmid=101 archive=x:y force=1", Destructive, Admin),
        ("create /nodes/home/qemu/101/agent/ping", Change, Operator),
        ("create /nodes/home/qemu/101/agent/fsfreeze-freeze", Destructive, Operator),
        ("create /nodes/home/vzdump vmid=101 mode=snapshot", Change, Operator),
        ("create /nodes/home/vzdump vmid=101 mode=stop", Destructive, Operator),
        ("create /nodes/home/vzdump all=1", Destructive, Admin),
        // Fields that raise, and that no row names.
        ("create /nodes/home/qemu/101/status/start skiplock=1", Destructive, Admin),
        ("create /nodes/home/qemu/101/status/start skiplock=0", Change, Operator),
        ("create /nodes/home/qemu/101/status/start stateuri=tcp", Destructive, Admin),
        ("create /nodes/home/qemu/101/status/start skipl=1", Destructive, Admin),
        ("create /nodes/home/qemu/101/status/resume nocheck=1", Destructive, Admin),
        // Nodes and the whole cluster.
        ("create /nodes/home/status command=reboot", Destructive, Admin),
        ("create /nodes/home/status command=shutdown", Destructive, Admin),
        ("create /nodes/home/status command=explode", Destructive, Admin),
        ("create /nodes/home/wakeonlan", Change, Admin),
        ("create /nodes/home/apt/update", Change, Admin),
        ("create /nodes/home/services/cron/start", Change, Admin),
        ("create /nodes/home/services/cron/restart", Destructive, Admin),
        ("create /nodes/home/startall", Change, Operator),
        ("create /nodes/home/stopall", Destructive, Operator),
        ("create /cluster/bulk-action/guest/start vms=101", Change, Operator),
        ("create /cluster/bulk-action/guest/shutdown vms=101", Destructive, Operator),
        ("create /never/heard/of", Destructive, Admin),
    ] {
        let rated = rate(&api(call));
        assert_eq!((rated.risk, rated.role), (risk, role), "{call}");
    }
    let task = |verb: &str, end: &str| {
        let rated = rate(&api(&format!("{verb} /nodes/home/tasks/{UPID}{end}")));
        (rated.risk, rated.role)
    };
    assert_eq!(task("get", "/status"), (Read, Viewer));
    assert_eq!(task("delete", ""), (Destructive, Admin));
    assert_eq!(task("create", ""), (Destructive, Admin));
}

#[test]
fn programs_are_rated_by_the_whole_of_their_arguments() {
    for (argv, risk, role) in [
        ("sensors -j", Read, Viewer),
        ("/usr/bin/sensors -j", Read, Viewer),
        ("/opt/bin/sensors -j", Destructive, Admin),
        ("sensors -s", Destructive, Admin),
        ("sensors -c /etc/shadow", Destructive, Admin),
        (
            "cat /sys/class/hwmon/hwmon0/temp1_input /sys/class/thermal/thermal_zone0/temp",
            Read,
            Viewer,
        ),
        ("cat /sys/class/hwmon/hwmon0/../../../../etc/shadow", Destructive, Admin),
        ("cat /sys/class/hwmon/hwmon0/temp1_input /etc/shadow", Destructive, Admin),
        ("cat /sys/class/hwmon//hwmon0/name", Destructive, Admin),
        ("cat", Destructive, Admin),
        ("apt list --upgradable", Read, Viewer),
        ("apt list --upgradable -o=APT::Update::Pre-Invoke::=x", Destructive, Admin),
        ("apt-get -s dist-upgrade", Read, Viewer),
        ("apt-get dist-upgrade -s", Read, Viewer),
        ("apt-get dist-upgrade", Destructive, Admin),
        ("apt-get -y dist-upgrade", Destructive, Admin),
        (
            "env DEBIAN_FRONTEND=noninteractive apt-get -y -q -oDpkg::Options::=--force-confdef -oDpkg::Options::=--force-confold dist-upgrade",
            Destructive,
            Admin,
        ),
        ("env", Destructive, Admin),
        ("env LD_PRELOAD=/tmp/x sensors -j", Destructive, Admin),
        ("apt-get update", Change, Admin),
        ("apt-get -q update", Change, Admin),
        ("apt-get update -oAPT::Update::Pre-Invoke::=reboot", Destructive, Admin),
        ("reboot", Destructive, Admin),
        ("shutdown -h now", Destructive, Admin),
        ("hostname", Read, Viewer),
        ("hostname evil", Destructive, Admin),
        ("date -s 2020-01-01", Destructive, Admin),
        ("systemctl is-active pveproxy cron", Read, Viewer),
        ("systemctl is-active --host=evil", Destructive, Admin),
        ("systemctl restart pveproxy", Destructive, Admin),
        ("systemctl start pveproxy", Change, Admin),
        ("smartctl -n standby -jA /dev/sda", Read, Viewer),
        ("smartctl -n standby -jA /dev/../etc/x", Destructive, Admin),
        ("rm -rf /", Destructive, Admin),
        ("sh -c sensors", Destructive, Admin),
    ] {
        let rated = rate(&shell("pve2", argv));
        assert_eq!((rated.risk, rated.role), (risk, role), "{argv}");
    }
}

#[test]
fn a_read_never_starts_a_task_and_a_write_is_never_a_read() {
    for row in api::rows() {
        let reads = row.risk == Read;
        assert!(!reads || row.verb == Verb::Get, "{}", row.shape);
        assert!(!reads || !row.task, "{}", row.shape);
        assert!(reads || row.role >= Operator, "{}", row.shape);
    }
}

#[test]
fn no_row_is_hidden_behind_another() {
    let rows: Vec<_> = api::rows().collect();
    for (index, row) in rows.iter().enumerate() {
        let twin = rows.iter().take(index).find(|earlier| {
            earlier.verb == row.verb && earlier.shape == row.shape && earlier.only == row.only
        });
        assert!(twin.is_none(), "{} stands twice", row.shape);
    }
}

/// The 9.2 schema is other people's data; it is looked at only where it lies
/// beside the project.
#[test]
fn the_schema_of_proxmox_holds_no_call_that_is_rated_too_low() {
    let Some(samples) = std::env::var_os("JARVIS_PVE_SAMPLES") else { return };
    let file = std::path::Path::new(&samples).join("../schema/pve-9.2-api-subset.json");
    let Ok(text) = std::fs::read_to_string(file) else { return };
    let methods: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let mut unnamed_reads = Vec::new();
    for method in &methods {
        let template = method["path"].as_str().unwrap();
        let path = template
            .replace("{node}", "home")
            .replace("{vmid}", "101")
            .replace("{upid}", "UPID:home:000076A4:000258FF:6B04ADE7:qmstart:100:root@pam:")
            .replace(['{', '}'], "");
        if path.len() < 2 {
            continue;
        }
        let verb = match method["method"].as_str().unwrap() {
            "GET" => "get",
            "POST" => "create",
            "PUT" => "set",
            _ => "delete",
        };
        let rated = rate(&api(&format!("{verb} {path}")));
        if verb != "get" {
            assert!(rated.risk > Read, "{verb} {path}");
        } else if rated.risk > Read {
            unnamed_reads.push(template.to_owned());
        }
    }
    unnamed_reads.sort();
    let expected = [
        "/access",
        "/access/permissions",
        "/access/ticket",
        "/nodes/{node}/apt/changelog",
        "/nodes/{node}/qemu/{vmid}/mtunnelwebsocket",
        "/nodes/{node}/qemu/{vmid}/rrd",
        "/nodes/{node}/qemu/{vmid}/vncwebsocket",
        "/nodes/{node}/query-oci-repo-tags",
        "/nodes/{node}/query-url-metadata",
        "/nodes/{node}/rrd",
        "/nodes/{node}/vncwebsocket",
    ];
    assert_eq!(unnamed_reads, expected);
}
