//! Which templates may fit a sentence, by the words it has.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jarvis_domain::Language;

use super::bits::Bits;
use super::program::Program;
use super::values::Values;
use crate::names::sound;
use crate::normal::Heard;
use crate::numbers::{may_be_in_number, table};
use crate::template::{Allows, Expression, required, vocabulary};

/// Templates by the words that they need and by those that they allow.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    /// In which numbers are said.
    language: Language,
    /// Every word of every template and list, by number.
    words: HashMap<Box<str>, u32>,
    /// For each template, sets of words of which one must be there.
    required: Vec<Vec<Vec<u32>>>,
    /// For each word, the templates that are tried when it is said.
    tried: Vec<Vec<u32>>,
    /// Templates that need no word.
    always: Bits,
    /// For each word, the templates in which it may stand.
    allowed: Vec<Bits>,
    /// Templates in which any word may stand.
    open: Bits,
    /// Templates in which a number may stand.
    numeric: Bits,
    /// Words that do not count, by number.
    skipped: HashSet<u32>,
    /// The words of each list that is used, by its place in memory.
    lists: HashMap<usize, Vec<u32>>,
    /// For each word, the templates that hold it anywhere.
    held: Vec<Vec<u32>>,
    /// Words of templates by their first letter, for misspellings.
    by_letter: HashMap<char, Vec<(Box<str>, u32)>>,
    /// The same by their sound; none where several have it.
    by_sound: HashMap<String, Option<Box<str>>>,
}

impl Index {
    /// Of no template yet, in which numbers are said in `language`.
    pub(super) fn new(language: Language) -> Self {
        Self { language, ..Self::default() }
    }

    /// Adds a template; [`Index::finish`] must follow the last.
    pub(super) fn add(&mut self, keywords: &[String], tree: &Expression, program: &Program) {
        let number = u32::try_from(self.required.len()).unwrap_or(u32::MAX);
        let mut sets: Vec<Vec<u32>> = Vec::new();
        for set in required(tree) {
            sets.push(set.iter().map(|word| self.word(word)).collect());
        }
        let keywords: Vec<Heard> = keywords.iter().map(|word| Heard::new(word)).collect();
        if !keywords.is_empty() && keywords.iter().all(|keyword| keyword.words.len() == 1) {
            sets.push(keywords.iter().map(|keyword| self.word(&keyword.text)).collect());
        }
        self.required.push(sets);
        self.allow(number, tree, program);
        let mut own = HashSet::new();
        tree.walk(&mut |part| {
            if let Expression::Text(text) = part {
                own.extend(text.split(' ').filter(|word| word.len() > 1));
            }
        });
        for word in own {
            let id = self.word(word);
            if let Some(held) = self.held.get_mut(id as usize) {
                if held.is_empty()
                    && let Some(first) = word.chars().next()
                {
                    self.by_letter.entry(first).or_default().push((word.into(), id));
                }
                held.push(number);
            }
        }
    }

    /// Words that are left out before a template is tried.
    pub(super) fn skip(&mut self, words: impl Iterator<Item = impl AsRef<str>>) {
        for word in words {
            let id = self.word(word.as_ref());
            self.skipped.insert(id);
        }
    }

    /// Notes the words that may stand in a template.
    fn allow(&mut self, number: u32, tree: &Expression, program: &Program) {
        let allows = |name: &str| match program.values(name).map(Arc::as_ref) {
            Some(Values::Texts { .. }) => Allows::Values,
            Some(Values::Range(_)) => Allows::Numbers,
            Some(Values::Names(_) | Values::Wildcard) | None => Allows::Anything,
        };
        let Some(words) = vocabulary(tree, &allows) else {
            self.open.insert(number);
            return;
        };
        for word in words {
            let id = self.word(&word);
            self.let_stand(id, number);
        }
        for list in &program.lists {
            match list.values.as_ref() {
                Values::Texts { tree, .. } => {
                    let key = Arc::as_ptr(&list.values).addr();
                    if !self.lists.contains_key(&key) {
                        let words = tree.words().iter().map(|word| self.word(word)).collect();
                        self.lists.insert(key, words);
                    }
                    let words = self.lists.remove(&key).unwrap_or_default();
                    words.iter().for_each(|word| self.let_stand(*word, number));
                    self.lists.insert(key, words);
                }
                Values::Range(_) => self.numeric.insert(number),
                Values::Names(_) | Values::Wildcard => {}
            }
        }
    }

