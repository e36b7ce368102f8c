//! The corpus of what people say (`tests/understanding/corpus`), held against the
//! sentences of the skills that ship.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jarvis_document::{Cursor, Notes};
use jarvis_domain::Language;
use jarvis_sentences::{Corpus, SentenceFile, Sentences, Source};

#[cfg(test)]
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The sentences of all skills, and their commands that interrupt something.
#[cfg(test)]
fn skills(language: Language) -> (Sentences, BTreeSet<String>) {
    let (mut sources, mut destructive) = (Vec::new(), BTreeSet::new());
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
            let risk = of.mapping().unwrap().required("risk").unwrap();
            if risk.text() == Some("destructive") {
                destructive.insert(format!("{name}.{command}"));
            }
        }
    }
    assert_eq!(sources.len(), 4);
    (Sentences::compile_in(language, sources), destructive)
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
    let (sentences, destructive) = skills(language);
    let report = corpus.judge(&sentences, |command| destructive.contains(&command.to_string()));
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
