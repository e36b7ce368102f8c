//! What is read of Home Assistant's project, and a corpus: a file of sentences, fixtures
//! and what is said, with a line `===` between each; else tests, or a corpus.
#![no_main]

use jarvis_domain::Risk;
use jarvis_sentences::{
    Combination, Combinations, Corpus, Expected, Fixtures, Intents, SentenceFile, Sentences, Traits,
};
use libfuzzer_sys::fuzz_target;
use serde_json::Map;

fuzz_target!(|text: &str| {
    let mut parts = text.splitn(3, "\n===\n");
    let (Some(sentences), Some(fixtures), Some(said)) = (parts.next(), parts.next(), parts.next())
    else {
        let _ = Expected::read(text);
        let _ = Expected::read_of(text, &Combination::default());
        let _ = Combinations::read(text);
        if let Ok(corpus) = Corpus::read(text) {
            let traits = Traits { risk: Risk::Change, required: Vec::new() };
            let report = corpus.judge(&Sentences::default(), |_| &traits);
            let lines: usize = report.scores.iter().map(|score| score.lines).sum();
            assert_eq!(lines, corpus.lines.len(), "each line is judged once");
        }
        return;
    };
    let Ok(fixtures) = Fixtures::read(fixtures) else { return };
    let files = [("a.yaml".to_owned(), sentences.to_owned())];
    let Ok(file) = SentenceFile::read_folder(&files, fixtures.lists()) else { return };
    let intents = Intents::compile(&file);
    let found = intents.recognize(said, &Map::new());
    assert_eq!(intents.recognize(said, &Map::new()), found, "hearing is one function");
    if let Some(found) = found {
        assert!(file.blocks.iter().any(|block| block.intent == found.intent));
    }
});
