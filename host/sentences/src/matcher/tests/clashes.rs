//! The shipped skills side by side: each sentence that one of them lists is
//! understood as the command it stands under, whatever the others list.

use crate::normal::Heard;
use std::collections::BTreeSet;
use std::path::Path;

use super::*;

/// How many sentences are made from each template.
const EACH: usize = 40;

/// Every skill that ships, by its folder.
fn files(language: Language) -> Vec<(String, SentenceFile)> {
    let skills = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../skills");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(skills).unwrap() {
        let entry = entry.unwrap();
        let path = entry.path().join(format!("sentences/{language}.yaml"));
        if let Ok(text) = std::fs::read_to_string(path) {
            let file = SentenceFile::read(&text).unwrap_or_else(|problems| panic!("{problems}"));
            files.push((entry.file_name().into_string().unwrap(), file));
        }
    }
    assert!(files.len() >= 3, "{files:?}");
    files
}

#[test]
fn every_sentence_is_understood_as_its_own_command() {
    check(Language::English);
}

#[test]
fn every_german_sentence_is_understood_as_its_own_command() {
    check(Language::German);
}

#[test]
fn what_can_be_said_in_english_can_be_said_in_every_language() {
    let intents = |language| -> BTreeSet<String> {
        let of = |(skill, file): &(String, SentenceFile)| -> Vec<String> {
            file.blocks.iter().map(|block| format!("{skill}.{}", block.intent)).collect()
        };
        files(language).iter().flat_map(of).collect()
    };
    let english = intents(Language::English);
    assert!(english.len() >= 30, "{english:?}");
    for language in Language::ALL {
        assert_eq!(intents(language), english, "{language}");
    }
}

/// With the values that [`say`] puts in as they are said in `language`.
fn named(language: Language, said: String) -> String {
    const GERMAN: [(&str, &str); 4] = [
        ("node two", "knoten zwei"),
        ("one oh five", "eins null fünf"),
        ("virtual machines", "virtuelle maschinen"),
        ("containers", "container"),
    ];
    match language {
        Language::English => said,
        Language::German => {
            GERMAN.iter().fold(said, |said, (english, german)| said.replace(english, german))
        }
    }
}

fn check(language: Language) {
    let files = files(language);
    let source = |(skill, file): &(String, SentenceFile)| Source {
        skill: skill.parse().unwrap(),
        file: file.clone(),
    };
    let all = Sentences::compile_in(language, files.iter().map(source).collect());
    let names = Names::said_in(language, &snapshot(), &crate::Aliases::new());
    let mut state = 7_u64;
    let mut turn = |of: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % of
    };
    let mut wrong = BTreeSet::new();
    for (skill, file) in &files {
        for block in &file.blocks {
            for template in &block.sentences {
                for _ in 0..EACH {
                    let tree = file.resolved(block, &template.tree).unwrap();
                    let said = named(language, say(&tree, &mut turn));
                    let found = all.recognize(&said, &names);
                    let command = found.best().map(|found| found.command.to_string());
                    let own = format!("{skill}.{}", block.intent);
                    if command.as_ref() != Some(&own) {
                        let said = Heard::new(&said).text;
                        wrong.insert(format!("{own}: {said:?} is {command:?} ({})", template.text));
                    }
                }
            }
        }
    }
    let shown: Vec<&String> = wrong.iter().take(60).collect();
    assert!(wrong.is_empty(), "{} of them: {shown:#?}", wrong.len());
}
