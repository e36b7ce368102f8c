//! The test files of Home Assistant's sentences: what each sentence should be understood
//! as. What counts as right is that project's own rule (`test_language_sentences.py`).

use jarvis_document::{Cursor, Notes, Problems, to_json};
use serde_json::{Map, Value};

use super::{Combination, Intent};

/// A file of tests.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Expected {
    /// Every sentence with what it means.
    pub wanted: Vec<Wanted>,
}

/// A sentence and its meaning.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// What is said.
    pub sentence: String,
    /// The intent.
    pub intent: String,
    /// Its slots; a list allows each of its values.
    pub slots: Map<String, Value>,
    /// What holds while it is said.
    pub given: Map<String, Value>,
    /// What holds afterwards, where that is looked at.
    pub context: Map<String, Value>,
    /// The combination of slots that its template is of, in the newer layout.
    pub combination: Option<String>,
}

impl Expected {
    /// Reads a file; all its mistakes otherwise. A file without tests is empty.
    pub fn read(text: &str) -> Result<Self, Problems> {
        let tree = jarvis_document::parse(text)?;
        let notes = Notes::default();
        let wanted = root(&Cursor::root(&tree, &notes), test);
        notes.finish(wanted.map(|wanted| Self { wanted }))
    }

    /// Reads a file of the newer layout, `tests/<lang>/<Intent>/<combination>.yaml`
    /// (`test_slot_combinations.py`), which has the names of its home too.
    pub fn read_of(text: &str, of: &Combination) -> Result<Self, Problems> {
        let tree = jarvis_document::parse(text)?;
        let notes = Notes::default();
        let cursor = Cursor::root(&tree, &notes);
        let area = microphone(&cursor).unwrap_or_else(|| SOMEWHERE.to_owned());
        let wanted = root(&cursor, |cursor| test_of(cursor, of, &area));
        notes.finish(wanted.map(|wanted| Self { wanted }))
    }
}

/// Where the microphone is that no area of a file of tests is marked for.
const SOMEWHERE: &str = "__context_area__";

impl Wanted {
    /// What is wrong with `found`; none where it is what was wanted.
    #[must_use]
    pub fn why_not(&self, found: Option<&Intent>) -> Option<String> {
        let Some(found) = found else { return Some("nothing was understood".to_owned()) };
        if found.intent != self.intent {
            return Some(format!("{} was understood ({})", found.intent, found.template));
        }
        if let Some(wanted) = &self.combination
            && found.combination.as_ref() != Some(wanted)
        {
            let other = found.combination.as_deref().unwrap_or("no combination");
            return Some(format!("{other} was understood ({})", found.template));
        }
        for (name, value) in &found.slots {
            match self.slots.get(name) {
                None => return Some(format!("{name} = {value} was understood beside")),
                Some(wanted) if !agrees(wanted, value) => {
                    return Some(format!("{name} = {value} was understood, not {wanted}"));
                }
                Some(_) => {}
            }
        }
        if let Some(name) = self.slots.keys().find(|name| !found.slots.contains_key(*name)) {
            return Some(format!("{name} is missing ({})", found.template));
        }
        let context = Value::Object(found.context.clone());
        let wanted = Value::Object(self.context.clone());
        (!self.context.is_empty() && !agrees(&wanted, &context))
            .then(|| format!("the context is {context}"))
    }
}

/// Whether a value is among those that are wanted. Numbers are compared by value.
fn agrees(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Array(wanted), Value::Array(found)) => {
            wanted.iter().all(|one| found.iter().any(|other| agrees(one, other)))
        }
        (Value::Array(any), one) | (one, Value::Array(any)) => {
            any.iter().any(|other| agrees(one, other))
        }
        (Value::Number(wanted), Value::Number(found)) => wanted.as_f64() == found.as_f64(),
        (Value::Object(wanted), Value::Object(found)) => {
            wanted.len() == found.len()
                && wanted
                    .iter()
                    .all(|(key, one)| found.get(key).is_some_and(|other| agrees(one, other)))
        }
        (wanted, found) => wanted == found,
    }
}

