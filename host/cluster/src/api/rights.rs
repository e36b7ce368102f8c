//! Whether nothing is there, or jarvis may not see it: to an account without
//! rights Proxmox answers with an empty list, and says that all is well.

use jarvis_domain::{ApiPath, Fields};
use serde_json::Value;

use super::error::ApiError;
use crate::lenient::text;

/// A list that came back without what it must hold, or should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Doubt {
    /// The privileges each of which would show it; the first is the one to ask
    /// for.
    privileges: &'static [&'static str],
    /// Where it is given for all.
    path: &'static str,
    /// Whether a cluster always has one.
    pub(super) certain: bool,
}

const NODES: Doubt = Doubt { privileges: &["Sys.Audit"], path: "/nodes", certain: true };
const GUESTS: Doubt = Doubt { privileges: &["VM.Audit"], path: "/vms", certain: false };
/// See `sees_storage` of pve-manager's API2/Cluster.pm and pve-storage's
/// API2/Storage/Status.pm.
const STORAGES: Doubt = Doubt {
    privileges: &["Datastore.Audit", "Datastore.AllocateSpace"],
    path: "/storage",
    certain: false,
};

/// What is doubtful about the answer to GET `path`.
pub(super) fn doubt(path: &ApiPath, query: &Fields, data: &Value) -> Option<Doubt> {
    let entries = data.as_array()?;
    let has = |kinds: &[&str]| {
        entries.iter().any(|entry| text(entry, "type").is_some_and(|kind| kinds.contains(&kind)))
    };
    let segments: Vec<&str> = path.segments().collect();
    match (segments.as_slice(), query.get("type")) {
        (["nodes"], _) => entries.is_empty().then_some(NODES),
        (["nodes", _, "qemu" | "lxc"], _) => entries.is_empty().then_some(GUESTS),
        (["nodes", _, "storage"], _) => entries.is_empty().then_some(STORAGES),
        (["cluster", "resources"], None | Some("node")) if !has(&["node"]) => Some(NODES),
        (["cluster", "resources"], None | Some("vm")) if !has(&["qemu", "lxc"]) => Some(GUESTS),
        // A list of everything without storages says much all the same.
        (["cluster", "resources"], Some("storage")) if !has(&["storage"]) => Some(STORAGES),
        _ => None,
    }
}

impl Doubt {
    /// Whether `permissions`, the answer to `/access/permissions`, shows that
    /// none of the privileges is given anywhere.
    pub(super) fn is_confirmed(&self, permissions: &Value) -> bool {
        let given = |there: &Value| self.privileges.iter().any(|name| there.get(name).is_some());
        !permissions.as_object().is_some_and(|paths| paths.values().any(given))
    }

    pub(super) fn error(&self, what: &str, who: &str) -> ApiError {
        let Self { privileges, path, .. } = *self;
        let privilege = privileges.first().copied().unwrap_or_default();
        ApiError::NoRights { what: what.to_owned(), who: who.to_owned(), privilege, path }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jarvis_domain::Field;
    use serde_json::json;

    #[test]
    fn only_what_cannot_be_empty_is_doubted() {
        let node = json!([{"type": "node", "node": "pve1"}]);
        let guest = json!([{"type": "lxc", "vmid": 1}]);
        let storage = json!([{"type": "storage", "storage": "local"}]);
        let both = json!([{"type": "node"}, {"type": "qemu"}]);
        for (path, kind, data, expected) in [
            ("/nodes", None, json!([]), Some(NODES)),
            ("/nodes", None, node.clone(), None),
            ("/cluster/resources", None, json!([]), Some(NODES)),
            ("/cluster/resources", None, guest, Some(NODES)),
            ("/cluster/resources", None, node, Some(GUESTS)),
            ("/cluster/resources", None, both, None),
            ("/cluster/resources", Some("vm"), json!([]), Some(GUESTS)),
            ("/cluster/resources", Some("storage"), json!([]), Some(STORAGES)),
            ("/cluster/resources", Some("storage"), storage.clone(), None),
            ("/nodes/a/storage", None, json!([]), Some(STORAGES)),
            ("/nodes/a/storage", None, storage, None),
            ("/nodes/a/qemu", None, json!([]), Some(GUESTS)),
            ("/nodes/a/lxc", None, json!([]), Some(GUESTS)),
            ("/nodes/a/lxc", None, json!([{"vmid": 1}]), None),
            ("/nodes/a/lxc/1/snapshot", None, json!([]), None),
            ("/nodes/a/storage/local/content", None, json!([]), None),
            ("/cluster/tasks", None, json!([]), None),
            ("/nodes", None, json!(null), None),
        ] {
            let field = |value: &str| Field { name: "type".to_owned(), value: value.to_owned() };
            let query = Fields::new(kind.map(field)).unwrap();
            assert_eq!(doubt(&path.parse().unwrap(), &query, &data), expected, "{path} {data}");
        }
    }

    #[test]
    fn a_privilege_anywhere_is_enough() {
        for (permissions, confirmed) in [
            (json!({}), true),
            (json!({"/vms/100": {"VM.Audit": 1}}), false),
            (json!({"/": {"Sys.Audit": 0}}), true),
            (json!(null), true),
        ] {
            assert_eq!(GUESTS.is_confirmed(&permissions), confirmed, "{permissions}");
        }
        let space = json!({"/storage/local": {"Datastore.AllocateSpace": 1}});
        assert!(!STORAGES.is_confirmed(&space) && GUESTS.is_confirmed(&space));
    }
}
