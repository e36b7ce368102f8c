//! From a snapshot to its index.

use std::collections::{BTreeMap, BTreeSet};

use jarvis_domain::inventory::{Node, Snapshot};
use jarvis_domain::{Language, text};

use super::entries::Entries;
use super::{Aliases, Fit, Kind, Names, key};

/// What a tag begins with that gives its guest another name.
const ALIAS_TAG: &str = "alias-";

pub(super) fn build(snapshot: &Snapshot, aliases: &Aliases, language: Language) -> Names {
    let mut names = Names {
        language,
        guests: Entries::new(language),
        node_names: Entries::new(language),
        ..Names::default()
    };
    for guest in &snapshot.guests {
        let index = u32::try_from(names.vmids.len()).unwrap_or(u32::MAX);
        names.by_vmid.insert(guest.vmid.get(), index);
        names.vmids.push(guest.vmid);
        names.guests.add(&guest.name, guest.called_in(language), Kind::Guest);
    }
    for node in &snapshot.nodes {
        names.nodes.push(node.name.clone());
        names.node_names.add(node.name.as_str(), node.name.to_string(), Kind::Node);
    }
    names.by_number = numbers(&snapshot.nodes);
    let tags: BTreeSet<&String> = snapshot.guests.iter().flat_map(|guest| &guest.tags).collect();
    names.tag_names = tag_names(&tags, language);
    names.tags = tags.into_iter().cloned().collect();
    for (index, guest) in (0_u32..).zip(&snapshot.guests) {
        for alias in guest.tags.iter().filter_map(|tag| tag.strip_prefix(ALIAS_TAG)) {
            names.guests.alias(alias, index, Kind::Guest);
        }
    }
    for (of, aliases) in aliases {
        for kind in [Kind::Guest, Kind::Node] {
            if let Some(index) = named(&names, of, kind) {
                aliases.iter().for_each(|alias| {
                    names.entries_mut(kind).alias(alias, index, kind);
                });
            }
        }
    }
    names
}

/// The one thing of `kind` with this very name or number.
fn named(names: &Names, of: &str, kind: Kind) -> Option<u32> {
    match names.find(&[of.to_lowercase().as_str()], kind) {
        Some((Fit::Exact | Fit::Number, found)) => match found.as_slice() {
            [only] => Some(*only),
            _ => None,
        },
        _ => None,
    }
}

fn tag_names(tags: &BTreeSet<&String>, language: Language) -> Entries {
    let mut entries = Entries::new(language);
    for tag in tags {
        let shown = text::line(tag, 60);
        entries.add(tag, shown, Kind::Tag);
    }
    entries
}

/// "node three" is the node with that number in its name, else by its id.
fn numbers(nodes: &[Node]) -> BTreeMap<u64, Vec<u32>> {
    let mut numbers: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
    let indices = || (0_u32..).zip(nodes);
    for (index, node) in indices() {
        let words = key::words(node.name.as_str());
        let last = words.iter().rev().find_map(|word| word.parse::<u64>().ok());
        if let Some(number) = last {
            numbers.entry(number).or_default().push(index);
        }
    }
    for (index, node) in indices() {
        if let Some(id) = node.id {
            numbers.entry(u64::from(id)).or_insert_with(|| vec![index]);
        }
    }
    numbers
}
