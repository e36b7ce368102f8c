use jarvis_domain::Fault;

use super::*;
use crate::sample::{api, grants, shell};

fn not_granted(call: Call, requested: bool) -> Denial {
    Denial::NotGranted { skill: "vm-lifecycle".parse().unwrap(), call: Box::new(call), requested }
}

/// The grants of a pasted text, read as the settings read them.
fn pasted(yaml: &str) -> GrantSet {
    let lines: Vec<&str> = yaml.lines().collect();
    assert_eq!(&lines[..4], ["skills:", "  allowed:", "    vm-lifecycle:", "      grants:"]);
    grants(&lines[4..].join("\n"))
}

#[test]
fn a_denial_says_what_to_paste() {
    let denial = not_granted(api("create /nodes/home/qemu/101/status/shutdown timeout=60"), true);
    let fault = Fault::from(&denial);
    assert_eq!(
        fault.sentence,
        "the skill vm-lifecycle is not allowed to create /nodes/home/qemu/101/status/shutdown with timeout=60"
    );
    assert_eq!((fault.code.as_str(), fault.exit, fault.status), ("policy-not-allowed", 5, 403));
    assert_eq!(
        fault.hint,
        "if it may, an administrator adds this to the settings:\n\
         skills:\n  allowed:\n    vm-lifecycle:\n      grants:\n        \
         - capability: cluster-write\n          verbs: [create]\n          \
         paths: [/nodes/home/qemu/101/status/shutdown]\n          fields: [timeout]\n"
    );
    assert!(Fault::from(&not_granted(api("get /version"), false)).hint.contains("skill.yaml"));
}

#[test]
fn what_is_pasted_allows_that_call_and_no_other() {
    for (call, other) in [
        (api("get /cluster/resources type=vm"), api("get /cluster/resources storage=x")),
        (api("delete /nodes/home/qemu/101/snapshot/null"), api("delete /nodes/home/qemu/101")),
        (shell("pve2", "sensors -j"), shell("pve3", "sensors -j")),
        (shell("pve2", "systemctl status \"a#b:é"), shell("pve2", "systemctl status x")),
    ] {
        let set = pasted(&not_granted(call.clone(), true).pasteable().unwrap());
        assert!(set.allows(&call), "{call}");
        assert!(!set.allows(&other), "{other}");
    }
    let skill: SkillId = "vm-lifecycle".parse().unwrap();
    let node: NodeName = "pve2".parse().unwrap();
    let denial = Denial::NotOpen {
        skill,
        capability: Capability::Sensors,
        node: Some(node.clone()),
        requested: true,
    };
    let set = pasted(&denial.pasteable().unwrap());
    assert!(set.opens(Capability::Sensors, Some(&node)));
    assert!(!set.opens(Capability::Sensors, Some(&"pve3".parse().unwrap())));
}

#[test]
fn nothing_is_offered_where_no_grant_would_help() {
    let call = api("create /nodes/home/qemu/101/agent/exec command=id");
    let why = "it runs any program in the guest".to_owned();
    assert_eq!(Denial::Never { call: Box::new(call), why }.pasteable(), None);
    let odd = not_granted(shell("pve2", "cat *"), true);
    assert_eq!(odd.pasteable(), None);
    assert_eq!(Fault::from(&odd).hint, NOT_ALLOWED.hint);
}

#[test]
fn the_codes_are_unique_and_bear_the_rooms_name() {
    for (index, row) in ROWS.iter().enumerate() {
        assert!(row.code.starts_with("policy-"), "{}", row.code);
        assert!(ROWS.iter().skip(index + 1).all(|other| other.code != row.code), "{}", row.code);
        assert!(!row.hint.is_empty() && !row.meaning.is_empty(), "{}", row.code);
    }
}
