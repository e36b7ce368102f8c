use super::*;
use crate::sample::{api, grants, read, shell};

#[test]
fn every_capability_is_read() {
    let set = read(
        "- capability: inventory\n  reason: names\n\
         - capability: kv\n  reason: notes\n\
         - {capability: sensors, nodes: [home, pve2], reason: heat}\n\
         - {capability: cluster-read, paths: [/cluster/resources, /nodes/**], reason: state}\n\
         - {capability: cluster-write, verbs: [set, create], paths: ['/nodes/*/qemu/*/status/start'], fields: [timeout], reason: power}\n\
         - {capability: node-shell, nodes: '*', argv: [[sensors, -j], [systemctl, status, '*']], reason: heat}\n",
        Form::Request,
    )
    .unwrap();
    assert_eq!(
        set.to_yaml(2),
        "  - capability: inventory\n    reason: names\n  \
           - capability: kv\n    reason: notes\n  \
           - capability: sensors\n    nodes: [home, pve2]\n    reason: heat\n  \
           - capability: cluster-read\n    paths: [/cluster/resources, /nodes/**]\n    reason: state\n  \
           - capability: cluster-write\n    verbs: [create, set]\n    paths: [/nodes/*/qemu/*/status/start]\n    fields: [timeout]\n    reason: power\n  \
           - capability: node-shell\n    argv: [[sensors, \"-j\"], [systemctl, status, \"*\"]]\n    reason: heat\n"
    );
    assert!(read("[]", Form::Request).unwrap().is_empty());
}

#[test]
fn all_mistakes_are_shown_with_line_and_nearest_word() {
    let refused = read(
        "- capability: cluster-raed\n\
         - capability: cluster-read\n  verbs: [get]\n  paths: [/nodes/*]\n  reason: x\n\
         - capability: cluster-write\n  verbs: [creat, get]\n  paths: [/nodes/**, /nodes/pve*/x, /nodes/../x]\n  reason: x\n\
         - capability: cluster-write\n  verbs: []\n  path: [/nodes/*/wakeonlan]\n  reason: x\n\
         - capability: node-shell\n  argv: [[sensrs], [/bin/sh, -c, '*'], [sensors, '**', x], sensors]\n  reason: ' '\n\
         - capability: kv\n  fields: [a]\n\
         - capability: cluster-write\n  verbs: [set]\n  paths: ['/nodes/*/lxc/*/config']\n  fields: ['net*', hookscript, hostpci0, --tags, mp0]\n  reason: x\n\
         - capability: cluster-read\n  paths: [/access/**, '/nodes/*/qemu/*/agent/exec-status']\n  reason: x\n\
         - kv\n",
        Form::Request,
    )
    .unwrap_err();
    let expected = [
        "line 1: [0].capability: \"cluster-raed\" is not one of inventory, sensors, cluster-read, cluster-write, node-shell, kv; did you mean cluster-read?",
        "line 1: [0]: the key reason is missing",
        "line 3: [1].verbs: only cluster-write has verbs; cluster-read always gets",
        "line 7: [2].verbs[0]: \"creat\" is not one of create, set, delete; did you mean create?",
        "line 7: [2].verbs[1]: get belongs to the capability cluster-read, which has no verbs",
        "line 8: [2].paths[0]: ** is for reads only; write out what may be written to, * for each segment",
        "line 8: [2].paths[1]: the wild card in \"pve*\" stands for part of a segment; * stands for a whole one",
        "line 8: [2].paths[2]: the path \"/nodes/../x\" has a . or .. segment",
        "line 11: [3].verbs: an empty list grants nothing; leave the grant out",
        "line 10: [3]: the key paths is missing",
        "line 12: [3].path: there is no such key; did you mean paths?",
        "line 15: [4].argv[0]: \"sensrs\" is not a program jarvis knows by its bare name; did you mean sensors? Or write its absolute path",
        "line 15: [4].argv[1]: nothing open (* or **) may follow /bin/sh: it runs any program text it is given; write its arguments out",
        "line 15: [4].argv[2]: ** may only be the last argument",
        "line 15: [4].argv[3]: a list belongs here, not \"sensors\"",
        "line 16: [4].reason: a reason is one sentence of at most 300 bytes",
        "line 18: [5].fields: only cluster-read and cluster-write have fields",
        "line 17: [5]: the key reason is missing",
        "line 22: [6].fields[0]: \"net*\": fields are granted by their full names, without wild cards",
        "line 22: [6].fields[1]: the field hookscript is never granted: it names a program that the node runs",
        "line 22: [6].fields[2]: the field hostpci0 is never granted: it hands a device of the node to a guest",
        "line 22: [6].fields[3]: \"--tags\" is not the name of a field of Proxmox",
        "line 25: [7].paths[0]: no grant may cover /access: it decides who may do what on the cluster",
        "line 25: [7].paths[1]: no grant may cover /nodes/{any}/qemu|lxc/{id}/agent/exec*: it runs any program in the guest",
        "line 27: [8]: a mapping (key: value) belongs here, not \"kv\"",
    ];
    let mut expected: Vec<&str> = expected.to_vec();
    let mut shown: Vec<&str> = refused.lines().collect();
    expected.sort_unstable();
    shown.sort_unstable();
    assert_eq!(shown, expected);
}

