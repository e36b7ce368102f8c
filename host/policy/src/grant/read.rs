//! Grants from a list in a file. Every mistake is noted where it stands.

use jarvis_document::{Cursor, Keys, Notes, Problems};
use jarvis_domain::{NodeName, Verb};

use super::{Form, Grant, GrantSet};
use crate::pattern::{ArgvPattern, BadArgvPattern, PathPattern};
use crate::{Capability, forbidden};

/// The verbs of `cluster-write`; reads need none.
const VERBS: &[(&str, Verb)] =
    &[("create", Verb::Create), ("set", Verb::Set), ("delete", Verb::Delete)];

/// Keys of other capabilities: somebody who writes one here should hear why
/// it is not read, not only that it is unknown.
const ELSEWHERE: &[(&str, &str)] = &[
    ("verbs", "only cluster-write has verbs; cluster-read always gets"),
    ("paths", "only cluster-read and cluster-write have paths"),
    ("fields", "only cluster-read and cluster-write have fields"),
    ("nodes", "only sensors and node-shell have nodes; a path names its node itself"),
    ("argv", "only node-shell has argv"),
];

impl GrantSet {
    /// Reads the text of a list of grants, as [`GrantSet::to_yaml`] writes it.
    pub fn parse(yaml: &str, form: Form) -> Result<Self, Problems> {
        let tree = jarvis_document::parse(yaml)?;
        let notes = Notes::default();
        let grants = Self::read(&Cursor::root(&tree, &notes), form);
        notes.finish(grants)
    }

    /// Reads a list of grants. Notes every mistake; `None` if the list itself
    /// could not be read, else the grants that were sound.
    #[must_use]
    pub fn read(cursor: &Cursor<'_>, form: Form) -> Option<Self> {
        let items = cursor.sequence()?;
        Some(Self(items.iter().filter_map(|item| read_grant(item, form)).collect()))
    }
}

fn read_grant(cursor: &Cursor<'_>, form: Form) -> Option<Grant> {
    let keys = cursor.mapping()?;
    let capability = keys.required("capability").and_then(|word| word.one_of(&Capability::ALL));
    let reason = read_reason(&keys, form);
    let Some(capability) = capability else {
        // Which keys belong here cannot be told; the others are not judged.
        return None;
    };
    let grant = match capability {
        Capability::Inventory | Capability::Kv => Some(Grant::of(capability)),
        Capability::Sensors => {
            read_nodes(&keys).map(|nodes| Grant { nodes, ..Grant::of(capability) })
        }
        Capability::ClusterRead => read_paths(&keys, capability, Vec::new()),
        Capability::ClusterWrite => {
            let verbs = keys.required("verbs").and_then(|verbs| some_of(&verbs, read_verb));
            // Paths and fields are judged even if the verbs are wrong.
            let sound = verbs.is_some();
            read_paths(&keys, capability, verbs.unwrap_or_default()).filter(|_| sound)
        }
        Capability::NodeShell => {
            let nodes = read_nodes(&keys);
            let argv = keys.required("argv").and_then(|argv| some_of(&argv, read_argv));
            nodes.zip(argv).map(|(nodes, argv)| Grant { nodes, argv, ..Grant::of(capability) })
        }
    };
    let strayed = note_strays(&keys, capability);
    keys.finish();
    let reason = reason?;
    grant.filter(|_| !strayed).map(|grant| Grant { reason, ..grant }.sorted())
}

/// The reason; `None` if one is missing.
fn read_reason(keys: &Keys<'_>, form: Form) -> Option<Option<String>> {
    let cursor = match form {
        Form::Request => keys.required("reason")?,
        Form::Allowance => match keys.optional("reason") {
            Some(cursor) => cursor,
            None => return Some(None),
        },
    };
    let text = cursor.text()?;
    if text.trim().is_empty() || text.len() > 300 {
        cursor.problem("a reason is one sentence of at most 300 bytes");
        return None;
    }
    Some(Some(text.to_owned()))
}

fn read_paths(keys: &Keys<'_>, capability: Capability, verbs: Vec<Verb>) -> Option<Grant> {
    let writes = capability == Capability::ClusterWrite;
    let paths =
        keys.required("paths").and_then(|paths| some_of(&paths, |path| read_path(path, writes)));
    let fields = match keys.optional("fields") {
        Some(fields) => all_of(&fields, read_field),
        None => Some(Vec::new()),
    };
    Some(Grant { verbs, paths: paths?, fields: fields?, ..Grant::of(capability) })
}

