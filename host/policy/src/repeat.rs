//! What a spoken yes has to repeat. Whether an answer does is
//! `jarvis_sentences::repeats`, which reads spoken numbers.

use jarvis_domain::Call;
use jarvis_domain::inventory::Snapshot;

/// What a spoken yes has to repeat one of: name and number of the one guest,
/// the name of the one node, else how many things the plan touches.
#[must_use]
pub fn to_repeat(writes: &[Call], snapshot: Option<&Snapshot>) -> Vec<String> {
    let mut targets: Vec<Vec<String>> = Vec::new();
    for call in writes {
        let target = match call {
            Call::Api(call) => match (call.path.guest(), call.path.node()) {
                (Some(vmid), _) => {
                    let named = snapshot.and_then(|snapshot| snapshot.guest(vmid));
                    let name = named.map(|guest| guest.name.clone());
                    name.into_iter().chain([vmid.to_string()]).collect()
                }
                (None, Some(node)) => vec![node.to_string()],
                (None, None) => vec![call.path.segments().last().unwrap_or_default().to_owned()],
            },
            Call::Shell(call) => vec![call.node.to_string()],
        };
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    match targets.as_slice() {
        [target] => target.iter().filter(|name| !name.is_empty()).cloned().collect(),
        targets => vec![targets.len().to_string()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{api, shell, snapshot};

    #[test]
    fn one_thing_is_named_and_several_are_counted() {
        let stop = api("create /nodes/home/qemu/101/status/stop");
        let other = api("create /nodes/home/qemu/102/status/stop");
        let reboot = shell("pve2", "reboot");
        let snapshot = snapshot();
        let named = |writes: &[Call]| to_repeat(writes, Some(&snapshot));
        assert_eq!(named(&[stop.clone(), stop.clone()]), ["mediaserver", "101"]);
        assert_eq!(named(&[stop, other]), ["2"]);
        assert_eq!(named(&[reboot]), ["pve2"]);
        assert_eq!(named(&[api("create /cluster/bulk-action/guest/shutdown")]), ["shutdown"]);
    }
}
