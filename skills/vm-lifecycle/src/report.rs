//! What became of the guests, as data. The words are the SDK's, by the action.

use jarvis_skill::series::{Fate, Target};
use serde_json::{Value, json};

use crate::action::Action;
use crate::guest::Guest;

impl Target for Guest {
    fn called(&self) -> String {
        self.called()
    }
}

/// For programs.
pub(crate) fn data(action: &Action, fates: &[(Guest, Fate)]) -> Value {
    let guests = fates.iter().map(|(guest, fate)| {
        let warnings = match fate {
            Fate::Done { warnings } => *warnings,
            _ => 0,
        };
        json!({
            "vmid": guest.id.parse::<u32>().ok(),
            "name": guest.name,
            "kind": guest.kind.word().to_lowercase(),
            "node": guest.node,
            "result": fate.word(),
            "message": fate.message(),
            "warnings": warnings,
        })
    });
    let snapshot = match action {
        Action::Snapshot(name) => Some(name),
        _ => None,
    };
    json!({ "guests": guests.collect::<Vec<_>>(), "snapshot": snapshot })
}