fn read_path(cursor: &Cursor<'_>, writes: bool) -> Option<PathPattern> {
    let pattern: PathPattern = cursor.parsed()?;
    if writes && pattern.is_open() {
        cursor
            .problem("** is for reads only; write out what may be written to, * for each segment");
        return None;
    }
    if let Some((never, why)) = forbidden::pattern(&pattern, writes) {
        let never = never.trim_end_matches("/**");
        cursor.problem(format!("no grant may cover {never}: {why}"));
        return None;
    }
    Some(pattern)
}

fn read_verb(cursor: &Cursor<'_>) -> Option<Verb> {
    if cursor.text() == Some("get") {
        cursor.problem("get belongs to the capability cluster-read, which has no verbs");
        return None;
    }
    cursor.one_of(VERBS)
}

fn read_field(cursor: &Cursor<'_>) -> Option<String> {
    let name = cursor.text()?;
    if name.contains('*') {
        cursor.problem(format!(
            "{name:?}: fields are granted by their full names, without wild cards"
        ));
        return None;
    }
    let sound = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= 64
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !sound {
        cursor.problem(format!("{name:?} is not the name of a field of Proxmox"));
        return None;
    }
    if let Some(why) = forbidden::field_name(name) {
        cursor.problem(format!("the field {name} is never granted: {why}"));
        return None;
    }
    Some(name.to_owned())
}

/// The nodes; an empty list stands for all of them, as a missing key or `*`.
fn read_nodes(keys: &Keys<'_>) -> Option<Vec<NodeName>> {
    let Some(cursor) = keys.optional("nodes") else { return Some(Vec::new()) };
    let items = cursor.one_or_more()?;
    match items.as_slice() {
        [] => {
            cursor.problem("name the nodes, or leave the key out for all of them");
            None
        }
        [all] if all.text() == Some("*") => Some(Vec::new()),
        names => {
            let nodes: Vec<Option<NodeName>> = names.iter().map(Cursor::parsed).collect();
            nodes.into_iter().collect()
        }
    }
}

fn read_argv(cursor: &Cursor<'_>) -> Option<ArgvPattern> {
    let words = cursor.texts()?;
    match ArgvPattern::new(&words) {
        Ok(pattern) => Some(pattern),
        Err(BadArgvPattern::UnknownProgram { word, nearest: Some(nearest) }) => {
            cursor.problem(format!(
                "{word:?} is not a program jarvis knows by its bare name; did you mean {nearest}? \
                 Or write its absolute path"
            ));
            None
        }
        Err(error) => {
            cursor.problem(error.to_string());
            None
        }
    }
}

/// Notes keys that belong to another capability; whether there were any.
fn note_strays(keys: &Keys<'_>, capability: Capability) -> bool {
    use Capability::{ClusterRead, ClusterWrite, NodeShell, Sensors};
    let valid: &[&str] = match capability {
        ClusterRead => &["paths", "fields"],
        ClusterWrite => &["verbs", "paths", "fields"],
        Sensors => &["nodes"],
        NodeShell => &["nodes", "argv"],
        Capability::Inventory | Capability::Kv => &[],
    };
    let mut strayed = false;
    for (key, why) in ELSEWHERE.iter().filter(|(key, _)| !valid.contains(key)) {
        let found = keys.entries().find(|(name, _)| name == key);
        if let Some((_, cursor)) = found {
            // Asked for, so that it is not also noted as unknown.
            let _ = keys.optional(key);
            cursor.problem(*why);
            strayed = true;
        }
    }
    strayed
}

/// At least one item, all of them sound.
fn some_of<T>(cursor: &Cursor<'_>, read: impl Fn(&Cursor<'_>) -> Option<T>) -> Option<Vec<T>> {
    let items = all_of(cursor, read)?;
    if items.is_empty() {
        cursor.problem("an empty list grants nothing; leave the grant out");
        return None;
    }
    Some(items)
}

/// All items, if all are sound; the mistakes of all are noted.
fn all_of<T>(cursor: &Cursor<'_>, read: impl Fn(&Cursor<'_>) -> Option<T>) -> Option<Vec<T>> {
    let read: Vec<Option<T>> = cursor.sequence()?.iter().map(read).collect();
    read.into_iter().collect()
}
