//! `intents.yaml` of Home Assistant's newer layout: for each intent the combinations of
//! slots that have a file of sentences each (`sentences/<lang>/<Intent>/<name>.yaml`),
//! and what their short forms stand for (`resolve_domain_context` of that project's
//! `script/intentfest/util.py`).

use std::collections::BTreeMap;

use jarvis_document::{Cursor, Notes, Problems};

/// The combinations, by intent and name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Combinations(BTreeMap<(String, String), Combination>);

/// One combination of an intent's slots.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Combination {
    /// Its intent.
    pub intent: String,
    /// Its name.
    pub name: String,
    /// The area is that of the microphone.
    pub area_of_microphone: bool,
    /// The domains that its words may stand for.
    pub inferred: Vec<String>,
    /// Sets of domains of things with a name, by the name that sentences call them by.
    pub groups: BTreeMap<String, Vec<String>>,
}

impl Combinations {
    /// Reads the file; all its mistakes otherwise. What decides nothing about what is
    /// understood is not looked at.
    pub fn read(text: &str) -> Result<Self, Problems> {
        let tree = jarvis_document::parse(text)?;
        let notes = Notes::default();
        let all = root(&Cursor::root(&tree, &notes));
        notes.finish(all)
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, intent: &str, name: &str) -> Option<&Combination> {
        self.0.get(&(intent.to_owned(), name.to_owned()))
    }
}

fn root(cursor: &Cursor<'_>) -> Option<Combinations> {
    let keys = cursor.mapping()?;
    let mut all = BTreeMap::new();
    for (intent, of) in keys.entries() {
        let Some(of) = of.mapping() else { continue };
        let Some(combinations) = of.optional("slot_combinations").and_then(|all| all.mapping())
        else {
            continue;
        };
        for (name, of) in combinations.entries() {
            if let Some(one) = combination(intent, name, &of) {
                all.insert((intent.to_owned(), name.to_owned()), one);
            }
        }
    }
    Some(Combinations(all))
}

fn combination(intent: &str, name: &str, cursor: &Cursor<'_>) -> Option<Combination> {
    let keys = cursor.mapping()?;
    let area = keys.optional("context_area").and_then(|flag| flag.boolean());
    let lists = |key: &'static str| {
        let of = keys.optional(key).and_then(|of| of.mapping());
        let entries = of.iter().flat_map(|of| of.entries());
        let texts = |list: &Cursor<'_>| -> Option<Vec<String>> {
            Some(list.texts()?.into_iter().map(str::to_owned).collect())
        };
        entries
            .filter_map(|(name, list)| Some((name.to_owned(), texts(&list)?)))
            .collect::<BTreeMap<String, Vec<String>>>()
    };
    Some(Combination {
        intent: intent.to_owned(),
        name: name.to_owned(),
        area_of_microphone: area.unwrap_or(false),
        // By how much a language needs them; each of them may be meant.
        inferred: lists("inferred_domains").into_values().flatten().collect(),
        groups: lists("name_domain_groups"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_combination_stands_for_is_read_and_the_rest_is_not_looked_at() {
        let text = "TurnOn:\n  supported: true\n  slots: {name: {required: false}}\n  slot_combinations:\n    here:\n      context_area: true\n      inferred_domains: {required: [light], optional: [fan]}\n      example: [x, y]\n    named:\n      name_domain_groups: {default: [light, switch]}\nNone:\n  supported: false\n";
        let all = Combinations::read(text).unwrap();
        let here = all.get("TurnOn", "here").unwrap();
        assert!(here.area_of_microphone);
        assert_eq!(here.inferred.len(), 2);
        let named = all.get("TurnOn", "named").unwrap();
        assert_eq!(named.groups["default"], ["light", "switch"]);
        assert!(!named.area_of_microphone);
        assert_eq!(all.get("TurnOn", "none"), None);
        assert!(Combinations::read("TurnOn: {slot_combinations: {a: {context_area: 7}}}").is_err());
    }
}
