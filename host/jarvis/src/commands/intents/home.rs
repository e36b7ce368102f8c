//! Home Assistant's sentences: what they would be understood as, and whether that
//! project's own tests pass. Neither a host nor a cluster takes part.

use std::path::Path;
use std::time::Instant;

use jarvis_api::Recognized;
use jarvis_domain::{Explain, Fault, Row};
use jarvis_sentences::{Expected, Fixtures, Intent, Intents, SentenceFile, Wanted};
use serde_json::{Map, json};

use crate::render::{Printer, Tone};

use super::Ended;
use super::layout::{Language, folders, texts};

/// Files that are no tests of sentences begin with this.
const NOT_A_TEST: &str = "_";
/// A name for each home that its tests know.
const FIXTURES: &str = "_fixtures.yaml";
/// Sentences that its tests know to fail.
const FAILURES: &str = "_test_failures.yaml";

/// Why a folder of sentences cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HomeError {
    /// It cannot be read.
    #[error("{path} cannot be read")]
    Unreadable {
        /// File or folder.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// There is no file of sentences in it.
    #[error("{path} holds no .yaml")]
    Empty {
        /// The folder.
        path: String,
    },
    /// Its files have mistakes.
    #[error("{count} of its files have mistakes: {first}")]
    Mistakes {
        /// How many.
        count: usize,
        /// The first, with all its mistakes.
        first: String,
    },
}

const UNREADABLE: Row = Row {
    code: "intents-unreadable",
    meaning: "A file or folder of sentences that was named cannot be read.",
    hint: "Name the folder that holds the .yaml files, and files that you may read.",
    exit: 2,
    status: 400,
};
const EMPTY: Row = Row {
    code: "intents-empty",
    meaning: "A folder that was named holds no sentences.",
    hint: "Name the folder of one language, like sentences/en; for tests, the one above both sentences and tests.",
    exit: 2,
    status: 400,
};
const MISTAKES: Row = Row {
    code: "intents-mistakes",
    meaning: "Files of sentences have mistakes, so that nothing is understood with them.",
    hint: "Correct the lines that are named.",
    exit: 2,
    status: 422,
};

/// This module's rows.
pub(crate) const ROWS: &[&Row] = &[&UNREADABLE, &EMPTY, &MISTAKES];

impl Explain for HomeError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Unreadable { .. } => &UNREADABLE,
            Self::Empty { .. } => &EMPTY,
            Self::Mistakes { .. } => &MISTAKES,
        }
    }
}

impl From<HomeError> for Box<Fault> {
    fn from(error: HomeError) -> Self {
        Self::new(Fault::from(&error))
    }
}

/// Prints what each of `said` means with the sentences of `folder`.
pub(super) fn recognize(
    folder: &Path,
    fixtures: Option<&Path>,
    said: &[String],
    printer: &Printer,
) -> Ended {
    let fixtures = fixtures.map(self::fixtures).transpose()?.unwrap_or_default();
    let intents = Intents::compile(&sentence_file(&Language::read(folder)?, fixtures)?);
    let mut all = true;
    for text in said {
        let began = Instant::now();
        let found = intents.recognize(text, &Map::new());
        let took = began.elapsed().as_secs_f64() * 1e6;
        all &= found.is_some();
        let one = recognized(text, found, took);
        if printer.json { printer.json(&one) } else { super::show(&one, printer) }
    }
    Ok(if all { 0 } else { 3 })
}

fn recognized(text: &str, found: Option<Intent>, took_us: f64) -> Recognized {
    let us = (took_us * 10.0).round() / 10.0;
    let (intent, slots, template, why) = match found {
        Some(found) => (Some(found.intent), found.slots, Some(found.template), None),
        None => (None, Map::new(), None, Some("no sentence fits".to_owned())),
    };
    Recognized { text: text.to_owned(), intent, slots, template, us, why }
}

