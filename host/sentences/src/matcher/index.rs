//! Which templates may fit a sentence, by the words it has.

use std::collections::{HashMap, HashSet};

use crate::normal::Heard;
use crate::template::Expression;

/// Templates by the words that they need.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    /// Every word of every template, by number.
    words: HashMap<Box<str>, u32>,
    /// For each template, sets of words of which one must be there.
    required: Vec<Vec<Vec<u32>>>,
    /// For each word, the templates that are tried when it is said.
    tried: Vec<Vec<u32>>,
    /// Templates that need no word.
    always: Vec<u32>,
    /// For each word, the templates that hold it anywhere.
    held: Vec<Vec<u32>>,
    /// Words by their first letter, for misspellings.
    by_letter: HashMap<char, Vec<(Box<str>, u32)>>,
}

impl Index {
    /// Adds a template; [`Index::finish`] must follow the last.
    pub(super) fn add(
        &mut self,
        template: usize,
        required: Vec<Vec<String>>,
        keywords: &[String],
        tree: &Expression,
    ) {
        let mut sets: Vec<Vec<u32>> = Vec::new();
        for set in required {
            sets.push(set.iter().map(|word| self.word(word)).collect());
        }
        let keywords: Vec<Heard> = keywords.iter().map(|word| Heard::new(word)).collect();
        if !keywords.is_empty() && keywords.iter().all(|keyword| keyword.words.len() == 1) {
            sets.push(keywords.iter().map(|keyword| self.word(&keyword.text)).collect());
        }
        self.required.push(sets);
        let number = u32::try_from(template).unwrap_or(u32::MAX);
        let mut own = HashSet::new();
        tree.walk(&mut |part| {
            if let Expression::Text(text) = part {
                own.extend(text.split(' ').filter(|word| word.len() > 1));
            }
        });
        for word in own {
            let word = self.word(word) as usize;
            if let Some(held) = self.held.get_mut(word) {
                held.push(number);
            }
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
        if let Some(first) = word.chars().next() {
            self.by_letter.entry(first).or_default().push((word.into(), number));
        }
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
                None => self.always.push(number),
                Some(set) => {
                    for word in set {
                        if let Some(tried) = self.tried.get_mut(*word as usize) {
                            tried.push(number);
                        }
                    }
                }
            }
        }
        for words in self.by_letter.values_mut() {
            words.sort();
        }
    }

    /// The templates that may fit, in their order.
    pub(super) fn candidates(&self, heard: &Heard) -> Vec<usize> {
        let mut said: Vec<u32> =
            heard.all().iter().filter_map(|word| self.words.get(*word)).copied().collect();
        said.sort_unstable();
        said.dedup();
        let tried = said.iter().filter_map(|word| self.tried.get(*word as usize)).flatten();
        let mut found: Vec<u32> = tried.chain(&self.always).copied().collect();
        found.sort_unstable();
        found.dedup();
        let fits = |number: &usize| {
            self.required.get(*number).is_some_and(|sets| {
                sets.iter().all(|set| set.iter().any(|word| said.binary_search(word).is_ok()))
            })
        };
        found.into_iter().map(|number| number as usize).filter(fits).collect()
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