    fn let_stand(&mut self, word: u32, template: u32) {
        if let Some(allowed) = self.allowed.get_mut(word as usize) {
            allowed.insert(template);
        }
    }

    fn word(&mut self, word: &str) -> u32 {
        if let Some(number) = self.words.get(word) {
            return *number;
        }
        let number = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        self.words.insert(word.into(), number);
        self.tried.push(Vec::new());
        self.held.push(Vec::new());
        self.allowed.push(Bits::default());
        number
    }

    /// Puts each template under the words of its rarest set.
    pub(super) fn finish(&mut self) {
        let mut seen = vec![0_usize; self.words.len()];
        for word in self.required.iter().flatten().flatten() {
            if let Some(seen) = seen.get_mut(*word as usize) {
                *seen += 1;
            }
        }
        let weight = |set: &Vec<u32>| -> usize {
            set.iter().filter_map(|word| seen.get(*word as usize)).sum()
        };
        for (number, sets) in (0_u32..).zip(&mut self.required) {
            sets.sort_by_key(weight);
            match sets.first() {
                None => self.always.insert(number),
                Some(set) => {
                    for word in set {
                        if let Some(tried) = self.tried.get_mut(*word as usize) {
                            tried.push(number);
                        }
                    }
                }
            }
        }
        let table = table(self.language);
        for (word, number) in &self.words {
            if let Some(allowed) = self.allowed.get_mut(*number as usize) {
                allowed.unite(&self.open);
                if may_be_in_number(word, table) {
                    allowed.unite(&self.numeric);
                }
            }
        }
        self.numeric.unite(&self.open);
        // Places in memory mean nothing later.
        self.lists = HashMap::new();
        for words in self.by_letter.values_mut() {
            words.sort();
            for (word, _) in words {
                let Some(key) = sound::key(word) else { continue };
                let same = |known: &mut Option<Box<str>>| *known = None;
                self.by_sound.entry(key).and_modify(same).or_insert(Some(word.clone()));
            }
        }
    }

    /// Whether `word` stands in any template or list.
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.words.contains_key(word)
    }

    /// The one word of templates that sounds like `word`; none where `word` is one.
    pub(super) fn sounding(&self, word: &str) -> Option<&str> {
        if self.is_word(word) || word.contains('\'') {
            return None;
        }
        self.by_sound.get(&sound::key(word)?)?.as_deref()
    }

    /// The templates that may fit, in their order.
    pub(super) fn candidates(&self, heard: &Heard) -> Vec<usize> {
        let mut said: Vec<u32> = Vec::with_capacity(heard.words.len());
        let mut found = self.always.clone();
        let table = table(self.language);
        for word in (0..heard.words.len()).map(|index| heard.word(index)) {
            if let Some(id) = self.words.get(word).filter(|id| !said.contains(id)) {
                said.push(*id);
                let tried = self.tried.get(*id as usize).map(Vec::as_slice).unwrap_or_default();
                tried.iter().for_each(|template| found.insert(*template));
            }
        }
        for word in (0..heard.words.len()).map(|index| heard.word(index)) {
            match self.words.get(word) {
                Some(id) if self.skipped.contains(id) => {}
                Some(id) => {
                    if let Some(allowed) = self.allowed.get(*id as usize) {
                        found.intersect(allowed);
                    }
                }
                None if may_be_in_number(word, table) => found.intersect(&self.numeric),
                None => found.intersect(&self.open),
            }
        }
        let fits = |number: &u32| {
            self.required.get(*number as usize).is_some_and(|sets| {
                sets.iter().all(|set| set.iter().any(|word| said.contains(word)))
            })
        };
        found.iter().filter(fits).map(|number| number as usize).collect()
    }

    /// The templates that hold `word`, or a word that is nearly `word`.
    pub(super) fn holding(&self, word: &str) -> &[u32] {
        let held = |number: u32| self.held.get(number as usize).map(Vec::as_slice);
        if let Some(number) = self.words.get(word) {
            return held(*number).unwrap_or_default();
        }
        let length = word.chars().count();
        let near = |other: &&(Box<str>, u32)| {
            let other = other.0.as_ref();
            length >= 4
                && other.len().abs_diff(word.len()) <= 2
                && strsim::osa_distance(other, word) <= 1 + usize::from(length > 6)
        };
        let words = word.chars().next().and_then(|first| self.by_letter.get(&first));
        let found = words.and_then(|words| words.iter().take(64).find(near));
        found.and_then(|(_, number)| held(*number)).unwrap_or_default()
    }
}