/// Runs the tests of `project`, that has `sentences/<language>` and `tests/<language>`.
pub(super) fn test(project: &Path, language: &str, printer: &Printer) -> Ended {
    let tests = project.join("tests").join(language);
    let mut files = texts(&tests)?;
    let folders = folders(&tests)?;
    if files.is_empty() && folders.is_empty() {
        return Err(HomeError::Empty { path: tests.display().to_string() }.into());
    }
    let fixtures = match files.remove(FIXTURES) {
        Some(text) => read(FIXTURES, &text, Fixtures::read)?,
        None => Fixtures::default(),
    };
    let known = files.remove(FAILURES).unwrap_or_default();
    let sentences = Language::read(&project.join("sentences").join(language))?;
    let file = sentence_file(&sentences, fixtures)?;
    let mut tally = Tally { passed: 0, failed: 0, printer };
    let intents = Intents::compile(&file);
    for (name, text) in files.iter().filter(|(name, _)| !name.starts_with(NOT_A_TEST)) {
        for wanted in read(name, text, Expected::read)?.wanted {
            // A sentence that the project knows to fail may do either.
            tally.judge(name, &wanted, &intents, known.contains(&wanted.sentence));
        }
    }
    for (intent, folder) in folders {
        for (name, text) in texts(&folder)? {
            let Some(of) = sentences.combination(&intent, &name) else { continue };
            let name = format!("{intent}/{name}");
            // Each of these has a home of its own.
            let home = read(&name, &text, Fixtures::read)?;
            let expected = read(&name, &text, |text| Expected::read_of(text, of))?;
            let mut file = file.clone();
            file.lists.extend(home.lists());
            let intents = Intents::compile(&file);
            for wanted in expected.wanted {
                tally.judge(&name, &wanted, &intents, false);
            }
        }
    }
    let Tally { passed, failed, .. } = tally;
    if printer.json {
        printer.json(&json!({ "passed": passed, "failed": failed }));
    } else {
        let tone = if failed == 0 { Tone::Good } else { Tone::Bad };
        printer.line(printer.tone(tone, format_args!("{passed} passed, {failed} failed")));
    }
    Ok(u8::from(failed > 0))
}

/// How tests ended so far.
struct Tally<'p> {
    passed: usize,
    failed: usize,
    printer: &'p Printer,
}

impl Tally<'_> {
    /// Counts one, and shows it where it failed.
    fn judge(&mut self, file: &str, wanted: &Wanted, intents: &Intents, may_fail: bool) {
        let found = intents.recognize(&wanted.sentence, &wanted.given);
        match wanted.why_not(found.as_ref()).filter(|_| !may_fail) {
            None => self.passed += 1,
            Some(why) => {
                self.failed += 1;
                show(file, &wanted.sentence, &wanted.intent, &why, self.printer);
            }
        }
    }
}

fn show(file: &str, sentence: &str, intent: &str, why: &str, printer: &Printer) {
    if printer.json {
        printer.json(&json!({ "file": file, "text": sentence, "intent": intent, "why": why }));
    } else {
        printer.line(format_args!("{file}: {sentence:?} is {intent}: {why}"));
    }
}

fn sentence_file(language: &Language, fixtures: Fixtures) -> Result<SentenceFile, HomeError> {
    SentenceFile::read_files(&language.files, fixtures.lists()).map_err(|wrong| {
        let first = wrong.first().map(|(file, problems)| format!("{file}: {problems}"));
        HomeError::Mistakes { count: wrong.len(), first: first.unwrap_or_default() }
    })
}

fn fixtures(path: &Path) -> Result<Fixtures, HomeError> {
    file(path, Fixtures::read)
}

/// What a file holds, read by `of`.
pub(super) fn file<T, E: std::fmt::Display>(
    path: &Path,
    of: impl Fn(&str) -> Result<T, E>,
) -> Result<T, HomeError> {
    let text = std::fs::read_to_string(path).map_err(unreadable(path))?;
    read(&path.display().to_string(), &text, of)
}

fn read<T, E: std::fmt::Display>(
    name: &str,
    text: &str,
    read: impl Fn(&str) -> Result<T, E>,
) -> Result<T, HomeError> {
    read(text)
        .map_err(|problems| HomeError::Mistakes { count: 1, first: format!("{name}: {problems}") })
}

pub(super) fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> HomeError {
    let path = path.display().to_string();
    |source| HomeError::Unreadable { path, source }
}
