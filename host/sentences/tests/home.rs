//! Home Assistant's sentences in the layout of that project
//! (`tests/understanding/project`), whose tests were compared with hassil 3.12.1: what
//! differs there is wider on purpose, and named below.

use std::collections::BTreeMap;
use std::path::Path;

use jarvis_sentences::{Expected, Fixtures, Intents, SentenceFile};
use serde_json::{Map, Value, json};

#[cfg(test)]
fn files(folder: &str) -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/understanding/project");
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read_to_string(path).unwrap())
    };
    std::fs::read_dir(root.join(folder)).unwrap().map(read).collect()
}

#[cfg(test)]
fn intents() -> Intents {
    let fixtures = Fixtures::read(&files("tests/en")["_fixtures.yaml"]).unwrap();
    let parts: Vec<_> = files("sentences/en").into_iter().collect();
    let file = SentenceFile::read_folder(&parts, fixtures.lists());
    Intents::compile(&file.unwrap_or_else(|wrong| panic!("{wrong:?}")))
}

#[test]
fn the_tests_of_a_project_pass() {
    let intents = intents();
    let mut passed = 0;
    for (name, text) in files("tests/en").iter().filter(|(name, _)| !name.starts_with('_')) {
        for wanted in Expected::read(text).unwrap().wanted {
            let found = intents.recognize(&wanted.sentence, &wanted.given);
            assert_eq!(wanted.why_not(found.as_ref()), None, "{name}: {}", wanted.sentence);
            passed += 1;
        }
    }
    assert_eq!(passed, 20);
}

#[test]
fn what_hassil_refuses_is_refused_and_what_is_better_on_purpose_is_not() {
    let intents = intents();
    let meant = |said: &str| {
        let found = intents.recognize(said, &Map::new());
        found.map_or(Value::Null, |found| json!([found.intent, found.slots]))
    };
    for said in [
        // Of a list's value, or of the caller: the context forbids it.
        "open the front door",
        "turn on garage",
        "turn on the lights",
        // Out of the range, or not on its step.
        "set heating to 40",
        "make it 7",
        // Nothing for the wildcard.
        "play",
        "",
    ] {
        assert_eq!(meant(said), Value::Null, "{said:?}");
    }
    for (said, expected) in [
        // The last whole number of a list of halves has its half too.
        ("set the heating to 30.5", json!(["HassClimateSetTemperature", { "degrees": 30.5 }])),
        ("make it 5", json!(["HassLightSet", { "level": 5 }])),
        ("set desk to one oh oh", json!(["HassLightSet", { "name": "Desk", "brightness": 100 }])),
        ("turn the Wi Fi on", json!(["HassTurnOn", { "name": "Wi-Fi" }])),
    ] {
        assert_eq!(meant(said), expected, "{said:?}");
    }
    assert_eq!(meant(&"turn ".repeat(500)), Value::Null);
}

#[test]
fn files_of_a_folder_name_each_others_rules_and_lists_and_mistakes_their_file() {
    let part = |name: &str, text: &str| (name.to_owned(), format!("language: en\n{text}"));
    let uses = part("a.yaml", "intents: {A: {data: [{sentences: ['<go> {to}']}]}}\n");
    let has = part("b.yaml", "expansion_rules: {go: 'go'}\nlists: {to: {values: [up]}}\n");
    assert!(SentenceFile::read_folder(&[uses.clone(), has], BTreeMap::new()).is_ok());
    let wrong = SentenceFile::read_folder(&[uses], BTreeMap::new()).unwrap_err();
    assert_eq!(wrong.len(), 1);
    assert_eq!(wrong[0].0, "a.yaml");
    let shown = wrong[0].1.to_string();
    assert!(shown.contains("no rule <go>") && shown.contains("no list {to}"), "{shown}");
}
