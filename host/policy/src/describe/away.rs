//! What it means that a node goes away: for its guests, for the quorum, and for
//! jarvis itself. Told from what is known of the cluster; decides nothing.

use jarvis_domain::inventory::{GuestState, NodeState, Snapshot};
use jarvis_domain::{Call, Language, NodeName, say};

use crate::rating::{NODE_AWAY, NODE_OFF, Rated};

/// What `call` costs, where it takes a node away that `snapshot` knows. `gone`
/// are the nodes that earlier calls have shut down; one more if this call does.
pub(super) fn cost(
    call: &Call,
    rated: &Rated,
    snapshot: &Snapshot,
    gone: &mut Vec<NodeName>,
    language: Language,
) -> Option<String> {
    let for_good = match rated.effect.cost? {
        NODE_AWAY => false,
        NODE_OFF => true,
        _ => return None,
    };
    let name = match call {
        Call::Api(call) => call.path.node()?,
        Call::Shell(call) => call.node.clone(),
    };
    let node = snapshot.node(&name)?;
    let mut costs = vec![guests(snapshot, &name, language)];
    costs.extend(quorum(snapshot, &name, gone, for_good, language));
    if node.local {
        costs.push(match for_good {
            true => say!(
                language,
                en: "jarvis itself runs on it and is gone until somebody turns it on",
                de: "Jarvis selbst läuft darauf und ist weg, bis ihn jemand einschaltet",
            ),
            false => say!(
                language,
                en: "jarvis itself runs on it and is gone until it is back",
                de: "Jarvis selbst läuft darauf und ist weg, bis er wieder da ist",
            ),
        });
    }
    if for_good {
        gone.push(name);
    }
    Some(costs.join("; "))
}

fn guests(snapshot: &Snapshot, node: &NodeName, language: Language) -> String {
    let active = |state| matches!(state, GuestState::Running | GuestState::Paused);
    let on_it = snapshot.guests.iter().filter(|guest| guest.node == *node);
    match on_it.filter(|guest| active(guest.state)).count() {
        0 => say!(language, en: "no guest runs on it", de: "darauf läuft kein Gast"),
        1 => say!(
            language,
            en: "the one guest that runs on it is interrupted",
            de: "der eine Gast, der darauf läuft, wird unterbrochen",
        ),
        count => say!(
            language,
            en: "the {count} guests that run on it are interrupted",
            de: "die {count} Gäste, die darauf laufen, werden unterbrochen",
        ),
    }
}

/// What becomes of the quorum. Each node counts as one vote; that of a quorum
/// device is not known here.
fn quorum(
    snapshot: &Snapshot,
    node: &NodeName,
    gone: &[NodeName],
    for_good: bool,
    language: Language,
) -> Option<String> {
    let is_there = |other: &&jarvis_domain::inventory::Node| {
        other.state == NodeState::Online && other.name != *node && !gone.contains(&other.name)
    };
    let (left, all) = (snapshot.nodes.iter().filter(is_there).count(), snapshot.nodes.len());
    if !snapshot.quorate? {
        return Some(say!(
            language,
            en: "the cluster has no quorum, so guests do not start again",
            de: "der Cluster hat kein Quorum, darum starten Gäste nicht wieder",
        ));
    }
    // corosync's votequorum: more than half of the votes.
    if left > all / 2 {
        return None;
    }
    let (until, bis) =
        if for_good { ("", "") } else { (" until it is back", ", bis er wieder da ist") };
    Some(match left {
        0 => say!(
            language,
            en: "it is the last node that is online",
            de: "es ist der letzte Knoten, der online ist",
        ),
        1 => say!(
            language,
            en: "only 1 of {all} nodes stays online, too few for a quorum{until}",
            de: "nur einer von {all} Knoten bleibt online, zu wenig für ein Quorum{bis}",
        ),
        _ => say!(
            language,
            en: "only {left} of {all} nodes stay online, too few for a quorum{until}",
            de: "nur {left} von {all} Knoten bleiben online, zu wenig für ein Quorum{bis}",
        ),
    })
}

