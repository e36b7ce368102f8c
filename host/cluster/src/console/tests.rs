//! Which console is had, and where; over the simulator's real doors too.

mod doors;

use jarvis_domain::{Caller, ConsoleSize, ConsoleTarget, Door, Explain, Principal, Role};
use jarvis_policy::port::{Console, Consoles};
use jarvis_policy::{ConsolePermit, ConsoleRule, decide_console};

use crate::testing::{Act, Bench};

pub(super) const RESOURCES: &str = r#"[
    {"type":"node","node":"pve1","status":"online"},
    {"type":"node","node":"pve2","status":"online"},
    {"type":"node","node":"pve3","status":"offline"},
    {"type":"qemu","vmid":101,"node":"pve1","status":"running","name":"web"},
    {"type":"qemu","vmid":102,"node":"pve2","status":"running","name":"db"},
    {"type":"lxc","vmid":105,"node":"pve2","status":"running","name":"dns"},
    {"type":"lxc","vmid":106,"node":"pve2","status":"stopped","name":"old"},
    {"type":"lxc","vmid":107,"node":"pve3","status":"running","name":"far"}
]"#;

fn bench() -> Bench {
    let bench = Bench::new();
    let nodes = r#"[{"type":"node","name":"pve1","online":1,"local":1},
        {"type":"node","name":"pve2","online":1},{"type":"node","name":"pve3","online":0}]"#;
    bench
        .script
        .on("get /cluster/resources", Act::prints(RESOURCES))
        .on("get /cluster/status", Act::prints(nodes))
        .on("get /nodes/pve1/qemu/101/config", Act::prints(r#"{"serial0":"socket","cores":2}"#))
        .on("get /nodes/pve2/qemu/102/config", Act::prints(r#"{"cores":2}"#));
    bench
}

pub(super) fn node(name: &str) -> ConsoleTarget {
    ConsoleTarget::Node(name.parse().unwrap())
}

pub(super) fn guest(vmid: u32) -> ConsoleTarget {
    ConsoleTarget::Guest(vmid.try_into().unwrap())
}

pub(super) fn permit(target: ConsoleTarget, own: bool) -> ConsolePermit {
    let principal = Principal("user:root@pam".to_owned());
    let caller = Caller { principal, door: Door::Api, role: Some(Role::Admin) };
    let rule = ConsoleRule { least: Role::Admin, local: true };
    decide_console(&caller, &"home".parse().unwrap(), target, own, rule).unwrap()
}

async fn argv(bench: &Bench, target: ConsoleTarget) -> Result<String, String> {
    match bench.cluster.open(permit(target, false), ConsoleSize::USUAL).await {
        Ok(Console::Program(program)) => {
            let named: Vec<&str> = program.env.iter().map(|(name, _)| name.as_str()).collect();
            assert!(named.contains(&"PATH") && !named.contains(&"CARGO_PKG_NAME"), "{named:?}");
            Ok(program.argv.join(" "))
        }
        Ok(Console::Far(far)) => panic!("{far:?}"),
        Err(error) => Err(error.fault.code),
    }
}

#[tokio::test]
async fn each_console_is_where_its_guest_is() {
    let bench = bench();
    for (target, expected) in [
        (node("pve2"), Ok("/usr/bin/console pve2")),
        (guest(105), Ok("/usr/bin/console pve2 /usr/sbin/pct enter 105")),
        (
            guest(101),
            Ok("/usr/bin/console pve1 /usr/sbin/qm terminal 101 -iface serial0 -escape 0"),
        ),
        (guest(102), Err("cluster-console-no-serial")),
        (guest(106), Err("cluster-console-guest-off")),
        (guest(107), Err("cluster-console-node-offline")),
        (node("pve3"), Err("cluster-console-node-offline")),
        (node("pve9"), Err("cluster-not-found")),
        (guest(999), Err("cluster-not-found")),
    ] {
        let got = argv(&bench, target.clone()).await;
        assert_eq!(got, expected.map(str::to_owned).map_err(str::to_owned), "{target}");
    }
}

#[tokio::test]
async fn a_permit_is_for_one_cluster() {
    let bench = bench();
    let principal = Principal("user:root@pam".to_owned());
    let caller = Caller { principal, door: Door::Api, role: Some(Role::Admin) };
    let lab = "lab".parse().unwrap();
    let rule = ConsoleRule::default();
    let permit = decide_console(&caller, &lab, node("pve2"), false, rule).unwrap();
    let refused = bench.cluster.open(permit, ConsoleSize::USUAL).await.unwrap_err();
    assert_eq!(refused.fault.code, "cluster-wrong-permit");
}

#[tokio::test]
async fn the_own_node_needs_a_permit_for_it() {
    let bench = bench();
    let opener = crate::console::Opener {
        access: bench.cluster.access(),
        contents: bench.cluster.contents(),
        launch: std::sync::Arc::clone(&bench.script) as _,
        own: Some("pve1".parse().unwrap()),
    };
    for name in ["pve1", "PVE1"] {
        assert!(opener.is_own_node(&node(name)));
        let refused = opener.open(&permit(node(name), false), ConsoleSize::USUAL).await;
        assert_eq!(refused.unwrap_err().row().code, "cluster-wrong-permit");
    }
    assert!(!opener.is_own_node(&node("pve2")) && !opener.is_own_node(&guest(101)));
    // Also while the cluster itself says nothing.
    bench.script.replace("get /cluster/resources", Act::fails(1, "no quorum?\n"));
    let Ok(Console::Program(program)) =
        opener.open(&permit(node("pve1"), true), ConsoleSize::USUAL).await
    else {
        panic!()
    };
    assert_eq!(program.argv.join(" "), "/usr/bin/console pve1");
}
