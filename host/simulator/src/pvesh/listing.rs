//! `pvesh ls` and `pvesh usage`.

use crate::api::{self, METHODS, Verb};
use crate::cluster::Cluster;

/// The children of `path`, a line each: what they take, and their name. None
/// when there is nothing at that path.
pub(crate) fn children(cluster: &Cluster, path: &str) -> Option<String> {
    let segments = api::segments(path);
    let mut names: Vec<String> = match segments.as_slice() {
        ["nodes"] => cluster.nodes.iter().map(|node| node.name.to_string()).collect(),
        ["nodes", node, kind @ ("qemu" | "lxc")] => cluster
            .guests
            .values()
            .filter(|guest| guest.node.as_str() == *node && guest.kind.word() == *kind)
            .map(|guest| guest.vmid.to_string())
            .collect(),
        _ => Vec::new(),
    };
    let deeper = METHODS.iter().copied().flatten().filter_map(|method| {
        let pattern = api::segments(method.path);
        let below = pattern.get(segments.len())?;
        let above = pattern.get(..segments.len())?;
        api::fits(above, &segments).then_some(*below)
    });
    for name in deeper {
        match name {
            "{kind}" => names.extend(["lxc", "qemu"].map(str::to_owned)),
            name if name.starts_with('{') => {}
            name => names.push(name.to_owned()),
        }
    }
    names.sort_unstable();
    names.dedup();
    let here = !names.is_empty() || Verb::ALL.iter().any(|verb| api::find(*verb, path).is_some());
    let lines = names.iter().map(|name| {
        let child = format!("{path}/{name}");
        format!("{}        {name}\n", flags(&child))
    });
    here.then(|| lines.collect())
}

/// `Drwcd`, with `-` for what the path does not take.
fn flags(path: &str) -> String {
    let segments = api::segments(path);
    let is_folder = METHODS.iter().copied().flatten().any(|method| {
        let pattern = api::segments(method.path);
        pattern.len() > segments.len()
            && pattern.get(..segments.len()).is_some_and(|above| api::fits(above, &segments))
    });
    let mut flags = String::from(if is_folder { "D" } else { "-" });
    for (verb, letter) in
        [(Verb::Get, 'r'), (Verb::Set, 'w'), (Verb::Create, 'c'), (Verb::Delete, 'd')]
    {
        flags.push(if api::find(verb, path).is_some() { letter } else { '-' });
    }
    flags
}

/// The usage of every method at `path`; none when there is none.
pub(crate) fn usage(path: &str) -> Option<String> {
    let mut text = String::new();
    for verb in Verb::ALL {
        let Some((method, _)) = api::find(verb, path) else { continue };
        text.push_str(&format!("USAGE: pvesh {} {path}", verb.word()));
        for param in method.params {
            let (open, close) = if param.required { ("", "") } else { ("[", "]") };
            text.push_str(&format!(" {open}--{} <{}>{close}", param.name, param.kind.word()));
        }
        text.push('\n');
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use jarvis_domain::Timestamp;

    use super::*;

    #[test]
    fn a_folder_lists_what_is_below_it() {
        let cluster = Cluster::home(Timestamp(1_795_468_823_000));
        let list = children(&cluster, "/nodes").unwrap();
        assert!(list.starts_with("Dr---        home\n"), "{list}");
        let home = children(&cluster, "/nodes/home/").unwrap();
        for name in ["lxc", "qemu", "storage", "wakeonlan"] {
            assert!(home.lines().any(|line| line.ends_with(&format!(" {name}"))), "{home}");
        }
        let guests = children(&cluster, "/nodes/home/lxc").unwrap();
        assert_eq!(guests.lines().count(), 2, "{guests}");
        assert_eq!(children(&cluster, "/nope"), None);
        assert!(usage("/nodes/home/status").unwrap().contains("--command <string>"));
    }
}