#[cfg(test)]
mod tests {
    use jarvis_domain::inventory::Node;

    use crate::sample::{api, guest_on, shell, snapshot};
    use crate::{describe, describe_all};

    use super::*;

    /// Four nodes, `home` the local one; as many guests as is said run on each.
    fn cluster(online: [bool; 4], quorate: Option<bool>) -> Snapshot {
        let names = ["home", "pve2", "pve3", "pve4"];
        let node = |(index, name): (usize, &&str)| {
            let state = if online[index] { NodeState::Online } else { NodeState::Offline };
            Node { local: index == 0, ..Node::new(name.parse().unwrap(), state) }
        };
        let mut snapshot = Snapshot { quorate, ..snapshot() };
        snapshot.nodes = names.iter().enumerate().map(node).collect();
        snapshot.guests = vec![guest_on(101, "home"), guest_on(102, "pve2"), guest_on(103, "pve2")];
        snapshot
    }

    #[test]
    fn a_node_that_goes_away_takes_with_it_what_is_said() {
        let all = [true; 4];
        let three = [true, true, true, false];
        for (call, online, quorate, expected) in [
            (
                "create /nodes/pve2/status command=reboot",
                all,
                Some(true),
                "reboot node pve2 (the 2 guests that run on it are interrupted)",
            ),
            (
                "create /nodes/home/status command=reboot",
                all,
                Some(true),
                "reboot node home (the one guest that runs on it is interrupted; jarvis itself runs on it and is gone until it is back)",
            ),
            (
                "create /nodes/home/status command=shutdown",
                all,
                Some(true),
                "shut down node home (the one guest that runs on it is interrupted; jarvis itself runs on it and is gone until somebody turns it on)",
            ),
            (
                "create /nodes/pve3/status command=reboot",
                three,
                Some(true),
                "reboot node pve3 (no guest runs on it; only 2 of 4 nodes stay online, too few for a quorum until it is back)",
            ),
            (
                "create /nodes/pve2/status command=reboot",
                three,
                Some(false),
                "reboot node pve2 (the 2 guests that run on it are interrupted; the cluster has no quorum, so guests do not start again)",
            ),
            (
                "create /nodes/pve3/status command=shutdown",
                [false, false, true, false],
                Some(true),
                "shut down node pve3 (no guest runs on it; it is the last node that is online)",
            ),
            (
                "create /nodes/pve3/status command=shutdown",
                all,
                None,
                "shut down node pve3 (no guest runs on it)",
            ),
            (
                "create /nodes/ghost/status command=shutdown",
                all,
                Some(true),
                "shut down node ghost (every guest on it is interrupted, and it stays off)",
            ),
        ] {
            assert_eq!(describe(&api(call), Some(&cluster(online, quorate))), expected);
        }
        let shell = describe(&shell("pve2", "poweroff"), Some(&cluster(all, Some(true))));
        assert!(shell.ends_with("(the 2 guests that run on it are interrupted)"), "{shell}");
    }

    #[test]
    fn nodes_that_are_shut_down_are_missed_by_the_next_and_rebooted_ones_are_not() {
        let cluster = cluster([true; 4], Some(true));
        let plan = |command: &str| {
            let call = |node: &Node| api(&format!("create /nodes/{}/status {command}", node.name));
            let writes: Vec<Call> = cluster.nodes.iter().rev().map(call).collect();
            describe_all(&writes, Some(&cluster))
        };
        let short = |step: &String| step.contains("quorum") || step.contains("last node");
        let reboots = plan("command=reboot");
        assert!(!reboots.iter().any(short), "{reboots:?}");
        let stops = plan("command=shutdown");
        assert_eq!(stops.iter().map(short).collect::<Vec<_>>(), [false, true, true, true]);
        assert!(stops[3].contains("it is the last node that is online"), "{stops:?}");
    }
}
