//! Which timer or command somebody speaks of: "the pizza timer", "the ten
//! minute timer", "the shutdown of the media server".

use std::time::Duration;

use jarvis_domain::invocation::{Choice, ChoiceOption};
use jarvis_domain::schedule::{Errand, Scheduled};
use jarvis_domain::{Language, say};
use jarvis_sentences::spell;

use super::when::{When, span};
use super::{TimerError, lasts};

/// Words that tell nothing apart.
const EMPTY: &[&str] = &[
    "the", "a", "an", "my", "of", "for", "at", "in", "on", "to", "that", "vm",
    // German.
    "der", "die", "das", "den", "dem", "des", "ein", "einen", "mein", "meinen", "von", "auf", "für",
];
/// The most that is offered where several fit.
const OFFERED: usize = 8;

/// The one of `all` that `words` mean, or its id, looked for by somebody at `place`.
pub(super) fn which<'a>(
    words: &str,
    all: &'a [Scheduled],
    place: Option<&str>,
) -> Result<&'a Scheduled, TimerError> {
    if let Ok(id) = words.parse() {
        return all.iter().find(|one| one.id == id).ok_or(TimerError::Unknown);
    }
    let tokens = tokens(words);
    let fit: Vec<&Scheduled> = all.iter().filter(|one| fits(&tokens, one)).collect();
    let here = || fit.iter().filter(|one| place.is_some() && one.place.as_deref() == place);
    match (fit.as_slice(), here().count()) {
        ([], _) => Err(TimerError::Unknown),
        ([one], _) => Ok(*one),
        (_, 1) => here().next().copied().ok_or(TimerError::Unknown),
        (several, _) => {
            let several = several.iter().copied().cloned().collect();
            Err(TimerError::Several { several })
        }
    }
}

/// The question which of `several` is meant, numbered, since no timer has a number.
pub(super) fn question(several: &[Scheduled], when: &When, language: Language) -> Choice {
    let titles: Vec<String> = several.iter().map(title).collect();
    let label = |(one, title): (&Scheduled, &String)| {
        // Of two that are called the same, the time tells.
        let is_alone = titles.iter().filter(|other| *other == title).count() == 1;
        let due = || when.clock(one.due, language);
        if is_alone { title.clone() } else { format!("{title}, {}", due()) }
    };
    let options = several.iter().zip(&titles).take(OFFERED);
    let options: Vec<ChoiceOption> = options
        .map(|pair| ChoiceOption { value: pair.0.id.to_string().into(), label: label(pair) })
        .collect();
    let numbered = options.iter().zip(1..).map(|(one, number)| format!("{number}, {}", one.label));
    let list = numbered.collect::<Vec<_>>().join("; ");
    let fit = several.len();
    let text = match fit > OFFERED {
        false => say!(language, en: "Which one: {list}?", de: "Was davon ist gemeint: {list}?"),
        true => say!(
            language,
            en: "{fit} fit; the first are {list}. Which one?",
            de: "{fit} passen; die ersten sind {list}. Was davon ist gemeint?",
        ),
    };
    Choice { parameter: "which".to_owned(), text, options }
}

/// What tells one from the others: `the 10 minutes timer`.
pub(super) fn title(one: &Scheduled) -> String {
    match &one.errand {
        Errand::Timer { name: None } => {
            let lasts = span(lasts(one), one.language);
            say!(one.language, en: "the timer of {lasts}", de: "der Timer von {lasts}")
        }
        _ => one.called(),
    }
}

fn fits(tokens: &[String], one: &Scheduled) -> bool {
    let said = match &one.errand {
        Errand::Timer { name } => {
            let length = length(lasts(one));
            let german = span(lasts(one), Language::German);
            let name = name.as_deref().unwrap_or_default();
            // Behind the name, so that "Teetimer" is found as well as "the tea timer".
            squashed(&format!("{name} timer {length} {german} timer alarm wecker eieruhr"))
        }
        Errand::Command(later) => {
            let words = later.invocation.words.as_deref().unwrap_or_default();
            squashed(&format!("{} {words} {}", later.what, later.invocation.command))
        }
    };
    tokens.iter().all(|token| said.contains(token.as_str()))
}

/// How long a timer was set for, in figures and in words.
fn length(lasts: Duration) -> String {
    let figures = span(lasts, Language::English);
    let in_words = figures.split(' ').map(|word| match word.parse() {
        Ok(number) => spell(number),
        Err(_) => word.to_owned(),
    });
    let in_words: Vec<String> = in_words.collect();
    format!("{figures} {}", in_words.join(" "))
}

/// The words that tell something, in small letters.
fn tokens(words: &str) -> Vec<String> {
    let all = words.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    let telling = all.filter(|word| !word.is_empty() && !EMPTY.contains(&word.as_str()));
    // "ten minutes" and "ten minute timer" are the same length.
    telling.map(|word| word.strip_suffix("s").unwrap_or(&word).to_owned()).collect()
}

/// Letters and digits alone, so that "media server" is in "mediaserver".
fn squashed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
