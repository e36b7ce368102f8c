//! One kind's names by their keys.

use std::collections::HashMap;

use jarvis_domain::Language;

use super::Fit;
use super::grams::Grams;
use super::{key, sound};

/// More things than this under one part of a name are not told apart; it is
/// enough to know that it is ambiguous.
const MAX_UNDER_KEY: usize = 64;

/// The names of one kind.
#[derive(Debug, Clone, Default)]
pub(super) struct Entries {
    /// In which they are said.
    language: Language,
    keys: HashMap<Box<str>, (Fit, Vec<u32>)>,
    grams: Grams,
    /// By how they sound.
    sounds: HashMap<Box<str>, Vec<u32>>,
    /// How a person is told of each.
    shown: Vec<String>,
}

impl Entries {
    /// None yet, to be said in `language`.
    pub(super) fn new(language: Language) -> Self {
        Self { language, ..Self::default() }
    }

    /// Adds a thing called `name`; its index is the number of things before it.
    pub(super) fn add(&mut self, name: &str, shown: String, kind: super::Kind) {
        let index = u32::try_from(self.shown.len()).unwrap_or(u32::MAX);
        self.shown.push(shown);
        let words = key::words(name);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut text = String::new();
        key::compact(&words, &mut text);
        if text.is_empty() {
            return;
        }
        self.grams.add(index, &text);
        self.put(&text, Fit::Exact, index);
        key::counted(&words, self.language, &mut text);
        self.put(&text, Fit::Number, index);
        self.put_sound(&text, index);

        let plain = words.iter().rposition(|word| !is_number(word)).map_or(0, |last| last + 1);
        let label = name.split_once('.').map_or(0, |(label, _)| key::words(label).len());
        key::compact(words.get(..plain).unwrap_or_default(), &mut text);
        self.put_sound(&text, index);
        for short in [plain, label] {
            self.put_words(words.get(..short).unwrap_or_default(), Fit::Short, index, kind);
        }
        for from in 0..words.len() {
            for to in from + 1..=words.len() {
                self.put_words(words.get(from..to).unwrap_or_default(), Fit::Part, index, kind);
            }
        }
    }

    /// Adds another name of the thing at `index`.
    pub(super) fn alias(&mut self, name: &str, index: u32, kind: super::Kind) {
        let words = key::words(name);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        // "The dashboard" is said without its article too.
        let words = key::without_nouns(&words, kind, self.language);
        let mut text = String::new();
        key::compact(words, &mut text);
        if !text.is_empty() {
            self.grams.add(index, &text);
            self.put(&text, Fit::Alias, index);
            key::counted(words, self.language, &mut text);
            self.put(&text, Fit::Alias, index);
            self.put_sound(&text, index);
        }
    }

    fn put_sound(&mut self, text: &str, index: u32) {
        if let Some(sound) = sound::key(text) {
            let found = self.sounds.entry(sound.into()).or_default();
            if found.len() < MAX_UNDER_KEY && found.last() != Some(&index) {
                found.push(index);
            }
        }
    }

    /// What sounds like all of `words`, or is called so in another language.
    pub(super) fn sounding(&self, words: &[&str]) -> Option<Vec<u32>> {
        let mut text = String::with_capacity(64);
        key::counted(words, self.language, &mut text);
        let sounding = sound::key(&text).and_then(|key| self.sounds.get(key.as_str()).cloned());
        sounding.or_else(|| {
            let meant = crate::words::of(self.language).in_english(words)?;
            self.find(&meant).map(|(_, found)| found)
        })
    }

    /// Adds a part of a name, unless it says nothing.
    fn put_words(&mut self, words: &[&str], fit: Fit, index: u32, kind: super::Kind) {
        let mut text = String::new();
        key::compact(words, &mut text);
        let says_nothing = words.iter().all(|word| {
            is_number(word)
                || key::is_noun(word, kind, self.language)
                || crate::words::of(self.language).is_pronoun(word)
        });
        if text.chars().count() >= 2 && !says_nothing {
            self.put(&text, fit, index);
        }
    }

    fn put(&mut self, key: &str, fit: Fit, index: u32) {
        match self.keys.get_mut(key) {
            None => {
                self.keys.insert(key.into(), (fit, vec![index]));
            }
            Some((best, found)) if fit < *best => {
                *best = fit;
                *found = vec![index];
            }
            Some((best, found)) => {
                if fit == *best && found.len() < MAX_UNDER_KEY && found.last() != Some(&index) {
                    found.push(index);
                }
            }
        }
    }

    /// What all of `words` name.
    pub(super) fn find(&self, words: &[&str]) -> Option<(Fit, Vec<u32>)> {
        let mut text = String::with_capacity(64);
        key::compact(words, &mut text);
        let direct = self.keys.get(text.as_str());
        if let Some((Fit::Exact, found)) = direct {
            return Some((Fit::Exact, found.clone()));
        }
        key::counted(words, self.language, &mut text);
        let counted =
            self.keys.get(text.as_str()).map(|(fit, found)| (*fit.max(&Fit::Number), found));
        let direct = direct.map(|(fit, found)| (*fit, found));
        let (fit, found) = match (direct, counted) {
            (Some(direct), Some(counted)) => {
                if counted.0 < direct.0 {
                    counted
                } else {
                    direct
                }
            }
            (direct, counted) => direct.or(counted)?,
        };
        Some((fit, found.clone()))
    }

    /// Things whose names are near `heard`, the nearest first.
    pub(super) fn nearest(&self, heard: &str) -> Vec<u32> {
        self.grams.nearest(heard)
    }

    pub(super) fn shown(&self, index: u32) -> Option<&str> {
        self.shown.get(index as usize).map(String::as_str)
    }

    pub(super) fn len(&self) -> usize {
        self.shown.len()
    }
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_digit())
}