fn root(
    cursor: &Cursor<'_>,
    test: impl Fn(&Cursor<'_>) -> Option<Vec<Wanted>>,
) -> Option<Vec<Wanted>> {
    let keys = cursor.mapping()?;
    let tests = keys.optional("tests").and_then(|tests| tests.sequence()).unwrap_or_default();
    Some(tests.iter().filter_map(test).flatten().collect())
}

/// The area that is marked as the microphone's.
fn microphone(cursor: &Cursor<'_>) -> Option<String> {
    let areas = cursor.mapping()?.optional("areas")?.sequence()?;
    areas.iter().find_map(|area| {
        let keys = area.mapping()?;
        let is_here = keys.optional("context_area").and_then(|flag| flag.boolean());
        let name = keys.optional("name").and_then(|name| name.text());
        name.filter(|_| is_here == Some(true)).map(str::to_owned)
    })
}

/// A group of tests of one combination.
fn test_of(cursor: &Cursor<'_>, of: &Combination, area: &str) -> Option<Vec<Wanted>> {
    let keys = cursor.mapping()?;
    let sentences = keys.required("sentences").and_then(|all| all.texts())?;
    let mut slots = match keys.optional("slots").map(|slots| to_json(slots.node())) {
        Some(Value::Object(slots)) => slots,
        _ => Map::new(),
    };
    let area = Value::from(area);
    if !of.inferred.is_empty() {
        slots.insert("domain".to_owned(), Value::from(of.inferred.clone()));
    }
    if of.area_of_microphone {
        slots.insert("area".to_owned(), area.clone());
    }
    let given = Map::from_iter([("area".to_owned(), area)]);
    let wanted = |sentence: &str| Wanted {
        sentence: sentence.to_owned(),
        intent: of.intent.clone(),
        slots: slots.clone(),
        given: given.clone(),
        context: Map::new(),
        combination: Some(of.name.clone()),
    };
    Some(sentences.into_iter().map(wanted).collect())
}

fn test(cursor: &Cursor<'_>) -> Option<Vec<Wanted>> {
    let keys = cursor.mapping()?;
    let sentences = keys.required("sentences").and_then(|all| all.texts());
    let intent = keys.required("intent").and_then(|intent| intent.mapping())?;
    let name = intent.required("name").and_then(|name| name.text());
    let object = |key| match intent.optional(key).map(|of| to_json(of.node())) {
        Some(Value::Object(all)) => all,
        _ => Map::new(),
    };
    let (name, slots, context) = (name?, object("slots"), object("context"));
    let wanted = |sentence: &str| Wanted {
        sentence: sentence.to_owned(),
        intent: name.to_owned(),
        slots: slots.clone(),
        given: context.clone(),
        context: context.clone(),
        combination: None,
    };
    Some(sentences?.into_iter().map(wanted).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_wrong_with_an_intent_is_told() {
        let text = "language: en\ntests:\n- sentences: [lights on, light on]\n  intent:\n    name: TurnOn\n    slots: {domain: light, level: 55, class: [a, b]}\n    context: {area: Attic}\n";
        let expected = Expected::read(text).unwrap();
        assert_eq!(expected.wanted.len(), 2);
        let good = Intent {
            intent: "TurnOn".into(),
            slots: [("domain", json!("light")), ("level", json!(55.0)), ("class", json!("b"))]
                .map(|(name, value)| (name.to_owned(), value))
                .into_iter()
                .collect(),
            context: Map::from_iter([("area".to_owned(), json!("Attic"))]),
            template: "t".into(),
            response: None,
            combination: None,
        };
        let why = |found: Option<Intent>| expected.wanted[0].why_not(found.as_ref());
        assert_eq!(why(Some(good.clone())), None);
        for (change, expected) in [
            (json!({"level": 54}), "level = 54 was understood, not 55"),
            (json!({"class": "c"}), "class = \"c\" was understood, not [\"a\",\"b\"]"),
            (json!({"x": 1}), "x = 1 was understood beside"),
        ] {
            let mut found = good.clone();
            found.slots.extend(change.as_object().unwrap().clone());
            assert_eq!(why(Some(found)).as_deref(), Some(expected));
        }
        let mut found = good.clone();
        found.slots.remove("domain");
        assert_eq!(why(Some(found)).as_deref(), Some("domain is missing (t)"));
        let found = Intent { context: Map::new(), ..good.clone() };
        assert_eq!(why(Some(found)).as_deref(), Some("the context is {}"));
        let found = Intent { intent: "TurnOff".into(), ..good };
        assert_eq!(why(Some(found)).as_deref(), Some("TurnOff was understood (t)"));
        assert_eq!(why(None).as_deref(), Some("nothing was understood"));
        assert!(Expected::read("tests: [{sentences: [x]}]\n").is_err());
    }
}
