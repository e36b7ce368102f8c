use jarvis_domain::{Digest, Explain, Plan};

use super::*;
use crate::sample::{api, caller, grants, shell};

const EVERYTHING: &str = "\
- {capability: cluster-read, paths: [/nodes/**, /cluster/**], fields: [url]}
- {capability: cluster-write, verbs: [create, set, delete], paths: ['/nodes/*/qemu/*/status/*', '/nodes/*/qemu/*/config', '/nodes/*/lxc/*/config', '/nodes/*/status'], fields: [timeout, forceStop, skiplock, command, mp0]}
- {capability: node-shell, argv: [[sensors, -j], [reboot]]}
- {capability: sensors, nodes: [home]}
";

struct Case {
    skill: SkillId,
    command: CommandName,
    cluster: ClusterId,
    requested: GrantSet,
    allowed: GrantSet,
    caller: Caller,
    declared: Risk,
    run: RunId,
}

fn case(declared: Risk, role: Option<Role>) -> Case {
    Case {
        skill: "vm-lifecycle".parse().unwrap(),
        command: "vm-lifecycle.stop".parse().unwrap(),
        cluster: "home".parse().unwrap(),
        requested: grants(EVERYTHING),
        allowed: grants(EVERYTHING),
        caller: caller(Door::Cli, role),
        declared,
        run: RunId::new(),
    }
}

impl Case {
    fn right(&self) -> Right<'_> {
        Right {
            skill: &self.skill,
            requested: &self.requested,
            allowed: &self.allowed,
            caller: &self.caller,
            declared: self.declared,
            command: &self.command,
        }
    }

    fn real(&self, call: Call) -> Result<Decision, Denial> {
        self.with_plan(call, None)
    }

    fn with_plan(&self, call: Call, plan: Option<&mut PlanRest>) -> Result<Decision, Denial> {
        let phase = Phase::Real { cluster: &self.cluster, run: self.run, plan };
        decide(&self.right(), call, phase)
    }

    fn dry(&self, call: Call) -> Result<Decision, Denial> {
        decide(&self.right(), call, Phase::Dry { cluster: &self.cluster, run: self.run })
    }

    fn plan(&self, writes: Vec<Call>) -> PlanRest {
        PlanRest::new(&Plan {
            cluster: self.cluster.clone(),
            command: self.command.clone(),
            revision: Digest::of(b"1"),
            arguments: serde_json::json!({}),
            writes,
        })
    }
}

fn code(result: Result<Decision, Denial>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(denial) => denial.row().code,
    }
}

fn stop() -> Call {
    api("create /nodes/home/qemu/101/status/stop")
}

#[test]
fn a_skill_that_declares_force_stop_as_change_is_denied() {
    let case = case(Risk::Change, Some(Role::Admin));
    for call in [
        stop(),
        api("create /nodes/home/qemu/101/status/shutdown forceStop=1"),
        api("create /nodes/home/qemu/101/status/start skiplock=1"),
        shell("home", "reboot"),
        api("get /nodes/home/query-url-metadata url=http://x"),
    ] {
        assert_eq!(code(case.real(call.clone())), "policy-above-declared-risk", "{call}");
        assert_eq!(code(case.dry(call.clone())), "policy-above-declared-risk", "{call}");
    }
    assert_eq!(code(case.real(api("create /nodes/home/qemu/101/status/start"))), "ok");
}

#[test]
fn a_write_outside_the_plan_is_denied_and_one_inside_is_made_once() {
    let case = case(Risk::Destructive, Some(Role::Operator));
    let mut plan = case.plan(vec![stop()]);
    for outside in [
        api("create /nodes/home/qemu/102/status/stop"),
        api("create /nodes/home/qemu/101/status/stop timeout=1"),
        api("create /nodes/home/qemu/101/status/start"),
    ] {
        assert_eq!(code(case.with_plan(outside, Some(&mut plan))), "policy-outside-plan");
    }
    let permitted = case.with_plan(stop(), Some(&mut plan));
    let Ok(Decision::Permitted(permit, rated)) = permitted else { panic!("{permitted:?}") };
    assert_eq!((permit.call(), permit.risk()), (&stop(), Risk::Destructive));
    assert_eq!((permit.cluster(), permit.run()), (&case.cluster, case.run));
    assert!(rated.task && plan.left().is_empty());
    assert_eq!(code(case.with_plan(stop(), Some(&mut plan))), "policy-outside-plan");
    assert_eq!(code(case.real(stop())), "policy-no-plan");
}

#[test]
fn a_plan_of_another_command_or_cluster_is_no_plan() {
    let here = case(Risk::Destructive, Some(Role::Operator));
    let mut elsewhere = case(Risk::Destructive, Some(Role::Operator));
    elsewhere.cluster = "work".parse().unwrap();
    let mut other = case(Risk::Destructive, Some(Role::Operator));
    other.command = "vm-lifecycle.reboot".parse().unwrap();
    for case in [elsewhere, other] {
        let mut plan = here.plan(vec![stop()]);
        assert_eq!(code(case.with_plan(stop(), Some(&mut plan))), "policy-outside-plan");
        assert_eq!(plan.left().len(), 1);
    }
}

