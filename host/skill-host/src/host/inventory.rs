//! `inventory`: what the host knows of the cluster.

use std::time::Duration;

use jarvis_domain::inventory::{
    Guest as Machine, GuestKind, GuestState, Node, NodeState, Snapshot, Storage,
};
use jarvis_domain::text;
use jarvis_policy::Capability;

use super::{Refusal, page};
use crate::bindings::inventory::{Host, Item, Items};
use crate::bindings::types::{Field, Page};
use crate::guest::Guest;
use crate::record::Rated;
use crate::session::Session;

/// The longest query, bytes.
const MAX_QUERY: usize = 256;
/// How old the snapshot may be. A sentence of a person takes longer to say.
pub(crate) const MAX_AGE: Duration = Duration::from_secs(3);

impl Session {
    async fn find(&self, kind: &str, query: &str, page: &Page) -> Result<Items, Refusal> {
        self.admit(Capability::Inventory, None)?;
        if query.len() > MAX_QUERY {
            let long = query.len();
            return Err(Refusal::Invalid(format!("query: {long} bytes; at most {MAX_QUERY}")));
        }
        let select = selection(kind)?;
        let snapshot = self.scope.ports.inventory.snapshot(MAX_AGE).await?;
        if kind == "storage" && snapshot.storages.is_empty() {
            self.scope.ports.inventory.sees_storages().await?;
        }
        self.scope.record.saw(snapshot.as_of);
        let query = query.to_lowercase();
        let found = select(&snapshot).into_iter().filter(|item| matches(item, &query)).collect();
        let (items, next) = page::of(found, page)?;
        Ok(Items { items, as_of: snapshot.as_of.0, next })
    }
}

impl Host for Guest {
    async fn find(
        &mut self,
        kind: String,
        query: Option<String>,
        page: Page,
    ) -> Result<Items, Refusal> {
        let query = query.unwrap_or_default();
        let timed = self.session.begin(format!("inventory {kind} {query}"))?;
        let found = self.session.find(&kind, &query, &page).await;
        let found = self.session.end(timed, Rated::default(), found)?;
        self.session.count_bytes(found.items.iter().map(size).sum())?;
        Ok(found)
    }
}

type Select = fn(&Snapshot) -> Vec<Item>;

fn selection(kind: &str) -> Result<Select, Refusal> {
    Ok(match kind {
        "node" => |snapshot| snapshot.nodes.iter().map(node).collect(),
        "vm" => |snapshot| of_kind(snapshot, GuestKind::Vm),
        "container" => |snapshot| of_kind(snapshot, GuestKind::Container),
        "guest" => |snapshot| snapshot.guests.iter().map(machine).collect(),
        "storage" => |snapshot| snapshot.storages.iter().map(storage).collect(),
        other => {
            let other = text::line(other, 40);
            return Err(Refusal::Invalid(format!(
                "kind: {other:?} is none of node, vm, container, guest, storage"
            )));
        }
    })
}

fn of_kind(snapshot: &Snapshot, kind: GuestKind) -> Vec<Item> {
    snapshot.guests.iter().filter(|guest| guest.kind == kind).map(machine).collect()
}

fn matches(item: &Item, query: &str) -> bool {
    query.is_empty()
        || item.id.to_lowercase() == query
        || item.name.to_lowercase().contains(query)
        || item.tags.iter().any(|tag| tag.to_lowercase() == query)
}

fn size(item: &Item) -> usize {
    let extra: usize = item.extra.iter().map(|field| field.name.len() + field.value.len()).sum();
    let tags: usize = item.tags.iter().map(String::len).sum();
    item.id.len() + item.name.len() + tags + extra
}

/// Collects what is known; what is not is left out.
#[derive(Default)]
struct Extra(Vec<Field>);

impl Extra {
    fn put(mut self, name: &str, value: Option<impl ToString>) -> Self {
        let field = |value: String| Field { name: name.to_owned(), value };
        self.0.extend(value.map(|value| field(value.to_string())));
        self
    }
}

