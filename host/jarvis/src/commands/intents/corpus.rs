//! `jarvis intents corpus`: how much of a corpus the skills' sentences understand.

use std::collections::BTreeMap;
use std::path::Path;

use jarvis_domain::{CommandName, Language, Risk};
use jarvis_sentences::{Corpus, Fault, Score, SentenceFile, Sentences, Source, Traits};
use jarvis_skill_host::manifest::Manifest;
use serde_json::json;

use super::Ended;
use super::home::{HomeError, file, unreadable};
use crate::render::{Printer, Tone};

/// Judges a corpus by the skills in `folder`.
pub(super) fn run(corpus: &Path, folder: &Path, printer: &Printer) -> Ended {
    let corpus = file(corpus, Corpus::read)?;
    let (sentences, traits) = skills(folder, corpus.language)?;
    let unknown = Traits { risk: Risk::Destructive, required: Vec::new() };
    let report = corpus.judge(&sentences, |command| traits.get(command).unwrap_or(&unknown));
    for fault in &report.faults {
        show(fault, printer);
    }
    if printer.json {
        let rows = report.scores.iter().map(|score| {
            json!({
                "speech": score.speech, "lines": score.lines, "right": score.right,
                "asked": score.asked, "harmful": score.harmful, "percent": score.percent(),
                "least": score.speech.least(), "held": score.is_held(),
            })
        });
        printer.json(&rows.collect::<Vec<_>>());
    } else {
        let heading = ["speech", "lines", "right", "asked", "harmful", "percent", "at least"];
        printer.table(heading, report.scores.iter().map(|score| row(score, printer)));
    }
    Ok(u8::from(!report.scores.iter().all(Score::is_held)))
}

fn row(score: &Score, printer: &Printer) -> [String; 7] {
    let tone = if score.is_held() { Tone::Good } else { Tone::Bad };
    [
        score.speech.to_string(),
        score.lines.to_string(),
        score.right.to_string(),
        score.asked.to_string(),
        score.harmful.to_string(),
        printer.tone(tone, format_args!("{:.1} %", score.percent())),
        format!("{:.0} %", score.speech.least()),
    ]
}

fn show(fault: &Fault, printer: &Printer) {
    let line = &fault.line;
    if printer.json {
        printer.json(&json!({
            "line": line.number, "speech": line.speech, "text": line.words,
            "found": fault.found.to_string(), "wanted": line.wanted.to_string(),
            "harmful": fault.is_harmful,
        }));
    } else {
        let harm =
            if fault.is_harmful { printer.tone(Tone::Bad, " harmful") } else { String::new() };
        printer.line(format_args!(
            "line {}: {:?} is {}, not {}{harm}",
            line.number, line.words, fault.found, line.wanted
        ));
    }
}

/// The sentences in `language` of the skills in `folder`, built or not, and what their commands
/// are.
fn skills(
    folder: &Path,
    language: Language,
) -> Result<(Sentences, BTreeMap<CommandName, Traits>), HomeError> {
    let (mut sources, mut traits) = (Vec::new(), BTreeMap::new());
    for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        let sentences = path.join(format!("sentences/{language}.yaml"));
        let manifest = path.join("skill.yaml");
        if !manifest.is_file() || !sentences.is_file() {
            continue;
        }
        let manifest: Manifest = file(&manifest, Manifest::read)?;
        let skill = manifest.id.clone();
        sources.push(Source { skill, file: file(&sentences, SentenceFile::read)? });
        for (name, command) in manifest.commands {
            let required = command.parameters.iter().filter(|one| one.required);
            let required = required.map(|one| one.name.clone()).collect();
            let name = CommandName { skill: manifest.id.clone(), command: name };
            traits.insert(name, Traits { risk: command.risk, required });
        }
    }
    if sources.is_empty() {
        return Err(HomeError::Empty { path: folder.display().to_string() });
    }
    Ok((Sentences::compile_in(language, sources), traits))
}