#[test]
fn a_dry_run_reads_for_real_and_records_writes() {
    let case = case(Risk::Destructive, Some(Role::Operator));
    assert!(matches!(case.dry(stop()), Ok(Decision::Recorded(call, _)) if call == stop()));
    assert!(matches!(case.dry(api("get /nodes/home/qemu")), Ok(Decision::Read(_))));
    assert!(matches!(case.dry(shell("home", "sensors -j")), Ok(Decision::Run(..))));
    assert!(matches!(case.real(shell("home", "sensors -j")), Ok(Decision::Run(..))));
}

#[test]
fn the_role_is_the_callers_at_this_door() {
    let start = || api("create /nodes/home/qemu/101/status/start");
    let read = || api("get /nodes/home/qemu");
    for (role, call, expected) in [
        (None, read(), "policy-no-role"),
        (Some(Role::Viewer), read(), "ok"),
        (Some(Role::Viewer), start(), "policy-role-too-low"),
        (Some(Role::Operator), start(), "ok"),
    ] {
        assert_eq!(code(case(Risk::Change, role).real(call)), expected, "{role:?}");
    }
    let power = case(Risk::Destructive, Some(Role::Operator));
    let reboot = api("create /nodes/home/status command=reboot");
    assert_eq!(code(power.dry(reboot)), "policy-role-too-low");
}

#[test]
fn an_event_writes_nothing_whatever_its_role() {
    let mut case = case(Risk::Change, Some(Role::Admin));
    case.caller.door = Door::Event;
    assert_eq!(code(case.real(api("get /nodes/home/qemu"))), "ok");
    let start = api("create /nodes/home/qemu/101/status/start");
    assert_eq!(code(case.real(start)), "policy-role-too-low");
}

#[test]
fn both_halves_of_the_grant_must_cover_a_call() {
    let read = || api("get /nodes/home/qemu");
    let mut case = case(Risk::Read, Some(Role::Admin));
    case.allowed = GrantSet::default();
    assert_eq!(code(case.real(read())), "policy-not-allowed");
    case.requested = GrantSet::default();
    assert_eq!(code(case.real(read())), "policy-not-requested");
    case.allowed = grants(EVERYTHING);
    assert_eq!(code(case.real(read())), "policy-not-requested");
}

#[test]
fn what_is_never_granted_is_refused_even_where_a_grant_touches_it() {
    let case = case(Risk::Destructive, Some(Role::Admin));
    for call in [
        api("get /nodes/home/vncwebsocket"),
        api("get /nodes/home/qemu/101/agent/exec-status"),
        api("get /nodes/localhost/status"),
        api("get /access/users"),
        api("create /nodes/home/qemu/101/agent/exec command=id"),
        api("set /nodes/home/lxc/101/config mp0=/etc,mp=/etc"),
        api("set /nodes/home/qemu/101/config args=-S"),
        api("set /nodes/home/qemu/101/config hookscript=local:snippets/x"),
    ] {
        assert_eq!(code(case.dry(call.clone())), "policy-never-granted", "{call}");
    }
    assert_eq!(code(case.dry(api("set /nodes/home/lxc/101/config mp0=nas:8,mp=/d"))), "ok");
}

#[test]
fn an_argument_list_that_cannot_be_run_is_malformed() {
    let case = case(Risk::Read, Some(Role::Admin));
    let call = |argv: &[&str]| {
        let argv = argv.iter().map(|word| (*word).to_owned()).collect();
        Call::Shell(jarvis_domain::ShellCall { node: "home".parse().unwrap(), argv })
    };
    for argv in
        [&[][..], &["sensors", "a\0"], &["sensors", "a\nreboot"], &["./sensors"], &["-j"], &[""]]
    {
        assert_eq!(code(case.real(call(argv))), "policy-malformed", "{argv:?}");
    }
    assert_eq!(code(case.real(call(&["sensors", "-j", "; reboot"]))), "policy-not-requested");
}

#[test]
fn interfaces_without_calls_need_a_grant_and_a_role_too() {
    let case = case(Risk::Read, Some(Role::Viewer));
    let home: NodeName = "home".parse().unwrap();
    let pve2: NodeName = "pve2".parse().unwrap();
    let code = |case: &Case, capability, node| match admit(&case.right(), capability, node) {
        Ok(()) => "ok",
        Err(denial) => denial.row().code,
    };
    assert_eq!(code(&case, Capability::Sensors, Some(&home)), "ok");
    assert_eq!(code(&case, Capability::Sensors, Some(&pve2)), "policy-not-requested");
    assert_eq!(code(&case, Capability::Kv, None), "policy-not-requested");
    let nobody = Case { caller: caller(Door::Voice, None), ..case };
    assert_eq!(code(&nobody, Capability::Sensors, Some(&home)), "policy-no-role");
}