fn node(node: &Node) -> Item {
    let state = match node.state {
        NodeState::Online => "online",
        NodeState::Offline => "offline",
        NodeState::Unknown => "unknown",
    };
    let extra = Extra::default()
        .put("number", node.id)
        .put("cpu", node.cpu)
        .put("cpus", node.cpus)
        .put("memory", node.memory)
        .put("memory-total", node.memory_total)
        .put("uptime", node.uptime);
    Item {
        kind: "node".to_owned(),
        id: node.name.to_string(),
        name: node.name.to_string(),
        parent: None,
        state: state.to_owned(),
        tags: Vec::new(),
        extra: extra.0,
    }
}

fn machine(guest: &Machine) -> Item {
    let kind = match guest.kind {
        GuestKind::Vm => "vm",
        GuestKind::Container => "container",
    };
    let state = match guest.state {
        GuestState::Running => "running",
        GuestState::Stopped => "stopped",
        GuestState::Paused => "paused",
        GuestState::Unknown => "unknown",
    };
    let extra = Extra::default()
        .put("template", guest.template.then_some(1))
        .put("lock", guest.lock.as_ref())
        .put("ha", guest.ha.as_ref())
        .put("cpu", guest.cpu)
        .put("memory", guest.memory)
        .put("memory-total", guest.memory_total)
        .put("uptime", guest.uptime);
    Item {
        kind: kind.to_owned(),
        id: guest.vmid.to_string(),
        name: guest.name.clone(),
        parent: Some(guest.node.to_string()),
        state: state.to_owned(),
        tags: guest.tags.clone(),
        extra: extra.0,
    }
}

fn storage(storage: &Storage) -> Item {
    let state = if storage.available { "available" } else { "unknown" };
    let extra = Extra::default()
        .put("plugin", Some(&storage.kind))
        .put("used", storage.used)
        .put("total", storage.total);
    Item {
        kind: "storage".to_owned(),
        id: storage.name.clone(),
        name: storage.name.clone(),
        parent: storage.node.as_ref().map(ToString::to_string),
        state: state.to_owned(),
        tags: Vec::new(),
        extra: extra.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rig;

    const ALL: Page = Page { cursor: None, limit: None };

    #[tokio::test]
    async fn items_are_found_by_id_name_and_tag() {
        let session = Rig::granting("inventory").session();
        for (kind, query, expected) in [
            ("guest", "", "101 102 105"),
            ("vm", "", "101 102"),
            ("container", "", "105"),
            ("guest", "101", "101"),
            ("guest", "WEB", "102"),
            ("guest", "Media", "101"),
            ("guest", "prod", "102 105"),
            ("guest", "pro", ""),
            ("guest", "10", ""),
            ("node", "", "home pve2"),
            ("node", "pve", "pve2"),
            ("storage", "", "local"),
        ] {
            let found = session.find(kind, query, &ALL).await.unwrap();
            let ids: Vec<String> = found.items.into_iter().map(|item| item.id).collect();
            assert_eq!(ids.join(" "), expected, "{kind} {query}");
        }
        assert!(session.scope.record.as_of().is_some());
    }

    #[tokio::test]
    async fn what_is_unknown_is_left_out() {
        let session = Rig::granting("inventory").session();
        let found = session.find("guest", "102", &ALL).await.unwrap();
        let names: Vec<&str> =
            found.items[0].extra.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(names, ["memory-total"]);
    }

    #[tokio::test]
    async fn storages_that_may_not_be_seen_are_an_error_and_only_they() {
        for (hidden, expected) in [(true, "right"), (false, "")] {
            let rig = Rig::granting("inventory");
            rig.fakes.cluster.has_no_storages(hidden);
            let session = rig.session();
            assert!(session.find("guest", "", &ALL).await.is_ok());
            match session.find("storage", "", &ALL).await {
                Ok(found) => assert!(!hidden && found.items.is_empty()),
                Err(refused) => {
                    let said = format!("{refused:?}");
                    assert!(hidden && said.contains(expected), "{said}");
                }
            }
        }
    }

    #[tokio::test]
    async fn a_bad_kind_query_or_grant_is_refused() {
        let session = Rig::granting("inventory").session();
        for (kind, query) in [("disk", ""), ("", ""), ("node", &"q".repeat(300))] {
            let refused = session.find(kind, query, &ALL).await.unwrap_err();
            assert!(matches!(refused, Refusal::Invalid(_)), "{kind}: {refused:?}");
        }
        let refused = Rig::new().session().find("node", "", &ALL).await.unwrap_err();
        assert!(matches!(refused, Refusal::Denied(_)), "{refused:?}");
    }
}
