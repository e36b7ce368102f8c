//! Home Assistant's sentences: what they would be understood as, and whether that
//! project's own tests pass. Neither a host nor a cluster takes part.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use jarvis_api::Recognized;
use jarvis_domain::{Explain, Fault, Row};
use jarvis_sentences::{Expected, Fixtures, Intent, Intents, SentenceFile};
use serde_json::{Map, json};

use crate::render::{Printer, Tone};

use super::Ended;

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
    let intents = load(folder, fixtures)?;
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
    let mut files = files(&tests)?;
    let fixtures = match files.remove(FIXTURES) {
        Some(text) => read(FIXTURES, &text, Fixtures::read)?,
        None => Fixtures::default(),
    };
    let known = files.remove(FAILURES).unwrap_or_default();
    let intents = load(&project.join("sentences").join(language), fixtures)?;
    let (mut passed, mut failed) = (0_usize, 0_usize);
    for (name, text) in files.iter().filter(|(name, _)| !name.starts_with(NOT_A_TEST)) {
        for wanted in read(name, text, Expected::read)?.wanted {
            let found = intents.recognize(&wanted.sentence, &wanted.context);
            // A sentence that the project knows to fail may do either.
            match wanted.why_not(found.as_ref()).filter(|_| !known.contains(&wanted.sentence)) {
                None => passed += 1,
                Some(why) => {
                    failed += 1;
                    show(name, &wanted.sentence, &wanted.intent, &why, printer);
                }
            }
        }
    }
    if printer.json {
        printer.json(&json!({ "passed": passed, "failed": failed }));
    } else {
        let tone = if failed == 0 { Tone::Good } else { Tone::Bad };
        printer.line(printer.tone(tone, format_args!("{passed} passed, {failed} failed")));
    }
    Ok(u8::from(failed > 0))
}

fn show(file: &str, sentence: &str, intent: &str, why: &str, printer: &Printer) {
    if printer.json {
        printer.json(&json!({ "file": file, "text": sentence, "intent": intent, "why": why }));
    } else {
        printer.line(format_args!("{file}: {sentence:?} is {intent}: {why}"));
    }
}

fn load(folder: &Path, fixtures: Fixtures) -> Result<Intents, HomeError> {
    let files: Vec<(String, String)> = files(folder)?.into_iter().collect();
    let file = SentenceFile::read_folder(&files, fixtures.lists()).map_err(|wrong| {
        let first = wrong.first().map(|(file, problems)| format!("{file}: {problems}"));
        HomeError::Mistakes { count: wrong.len(), first: first.unwrap_or_default() }
    })?;
    Ok(Intents::compile(&file))
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

/// The texts of a folder's `.yaml` files by name.
fn files(folder: &Path) -> Result<BTreeMap<String, String>, HomeError> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
        let path: PathBuf = entry.map_err(unreadable(folder))?.path();
        let is_yaml = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
        if let Some(name) = path.file_name().filter(|_| is_yaml && path.is_file()) {
            let text = std::fs::read_to_string(&path).map_err(unreadable(&path))?;
            files.insert(name.to_string_lossy().into_owned(), text);
        }
    }
    if files.is_empty() {
        return Err(HomeError::Empty { path: folder.display().to_string() });
    }
    Ok(files)
}

pub(super) fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> HomeError {
    let path = path.display().to_string();
    |source| HomeError::Unreadable { path, source }
}
