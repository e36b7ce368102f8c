//! The corpus of what people say (`tests/understanding/corpus`), held against the
//! sentences of the skills that ship.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jarvis_document::{Cursor, Keys, Notes};
use jarvis_domain::{Language, Risk};
use jarvis_sentences::{Corpus, SentenceFile, Sentences, Source, Traits};

#[cfg(test)]
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The sentences of all skills, and what their commands are.
#[cfg(test)]
fn skills(language: Language) -> (Sentences, BTreeMap<String, Traits>) {
    let (mut sources, mut all) = (Vec::new(), BTreeMap::new());
    for entry in std::fs::read_dir(root().join("skills")).unwrap() {
        let path = entry.unwrap().path();
        let Ok(text) = std::fs::read_to_string(path.join(format!("sentences/{language}.yaml")))
        else {
            continue;
        };
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let file = SentenceFile::read(&text).unwrap();
        sources.push(Source { skill: name.parse().unwrap(), file });
        let manifest = std::fs::read_to_string(path.join("skill.yaml")).unwrap();
        let (tree, notes) = (jarvis_document::parse(&manifest).unwrap(), Notes::default());
        let keys = Cursor::root(&tree, &notes).mapping().unwrap();
        for (command, of) in keys.required("commands").unwrap().mapping().unwrap().entries() {
            let keys = of.mapping().unwrap();
            let risk = match keys.required("risk").unwrap().text().unwrap() {
                "destructive" => Risk::Destructive,
                "change" => Risk::Change,
                "read" => Risk::Read,
                other => panic!("{other}"),
            };
            let parameters = keys.optional("parameters").and_then(|all| all.mapping());
            let required = parameters.iter().flat_map(|all| all.entries());
            let required = required.filter(|(_, one)| is_required(&one.mapping().unwrap()));
            let required = required.map(|(slot, _)| slot.to_owned()).collect();
            all.insert(format!("{name}.{command}"), Traits { risk, required });
        }
    }
    assert_eq!(sources.len(), 4);
    (Sentences::compile_in(language, sources), all)
}

/// Whether a command cannot run without this parameter.
#[cfg(test)]
fn is_required(keys: &Keys<'_>) -> bool {
    let optional = keys.optional("optional").and_then(|cursor| cursor.boolean());
    !optional.unwrap_or_default() && keys.optional("default").is_none()
}

#[test]
fn what_people_say_comes_out_right() {
    check(Language::English, 400);
}

#[test]
fn what_people_say_in_german_comes_out_right() {
    check(Language::German, 120);
}

#[cfg(test)]
fn check(language: Language, least: usize) {
    let path = root().join(format!("tests/understanding/corpus/{language}.txt"));
    let corpus = Corpus::read(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(corpus.language, language);
    assert!(corpus.lines.len() >= least, "{}", corpus.lines.len());
    let (sentences, all) = skills(language);
    let report = corpus.judge(&sentences, |command| &all[&command.to_string()]);
    let faults: Vec<String> = report
        .faults
        .iter()
        .map(|fault| {
            let harm = if fault.is_harmful { " HARMFUL" } else { "" };
            let (line, found) = (&fault.line, &fault.found);
            format!(
                "{} {}: {:?} is {found}, not {}{harm}",
                line.speech, line.number, line.words, line.wanted
            )
        })
        .collect();
    println!("{}", faults.join("\n"));
    for score in &report.scores {
        println!("{score:?}: {:.1} %", score.percent());
        assert!(score.is_held(), "{score:?}");
    }
}
