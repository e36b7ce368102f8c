//! The events that a skill wants to be told of.

use jarvis_document::Cursor;
use jarvis_domain::Topic;
use jarvis_policy::{Capability, GrantSet};

/// One topic, and what for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventWanted {
    /// The topic.
    pub topic: Topic,
    /// Why, for the administrator.
    pub reason: String,
}

/// The longest reason, bytes; that of a grant is as long.
const MAX_REASON: usize = 300;

/// Reads `events`. What happens on the cluster is told only to a skill that
/// requests to see the cluster.
pub(super) fn read(cursor: &Cursor<'_>, requests: Option<&GrantSet>) -> Option<Vec<EventWanted>> {
    let items = cursor.sequence()?;
    let mut wanted: Vec<EventWanted> = Vec::new();
    let mut sound = true;
    for item in &items {
        let Some(one) = read_one(item, requests) else {
            sound = false;
            continue;
        };
        if wanted.iter().any(|other| other.topic == one.topic) {
            item.problem(format!("{} stands twice", one.topic));
            sound = false;
        }
        wanted.push(one);
    }
    sound.then_some(wanted)
}

fn read_one(item: &Cursor<'_>, requests: Option<&GrantSet>) -> Option<EventWanted> {
    let keys = item.mapping()?;
    let topic = keys.required("topic").and_then(|key| {
        let topic = key.one_of(&Topic::ALL)?;
        let sees = requests.is_none_or(|requests| requests.opens(Capability::Inventory, None));
        if topic.is_of_the_cluster() && !sees {
            key.problem(format!(
                "{topic} tells what is on the cluster: request the capability inventory too"
            ));
            return None;
        }
        Some(topic)
    });
    let reason = keys.required("reason").and_then(|key| {
        let text = key.text()?.trim();
        if text.is_empty() || text.len() > MAX_REASON {
            key.problem(format!("a reason is one sentence of at most {MAX_REASON} bytes"));
            return None;
        }
        Some(text.to_owned())
    });
    keys.finish();
    Some(EventWanted { topic: topic?, reason: reason? })
}
