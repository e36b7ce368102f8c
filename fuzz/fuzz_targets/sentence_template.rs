//! Templates of sentences. The first line is a template; the rest is what is
//! said, or, after `---`, a whole file of sentences.
#![no_main]

use jarvis_sentences::{Names, Recognition, SentenceFile, Sentences, Source};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some(file) = text.strip_prefix("---\n") {
        if let Ok(file) = SentenceFile::read(file) {
            bounded(&file);
            compiled(file, "start the web server");
        }
        return;
    }
    let (template, said) = text.split_once('\n').unwrap_or((text, "start"));
    let written = around(template);
    let Ok(file) = SentenceFile::read(&written) else { return };
    bounded(&file);
    let read = &file.blocks[0].sentences[0];
    assert_eq!(read.text, template, "a template is what was written");
    let again = SentenceFile::read(&around(&read.text)).expect("it is read again");
    assert_eq!(again, file, "reading is one function");
    let plain = !template.contains(['{', '<']);
    let Some(example) = compiled(file.clone(), said) else { return };
    if plain && !template.contains('\\') {
        let sentences = compile(file);
        let heard = sentences.recognize(&example, &Names::default());
        let understood = matches!(heard, Recognition::Matched { .. });
        let counts = example.chars().any(char::is_alphanumeric) && example.len() < 200;
        assert!(understood || !counts, "{template:?} does not understand its example {example:?}");
    }
});

/// A file with `template` as its only sentence, and something of each kind to
/// refer to. A JSON string is one in YAML.
fn around(template: &str) -> String {
    let quoted = serde_json::to_string(template).expect("a text is written");
    format!(
        "language: en\nskip_words: []\nintents:\n  start:\n    data:\n      - sentences: [{quoted}]\n\
         expansion_rules:\n  r: '(one|two) [three]'\nlists:\n  number: {{range: {{from: 1, to: 9}}}}\n  \
         any: {{wildcard: true}}\n"
    )
}

fn bounded(file: &SentenceFile) {
    for sentence in file.blocks.iter().flat_map(|block| &block.sentences) {
        let length = sentence.text.chars().count();
        assert!(length <= 2000);
        let mut parts = 0;
        sentence.tree.walk(&mut |_| parts += 1);
        assert!(parts <= 3 * length + 3, "{parts} parts of {length} characters");
    }
}

fn compile(file: SentenceFile) -> Sentences {
    let skill = "fuzz".parse().expect("a skill's id");
    Sentences::compile(vec![Source { skill, file }])
}

/// Compiles and listens; hands back an example of what can be said.
fn compiled(file: SentenceFile, said: &str) -> Option<String> {
    let written: usize = file.blocks.iter().map(|block| block.sentences.len()).sum();
    let sentences = compile(file);
    assert!(sentences.len() <= written, "a template is compiled once");
    let names = Names::default();
    let heard = sentences.recognize(said, &names);
    assert_eq!(sentences.recognize(said, &names), heard, "hearing is one function");
    if let Recognition::Matched { matches } = &heard {
        assert!((1..=16).contains(&matches.len()));
    }
    sentences.examples(&names, 1).into_iter().next()
}