#[test]
fn malformed_and_empty_lists_are_answered() {
    for (yaml, expected) in [
        ("x: 1", "line 1: a list belongs here, not a mapping"),
        ("- capability: kv\n- [", "line"),
        ("- {}", "line 1: [0]: the key capability is missing"),
        ("- ~", "line 1: [0]: a mapping (key: value) belongs here, not nothing"),
        (
            "- {capability: cluster-read, paths: []}",
            "line 1: [0].paths: an empty list grants nothing",
        ),
        ("- {capability: cluster-read}", "line 1: [0]: the key paths is missing"),
        (
            "- {capability: cluster-write, paths: [/nodes/a/b]}",
            "line 1: [0]: the key verbs is missing",
        ),
        ("- {capability: sensors, nodes: []}", "line 1: [0].nodes: name the nodes"),
        (
            "- {capability: sensors, nodes: ['*', pve1]}",
            "line 1: [0].nodes[0]: \"*\" is not a node name",
        ),
        (
            "- {capability: node-shell, argv: [[]]}",
            "line 1: [0].argv[0]: the list of arguments is empty",
        ),
    ] {
        let refused = read(yaml, Form::Allowance).unwrap_err();
        assert!(refused.starts_with(expected), "{yaml}: {refused}");
    }
}

#[test]
fn a_call_needs_one_grant_that_covers_all_of_it() {
    let set = grants(
        "- {capability: cluster-write, verbs: [create], paths: ['/nodes/*/qemu/*/status/start'], fields: [timeout]}\n\
         - {capability: cluster-write, verbs: [set], paths: ['/nodes/*/qemu/*/config'], fields: [tags]}\n\
         - {capability: cluster-read, paths: [/nodes/**]}\n\
         - {capability: node-shell, nodes: [pve2], argv: [[sensors, -j]]}\n",
    );
    for (call, expected) in [
        (api("create /nodes/home/qemu/101/status/start timeout=30"), true),
        (api("create /nodes/home/qemu/101/status/start"), true),
        (api("create /nodes/home/qemu/101/status/start timeout=30 skiplock=1"), false),
        (api("create /nodes/home/qemu/101/status/start tags=x"), false),
        (api("set /nodes/home/qemu/101/status/start"), false),
        (api("set /nodes/home/qemu/101/config tags=x"), true),
        (api("create /nodes/home/lxc/101/status/start"), false),
        (api("get /nodes/home/qemu"), true),
        (api("get /nodes/home/qemu full=1"), false),
        (api("get /cluster/resources"), false),
        (shell("pve2", "sensors -j"), true),
        (shell("pve3", "sensors -j"), false),
        (shell("pve2", "sensors"), false),
    ] {
        assert_eq!(set.allows(&call), expected, "{call}");
    }
}

#[test]
fn a_larger_request_is_told_from_an_equal_or_smaller_one() {
    let held = grants(
        "- {capability: cluster-write, verbs: [create, set], paths: ['/nodes/*/qemu/*/status/*', '/nodes/*/lxc/*/status/start'], fields: [timeout, tags]}\n\
         - {capability: sensors, nodes: [home, pve2]}\n\
         - {capability: node-shell, argv: [[systemctl, status, '*']]}\n",
    );
    for (wanted, covered) in [
        ("[]", true),
        (
            "- {capability: cluster-write, verbs: [set], paths: ['/nodes/*/lxc/*/status/start']}",
            true,
        ),
        (
            "- {capability: cluster-write, verbs: [set], paths: ['/nodes/home/qemu/101/status/stop'], fields: [tags]}",
            true,
        ),
        (
            "- {capability: cluster-write, verbs: [delete], paths: ['/nodes/*/lxc/*/status/start']}",
            false,
        ),
        (
            "- {capability: cluster-write, verbs: [set], paths: ['/nodes/*/lxc/*/status/stop']}",
            false,
        ),
        (
            "- {capability: cluster-write, verbs: [set], paths: ['/nodes/*/lxc/*/status/start'], fields: [x]}",
            false,
        ),
        ("- {capability: sensors, nodes: [home]}", true),
        ("- {capability: sensors, nodes: [home, pve3]}", false),
        ("- {capability: sensors}", false),
        ("- {capability: kv}", false),
        ("- {capability: node-shell, nodes: [home], argv: [[systemctl, status, ssh]]}", true),
        ("- {capability: node-shell, argv: [[systemctl, status, --all]]}", false),
    ] {
        assert_eq!(held.covers(&grants(wanted)), covered, "{wanted}");
    }
    let missing = held.missing(&grants(
        "- {capability: cluster-write, verbs: [create, delete], paths: ['/nodes/*/lxc/*/status/start', /nodes/home/wakeonlan]}",
    ));
    assert_eq!(
        missing.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "{capability: cluster-write, verbs: [create], paths: [/nodes/home/wakeonlan]}",
            "{capability: cluster-write, verbs: [delete], paths: [/nodes/*/lxc/*/status/start]}",
            "{capability: cluster-write, verbs: [delete], paths: [/nodes/home/wakeonlan]}",
        ]
    );
}

#[test]
fn no_grant_is_offered_for_what_no_grant_can_say() {
    for call in [
        api("create /nodes/home/qemu/101/agent/exec command=x"),
        api("set /nodes/home/qemu/101/config hookscript=local:x"),
        shell("pve2", "cat *"),
        shell("pve2", "cat a*b"),
        shell("pve2", "unknown-tool"),
    ] {
        assert_eq!(Grant::for_call(&call), None, "{call}");
    }
}
