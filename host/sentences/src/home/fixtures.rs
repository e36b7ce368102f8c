//! What a home has, from a `_fixtures.yaml` of Home Assistant's tests: areas, floors and
//! entities by name. A name may be a template; each of its forms is a name then.

use std::collections::BTreeMap;

use jarvis_document::{Cursor, Notes, Problems, to_json};
use serde_json::{Map, Value};

use crate::file::{ListSource, TextValue};
use crate::template::{forms, parse_as_written};

/// The most forms of one name.
const MAX_FORMS: usize = 512;

/// The names of a home.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fixtures {
    areas: Vec<TextValue>,
    floors: Vec<TextValue>,
    entities: Vec<TextValue>,
}

impl Fixtures {
    /// Reads the file; all its mistakes otherwise. What is no name is not looked at.
    pub fn read(text: &str) -> Result<Self, Problems> {
        let tree = jarvis_document::parse(text)?;
        let notes = Notes::default();
        let fixtures = root(&Cursor::root(&tree, &notes));
        notes.finish(fixtures)
    }

    /// The lists that templates know them by: `{area}`, `{floor}` and `{name}`.
    #[must_use]
    pub fn lists(self) -> BTreeMap<String, ListSource> {
        let lists = [("area", self.areas), ("floor", self.floors), ("name", self.entities)];
        lists.map(|(name, values)| (name.to_owned(), ListSource::Values(values))).into()
    }
}

fn root(cursor: &Cursor<'_>) -> Option<Fixtures> {
    let keys = cursor.mapping()?;
    let read = |key: &'static str, context: fn(&Cursor<'_>) -> Option<Map<String, Value>>| {
        let list = keys.optional(key).and_then(|list| list.sequence()).unwrap_or_default();
        list.iter().flat_map(|thing| named(thing, context)).collect()
    };
    Some(Fixtures {
        areas: read("areas", |_| Some(Map::new())),
        floors: read("floors", |_| Some(Map::new())),
        entities: read("entities", entity),
    })
}

/// The names of one thing.
fn named(
    cursor: &Cursor<'_>,
    context: impl Fn(&Cursor<'_>) -> Option<Map<String, Value>>,
) -> Vec<TextValue> {
    let Some(keys) = cursor.mapping() else { return Vec::new() };
    let Some(name) = keys.required("name") else { return Vec::new() };
    let (Some(text), Some(context)) = (name.text(), context(cursor)) else { return Vec::new() };
    let is_template = text.contains(|c| "(){}<>[]|@".contains(c));
    let all = if is_template { said(&name, text) } else { vec![text.trim().to_owned()] };
    all.into_iter().map(|name| TextValue::plain(&name, context.clone())).collect()
}

/// Each form of a name that is a template, as it is written.
fn said(cursor: &Cursor<'_>, text: &str) -> Vec<String> {
    match parse_as_written(text) {
        Ok(tree) => match forms(&tree, MAX_FORMS) {
            Some(forms) => forms
                .iter()
                .map(|form| form.split_whitespace().collect::<Vec<_>>().join(" "))
                .collect(),
            None => {
                cursor.problem(format!("a name stands for at most {MAX_FORMS} texts"));
                Vec::new()
            }
        },
        Err(mistakes) => {
            mistakes.iter().for_each(|mistake| cursor.problem(mistake.to_string()));
            Vec::new()
        }
    }
}

/// An entity's domain, and its attributes. The newer layout has the domain alone, and
/// matches by nothing else.
fn entity(cursor: &Cursor<'_>) -> Option<Map<String, Value>> {
    let keys = cursor.mapping()?;
    if let Some(domain) = keys.optional("domain") {
        return Some(Map::from_iter([("domain".to_owned(), Value::from(domain.text()?))]));
    }
    let id = keys.required("id")?.text()?;
    let domain = id.split('.').next().unwrap_or_default();
    let mut context = Map::from_iter([("domain".to_owned(), Value::from(domain))]);
    if let Some(attributes) = keys.optional("attributes").and_then(|all| all.mapping()) {
        let all = attributes.entries();
        context.extend(all.map(|(name, value)| (name.to_owned(), to_json(value.node()))));
    }
    Some(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_a_template_is_several_names() {
        let text = "areas: [{name: Attic, id: a}]\nentities:\n- {name: 'desk light[s]', id: light.desk, attributes: {device_class: lamp}}\n";
        let lists = Fixtures::read(text).unwrap().lists();
        let Some(ListSource::Values(names)) = lists.get("name") else { panic!("{lists:?}") };
        let outs: Vec<&Value> = names.iter().filter_map(|name| name.out.as_ref()).collect();
        assert_eq!(outs, ["desk lights", "desk light"]);
        let Some(context) = names.first().map(|name| &name.context) else { panic!("no name") };
        assert_eq!(
            Value::Object(context.clone()).to_string(),
            r#"{"device_class":"lamp","domain":"light"}"#
        );
        let newer = Fixtures::read("entities: [{name: x, domain: fan, attributes: {a: 1}}]\n");
        let lists = newer.unwrap().lists();
        let Some(ListSource::Values(names)) = lists.get("name") else { panic!("{lists:?}") };
        assert_eq!(Value::Object(names[0].context.clone()).to_string(), r#"{"domain":"fan"}"#);
        assert!(Fixtures::read("entities: [{name: x}]\n").unwrap_err().to_string().contains("id"));
    }
}
